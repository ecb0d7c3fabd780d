-- What the database itself refuses, and who may do what. Applied where any of it is missing: a restore may have left it
-- out, since a dump names roles that another cluster has not.

create or replace trigger never_changed before update or delete or truncate on events
    for each statement execute function refuse_change();
create or replace trigger never_changed before update or delete or truncate on commands
    for each statement execute function refuse_change();

-- ALWAYS: also where replication has switched ordinary triggers off.
alter table events enable always trigger never_changed;
alter table commands enable always trigger never_changed;

revoke update, delete, truncate on events, commands from public, current_user;

-- What the application runs as, where it is not the owner of the database.
do $$
begin
    create role kroniek_app nologin;
exception
    when duplicate_object or unique_violation or insufficient_privilege then null;
end
$$;

do $$
declare
    each regprocedure;
begin
    for each in select oid::regprocedure from pg_proc
        where pronamespace = current_schema()::regnamespace
            and proname in ('append_to_log', 'append_at_once', 'append_one', 'appends_hold', 'position_at')
    loop
        execute format('revoke execute on function %s from public', each);
        if exists (select from pg_roles where rolname = 'kroniek_app')
            and each::text similar to '(append_to_log|position_at)\(%'
        then
            execute format('grant execute on function %s to kroniek_app', each);
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'kroniek_app') then
        revoke update, delete, truncate on events, commands from kroniek_app;
        grant select on heads, events, commands to kroniek_app;
    end if;
end
$$;
