field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
TOKEN=$(@RINGFENCE@ demo token alice rose)
SESSION=$(curl -s @URL@/api/v1/embed/auth -H 'Content-Type: application/json' -d "{\"token\": \"$TOKEN\"}" | field session_token)
curl -s @URL@/api/v1/me -H "Authorization: Bearer $SESSION"; echo
RUN=$(curl -s @URL@/api/v1/runs -H "Authorization: Bearer $SESSION" -H 'Content-Type: application/json' \
  -d '{"agent_id": "@AGENT@", "input": {"text": "What time is it in Copenhagen?"}}' | field id)
curl -sN @URL@/api/v1/runs/$RUN/events -H "Authorization: Bearer $SESSION" -H 'Accept: text/event-stream'
