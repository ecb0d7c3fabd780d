"""Claims in words, and what is printed of text that somebody recorded."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content import Figure
from domain.words import range_of
from interfaces.cli.answers import Told, why_aside
from interfaces.cli.disagreement_shown import perhaps_two_things
from interfaces.cli.figure_shown import NUMBERS, adds_nothing, groups, nothing_added, sums, topic
from interfaces.cli.output import out
from interfaces.cli.sheet import Sheet
from interfaces.messages import words
from interfaces.messages.wording import LANGUAGES, Language
from interfaces.messages.words import Names, clean, joined
from tests.domain.test_rules_oracle import estimates
from tests.histories import examples

LABELS = {
    "group": {
        "is_women": {"nl": "vrouwen van Islamitische Staat", "en": "women of Islamic State"},
        "kurdish": {"ar": "أكراد"},
    },
    "cause": {"ied": {"en": "IED"}},
    "dimension": {"origin": {"en": "from"}},
    "value": {"dez": {"en": "Deir ez-Zor"}},
    "method": {"ied": {"en": "car bombs"}},
}
NAMES = Names(
    {"is": "Islamic State", "sdf": "SDF", "usa": "United States"}, {"hajin": "هجين"}, {"r": "Reuters"}, LABELS
)


def a_figure(**content: Any) -> dict[str, Any]:
    return {"kind": "figure", "measure": "killed", "unit": "people", **content}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (a_figure(measure="fighters", subject="is", best=2000, qualifier="about"),
         "about 2,000 fighters of Islamic State"),
        (a_figure(group="civilians", low=320, qualifier="at_least"), "at least 320 civilians killed"),
        (a_figure(group="foreign", measure="fighters", magnitude="thousands", qualifier="vague"),
         "thousands of foreign fighters"),
        (a_figure(measure="present", group="civilians", best=0, qualifier="stated"), "no civilians present"),
        (a_figure(measure="died", group="children", low=20, qualifier="more_than", cause="cold"),
         "more than 20 children who died (cause: cold)"),
        (a_figure(measure="held_hostage", group="civilians", by="is", qualifier="unknown"),
         "an unknown number of civilians held hostage by Islamic State"),
        (a_figure(measure="area", unit="km2", subject="is", low=200, qualifier="more_than"),
         "an area of more than 200 km² (Islamic State)"),
        (a_figure(low=3, best=5, high=9, qualifier="stated"), "5 (3 to 9) people killed"),
        (a_figure(low=3, high=9, qualifier="between", hedge="hearsay"), "between 3 and 9 people killed (hearsay)"),
        # That there were none is said only where that is all that is said.
        (a_figure(best=0, qualifier="stated"), "no people killed"),
        (a_figure(low=0, best=0, high=0, qualifier="stated"), "no people killed"),
        (a_figure(low=0, best=0, high=3, qualifier="stated"), "0 (0 to 3) people killed"),
        (a_figure(best=0, high=3, qualifier="stated"), "0 (up to 3) people killed"),
        (a_figure(best=0, qualifier="about"), "about 0 people killed"),
        (a_figure(low=0, best=0, high=1, unit="buildings", measure="destroyed", qualifier="stated"),
         "0 (0 to 1) buildings destroyed"),
        (a_figure(low=3, high=3, qualifier="between"), "3 people killed"),
        # A number of one, and a number of families, are of what is counted.
        (a_figure(best=1, qualifier="stated"), "1 person killed"),
        (a_figure(group="women", low=1, qualifier="at_least"), "at least 1 woman killed"),
        (a_figure(low=0, high=1, qualifier="between"), "between 0 and 1 people killed"),
        (a_figure(low=1, best=1, high=5, qualifier="stated"), "1 (1 to 5) people killed"),
        (a_figure(low=3, best=5, high=9, qualifier="between"), "between 3 and 9 (5 most likely) people killed"),
        # Two bounds that are one number are that number.
        (a_figure(low=3, high=3, qualifier="stated"), "3 people killed"),
        (a_figure(low=1, best=1, high=1, qualifier="about"), "about 1 person killed"),
        (a_figure(low=10, qualifier="about"), "about 10 or more people killed"),
        (a_figure(measure="displaced", unit="families", best=1, qualifier="about"), "about 1 family displaced"),
        (a_figure(measure="displaced", unit="families", low=1, best=2, qualifier="at_least"),
         "at least 1 (2 most likely) families displaced"),
        # How one of the dossier's own is called nobody has said.
        (a_figure(measure="damaged", unit="tents", best=1, qualifier="stated"), "tents damaged: 1"),
        (a_figure(measure="damaged", unit="tents", best=2, qualifier="stated"), "2 tents damaged"),
        (a_figure(measure="displaced", unit="families", group="civilians", best=130, qualifier="stated"),
         "130 families displaced (civilians)"),
        (a_figure(measure="casualties", subject="is", best=900, qualifier="about"),
         "about 900 people on the side of Islamic State killed, hurt or lost"),
        # A word of the desk's own stands as it is, unless the dossier says what people read for it.
        (a_figure(measure="held_hostage", group="us_citizens", by="is", qualifier="some"),
         "some people held hostage by Islamic State (group: us citizens)"),
        (a_figure(measure="held_hostage", group="is_women", by="is", qualifier="some"),
         "some women of Islamic State held hostage by Islamic State"),
        (a_figure(group="is_women", best=1, qualifier="stated"), "1 person killed (women of Islamic State)"),
        # That the report does not know who they were is no reason to read that nobody was.
        (a_figure(group="unknown", best=0, qualifier="stated"), "no people of unknown group killed"),
        (a_figure(group="unknown", best=1, qualifier="stated"), "1 person of unknown group killed"),
        (a_figure(group="unspecified", subject="is", best=3, qualifier="stated"),
         "3 people of unspecified group on the side of Islamic State killed"),
        (a_figure(group="unknown", unit="families", measure="displaced", best=3, qualifier="stated"),
         "3 families displaced (of unknown group)"),
        (a_figure(best=0, qualifier="stated", cause="unknown", dimensions={"age": "unknown"}),
         "no people killed (from an unknown cause, of unknown age)"),
        (a_figure(measure="fighters", group="kurdish", subject="sdf", best=17000, qualifier="stated"),
         f"17,000 fighters of SDF ({clean('أكراد')})"),
        (a_figure(measure="fighters", group="turkmen", subject="sdf", best=100, qualifier="stated"),
         "100 fighters of SDF (group: turkmen)"),
        (a_figure(best=5, qualifier="stated", by="is", cause="ied", dimensions={"origin": "dez", "age": "0-17"}),
         "5 people killed by Islamic State (cause: IED, age: 0-17, from: Deir ez-Zor)"),
        ({"kind": "occurrence", "type": "attack", "methods": ["ied", "small_arms"]},
         "attack (car bombs and small arms)"),
        ({"kind": "control", "status": "encircles", "actor": "sdf", "side": ["north", "east"]},
         "encircled by SDF from the north and east"),
        ({"kind": "control", "status": "present", "actor": "is", "extent": "pockets"},
         "Islamic State present in pockets"),
        ({"kind": "control", "status": "encircles", "against": "is"},
         "encircled by somebody unnamed, against Islamic State"),
        ({"kind": "occurrence", "type": "capture", "actors": {"by": ["sdf"], "with": ["usa"], "against": ["is"]}},
         "capture by SDF with United States against Islamic State"),
        ({"kind": "statement", "nature": "prediction", "actor": "is", "due": "2019-01", "text": "Gone by then"},
         "prediction about Islamic State, due 2019-01: Gone by then"),
    ],
)  # fmt: skip
def test_a_claim_is_said_in_words(content: dict[str, Any], said: str) -> None:
    assert words.said(content, NAMES) == said


ESTIMATES = st.sampled_from([("killed", "people"), ("destroyed", "buildings"), ("displaced", "families"),
                             ("area", "km2"), ("territory_share", "percent")]).flatmap(
    lambda counted: estimates(*counted)
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@examples(usual=200, thorough=5000)
@given(content=ESTIMATES)
def test_no_sentence_denies_what_its_number_leaves_open(language: Language, content: dict[str, Any]) -> None:
    """Every number that was given is in it, and that there were none is said only where there can be none."""
    told = words.said(content, Names(language=language))
    shown = {float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*(?:\.\d+)?", in_english(told, language))}
    given_numbers = {float(content[name]) for name in ("low", "best", "high") if name in content}
    room = range_of(Figure.model_validate(content))
    none = room is not None and (room.low, room.high) == (0, 0)
    if re.match("no |an area of no ", told):
        assert none and given_numbers == {0}
    else:
        assert given_numbers <= shown, told
    if room is not None and room.high != 0:
        bounded = content["qualifier"] in ("stated", "about", "between") and {"best", "high"} & content.keys()
        assert shown - {0} or not bounded, told


def in_english(told: str, language: Language) -> str:
    """With numbers written as in English."""
    return told.translate(str.maketrans(",.", ".,")) if language == "nl" else told


@pytest.mark.parametrize(
    ("language", "content", "said"),
    [
        ("nl", a_figure(group="is_women", by="is", low=1300, qualifier="at_least"),
         "gedood (mensen): vrouwen van Islamitische Staat, door Islamic State: minstens 1.300"),
        ("nl", a_figure(measure="fighters", subject="is", magnitude="thousands", qualifier="vague"),
         "strijders (mensen): zijde Islamic State: duizenden"),
        ("nl", a_figure(group="turkmen", low=3, high=9, qualifier="between"),
         "gedood (mensen): groep turkmen: tussen 3 en 9"),
        ("nl", a_figure(measure="damaged", unit="buildings", low=3, best=1200, high=2000, qualifier="about",
                        cause="cold"),
         "beschadigd (gebouwen): oorzaak kou: ongeveer 1.200 (3–2.000)"),
        ("ar", a_figure(group="kurdish", best=2000, qualifier="stated"),
         f"قتلى (أشخاص): {clean('أكراد', right_to_left=True)}: 2,000"),
        ("ar", a_figure(group="women", best=9, qualifier="stated"), "قتلى (أشخاص): نساء: 9"),
        ("nl", a_figure(measure="present", group="displaced", best=1300, qualifier="about"),
         "aanwezig (mensen): ontheemden: ongeveer 1.300"),
        ("ar", a_figure(qualifier="unknown"), "قتلى (أشخاص): غير معروف"),
        ("nl", a_figure(low=35, best=1042, qualifier="stated"), "gedood (mensen): 1.042 (minstens 35)"),
        ("nl", a_figure(best=42, high=1049, qualifier="about"), "gedood (mensen): ongeveer 42 (hoogstens 1.049)"),
        ("nl", a_figure(low=42, best=49, qualifier="at_least"),
         "gedood (mensen): minstens 42 (49 het waarschijnlijkst)"),
        ("nl", a_figure(best=40, high=49, qualifier="fewer_than"),
         "gedood (mensen): minder dan 49 (40 het waarschijnlijkst)"),
        ("nl", a_figure(low=3, best=5, high=9, qualifier="between"),
         "gedood (mensen): tussen 3 en 9 (5 het waarschijnlijkst)"),
        ("nl", a_figure(low=3, high=9, qualifier="stated"), "gedood (mensen): 3 tot 9"),
        ("nl", a_figure(low=0, best=0, high=3, qualifier="stated"), "gedood (mensen): 0 (0–3)"),
        ("nl", a_figure(low=3, high=3, qualifier="between"), "gedood (mensen): 3"),
        ("ar", a_figure(low=0, best=0, high=3, qualifier="stated"), "قتلى (أشخاص): 0 (0–3)"),
        # A number is quoted as firmly as it was given, and told apart from one that was given otherwise.
        ("nl", a_figure(low=10, qualifier="about"), "gedood (mensen): ongeveer 10 of meer"),
        ("ar", a_figure(low=10, qualifier="about"), "قتلى (أشخاص): نحو 10 أو أكثر"),
        ("nl", a_figure(high=10, qualifier="about"), "gedood (mensen): maximaal ongeveer 10"),
        ("nl", a_figure(low=10, qualifier="stated"), "gedood (mensen): 10 of meer"),
        ("nl", a_figure(low=10, qualifier="at_least"), "gedood (mensen): minstens 10"),
        ("nl", a_figure(low=3, high=3, qualifier="stated"), "gedood (mensen): 3"),
        ("ar", a_figure(low=3, best=3, high=3, qualifier="about"), "قتلى (أشخاص): نحو 3"),
        ("ar", a_figure(low=35, best=42, qualifier="stated"), "قتلى (أشخاص): 42 (35 على الأقل)"),
        ("ar", a_figure(low=42, best=49, qualifier="more_than"), "قتلى (أشخاص): أكثر من 42 (والأرجح 49)"),
    ],
)  # fmt: skip
def test_a_figure_is_said_in_the_words_of_a_language(language: Any, content: dict[str, Any], said: str) -> None:
    assert words.said(content, replace(NAMES, language=language)) == said


@pytest.mark.parametrize(
    ("content", "dutch", "arabic"),
    [
        ({"kind": "control", "status": "encircles", "actor": "sdf", "side": ["north", "east", "west"]},
         "omsingeld door SDF vanuit het noorden, oosten en westen", "يحاصره ⁨SDF⁩ من الشمال، الشرق والغرب"),
        ({"kind": "control", "status": "present", "actor": "is", "extent": "pockets"},
         "Islamic State aanwezig op enkele plekken", "يوجد فيه ⁨Islamic State⁩ في جيوب"),
        ({"kind": "control", "status": "controls", "against": "is", "hedge": "hearsay"},
         "in handen van iemand die niet genoemd wordt, tegen Islamic State (van horen zeggen)",
         "تحت سيطرة طرف لم يُسمَّ، ضد ⁨Islamic State⁩ (نقلًا عن آخرين)"),
        ({"kind": "occurrence", "type": "capture", "actors": {"by": ["sdf"], "with": ["usa"], "against": ["is"]}},
         "inname door SDF met United States tegen Islamic State",
         "استيلاء من جانب ⁨SDF⁩ مع ⁨United States⁩ ضد ⁨Islamic State⁩"),
        ({"kind": "statement", "nature": "prediction", "due": "2019"}, "voorspelling, verwacht in 2019",
         "توقع، متوقع في 2019"),
        ({"kind": "statement", "nature": "prediction", "due": "2019-01-05"}, "voorspelling, verwacht op 5 januari 2019",
         "توقع، متوقع في 5 يناير 2019"),
        ({"kind": "occurrence", "type": "pause"}, "pauze", "توقف مؤقت"),
        ({"kind": "statement", "nature": "prediction", "actor": "is", "due": "2019-01", "text": "Gone"},
         "voorspelling over Islamic State, verwacht in januari 2019: Gone",
         "توقع بشأن ⁨Islamic State⁩، متوقع في يناير 2019: ⁨Gone⁩"),
    ],
)  # fmt: skip
def test_a_claim_is_said_in_a_language(content: dict[str, Any], dutch: str, arabic: str) -> None:
    assert words.said(content, replace(NAMES, language="nl")) == dutch
    assert words.said(content, replace(NAMES, language="ar")) == arabic


def test_in_a_sentence_from_right_to_left_all_words_are_wholes_of_their_own_direction() -> None:
    assert [clean(text, right_to_left=True) for text in ("SDF", "هجين", "2,000", "…")] == [
        "⁨SDF⁩", "⁨هجين⁩", "2,000", "…",
    ]  # fmt: skip


def test_whose_word_it_is() -> None:
    assert words.who({"claimant": "r", "via": ["r", "x"]}, NAMES) == "Reuters, via Reuters and x"
    assert words.who({}, NAMES) == "unattributed"
    assert words.who({"claimant": "r", "via": ["x"]}, replace(NAMES, language="nl")) == "Reuters, via x"


def test_changes_are_told_before_and_after() -> None:
    given: list[dict[str, Any]] = [
        {"field": "measure", "before": "killed", "after": "died", "statement": 1},
        {"field": "place", "before": None, "after": "hajin", "statement": 2},
        {"field": "best", "before": 5000, "after": None},
        {"field": "actors", "before": {"by": ["sdf"]}, "after": {"by": "is"}},
        {"field": "part_of", "before": [], "after": ["c207", "c208"]},
        {"field": "part_of", "before": "sdf", "after": [{"actor": "is", "when": "2018"}]},
        {"field": "group", "before": None, "after": "is_women"},
        {"field": "dimensions", "before": None, "after": {"origin": "dez"}},
        {"field": "group_labels", "before": None, "after": {"cold": {"nl": "Kou", "en": "Cold"}}},
    ]
    assert list(words.changes(given, NAMES)) == [
        "measure: killed → died",
        f"place (statement 2): nothing → {clean('هجين')}",
        "best: 5,000 → nothing",
        "actors: by SDF → by Islamic State",
        "part of: nothing → c207 and c208",
        "part of: SDF → Islamic State (2018)",
        "group: nothing → women of Islamic State",
        "dimensions: nothing → from Deir ez-Zor",
        "group labels: nothing → cold: Kou (nl), Cold (en)",
    ]


def test_recorded_words_cannot_control_the_terminal() -> None:
    assert clean("a\x1b[31mred\x07\nb\u009bc") == "a�[31mred� b�c"


def test_an_incident_is_named_by_its_title_in_every_language() -> None:
    """Quoted, since it may be a sentence; without a title by its id, and where several are called the same with it."""
    parts = {"measure": "killed", "unit": "people", "incident": "m"}
    died = {"fate": "killed", "incident": "m"}
    called = replace(NAMES, incidents={"m": "A strike"})
    assert words.topic(parts, called) == "people killed, in incident “A strike”"
    assert words.written_topic("killed,people,incident:m", called) == "people killed, in incident “A strike”"
    assert words.topic(parts, replace(called, language="nl")) == "gedood (mensen): incident “A strike”"
    assert "«\u2068A strike\u2069»" in words.topic(parts, replace(called, language="ar"))
    assert words.fate(died, called) == "killed in incident “A strike”"
    assert words.fate(died, NAMES) == "killed in incident m"
    alike = replace(called, apart={"incidents": {"m": "m"}})
    assert words.fate(died, alike) == "killed in incident “A strike” (m)"
    claim = {"content": a_figure(best=3), "report": "r1", "incidents": ["m", "n"]}
    told = Told({"claims": {"k": claim}, "names": {"incidents": {"m": "A strike"}}}, "UTC")
    assert list(told.marks("k")) == ["incident “A strike”", "incident n"]


def test_why_nothing_is_added_up_is_said_truly(capsys: pytest.CaptureFixture[str]) -> None:
    none = {"incidents": 0, "claims": 0, "without_best": 0, "without_number": 0, "taken_as_one": 0, "dataset": "idp"}
    answer = {"measure": "present", "unit": "people", "filters": {"group": "displaced"}, "names": {}}
    stocks = [{**none, "left_out": {"stock": 1200}}, {**none, "left_out": {"stock": 34, "withdrawn": 2}}]

    def told(measure: str, found: list[dict[str, Any]]) -> str:
        asked = Told({**answer, "measure": measure, "sums": found}, "UTC")
        assert adds_nothing(asked)
        nothing_added(asked)
        return " ".join(capsys.readouterr().out.split())

    assert told("killed", []).startswith("No dataset counts displaced people killed there over a time, by these")
    said = told("present", stocks)
    assert said.startswith("Nothing is added up: displaced people present is a stock, true at a moment")
    assert said.endswith("idp by unattributed: left out: 1,234 of a stock, 2 withdrawn")
    assert not adds_nothing(Told({**answer, "sums": [*stocks, {**none, "claims": 1, "left_out": {}}]}, "UTC"))
    assert not adds_nothing(Told({**answer, "sums": [{**none, "left_out": {"undated": 1}}]}, "UTC"))


def test_a_sum_says_how_many_incidents_it_took_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"incidents": 1, "claims": 2, "without_best": 0, "without_number": 0, "left_out": {}, "dataset": "d"}
    for number, told in ((2, "2 incidents of which one claim tells together: taken as one, not added"), (0, None)):
        sums(
            Told(
                {
                    "measure": "killed",
                    "unit": "people",
                    "sums": [{**counts, "low": 30, "best": 50, "high": 50, "taken_as_one": number}],
                },
                "UTC",
            )
        )
        assert ("taken as one" in (printed := capsys.readouterr().out)) == (told is not None)
        assert told is None or told in " ".join(printed.split())


@pytest.mark.parametrize(
    ("apart", "english", "dutch", "arabic"),
    [
        ({"group": "children"}, "of whom children", "van wie kinderen", "منهم أطفال"),
        ({"cause": "mine"}, "of whom: cause mine", "van wie: oorzaak mijn", "منهم: السبب لغم"),
        ({"by": "sdf"}, "of whom: by SDF", "van wie: door SDF", "منهم: على يد SDF"),
        ({"subject": "is"}, "of whom: side Islamic State", "van wie: zijde Islamic State",
         "منهم: من جانب Islamic State"),
        ({"place": "town"}, "of whom: town", "van wie: town", "منهم: town"),
        ({"dimensions": {"age": "young"}}, "of whom: age young", "van wie: age young", "منهم: age young"),
        ({"group": "children", "cause": "mine"}, "of whom: children, cause mine", "van wie: kinderen, oorzaak mijn",
         "منهم: أطفال، السبب لغم"),
        # What counts something else, or nothing tells apart, is told whole.
        ({"measure": "injured", "group": "children"}, "of whom: 3 children injured",
         "van wie: gewond (mensen): kinderen: 3", None),
        ({}, "of whom: 3 civilians killed", None, None),
    ],
)  # fmt: skip
def test_a_part_is_told_by_what_tells_it_from_its_whole(
    apart: dict[str, Any], english: str, dutch: str | None, arabic: str | None
) -> None:
    whole = a_figure(group="civilians", place="hajin", best=9, qualifier="stated")
    part = {**whole, "best": 3, **apart}
    told = {language: words.of_whom(part, whole, replace(NAMES, language=language)) for language in ("en", "nl", "ar")}
    assert told["en"] == english
    assert dutch is None or told["nl"] == dutch
    isolates = str.maketrans("", "", "\u2068\u2069\u200e")
    assert arabic is None or told["ar"].translate(isolates) == arabic


def test_a_part_that_does_not_stand_has_no_number_below_its_whole(capsys: pytest.CaptureFixture[str]) -> None:
    claims = {
        "whole": {"content": a_figure(best=24, qualifier="stated", claimant="r"), "report": "r1"},
        "part": {"content": a_figure(best=4, group="children", hedge="possible"), "report": "r1", "overlaps": ["x"]},
        "gone": {"content": a_figure(best=5, group="women"), "report": "r1", "withdrawn": True, "withdrawn_in": "r2"},
    }
    line = {
        "claim": "whole", "voice": {"claimant": "r"}, "low": 24, "best": 24, "high": 24, "when": None,
        "state": "undated", "parts": [{"claim": "part", "low": 4, "best": 4, "high": 4}],
        "parts_set_aside": [{"claim": "gone", "why": "withdrawn"}],
    }  # fmt: skip
    group = {"period": None, "verdict": "one_voice", "low": 24, "best": 24, "high": 24, "voices": 1, "unattributed": 0}
    sheet = Sheet()
    groups(sheet, Told({"claims": claims}, "UTC"), "killed", [{**group, "lines": [line]}])
    sheet.print()
    told = " ".join(capsys.readouterr().out.split())
    below = told.partition("└ part")[2]
    stands, _, does_not = below.partition("└ gone")
    assert "4" in stands and "of whom children" in stands and "overlaps x" in stands and "hedge: possible" in stands
    assert "5" not in does_not and "of whom women" in does_not and "set aside; withdrawn in r2" in does_not


def test_beside_an_id_that_takes_half_a_line_there_is_no_column_for_the_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out(), "width", 80)
    for length in (60, 20):
        sheet = Sheet()
        id_ = "x" * length
        sheet.row(f"+ {id_}", "43,812 displaced people present (cause: conflict)", details=["Tarim", "2024-04"])
        sheet.print()
        told = capsys.readouterr().out.splitlines()
        if length == 60:
            assert told == [f"+ {id_}", "  43,812 displaced people present (cause: conflict) · Tarim · 2024-04"]
        else:
            assert told[0].startswith(f"+ {id_}  43,812 displaced people")


def test_lists_in_words() -> None:
    assert [joined([]), joined("a"), joined("ab"), joined("abc")] == ["", "a", "a and b", "a, b and c"]


def test_a_withdrawn_claim_says_once_that_it_was_withdrawn_and_in_which_report() -> None:
    dates = {"r1": "2017-03-16", "r2": "2017-04-18"}
    names = {"reports": {id_: {"label": "x", "published": date} for id_, date in dates.items()}}
    claim = {"content": a_figure(best=35), "report": "r1", "withdrawn": True}
    told = Told({"claims": {"j1": {**claim, "withdrawn_in": "r2"}}, "names": names}, "UTC")
    assert told.report("j1") == "r1 (2017-03-16)"
    assert [why_aside({"why": "withdrawn"}, told), *told.marks("j1")] == ["set aside", "withdrawn in r2 (2017-04-18)"]
    names["reports"]["r2"]["discredited_because"] = "a forgery"
    in_words = "withdrawn in r2 (2017-04-18), a report that we hold to be discredited"
    assert [*told.marks("j1")] == [in_words]
    forged = {"id": "r2", "published": "2017-04-18", "discredited_because": "a forgery"}
    listed = {
        "status": "withdrawn",
        "content": a_figure(best=35),
        "report": {"id": "r1"},
        "relations": {},
        "withdrawn_in": forged,
    }
    assert [*words.marks(listed, NAMES)] == [in_words]
    taken_down = Told({"claims": {"j1": {**claim, "withdrawn_when": "2017-05"}}, "names": names}, "UTC")
    assert list(taken_down.marks("j1")) == ["withdrawn, 2017-05"]
    listed = {"status": "withdrawn", "relations": {}, "content": a_figure(best=35), "report": {"id": "r1"}}
    in_another = {"id": "r2", "published": "2017-04-18T10:00Z"}
    assert list(words.marks({**listed, "withdrawn_in": in_another}, NAMES)) == ["withdrawn in r2 (2017-04-18)"]
    assert list(words.marks({**listed, "withdrawn_when": "2017-05"}, NAMES)) == ["withdrawn, 2017-05"]
    assert list(words.marks({**listed, "status": "retracted", "withdrawn_in": in_another}, NAMES)) == ["retracted"]


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (None, "derived from w; credits Reuters"),
        ({"why": "withdrawn", "when": "2017-03-19T10:00Z"},
         "derived from w, which was withdrawn 2017-03-19; credits Reuters"),
        ({"why": "discredited"}, "derived from w, which we hold to be discredited; credits Reuters"),
        ({"why": "retracted"}, "derived from w, which we retracted; credits Reuters"),
        ({"why": "withdrawn", "claim": "cw", "report": "w9", "when": "2017-03-19"},
         "derived from w, whose claim cw was withdrawn 2017-03-19; credits Reuters"),
        ({"why": "revised", "claim": "cw", "report": "w9", "when": "2017-03-19"},
         "derived from w, whose claim cw was revised 2017-03-19; credits Reuters"),
        ({"why": "retracted", "claim": "cw"}, "derived from w, whose claim cw we retracted; credits Reuters"),
    ],
)  # fmt: skip
def test_what_is_taken_from_elsewhere_says_from_what_and_what_became_of_that(
    gone: dict[str, str] | None, told: str
) -> None:
    derived = {"how": "derived_from", "report": "w", "published": "2017-03-17"}
    credit = {"how": "credits", "source": "r"}
    taken = [derived, credit] if gone is None else [derived | {"gone": gone}, credit | {"gone": gone | {"claim": "cw"}}]
    answer = {"claims": {"cd": {"content": a_figure(best=57), "report": "d", "taken_from": taken}}}
    assert "; ".join(Told(answer, "UTC", NAMES).marks("cd")) == told
    listed = {"status": "stands", "relations": {}, "content": a_figure(best=57), "report": {"id": "d"}}
    assert "; ".join(words.marks({**listed, "taken_from": taken}, NAMES)) == told
    # That a source is credited, and stands by its word, is told of the report alone.
    assert list(words.marks({**listed, "taken_from": [credit]}, NAMES)) == []
    assert list(words.taken_from({"taken_from": [credit]}, NAMES)) == ["credits Reuters"]
    for language in ("nl", "ar"):
        in_words = "; ".join(words.taken_from({"taken_from": taken}, replace(NAMES, language=language)))
        assert ("2017-03-19" in in_words) is ("2017-03-19" in told) and ("cw" in in_words) is ("cw" in told)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Perhaps about two things: only one says who they were and from which cause. Certainly of "
               "the same time."),
        ("nl", "Misschien gaat het om twee dingen: slechts één zegt wie zij waren en door welke oorzaak. Zeker van "
               "dezelfde tijd."),
        ("ar", "ربما كانا عن أمرين مختلفين: أحدهما فقط يذكر من كانوا ولأي سبب. عن الوقت نفسه بالتأكيد."),
    ],
)  # fmt: skip
def test_two_that_may_be_about_two_things_say_so_in_plain_sentences(language: Language, told: str) -> None:
    item = {"unsure": ["group", "cause"], "time": "certain", "declared": False}
    assert " ".join(perhaps_two_things(item, Names(language=language))) == told
    days = {"unsure": ["cause", "when"], "time": "possible"}
    told = {
        "en": "Perhaps about two things: only one says from which cause; they name different times.",
        "nl": "Misschien gaat het om twee dingen: slechts één zegt door welke oorzaak; "
        "zij noemen verschillende tijden.",
        "ar": "ربما كانا عن أمرين مختلفين: أحدهما فقط يذكر لأي سبب؛ يذكران وقتين مختلفين.",
    }[language]
    assert next(perhaps_two_things(days, Names(language=language))) == told
    several = [*perhaps_two_things({"unsure": ["one_of_several"], "time": "possible", "declared": True}, Names())]
    assert several == [
        "Perhaps about two things: one report gives several numbers.", "Perhaps not of the same time.",
        "One claim disputes the other.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "revised", "earlier", "before"),
    [
        (
            "en",
            "revised",
            "earlier: about 12,000 · o1 (2024-04-20)",
            "2 earlier periods: `kroniek figures affected,people`",
        ),
        (
            "nl",
            "gewijzigd",
            "eerder: ongeveer 12.000 · o1 (2024-04-20)",
            "2 eerdere perioden: `kroniek figures affected,people`",
        ),
        ("ar", "عُدّل", "سابقًا: نحو 12,000 · o1 (2024-04-20)", "فترتان سابقتان: `kroniek figures affected,people`"),
    ],
)
def test_a_number_that_was_revised_says_what_it_was_and_a_period_which_it_is(
    capsys: pytest.CaptureFixture[str], language: Language, revised: str, earlier: str, before: str
) -> None:
    content = a_figure(measure="affected", best=15_500, qualifier="stated", when="2024-05")
    was = [{"content": {**content, "best": 12_000, "qualifier": "about"}, "report": "o1"},
           {"content": {**content, "note": "p. 4"}, "report": "o2"}]  # fmt: skip
    reports = {id_: {"label": id_, "published": day, "publication": {"inferred": False}}
               for id_, day in (("o1", "2024-04-20"), ("o2", "2024-05-03"))}  # fmt: skip
    line = {"claim": "a1", "voice": {"claimant": None}, "low": 15_500, "best": 15_500, "high": 15_500,
            "state": "period"}  # fmt: skip
    group = {"period": {"from": "2024-05-01T00:00:00Z", "to": "2024-05-31T23:59:59.999999Z"}, "verdict": "one_voice",
             "low": 15_500, "best": 15_500, "high": 15_500, "voices": 1, "unattributed": 0,
             "lines": [line]}  # fmt: skip
    counted = {"topic": "affected,people", "measure": "affected", "unit": "people", "groups": [group]}
    answer = {"position": 3, "claims": {"a1": {"content": content, "report": "o2", "earlier": was}},
              "names": {"reports": reports, "retracted": []}}  # fmt: skip
    sheet = Sheet(right=NUMBERS)
    topic(sheet, Told(answer, "UTC", Names(language=language)), {**counted, "earlier_periods": 2}, [group])
    sheet.print()
    told = " ".join(re.sub("[\u2066-\u2069\u200e\u200f]", "", capsys.readouterr().out).split())
    assert revised in told
    assert "2024-05 " in told.partition("a1")[0]
    assert earlier in told
    # Of the note there is nothing to say here, and so nothing is said twice.
    assert told.count("o1 (") == 1
    assert before in told


def test_a_reason_that_is_told_beside_a_change_is_not_told_in_it() -> None:
    withdrawn = {"field": "withdrawn", "before": None, "after": {"when": "2023-10-15", "reason": "Gone from its site"}}
    assert [*words.changes([withdrawn], NAMES)] == ["withdrawn: nothing → 2023-10-15: Gone from its site"]
    told = words.changes([withdrawn], NAMES, because=["Gone from its site"])
    assert [*told] == ["withdrawn: nothing → 2023-10-15"]


def test_what_is_more_of_something_is_told_as_that() -> None:
    named = {"field": "names", "before": {"en": "Market"}, "after": {"en": "Market", "nl": "Markt"}}
    assert [*words.changes([named], NAMES)] == ["names: added: nl Markt"]
    assert words.completes("place.corrected", [(named["before"], named["after"])])
    other = {**named, "after": {"en": "The market", "nl": "Markt"}}
    assert [*words.changes([other], NAMES)] == ["names: en Market → en The market, nl Markt"]
    assert not words.completes("place.corrected", [(other["before"], other["after"])])
