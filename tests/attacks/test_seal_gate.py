"""The functions that write the audit log's trees: a closed list, of a role that can do that and nothing else."""

import ast

import pytest

from ringfence.controls.tenancy import publication, seal
from tests.attacks.test_gate import SOURCE, ask
from tests.world import Stage

FUNCTIONS = """
seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[], roots bytea[], frontiers bytea[], entry_logs integer[], indices bigint[], entry_ids uuid[], hashes bytea[], node_logs integer[], node_levels integer[], node_indices bigint[], node_hashes bytea[]) -> bigint
seal_claim(new_holder uuid, seconds double precision, idle_seconds double precision, most integer) -> scope text, scope_id uuid
seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds double precision) -> bigint
seal_cleaned(in_scope text, in_id uuid, upto bigint) -> bigint
seal_due() -> is_due boolean, system_identifier bigint, timeline integer, rounds bigint
seal_enter(expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) -> bigint
seal_expire() -> bigint
seal_frontiers(wanted uuid[]) -> scope text, scope_id uuid, size bigint, frontier bytea
seal_lag(seconds double precision) -> waiting bigint, oldest double precision
seal_logs(after_scope text, after_id uuid, most integer) -> scope text, scope_id uuid, published_size bigint
seal_open() -> bound xid8, resume_at xid8, has_moved boolean, walked bigint
seal_prunable(most integer) -> scope text, scope_id uuid
seal_prune(in_scope text, in_id uuid, held_by uuid, most integer) -> bigint
seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text) -> bigint
seal_release(in_scope text, in_id uuid, held_by uuid) -> bigint
seal_replay(in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) -> bigint
seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint) -> bigint
seal_rows(upto xid8, most integer) -> xid xid8, is_sealed boolean, scope text, scope_id uuid, id uuid, at text, actor_kind text, actor_id text, action text, target_kind text, target_id text, outcome text, reason text, permission text, request_id text, address_hash text, network text, details text
seal_stop(in_scope text, in_id uuid, why text) -> bigint
seal_stopped() -> scope text, scope_id uuid, why text
seal_to_enter(most integer) -> scope text, scope_id uuid, size bigint, note text
seal_unpublished(seconds double precision) -> waiting bigint, oldest double precision
"""  # noqa: E501 - one function a line

GRANTS = """
audit_checkpoint delete
audit_checkpoint insert
audit_checkpoint select
audit_instance_leaf insert
audit_instance_leaf select
audit_log insert
audit_log select
audit_log update: size, root, frontier, sealed_at, published_size, published_root, checkpoint, published_at, pruned_to, publisher, publishing_until, entered_size, cleaned_to, stopped
audit_node insert
audit_node select
audit_queue delete
audit_queue insert
audit_queue select
audit_sealed insert
audit_sealed select
audit_sealer insert
audit_sealer select
audit_sealer update
refused_login delete
refused_login select: minute
"""  # noqa: E501 - one grant a line

CALLERS = {"controls.audit", "evidence.probes"}

LISTED = """
select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') -> '
  || regexp_replace(pg_get_function_result(p.oid), '^TABLE\\((.*)\\)$', '\\1')
from pg_proc p where p.pronamespace = 'gate'::regnamespace and p.proowner = 'ringfence_seal'::regrole order by 1
"""
SECURED = """
select distinct p.proowner::regrole::text, p.prosecdef, p.proconfig[1],
  (select string_agg(a.grantee::regrole::text, ' ' order by a.grantee::regrole::text) from aclexplode(p.proacl) a)
from pg_proc p where p.pronamespace = 'gate'::regnamespace and p.proowner = 'ringfence_seal'::regrole
"""
GRANTED = """
select c.relname || ' ' || lower(a.privilege_type)
from pg_class c, aclexplode(c.relacl) a where a.grantee = 'ringfence_seal'::regrole
union all
select c.relname || ' ' || lower(a.privilege_type) || ': ' || string_agg(t.attname, ', ' order by t.attnum)
from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
where a.grantee = 'ringfence_seal'::regrole group by c.relname, a.privilege_type
order by 1
"""
OWNED = """
select p.proname from pg_proc p where p.proowner = 'ringfence_seal'::regrole
and not (p.pronamespace = 'gate'::regnamespace and p.proname like 'seal\\_%')
"""


@pytest.mark.promise("AUD-02", "TEN-04")
def test_the_list_of_functions_and_what_they_answer_is_closed(stage: Stage):
    assert [row[0] for row in ask(stage, LISTED)] == FUNCTIONS.strip().splitlines()


@pytest.mark.promise("AUD-02", "TEN-01")
def test_every_function_is_the_sealers_own_and_the_app_may_call_it(stage: Stage):
    path = "search_path=pg_catalog, pg_temp"
    assert ask(stage, SECURED) == [("ringfence_seal", True, path, "ringfence_app ringfence_seal")]
    assert ask(stage, OWNED) == []
    assert ask(stage, "select has_schema_privilege('ringfence_seal', 'gate', 'create')") == [(False,)]


@pytest.mark.promise("AUD-02")
def test_the_sealers_role_can_neither_change_nor_delete_what_was_sealed(stage: Stage):
    assert [row[0] for row in ask(stage, GRANTED)] == GRANTS.strip().splitlines()


@pytest.mark.promise("TEN-04")
def test_the_modules_and_the_schema_list_the_same(stage: Stage):
    functions = {str(row[0]).partition("(")[0].removeprefix("seal_") for row in ask(stage, LISTED)}
    public = {
        name
        for module in (seal, publication)
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    }
    assert {name for name in public if name.islower() and not name.startswith("_")} == functions


@pytest.mark.promise("TEN-04")
def test_the_log_and_its_probes_alone_ask_them():
    users: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom | ast.Import)
            for alias in node.names
        }
        if any(name.startswith((seal.__name__, publication.__name__)) for name in imported):
            users.add(".".join(path.relative_to(SOURCE).parts[:2]))
    assert "controls.audit" in users, "the search finds what is there"
    assert users <= CALLERS
