LOG=$(mktemp -d); URL=@URL@
ADA=$(curl -fsS $URL/api/v1/embed/auth -H 'Content-Type: application/json' -d "{\"token\": \"$(@RINGFENCE@ demo token ada rose)\"}" \
  | python3 -c 'import json,sys; print(json.load(sys.stdin)["session_token"])')
curl -fsS "$URL/api/v1/audit-log/export?format=verifiable" -H "Authorization: Bearer $ADA" -o $LOG/audit.jsonl
curl -fsS $URL/verify.py -o $LOG/verify.py
KEY=$(curl -fsS $URL/.well-known/ringfence-audit-keys | head -1)
python3 $LOG/verify.py $LOG/audit.jsonl --key "$KEY"
sed '4s/success/refused/' $LOG/audit.jsonl > $LOG/changed.jsonl; python3 $LOG/verify.py $LOG/changed.jsonl --key "$KEY"
