-- Why: the outbox of what must reach somebody.
select;
