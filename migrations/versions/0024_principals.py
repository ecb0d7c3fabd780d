"""Users and programs, and what is known of their tokens."""

from pathlib import Path

import sqlalchemy
from alembic import op

from domain.principals import signed_as

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0024_principals.sql"

# Until now every token was somebody's, or several were. Whoever held one goes on under the same id, as a program: it
# has tokens, and nobody signs in as it.
_HOLDERS = """
    select principal, (array_agg(name order by created_at desc))[1], min(created_at),
        case when bool_and(revoked_at is not null) then max(revoked_at) end
    from tokens group by principal order by min(created_at), principal
"""
_INSERT = sqlalchemy.text("""
    insert into principals (principal, kind, name, signed_as, made_at, ended_at)
    values (:principal, 'program', :name, :signed_as, :made_at, :ended_at)
""")


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SQL.read_text("utf-8"), execution_options={"no_parameters": True})
    taken: set[str] = set()
    for principal, name, made_at, ended_at in connection.exec_driver_sql(_HOLDERS).all():
        # Names told nobody apart then.
        if ended_at is None and signed_as(name) in taken:
            name = f"{name} ({principal})"
        if ended_at is None:
            taken.add(signed_as(name))
        row = {"principal": principal, "name": name, "signed_as": signed_as(name), "made_at": made_at}
        connection.execute(_INSERT, {**row, "ended_at": ended_at})
