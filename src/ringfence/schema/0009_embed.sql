-- Why: the widget's frame is asked for by an agent's id alone, before anybody has logged in: whose agent is it?
create policy gate on app.agent for select to ringfence_gate using (true);
grant select (partner_id, id) on app.agent to ringfence_gate;
-- The table holds a few rows a partner and changes rarely: its index is made while writers wait for milliseconds.
-- squawk-ignore require-concurrent-index-creation
create index agent_by_id on app.agent (id);

set local role ringfence_gate;

create function gate.partner_of_agent(wanted uuid) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$ select a.partner_id from app.agent a where a.id = wanted $$;
revoke execute on function gate.partner_of_agent(uuid) from public;
grant execute on function gate.partner_of_agent(uuid) to ringfence_app;

set local role ringfence_owner;
