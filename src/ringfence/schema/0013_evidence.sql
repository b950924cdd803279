-- Why: results of probes, and their days.
select;
