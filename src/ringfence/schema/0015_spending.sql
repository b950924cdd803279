-- Why: an agent names models to ask where its first one fails; what was spent on models, and what is reserved.

alter table app.agent_version add column fallback text[] not null default '{}';
comment on column app.agent_version.fallback is 'class=operational; owner=partner; clock=account; note=models asked in order where the one before fails';
