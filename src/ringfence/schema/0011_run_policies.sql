-- Why: what a second message in a running conversation does, and a share of runs for each organization.
select;
