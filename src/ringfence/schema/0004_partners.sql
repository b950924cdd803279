-- Why: partners and what belongs to them: keys, the directory of their organizations, agents with immutable versions.

create table app.partner (
  partner_id uuid not null default ctx.claimed_partner(),
  name bytea not null,
  issuer text not null unique,
  status text not null default 'active' check (status in ('active', 'restricted')),
  sessions_from timestamptz not null default '-infinity',
  default_region text not null default 'eu' check (default_region in ('eu', 'us')),
  default_retention_days int not null default 90 check (default_retention_days between 1 and 90),
  allowed_origins text[] not null default '{}',
  creates_organizations boolean not null default false,
  security_contact bytea,
  created_at timestamptz not null default now(),
  primary key (partner_id)
);
comment on column app.partner.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.partner.name is 'class=personal; owner=partner; clock=account; note=a company or a person';
comment on column app.partner.issuer is 'class=identifier; owner=partner; clock=account; note=set by the operator alone';
comment on column app.partner.status is 'class=operational; owner=partner; clock=account';
comment on column app.partner.sessions_from is 'class=operational; owner=partner; clock=account';
comment on column app.partner.default_region is 'class=operational; owner=partner; clock=account';
comment on column app.partner.default_retention_days is 'class=operational; owner=partner; clock=account';
comment on column app.partner.allowed_origins is 'class=operational; owner=partner; clock=account';
comment on column app.partner.creates_organizations is 'class=operational; owner=partner; clock=account; note=an organization is made when a token first names it';
comment on column app.partner.security_contact is 'class=personal; owner=partner; clock=account';
comment on column app.partner.created_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.partner', scope => 'partner', audited => true, readable_below => true);

create table app.directory (
  partner_id uuid not null default ctx.claimed_partner(),
  org_id uuid not null,
  external_id text not null,
  region text not null check (region in ('eu', 'us')),
  status text not null default 'active' check (status in ('active', 'restricted')),
  sessions_from timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  primary key (partner_id, org_id),
  unique (partner_id, external_id),
  foreign key (partner_id) references app.partner (partner_id)
);
-- An organization stands in one directory, and the gate finds its partner by it.
create unique index directory_by_org on app.directory (org_id);
comment on column app.directory.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.directory.org_id is 'class=identifier; owner=partner; clock=account';
comment on column app.directory.external_id is 'class=identifier; owner=partner; clock=account; note=as the partner names its customer';
comment on column app.directory.region is 'class=operational; owner=partner; clock=account';
comment on column app.directory.status is 'class=operational; owner=partner; clock=account';
comment on column app.directory.sessions_from is 'class=operational; owner=partner; clock=account';
comment on column app.directory.created_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.directory', scope => 'partner', audited => true);

create table app.signing_key (
  partner_id uuid not null default ctx.claimed_partner(),
  id uuid not null,
  kid text not null,
  algorithm text not null check (algorithm in ('RS256', 'ES256', 'EdDSA')),
  public_key_pem text not null,
  status text not null default 'active' check (status in ('active', 'revoked')),
  sessions_from timestamptz not null default '-infinity',
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (partner_id, id),
  unique (partner_id, kid),
  foreign key (partner_id) references app.partner (partner_id)
);
comment on column app.signing_key.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_key.id is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_key.kid is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_key.algorithm is 'class=operational; owner=partner; clock=account';
comment on column app.signing_key.public_key_pem is 'class=operational; owner=partner; clock=account; note=public by nature';
comment on column app.signing_key.status is 'class=operational; owner=partner; clock=account';
comment on column app.signing_key.sessions_from is 'class=operational; owner=partner; clock=account';
comment on column app.signing_key.expires_at is 'class=operational; owner=partner; clock=account; note=end of the overlap when a successor was registered';
comment on column app.signing_key.created_at is 'class=operational; owner=partner; clock=account';
comment on column app.signing_key.revoked_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.signing_key', scope => 'partner', audited => true, readable_below => true);

create table app.token_use (
  partner_id uuid not null default ctx.claimed_partner(),
  jti text not null,
  expires_at timestamptz not null,
  primary key (partner_id, jti)
);
create index token_use_by_expiry on app.token_use (expires_at);
comment on column app.token_use.partner_id is 'class=identifier; owner=partner; clock=expiry of the token';
comment on column app.token_use.jti is 'class=identifier; owner=partner; clock=expiry of the token; note=from the token';
comment on column app.token_use.expires_at is 'class=operational; owner=partner; clock=expiry of the token';
call ctx.protect('app.token_use', scope => 'partner', verbs => array['select', 'insert', 'delete']);

create table app.api_key (
  partner_id uuid not null default ctx.claimed_partner(),
  id uuid not null,
  digest bytea not null,
  kind text not null default 'live' check (kind in ('live', 'test')),
  name text not null default '',
  scopes text[] not null,
  address_ranges cidr[] not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  last_used_address_hash bytea,
  use_count bigint not null default 0,
  successor_id uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (partner_id, id),
  foreign key (partner_id) references app.partner (partner_id)
);
comment on column app.api_key.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.api_key.id is 'class=identifier; owner=partner; clock=account';
comment on column app.api_key.digest is 'class=operational; owner=partner; clock=account; note=keyed hash; the key itself is never stored';
comment on column app.api_key.kind is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.name is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.scopes is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.address_ranges is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.expires_at is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.revoked_at is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.last_used_at is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.last_used_address_hash is 'class=identifier; owner=partner; clock=account; note=keyed hash';
comment on column app.api_key.use_count is 'class=operational; owner=partner; clock=account';
comment on column app.api_key.successor_id is 'class=identifier; owner=partner; clock=account';
comment on column app.api_key.created_by is 'class=identifier; owner=partner; clock=account; note=the key that made it; null for the operator';
comment on column app.api_key.created_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.api_key', scope => 'partner', audited => true);

create table app.agent (
  partner_id uuid not null default ctx.claimed_partner(),
  id uuid not null,
  name text not null,
  version int not null,
  status text not null default 'active' check (status in ('active', 'retired')),
  created_at timestamptz not null default now(),
  primary key (partner_id, id),
  foreign key (partner_id) references app.partner (partner_id)
);
comment on column app.agent.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.agent.id is 'class=identifier; owner=partner; clock=account';
comment on column app.agent.name is 'class=operational; owner=partner; clock=account; note=what the widget shows';
comment on column app.agent.version is 'class=operational; owner=partner; clock=account';
comment on column app.agent.status is 'class=operational; owner=partner; clock=account';
comment on column app.agent.created_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.agent', scope => 'partner', audited => true, readable_below => true);

create table app.agent_version (
  partner_id uuid not null default ctx.claimed_partner(),
  agent_id uuid not null,
  version int not null,
  id uuid not null,
  digest bytea not null,
  model text not null,
  instructions bytea not null,
  tools bytea not null,
  limits jsonb not null default '{}',
  policy jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (partner_id, agent_id, version),
  foreign key (partner_id, agent_id) references app.agent (partner_id, id)
);
comment on column app.agent_version.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.agent_version.agent_id is 'class=identifier; owner=partner; clock=account';
comment on column app.agent_version.version is 'class=operational; owner=partner; clock=account';
comment on column app.agent_version.id is 'class=identifier; owner=partner; clock=account; note=row id in the sealed records';
comment on column app.agent_version.digest is 'class=operational; owner=partner; clock=account; note=SHA-256 of the canonical definition';
comment on column app.agent_version.model is 'class=operational; owner=partner; clock=account';
comment on column app.agent_version.instructions is 'class=content; owner=partner; clock=account';
comment on column app.agent_version.tools is 'class=content; owner=partner; clock=account; note=declarations as sealed JSON';
comment on column app.agent_version.limits is 'class=operational; owner=partner; clock=account';
comment on column app.agent_version.policy is 'class=operational; owner=partner; clock=account';
comment on column app.agent_version.created_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.agent_version', scope => 'partner', readable_below => true, verbs => array['select', 'insert']);

create trigger immutable before update on app.agent_version for each row execute function app.refuse_change();
