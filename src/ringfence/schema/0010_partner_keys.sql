-- Why: partners' keys by address and by shared secret.
select;
