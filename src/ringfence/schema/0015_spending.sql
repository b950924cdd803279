-- Why: an agent names models to ask where its first one fails; what was spent on models, and what is reserved.

alter table app.agent_version add column fallback text[] not null default '{}';
comment on column app.agent_version.fallback is 'class=operational; owner=partner; clock=account; note=models asked in order where the one before fails';

-- Limits of one calendar month (UTC): in millionths of a US dollar, in tokens; null is no limit. An organization without
-- one of its own has the partner's.
alter table app.organization add column spend_micros bigint check (spend_micros >= 0);
alter table app.organization add column spend_tokens bigint check (spend_tokens >= 0);
comment on column app.organization.spend_micros is 'class=operational; owner=organization; clock=account';
comment on column app.organization.spend_tokens is 'class=operational; owner=organization; clock=account';
alter table app.partner add column spend_micros bigint check (spend_micros >= 0);
alter table app.partner add column spend_tokens bigint check (spend_tokens >= 0);
alter table app.partner add column user_spend_micros bigint check (user_spend_micros >= 0);
alter table app.partner add column user_spend_tokens bigint check (user_spend_tokens >= 0);
comment on column app.partner.spend_micros is 'class=operational; owner=partner; clock=account; note=for organizations without a limit of their own';
comment on column app.partner.spend_tokens is 'class=operational; owner=partner; clock=account; note=for organizations without a limit of their own';
comment on column app.partner.user_spend_micros is 'class=operational; owner=partner; clock=account; note=for each user of each organization';
comment on column app.partner.user_spend_tokens is 'class=operational; owner=partner; clock=account; note=for each user of each organization';

-- One row a run, as long as its organization has a limit: what it has spent and, while a model is asked, the most that
-- the answer may cost. It stays when the run or its user is erased: what is spent is spent.
create table app.spending (
  org_id uuid not null default ctx.claimed_org(),
  run_id uuid not null,
  user_id uuid,
  month date not null,
  tokens bigint not null,
  cost_micros bigint not null,
  primary key (org_id, run_id),
  foreign key (org_id) references app.organization (org_id) on delete cascade,
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete set null (user_id)
);
create index spending_by_month on app.spending (org_id, month);
create index spending_by_user on app.spending (org_id, user_id);
comment on column app.spending.org_id is 'class=identifier; owner=organization; clock=account';
comment on column app.spending.run_id is 'class=identifier; owner=organization; clock=account';
comment on column app.spending.user_id is 'class=identifier; owner=organization; clock=account; note=null once the user is erased';
comment on column app.spending.month is 'class=operational; owner=organization; clock=account; note=its first day, UTC';
comment on column app.spending.tokens is 'class=operational; owner=organization; clock=account';
comment on column app.spending.cost_micros is 'class=operational; owner=organization; clock=account; note=millionths of a US dollar';
call ctx.protect('app.spending', scope => 'org');

create function app.this_month() returns date language sql stable set search_path = pg_catalog, pg_temp as $$
  select date_trunc('month', now() at time zone 'utc')::date
$$;
grant execute on function app.this_month() to ringfence_app;

-- Whether anything limits what this organization spends.
create function app.has_budget() returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from app.organization o cross join app.partner p where coalesce(
    o.spend_micros, o.spend_tokens, p.spend_micros, p.spend_tokens, p.user_spend_micros, p.user_spend_tokens) is not null)
$$;
grant execute on function app.has_budget() to ringfence_app;

-- What is left of the month for this user, of each limit the least; null where nothing limits it. One run may be left out.
create function app.spending_left(for_user uuid, but_run uuid, out tokens_left bigint, out micros_left bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select least(coalesce(o.spend_tokens, p.spend_tokens) - s.tokens, p.user_spend_tokens - s.user_tokens),
    least(coalesce(o.spend_micros, p.spend_micros) - s.micros, p.user_spend_micros - s.user_micros)
  from app.organization o cross join app.partner p cross join (
    select coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(cost_micros), 0)::bigint as micros,
      coalesce(sum(tokens) filter (where user_id = for_user), 0)::bigint as user_tokens,
      coalesce(sum(cost_micros) filter (where user_id = for_user), 0)::bigint as user_micros
    from app.spending where month = app.this_month() and run_id is distinct from but_run) s
$$;
grant execute on function app.spending_left(uuid, uuid) to ringfence_app;

-- Whether a run of this user may begin: nothing is reserved yet.
create function app.may_spend(for_user uuid) returns boolean language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
  if not app.has_budget() then return true; end if;
  return (select coalesce(tokens_left > 0, true) and coalesce(micros_left > 0, true)
    from app.spending_left(for_user, null));
end $$;
grant execute on function app.may_spend(uuid) to ringfence_app;

-- Reserves the whole of what a run has spent and may spend with its next answer, or says why not. One at a time in an
-- organization, until the commit: two runs cannot both have the last of a budget. `micros` null: no known price.
create function app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  remains record;
begin
  perform pg_advisory_xact_lock(hashtextextended('spending ' || ctx.claimed_org()::text, 0));
  select tokens_left, micros_left into remains from app.spending_left(for_user, for_run);
  if remains.micros_left is not null and most_micros is null then return 'model_price_unknown'; end if;
  if most_tokens > remains.tokens_left or most_micros > remains.micros_left then return 'budget_exhausted'; end if;
  insert into app.spending (run_id, user_id, month, tokens, cost_micros)
  values (for_run, for_user, app.this_month(), most_tokens, coalesce(most_micros, 0))
  on conflict (org_id, run_id) do update
  set month = excluded.month, tokens = excluded.tokens, cost_micros = excluded.cost_micros;
  return null;
end $$;
grant execute on function app.reserve(uuid, uuid, bigint, bigint) to ringfence_app;

-- Settles when the run ends or waits for a person, whoever ends it: what was reserved gives way to what was spent.
create function app.settle() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update app.spending s set tokens = new.input_tokens + new.output_tokens, cost_micros = coalesce(new.cost_micros, 0)
  where s.run_id = new.id;
  if not found and app.has_budget() then
    insert into app.spending (org_id, run_id, user_id, month, tokens, cost_micros) values (new.org_id, new.id,
      new.user_id, app.this_month(), new.input_tokens + new.output_tokens, coalesce(new.cost_micros, 0));
  end if;
  return null;
end $$;
create trigger settle after update of status on app.run for each row
when (new.status in ('waiting', 'completed', 'failed', 'cancelled', 'expired')) execute function app.settle();
