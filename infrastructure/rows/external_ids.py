"""Items by the ids that others know them by, which stand in their details."""

from sqlalchemy import ColumnElement, Table, and_, cast
from sqlalchemy.dialects.postgresql import JSONB

from domain.external_id import ExternalId


def known_by(table: Table, external_id: ExternalId) -> ColumnElement[bool]:
    """The rows of a table whose `details` have this external id."""
    details = table.c.details
    held = {"external_ids": {external_id.register: {"value": external_id.id}}}
    # Few items have any: the text says so without being read as JSON.
    return and_(details.contains('"external_ids"', autoescape=True), cast(details, JSONB).contains(held))
