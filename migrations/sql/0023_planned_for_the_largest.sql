-- Every plan is one for the largest dossier: docs/decisions/0071.
do $$
declare
    of_a_dossier record;
begin
    for of_a_dossier in
        select c.oid::regclass as name, a.attname as part
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
            and a.attname in ('dossier_id', 'generation') and not a.attisdropped
    loop
        execute format('alter table %s alter column %I set (n_distinct = 1)', of_a_dossier.name, of_a_dossier.part);
        execute format('analyze %s', of_a_dossier.name);
    end loop;
end
$$;
