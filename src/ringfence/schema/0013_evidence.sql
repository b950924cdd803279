-- Why: what the probes found: the newest of each, single results for a while, and one line a day for ninety days.

-- The newest result of each probe. `verdict` is the last outcome that decided anything: a probe that could not look for
-- a while neither clears a failure nor raises it again.
create table app.probe_state (
  probe text primary key,
  outcome text not null check (outcome in ('ok', 'failing', 'unknown')),
  verdict text check (verdict in ('ok', 'failing')),
  summary text not null,
  facts jsonb not null default '{}',
  looked_at int not null,
  checked_at timestamptz not null,
  since timestamptz not null,
  cadence_seconds int not null check (cadence_seconds > 0),
  duration_ms int not null
);
comment on column app.probe_state.probe is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.outcome is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.verdict is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.summary is 'class=operational; owner=platform; clock=none; note=public: numbers and nouns, never an id';
comment on column app.probe_state.facts is 'class=operational; owner=platform; clock=none; note=public: counts and versions';
comment on column app.probe_state.looked_at is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.checked_at is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.since is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.cadence_seconds is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.duration_ms is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.probe_state', scope => 'platform');

-- `is_change`: the outcome differs from the one before. Changes outlive the thinning of what was as always.
create table app.probe_result (
  id uuid primary key,
  probe text not null,
  outcome text not null check (outcome in ('ok', 'failing', 'unknown')),
  summary text not null,
  facts jsonb not null default '{}',
  looked_at int not null,
  started_at timestamptz not null,
  duration_ms int not null,
  holder uuid not null,
  is_change boolean not null default false
);
create index probe_result_by_probe on app.probe_result (probe, started_at);
comment on column app.probe_result.id is 'class=identifier; owner=platform; clock=90 days';
comment on column app.probe_result.probe is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.outcome is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.summary is 'class=operational; owner=platform; clock=90 days; note=public: numbers and nouns, never an id';
comment on column app.probe_result.facts is 'class=operational; owner=platform; clock=90 days; note=public: counts and versions';
comment on column app.probe_result.looked_at is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.started_at is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.duration_ms is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.holder is 'class=identifier; owner=platform; clock=90 days; note=the process that looked';
comment on column app.probe_result.is_change is 'class=operational; owner=platform; clock=90 days';
call ctx.protect('app.probe_result', scope => 'platform', verbs => array['select', 'insert', 'delete']);

create table app.probe_day (
  probe text not null,
  day date not null,
  ok int not null default 0,
  failing int not null default 0,
  unknown int not null default 0,
  primary key (probe, day)
);
comment on column app.probe_day.probe is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.day is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.ok is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.failing is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.unknown is 'class=operational; owner=platform; clock=90 days';
call ctx.protect('app.probe_day', scope => 'platform');
