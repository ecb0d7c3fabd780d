"""Words from right to left among dates and numbers: each reads as it was recorded, and turns nothing else round."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from bidi import get_display

from interfaces.messages.words import END_OF_ISOLATE, ISOLATE, LEFT_TO_RIGHT_MARK, clean
from tests.interfaces.running_kroniek import Kroniek

TOLD = "قُتل 49 شخصا في 2017-03-16، بينهم 7 أطفال (Reuters)."
DESK: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "desk", "title": "مكتب", "time_zone": "Asia/Damascus"},
    "actors": [
        {"id": "sdf", "name": "قوات سوريا الديمقراطية", "kind": "armed_group"},
        {"id": "army", "name": "الجيش 4", "kind": "state"},
    ],
    "places": [{"id": "jinah", "name": "الجينة", "kind": "village"}],
    "sources": [{"id": "sohr", "name": "المرصد", "kind": "monitor"}, {"id": "scd", "name": "الدفاع", "kind": "ngo"}],
    "reports": [
        {"id": "r1", "label": "2017 تقرير", "published": "2017-03-17", "publisher": "sohr"},
        {"id": "r2", "label": "تقرير 2", "published": "2017-04-01", "publisher": "scd"},
    ],
    "claims": [
        {"id": "f1", "kind": "figure", "report": "r1", "claimant": "sohr", "measure": "killed", "unit": "people",
         "place": "jinah", "when": "2017-03-16", "qualifier": "stated", "best": 49, "note": TOLD, "original": TOLD},
        {"id": "f2", "kind": "figure", "report": "r2", "claimant": "scd", "measure": "killed", "unit": "people",
         "place": "jinah", "when": "2017-03-16", "qualifier": "stated", "best": 35},
        {"id": "k1", "kind": "control", "report": "r1", "claimant": "sohr", "status": "controls", "actor": "sdf",
         "place": "jinah", "when": "2017-03-16"},
        {"id": "k2", "kind": "control", "report": "r2", "claimant": "scd", "status": "controls", "actor": "army",
         "place": "jinah", "when": "2017-03-16"},
        {"id": "s1", "kind": "statement", "report": "r2", "claimant": "scd", "nature": "observation", "text": TOLD,
         "place": "jinah", "when": "2017-03-20"},
    ],
    "incidents": [{"id": "mosque", "title": "المسجد 16", "place": "jinah", "when": "2017-03-16", "claims": ["f1"]}],
    "persons": [
        {"id": "per-00000000000000d1", "name": TOLD, "note": TOLD, "fates": {"fate": "killed", "incident": "mosque"}},
    ],
    "assessments": [
        {"id": "toll", "topic": "killed,people,place:jinah", "when": "2017-03", "finding": TOLD, "grade": "fair",
         "claims": ["f1", "f2"], "because": TOLD},
    ],
}  # fmt: skip
READ = (
    ("dossiers",), ("claims",), ("claims", "--place", "jinah", "--kind", "figure"), ("history", "f1"),
    ("history", "s1"), ("situation",), ("control", "jinah"), ("figures",), ("figures", "killed,people,place:jinah"),
    ("disagreements",), ("corrections",), ("changes", "--from-reported-by", "2017-03-20"), ("record", "sohr"),
    ("incidents",), ("incidents", "mosque"), ("assessments",), ("assessments", "toll"),
    ("persons",), ("person", "per-00000000000000d1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    running = Kroniek.start(tmp_path_factory.mktemp("directions"), "up")
    (running.folder / "desk.json").write_text(json.dumps(DESK, ensure_ascii=False))
    running.ok("import", "desk.json")
    running.ok("correct", "f1", "--set", "best=47", "-r", TOLD)
    running.ok("revise", "f2", "--report", "r2", "--set", "best=42")
    yield running
    running.stop()


@pytest.mark.parametrize("words", READ, ids=" ".join)
@pytest.mark.parametrize("width", (80, 400))
def test_names_from_right_to_left_turn_nothing_round(kroniek: Kroniek, words: tuple[str, ...], width: int) -> None:
    told = kroniek.ok(*words, KRONIEK_DOSSIER="desk", COLUMNS=str(width))
    assert ISOLATE in told
    assert "<U+" not in told
    for line in told.splitlines():
        seen = get_display(line, base_dir="L")
        # What stands outside of recorded words, an isolate that goes on in the next line included.
        outside = re.sub(f"^[^{ISOLATE}]*{END_OF_ISOLATE}|{ISOLATE}[^{END_OF_ISOLATE}]*({END_OF_ISOLATE}|$)", "", line)
        at = 0
        for token in re.findall(r"[0-9A-Za-z][0-9A-Za-z:,.+-]*", outside):
            at = seen.find(token, at)
            assert at >= 0, (token, line, seen)
            at += len(token)


@pytest.mark.parametrize("words", [("history", "f1"), ("corrections",), ("assessments", "toll")], ids=" ".join)
def test_recorded_words_from_right_to_left_read_as_they_were_written(kroniek: Kroniek, words: tuple[str, ...]) -> None:
    told = kroniek.ok(*words, KRONIEK_DOSSIER="desk", COLUMNS="400")
    lines = [line for line in told.splitlines() if TOLD in line]
    assert lines
    for line in lines:
        assert get_display(TOLD, base_dir="R") in get_display(line, base_dir="L").translate(INVISIBLE)


INVISIBLE = {ord(mark): None for mark in (ISOLATE, END_OF_ISOLATE, LEFT_TO_RIGHT_MARK)}


def test_recorded_words_cannot_reach_past_their_end() -> None:
    assert clean("\u202e12\u202c") == "<U+202E>12<U+202C>"
    assert clean("الجينة\u2069 2") == f"{ISOLATE}الجينة<U+2069> 2{END_OF_ISOLATE}{LEFT_TO_RIGHT_MARK}"
    assert clean("Kobanî, 難民, 7") == "Kobanî, 難民, 7"
