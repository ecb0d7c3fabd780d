"""Every event belongs to one of the four families; whoever follows one hears what was unsaid of it."""

from typing import get_args

import pytest

from application.watch import EventFilter
from domain.events import EVENT_TYPES
from domain.fact import Command
from domain.families import FAMILIES, UNSAYS, Family, is_heard_in
from tests.inverses import INVERSES

# What comes of a command, by its first words; the kind is that of its item.
HAPPENED = {
    "open": "opened", "describe": "described", "register": "registered", "correct": "corrected", "grade": "graded",
    "retract": "retracted", "reinstate": "reinstated", "merge": "merged", "split": "split", "file": "filed",
    "withdraw": "withdrawn", "discredit": "discredited", "lift_discrediting": "discrediting_lifted",
    "retract_withdrawal": "withdrawal_retracted", "record": "recorded", "record_fate": "fate_recorded",
    "revise": "revised", "retract_statement": "statement_retracted", "reinstate_statement": "statement_reinstated",
    "uphold": "upheld", "retract_revision": "revision_retracted", "reinstate_revision": "revision_reinstated",
    "relate": "related", "link": "linked", "unlink": "unlinked", "issue": "issued",
}  # fmt: skip


def type_of(command: type[Command]) -> str:
    words = str(command.model_fields["command"].default)
    return f"{command.stream_kind}.{HAPPENED.get(words) or HAPPENED[words.partition('_')[0]]}"


def test_every_event_belongs_to_one_family() -> None:
    assert FAMILIES.keys() == EVENT_TYPES.keys()
    # A description that only adds words declares them.
    assert {type_of(command) for command in INVERSES} | {"dossier.declared"} == set(EVENT_TYPES)


@pytest.mark.parametrize("command", INVERSES, ids=lambda command: command.__name__)
def test_whoever_follows_a_family_hears_what_was_unsaid_of_it(command: type[Command]) -> None:
    """By every inverse there is: else they would hear that a source changed its word, and never that it did not."""
    said = FAMILIES[type_of(command)]
    for back in INVERSES[command]:
        unsaid = type_of(back)
        assert is_heard_in(unsaid, said), unsaid
        assert EventFilter(family=(said,)).may_pass(unsaid, back.stream_kind)


def test_what_unsays_another_family_is_of_one_item() -> None:
    """And nothing is heard beside its own family but what unsays: a graded claim is no news of its source."""
    for type_, unsaid in UNSAYS.items():
        assert {each.partition(".")[0] for each in unsaid} == {type_.partition(".")[0]}
    families: tuple[Family, ...] = get_args(Family)
    beside = {
        type_ for type_ in FAMILIES for family in families if FAMILIES[type_] != family and is_heard_in(type_, family)
    }
    assert beside == set(UNSAYS)
    assert not EventFilter(family=("source",)).may_pass("claim.corrected", "claim")
    assert not EventFilter(family=("source",)).may_pass("claim.graded", "claim")
