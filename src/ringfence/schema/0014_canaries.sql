-- Why: which organizations are canaries, so that counts of customers leave them out and a lost one is noticed.
create table app.canary (
  name text primary key,
  partner_id uuid not null,
  org_id uuid not null,
  planted_at timestamptz not null default now()
);
comment on column app.canary.name is 'class=operational; owner=platform; clock=none; note=a word of ours';
comment on column app.canary.partner_id is 'class=identifier; owner=platform; clock=none';
comment on column app.canary.org_id is 'class=identifier; owner=platform; clock=none';
comment on column app.canary.planted_at is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.canary', scope => 'platform');
