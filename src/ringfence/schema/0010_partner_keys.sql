-- Why: partners' keys by address (JWKS) and by shared secret, next to those by PEM; keys of every kind end and are revoked alike.

create table app.key_set (
  partner_id uuid not null default ctx.claimed_partner(),
  id uuid not null,
  url text not null,
  status text not null default 'active' check (status in ('active', 'revoked')),
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (partner_id, id),
  foreign key (partner_id) references app.partner (partner_id)
);
comment on column app.key_set.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.key_set.id is 'class=identifier; owner=partner; clock=account';
comment on column app.key_set.url is 'class=operational; owner=partner; clock=account; note=public by nature';
comment on column app.key_set.status is 'class=operational; owner=partner; clock=account';
comment on column app.key_set.expires_at is 'class=operational; owner=partner; clock=account; note=end of the overlap when a successor was registered';
comment on column app.key_set.created_at is 'class=operational; owner=partner; clock=account';
comment on column app.key_set.revoked_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.key_set', scope => 'partner', audited => true);

-- What a fetch leaves behind, every few minutes: apart from the registration, whose every change has an audit entry.
create table app.key_set_fetch (
  partner_id uuid not null default ctx.claimed_partner(),
  set_id uuid not null,
  attempted_at timestamptz not null default clock_timestamp(),
  fetched_at timestamptz,
  error text,
  refused jsonb not null default '[]',
  primary key (partner_id, set_id),
  foreign key (partner_id, set_id) references app.key_set (partner_id, id) on delete cascade
);
comment on column app.key_set_fetch.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.key_set_fetch.set_id is 'class=identifier; owner=partner; clock=account';
comment on column app.key_set_fetch.attempted_at is 'class=operational; owner=partner; clock=account; note=the claim of whichever process fetches next';
comment on column app.key_set_fetch.fetched_at is 'class=operational; owner=partner; clock=account; note=the last answer that was a key set';
comment on column app.key_set_fetch.error is 'class=operational; owner=partner; clock=account; note=a word of a closed list';
comment on column app.key_set_fetch.refused is 'class=identifier; owner=partner; clock=account; note=names of keys that were not taken, with the reason as a word of a closed list';
call ctx.protect('app.key_set_fetch', scope => 'partner');

-- Apart from the key's row, which its organizations may read.
create table app.signing_secret (
  partner_id uuid not null default ctx.claimed_partner(),
  key_id uuid not null,
  secret bytea not null,
  primary key (partner_id, key_id),
  foreign key (partner_id, key_id) references app.signing_key (partner_id, id) on delete cascade
);
comment on column app.signing_secret.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_secret.key_id is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_secret.secret is 'class=secret; owner=partner; clock=account; note=sealed; deleted when the key is revoked';
call ctx.protect('app.signing_secret', scope => 'partner', verbs => array['select', 'insert', 'delete']);

-- To the hour, and apart from the key's row: a use is no change that anybody has to answer for.
create table app.signing_key_use (
  partner_id uuid not null default ctx.claimed_partner(),
  key_id uuid not null,
  used_at timestamptz not null,
  primary key (partner_id, key_id),
  foreign key (partner_id, key_id) references app.signing_key (partner_id, id) on delete cascade
);
comment on column app.signing_key_use.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_key_use.key_id is 'class=identifier; owner=partner; clock=account';
comment on column app.signing_key_use.used_at is 'class=operational; owner=partner; clock=account; note=to the hour';
call ctx.protect('app.signing_key_use', scope => 'partner');

-- A key of a set is a signing key like any other: the release before this one verifies by it, and knows its end.
-- No foreign key: it would lock both tables for as long as it is checked, and a set is never deleted.
alter table app.signing_key add column set_id uuid;
comment on column app.signing_key.set_id is 'class=identifier; owner=partner; clock=account; note=the key set that it came from; null for one that was registered by itself';
-- The table holds a few rows a partner and changes rarely: its constraint and index are made within milliseconds.
-- Each row kept the narrower check that goes, so the wider one needs no look at them; 0016 looks all the same.
-- squawk-ignore ban-drop-constraint
alter table app.signing_key drop constraint signing_key_algorithm_check;
alter table app.signing_key add constraint signing_key_algorithm_check
  check (algorithm in ('RS256', 'ES256', 'EdDSA', 'HS256')) not valid;
-- A shared secret has no public key. The column stays as it is for the release before, which cannot read a null.
alter table app.signing_key add constraint signing_key_has_material
  check ((algorithm = 'HS256') = (public_key_pem = '')) not valid;
-- squawk-ignore require-concurrent-index-creation
create index signing_key_by_set on app.signing_key (partner_id, set_id) where set_id is not null;
