-- Why: what was spent on models, and what is reserved.
select;
