"""Corrections in plain English, whatever was corrected; and dates as people write them."""

import asyncio
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from application.execute import Asked, Executor
from application.history import Entry, history
from application.stream_kinds import STREAM_KINDS
from domain.corrections import is_of_its_entry_alone
from domain.events import AnyCommand
from domain.families import FAMILIES
from domain.fields import StreamRef
from infrastructure.log.memory import MemoryLog
from interfaces.api.correction_told import held_for, told_event
from interfaces.api.history import _item
from interfaces.cli.account import account as cli_account
from interfaces.cli.answers import family_of_event
from interfaces.messages.correction_words import Names, in_words
from interfaces.messages.date_words import date_in_words, moment_in_words
from interfaces.messages.wording import LANGUAGES, Language
from interfaces.messages.words import event_in_words
from tests.histories import CatchUp, carry_out, examples, histories


async def corrected(steps: list[Any]) -> list[Entry]:
    """Every event of a history that corrects something, with what it changed: no first one, none of the world."""
    log = MemoryLog()
    executor = Executor(log)
    for step in steps:
        if not isinstance(step, CatchUp):
            await carry_out(executor, "d", step)
    events = await log.read("d", 0, 10_000)
    streams = await log.streams("d", {StreamRef(kind, each.stream.id) for kind in STREAM_KINDS for each in events})
    later = (entry for stream, held in streams.items() for entry in history(stream.kind, held)[1:])
    return [entry for entry in later if FAMILIES[entry.recorded.event.type] != "world"]


@examples(usual=20, thorough=1000)
@given(steps=histories())
def test_any_correction_can_be_told(steps: list[Any]) -> None:
    for entry in asyncio.run(corrected(steps)):
        told_in_other_languages(entry)
        names = Names()
        clocks = held_for(entry, names, "UTC")
        told = {"reason": entry.reason, "principal": "p-1", "principal_name": None, "holds_for": clocks}
        if is_of_its_entry_alone(entry.recorded.event):
            no_answer_moved(entry, told)
        headline, paragraphs = in_words(entry, told, names)
        family = FAMILIES[entry.recorded.event.type]
        assert (clocks["reported_by"] is not None) == (family == "source")
        assert paragraphs[-2].endswith("Recorded by p-1.")
        for words in (headline, *paragraphs):
            assert re.fullmatch(r"\S.*\S", words), words
            assert not re.search(r"None|  |\[|\b\w+\(", words), words
        assert all(re.search(r"[.!?…]$", paragraph) for paragraph in paragraphs), paragraphs


def no_answer_moved(entry: Entry, told: dict[str, Any]) -> None:
    """Of an item that went on as another: nothing that only counts where it does not is said."""
    _, (first, *_) = in_words(entry, {**told, "goes_on_as": "other"}, Names())
    assert first.endswith("no answer goes by this until it is split off.")
    assert not re.search("rely|takes? it back|took it back|stands again", first), first


def changed(changed_by: str | None, claimant: str | None, *, without_notice: bool = False) -> list[Entry]:
    """A claim that a later report changes, and a third one takes back."""
    figure = {"kind": "figure", "measure": "killed", "unit": "people", "low": 10, "qualifier": "about"}
    figure |= {"claimant": claimant} if claimant else {}
    who = {"changed_by": changed_by} if changed_by else {}
    commands: list[tuple[str, dict[str, Any]]] = [
        ("open_dossier", {"id": "d", "title": "D"}),
        ("register_source", {"id": "s", "name": "Alpha", "kind": "monitor"}),
        *(("file_report", {"id": f"r{n}", "label": f"R{n}", "published": f"2018-12-0{n}"}) for n in (1, 2, 3)),
        ("record_claim", {"id": "c", "report": "r1", **figure}),
        ("revise_claim", {"id": "c", "report": "r2", "set": {"low": 12, "qualifier": "at_least"}, **who}),
        ("withdraw_claim", {"id": "c", "report": "r3", "reason": "so", "without_notice": without_notice, **who}),
    ]

    async def carried_out() -> list[Entry]:
        log = MemoryLog()
        for name, fields in commands:
            command = TypeAdapter(AnyCommand).validate_python({"command": name, **fields})
            await Executor(log).execute("d", "desk", Asked(command))
        (events,) = (await log.streams("d", {StreamRef("claim", "c")})).values()
        return history("claim", events)[1:]

    return asyncio.run(carried_out())


# By whom it was changed, and whether a word of the language for it stands in headline, sentence and family.
WHO_CHANGED = {
    "claimant": {"en": "whoever claimed it", "nl": "wie het beweerde", "ar": "من ادعاه"},
    "relay": {"en": "whoever passed it on", "nl": "wie het doorgaf", "ar": "من نقله"},
    "publisher": {"en": "publisher", "nl": "de uitgever", "ar": "ناشر"},
    None: {"en": "a later report", "nl": "een later bericht", "ar": "تقرير لاحق"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("changed_by", WHO_CHANGED)
@pytest.mark.parametrize("claimant", ["s", None])
def test_whoever_changed_a_claim_is_told_and_nobody_else(
    language: Language, changed_by: str | None, claimant: str | None
) -> None:
    who = {each: words[language] for each, words in WHO_CHANGED.items()}
    if claimant:
        # By name, where it has one.
        who["claimant"] = "alpha"
    for entry in changed(changed_by, claimant):
        told = {"reason": None, "principal": "1", "principal_name": None, "holds_for": held_for(entry, Names(), "UTC")}
        headline, (what, family, _) = in_words(entry, told, Names(sources={"s": "alpha"}, language=language))
        assert who[changed_by] in headline
        assert who[changed_by] in family.lower()
        assert who[changed_by] in what.lower() or changed_by is None
        others = {words for each, words in who.items() if each not in (changed_by, None) and words != "alpha"}
        assert [words for words in others if words in f"{headline} {what} {family}".lower()] == []
        # Of whom it was that is the claimant's alone.
        assert not re.search(r"\b(source|bron)\b|مصدر[هـ]|المصدر", f"{headline} {family}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("changed_by", WHO_CHANGED)
@pytest.mark.parametrize("claimant", ["s", None])
def test_what_was_dropped_without_a_word_was_taken_back_by_nobody(
    language: Language, changed_by: str | None, claimant: str | None
) -> None:
    """In the text, in the account and in lists: an edition that leaves a row out takes nothing back."""
    names = Names(sources={"s": "alpha"}, language=language)
    entry = changed(changed_by, claimant, without_notice=True)[-1]
    told = {"reason": None, "principal": "1", "principal_name": None, "holds_for": held_for(entry, Names(), "UTC")}
    headline, paragraphs = in_words(entry, told, names)
    account = next(line.plain for line in cli_account("c", [_item(entry, {})], names, {}, UTC))
    listed: dict[str, Any] = {**told_event(entry.recorded, {}), **({"claimant": claimant} if claimant else {})}
    row = event_in_words(listed, names.item("claim", "c"), "desk", names)
    family = family_of_event(listed, names, claimant)
    without_notice = {"en": "without notice", "nl": "stil w", "ar": "بلا إشعار"}[language]
    for text in (headline, paragraphs[1], account, family, row):
        assert without_notice in text.lower(), text
    taken_back = {"en": r"took|taken|withdrawn|changed", "nl": r"\bintrok|ingetrokken|herzag", "ar": "سحب|غيّر"}[
        language
    ]
    for text in (headline, *paragraphs, account, family, row):
        assert not re.search(taken_back, text), text
    assert ("alpha" in headline) == ("alpha" in family) == (claimant is not None and changed_by == "claimant")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_source_did_was_recorded_here_and_done_by_nobody_here(language: Language) -> None:
    names = Names(language=language)
    for entry in changed("claimant", "s"):
        listed: dict[str, Any] = dict(told_event(entry.recorded, {}))
        row = event_in_words(listed, names.item("claim", "c"), "desk", names)
        assert {"en": ", recorded by desk", "nl": ", vastgelegd door desk", "ar": "سجّله desk"}[language] in row


def test_a_bound_that_was_made_firm_is_told() -> None:
    told = {language: in_what(changed(None, "s")[0], language) for language in LANGUAGES}
    assert "Was about 10 or more (s), is at least 12." in told["en"]
    assert "Was ongeveer 10 of meer (s), is minstens 12." in told["nl"]
    assert "نحو 10 أو أكثر" in told["ar"]
    assert "12 على الأقل" in told["ar"]


def in_what(entry: Entry, language: Language) -> str:
    told = {"reason": None, "principal": "1", "principal_name": None, "holds_for": held_for(entry, Names(), "UTC")}
    return in_words(entry, told, Names(language=language))[1][0]


def told_in_other_languages(entry: Entry) -> None:
    """Whole: of what the house says no English is left."""
    told = {"reason": None, "principal": "1", "principal_name": None, "holds_for": held_for(entry, Names(), "UTC")}
    for language in LANGUAGES[1:]:
        headline, paragraphs = in_words(entry, told, Names(language=language))
        for text in (headline, *paragraphs):
            assert re.fullmatch(r"\S.*\S", text), text
            assert not re.search(r"None|  |\[", text), text
            assert not ENGLISH.search(text), text
            assert text.count("\u2068") == text.count("\u2069"), text


# Words of the English sentences that are none of the Dutch ones, and that none of the recorded texts has.
ENGLISH = re.compile(
    r"\b(we|our|recorded|held|not given|taken|corrected|retracted|reinstated|graded|since|until|unattributed|"
    r"applies|concerns|January|February|March|October)\b",
    re.IGNORECASE,
)


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


@pytest.mark.parametrize(
    ("edtf", "dutch", "arabic"),
    [
        ("2018-12-17", "17 december 2018", "17 ديسمبر 2018"),
        ("2018-10", "oktober 2018", "أكتوبر 2018"),
        ("2018", "2018", "2018"),
        ("2018-10-05T09:33:00Z", "5 oktober 2018, 09:33 UTC", "5 أكتوبر 2018، 09:33 UTC"),
        ("2018-10~", "omstreeks oktober 2018", "نحو أكتوبر 2018"),
        ("2018-10-05%", "mogelijk omstreeks 5 oktober 2018", "ربما نحو 5 أكتوبر 2018"),
        ("2018-21?", "mogelijk voorjaar 2018", "ربما ربيع 2018"),
        ("2018-09~/2018-12", "omstreeks september tot en met december 2018", "من نحو سبتمبر إلى ديسمبر 2018"),
        ("2018-10-01/2018-10-05", "1 tot en met 5 oktober 2018", "من 1 إلى 5 أكتوبر 2018"),
        ("../2018-12-17", "tot en met 17 december 2018", "حتى 17 ديسمبر 2018"),
        ("2018-12/..", "sinds december 2018", "منذ ديسمبر 2018"),
        ("201X", "201X", "201X"),
        ("0000-02-29", "29 februari 0000", "29 فبراير 0000"),
    ],
)
def test_a_date_is_told_as_people_of_a_language_write_it(edtf: str, dutch: str, arabic: str) -> None:
    assert (date_in_words(edtf, "nl"), date_in_words(edtf, "ar")) == (dutch, arabic)


@given(st.dates())
def test_any_day_has_words_in_every_language(day: date) -> None:
    for language in LANGUAGES:
        for edtf in (f"{day}", f"{day.isoformat()[:7]}~", f"{day}/{date.max}"):
            assert re.search(rf"\b{day.year:04}\b", date_in_words(edtf, language))


def test_a_moment_is_told_in_utc() -> None:
    assert moment_in_words(datetime.fromisoformat("2019-03-01T01:05:59+02:00"), "nl") == "28 februari 2019, 23:05 UTC"
    assert moment_in_words(datetime.fromisoformat("2019-03-01T01:05:59+02:00")) == "28 February 2019, 23:05 UTC"
