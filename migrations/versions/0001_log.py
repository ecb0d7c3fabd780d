"""The log: heads, events, commands, and the functions that append to them."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    for name in ("0001_log.sql", "0001_append.sql"):
        # As it stands: no bind parameters, so ':' and '%' mean nothing.
        op.get_bind().exec_driver_sql((SQL / name).read_text("utf-8"), execution_options={"no_parameters": True})
