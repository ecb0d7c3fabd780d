"""Roles: what each includes, and which each command takes."""

from typing import Any, get_args

import pytest

from domain.events import AnyCommand, read_command
from domain.fact import Command
from domain.roles import INCLUDES, ROLES, Role, acting_as, refusal
from domain.roles_needed import NEEDED, role_for


def every_command(of: Any = AnyCommand) -> set[type[Command]]:
    """Those of the union, which has unions of its own in it."""
    parts = get_args(of)
    return set().union(*map(every_command, parts)) if parts else {of} if isinstance(of, type) else set()


def test_every_command_takes_a_role() -> None:
    assert every_command() == set(NEEDED)


def test_every_role_includes_itself_and_what_the_included_ones_do() -> None:
    assert set(ROLES) == set(get_args(Role))
    for role in ROLES:
        assert role in INCLUDES[role] and "reader" in INCLUDES[role]
        assert acting_as(INCLUDES[role]) == INCLUDES[role]
    assert acting_as([]) == frozenset()


def test_who_manages_or_records_does_not_thereby_see_what_is_restricted() -> None:
    assert {role for role in ROLES if "analyst" in INCLUDES[role]} == {"analyst", "editor", "auditor"}


def test_an_auditor_and_an_admin_write_nothing() -> None:
    writing = {"recorder", "editor"}
    assert not writing & INCLUDES["auditor"] and not writing & INCLUDES["admin"]
    assert {role for command, role in NEEDED.items() if command.stream_kind != "dossier"} == writing


@pytest.mark.parametrize(("edition", "role"), [(None, "recorder"), ("2026-11", "editor")])
def test_an_edition_is_taken_in_by_an_editor(edition: str | None, role: Role) -> None:
    filed = {"command": "file_report", "id": "r", "label": "R", "published": "2018", "edition": edition}
    assert role_for(read_command({name: value for name, value in filed.items() if value})) == role


def test_a_refusal_names_the_role_that_would_do() -> None:
    told = refusal("editor", "hajin", "`grade_claim`")
    assert told.details == {"role": "editor", "dossier": "hajin"}
    assert "an editor in dossier 'hajin'" in told.message
    assert "an admin in this installation" in refusal("admin", None, "x").message
