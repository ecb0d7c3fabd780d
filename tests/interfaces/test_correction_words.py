"""Corrections in plain English, whatever was corrected; and dates as people write them."""

import asyncio
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from application.execute import Executor
from application.history import Entry, history
from application.stream_kinds import STREAM_KINDS
from domain.families import FAMILIES
from domain.fields import StreamRef
from infrastructure.log.memory import MemoryLog
from interfaces.api.correction_told import held_for
from interfaces.messages.correction_words import Names, in_words
from interfaces.messages.date_words import date_in_words, moment_in_words
from tests.histories import CatchUp, carry_out, examples, histories


async def corrected(steps: list[Any]) -> list[Entry]:
    """Every event of a history but the first of each item, with what it changed."""
    log = MemoryLog()
    executor = Executor(log)
    for step in steps:
        if not isinstance(step, CatchUp):
            await carry_out(executor, "d", step)
    events = await log.read("d", 0, 10_000)
    streams = await log.streams("d", {StreamRef(kind, each.stream.id) for kind in STREAM_KINDS for each in events})
    return [entry for stream, held in streams.items() for entry in history(stream.kind, held)[1:]]


@examples(usual=40, thorough=1000)
@given(steps=histories())
def test_any_correction_can_be_told(steps: list[Any]) -> None:
    for entry in asyncio.run(corrected(steps)):
        names = Names()
        clocks = held_for(entry, names, "UTC")
        told = {"reason": entry.reason, "principal": "p-1", "principal_name": None, "holds_for": clocks}
        headline, paragraphs = in_words(entry, told, names)
        family = FAMILIES[entry.recorded.event.type]
        assert (clocks["reported_by"] is not None) == (family == "source")
        assert paragraphs[-2].endswith("Recorded by p-1.")
        for words in (headline, *paragraphs):
            assert re.fullmatch(r"\S.*\S", words), words
            assert not re.search(r"None|  |\[|\b\w+\(", words), words
        assert all(re.search(r"[.!?…]$", paragraph) for paragraph in paragraphs), paragraphs


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2018", "2018"),
        ("2018-10", "October 2018"),
        ("2018-10-05", "5 October 2018"),
        ("2018-10-05T09:33:00Z", "5 October 2018, 09:33 UTC"),
        ("2018-10-05T09:33:00+03:00", "5 October 2018, 09:33 UTC+03:00"),
        ("2018-10-05T09:33:00", "5 October 2018, 09:33"),
        ("2018-10~", "about October 2018"),
        ("2018?", "possibly 2018"),
        ("2018-10-05%", "possibly about 5 October 2018"),
        ("2018-21", "spring 2018"),
        ("2018-24~", "about winter 2018"),
        ("2018-09/2018-12", "September to December 2018"),
        ("2018-10-01/2018-10-05", "1 to 5 October 2018"),
        ("2018-10-01/2018-11-05", "1 October to 5 November 2018"),
        ("2018-10/2018-10-05", "October to 5 October 2018"),
        ("2017-12/2018-02", "December 2017 to February 2018"),
        ("2017/2018", "2017 to 2018"),
        ("2018/2018-02", "2018 to February 2018"),
        ("2018-09~/2018-12", "about September to December 2018"),
        ("../2018-12-17", "until 17 December 2018"),
        ("/2018-12-17", "until 17 December 2018"),
        ("2018-12-17/..", "since 17 December 2018"),
        ("2018-12-17/", "since 17 December 2018"),
        ("2018-10-05T09:30:00Z/2018-10-05T12:30:00Z", "5 October 2018, 09:30 UTC to 5 October 2018, 12:30 UTC"),
        ("201X", "201X"),
        ("2018-XX-05", "2018-XX-05"),
        ("Y-17000", "Y-17000"),
        ("-0044-03-15", "-0044-03-15"),
    ],
)
def test_a_date_is_told_as_people_write_it(edtf: str, words: str) -> None:
    assert date_in_words(edtf) == words


def test_a_moment_is_told_in_utc() -> None:
    assert moment_in_words(datetime.fromisoformat("2019-03-01T01:05:59+02:00")) == "28 February 2019, 23:05 UTC"
