"""The closed list of look-ups across organizations: a change of it is a changed line here, for a reviewer to see."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from ringfence.controls.tenancy import gate
from tests.world import Stage

SOURCE = Path(__file__).parents[2] / "src" / "ringfence"

FUNCTIONS = """
claim_deliveries(new_holder uuid, seconds double precision, most integer) -> scope text, scope_id uuid, id uuid, partner_id uuid, user_id uuid, kind text, attempt integer
claim_runs(new_holder uuid, seconds double precision, most integer, share integer) -> org_id uuid, run_id uuid, partner_id uuid, user_id uuid, attempt integer
defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision) -> bigint
deliveries(wanted text, most integer) -> scope text, scope_id uuid, id uuid, kind text, status text, attempts integer, last_error text, created_at timestamp with time zone, next_at timestamp with time zone, ended_at timestamp with time zone
end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) -> bigint
expire() -> bigint
expire_deliveries() -> bigint
extend_leases(held_by uuid, seconds double precision, executed uuid[]) -> run_id uuid, attempt integer, is_cancelled boolean
finish_key_destruction(in_scope uuid, wanted uuid) -> bigint
invalidations_since(horizon xid8) -> kind text, subject_id uuid, at timestamp with time zone, id uuid, next_horizon xid8
lapsed_runs(seconds double precision) -> active bigint, queued bigint, all_leases bigint
partner_of_agent(wanted uuid) -> uuid
partner_of_api_key(wanted uuid) -> uuid
partner_of_issuer(wanted text) -> uuid
partner_of_organization(wanted uuid) -> uuid
pending_key_destructions(most integer) -> scope_id uuid, id uuid, org_id uuid, user_id uuid
release_leases(held_by uuid) -> bigint
replay_delivery(wanted uuid) -> bigint
"""  # noqa: E501 - one function a line

GRANTS = """
agent select: partner_id, id
api_key select: partner_id, id
delivery delete
delivery select: scope, scope_id, id, user_id, kind, status, attempts, next_at, holder, last_error, created_at, ended_at
delivery update: payload, status, attempts, next_at, holder, last_error, ended_at
directory select: partner_id, org_id
idempotency delete
idempotency select: expires_at
invalidation delete
invalidation select: id, kind, subject_id, xid, at
key_destruction select: scope_id, id, org_id, user_id, done_at
key_destruction update: done_at
partner select: partner_id, issuer
run select: org_id, id, conversation_id, user_id, status, cancel_requested_at
run_lease select: org_id, run_id, holder, attempt, until
run_lease update: holder, attempt, until
token_use delete
token_use select: expires_at
"""

CALLERS = {
    "claim_deliveries": {"controls.deliveries"},
    "claim_runs": {"features.runs"},
    "defer_delivery": {"controls.deliveries"},
    "deliveries": {"controls.deliveries"},
    "end_delivery": {"controls.deliveries"},
    "expire": {"controls.coordination"},
    "expire_deliveries": {"controls.deliveries"},
    "extend_leases": {"features.runs"},
    "finish_key_destruction": {"controls.identity"},
    "invalidations_since": {"controls.coordination"},
    "lapsed_runs": {"evidence.probes"},
    "partner_of_agent": {"controls.identity"},
    "partner_of_api_key": {"controls.identity"},
    "partner_of_issuer": {"controls.identity"},
    "partner_of_organization": {"controls.identity", "evidence.probes"},
    "pending_key_destructions": {"controls.identity"},
    "release_leases": {"features.runs"},
    "replay_delivery": {"controls.deliveries"},
}
"""Which slice may ask what; fewer may ask than may."""

LISTED = """
select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') -> '
  || regexp_replace(pg_get_function_result(p.oid), '^TABLE\\((.*)\\)$', '\\1')
from pg_proc p where p.pronamespace = 'gate'::regnamespace order by 1
"""
SECURED = """
select distinct p.proowner::regrole::text, p.prosecdef, p.proconfig::text,
  (select string_agg(a.grantee::regrole::text, ' ' order by a.grantee::regrole::text) from aclexplode(p.proacl) a)
from pg_proc p where p.pronamespace = 'gate'::regnamespace
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
    assert ask(stage, SECURED) == [("ringfence_gate", True, path, "ringfence_app ringfence_gate")]


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
    functions = {str(row[0]).partition("(")[0] for row in ask(stage, LISTED)}
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
