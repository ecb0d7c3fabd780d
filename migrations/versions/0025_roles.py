"""Roles: what tokens carry of them, and whoever could do everything before goes on doing so."""

import json
import os
import uuid
from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0025_roles.sql"

# As `domain/grants.py` has them today: what is written here is written as it was in this release, for good.
_LOG = "@installation"
_WHY = "Before there were roles, whoever had a token could do everything."
_HEAD = sqlalchemy.text("insert into heads (dossier_id, position, recorded_at) values (:log, :position, now())")
_EVENT = sqlalchemy.text("""
    insert into events (position, recorded_at, group_position, id, version, schema_version, dossier_id, stream_kind,
        stream_id, type, data, principal, command_id, blind)
    values (:position, now(), :position, :id, :position, 1, :log, 'access', :log, 'access.granted', :data, 'operator',
        :command, :blind)
""")
_COMMAND = sqlalchemy.text("""
    insert into commands (position, recorded_at, version, dossier_id, principal, command_id, content_hash)
    values (:position, now(), :position, :log, 'operator', :command, :hash)
""")


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SQL.read_text("utf-8"), execution_options={"no_parameters": True})
    here = "select principal from principals where ended_at is null order by made_at, principal"
    position = 0
    for (principal,) in connection.exec_driver_sql(here).all():
        for role in ("admin", "editor"):
            position += 1
            told = {"grant": f"g-{uuid.uuid4().hex[:12]}", "holder": principal, "reason": _WHY, "role": role}
            at = {"position": position, "log": _LOG, "command": str(uuid.uuid4())}
            data = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            connection.execute(_EVENT, {**at, "id": uuid.uuid4(), "data": data, "blind": os.urandom(16)})
            # Of nothing that anybody will ask for again.
            connection.execute(_COMMAND, {**at, "hash": os.urandom(32)})
    if position:
        connection.execute(_HEAD, {"log": _LOG, "position": position})
