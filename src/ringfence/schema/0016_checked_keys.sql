-- Why: the checks of 0010 hold for the rows of before, too; looked at in a transaction of its own, which blocks no reader.
alter table app.signing_key validate constraint signing_key_algorithm_check;
alter table app.signing_key validate constraint signing_key_has_material;
