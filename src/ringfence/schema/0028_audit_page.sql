-- Why: the page of an organization's log is opened by a link that works once, and seen for half an hour: both are one row.

-- A visit begins as a ticket and becomes a cookie; of either only a keyed hash is kept. It stands on the session, or on
-- the partner's API key, that asked for it, and goes with its user.
create table app.audit_visit (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  user_id uuid not null,
  session_id uuid,
  api_key_id uuid,
  role text not null,
  vouched_at timestamptz not null,
  ticket_hash bytea not null,
  ticket_until timestamptz not null,
  cookie_hash bytea,
  opened_at timestamptz,
  expires_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete cascade,
  foreign key (org_id, session_id) references app.session (org_id, id) on delete cascade,
  check ((session_id is null) <> (api_key_id is null)),
  check ((opened_at is null) = (cookie_hash is null)),
  check ((opened_at is null) = (expires_at is null))
);
create index audit_visit_by_user on app.audit_visit (org_id, user_id);
create index audit_visit_by_session on app.audit_visit (org_id, session_id);
comment on column app.audit_visit.org_id is 'class=identifier; owner=user; clock=session';
comment on column app.audit_visit.id is 'class=identifier; owner=user; clock=session';
comment on column app.audit_visit.user_id is 'class=identifier; owner=user; clock=session';
comment on column app.audit_visit.session_id is 'class=identifier; owner=user; clock=session; note=the session that asked for the link';
comment on column app.audit_visit.api_key_id is 'class=identifier; owner=user; clock=session; note=the partner''s key that asked for the link';
comment on column app.audit_visit.role is 'class=operational; owner=user; clock=session; note=as it was: another role ends the visit';
comment on column app.audit_visit.vouched_at is 'class=operational; owner=user; clock=session; note=what is cut off later ends the visit';
comment on column app.audit_visit.ticket_hash is 'class=identifier; owner=user; clock=session; note=keyed hash; the ticket itself is never stored';
comment on column app.audit_visit.ticket_until is 'class=operational; owner=user; clock=session; note=60 seconds after it was made';
comment on column app.audit_visit.cookie_hash is 'class=identifier; owner=user; clock=session; note=keyed hash; the cookie itself is never stored';
comment on column app.audit_visit.opened_at is 'class=operational; owner=user; clock=session';
comment on column app.audit_visit.expires_at is 'class=operational; owner=user; clock=session; note=30 minutes after it was opened';
comment on column app.audit_visit.ended_at is 'class=operational; owner=user; clock=session';
comment on column app.audit_visit.created_at is 'class=operational; owner=user; clock=session';
call ctx.protect('app.audit_visit', scope => 'org', owner => 'user_id', audited => true);
-- The reconciliation holds each change against the log (0027).
create policy gate on app.audit_visit for select to ringfence_gate using (true);
grant select (org_id, id, changed_xid) on app.audit_visit to ringfence_gate;
