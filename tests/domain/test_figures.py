"""latest-per-claimant and widest-range: given claims of one topic, then the picture."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contradictions import contradictions
from domain.figures import FigureGroup, FigurePicture, Line, latest_per_claimant, latest_per_claimant_1, widest_range
from domain.in_force import InForce
from domain.when import Instant
from domain.words import Range
from tests.domain.claims_given import at, figure


def lines(picture: FigurePicture) -> list[tuple[str, str, int | None]]:
    return [(line.claim.claim, line.state, line.age_days) for group in picture.groups for line in group.lines]


def aside(picture: FigurePicture) -> list[tuple[str, str, str | None]]:
    return [(one.claim.claim, one.why, one.by) for one in picture.set_aside]


def only(picture: FigurePicture) -> FigureGroup:
    (group,) = picture.groups
    return group


def counted(group: FigureGroup) -> tuple[str, int, int]:
    return group.verdict, group.voices, group.unattributed


def test_fighters_in_december_are_a_disagreement_of_one_voice_and_an_origin_unknown() -> None:
    us = figure("c108", "hajin-2018-12", qualifier="about", best=2000, claimant="us-officials", when="2018-12")
    ad = figure("c207", "ad-2018-12-17", qualifier="about", best=5000, when="2018-12-17")
    group = only(latest_per_claimant([ad, us], at("2018-12-17")))
    assert counted(group) == ("disagree", 1, 1)
    assert group.range == Range(1500, 5500)
    assert [line.state for line in group.lines] == ["possible", "certain"]


def test_hostages_taken_and_held_are_shown_each_on_its_own() -> None:
    families = figure("c006", measure="taken_hostage", unit="families", best=130, claimant="sohr", when="2018-10-11",
                      hedge="hearsay")  # fmt: skip
    held = figure("c003", measure="held_hostage", qualifier="about", best=700, claimant="putin", when="2018-10")
    assert only(latest_per_claimant([families], at("2018-10-11"))).range == Range(130, 130, 130)
    assert latest_per_claimant([families], at("2018-10-12")).groups == ()
    group = only(latest_per_claimant([held], at("2018-10-31")))
    assert (counted(group), group.range) == (("one_voice", 1, 0), Range(630, 770, 700))


def test_al_hol_changed_in_the_world() -> None:
    before = figure("c312", measure="present", best=34000, when="2018-12", place="al-hol-camp")
    after = figure("c311", measure="present", qualifier="about", best=45000, when="2019-03", claimant="united-nations")
    now = only(latest_per_claimant([before, after], at("2019-03-15")))
    assert counted(now) == ("changed", 1, 1)
    assert lines(latest_per_claimant([before, after], at("2019-03-15"))) == [
        ("c312", "last_known", 74),
        ("c311", "possible", None),
    ]
    assert lines(latest_per_claimant([before, after], at("2018-12-15"))) == [("c312", "possible", None)]


def test_deaths_to_mid_december_stand_beside_each_other() -> None:
    sohr = figure("c104", measure="killed", best=1616, claimant="sohr", when="2018-09~/2018-12")
    assert counted(only(latest_per_claimant([sohr], at("2018-12-15")))) == ("one_voice", 1, 0)
    lost = figure("c204", measure="casualties", best=500, when="2018-09-10/2018-12-17")
    assert counted(only(latest_per_claimant([lost], at("2018-12-15")))) == ("unattributed", 0, 1)
    civilians = figure("c206", measure="killed", qualifier="at_least", low=320, when="2018-09-10/2018-12-17")
    group = only(latest_per_claimant([civilians], at("2018-12-15")))
    assert (counted(group), group.range) == (("unattributed", 0, 1), Range(320))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"withdrawn": True}, "withdrawn"),
        ({"discredited": True}, "discredited"),
        ({"hedge": "intended"}, "intended"),
        ({"withdrawn": True, "discredited": True, "hedge": "intended"}, "withdrawn"),
    ],
)
@pytest.mark.parametrize("rule", [latest_per_claimant, widest_range])
def test_what_was_taken_back_discredited_or_only_planned_is_listed_and_not_counted(
    rule: Any, changed: dict[str, Any], why: str
) -> None:
    stands = figure("c1", best=10, when="2018-12-01", claimant="a")
    gone = figure("c2", best=99, when="2018-12-01", claimant="b", **changed)
    for moment in (at("2018-12-01"), at("2018-11-01"), None):
        picture = rule([gone, stands], moment)
        assert aside(picture) == [("c2", why, None)]
        assert picture.groups == rule([stands], moment).groups


@pytest.mark.parametrize("hedge", ["hearsay", "indications", "possible"])
def test_other_hedges_count(hedge: str) -> None:
    assert only(latest_per_claimant([figure("c1", best=10, when="2018-12-01", hedge=hedge)], None)).range


def test_a_certainly_earlier_word_of_the_same_voice_goes() -> None:
    old = figure("old", best=10, when="2018-10", claimant="a")
    new = figure("new", best=20, when="2018-12-01", claimant="a")
    other = figure("other", best=10, when="2018-10", claimant="b")
    picture = latest_per_claimant([new, old, other], at("2018-12-03"))
    assert lines(picture) == [("other", "last_known", 33), ("new", "last_known", 2)]
    assert aside(picture) == [("old", "superseded", "new")]
    assert lines(latest_per_claimant([new, old], at("2018-11-30"))) == [("old", "last_known", 30)]
    assert widest_range([new, old, other], at("2018-12-03")).groups == picture.groups


@pytest.mark.parametrize("qualifier", ["unknown", "most"])
@pytest.mark.parametrize(
    "period", ["2020-01-01/2020-01-20", "2020-01-01/2020-02-10", "2020-01-01/2020-01-10", "2020-01-21/2020-02-10"]
)
def test_not_known_and_most_take_no_number_away(qualifier: str, period: str) -> None:
    counts = {"measure": "killed", "claimant": "a"}
    number = figure("number", qualifier="at_least", low=250, when="2020-01-01/2020-01-20", **counts)
    later = figure("later", "r2", qualifier=qualifier, when=period, published="2020-03-01", **counts)
    other = figure("other", "r3", measure="killed", best=20, claimant="b", when="2020-01-01/2020-01-20")
    # From the day on which it had been counted on.
    for moment in (at("2020-01-20"), at("2020-02-09"), at("2020-02-10"), at("2020-02-20"), None):
        for rule in (latest_per_claimant, widest_range):
            picture = rule([number, later, other], moment)
            stands = {line.claim.claim for group in picture.groups for line in group.lines}
            assert stands >= {"number", "other"}
            (numbered,) = [group for group in picture.groups if group.range is not None]
            assert (numbered.verdict, numbered.range) == ("disagree", Range(20, None))


def test_what_has_no_number_is_superseded_as_ever() -> None:
    counts = {"measure": "killed", "claimant": "a"}
    number = figure("number", best=7, when="2020-01-01/2020-01-10", **counts)
    earlier, later = (
        figure(name, f"of-{name}", qualifier="unknown", published=out, when=f"2020-01-01/{ended}", **counts)
        for name, out, ended in (("earlier", "2020-01-06", "2020-01-05"), ("later", "2020-02-01", "2020-01-31"))
    )
    picture = latest_per_claimant([later, number, earlier], at("2020-03-01"))
    assert lines(picture) == [("number", "last_known", 51), ("later", "last_known", 30)]
    assert aside(picture) == [("earlier", "superseded", "later")]
    more = figure("more", "r4", best=9, published="2020-03-01", when="2020-01-01/2020-02-10", **counts)
    picture = latest_per_claimant([later, number, earlier, more], at("2020-03-01"))
    assert lines(picture) == [("more", "last_known", 20)]
    assert {claim: by for claim, _, by in aside(picture)} == dict.fromkeys(("later", "number", "earlier"), "more")


def test_a_toll_without_a_number_is_beside_one_that_counts_on_and_takes_its_place_before_no_moment() -> None:
    counts = {"measure": "killed", "claimant": "a"}
    short = figure("short", qualifier="unknown", when="2020-01-01/2020-01-10", **counts)
    long = figure("long", "r2", best=90, when="2020-01-01/2020-02-10", **counts)
    assert lines(latest_per_claimant([short, long], at("2020-01-05"))) == [("long", "period", None)]
    assert lines(latest_per_claimant([short, long], at("2020-01-15"))) == [("long", "period", None)]


def test_a_stock_goes_on_where_the_next_word_says_no_number() -> None:
    number = figure("number", best=10, when="2018-10", claimant="a")
    unknown = figure("unknown", "r2", qualifier="unknown", when="2018-12-01", claimant="a")
    picture = latest_per_claimant([number, unknown], at("2018-12-03"))
    assert lines(picture) == [("number", "last_known", 33), ("unknown", "last_known", 2)]
    assert only(picture).range == Range(10, 10, 10)
    unattributed = [figure("n", best=10, when="2018-10"), figure("u", "r2", qualifier="most", when="2018-12-01")]
    assert only(latest_per_claimant(unattributed, at("2018-12-03"))).range == Range(10, 10, 10)
    assert lines(latest_per_claimant_1([number, unknown], at("2018-12-03"))) == [("unknown", "last_known", 2)]


def test_of_one_voice_about_the_same_span_the_later_word_stays() -> None:
    first = figure("first", best=10, when="2018-12", claimant="a", published="2018-12-10")
    second = figure("second", "r2", best=20, when="2018-12", claimant="a", published="2018-12-11")
    picture = latest_per_claimant([second, first], at("2018-12-31"))
    assert lines(picture) == [("second", "possible", None)]
    assert aside(picture) == [("first", "superseded", "second")]
    widest = widest_range([second, first], at("2018-12-31"))
    assert only(widest).range == Range(10, 20)
    assert (counted(only(widest)), aside(widest)) == (("one_voice", 1, 0), [])


def test_the_later_word_is_by_the_latest_then_the_earliest_publication_then_the_recording() -> None:
    def last(*words: InForce) -> str:
        (line,) = lines(latest_per_claimant(words, None))
        return line[0]

    same: dict[str, Any] = {"best": 1, "when": "2018", "claimant": "a"}
    month = figure("month", "r1", published="2018-12", position=1, **same)
    last_day = figure("last_day", "r2", published="2018-12-31", position=2, **same)
    assert last(last_day, figure("early", "r3", published="2018-12-30", position=9, **same)) == "last_day"
    assert last(month, last_day) == "last_day"
    recorded_later = figure("recorded_later", "r4", published="2018-12-31", position=3, **same)
    assert last(last_day, recorded_later) == "recorded_later"


def test_one_voice_through_several_reports_is_one_voice() -> None:
    words = [
        figure("c1", "r1", best=10, when="2018-12-01/2018-12-05", claimant="a"),
        figure("c2", "r2", best=90, when="2018-12-03/2018-12-09", claimant="a", via=["reuters"]),
    ]
    group = only(latest_per_claimant(words, at("2018-12-04")))
    assert [line.claim.claim for line in group.lines] == ["c1", "c2"]
    # Their order is unknown, both stand, and a voice does not disagree with itself.
    assert (counted(group), group.range) == (("one_voice", 1, 0), Range(10, 90))


def test_an_old_unattributed_number_does_not_stand_beside_a_newer_one() -> None:
    old = figure("old", "r1", best=10, when="2018-10")
    new = figure("new", "r2", best=20, when="2018-12")
    picture = latest_per_claimant([old, new], at("2018-12-31"))
    assert lines(picture) == [("new", "possible", None)]
    assert aside(picture) == [("old", "superseded", "new")]


def test_two_unattributed_reports_about_the_same_day_do_not_replace_each_other() -> None:
    one = figure("one", "r1", best=10, when="2018-12-01", published="2018-12-02")
    other = figure("other", "r2", best=20, when="2018-12-01", published="2018-12-03")
    assert counted(only(latest_per_claimant([one, other], None))) == ("disagree", 0, 2)
    shared = [replace(claim, same_origin="as1") for claim in (one, other)]
    picture = latest_per_claimant(shared, None)
    assert counted(only(picture)) == ("unattributed", 0, 1)
    assert aside(picture) == [("one", "superseded", "other")]
    assert only(picture).lines[0].voice.assessed == "as1"


def test_states_of_a_stock() -> None:
    through = figure("through", best=1, when="2018-11-01/2018-12-31", claimant="a")
    some_day = figure("some_day", best=1, when="2018-12", claimant="b")
    before = figure("before", best=1, when="2018-12-01", claimant="c")
    undated = figure("undated", best=1, claimant="d")
    later = figure("later", best=1, when="2019", claimant="e")
    picture = latest_per_claimant([undated, later, before, some_day, through], at("2018-12-11"))
    assert lines(picture) == [
        ("through", "certain", None),
        ("before", "last_known", 10),
        ("some_day", "possible", None),
        ("undated", "undated", None),
    ]
    assert aside(picture) == []
    assert {state for _, state, _ in lines(latest_per_claimant([before, later, undated], None))} == {
        "last_known",
        "undated",
    }
    assert lines(latest_per_claimant([before], None)) == [("before", "last_known", None)]
    assert lines(latest_per_claimant([before], at("2018-12-02T12:00:00Z"))) == [("before", "last_known", 0)]


def test_two_undated_words_of_one_voice_are_about_the_same() -> None:
    first = figure("first", best=1, claimant="a", published="2018-12-10")
    second = figure("second", "r2", best=2, claimant="a", published="2018-12-11")
    assert lines(latest_per_claimant([second, first], at("2018-12-31"))) == [("second", "undated", None)]
    assert only(widest_range([second, first], None)).range == Range(1, 2)


def toll(claim: str, when: str | None, best: int, claimant: str | None = None, **more: Any) -> InForce:
    return figure(claim, measure="killed", best=best, when=when, claimant=claimant, **more)


def test_the_latest_state_of_a_cumulative_toll_stays() -> None:
    words = [toll(f"d{day}", f"2018-09-10/2018-12-{day}", day, "sohr") for day in (10, 11, 12)]
    other_start = toll("own", "2018-09-11/2018-12-11", 5, "sohr")
    picture = latest_per_claimant([*words, other_start], None)
    assert lines(picture) == [("d12", "period", None), ("own", "period", None)]
    assert aside(picture) == [("d10", "superseded", "d12"), ("d11", "superseded", "d12")]
    # Each period is a group of its own, and nothing is added.
    assert [group.range for group in picture.groups] == [Range(12, 12, 12), Range(5, 5, 5)]
    assert widest_range([*words, other_start], None).groups == picture.groups


def test_by_the_first_rule_only_periods_that_may_contain_the_moment_are_looked_at() -> None:
    words = [toll("to10", "2018-09-10/2018-12-10", 10, "sohr"), toll("to20", "2018-09-10/2018-12-20", 20, "sohr")]
    assert lines(latest_per_claimant_1(words, at("2018-12-15"))) == [("to20", "period", None)]
    assert aside(latest_per_claimant_1(words, at("2018-12-15"))) == []
    assert latest_per_claimant_1(words, at("2018-12-21")) == FigurePicture("latest-per-claimant@1", (), ())
    assert lines(latest_per_claimant_1([words[0]], at("2018-12-15"))) == []
    for rule in (latest_per_claimant, latest_per_claimant_1):
        assert lines(rule([toll("undated", None, 3)], at("2018-12-21"))) == [("undated", "undated", None)]


def test_a_toll_goes_on_however_often_its_voice_spoke() -> None:
    """Two voices with one period are treated alike, on its last day and on every day after."""
    words = [
        toll("interim", "2020-01-01/2020-01-15", 10, "s1"),
        toll("a", "2020-01-01/2020-02-15", 25, "s1"),
        toll("b", "2020-01-01/2020-02-15", 90, "s2"),
    ]
    for day, state in (
        ("2020-02-15", ("period", None)),
        ("2020-02-16", ("last_known", 1)),
        ("2021-02-14", ("last_known", 365)),
    ):
        picture = latest_per_claimant(words, at(day))
        assert lines(picture) == [("a", *state), ("b", *state)]
        assert [(group.verdict, group.range) for group in picture.groups] == [("disagree", Range(25, 90))]
    # Between the two states of the one voice the other has not counted to the end of its period.
    between = latest_per_claimant(words, at("2020-01-20"))
    assert lines(between) == [("interim", "last_known", 5), ("b", "period", None)]
    assert aside(between) == [("a", "longer", "interim")]


def test_a_count_of_days_is_over_when_they_are() -> None:
    """A strike of a day is no number of a day a year later; which ones there were is told."""
    strikes = [toll(f"d{day}", f"2018-12-{day}", day, "sohr") for day in range(10, 15)]
    night = toll("night", "2018-12-14/2018-12-15", 3, "sana")
    assert lines(latest_per_claimant(strikes, at("2018-12-12"))) == [("d12", "period", None)]
    later = latest_per_claimant([*strikes, night], at("2019-12-12"))
    assert lines(later) == []
    assert [(one, why) for one, why, _ in aside(later)] == [(f"d{day}", "ended") for day in range(10, 15)] + [
        ("night", "ended")
    ]


def test_a_count_of_days_goes_on_where_anybody_counts_on_from_them() -> None:
    words = [toll("first", "2018-12-10/2018-12-11", 3, "sohr"), toll("other", "2018-12-10/2018-12-11", 5, "sana")]
    on = toll("on", "2018-12-10/2018-12-20", 40, "sohr")
    picture = latest_per_claimant([*words, on], at("2018-12-13"))
    assert lines(picture) == [("first", "last_known", 2), ("other", "last_known", 2)]
    assert aside(picture) == [("on", "longer", "first")]
    after = latest_per_claimant([*words, on], at("2018-12-25"))
    assert lines(after) == [("on", "last_known", 5)]
    assert aside(after) == [("first", "superseded", "on"), ("other", "ended", None)]


def test_a_toll_gives_way_to_the_next_of_its_length_whoever_counted_it() -> None:
    january, february = toll("jan", "2020-01", 500, "s1"), toll("feb", "2020-02", 400, "s2")
    week, year = toll("week", "2020-02-03/2020-02-09", 30, "s1"), toll("year", "2019", 6000, "s3")
    # A week does not stand for a month, nor a month for a year, nor a number that nobody knows for one that is known.
    words = [january, week, year, figure("none", measure="killed", qualifier="unknown", when="2020-02", claimant="s4")]
    picture = latest_per_claimant(words, at("2020-03-10"))
    assert [one for one, _, _ in lines(picture)] == ["year", "jan", "none", "week"]
    picture = latest_per_claimant([*words, february], at("2020-03-10"))
    assert lines(picture) == [
        ("year", "last_known", 70), ("feb", "last_known", 10), ("none", "last_known", 10), ("week", "last_known", 30)
    ]  # fmt: skip
    assert aside(picture) == [("jan", "followed", "feb")]
    # While February is being counted January is the last.
    assert ("jan", "last_known", 10) in lines(latest_per_claimant([*words, february], at("2020-02-10")))


def test_what_was_counted_in_an_incident_gives_way_to_that_of_another_one_only() -> None:
    january = toll("jan", "2020-01", 500, "s1")
    battle = replace(toll("battle", "2020-02-03/2020-02-28", 30, "s1"), incidents=("i1",))
    siege = replace(toll("siege", "2020-04-03/2020-04-28", 9, "s1"), incidents=("i2",))
    assert [one for one, _, _ in lines(latest_per_claimant([january, battle], at("2020-05-10")))] == ["jan", "battle"]
    picture = latest_per_claimant([january, battle, siege], at("2020-05-10"))
    assert [one for one, _, _ in lines(picture)] == ["jan", "siege"]
    assert aside(picture) == [("battle", "followed", "siege")]


def test_of_one_incident_that_is_asked_for_each_count_goes_on() -> None:
    strike = [toll("first", "2018-12-10", 16, "a"), toll("second", "2018-12-11", 1, "b")]
    asked = [replace(one, incidents=("i1",), incident="i1") for one in strike]
    assert lines(latest_per_claimant(asked, at("2018-12-12"))) == [
        ("first", "last_known", 2), ("second", "last_known", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("more", [{"best": 20}, {"best": 50, "disputes": True}])
def test_a_group_of_which_nobody_can_say_which_number_is_right_has_no_best(more: dict[str, Any]) -> None:
    at_least = figure("f1", measure="killed", qualifier="at_least", low=50, when="2020-01", claimant="s1")
    exact = toll("f2", "2020-01", more["best"], "s2")
    if more.get("disputes"):
        exact = replace(exact, disputes=("f1",))
    for rule, best in ((latest_per_claimant, None), (latest_per_claimant_1, more["best"])):
        (group,) = rule([at_least, exact], None).groups
        assert group.range is not None
        assert group.range.best == best


def test_a_toll_at_a_moment_is_what_was_counted_by_then() -> None:
    words = [toll(f"d{day}", f"2018-09-10/2018-12-{day}", day, "sohr") for day in (10, 15, 20, 25)]
    by_then = latest_per_claimant(words, at("2018-12-18"))
    assert lines(by_then) == [("d15", "last_known", 3)]
    assert aside(by_then) == [("d10", "superseded", "d15"), ("d20", "longer", "d15"), ("d25", "longer", "d15")]
    assert lines(latest_per_claimant(words, at("2018-12-20"))) == [("d20", "period", None)]
    # Afterwards it is the last one, with its age; before the first, the one that counts the least beyond.
    assert lines(latest_per_claimant(words, at("2019-01-01"))) == [("d25", "last_known", 7)]
    assert lines(latest_per_claimant(words, at("2018-10-01"))) == [("d10", "period", None)]
    assert aside(latest_per_claimant(words, at("2018-10-01")))[0] == ("d15", "longer", "d10")
    assert lines(latest_per_claimant(words, at("2018-09-01"))) == []
    assert lines(latest_per_claimant_1(words, at("2018-12-18"))) == [("d25", "period", None)]


def test_numbers_of_one_report_do_not_supersede_one_another() -> None:
    rows = [toll(f"row{nth}", "2018", 10 + nth, "iom", position=nth + 1) for nth in range(3)]
    picture = latest_per_claimant(rows, None)
    assert [line for line, *_ in lines(picture)] == ["row0", "row1", "row2"]
    assert (counted(only(picture)), only(picture).range) == (("ambiguous", 1, 0), Range(10, 12))
    # The first version had the last row for the whole.
    assert lines(latest_per_claimant_1(rows, None)) == [("row2", "period", None)]
    later = toll("later", "2018", 90, "iom", report="r2", published="2020", position=9)
    assert lines(latest_per_claimant([*rows, later], None)) == [("later", "period", None)]
    parted = [replace(rows[0], parts=("row1", "row2")), *rows[1:]]
    assert only(latest_per_claimant(parted, None)).verdict == "ambiguous"
    assert only(latest_per_claimant(parted[:2], None)).verdict == "one_voice"
    other = toll("other", "2018", 33, "unhcr", report="r2")
    assert only(latest_per_claimant([*rows, other], None)).verdict == "ambiguous"


def test_editions_of_one_dataset_are_one_publication() -> None:
    first = replace(toll("first", "2018", 10, "iom", report="e1", published="2019"), dataset="dtm")
    second = replace(toll("second", "2018", 12, "iom", report="e2", published="2020"), dataset="dtm")
    assert only(latest_per_claimant([first, second], None)).verdict == "ambiguous"
    assert only(latest_per_claimant([first, replace(second, dataset=None)], None)).verdict == "one_voice"


def test_each_incident_stands_apart() -> None:
    strike = toll("strike", "2018-12-01", 35, "a")
    linked = replace(toll("linked", "2018-12-01", 42, "b"), incidents=("i1",))
    picture = latest_per_claimant([strike, linked], at("2018-12-01"))
    told = {group.incident: counted(group) for group in picture.groups}
    assert told == {None: ("one_voice", 1, 0), "i1": ("one_voice", 1, 0)}
    assert [group.incident for group in latest_per_claimant_1([strike, linked], None).groups] == [None]


def test_of_an_incident_a_word_about_one_place_neither_supersedes_nor_contradicts_one_about_another() -> None:
    town = toll("town", "2018-12-10", 30, "a")
    other = toll("other", "2018-12-10", 20, "a", report="r2", published="2019")
    town, other = (
        replace(one, incident="m", content=one.content.model_copy(update={"place": place}))
        for one, place in ((town, "t"), (other, "u"))
    )
    here = replace(toll("here", "2018-12-10", 30, "b"), incident="m")
    here = replace(here, content=here.content.model_copy(update={"place": "t"}))
    picture = latest_per_claimant([town, other, here], at("2018-12-10"))
    assert (only(picture).verdict, only(picture).range, aside(picture)) == ("ambiguous", Range(30, None), [])
    at_odds = replace(here, content=here.content.model_copy(update={"best": 40}))
    assert only(latest_per_claimant([town, other, at_odds], None)).verdict == "disagree"
    later = replace(other, content=other.content.model_copy(update={"place": "t"}))
    assert aside(latest_per_claimant([town, later], None)) == [("town", "superseded", "other")]


def test_one_number_of_two_reports_that_proved_to_be_one_was_filed_twice() -> None:
    once, twice = toll("once", "2018-12-10", 30, "a"), replace(toll("twice", "2018-12-10", 30, "a"), filed_in="r2")
    other = toll("other", "2018-12-10", 40, "b", report="r3")
    assert counted(only(latest_per_claimant([once, twice], None))) == ("one_voice", 1, 0)
    assert only(latest_per_claimant([once, twice, other], None)).verdict == "disagree"
    assert [pair.unsure for pair in contradictions([once, twice, other])] == [(), ()]
    # Two equal numbers that were recorded of one report may be two.
    assert only(latest_per_claimant([once, replace(twice, filed_in=None)], None)).verdict == "ambiguous"
    unlike = replace(twice, content=twice.content.model_copy(update={"best": 31}))
    assert only(latest_per_claimant([once, unlike], None)).verdict == "ambiguous"


def test_a_claim_of_two_incidents_counts_in_each_and_once_in_either() -> None:
    both = replace(toll("both", "2018-12-01", 30, "a"), incidents=("a", "m"))
    other = replace(toll("other", "2018-12-01", 50, "b"), incidents=("m",))
    later = replace(toll("later", "2018-12-01", 31, "a", report="r2", published="2019"), incidents=("a",))
    said = [both, other, later]
    picture = latest_per_claimant(said, None)
    assert {
        group.incident: (group.verdict, [line.claim.claim for line in group.lines]) for group in picture.groups
    } == {
        "a": ("one_voice", ["later"]),
        "m": ("disagree", ["both", "other"]),
    }
    assert [(one.claim.claim, one.why, one.by) for one in picture.set_aside] == [("both", "superseded", "later")]
    # Looked at for one of them, it is told in that one only.
    (group,) = latest_per_claimant([replace(one, incident="m") for one in (both, other)], None).groups
    assert (group.incident, group.verdict) == ("m", "disagree")
    everywhere = [replace(one, incidents=("a", "m")) for one in (both, later)]
    assert len(latest_per_claimant(everywhere, None).set_aside) == 1, "for one reason it is set aside once"


def test_a_stock_of_a_day_is_certain_on_that_day() -> None:
    day = figure("day", best=1, when="2018-12-17", claimant="a")
    assert lines(latest_per_claimant([day], at("2018-12-17"))) == [("day", "certain", None)]
    assert lines(latest_per_claimant([day], at("2018-12-17T09:00:00Z"))) == [("day", "certain", None)]
    assert lines(latest_per_claimant_1([day], at("2018-12-17"))) == [("day", "possible", None)]
    month = figure("month", best=1, when="2018-12", claimant="a")
    assert lines(latest_per_claimant([month], at("2018-12-17"))) == [("month", "possible", None)]


def test_what_is_dated_to_an_hour_is_of_its_day() -> None:
    hour = figure("hour", measure="killed", best=70, when="2020-01-07T14:00:00Z", claimant="a")
    day = figure("day", measure="killed", best=10, when="2020-01-07", claimant="b")
    assert lines(latest_per_claimant([hour], at("2020-01-07"))) == [("hour", "period", None)]
    assert lines(latest_per_claimant([hour], at("2020-01-07T20:00:00Z"))) == [("hour", "period", None)]
    assert aside(latest_per_claimant([hour], at("2020-01-08"))) == [("hour", "ended", None)]
    assert latest_per_claimant([hour], at("2020-01-07T13:00:00Z")).groups == ()
    assert latest_per_claimant_1([hour], at("2020-01-07")).groups == ()
    both = latest_per_claimant([hour, day], at("2020-01-07"))
    assert sorted(lines(both)) == [("day", "period", None), ("hour", "period", None)]
    (pair,) = contradictions([hour, day])
    assert pair.time == "certain"
    present = figure("present", measure="present", best=70, when="2020-01-07T14:00:00Z", claimant="a")
    assert lines(latest_per_claimant([present], at("2020-01-07"))) == [("present", "possible", None)]
    assert lines(latest_per_claimant([present], at("2020-01-07T14:00:00Z"))) == [("present", "certain", None)]
    assert lines(latest_per_claimant([present], at("2020-01-08"))) == [("present", "last_known", 1)]


def test_unattributed_tolls_are_each_reports_own() -> None:
    words = [toll("r1", "2018-09-10/2018-12-10", 10), toll("r2", "2018-09-10/2018-12-20", 20, report="r2")]
    assert [counted(group) for group in latest_per_claimant(words, None).groups] == [("unattributed", 0, 1)] * 2


def test_of_one_period_the_later_word_stays_and_the_widest_range_has_both() -> None:
    first = toll("first", "2018-12", 10, "a", published="2018-12-31")
    second = toll("second", "2018-12", 12, "a", published="2019-01-02", report="r2")
    other = toll("other", "2018-12-01/2018-12-31", 12, "b")
    picture = latest_per_claimant([first, second, other], None)
    assert (counted(only(picture)), only(picture).range) == (("agree", 2, 0), Range(12, 12, 12))
    assert aside(picture) == [("first", "superseded", "second")]
    widest = only(widest_range([first, second, other], None))
    assert (counted(widest), widest.range) == (("disagree", 2, 0), Range(10, 12))


def test_undated_tolls_are_one_group() -> None:
    picture = latest_per_claimant([toll("a", None, 3, "a"), toll("b", None, 4, "b"), toll("c", "2018", 4, "b")], None)
    assert [(group.so is None, counted(group)) for group in picture.groups] == [
        (False, ("one_voice", 1, 0)),
        (True, ("disagree", 2, 0)),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("a", {"qualifier": "unknown", "best": None})], ("nothing", 0, 0)),
        ([("a", {"best": 5}), ("b", {"best": 5})], ("agree", 2, 0)),
        ([("a", {"best": 5}), ("b", {"best": 6})], ("disagree", 2, 0)),
        ([("a", {"best": 5}), (None, {"best": 5})], ("one_voice", 1, 1)),
        ([("a", {"best": 5}), (None, {"best": 6})], ("disagree", 1, 1)),
        ([(None, {"best": 5}), (None, {"best": 5})], ("unattributed", 0, 2)),
        ([("a", {"best": 5}), ("b", {"qualifier": "unknown", "best": None})], ("one_voice", 1, 0)),
        ([("a", {"best": 5}), ("b", {"best": 5}), (None, {"best": 4})], ("disagree", 2, 1)),
    ],
)
def test_the_verdict_of_a_group(said: list[tuple[str | None, dict[str, Any]]], expected: tuple[str, int, int]) -> None:
    words = [
        figure(f"c{nth}", f"r{nth}", when="2018-12-01", claimant=claimant, **more)
        for nth, (claimant, more) in enumerate(said)
    ]
    assert counted(only(latest_per_claimant(words, at("2018-12-01")))) == expected


def test_a_line_without_a_range_changes_nothing_and_a_best_is_one_that_all_share() -> None:
    same: dict[str, Any] = {"when": "2018-12-01"}
    words = [
        figure("a", claimant="a", low=3, best=5, high=8, **same),
        figure("b", claimant="b", qualifier="at_least", low=4, best=None, **same),
        figure("c", claimant="c", qualifier="most", best=None, **same),
    ]
    assert only(latest_per_claimant(words, None)).range == Range(3, None, 5)
    words.append(figure("d", claimant="d", low=4, best=6, high=8, **same))
    assert only(latest_per_claimant(words, None)).range == Range(3, None)


def test_a_part_does_not_disagree_with_its_whole() -> None:
    part = figure("part", "r1", best=2000, when="2018-12-17")
    whole = figure("whole", "r2", best=5000, when="2018-12-17", claimant="a", parts=("part",))
    assert counted(only(latest_per_claimant([part, whole], at("2018-12-17")))) == ("one_voice", 1, 0)
    assert counted(only(latest_per_claimant([part, replace(whole, parts=())], None))) == ("disagree", 1, 1)


def test_a_part_is_no_second_number_of_the_whole() -> None:
    same: dict[str, Any] = {"measure": "killed", "when": "2018-12-17"}
    whole, part = figure("a", best=30, claimant="a", parts=("b",), **same), figure("b", best=12, claimant="b", **same)
    group = only(latest_per_claimant([whole, part], None))
    assert (counted(group), group.range) == (("one_voice", 1, 0), Range(30, 30, 30))
    assert [line.claim.claim for line in group.lines] == ["a", "b"]
    # Of another period it is the number of that.
    week = figure("b", best=12, claimant="b", measure="killed", when="2018-12-10/2018-12-16")
    assert [counted(one) for one in latest_per_claimant([whole, week], None).groups] == [("one_voice", 1, 0)] * 2
    # Nobody gives the whole: what is known is the part.
    alone = only(latest_per_claimant([replace(whole, withdrawn=True), part], None))
    assert (counted(alone), alone.range) == (("one_voice", 1, 0), Range(12, 12, 12))
    agreeing = figure("c", best=30, claimant="c", **same)
    assert counted(only(latest_per_claimant([whole, part, agreeing], None))) == ("agree", 2, 0)
    more = only(latest_per_claimant([whole, figure("b", best=31, claimant="b", **same)], None))
    assert (counted(more), more.range) == (("disagree", 2, 0), Range(30, 31))


def test_who_disputes_a_number_does_not_agree_with_it() -> None:
    same: dict[str, Any] = {"measure": "killed", "when": "2018-12-17", "best": 30}
    one = figure("one", claimant="a", **same)
    other = figure("other", claimant="b", disputes=("one",), **same)
    assert counted(only(latest_per_claimant([one, other], None))) == ("disagree", 2, 0)
    own = figure("other", "r2", claimant="a", dataset="d", disputes=("one",), **same)
    assert only(widest_range([one, own], None)).verdict == "one_voice", "its own earlier word"
    assert counted(only(latest_per_claimant_1([one, other], None))) == ("agree", 2, 0)


def test_nothing_said_is_an_empty_picture() -> None:
    assert latest_per_claimant([], None) == FigurePicture("latest-per-claimant@2", (), ())
    assert widest_range([], 0) == FigurePicture("widest-range@2", (), ())


DATES = [None, "2018", "2018-11", "2018-12", "2018-12-01", "2018-12-15", "2018-11/2018-12", "2018-11-01/2018-12-15",
         "../2018-12-01", "2018-12/.."]  # fmt: skip
MOMENTS = st.none() | st.sampled_from([at(text) for text in ("2017", "2018-11-15", "2018-12-01", "2018-12-20", "2030")])


@st.composite
def spoken(draw: st.DrawFn, measure: str, nth: int) -> InForce:
    low, best, high = sorted(draw(st.lists(st.integers(0, 30), min_size=3, max_size=3)))
    numbers: dict[str, Any] = draw(
        st.sampled_from(
            [{"low": low, "best": best, "high": high}, {"best": best}, {"qualifier": "at_least", "low": low},
             {"qualifier": "unknown"}, {"qualifier": "about", "best": best}]
        )
    )  # fmt: skip
    return figure(
        f"c{nth}",
        draw(st.sampled_from(["r1", "r2"])),
        measure=measure,
        when=draw(st.sampled_from(DATES)),
        claimant=draw(st.sampled_from([None, "a", "b"])),
        hedge=draw(st.sampled_from([None] * 6 + ["intended"])),
        published=draw(st.sampled_from(["2018-12", "2018-12-20"])),
        **numbers,
    )


@st.composite
def topics(draw: st.DrawFn) -> list[InForce]:
    measure = draw(st.sampled_from(["fighters", "killed"]))
    return [draw(spoken(measure, nth)) for nth in range(draw(st.integers(1, 7)))]


rules = st.sampled_from([latest_per_claimant, widest_range])


def ends(found: Range) -> tuple[float, float]:
    return found.low, float("inf") if found.high is None else found.high


@given(topics(), MOMENTS, rules)
def test_a_group_has_room_for_each_line_and_never_for_a_sum(claims: list[InForce], moment: Any, rule: Any) -> None:
    for group in rule(claims, moment).groups:
        ranged = [ends(line.range) for line in group.lines if line.range is not None]
        assert (group.range is None) is (not ranged)
        if group.range is not None:
            # From the lowest to the highest, so no line is left out, and nothing is added.
            assert ends(group.range) == (min(low for low, _ in ranged), max(high for _, high in ranged))
            bests = {line.range.best for line in group.lines if line.range and line.range.best is not None}
            assert group.range.best is None or bests == {group.range.best}


@given(topics(), MOMENTS, rules)
def test_every_claim_that_was_looked_at_is_a_line_or_set_aside_once(
    claims: list[InForce], moment: Any, rule: Any
) -> None:
    picture = rule(claims, moment)
    named = [one for one, _, _ in lines(picture)] + [one for one, _, _ in aside(picture)]
    assert len(named) == len(set(named))
    if moment is None:
        assert set(named) == {claim.claim for claim in claims}
    standing = {one for one, _, _ in lines(picture)}
    assert all(by in standing for _, why, by in aside(picture) if why == "superseded")


@given(topics(), st.data(), MOMENTS, rules)
def test_an_unattributed_claim_is_never_a_second_voice(
    claims: list[InForce], data: st.DataObject, moment: Any, rule: Any
) -> None:
    measure = claims[0].content.measure  # type: ignore[union-attr]
    more = data.draw(spoken(measure, 99).filter(lambda claim: claim.content.claimant is None))
    before = {group.so: group.voices for group in rule(claims, moment).groups}
    assert all(group.voices <= before.get(group.so, 0) for group in _by_period(rule([*claims, more], moment), before))


def _by_period(picture: FigurePicture, known: dict[Any, int]) -> list[FigureGroup]:
    # A period's inner bounds may widen with a claim more, so it is found again by its outer ones.
    outer = {_outer(so): so for so in known}
    return [replace(group, so=outer.get(_outer(group.so), group.so)) for group in picture.groups]


def _outer(so: Any) -> tuple[Instant, Instant] | None:
    return so and (so.earliest_start, so.latest_end)


@given(topics(), st.data(), MOMENTS, rules)
def test_the_order_in_which_claims_come_does_not_matter(
    claims: list[InForce], data: st.DataObject, moment: Any, rule: Any
) -> None:
    assert rule(data.draw(st.permutations(claims)), moment) == rule(claims, moment)


@given(topics(), st.data(), MOMENTS, rules)
def test_a_withdrawn_claim_more_changes_only_what_is_set_aside(
    claims: list[InForce], data: st.DataObject, moment: Any, rule: Any
) -> None:
    measure = claims[0].content.measure  # type: ignore[union-attr]
    gone = replace(data.draw(spoken(measure, 99)), withdrawn=True)
    before, after = rule(claims, moment), rule([*claims, gone], moment)
    assert after.groups == before.groups
    assert set(aside(after)) - set(aside(before)) == {("c99", "withdrawn", None)}
    assert set(aside(before)) <= set(aside(after))


@given(topics())
def test_before_all_claims_nothing_dated_is_known(claims: list[InForce]) -> None:
    for _, state, _ in lines(latest_per_claimant(claims, at("1900"))):
        assert state in ("undated", "possible", "period")
    dated = [claim for claim in claims if claim.so is not None and claim.so.earliest_start > at("1900")]
    assert lines(latest_per_claimant(dated, at("1900"))) == []


@given(topics())
def test_of_a_stock_after_all_claims_each_voice_is_last_known(claims: list[InForce]) -> None:
    stocks = [claim for claim in claims if claim.so is None or claim.so.latest_end < at("2030")]
    for line in [line for group in latest_per_claimant(stocks, at("2030")).groups for line in group.lines]:
        assert isinstance(line, Line)
        if line.state == "last_known":
            assert line.age_days is not None and line.age_days >= 4017
        else:
            assert line.state == "undated"


@pytest.mark.parametrize(("date", "state"), [("2018-12-10", "certain"), ("2018-12-10~", "certain"),
                                             ("2018-12-10?", "possible"), ("2018-12-10%", "possible"),
                                             ("2018-12-01?/2018-12-20", "possible")])  # fmt: skip
def test_a_figure_of_an_uncertain_date_is_certain_at_no_time(date: str, state: str) -> None:
    told = figure("f1", best=100, claimant="a", when=date)
    assert [one for _, one, _ in lines(latest_per_claimant([told], at("2018-12-10")))] == [state]
    assert [one for _, one, _ in lines(latest_per_claimant([told], at("2018-12-25")))] == ["last_known"]
