"""The closed list of look-ups across organizations: a change of it is a changed line here, for a reviewer to see."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from ringfence.controls.tenancy import gate
from tests.world import Stage

SOURCE = Path(__file__).parents[2] / "src" / "ringfence"

FUNCTIONS = """
claim_audit_streams(new_holder uuid, seconds double precision, most integer, most_slow integer, a_partner integer, a_partner_slow integer) -> scope text, scope_id uuid, id uuid, kind text, is_slow boolean, attempt bigint
claim_deliveries(new_holder uuid, seconds double precision, most integer) -> scope text, scope_id uuid, id uuid, partner_id uuid, user_id uuid, kind text, attempt integer
claim_embeddings(new_holder uuid, seconds double precision, most integer) -> org_id uuid, partner_id uuid, file_id uuid, user_id uuid, attempt integer
claim_files(new_holder uuid, seconds double precision, most integer, stages text[]) -> org_id uuid, partner_id uuid, file_id uuid, user_id uuid, stage text, attempt integer
claim_readings(new_holder uuid, seconds double precision, most integer, share integer) -> org_id uuid, partner_id uuid, file_id uuid, user_id uuid, attempt integer
claim_runs(new_holder uuid, seconds double precision, most integer, share integer) -> org_id uuid, run_id uuid, partner_id uuid, user_id uuid, attempt integer
count_reads(counted text) -> bigint
count_refusals(counted text) -> bigint
defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision) -> bigint
deliveries(wanted text, most integer) -> scope text, scope_id uuid, id uuid, kind text, status text, attempts integer, last_error text, created_at timestamp with time zone, next_at timestamp with time zone, ended_at timestamp with time zone
destroyed_keys(after_id uuid, most integer) -> scope_id uuid, id uuid, org_id uuid, user_id uuid
doom_former_object() -> trigger
doom_former_objects() -> trigger
doom_object() -> trigger
drop_streams() -> trigger
end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) -> bigint
enter_counts(most integer) -> bigint
expire() -> bigint
expire_deliveries() -> bigint
extend_leases(held_by uuid, seconds double precision, executed uuid[]) -> run_id uuid, attempt integer, is_cancelled boolean
file_bytes(wanted uuid) -> bigint
finish_key_destruction(in_scope uuid, wanted uuid) -> bigint
invalidations_since(horizon xid8) -> kind text, subject_id uuid, at timestamp with time zone, id uuid, next_horizon xid8
keep_erased() -> trigger
lapsed_runs(seconds double precision) -> active bigint, queued bigint, all_leases bigint
log_of_delivery(wanted uuid) -> scope text, scope_id uuid
note_login() -> event_trigger
organization_of_secret(wanted uuid) -> uuid
partner_of_agent(wanted uuid) -> uuid
partner_of_api_key(wanted uuid) -> uuid
partner_of_issuer(wanted text) -> uuid
partner_of_organization(wanted uuid) -> uuid
pending_key_destructions(most integer) -> scope_id uuid, id uuid, org_id uuid, user_id uuid
reconcile() -> compared bigint, faults text[]
refuse_erased() -> trigger
release_leases(held_by uuid) -> bigint
replay_delivery(wanted uuid) -> bigint
reseal_secret(wanted uuid, before bytea, becomes bytea) -> bigint
secret_heads(most integer) -> place text, head bytea, size integer
secrets_to_reseal(newest_key bytea, most integer, held_by uuid) -> id uuid, value bytea
take_secret(wanted text, for_host text, for_run uuid, held_by uuid) -> outcome text, id uuid, value bytea
unrecorded_here() -> SETOF text
unsent_files(after_id uuid, seconds double precision, most integer) -> org_id uuid, partner_id uuid, file_id uuid, user_id uuid
want_embeddings(wanted text) -> bigint
"""  # noqa: E501 - one function a line

GRANTS = """
agent select: partner_id, id, changed_xid
api_key select: partner_id, id, changed_xid
app_user select: org_id, id, changed_xid
audit_log select: scope, scope_id, size, published_size
audit_queue insert: scope, scope_id, id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission, request_id, address_hash, details, network
audit_queue select: scope, scope_id, id, xid, at, action, target_id, outcome
audit_stream delete
audit_stream select: scope, scope_id, id, kind, status, changed_xid
audit_stream_work select: scope, scope_id, stream_id, next_index, next_at, holder, attempt, is_slow
audit_stream_work update: next_at, holder, attempt
audit_visit select: org_id, id, changed_xid
database_login delete
database_login insert
database_login select
database_login update: count
delivery delete
delivery select: scope, scope_id, id, user_id, kind, status, attempts, next_at, holder, last_error, created_at, ended_at
delivery update: payload, status, attempts, next_at, holder, last_error, ended_at
directory select: partner_id, org_id, changed_xid
discrepancy insert: id, kind, scope, scope_id, subject_id, xid
discrepancy select
doomed_object insert: org_id, object_id, file_id
doomed_object select: org_id, file_id
doomed_object update: file_id
embedding_work insert: org_id, file_id
embedding_work select: org_id, file_id, attempts, next_at, holder
embedding_work update: attempts, next_at, holder
erased_organization insert: partner_id, org_id
erased_organization select: org_id
file select: org_id, id, user_id, purpose, conversation_id, size_bytes, status, created_at
file_index select: org_id, file_id, user_id
file_work select: org_id, file_id, stage, attempts, next_at, holder
file_work update: attempts, next_at, holder
idempotency delete
idempotency select: expires_at
invalidation delete
invalidation select: id, kind, subject_id, xid, at
key_destruction select: scope_id, id, org_id, user_id, requested_at, done_at
key_destruction update: done_at
key_set select: partner_id, id, changed_xid
organization select: org_id, changed_xid
partner select: partner_id, issuer, changed_xid
read_count delete
read_count insert
read_count select
read_count update: count
reconciliation insert: shard, horizon, compared
reconciliation select
reconciliation update: horizon, at, compared
refused_count delete
refused_count insert
refused_count select
refused_count update: count
refused_login delete
refused_login select
run select: org_id, id, conversation_id, user_id, status, cancel_requested_at
run_lease select: org_id, run_id, holder, attempt, until
run_lease update: holder, attempt, until
secret select: org_id, id, name, value, allowed_hosts, version, use_count, changed_xid
secret update: value, last_used_at, use_count
session select: org_id, id, changed_xid
signing_key select: partner_id, id, changed_xid
token_use delete
token_use select: expires_at
vector_segment select: org_id, file_id, model
"""  # noqa: E501 - one grant a line

CALLERS = {
    "claim_audit_streams": {"controls.streams"},
    "claim_deliveries": {"controls.deliveries"},
    "claim_files": {"features.files"},
    "claim_embeddings": {"features.knowledge"},
    "claim_readings": {"features.files"},
    "claim_runs": {"features.runs"},
    "count_reads": {"controls.audit"},
    "count_refusals": {"controls.audit"},
    "defer_delivery": {"controls.deliveries"},
    "deliveries": {"controls.deliveries"},
    "destroyed_keys": {"controls.identity", "evidence.probes"},
    "end_delivery": {"controls.deliveries"},
    "enter_counts": {"controls.audit"},
    "expire": {"controls.coordination"},
    "expire_deliveries": {"controls.deliveries"},
    "extend_leases": {"features.runs"},
    "file_bytes": {"features.files"},
    "finish_key_destruction": {"controls.identity"},
    "invalidations_since": {"controls.coordination"},
    "lapsed_runs": {"evidence.probes"},
    "log_of_delivery": {"controls.deliveries"},
    "organization_of_secret": {"features.secrets"},
    "partner_of_agent": {"controls.identity"},
    "partner_of_api_key": {"controls.identity"},
    "partner_of_issuer": {"controls.identity"},
    "partner_of_organization": {"controls.identity", "controls.vault", "evidence.probes", "features.files"},
    "pending_key_destructions": {"controls.identity"},
    "reconcile": {"evidence.probes"},
    "release_leases": {"features.runs"},
    "replay_delivery": {"controls.deliveries"},
    "reseal_secret": {"controls.keystore", "controls.vault"},
    "secret_heads": {"evidence.probes"},
    "secrets_to_reseal": {"controls.keystore", "controls.vault"},
    "take_secret": {"controls.vault", "evidence.probes"},
    "unrecorded_here": {"evidence.probes"},
    "unsent_files": {"features.files"},
    "want_embeddings": {"features.knowledge"},
}
"""Which slice may ask what; fewer may ask than may."""

LISTED = """
select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') -> '
  || regexp_replace(pg_get_function_result(p.oid), '^TABLE\\((.*)\\)$', '\\1')
from pg_proc p where p.pronamespace = 'gate'::regnamespace and p.proowner <> 'ringfence_seal'::regrole order by 1
"""
SECURED = """
select distinct p.proowner::regrole::text, p.prosecdef, p.proconfig::text,
  (select string_agg(a.grantee::regrole::text, ' ' order by a.grantee::regrole::text) from aclexplode(p.proacl) a)
from pg_proc p where p.pronamespace = 'gate'::regnamespace and p.proowner <> 'ringfence_seal'::regrole
  and p.prorettype {} 'trigger'::regtype
"""
GRANTED = """
select c.relname || ' ' || lower(a.privilege_type)
from pg_class c, aclexplode(c.relacl) a where a.grantee = 'ringfence_gate'::regrole
union all
select c.relname || ' ' || lower(a.privilege_type) || ': ' || string_agg(t.attname, ', ' order by t.attnum)
from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
where a.grantee = 'ringfence_gate'::regrole group by c.relname, a.privilege_type
order by 1
"""


def ask(stage: Stage, query: str) -> list[tuple[object, ...]]:
    with stage.admin() as admin:
        return admin.execute(query.encode()).fetchall()


@pytest.mark.promise("TEN-04")
def test_the_list_of_functions_and_what_they_answer_is_closed(stage: Stage):
    assert [row[0] for row in ask(stage, LISTED)] == FUNCTIONS.strip().splitlines()


@pytest.mark.promise("TEN-01", "TEN-04")
def test_every_function_is_the_gates_own_and_the_app_may_call_it(stage: Stage):
    path = '{"search_path=pg_catalog, pg_temp"}'
    assert ask(stage, SECURED.format("<>")) == [("ringfence_gate", True, path, "ringfence_app ringfence_gate")]
    assert ask(stage, SECURED.format("=")) == [("ringfence_gate", True, path, "ringfence_gate ringfence_owner")]


@pytest.mark.promise("TEN-01", "TEN-04")
def test_the_gates_role_reads_the_columns_that_it_needs_and_no_content(stage: Stage):
    assert [row[0] for row in ask(stage, GRANTED)] == GRANTS.strip().splitlines()


@pytest.mark.promise("TEN-01")
@pytest.mark.parametrize("role", ["ringfence_gate", "ringfence_seal", "ringfence_owner"])
def test_nobody_can_log_in_as_the_roles_behind_the_product(stage: Stage, role: str):
    can = "rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolreplication"
    found = ask(stage, f"select {can} from pg_roles where rolname = '{role}'")
    assert found == [(False,) * 5]


@pytest.mark.promise("TEN-04")
def test_each_function_is_asked_by_its_slice_alone():
    found = callers()
    unknown = {name: slices - CALLERS.get(name, set()) for name, slices in found.items()}
    assert {name: slices for name, slices in unknown.items() if slices} == {}
    assert found["claim_runs"] == {"features.runs"}, "the search finds what is there"


@pytest.mark.promise("TEN-04")
def test_the_module_and_the_schema_list_the_same(stage: Stage):
    # A trigger's function is called by its table alone.
    lines = [str(row[0]) for row in ask(stage, LISTED) if not str(row[0]).endswith("trigger")]
    functions = {line.partition("(")[0] for line in lines}
    public = {
        name
        for name, value in vars(gate).items()
        if callable(value) and getattr(value, "__module__", "") == gate.__name__
    }
    assert {name for name in public if name.islower() and not name.startswith("_")} == functions == set(CALLERS)


def callers() -> dict[str, set[str]]:
    """The slices that use each name of the gate, by whatever name they import it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        if path.parent.name == "tenancy":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        slice_name = ".".join(path.relative_to(SOURCE).parts[:2])
        for name in used(tree):
            if name in CALLERS:
                found[name].add(slice_name)
    return found


def used(tree: ast.Module) -> set[str]:
    """Names taken from the gate: `gate.x` and `from ...gate import x`."""
    aliases: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == gate.__name__:
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom | ast.Import):
            aliases |= {alias.asname or alias.name for alias in node.names if alias.name.rpartition(".")[2] == "gate"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in aliases:
            names.add(node.attr)
    return names


@pytest.mark.parametrize(
    "code",
    [
        "from ringfence.controls.tenancy import gate\ngate.claim_runs()",
        "from ringfence.controls.tenancy import gate as g\nwanted = g.claim_runs",
        "from ringfence.controls.tenancy.gate import claim_runs",
        "import ringfence.controls.tenancy.gate\nringfence.controls.tenancy.gate.claim_runs()",
    ],
)
def test_a_caller_is_found_however_it_imports_the_gate(code: str):
    assert "claim_runs" in used(ast.parse(code))
