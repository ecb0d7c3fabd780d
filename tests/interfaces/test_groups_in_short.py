"""Figures in a few words: of several groups those that differ, with what tells them apart, and whose word each is."""

from typing import Any

import pytest

from interfaces.cli.answer_changed import both_answers, short
from interfaces.cli.answers import Told
from interfaces.messages.wording import Language
from interfaces.messages.words import Names

NOVEMBER, DECEMBER = (
    {"from": f"2018-{month}-01T00:00:00Z", "to": f"2018-{month}-{last}T23:59:59.999999Z"}
    for month, last in ((11, 30), (12, 31))
)
QUESTION = {"question": "figures", "topic": "killed,people"}


def told_in(language: Language = "en") -> Told:
    sources = {"ucdp": "Uppsala Conflict Data Program", "sohr": "SOHR"}
    return Told({}, "UTC", Names(sources=sources, incidents={"i1": "A strike"}, language=language))


def group(period: Any, number: int | None, *claimants: str | None, **more: Any) -> dict[str, Any]:
    named = [claimant for claimant in claimants if claimant]
    lines = [{"claim": f"c{nth}", "voice": {"claimant": name}} for nth, name in enumerate(claimants)]
    verdict = "unattributed" if not named else "one_voice" if len(named) == 1 else "disagree"
    return {
        "period": period, "verdict": verdict, "low": number, "best": number, "high": number, "voices": len({*named}),
        "unattributed": len(claimants) - len(named), "lines": lines,
    } | more  # fmt: skip


def changed(before: list[Any], after: list[Any], language: Language = "en") -> str:
    told = told_in(language)
    was, now = ({"groups": groups, "set_aside": []} for groups in (before, after))
    return both_answers(short(QUESTION, was, told), short(QUESTION, now, told), was, now, told)


SAME = [group({"from": f"20{nth:02}-01-01T00:00:00Z", "to": None}, nth, "ucdp") for nth in range(10, 18)]


def test_of_several_groups_those_are_told_that_differ() -> None:
    before = [*SAME, group(NOVEMBER, 4, "ucdp"), group(DECEMBER, 1, "ucdp")]
    after = [*SAME, group(NOVEMBER, 9, "ucdp")]
    assert changed(before, after) == (
        "2018-11: 4 (Uppsala Conflict Data Program) → 9 (Uppsala Conflict Data Program); "
        "2018-12: 1 (Uppsala Conflict Data Program) → nothing"
    )


def test_what_a_number_of_one_month_gave_way_to_is_of_another_month() -> None:
    assert changed([group(NOVEMBER, 400, "sohr")], [group(DECEMBER, 150, "sohr")]) == (
        "2018-11: 400 (SOHR) → nothing; 2018-12: nothing → 150 (SOHR)"
    )
    assert changed([group(NOVEMBER, 400, "sohr")], [group(NOVEMBER, 150, "sohr")]) == "400 (SOHR) → 150 (SOHR)"


def test_groups_of_incidents_are_told_with_them() -> None:
    before = [group(NOVEMBER, 4, "sohr", incident="i1"), group(NOVEMBER, 9, "sohr", incident="i2")]
    after = [group(NOVEMBER, 5, "sohr", incident="i1"), group(NOVEMBER, 7, "sohr", incident="i2")]
    assert changed(before, after) == "“A strike”: 4 (SOHR) → 5 (SOHR); i2: 9 (SOHR) → 7 (SOHR)"


def test_an_incident_is_one_whichever_periods_are_told_of_it() -> None:
    before = [group(NOVEMBER, 4, "sohr", incident="i1"), group(NOVEMBER, 9, "sohr")]
    after = [group(NOVEMBER | {"to": DECEMBER["to"]}, 5, "sohr", incident="i1"), group(NOVEMBER, 9, "sohr")]
    assert changed(before, after) == "“A strike”: 4 (SOHR) → 5 (SOHR)"


def test_a_group_that_comes_to_the_same_says_on_which_other_grounds() -> None:
    before, after = [group(NOVEMBER, 4, "sohr"), group(DECEMBER, 4, "sohr")], [group(NOVEMBER, 4, "sohr")]
    moved = group(DECEMBER, 4, "sohr") | {"lines": [{"claim": "c7", "voice": {"claimant": "sohr"}}]}
    assert changed(before, [*after, moved]) == "2018-12: 4 (SOHR), on other grounds: no longer c0; also c7"


def test_of_many_groups_that_differ_it_is_told_how_many_more_do() -> None:
    doubled = [one | {"low": 99, "high": 99} for one in SAME]
    assert changed(SAME, doubled).count("→") == 3
    assert changed(SAME, doubled).endswith("; and 5 more")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["ucdp"], "4 (Uppsala Conflict Data Program)"),
        ([None], "4 (1 unattributed)"),
        (["ucdp", None], "4 (Uppsala Conflict Data Program and 1 unattributed)"),
        (["ucdp", "sohr"], "4 (disagree, 2 voices)"),
    ],
)
def test_one_voice_is_told_by_its_name(said: list[str | None], expected: str) -> None:
    assert short(QUESTION, {"groups": [group(None, 4, *said)], "set_aside": []}, told_in()) == expected


def test_a_range_is_told_with_its_best_number() -> None:
    found = group(NOVEMBER, 1, "sohr")
    wider = found | {"low": 1, "best": 7, "high": 12}
    assert changed([found], [wider]) == "1 (SOHR) → 1 to 12, best 7 (SOHR)"
    assert changed([wider | {"best": 2}], [wider]) == "1 to 12, best 2 (SOHR) → 1 to 12, best 7 (SOHR)"
    assert changed([wider | {"best": None}], [wider]) == "1 to 12 (SOHR) → 1 to 12, best 7 (SOHR)"
    assert changed([wider], [wider | {"high": None}]).endswith("→ 1 or more, best 7 (SOHR)")
    assert "beste schatting 7" in changed([found], [wider], "nl")
    assert "أفضل تقدير 7" in changed([found], [wider], "ar")


def test_two_claimants_of_one_origin_are_one_voice_and_none_of_them_is_named() -> None:
    both = group(None, 4, "ucdp", "sohr", voices=1, verdict="one_voice")
    assert short(QUESTION, {"groups": [both], "set_aside": []}, told_in()) == "4 (1 voice)"


@pytest.mark.parametrize(("language", "expected"), [("nl", "4 (SOHR) → niets"), ("ar", "SOHR")])
def test_whose_word_it_is_and_of_which_month_is_told_in_every_language(language: Language, expected: str) -> None:
    told = changed([group(NOVEMBER, 4, "sohr"), group(DECEMBER, 1, "sohr")], [group(DECEMBER, 1, "sohr")], language)
    assert "2018-11" in told and expected in told


def test_who_holds_a_place_by_one_voice_is_told_with_its_name() -> None:
    state = {"claim": "c1", "voice": {"claimant": "sohr"}, "governs": True}
    beside = {"claim": "c2", "voice": {"claimant": "ucdp"}, "governs": False}
    held = {"verdict": "last_known", "holders": ["is"], "voices": 1, "unattributed": 0, "states": [state, beside]}
    assert short({"question": "control", "place": "hajin"}, held, told_in()) == "is (last known, SOHR)"
