-- A sequence tells a tenant how much all others do; ids are made by the application.
select c.oid::regclass::text as "table", 'a sequence' as fault, 'take ids from base.ids and drop the sequence' as mend
from pg_class c
where c.relkind = 'S' and c.relnamespace = to_regnamespace('app')
order by 1
