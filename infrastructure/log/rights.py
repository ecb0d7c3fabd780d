"""What the database itself refuses and allows: whether it is in place, and how it is put back."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy
from sqlalchemy import text

_RIGHTS = Path(__file__).parents[2] / "migrations" / "sql" / "rights.sql"

# Each row is one that is missing, in words.
_MISSING = text("""
    select 'the trigger that refuses changes to ' || t.name from (values ('events'), ('commands')) as t (name)
    where not exists (
        select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
        where g.tgrelid = to_regclass(t.name) and g.tgname = 'never_changed' and g.tgenabled = 'A'
            and p.proname = 'refuse_change' and not g.tgisinternal
    )
    union all
    select 'that ' || coalesce(r.rolname, 'nobody in particular') || ' may not ' || lower(a.privilege_type) || ' '
        || c.relname
    from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
    left join pg_roles r on r.oid = a.grantee
    where c.oid in (to_regclass('events'), to_regclass('commands'))
        and a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
    union all
    select 'that not everybody may call ' || p.proname
    from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = current_schema()::regnamespace and a.grantee = 0
        and p.proname in ('append_to_log', 'append_at_once', 'append_one', 'appends_hold', 'position_at')
    union all
    select 'the role kroniek_app' where not exists (select from pg_roles where rolname = 'kroniek_app')
    union all
    select 'that kroniek_app may read ' || t.name from (values ('heads'), ('events'), ('commands')) as t (name)
    join pg_roles r on r.rolname = 'kroniek_app'
    where not has_table_privilege(r.oid, to_regclass(t.name), 'select')
    union all
    select 'that kroniek_app may call ' || p.proname from pg_proc p join pg_roles r on r.rolname = 'kroniek_app'
    where p.pronamespace = current_schema()::regnamespace and p.proname in ('append_to_log', 'position_at')
        and not has_function_privilege(r.oid, p.oid, 'execute')
""")


def missing_rights(connection: sqlalchemy.Connection) -> Sequence[str]:
    """What is missing of the rights, in words; nothing where all is in place."""
    return sorted({row[0] for row in connection.execute(_MISSING)})


def restore_rights(connection: sqlalchemy.Connection) -> None:
    """Puts in place what is missing, within the caller's transaction. What is there already is not touched."""
    if missing_rights(connection):
        connection.exec_driver_sql(_RIGHTS.read_text("utf-8"), execution_options={"no_parameters": True})
