"""Corrections as Atom and as JSON Feed: what newsrooms publish, and the stable address of each."""

import json
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import httpx
import pytest

from domain.families import FAMILIES
from interfaces.api.feeds import ATOM_NAMESPACE, OUR_NAMESPACE
from interfaces.messages.words import clean
from tests.interfaces.running import (
    API,
    WHY,
    Dossier,
    Running,
    assert_problem,
    done,
    eventually,
    figure,
    furnish,
)

ATOM = {"a": ATOM_NAMESPACE, "k": OUR_NAMESPACE}
FIRST_WORDS = {"incident.opened", "assessment.issued"}
PERSONS = [f"per-{n:016x}" for n in range(2)]
# Every kind of correction: where it is made, and with what.
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("descriptions", {"set": {"summary": "What five reports said"}}),
    ("descriptions", {"set": {"value_labels": {"dez": {"en": "Deir ez-Zor"}}}}),
    ("claims/c1/corrections", {"set": {"best": 5000, "qualifier": "stated"}, "reason": "Misread: it says 5,000"}),
    ("claims/c1/corrections", {"set": {"when": "2018-10", "claimant": "reuters"}, "reason": "Left out at first"}),
    ("claims/c1/revisions", {"report": "nov", "set": {"best": 3000}, "reason": "A new count"}),
    ("claims/c1/revisions", {"report": "oct", "after": 1, "set": {"hedge": "hearsay"}, "reason": "Found later"}),
    ("claims/c1/grades", {"credibility": 2, "reason": "Two others say so"}),
    ("claims/c2/relations", {"relation": "disputes", "to": ["c1"], "reason": "They cannot both be right"}),
    ("claims/c2/withdrawals", {"report": "dec", "without_notice": True, "reason": "Gone from the new edition"}),
    ("claims/c2/statement-retractions", {"statement": 2, "reason": "Of another town"}),
    ("claims/c2/statement-reinstatements", {"statement": 2, "reason": "Of this town after all"}),
    ("claims/c3/retractions", {"reason": "Nobody said that"}),
    ("claims/c3/reinstatements", {"reason": "Somebody did"}),
    ("claims/c4/corrections", {"set": {"note": "Read again"}, "reason": "A note was missing"}),
    ("sources/sohr/grades", {"reliability": "B", "reason": "A long record"}),
    ("sources/sohr/grades", {"reliability": None, "reason": "That was of another"}),
    ("sources/sohr/corrections", {"set": {"names": {"ar": "المرصد السوري"}}, "reason": "Its own name"}),
    ("sources/unused/retractions", {"reason": "Entered twice"}),
    ("sources/unused/reinstatements", {"reason": "Once only"}),
    ("actors/sdf/corrections", {"set": {"name": "قوات سوريا الديمقراطية"}, "reason": "Its own name"}),
    ("actors/unused/retractions", {"reason": "Entered twice"}),
    ("actors/unused/reinstatements", {"reason": "Once only"}),
    ("places/hajin/corrections", {"set": {"latitude": 34.69, "longitude": 40.83}, "reason": "Located"}),
    ("places/unused/retractions", {"reason": "Entered twice"}),
    ("places/unused/reinstatements", {"reason": "Once only"}),
    ("reports/nov/corrections", {"set": {"published": "2018-11-16", "credits": ["sohr"]}, "reason": "Misread"}),
    ("reports/dec/withdrawals", {"report": "nov", "reason": "Taken back by its publisher"}),
    ("reports/nov/discreditings", {"reason": "Made up"}),
    ("reports/nov/discrediting-liftings", {"reason": "Borne out since"}),
    ("reports/oct/withdrawals", {"when": "2018-12", "reason": "Gone from its site"}),
    ("reports/oct/withdrawal-retractions", {"reason": "It had moved"}),
    ("reports/unused/retractions", {"reason": "Filed twice"}),
    ("reports/unused/reinstatements", {"reason": "Once only"}),
    ("reports/unused/merges", {"into": "oct", "reason": "One article"}),
    ("reports/unused/splits", {"reason": "Two after all"}),
    ("places/twice/merges", {"into": "hajin", "reason": "One town"}),
    ("places/twice/splits", {"reason": "Two after all"}),
    ("actors/twice/merges", {"into": "is", "reason": "One party"}),
    ("actors/twice/splits", {"reason": "Two after all"}),
    ("sources/twice/merges", {"into": "sohr", "reason": "One monitor"}),
    ("sources/twice/splits", {"reason": "Two after all"}),
    ("incidents/strike/descriptions", {"set": {"when": "2018-11-10"}, "reason": "Now known"}),
    ("incidents/strike/links", {"claims": ["c2", "c3"], "reason": "The same"}),
    ("incidents/strike/unlinkings", {"claims": ["c3"], "reason": "Not the same"}),
    ("incidents/raid/merges", {"into": "strike", "reason": "One happening"}),
    ("incidents/raid/splits", {"reason": "Two after all"}),
    ("incidents/raid/retractions", {"reason": "Nothing happened"}),
    ("incidents/raid/reinstatements", {"reason": "It did"}),
    (f"persons/{PERSONS[0]}/corrections", {"set": {"age": 7}, "reason": "Misread"}),
    (f"persons/{PERSONS[0]}/links", {"claims": ["c3"], "reason": "It names her"}),
    (f"persons/{PERSONS[0]}/unlinkings", {"claims": ["c3"], "reason": "It does not"}),
    (f"persons/{PERSONS[0]}/merges", {"into": PERSONS[1], "reason": "One person"}),
    (f"persons/{PERSONS[0]}/splits", {"reason": "Two after all"}),
    (f"persons/{PERSONS[0]}/retractions", {"reason": "Nobody"}),
    (f"persons/{PERSONS[0]}/reinstatements", {"reason": "Somebody"}),
    ("assessments/fighters/revisions", {"set": {"grade": "contested", "finding": "Between 2,000 and 5,000"},
                                        "reason": "Reuters says otherwise"}),
    ("assessments/fighters/upholdings", {"reason": "Looked at again"}),
    ("assessments/fighters/revision-retractions", {"reason": "Nobody looked"}),
    ("assessments/fighters/revision-reinstatements", {"reason": "Somebody did"}),
    ("assessments/fighters/revision-retractions", {"reason": "Nobody did"}),
    ("assessments/fighters/revision-retractions", {"reason": "Of another"}),
    ("assessments/fighters/revision-reinstatements", {"reason": "Of this one"}),
    ("assessments/fighters/withdrawals", {"reason": "Overtaken"}),
    ("assessments/fighters/reinstatements", {"reason": "It holds"}),
]  # fmt: skip
FURTHER = [
    {"command": "record_claim", "id": "c3", **figure("dec", measure="killed", best=None, qualifier="vague",
                                                     magnitude="hundreds", when="2018-11/2018-12")},
    {"command": "record_claim", "id": "c4", "kind": "occurrence", "report": "nov", "type": "attack",
     "actors": {"by": "sdf"}, "place": "hajin", "when": "2018-11-10"},
    {"command": "register_source", "id": "unused", "name": "Nobody", "kind": "unknown"},
    {"command": "register_source", "id": "twice", "name": "Twice", "kind": "monitor"},
    {"command": "register_actor", "id": "twice", "name": "Twice", "kind": "armed_group"},
    {"command": "register_place", "id": "twice", "name": "Twice", "kind": "town"},
    {"command": "register_actor", "id": "unused", "name": "Nobody", "kind": "person"},
    {"command": "register_place", "id": "unused", "name": "Nowhere", "kind": "town", "names": {"ar": "لا مكان"}},
    {"command": "file_report", "id": "unused", "label": "Nothing", "published": "2018"},
    {"command": "open_incident", "id": "strike", "title": "Strike on the market", "claims": ["c4"]},
    {"command": "open_incident", "id": "raid", "title": "Raid"},
    *({"command": "register_person", "id": person, "name": "N"} for person in PERSONS),
    {"command": "issue_assessment", "id": "fighters", "topic": "fighters,people,subject:is,place:hajin",
     "finding": "About 2,000", "grade": "fair", "claims": ["c1"], "because": "One report", "when": "2018-10"},
]  # fmt: skip


@pytest.fixture(scope="module")
def corrected(new_dossier: Callable[[], Dossier]) -> Dossier:
    """A dossier with a correction of every kind."""
    dossier = furnish(new_dossier())
    done(dossier.batch(FURTHER))
    for below, body in CHANGES:
        dossier.change(below, **body)
    return caught_up(dossier)


def caught_up(dossier: Dossier) -> Dossier:
    eventually(lambda: dossier.get().status_code == 200, "the read models are there")
    return dossier


def json_feed(dossier: Dossier, **query: Any) -> dict[str, Any]:
    answer = dossier.get("corrections.json", **query)
    assert answer.headers["content-type"] == "application/feed+json"
    return done(answer)


def atom_feed(dossier: Dossier, **query: Any) -> ET.Element:
    answer = dossier.get("corrections.atom", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    return ET.fromstring(answer.content)


def positions(feed: Mapping[str, Any]) -> list[int]:
    return [item["_kroniek"]["position"] for item in feed["items"]]


def listed(dossier: Dossier, **query: Any) -> list[int]:
    items = dossier.read("corrections", order="newest", limit=1000, **query)["items"]
    return [item["position"] for item in items]


def texts(element: ET.Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path, ATOM)]


def text(element: ET.Element, path: str) -> str:
    (found,) = texts(element, path)
    return found


def links(element: ET.Element, rel: str) -> list[str]:
    return [link.attrib["href"] for link in element.findall("a:link", ATOM) if link.attrib["rel"] == rel]


def text_of(dossier: Dossier, type_: str, nth: int = 0) -> tuple[str, str]:
    """Headline and text of the nth correction of a type, the oldest first."""
    items = [item for item in json_feed(dossier, limit=100)["items"][::-1] if item["_kroniek"]["type"] == type_]
    return items[nth]["title"], items[nth]["content_text"]


def test_a_feed_tells_every_kind_of_correction_once_newest_first(corrected: Dossier) -> None:
    feed = json_feed(corrected, limit=100)
    assert {item["_kroniek"]["type"] for item in feed["items"]} == {
        type_ for type_, family in FAMILIES.items() if family != "world"
    } - FIRST_WORDS
    assert positions(feed) == listed(corrected)
    for item in feed["items"]:
        assert item["tags"] == [FAMILIES[item["_kroniek"]["type"]]]


SAID: list[tuple[str, int, str, str]] = [
    ("claim.statement_retracted", 0, "Retracted, one statement on: control of Hajin, 10 November 2018",
     "It never was: we take that back. Our record now has:"),
    ("claim.statement_reinstated", 0, "Reinstated, one statement on: control of Hajin, 10 November 2018",
     "after all: "),
    ("claim.corrected", 0, "Corrected: fighters of Islamic State in Hajin",
     "Was about 2,000 (unattributed), is 5,000."),
    ("claim.corrected", 1, "Completed: fighters of Islamic State in Hajin, October 2018",
     "Was 5,000 (unattributed), is 5,000 (Reuters). Time: was not given, is October 2018. "
     "Reported in “October” (Reuters, 15 October 2018)."),
    ("claim.corrected", 1, "Completed: fighters of Islamic State in Hajin, October 2018", "Reason: Left out at first."),
    ("claim.corrected", 1, "Completed: fighters of Islamic State in Hajin, October 2018",
     "Our record was incomplete. Recorded by the desk."),
    ("claim.corrected", 1, "Completed: fighters of Islamic State in Hajin, October 2018",
     "It applies to all reporting, whatever its date: the mistake was ours."),
    ("claim.corrected", 2, "Completed: attack in Hajin, 10 November 2018", "Our note: was not given, is “Read again”."),
    ("claim.revised", 0, "Changed in a later report: fighters of Islamic State in Hajin, October 2018",
     "Was 5,000 (Reuters), is 3,000."),
    ("claim.revised", 0, "Changed in a later report: fighters of Islamic State in Hajin, October 2018",
     "It concerns October 2018. It applies from the publication of “November” (publisher unknown, 15 November 2018) "
     "onwards."),
    ("claim.revised", 0, "Changed in a later report: fighters of Islamic State in Hajin, October 2018",
     "A later report changed it. Recorded by the desk."),
    ("claim.revised", 1, "Changed in a later report: fighters of Islamic State in Hajin, October 2018",
     "Later on it changed again."),
    ("claim.withdrawn", 0, "Dropped without notice in a later report: control of Hajin, 10 November 2018",
     "That is not to be found any more in “Some day in December” (publisher unknown, December 2018), which does not "
     "say why."),
    ("claim.graded", 0, "Credibility graded: fighters of Islamic State in Hajin, October 2018",
     "Credibility: was not graded, is 2 (probably true)."),
    ("claim.graded", 0, "Credibility graded: fighters of Islamic State in Hajin, October 2018",
     "Our judgement. Recorded by the desk."),
    ("claim.related", 0, "Weighed against other claims: control of Hajin, 10 November 2018",
     "It is now held to dispute: 3,000 fighters of Islamic State, Hajin, October 2018 (Reuters)."),
    ("claim.retracted", 0, "Retracted: people on the side of Islamic State killed in Hajin, November to December 2018",
     "We take that back."),
    ("actor.corrected", 0, f"Corrected: our entry on {clean('قوات سوريا الديمقراطية')}",
     f"Name: was “Syrian Democratic Forces”, is “{clean('قوات سوريا الديمقراطية')}”."),
    ("source.graded", 0, "Reliability graded: SOHR", "Reliability: was not graded, is B (usually reliable)."),
    ("source.graded", 1, "Reliability not graded any more: SOHR",
     "Reliability: was B (usually reliable), is not graded."),
    ("source.graded", 0, "Reliability graded: SOHR", "Our judgement. Recorded by the desk."),
    ("source.graded", 1, "Reliability not graded any more: SOHR", "Our judgement changed. Recorded by the desk."),
    ("report.corrected", 0, "Corrected: the report “November”",
     "Published: was 15 November 2018, is 16 November 2018. Credits: was not given, is SOHR."),
    ("report.withdrawn", 0, "Withdrawn by its publisher: the report “Some day in December”",
     "It applies from the publication of “November” (publisher unknown, 16 November 2018) onwards."),
    ("report.withdrawal_retracted", 0, "Not withdrawn by its publisher after all: the report “October” (Reuters)",
     "We had recorded that its publisher took it back (December 2018). It never did: we take that back."),
    ("report.withdrawal_retracted", 0, "Not withdrawn by its publisher after all: the report “October” (Reuters)",
     "It applies to all reporting, whatever its date: the mistake was ours."),
    ("report.discrediting_lifted", 0, "Relied on again: the report “November”",
     "We rely on it again: what it says counts as it did before. We had not, because: Made up."),
    ("place.reinstated", 0, "Reinstated: our entry on Nowhere",
     "We had taken it back as entered by mistake, and now restore it."),
    ("report.reinstated", 0, "Reinstated: the report “Nothing”",
     "We had taken it back as filed by mistake, and now restore it with all that it was said to say."),
    ("incident.retracted", 0, "Retracted: the incident “Raid”",
     "We had opened it by mistake, and take it back: no claim is held to tell of it any more."),
    ("incident.reinstated", 0, "Reinstated: the incident “Raid”", "now restore it with the claims that tell of it."),
    ("assessment.reinstated", 0, "Our finding taken up again: fighters of Islamic State, Hajin, October 2018",
     "We find again what we had withdrawn (contested): Between 2,000 and 5,000."),
    ("assessment.upheld", 0, "Our finding upheld: fighters of Islamic State, Hajin, October 2018",
     "We looked again, and find what we found (contested): Between 2,000 and 5,000."),
    ("assessment.revision_retracted", 0,
     "Retracted: a revision of our finding, fighters of Islamic State, Hajin, October 2018",
     "We had said by mistake that we looked again: we take that back. We find (contested): Between 2,000 and 5,000."),
    ("assessment.revision_reinstated", 0,
     "Reinstated: a revision of our finding, fighters of Islamic State, Hajin, October 2018",
     "We looked again, and find what we found (contested): Between 2,000 and 5,000."),
    ("assessment.revision_retracted", 2,
     "Retracted: a revision of our finding, fighters of Islamic State, Hajin, October 2018",
     "Finding: was “Between 2,000 and 5,000”, is “About 2,000”. Grade: was contested, is fair."),
    ("incident.linked", 0, "Claims added to the incident “Strike on the market”",
     "Now held to tell of it: controlled by Islamic State, Hajin, 10 November 2018 (SOHR); hundreds of people on "),
    ("report.merged", 0, "Found to be the same as another: the report “Nothing”",
     "It is now held to be the same as “October” (Reuters, 15 October 2018): what either says is said in that one."),
    ("place.merged", 0, "Found to be the same as another: Twice",
     "It is now held to be the same as Hajin: what is told of either is told of one."),
    ("actor.merged", 0, "Found to be the same as another: Twice",
     "It is now held to be the same as Islamic State: what is told of either is told of one."),
    ("source.merged", 0, "Found to be the same as another: Twice",
     "It is now held to be the same as SOHR: what either says is the word of one."),
    ("source.split", 0, "Found to be one of its own after all: Twice", "It is no longer held to be the same as SOHR."),
    ("incident.merged", 0, "Found to be the same as another: the incident “Raid”",
     "It is now held to be the same as the incident “Strike on the market”."),
    ("assessment.revised", 0, "Our finding revised: fighters of Islamic State, Hajin, October 2018",
     "Finding: was “About 2,000”, is “Between 2,000 and 5,000”. Grade: was fair, is contested."),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "nth", "title", "said"), SAID)
def test_a_reader_is_told_what_changed_in_plain_english(
    corrected: Dossier, type_: str, nth: int, title: str, said: str
) -> None:
    headline, words = text_of(corrected, type_, nth)
    assert headline == title
    assert said in words


TOLD_IN = [
    ("nl", "Gecorrigeerd: strijders (mensen): zijde Islamic State in Hajin",
     "Was ongeveer 2.000 (zonder bron), is 5.000.",
     "Het geldt voor alle berichten, van welke datum ook: de fout was van ons."),
    ("ar", "تصحيح: مقاتلون (أشخاص): من جانب \u2068Islamic State\u2069 في \u2068Hajin\u2069",
     "كان نحو 2,000 (بلا مصدر)، وهو الآن 5,000.", "يسري على كل التقارير مهما كان تاريخها: الخطأ خطؤنا."),
    ("en", "Corrected: fighters of Islamic State in Hajin", "Was about 2,000 (unattributed), is 5,000.",
     "It applies to all reporting, whatever its date: the mistake was ours."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "title", "said", "applies"), TOLD_IN)
def test_corrections_are_told_in_the_language_that_is_asked_for(
    corrected: Dossier, language: str, title: str, said: str, applies: str
) -> None:
    asked = {"Accept-Language": f"fr, {language};q=0.8, en;q=0.1"}
    answer = corrected.http.get(f"{corrected.path}/corrections.json?limit=100", headers=asked)
    feed = done(answer)
    assert (answer.headers["content-language"], feed["language"]) == (language, language)
    (item,) = [item for item in feed["items"] if item["title"] == title]
    assert said in item["content_text"]
    assert applies in item["content_text"]
    alone = corrected.http.get(item["url"], headers=asked)
    assert alone.headers["content-language"] == language
    assert (done(alone)["title"], alone.json()["text"]) == (title, item["content_text"])
    atom = corrected.http.get(f"{corrected.path}/corrections.atom?limit=100", headers=asked)
    assert atom.headers["content-language"] == language
    root = ET.fromstring(atom.content)
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == language
    assert title in texts(root, "a:entry/a:title")
    assert any(said in told for told in texts(root, "a:entry/a:content"))
    assert all(('<p dir="rtl">' in told) == (language == "ar") for told in texts(root, "a:entry/a:content"))
    # Data is of no language, and neither are ids.
    english = done(corrected.http.get(f"{corrected.path}/corrections.json?limit=100"))
    assert [(one["id"], one["_kroniek"]) for one in feed["items"]] == [
        (one["id"], one["_kroniek"]) for one in english["items"]
    ]


def test_what_a_correction_is_of_is_called_by_its_name_in_the_language(corrected: Dossier) -> None:
    titles = {
        language: [
            item["title"]
            for item in done(
                corrected.http.get(
                    f"{corrected.path}/corrections.json?limit=100", headers={"Accept-Language": language}
                )
            )["items"]
            if item["_kroniek"]["kind"] == "place" and item["_kroniek"]["id"] == "unused"
        ]
        for language in ("ar", "nl")
    }
    assert titles["ar"] and all("لا مكان" in title and "Nowhere" not in title for title in titles["ar"])
    assert titles["nl"] and all("Nowhere" in title for title in titles["nl"])


def test_no_cache_mixes_languages(corrected: Dossier) -> None:
    """Where the words depend on the language that is asked for, the tag does, and the answer says so; else neither."""

    def asked(path: str, language: str, known: str = "") -> httpx.Response:
        headers = {"Accept-Language": language} | ({"If-None-Match": known} if known else {})
        return corrected.http.get(f"{corrected.path}/{path}", headers=headers)

    position = json_feed(corrected)["items"][0]["_kroniek"]["position"]
    for path in (f"corrections/{position}", "corrections.json", "corrections.atom"):
        dutch, english = asked(path, "nl"), asked(path, "en")
        assert dutch.headers["etag"] != english.headers["etag"]
        assert "Accept-Language" in dutch.headers["vary"]
        assert asked(path, "en", dutch.headers["etag"]).status_code == 200
        known = asked(path, "nl-BE", dutch.headers["etag"])
        assert (known.status_code, known.content) == (304, b"")
        assert "Accept-Language" in known.headers["vary"]
        assert "content-language" not in known.headers
    for path in ("corrections", "claims/c1", "situation?at=2018-12-17", "claims/c1/history"):
        dutch, english = asked(path, "nl"), asked(path, "en")
        assert (dutch.headers["etag"], dutch.content) == (english.headers["etag"], english.content)
        assert "Accept-Language" not in dutch.headers["vary"]
        assert "content-language" not in dutch.headers


def test_a_correction_says_which_clocks_it_holds_for(corrected: Dossier) -> None:
    by_type = {item["_kroniek"]["type"]: item["_kroniek"] for item in json_feed(corrected, limit=100)["items"]}
    revised = by_type["claim.revised"]
    assert revised["holds_for"] == {
        "at": {"when": "2018-10", "earliest": "2018-10-01T00:00:00Z", "latest": "2018-10-31T23:59:59.999999Z"},
        "reported_by": {
            "report": "nov", "earliest": "2018-11-15T00:00:00Z", "latest": "2018-11-15T23:59:59.999999Z",
            "inferred": False,
        },
        "as_of": {"position": revised["position"], "recorded_at": revised["recorded_at"]},
    }  # fmt: skip
    assert by_type["report.withdrawn"]["holds_for"]["reported_by"]["report"] == "nov"
    for type_ in ("claim.retracted", "report.discredited", "claim.graded"):
        assert by_type[type_]["holds_for"]["reported_by"] is None
    assert by_type["source.graded"]["holds_for"]["at"] is None
    assert [(one["field"], one["before"], one["after"]) for one in revised["changes"] if one["field"] == "best"] == [
        ("best", 5000, 3000)
    ]
    assert revised["touches"]["topics"] == ["fighters,people,subject:is,place:hajin"]


def test_both_feeds_tell_the_same(corrected: Dossier) -> None:
    items, entries = json_feed(corrected, limit=100)["items"], atom_feed(corrected, limit=100).findall("a:entry", ATOM)
    assert len(items) == len(entries)
    for item, entry in zip(items, entries, strict=True):
        ours, data = entry.find("k:correction", ATOM), item["_kroniek"]
        assert ours is not None
        assert (text(entry, "a:id"), text(entry, "a:title")) == (item["id"], item["title"])
        assert links(entry, "alternate") == [item["url"]]
        assert text(entry, "a:updated") == text(entry, "a:published") == item["date_published"]
        assert (int(ours.attrib["position"]), ours.attrib["family"]) == (data["position"], data["family"])
        changes = ours.findall("k:change", ATOM)
        assert [change.attrib["field"] for change in changes] == [change["field"] for change in data["changes"]]
        assert [json.loads(before) for before in texts(ours, "k:change/k:before")] == [
            change["before"] for change in data["changes"]
        ]
        assert [json.loads(after) for after in texts(ours, "k:change/k:after")] == [
            change["after"] for change in data["changes"]
        ]
        for clock, held in data["holds_for"].items():
            told = ours.find(f"k:{clock}", ATOM)
            assert told is not None
            assert set(told.attrib) == {name for name, value in (held or {}).items() if value is not None}
        assert sorted(texts(ours, "k:touches")) == sorted(id_ for ids in data["touches"].values() for id_ in ids)


def assert_valid_atom(feed: ET.Element, body: bytes) -> None:
    """By the rules of RFC 4287, and for a reader of feeds."""
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.bozo_exception
    assert (parsed.version, parsed.feed.language) == ("atom10", "en")
    assert feed.tag == f"{{{ATOM_NAMESPACE}}}feed"
    assert len(feed.findall("a:author/a:name", ATOM)) == len(feed.findall("a:author", ATOM)) == 1
    assert len(links(feed, "self")) == 1
    alternates = [link for link in feed.findall("a:link", ATOM) if link.attrib["rel"] == "alternate"]
    assert len({link.attrib["type"] for link in alternates}) == len(alternates) > 0
    assert text(feed, "a:generator")
    entries = feed.findall("a:entry", ATOM)
    for element in (feed, *entries):
        assert text(element, "a:title")
        assert uuid.UUID(text(element, "a:id").removeprefix("urn:uuid:"))
        assert datetime.fromisoformat(text(element, "a:updated")).tzinfo is not None
        assert all(link.startswith("http://") for rel in ("self", "alternate", "next") for link in links(element, rel))
    for entry in entries:
        assert len(entry.findall("a:author/a:name", ATOM)) == 1
        assert len(entry.findall("a:content", ATOM)) == len(links(entry, "alternate")) == 1
        (category,) = entry.findall("a:category", ATOM)
        assert category.attrib["term"] in FAMILIES.values()
    ids = texts(feed, "a:entry/a:id")
    assert len(set(ids)) == len(ids) == len(parsed.entries)
    updated = texts(feed, "a:entry/a:updated")
    assert updated == sorted(updated, reverse=True)
    assert text(feed, "a:updated") >= max(updated, default="")


def assert_valid_json_feed(feed: Mapping[str, Any]) -> None:
    """By JSON Feed 1.1."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert all(feed[name].startswith("http://") for name in ("home_page_url", "feed_url"))
    assert [author["name"] for author in feed["authors"]] == ["Kroniek"]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert item["title"]
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert [author["name"] for author in item["authors"]] == ["the desk"]
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])


def test_the_feeds_are_valid(corrected: Dossier) -> None:
    answer = corrected.get("corrections.atom")
    assert_valid_atom(ET.fromstring(answer.content), answer.content)
    assert_valid_json_feed(json_feed(corrected))
    assert json_feed(corrected)["title"] == f"Dossier {corrected.id}: corrections"


def test_the_feed_of_a_dossier_without_corrections_is_valid_and_empty(shared: Dossier) -> None:
    answer = caught_up(shared).get("corrections.atom")
    feed = ET.fromstring(answer.content)
    assert_valid_atom(feed, answer.content)
    assert feed.findall("a:entry", ATOM) == []
    assert text(feed, "a:updated") == done(shared.http.get(f"{shared.path}/events"))["items"][0]["time"]
    assert_valid_json_feed(json_feed(shared))
    assert "next_url" not in json_feed(shared)


def test_what_people_wrote_stays_words(new_dossier: Callable[[], Dossier]) -> None:
    """Arabic names, markup, and characters that XML cannot carry."""
    dossier = furnish(new_dossier())
    dossier.change("places/hajin/corrections", set={"name": "هجين"}, reason="Its own name")
    reason = "<script>alert('&amp;')</script>\x08\x1b[31m\ufffe ]]> end\r\nof it"
    dossier.change("claims/c1/corrections", set={"best": 5000}, reason=reason)
    dossier.change("descriptions", set={"title": "<b>Hajin & Baghouz</b> \x0b"}, reason="It has a name")
    answer = caught_up(dossier).get("corrections.atom")
    feed = ET.fromstring(answer.content)
    assert_valid_atom(feed, answer.content)
    assert text(feed, "a:title") == "<b>Hajin & Baghouz</b> \ufffd: corrections"
    _, entry, _ = feed.findall("a:entry", ATOM)
    assert text(entry, "a:title") == f"Corrected: fighters of Islamic State in {clean('هجين')}"
    content = text(entry, "a:content")
    assert "<script" not in content
    assert "<p>Reason: &lt;script&gt;alert(&#x27;&amp;amp;&#x27;)&lt;/script&gt;" in content
    told = json_feed(dossier)["items"][1]
    assert "Reason: <script>alert('&amp;')</script>" in told["content_text"]
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", told["content_text"])
    assert told["_kroniek"]["reason"] == reason


def test_the_link_of_each_leads_to_the_same_correction(corrected: Dossier) -> None:
    for item in json_feed(corrected, limit=100)["items"]:
        held = done(corrected.http.get(item["url"]))
        assert (held.pop("title"), held.pop("text")) == (item["title"], item["content_text"])
        assert held == item["_kroniek"]


def test_a_correction_reads_the_same_whatever_comes_later(new_dossier: Callable[[], Dossier]) -> None:
    dossier = furnish(new_dossier())
    at = dossier.change("claims/c1/corrections", set={"best": 5000, "when": "2018-10"}, **WHY)["position"]
    before = json_feed(caught_up(dossier))["items"][0]
    held = done(dossier.http.get(before["url"]))
    assert (held["position"], held["touches"].get("assessments")) == (at, None)
    dossier.record("assessments", id="a1", place="hajin", finding="So", grade="fair", claims=["c1"], because="So")
    dossier.change("actors/is/corrections", set={"name": "ISIL"}, **WHY)
    dossier.change("places/hajin/corrections", set={"name": "Hajjin"}, **WHY)
    dossier.change("reports/oct/corrections", set={"label": "Mid-October"}, **WHY)
    dossier.change("claims/c1/retractions", **WHY)
    dossier.get()
    assert done(dossier.http.get(before["url"])) == held
    assert json_feed(dossier)["items"][-1] == before


@pytest.mark.parametrize("position", [0, 1, 2, 9999, 10**17])
def test_where_nothing_was_corrected_there_is_no_correction(shared: Dossier, position: int) -> None:
    assert_problem(shared.http.get(f"{shared.path}/corrections/{position}"), 404, "no_such_item", None)


def test_what_is_no_position_is_refused(shared: Dossier) -> None:
    for written in ("-1", "x", str(10**30)):
        assert shared.http.get(f"{shared.path}/corrections/{written}").status_code == 422
    later = shared.http.get(f"{shared.path}/corrections/1", params={"at": "2018"})
    assert assert_problem(later, 422, "unknown_parameter", None)["parameter"] == "at"


def test_a_dossier_that_is_not_there_has_no_feed(http: httpx.Client) -> None:
    for below in ("corrections.atom", "corrections.json", "corrections/1"):
        assert_problem(http.get(f"/dossiers/nowhere/{below}"), 404, "no_such_dossier", None)


def test_before_a_dossier_was_opened_it_has_no_feed(shared: Dossier) -> None:
    assert_problem(shared.get("corrections.atom", as_of=0), 404, "no_such_item", None)


def test_a_feed_refuses_what_it_does_not_know(shared: Dossier) -> None:
    for wrong in ({"family": "world"}, {"kind": "x"}, {"limit": 0}, {"limit": 101}, {"before": -1}, {"after": 1}):
        assert shared.get("corrections.atom", **wrong).status_code == 422, wrong


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_hold_all_corrections_without_gap_or_double(corrected: Dossier, limit: int) -> None:
    found: list[int] = []
    ids = set()
    feed = json_feed(corrected, limit=limit)
    while True:
        assert_valid_json_feed(feed)
        assert len(feed["items"]) <= limit
        found += positions(feed)
        ids.add(feed["_kroniek"]["id"])
        if "next_url" not in feed:
            break
        feed = done(corrected.http.get(feed["next_url"]))
    assert found == listed(corrected)
    assert len(ids) == 1


def test_a_page_that_was_begun_goes_on_where_it_was_whatever_comes_in_between(
    new_dossier: Callable[[], Dossier],
) -> None:
    dossier = furnish(new_dossier())
    made = [dossier.change("claims/c1/corrections", set={"best": 3000 + n}, **WHY)["position"] for n in range(6)]
    answer = caught_up(dossier).get("corrections.atom", limit=2)
    found: list[str] = []
    while True:
        feed = ET.fromstring(answer.content)
        assert_valid_atom(feed, answer.content)
        found += [each.attrib["position"] for each in feed.findall("a:entry/k:correction", ATOM)]
        following = links(feed, "next")
        if not following:
            break
        dossier.change("claims/c1/corrections", set={"best": 9000 + len(found)}, **WHY)
        dossier.get()
        answer = dossier.http.get(following[0])
    assert found == [str(position) for position in made[::-1]]


@pytest.mark.parametrize(
    "choice", [{"family": "source"}, {"family": "judgement"}, {"kind": "claim"}, {"kind": "claim", "id": "c1"}]
)
def test_a_feed_can_be_of_some_corrections_only(corrected: Dossier, choice: dict[str, str]) -> None:
    feed = json_feed(corrected, **choice)
    assert positions(feed) == listed(corrected, **choice)
    assert feed["_kroniek"]["id"] != json_feed(corrected)["_kroniek"]["id"]
    assert positions(done(corrected.http.get(feed["feed_url"]))) == positions(feed)
    first = json_feed(corrected, **choice, limit=1)
    assert positions(done(corrected.http.get(first["next_url"]))) == positions(feed)[1:2]


def test_a_feed_as_of_an_earlier_position_is_the_one_of_then(corrected: Dossier) -> None:
    *_, third, second, first = listed(corrected)
    assert positions(json_feed(corrected, as_of=second)) == [second, first]
    then = json_feed(corrected, as_of=third, limit=1)
    assert positions(done(corrected.http.get(then["next_url"]))) == [second]


def test_a_reader_that_has_the_feed_is_told_so(new_dossier: Callable[[], Dossier]) -> None:
    dossier = furnish(new_dossier())
    dossier.change("claims/c1/corrections", set={"best": 5000}, **WHY)
    caught_up(dossier)

    def asked(form: str = "atom", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return dossier.http.get(f"{dossier.path}/corrections.{form}", headers=named)

    first = asked()
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    assert tag != asked("json").headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = asked(if_none_match=known)
        assert (again.status_code, again.content) == (304, b""), known
        assert known == "*" or again.headers["etag"] == tag, known
    assert asked(if_none_match='"other"').status_code == 200
    # News is no correction, so a reader of corrections has nothing to fetch.
    dossier.record("claims", id="c9", **figure())
    dossier.get()
    assert asked(if_none_match=tag).status_code == 304
    dossier.change("claims/c9/corrections", set={"best": 2500}, **WHY)
    dossier.get()
    after = asked(if_none_match=tag)
    assert (after.status_code, len(ET.fromstring(after.content).findall("a:entry", ATOM))) == (200, 2)


def test_a_reader_that_goes_by_the_clock_is_told_so_once_the_second_is_over(corrected: Dossier) -> None:
    def settled() -> str | None:
        told: str | None = corrected.get("corrections.atom").headers.get("last-modified")
        return told

    since = eventually(settled, "Last-Modified is told")
    url = f"{corrected.path}/corrections.atom"
    assert corrected.http.get(url, headers={"If-Modified-Since": since}).status_code == 304
    for earlier in ("Mon, 01 Jan 2018 00:00:00 GMT", "yesterday", ""):
        assert corrected.http.get(url, headers={"If-Modified-Since": earlier}).status_code == 200, earlier
    # The tag decides where there is one.
    both = {"If-Modified-Since": since, "If-None-Match": '"other"'}
    assert corrected.http.get(url, headers=both).status_code == 200


def test_what_was_just_recorded_has_no_last_modified(new_dossier: Callable[[], Dossier]) -> None:
    """More may be recorded within the same second, and must not be missed."""
    dossier = furnish(new_dossier())
    dossier.change("claims/c1/corrections", set={"best": 5000}, **WHY)
    answer = caught_up(dossier).get("corrections.atom")
    moment = datetime.fromisoformat(text(ET.fromstring(answer.content), "a:updated"))
    told = parsedate_to_datetime(answer.headers["date"])
    assert "last-modified" not in answer.headers or (told - moment).total_seconds() > 5


def test_addresses_are_those_of_the_host_that_was_asked(corrected: Dossier) -> None:
    """Behind a proxy on this machine, also those of the outside."""
    asked = {"Host": "record.example:8443", "X-Forwarded-Proto": "https"}
    feed = done(corrected.http.get(f"{corrected.path}/corrections.json", params={"limit": 1}, headers=asked))
    outside = f"https://record.example:8443{API}{corrected.path}/corrections"
    newest = feed["items"][0]["_kroniek"]["position"]
    assert feed["feed_url"] == f"{outside}.json?limit=1"
    assert feed["next_url"] == f"{outside}.json?limit=1&before={newest}"
    assert feed["items"][0]["url"] == f"{outside}/{newest}"


def test_reading_a_feed_with_a_token_that_stands_for_nobody_is_refused(
    installation: Running, corrected: Dossier
) -> None:
    with installation.client(token="nobody") as stranger:
        for below in ("corrections.atom", "corrections.json", "corrections/26"):
            assert_problem(stranger.get(f"{corrected.path}/{below}"), 401, "unauthorized", None)
