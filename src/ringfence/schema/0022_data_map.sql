-- Why: one look at every sealed column of the map, and a count of the records that were refused as not what was sealed.

-- Every sealed column, and the kind of context in which its values are looked at. The data map is held against this
-- list: a sealed column that is not in it fails the build and the probe.
create function app.sealed_places() returns table (place text, source text, name text, scope text, newest text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.oid::regclass::text || '.' || a.attname, c.oid::regclass::text, a.attname::text, wanted.scope,
    coalesce((select string_agg(format('%I desc', k.attname), ', ' order by key.place)
      from pg_index i, unnest(i.indkey::int2[]) with ordinality as key (number, place)
      join pg_attribute k on k.attrelid = c.oid and k.attnum = key.number where i.indrelid = c.oid and i.indisprimary), '1')
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bytea'::regtype
  cross join (values ('org', 'ctx.org()'), ('partner', 'ctx.partner%'), ('platform', 'ctx.platform()')) as wanted (scope, shape)
  where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
    and col_description(c.oid, a.attnum) ~ '^class=(personal|content|secret|vector);'
    and has_column_privilege(c.oid, a.attnum, 'select')
    and exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*')
      and 'ringfence_app'::regrole = any (p.polroles)
      and (pg_get_expr(p.polqual, c.oid) like '%' || wanted.shape || '%' or pg_get_expr(p.polqual, c.oid) like '%ctx.scope_id()%'))
  union all
  -- Written and never read back: the gate gives their heads.
  select 'app.secret.value', '', '', 'org', ''
  order by 1, 4
$$;
grant execute on function app.sealed_places() to ringfence_app;

-- As before, over all of these places.
create or replace function app.sealed_heads(most int) returns table (place text, head bytea, size int) language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
declare
  each record;
begin
  for each in select s.place, s.source, s.name, s.newest from app.sealed_places() s where s.scope = ctx.scope() and s.source <> ''
  loop
    return query execute format(
      'select %L::text, substr(sample.value, 1, 17), length(sample.value) from (select %I as value from %s where %I is not null order by %s limit $1) as sample',
      each.place, each.name, each.source, each.name, each.newest) using most;
  end loop;
  if ctx.scope() = 'org' then
    return query select s.place, s.head, s.size from gate.secret_heads(most) s;
  end if;
end $$;

-- Records that did not open in their place, counted by day: which, and how often it was tried, never what they hold.
create table app.refused_record (
  day date not null default (now() at time zone 'utc')::date,
  place text not null,
  row_id bytea not null,
  count bigint not null,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (day, place, row_id)
);
comment on column app.refused_record.day is 'class=operational; owner=platform; clock=90 days';
comment on column app.refused_record.place is 'class=operational; owner=platform; clock=90 days; note=table and column';
comment on column app.refused_record.row_id is 'class=identifier; owner=platform; clock=90 days; note=the row that the record is bound to';
comment on column app.refused_record.count is 'class=operational; owner=platform; clock=90 days';
comment on column app.refused_record.first_at is 'class=operational; owner=platform; clock=90 days';
comment on column app.refused_record.last_at is 'class=operational; owner=platform; clock=90 days';
call ctx.protect('app.refused_record', scope => 'platform');
