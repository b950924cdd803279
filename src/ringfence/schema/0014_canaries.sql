-- Why: the canary organizations of each deployment.
select;
