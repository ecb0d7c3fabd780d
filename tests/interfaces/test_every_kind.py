"""What lists kinds of streams or types of events, somewhere at the door, forgets none."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from application import watch
from application.formats.dossier.file import SECTION_KINDS, SECTIONS
from application.stream_kinds import STREAM_KINDS
from domain.events import EVENT_TYPES
from domain.families import FAMILIES
from domain.statements import ChangedBy
from interfaces.api import history
from interfaces.bootstrap import READ_MODELS
from interfaces.cli import reading
from interfaces.cli.event_words import WHAT, what_happened
from interfaces.cli.operate import READ_MODEL_NAMES
from interfaces.client import Event, asking
from interfaces.messages.wording import WORDINGS
from interfaces.messages.words import Names
from tests.domain.test_events import SAMPLES

ITEMS = [kind for kind in STREAM_KINDS if kind != "dossier"]
# Of events too, by what they say: a grade taken back, and who changed what a claim said.
BY_WHOM = {
    f"claim.{what}_by_{who}" for what in ("revised", "withdrawn", "dropped") for who in (*get_args(ChangedBy), "named")
} | {"claim.dropped"}
SAID_BESIDES = BY_WHOM | {"claim.ungraded", "source.ungraded"}
FIRST_WORDS = {type_ for type_ in EVENT_TYPES if FAMILIES[type_] == "world"} | {"incident.opened", "assessment.issued"}


def test_the_kinds_that_can_be_asked_for_are_those_there_are() -> None:
    assert get_args(watch.Kind) == (*get_args(watch.ClaimKind), *STREAM_KINDS)
    assert set(get_args(watch.StreamKind)) == set(STREAM_KINDS)
    assert list(history.KINDS) == list(get_args(asking.ItemKind)) == ITEMS


def test_the_help_of_rebuild_names_every_read_model() -> None:
    assert [model.name for model in READ_MODELS] == list(READ_MODEL_NAMES)


def test_a_dossier_file_has_a_section_for_every_kind_of_item() -> None:
    assert sorted(SECTION_KINDS.values()) == sorted(ITEMS)
    assert SECTION_KINDS.keys() <= set(SECTIONS)


def test_every_event_but_the_first_word_about_an_item_has_a_headline() -> None:
    headlines = {type_ for type_ in WORDINGS["en"].headlines if type_ not in SAID_BESIDES}
    assert headlines == set(EVENT_TYPES) - FIRST_WORDS


def test_every_event_of_an_item_has_words_in_its_account() -> None:
    of_items = {type_ for type_ in EVENT_TYPES if not type_.startswith("dossier.")}
    assert of_items | BY_WHOM == set(WORDINGS["en"].accounts)
    assert sorted(reading.KINDS) == sorted(ITEMS)


def test_every_kind_and_what_happens_to_it_has_a_word() -> None:
    answers = WORDINGS["en"].answers
    assert {f"{what}_{kind}" for kind in STREAM_KINDS for what in ("item", "some")} <= set(answers)
    assert {f"done_{type_.partition('.')[2]}" for type_ in EVENT_TYPES} <= set(answers)


def test_every_event_has_words_for_whoever_follows() -> None:
    assert set(WHAT) == set(EVENT_TYPES)


def event(type_: str, data: dict[str, Any]) -> Event:
    return Event(
        specversion="1.0", id="e", source="s", type=type_, subject=f"{type_.partition('.')[0]}/x",
        time=datetime(2026, 11, 28, tzinfo=UTC), datacontenttype="application/json", position=1, cursor="1.00000000",
        version=1, principal="p", groupposition=1, data=data,
    )  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["type"])
def test_any_event_is_told_in_a_line(sample: dict[str, Any]) -> None:
    told = what_happened(event(sample["type"], json.loads(sample["data"])), Names())
    kind, _, verb = sample["type"].partition(".")
    assert told.startswith(f"{kind} x {verb.replace('_', ' ')}")
    assert not {"None", "{", "}", "\n"} & {*told, *told.split()}, told
    reason = json.loads(sample["data"]).get("reason")
    assert reason is None or told.endswith(f"(because: {reason})")


@pytest.mark.parametrize(
    ("type_", "data", "words"),
    [
        ("incident.opened", {"details": {"title": {"value": "A clash"}}}, "incident x opened: A clash"),
        ("incident.linked", {"claims": ["c1", "c2"]}, "incident x linked: 2 claims (c1, c2)"),
        (
            "incident.unlinked",
            {"claims": [f"c{n}" for n in range(1007)], "reason": "another"},
            "incident x unlinked: 1,007 claims (c0, c1, c2, c3, c4, and 1,002 more) (because: another)",
        ),
        ("incident.merged", {"into": "i2", "reason": "one"}, "incident x merged: into i2 (because: one)"),
        (
            "assessment.issued",
            {"details": {"finding": {"value": "About 2,000"}, "grade": "fair"}},
            "assessment x issued: About 2,000 (fair)",
        ),
        ("report.withdrawn", {"when": "2019-01~", "reason": "no"}, "report x withdrawn: 2019-01~ (because: no)"),
        ("claim.revised", {"report": "r2", "set": {"best": 26}}, "claim x revised: best is now 26, in r2"),
        ("claim.revised", {"report": "r2", "set": {}}, "claim x revised: said again, in r2"),
        ("claim.withdrawn", {"report": "r2", "reason": "no"}, "claim x withdrawn: in r2 (because: no)"),
        (
            "claim.statement_retracted",
            {"statement": 2, "reason": "of another town"},
            "claim x statement retracted: statement 2 (because: of another town)",
        ),
        ("claim.judged", {"reason": "by a later release"}, "claim x judged (because: by a later release)"),
    ],
)
def test_what_happened_is_told_with_what_it_did(type_: str, data: dict[str, Any], words: str) -> None:
    assert what_happened(event(type_, data), Names()) == words
