"""What changed, told in Dutch and in Arabic: no word of the house is left in English."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

import pytest
from hypothesis import given

from application.execute import Executor
from application.history import Entry, history
from application.stream_kinds import STREAM_KINDS
from domain import control, figures
from domain.actor import Actor, ActorDetails
from domain.assessment import Assessment, Grade
from domain.claim import Claim
from domain.content import ControlStatus, Extent, Hedge, Nature, Side
from domain.dossier import Dossier
from domain.estimate import MEASURES, Magnitude, Qualifier
from domain.families import FAMILIES
from domain.fields import StreamRef
from domain.incident import Incident
from domain.person import Person, Sex
from domain.place import Place, PlaceKind
from domain.report import Report
from domain.source import Source, SourceKind
from domain.vocabulary import OCCURRENCE_TYPES
from infrastructure.log.memory import MemoryLog
from interfaces.api.correction_told import held_for
from interfaces.api.history import told_changes
from interfaces.messages import words
from interfaces.messages.correction_words import Names, in_words
from interfaces.messages.wording import WORDINGS, Language
from interfaces.messages.words import END_OF_ISOLATE, ISOLATE
from tests.histories import CatchUp, carry_out, examples, histories
from tests.interfaces.test_wording import FIELDS

STATES = (Actor, Assessment, Claim, Dossier, Incident, Person, Place, Report, Source)
NOT_TOLD = {"details", "statements", "relations", "once", "revisions", "taken_back"}
# Words that Dutch has too, or takes from English.
DUTCH_TOO = {"claims", "type", "via", "dataset", "journalist", "ngo", "adm1", "adm2", "adm3", "adm4"}
HELD = {
    "status": get_args(ControlStatus),
    "standing": ("stands", "withdrawn", "retracted"),
    "qualifier": get_args(Qualifier),
    "magnitude": get_args(Magnitude),
    "hedge": get_args(Hedge),
    "side": get_args(Side),
    "extent": get_args(Extent),
    "nature": get_args(Nature),
    "grade": get_args(Grade),
    "kind": (*get_args(SourceKind), *get_args(PlaceKind), *get_args(ActorDetails.model_fields["kind"].annotation)),
    "sex": get_args(Sex),
    "verdict": (*get_args(figures.Verdict), *get_args(control.Verdict)),
    "inferred": ("when", "actors", "place"),
}


@pytest.mark.parametrize("language", ["nl", "ar"])
def test_every_field_and_what_the_house_has_it_hold_has_a_word(language: Language) -> None:
    names = Names(language=language)
    of_states = {each.name for state in STATES for each in fields(state)}
    told = {name: names.field(name) for name in (FIELDS | of_states) - NOT_TOLD}
    told |= {word: words.value(field, word, names) for field, held in HELD.items() for word in held}
    same = DUTCH_TOO if language == "nl" else set[str]()
    assert {name for name, said in told.items() if said == name.replace("_", " ")} <= same
    assert [said for said in told.values() if not said.strip() or re.search(r"[_…{}]", said)] == []


def test_a_source_is_no_she_and_whoever_changed_a_number_took_nothing_back() -> None:
    """Neither a man nor a ministry is "zij"; and "erop terugkomen" is said of a word that was taken back."""
    dutch = WORDINGS["nl"]
    every = [*dutch.answers.values(), *dutch.accounts.values(), *dutch.families.values(), *dutch.sentences.values()]
    assert [said for said in every if re.search(r"\b(haar|haarzelf|kwam(en)? erop terug)\b", said)] == []


SORTS = ("kinds", "measures", "units", "groups", "causes", "types", "natures", "hedges", "states", "extents", "sides")


def every_content() -> Iterator[dict[str, Any]]:
    """Each word of the house's lists, in a claim that holds it."""
    english = WORDINGS["en"]
    killed = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "best": 3}
    for measure, kind in MEASURES.items():
        yield from ({**killed, "measure": measure, "unit": unit} for unit in kind.units)
    yield from ({**killed, "group": group} for group in english.groups)
    for cause in (*english.causes, *OCCURRENCE_TYPES):
        yield {**killed, "cause": cause}
        yield {"kind": "occurrence", "type": "attack", "methods": [cause]}
    yield from ({"kind": "occurrence", "type": type_, "hedge": "possible"} for type_ in OCCURRENCE_TYPES)
    yield from ({"kind": "statement", "nature": nature} for nature in get_args(Nature))
    for status in get_args(ControlStatus):
        yield from ({"kind": "control", "status": status, "extent": extent} for extent in get_args(Extent))
        yield from ({"kind": "control", "status": status, "side": [side]} for side in get_args(Side))


@pytest.mark.parametrize("language", ["nl", "ar"])
def test_no_sentence_holds_a_word_of_the_houses_in_english(language: Language) -> None:
    held = {one: {said for sort in SORTS for said in getattr(WORDINGS[one], sort).values()} for one in ("en", language)}
    of_both = {one: {word for said in held[one] for word in re.findall(r"[^\W\d]+", said)} for one in held}
    # Beside these only words that both languages have.
    english = (
        {word.lower() for word in of_both["en"]} - {word.lower() for word in of_both[language]} - {"km", "of", "in"}
    )
    names = Names(language=language)
    whole = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "best": 9}
    for content in every_content():
        told = [words.said(content, names), *words.changes(
            [{"field": name, "before": None, "after": said} for name, said in content.items()], names)]  # fmt: skip
        if content["kind"] == "figure":
            told += [words.topic(content, names), words.of_whom(content, whole, names), words.with_unit(content, names)]
        for line in told:
            assert not english & set(re.findall(r"[^\W\d]+", line.lower())), line


@pytest.mark.parametrize(
    ("unit", "how_many", "told"),
    [
        ("families", {"qualifier": "vague", "magnitude": "dozens"},
         ("dozens of families", "tientallen gezinnen", "عشرات (عائلات)")),
        ("families", {"qualifier": "vague", "magnitude": "many"},
         ("many families", "vele gezinnen", "كثيرون (عائلات)")),
        ("families", {"qualifier": "unknown"},
         ("an unknown number of families", "een onbekend aantal gezinnen", "عدد غير معروف (عائلات)")),
        ("people", {"qualifier": "vague", "magnitude": "thousands"}, ("thousands", "duizenden", "آلاف")),
        ("percent", {"qualifier": "fewer_than", "high": 0.1}, ("less than 0.1%", "minder dan 0,1%", "أقل من 0.1٪")),
        ("km2", {"qualifier": "about", "best": 0.1 + 0.2}, ("about 0.3 km²", "ongeveer 0,3 km²", "نحو 0.3 كم²")),
        ("km2", {"qualifier": "stated", "best": -0.0}, ("0 km²", "0 km²", "0 كم²")),
    ],
)  # fmt: skip
def test_how_many_of_what_is_told_as_it_is_said(
    unit: str, how_many: dict[str, Any], told: tuple[str, str, str]
) -> None:
    each = [words.with_unit({"unit": unit, **how_many}, words.Names(language=one)) for one in get_args(Language)]
    assert tuple(each) == told


@pytest.mark.parametrize(
    ("measure", "unit", "qualifier", "told"),
    [
        ("territory_share", "percent", "most", "most of the territory"),
        ("territory_share", "percent", "unknown", "an unknown share of the territory"),
        ("area", "km2", "unknown", "an unknown area"),
    ],
)
def test_a_share_and_an_area_in_words_are_no_number_of_units(
    measure: str, unit: str, qualifier: str, told: str
) -> None:
    content = {"kind": "figure", "measure": measure, "unit": unit, "qualifier": qualifier}
    assert words.said(content, words.Names()) == told


def test_women_are_told_of_as_women_in_arabic_and_of_whom_it_is_not_known_as_neither() -> None:
    arabic = Names(language="ar")
    killed = {"fate": "killed", "claim": "s3"}
    told = {sex: (words.fate(killed, names), names.put("named_by", "s3"))
            for sex in ("female", "male", None, "other") for names in [arabic.of(sex)]}  # fmt: skip
    assert told["female"] == ("قُتلت (الادعاء ⁨s3⁩)", "يذكرها s3")
    assert told["male"] == ("قُتل (الادعاء ⁨s3⁩)", "يذكره s3")
    assert told[None] == told["other"] == ("قتيل/ة (الادعاء ⁨s3⁩)", "ورد الذكر في s3")
    status = {"status": "civilian", "source": "s"}
    assert words.civilian_status(status, arabic.of("female")).startswith("مدنية ")
    for language in ("en", "nl"):
        told_in = Names(language=language)
        assert {words.fate(killed, told_in.of(sex)) for sex in ("female", "male", None)} == {
            words.fate(killed, told_in)
        }


async def entries(steps: list[Any]) -> list[Entry]:
    """Every event of a history, with what it changed."""
    log = MemoryLog()
    executor = Executor(log)
    for step in steps:
        if not isinstance(step, CatchUp):
            await carry_out(executor, "d", step)
    events = await log.read("d", 0, 10_000)
    streams = await log.streams("d", {StreamRef(kind, each.stream.id) for kind in STREAM_KINDS for each in events})
    return [entry for stream, held in streams.items() for entry in history(stream.kind, held)]


@examples(usual=10, thorough=1000)
@given(steps=histories())
def test_what_changed_is_told_in_the_language_and_in_nothing_else(steps: list[Any]) -> None:
    for entry in asyncio.run(entries(steps)):
        for line in told_in(entry, "ar"):
            assert_arabic(line)
        for line in told_in(entry, "nl"):
            assert not re.search(r"\b(because|reason|withdrawn|retracted|discredited|nothing)\b", line), line


def told_in(entry: Entry, language: Language) -> Iterator[str]:
    names = Names(language=language)
    yield from words.changes([dict(change) for change in told_changes(entry)], names)
    if entry.before is not None and FAMILIES[entry.recorded.event.type] != "world":
        clocks = held_for(entry, Names(), "UTC")
        told = {"reason": entry.reason, "principal": "root", "principal_name": None, "holds_for": clocks}
        headline, paragraphs = in_words(entry, told, names)
        yield from (headline, *paragraphs)


def assert_arabic(line: str) -> None:
    """Outside of what was recorded no Latin letter stands; what was recorded is shown as it is."""
    assert "<U+" not in line, line
    outside = line
    while outside != (outside := re.sub(f"{ISOLATE}[^{ISOLATE}{END_OF_ISOLATE}]*{END_OF_ISOLATE}", "", outside)):
        pass
    assert not re.search(r"[A-Za-z]", outside.replace("UTC", "")), line


UNKNOWN = {
    "measure": "killed",
    "unit": "people",
    "group": "unknown",
    "cause": "not_known",
    "qualifier": "stated",
    "best": 0,
}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "no people of unknown group killed (from an unknown cause)"),
        ("nl", "gedood (mensen): groep onbekend, oorzaak onbekend: 0"),
        ("ar", "قتلى (أشخاص): الفئة غير معروفة، السبب غير معروف: 0"),
    ],
)
def test_what_a_report_does_not_know_of_whom_it_counts_is_told_in_words(language: Language, told: str) -> None:
    names = Names(language=language)
    assert words.said({"kind": "figure", **UNKNOWN}, names) == told
    whole = {"kind": "figure", **UNKNOWN, "group": None, "cause": None}
    of_whom = words.of_whom({"kind": "figure", **UNKNOWN}, whole, names)
    assert "unknown" not in of_whom or language == "en"
    assert ":" in of_whom, "it is told that the group is not known, and not that some are unknown"
    assert "unknown" not in words.value("group", "unknown", names) or language == "en"
    labelled = Names(words={"group": {"unknown": {"en": "persons of no known status"}}}, language=language)
    assert "persons of no known status" in words.said({"kind": "figure", **UNKNOWN, "best": 5}, labelled)
