"""Where bars stand on a page: below their dates, and on one scale in one column, at any width, of any names."""

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from interfaces.cli import control_shown, output
from interfaces.cli.answers import Told
from interfaces.cli.bars import range_bar
from interfaces.cli.sheet import Sheet
from interfaces.messages.wording import LANGUAGES, Language
from interfaces.messages.words import END_OF_ISOLATE, ISOLATE, Names

NAMES = st.sampled_from(
    ["IS", "SDF", "YPG", "داعش", "قسد", "قوات سوريا الديمقراطية", "伊斯兰国", "Syrian Democratic Forces",
     "The Free Army of the Northern and the Eastern Countryside", "e\u0301quipe", "الجيش 4"]
)  # fmt: skip
DAYS = st.dates(min_value=datetime(2018, 1, 1).date(), max_value=datetime(2020, 12, 31).date())
DRAWN = "█·░~▒×▼"


@contextmanager
def printed_at(width: int) -> Iterator[list[str]]:
    """What is printed meanwhile on a terminal of so many columns, line by line, as it is seen."""
    lines: list[str] = []
    said = io.StringIO()
    with mock.patch.dict(os.environ, COLUMNS=str(width)), redirect_stdout(said):
        output.out.cache_clear()
        yield lines
    output.out.cache_clear()
    lines += said.getvalue().replace(ISOLATE, "").replace(END_OF_ISOLATE, "").splitlines()


@st.composite
def lines(draw: st.DrawFn) -> tuple[dict[str, str], list[dict[str, Any]], datetime | None]:
    """The names of actors, a timeline of a voice or two, and the moment that is asked for."""
    actors = {f"a{nth}": name for nth, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=3)))}
    told = []
    for voice in ("s1", "s2")[: draw(st.integers(1, 2))]:
        stretches = []
        for actor in actors:
            begin = draw(DAYS)
            end = begin + timedelta(days=draw(st.integers(1, 300)))
            stretches.append(
                {
                    "actor": actor, "status": "controls", "about": "t1", "implied": False, "claims": ["k1"],
                    "how": draw(st.sampled_from(["stated", "last_known", "ended"])), "proven": True,
                    "from": f"{begin}T00:00:00Z", "to": f"{end}T00:00:00Z" if draw(st.booleans()) else None,
                }
            )  # fmt: skip
        told.append({"voice": {"claimant": voice}, "stretches": stretches})
    at = draw(st.none() | DAYS)
    return actors, told, datetime(at.year, at.month, at.day, tzinfo=UTC) if at else None


def column(line: str, at: int) -> int:
    """In which column of the terminal a character stands."""
    return cell_len(line[:at])


@given(lines(), st.integers(30, 200), st.sampled_from(LANGUAGES))
def test_each_bar_begins_below_its_date(
    drawn: tuple[dict[str, str], list[dict[str, Any]], datetime | None], width: int, language: Language
) -> None:
    actors, told, at = drawn
    names = Names(actors=actors, places={"t1": "Town"}, sources={"s1": "S1", "s2": "S2"}, language=language)
    answer: Mapping[str, Any] = {"at": at.isoformat() if at else None, "claims": {}}
    with printed_at(width) as page:
        control_shown.timeline(Told(answer, "UTC", names), told)
    moments = [
        *([at] if at else []),
        *(datetime.fromisoformat(one["from"]) for line in told for one in line["stretches"]),
    ]
    # Each on one line: none is broken in two.
    bars = bars_of(page)
    assert len(bars) == len(moments), page
    placed = [*zip(moments, bars, strict=True), *ticks_of(page)]
    # What is later is further right, whichever row it is in, or in the same column; what is of one day is in one.
    for moment, bar in placed:
        for other, beside in placed:
            assert bar <= beside if moment < other else bar == beside if moment == other else bar >= beside, page


def bars_of(page: Sequence[str]) -> list[int]:
    """The first column of each row that has a bar; what they mean is told below them."""
    rows = page[: page.index("")]
    found = (re.search(rf"(?:^|  )([{DRAWN}])[{DRAWN} ]*$", line) for line in rows)
    return [column(bar.string, bar.start(1)) for bar in found if bar]


def ticks_of(page: Sequence[str]) -> Iterator[tuple[datetime, int]]:
    rulers = [line for line in page if "╷" in line]
    assert len(rulers) <= 1
    for line in rulers:
        for tick in re.finditer(r"╷(\d{4})(?:-(\d\d))?(?:-(\d\d))?", line):
            year, month, day = (int(part or 1) for part in tick.groups())
            yield datetime(year, month, day, tzinfo=UTC), column(line, tick.start())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 70, 80, 100, 140])
def test_names_shorter_than_what_is_asked_for_move_no_date(width: int, language: Language) -> None:
    def stretch(actor: str, how: str, begin: str, end: str | None) -> dict[str, Any]:
        return {"actor": actor, "status": "controls", "about": "t1", "implied": False, "claims": ["k1"], "how": how,
                "proven": True, "from": f"{begin}T00:00:00Z", "to": end and f"{end}T00:00:00Z"}  # fmt: skip

    told = [
        {"voice": {"claimant": "s1"}, "stretches": [stretch("a", "last_known", "2018-10-05", "2018-12-17")]},
        {"voice": {"claimant": "s2"}, "stretches": [stretch("b", "stated", "2018-12-17", None)]},
    ]
    names = Names(actors={"a": "IS", "b": "SDF"}, sources={"s1": "S1", "s2": "S2"}, language=language)
    with printed_at(width) as page:
        control_shown.timeline(Told({"at": "2018-12-17T00:00:00Z"}, "UTC", names), told)
    asked, before, after = bars_of(page)
    assert before < asked == after


@given(st.lists(st.tuples(NAMES, st.integers(0, 10**9)), min_size=1, max_size=6), st.integers(20, 160), st.booleans())
def test_bars_of_one_scale_begin_in_one_column(rows: list[tuple[str, int]], width: int, number_first: bool) -> None:
    sheet = Sheet(right=(1,) if number_first else (2,), bars=2 if number_first else 1)
    for name, number in rows:
        told, bar = f"{number:,}", range_bar(number, None, number + 1, 10**9, 14)
        cells = (name, told, bar) if number_first else (name, bar, told)
        sheet.row(*cells, details=["2018-10-05", "Syrian Observatory"])
    with printed_at(width) as page:
        sheet.print()
    begun = [column(line, found.start()) for line in page if (found := re.search("[█░]+", line))]
    assert len(begun) == len(rows) and len({*begun}) == 1, page
