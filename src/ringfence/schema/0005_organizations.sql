-- Why: organizations, their users and sessions. Content and names are sealed under the organization's own key.

create table app.organization (
  org_id uuid not null default ctx.claimed_org(),
  external_id text not null,
  name bytea not null,
  region text not null check (region in ('eu', 'us')),
  status text not null default 'active' check (status in ('active', 'restricted')),
  sessions_from timestamptz not null default '-infinity',
  generative_ai boolean not null default true,
  retention_days int check (retention_days between 1 and 90),
  created_at timestamptz not null default now(),
  primary key (org_id)
);
comment on column app.organization.org_id is 'class=identifier; owner=organization; clock=account';
comment on column app.organization.external_id is 'class=identifier; owner=organization; clock=account';
comment on column app.organization.name is 'class=personal; owner=organization; clock=account';
comment on column app.organization.region is 'class=operational; owner=organization; clock=account';
comment on column app.organization.status is 'class=operational; owner=organization; clock=account';
comment on column app.organization.sessions_from is 'class=operational; owner=organization; clock=account';
comment on column app.organization.generative_ai is 'class=operational; owner=organization; clock=account';
comment on column app.organization.retention_days is 'class=operational; owner=organization; clock=account';
comment on column app.organization.created_at is 'class=operational; owner=organization; clock=account';
call ctx.protect('app.organization', scope => 'org', audited => true);

create table app.app_user (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  subject_index bytea not null,
  subject bytea not null,
  address bytea not null,
  name bytea,
  email bytea,
  role text not null default 'member' check (role in ('admin', 'member', 'viewer')),
  locale text,
  status text not null default 'active' check (status in ('active', 'restricted')),
  sessions_from timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, subject_index),
  foreign key (org_id) references app.organization (org_id) on delete cascade
);
comment on column app.app_user.org_id is 'class=identifier; owner=user; clock=account';
comment on column app.app_user.id is 'class=identifier; owner=user; clock=account';
comment on column app.app_user.subject_index is 'class=identifier; owner=user; clock=account; note=keyed blind index of the subject';
comment on column app.app_user.subject is 'class=personal; owner=user; clock=account';
comment on column app.app_user.address is 'class=personal; owner=user; clock=account; note=synthetic address of the shadow user';
comment on column app.app_user.name is 'class=personal; owner=user; clock=account';
comment on column app.app_user.email is 'class=personal; owner=user; clock=account';
comment on column app.app_user.role is 'class=operational; owner=user; clock=account';
comment on column app.app_user.locale is 'class=operational; owner=user; clock=account';
comment on column app.app_user.status is 'class=operational; owner=user; clock=account';
comment on column app.app_user.sessions_from is 'class=operational; owner=user; clock=account';
comment on column app.app_user.created_at is 'class=operational; owner=user; clock=account';
comment on column app.app_user.last_seen_at is 'class=operational; owner=user; clock=account';
call ctx.protect('app.app_user', scope => 'org', owner => 'id', audited => true);

create table app.session (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  user_id uuid not null,
  signing_key_id uuid not null,
  role text not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text check (end_reason in ('logout', 'refresh_reused', 'user_restricted', 'role_lowered')),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete cascade
);
create index session_by_user on app.session (org_id, user_id);
comment on column app.session.org_id is 'class=identifier; owner=user; clock=session';
comment on column app.session.id is 'class=identifier; owner=user; clock=session';
comment on column app.session.user_id is 'class=identifier; owner=user; clock=session';
comment on column app.session.signing_key_id is 'class=identifier; owner=user; clock=session; note=the key that vouched for it';
comment on column app.session.role is 'class=operational; owner=user; clock=session';
comment on column app.session.expires_at is 'class=operational; owner=user; clock=session; note=no renewal goes past it';
comment on column app.session.ended_at is 'class=operational; owner=user; clock=session';
comment on column app.session.end_reason is 'class=operational; owner=user; clock=session';
comment on column app.session.created_at is 'class=operational; owner=user; clock=session';
call ctx.protect('app.session', scope => 'org', owner => 'user_id', audited => true);

create table app.refresh_token (
  org_id uuid not null default ctx.claimed_org(),
  hash bytea not null,
  session_id uuid not null,
  parent_hash bytea,
  issued_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (org_id, hash),
  foreign key (org_id, session_id) references app.session (org_id, id) on delete cascade
);
create index refresh_token_by_session on app.refresh_token (org_id, session_id);
comment on column app.refresh_token.org_id is 'class=identifier; owner=user; clock=session';
comment on column app.refresh_token.hash is 'class=identifier; owner=user; clock=session; note=keyed hash; the token itself is never stored';
comment on column app.refresh_token.session_id is 'class=identifier; owner=user; clock=session';
comment on column app.refresh_token.parent_hash is 'class=identifier; owner=user; clock=session';
comment on column app.refresh_token.issued_at is 'class=operational; owner=user; clock=session';
comment on column app.refresh_token.used_at is 'class=operational; owner=user; clock=session';
call ctx.protect('app.refresh_token', scope => 'org');
