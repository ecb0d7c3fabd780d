from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.persons_told import counted
from domain import when
from domain.calendar import DAY
from domain.clocks import Clocks
from domain.membership import ALL_TIME
from domain.person import PersonDetails
from domain.persons_known import FatesWanted, InRegister, KnownPerson, alive_after_death, known_of
from domain.when import EARLIEST, LATEST, cut_off

MARCH = when.bounds("2019-03-15").earliest
IN = FatesWanted(incidents={"i1"})


def known(
    *merged: dict[str, Any],
    claims: set[str] | None = None,
    in_force: set[str] | None = None,
    at: int | None = None,
    reported_by: int | None = None,
    wanted: FatesWanted = IN,
    were: dict[str, str] | None = None,
    **own: Any,
) -> Any:
    person = InRegister(
        PersonDetails.model_validate(own),
        [PersonDetails.model_validate(each) for each in merged],
        frozenset(claims or ()),
    )
    return known_of(person, in_force or set(), Clocks(at=at, reported_by=reported_by), "UTC", wanted, were or {})


def fate(what: str, **fields: Any) -> dict[str, Any]:
    return {"fate": what, "incident": "i1"} | fields


@pytest.mark.parametrize(
    ("own", "child", "woman"),
    [
        ({}, "unknown", "unknown"),
        ({"age": 17, "sex": "female"}, "yes", "no"),
        ({"age": 18, "sex": "female"}, "no", "yes"),
        ({"age_high": 17}, "yes", "no"),
        ({"age_low": 18}, "no", "unknown"),
        ({"age_low": 17, "age_high": 19, "sex": "female"}, "unknown", "unknown"),
        ({"sex": "male"}, "unknown", "no"),
        ({"sex": "female"}, "unknown", "unknown"),
    ],
)
def test_what_is_not_told_is_unknown_and_not_no(own: dict[str, Any], child: str, woman: str) -> None:
    found = known(fates=[fate("killed")], **own)
    assert (found.child, found.woman) == (child, woman)


def test_civilian_status_is_that_of_those_who_say_so() -> None:
    civilian, combatant = ({"status": status, "source": "s"} for status in ("civilian", "combatant"))
    by_claim = combatant | {"claim": "c1"}
    fates = [fate("killed")]
    assert known(fates=fates).civilian == "unknown"
    assert known(fates=fates, civilian_status=[civilian, civilian]).civilian == "yes"
    assert known(fates=fates, civilian_status=[combatant]).civilian == "no"
    assert known({"civilian_status": [combatant]}, fates=fates, civilian_status=[civilian]).civilian == "disputed"
    assert known(fates=fates, civilian_status=[civilian, by_claim]).civilian == "yes"
    assert known(fates=fates, civilian_status=[civilian, by_claim], in_force={"c1"}).civilian == "disputed"


def test_by_a_cut_off_somebody_is_known_once_a_claim_that_names_them_is_out() -> None:
    fates = [fate("missing"), fate("killed", claim="c2")]
    assert known(fates=fates, reported_by=0) == "not_reported"
    assert known(fates=fates, reported_by=0, claims={"c1"}, in_force={"c2"}) == "not_reported"
    found = known(fates=fates, reported_by=0, claims={"c1", "c3"}, in_force={"c1"})
    assert (found.fate, found.named_by) == ("missing", ("c1",))
    assert known(fates=fates, reported_by=0, claims={"c1"}, in_force={"c1", "c2"}).fate == "killed"
    assert known(fates=fates).named_by == ()


@pytest.mark.parametrize(
    ("told", "at", "found"),
    [
        (fate("killed", when="2019-03-14"), MARCH, "killed"),
        (fate("killed", when="2019-03"), MARCH, "killed"),
        (fate("killed", when="2019-03-16"), MARCH, "not_then"),
        (fate("killed"), MARCH, "killed"),
        (fate("killed", when="2019-01/2019-02"), MARCH, "killed"),
        (fate("missing", when="2019-02"), MARCH, "missing"),
        (fate("held", when="2019-01/2019-02"), MARCH, "not_then"),
        (fate("held", when="2019-01/2019-04"), MARCH, "held"),
        (fate("held", when="2019-01/.."), MARCH, "held"),
    ],
)
def test_at_takes_what_may_have_befallen_them_by_then(told: dict[str, Any], at: int, found: str) -> None:
    answer = known(fates=[told], at=at)
    assert (answer.fate if isinstance(answer, KnownPerson) else answer) == found


WERE = {"i1": "2019-03-14/2019-03-20", "i2": "2019-03-16"}


@pytest.mark.parametrize(
    ("told", "at", "found"),
    [
        # Whoever died in an incident had not died before it was.
        (fate("killed", incident="i2"), MARCH, "not_then"),
        (fate("killed", incident="i2"), when.bounds("2019-03-16").earliest, "killed"),
        (fate("killed"), MARCH, "killed"),
        (fate("missing"), when.bounds("2019-03-13").latest, "not_then"),
        # What lasts did not end with it.
        (fate("missing"), when.bounds("2019-05").latest, "missing"),
        # A time of its own goes before that.
        (fate("killed", incident="i2", when="2019-03-14"), MARCH, "killed"),
        # Where the incident has no time either, none is known.
        (fate("killed", incident="i3"), 0, "killed"),
    ],
)
def test_a_fate_without_a_time_was_when_its_incident_was(told: dict[str, Any], at: int, found: str) -> None:
    answer = known(fates=[told], at=at, were=WERE, wanted=FatesWanted())
    assert (answer.fate if isinstance(answer, KnownPerson) else answer) == found


def test_when_incidents_were_tells_the_order_of_fates_and_is_told() -> None:
    everywhere = FatesWanted()
    fates = [fate("injured", incident="i2"), fate("missing", when="2019-03-01")]
    found = known(fates=fates, were=WERE, wanted=everywhere)
    assert (found.fate, [one.when_of_incident for one in found.fates]) == ("injured", ["2019-03-16", None])
    assert known(fates=fates, wanted=everywhere).fate == "missing"
    # Within an incident that took some time nobody knows when.
    assert known(fates=[fate("injured"), fate("held", when="2019-03-16")], were=WERE).fate == "held"
    assert known(fates=[fate("held", when="2019-03-16"), fate("injured")], were=WERE).fate == "injured"
    died, held = fate("killed"), fate("held", when="2019-03-19")
    assert known(fates=[died, held], were=WERE).or_else == ()
    assert known(fates=[died, held | {"when": "2019-03-21"}], were=WERE).or_else == ("held",)


def test_the_last_fate_counts_and_unknown_says_nothing() -> None:
    assert known(fates=[fate("missing"), fate("killed")]).fate == "killed"
    assert known(fates=[fate("missing"), fate("unknown")]).fate == "missing"
    assert known(fates=[fate("unknown")]).fate == "unknown"
    assert known(fates=[fate("injured"), fate("killed", incident="i2")]).fate == "injured"
    assert known(fates=[fate("killed", incident="i2")]) == "not_reported"
    assert known(wanted=FatesWanted()).fate == "unknown"


def found_of(answer: KnownPerson) -> tuple[str, tuple[str, ...]]:
    return answer.fate, answer.or_else


@pytest.mark.parametrize(
    ("lists", "found"),
    [
        # A late find does not raise the dead, in whichever order it was recorded.
        ([[fate("killed", when="2018-12-20"), fate("injured", when="2018-12-10")]], ("killed", ())),
        ([[fate("killed"), fate("injured")]], ("killed", ())),
        ([[fate("missing", when="2018-12-17")], [fate("killed", when="2018-12-19")]], ("killed", ())),
        ([[fate("injured")], [fate("killed")]], ("killed", ())),
        # Told of a time after the death: both stand.
        ([[fate("killed", when="2018-12-19"), fate("held", when="2019-02")]], ("killed", ("held",))),
        ([[fate("held", when="2019-02")], [fate("killed", when="2018-12-19")]], ("killed", ("held",))),
        ([[fate("killed", when="2018-12"), fate("held", when="2018-12-30")]], ("killed", ())),
        # A death without a date, as of an entry that was merged, takes no doubt away; nor does a later one.
        ([[fate("killed", when="2018-12-19"), fate("held", when="2019-02")], [fate("killed")]], ("killed", ("held",))),
        ([[fate("killed", when="2018-12-19"), fate("killed"), fate("held", when="2019-02")]], ("killed", ("held",))),
        (
            [[fate("killed", when="2018-12"), fate("held", when="2019-02"), fate("killed", when="2019-03")]],
            ("killed", ("held",)),
        ),
        ([[fate("killed"), fate("held", when="2019-02")]], ("killed", ())),
        # Dates before lists, lists where dates do not tell.
        ([[fate("held", when="2019-02"), fate("injured", when="2019-01")]], ("held", ())),
        ([[fate("held", when="2019-01/2019-03"), fate("injured", when="2019-02-03")]], ("injured", ())),
        ([[fate("injured", when="2019-01"), fate("held", when="2019-01-03")]], ("held", ())),
        ([[fate("held", when="2019-02"), fate("missing"), fate("injured", when="2019-01")]], ("missing", ())),
        # Between two lists the order is not known without dates, and it is said.
        ([[fate("held")], [fate("injured")]], ("held", ("injured",))),
        ([[fate("held", when="2019-02")], [fate("injured", when="2019-01")]], ("held", ())),
        ([[fate("held", when="2019-01")], [fate("injured", when="2019-02")]], ("injured", ())),
        ([[fate("held")], [fate("held")]], ("held", ())),
        ([[], [fate("missing")], [fate("injured")]], ("injured", ("missing",))),
        ([[], [fate("injured")], [fate("missing")]], ("injured", ("missing",))),
        ([[fate("unknown")], []], ("unknown", ())),
    ],
)
def test_the_last_fate_is_the_last_in_the_world_and_a_death_is_final(
    lists: list[list[dict[str, Any]]], found: tuple[str, tuple[str, ...]]
) -> None:
    own, *merged = lists
    assert found_of(known(*({"fates": each} for each in merged), fates=own)) == found


dated_fates = st.lists(
    st.builds(
        lambda what, so, claim: fate(what, **({"when": so} if so else {}), **({"claim": claim} if claim else {})),
        st.sampled_from(["killed", "injured", "missing", "held", "unknown"]),
        st.sampled_from(["", "2019-02", "2019-03-01/2019-03-20", "2019-03-14", "2019-04", "2019-03/.."]),
        st.sampled_from(["", "c1", "c2"]),
    ),
    max_size=3,
)


@given(lists=st.lists(dated_fates, min_size=2, max_size=3), at=st.sampled_from([None, MARCH]), order=st.randoms())
def test_a_merge_never_loses_a_death_whichever_entry_stays(
    lists: list[list[dict[str, Any]]], at: int | None, order: Any
) -> None:
    def found(own: list[dict[str, Any]], *merged: list[dict[str, Any]]) -> Any:
        return known(*({"fates": each} for each in merged), fates=own, at=at, in_force={"c1"})

    def dead(answer: Any) -> bool:
        return isinstance(answer, KnownPerson) and answer.fate == "killed" and (at is None or answer.holds == "certain")

    alone = [found(each) for each in lists]
    together = found(*lists)
    if at is None:
        assert dead(together) == any(dead(each) for each in alone)
    for each in alone:
        if dead(each):
            assert together.fate == "killed"
            # Nor does it take away a doubt whether somebody is dead.
            assert set(each.or_else) <= set(together.or_else)
    order.shuffle(lists)
    if any(dead(each) for each in alone):
        assert found_of(found(*lists)) == found_of(together)


@given(own=dated_fates, merged=dated_fates, day=st.sampled_from([*range(-30, 60, 3)]))
def test_nobody_is_certainly_dead_before_what_certainly_shows_them_alive(
    own: list[dict[str, Any]], merged: list[dict[str, Any]], day: int
) -> None:
    at = MARCH + day * DAY
    told = [one for one in (*own, *merged) if one.get("claim") != "c2"]
    begun = [
        when.bounds(one["when"]).earliest for one in told if one["fate"] not in ("killed", "unknown") and "when" in one
    ]
    deaths = [when.bounds(one["when"]) if "when" in one else None for one in told if one["fate"] == "killed"]
    found = known({"fates": merged}, fates=own, at=at, in_force={"c1"}, wanted=FatesWanted())
    dead = isinstance(found, KnownPerson) and found.fate == "killed"
    alive_later = any(first > at for first in begun)
    if dead and found.holds == "certain":
        assert not alive_later
        assert any(death is not None and death.latest <= at for death in deaths)
    if alive_later and isinstance(found, KnownPerson) and "killed" in (found.fate, *found.or_else):
        # It stands only as what is told of a time that was certainly before.
        assert any(death is not None and death.latest < max(begun) for death in deaths)
    # What certainly befell them is not lost for what perhaps did.
    sure = {
        one["fate"]
        for one in told
        if one["fate"] not in ("killed", "unknown") and "when" in one and when.bounds(one["when"]).latest <= at
    }
    if sure and not (dead and found.holds == "certain") and dead:
        assert any(death is not None and death.latest <= at for death in deaths), "at odds with it"


HELD, DIED = fate("held", when="2020-01-10"), fate("killed", when="2020-01")
MISSED, HURT = fate("missing", when="2020-01-02"), fate("injured", when="2020-01")


@pytest.mark.parametrize(
    ("fates", "at", "found"),
    [
        # He was held on the 10th, so he was alive until then; whether he was killed by a day of January nobody says.
        ([HELD, DIED], "2020-01-04", "not_then"),
        ([HELD, DIED], "2020-01-09", "not_then"),
        ([HELD, DIED], "2020-01-10", ("held", ("killed",), "certain")),
        ([HELD, DIED], "2020-01-30", ("held", ("killed",), "certain")),
        ([HELD, DIED], "2020-01-31", ("killed", (), "certain")),
        ([DIED, HELD], "2020-01-10", ("held", ("killed",), "certain")),
        ([HELD, fate("killed")], "2020-01-04", "not_then"),
        ([HELD, fate("killed")], "2020-03", ("held", ("killed",), "certain")),
        # What only may have befallen somebody says so.
        ([DIED], "2020-01-04", ("killed", (), "possible")),
        ([DIED], "2020-01-31", ("killed", (), "certain")),
        ([fate("killed")], "2020-01-04", ("killed", (), "undated")),
        ([fate("killed", when="2020-01-05?")], "2020-02", ("killed", (), "possible")),
        ([fate("killed", when="2020-01-05T14:00:00Z")], "2020-01-05", ("killed", (), "certain")),
        ([fate("killed", when="2020-01/2020-03")], "2020-02", ("killed", (), "possible")),
        ([fate("held", when="2020-01-05/2020-01-10")], "2020-01-10", ("held", (), "certain")),
        ([fate("held", when="2020-01-05/2020-01")], "2020-01-10", ("held", (), "possible")),
        ([fate("held", when="2020-01-05/..")], "2020-05", ("held", (), "certain")),
        ([fate("unknown", when="2020-01-05"), DIED], "2020-01-10", ("killed", (), "possible")),
        # A date that is not certain shows nobody alive.
        ([fate("held", when="2020-01-10?"), DIED], "2020-01-04", ("killed", (), "possible")),
        # Told of a time certainly after a death: both stand, and the death is not certain.
        ([fate("killed", when="2020-01-04"), HELD], "2020-01-05", ("killed", (), "possible")),
        ([fate("killed", when="2020-01-04"), HELD], "2020-01-11", ("killed", ("held",), "possible")),
        # What perhaps came after: in the order of the list where no date tells it.
        ([MISSED, HURT], "2020-01-20", ("missing", ("injured",), "certain")),
        ([HURT, MISSED], "2020-01-20", ("missing", (), "certain")),
        ([fate("missing"), HURT], "2020-01-20", ("injured", ("missing",), "possible")),
    ],
)  # fmt: skip
def test_of_a_day_it_is_told_whether_a_fate_had_befallen_somebody_by_then(
    fates: list[dict[str, Any]], at: str, found: Any
) -> None:
    answer = known(fates=fates, at=cut_off(at, field="at"), wanted=FatesWanted())
    assert ((answer.fate, answer.or_else, answer.holds) if isinstance(answer, KnownPerson) else answer) == found


def test_what_shows_somebody_alive_need_not_be_what_is_asked_about() -> None:
    fates = [fate("killed", when="2020-01"), fate("held", when="2020-01-10", incident="i2")]
    assert known(fates=fates, at=cut_off("2020-01-04", field="at")) == "not_then"
    found = known(fates=fates, at=cut_off("2020-01-11", field="at"))
    assert (found.fate, found.or_else, found.holds) == ("killed", (), "possible")


def test_somebody_told_of_after_their_death_is_warned_of() -> None:
    def first(*fates: dict[str, Any]) -> str | None:
        found = alive_after_death(PersonDetails.model_validate({"fates": fates}).fates, "UTC")
        return None if found is None else found.fate

    died = fate("killed", when="2018-12-19")
    assert first(died, fate("held", when="2019-02")) == "held"
    assert first(fate("missing", when="2019"), died) == "missing"
    assert first(died, fate("held", when="2018-12")) is None
    assert first(died, fate("held"), fate("unknown", when="2019"), fate("killed", when="2019")) is None
    assert first(fate("killed"), fate("held", when="2019")) is None


def test_a_fate_without_a_place_was_where_its_incident_was() -> None:
    wanted = FatesWanted(places={"p1": [ALL_TIME]}, incidents_there={"i1": [ALL_TIME]})
    assert known(fates=[fate("killed")], wanted=wanted).fate == "killed"
    assert known(fates=[fate("killed", place="p2")], wanted=wanted) == "not_reported"
    assert known(fates=[fate("killed", place="p1", incident="i2")], wanted=wanted).fate == "killed"


def test_a_fate_befell_somebody_in_a_place_while_that_was_inside() -> None:
    until = [(EARLIEST, cut_off("2015", field=""))]
    were = {"i1": "2014-08"}
    wanted = FatesWanted(places={"p1": until}, incidents_there={"i1": until})
    for there in ({"place": "p1"}, {}):
        assert known(fates=[fate("killed", **there)], wanted=wanted, were=were).fate == "killed"
        assert known(fates=[fate("killed", when="2015-12-31", **there)], wanted=wanted, were=were).fate == "killed"
        assert known(fates=[fate("killed", when="2016", **there)], wanted=wanted, were=were) == "not_reported"
        assert known(fates=[fate("held", when="2013", **there)], wanted=wanted, were=were).fate == "held"
    # What lasts, and has no stated end, lasted until the place was inside; what was over was over.
    since = [(cut_off("2015", field=""), LATEST)]
    wanted = FatesWanted(places={"p1": since}, incidents_there={"i1": since})
    for there in ({"place": "p1", "when": "2014"}, {"place": "p1"}, {}):
        assert known(fates=[fate("missing", **there)], wanted=wanted, were=were).fate == "missing"
        assert known(fates=[fate("killed", **there)], wanted=wanted, were=were) == "not_reported"
    assert known(fates=[fate("held", place="p1", when="2013/2014")], wanted=wanted) == "not_reported"


def test_what_an_entry_leaves_open_those_merged_into_it_may_tell() -> None:
    found = known({"name": "B", "age": 9, "sex": "male"}, fates=[fate("killed")], sex="female")
    assert (found.named, found.sex, found.age_high) == (True, "female", 9)


def test_the_fates_that_are_known_are_those_asked_about_that_a_claim_in_force_tells_of_in_every_entry() -> None:
    entries: tuple[dict[str, Any], dict[str, Any]] = (
        {"fates": [fate("killed", claim="m2"), fate("held", incident="i2")]},
        {"fates": [fate("injured", claim="r2")]},
    )
    by_r2 = known(entries[1], claims={"r2"}, in_force={"r2"}, reported_by=MARCH, **entries[0])
    assert (by_r2.fate, [one.claim for one in by_r2.fates]) == ("injured", ["r2"])
    by_both = known(entries[1], claims={"r2"}, in_force={"r2", "m2"}, **entries[0])
    assert [one.claim for one in by_both.fates] == ["m2", "r2"]


def test_counts_say_of_how_many_something_is_not_known() -> None:
    civilian = {"status": "civilian", "source": "s"}
    persons = [
        known(fates=[fate("killed")], name="A", age=40, sex="female", civilian_status=[civilian]),
        known(fates=[fate("killed")], names={"ar": "ب"}, age=4),
        known(fates=[fate("killed")], claims={"c1"}, in_force={"c1"}),
        known(fates=[fate("held")], civilian_status=[{"status": "combatant", "source": "s"}]),
    ]  # fmt: skip
    found = counted(persons, not_reported=2)
    assert (found["persons"], found["without_claims"], found["not_reported"]) == (4, 3, 2)
    held, killed = found["fates"]
    assert (held["fate"], held["persons"], held["civilians"]["no"], held["named"]) == ("held", 1, 1, 0)
    assert killed == {
        "fate": "killed",
        "persons": 3,
        "named": 2,
        "in_doubt": 0,
        "possible": 0,
        "civilians": {"yes": 1, "no": 0, "disputed": 0, "unknown": 2},
        "women": {"yes": 1, "no": 1, "unknown": 1},
        "children": {"yes": 1, "no": 1, "unknown": 1},
    }
    assert counted([], 0) == {"persons": 0, "fates": [], "without_claims": 0, "not_reported": 0}
