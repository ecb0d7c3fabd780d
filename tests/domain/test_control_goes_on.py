"""control-from-snapshots@2 as `at` moves on, and nothing new is said: no certain hold is gone for a guess."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control import ControlPicture
from domain.control import control as control_of
from domain.exclusions import exclusions
from domain.in_force import InForce
from domain.sides import Sides
from domain.when import EARLIEST, LATEST, Instant
from tests.domain.claims_given import at, control, happened
from tests.histories import examples

ALWAYS = ((EARLIEST, LATEST),)
NOBODY = Sides({})
FORMS = [
    "2020-01-05", "2020-01-20", "2020-02-10", "2020-01", "2020-02", "2020-01/2020-02", "2020-01/2020-03",
    "2020-01-05/2020-02-20", "2020-01-05/2020-02", "2020-01/2020-02-10", "../2020-02-10", "2020-01-10/..",
    "2020-01-20?", "2020-01-05/2020-02-20?", "2020-02~", "202X", "2020-21", "2020", "2020-01-20T10:00:00Z",
    "2020-02-10/2020-03-10",
]  # fmt: skip


def says(claim: str, voice: str, kind: str, actor: str, when: str, place: str = "town") -> InForce:
    more: dict[str, Any] = {"claimant": voice, "when": when, "published": "2021-06", "place": place}
    if kind == "hold":
        return control(claim, actor, **more)
    return happened(claim, kind, [actor], **more)


def picture(*claims: InForce, moment: Instant, place: str = "town") -> ControlPicture:
    return control_of(place, claims, {"town": ALWAYS, "province": ALWAYS}, NOBODY, moment)


def moments_of(claims: Iterable[InForce]) -> list[Instant]:
    """Around each edge of a date, and between."""
    edges = {
        edge
        for claim in claims
        if (so := claim.so) is not None
        for edge in (so.earliest_start, so.latest_start, so.earliest_end, so.latest_end)
        if EARLIEST < edge < LATEST
    }
    found = sorted({edge + step for edge in edges for step in (-1, 0, 1)})
    between = [(one + other) // 2 for one, other in pairwise(found)]
    return sorted({*found, *between, found[-1] + 10**13})


def day(moment: Instant) -> str:
    return datetime.fromtimestamp(moment / 1_000_000, UTC).isoformat()


@pytest.mark.parametrize(
    ("kinds", "place"),
    [(("hold", "hold"), "town"), (("hold", "capture"), "town"), (("capture", "capture"), "town"),
     (("hold", "capture"), "province")],
)  # fmt: skip
def test_of_two_voices_no_holder_is_gone_and_back(kinds: tuple[str, str], place: str) -> None:
    """Whatever form their dates have; also where both speak of what lies around the place."""
    back = []
    for first, second in product(FORMS, FORMS):
        if kinds[0] == kinds[1] and first > second:
            continue
        claims = says("k1", "s1", kinds[0], "a", first, place), says("k2", "s2", kinds[1], "b", second, place)
        gone: dict[str, Instant] = {}
        before: set[str] = set()
        for moment in moments_of(claims):
            holders = set(picture(*claims, moment=moment).holders)
            back += [(first, second, actor, day(gone[actor]), day(moment)) for actor in holders & gone.keys()]
            gone |= dict.fromkeys(before - holders, moment)
            before = holders
    assert back == []


kinds = st.sampled_from(["hold", "hold", "capture"])
# Few enough to meet; the others come in between.
OFTEN = ["2020-01-20", "2020-02-10", "2020-01/2020-02", "2020-01/2020-03", "2020-01-05/2020-02-20?"]
forms = st.one_of(st.sampled_from(OFTEN), st.sampled_from(OFTEN), st.sampled_from(FORMS))
said = st.tuples(st.sampled_from(["s1", "s2", "s3"]), kinds, st.sampled_from("aabbc"), forms)


@examples(usual=150, thorough=5_000)
@given(st.lists(said, min_size=2, max_size=4))
def test_a_certain_holder_is_replaced_by_nobody_who_may_have_come_before(told: list[Any]) -> None:
    claims = [says(f"k{nth}", *one) for nth, one in enumerate(told)]
    established: dict[str, tuple[InForce, str]] = {}
    for moment in moments_of(claims):
        found = picture(*claims, moment=moment)
        # Of what its own voice tells otherwise next, it is not known until when it was so.
        changed = {one.claim.claim for one in found.states if one.state == "changed"}
        for claim, actor in established.values():
            others = [other for other in claims if other is not claim]
            if actor not in found.holders and claim.claim not in changed:
                over = any(is_over(claim, other, moment) for other in others)
                assert over or found.verdict == "unknown", (day(moment), claim.claim, found.holders)
        established |= {
            one.claim.claim: (one.claim, str(one.actor)) for one in found.governing if one.state == "certain"
        }


def is_over(claim: InForce, other: InForce, moment: Instant) -> bool:
    """Whether another word certainly began after the one was so for certain, or is the next one of its voice, by then;
    or is certain then, having begun later; or was the end of it, perhaps.
    """
    mine, its = claim.so, other.so
    assert mine is not None
    assert its is not None
    capture = other.content.kind == "occurrence"
    began, by = (its.earliest_end, its.latest_end) if capture else (its.earliest_start, its.latest_start)
    last = mine.latest_end if claim.content.kind == "occurrence" else max(mine.latest_start, mine.earliest_end - 1)
    if capture and its.latest_end >= mine.latest_end and began <= moment:
        return True
    if other.content.claimant == claim.content.claimant:
        return began <= moment
    proven = its.proven is not None and not capture and its.proven[0] <= moment <= its.proven[1]
    return began > last and (by <= moment or proven)


CAPTURED = says("k2", "s2", "capture", "b", "2020-02-10")


@pytest.mark.parametrize(
    ("through", "disputed", "unknown"),
    [
        # The first voice's time may be over from the first of its last month on, or once its last day is over.
        ("2020-01/2020-03", ["2020-02-10", "2020-02-29"], ["2020-03-01", "2020-03-31", "2020-04-01", "2020-09"]),
        ("2020-01-01/2020-03-10", ["2020-02-10", "2020-03-09", "2020-03-10"], ["2020-03-11", "2020-09"]),
        # When it began, or whether that is so, is not known: so neither is whether it denies that.
        ("2020-02/2020-03", [], ["2020-02-10", "2020-02-11", "2020-02-29", "2020-03-02", "2020-09"]),
        ("2020-01-01/2020-03-10?", [], ["2020-02-10", "2020-02-11", "2020-03-10", "2020-03-11", "2020-09"]),
    ],
)
def test_a_denied_capture_is_disputed_until_who_denies_it_may_be_over_and_stays(
    through: str, disputed: list[str], unknown: list[str]
) -> None:
    held = says("k1", "s1", "hold", "a", through)
    for moments, verdict in ((disputed, "disputed"), (unknown, "order_unknown")):
        for moment in moments:
            found = picture(held, CAPTURED, moment=at(moment))
            assert (moment, found.verdict, found.holders) == (moment, verdict, ("a", "b"))
    later = says("k3", "s3", "hold", "a", "2020-08-01")
    assert picture(held, CAPTURED, later, moment=at("2020-09")).holders == ("a",)


def test_so_it_is_where_all_is_said_of_the_province() -> None:
    held = says("k1", "s1", "hold", "a", "2020-01-01/2020-03-10", "province")
    captured = says("k2", "s2", "capture", "b", "2020-02-10", "province")
    for moment, verdict in (("2020-02-15", "disputed"), ("2020-03-10", "disputed"), ("2020-03-11", "order_unknown")):
        for place in ("town", "province"):
            found = picture(held, captured, moment=at(moment), place=place)
            assert (found.verdict, found.holders) == (verdict, ("a", "b"))


def test_of_two_holds_whose_order_is_not_told_neither_replaces_the_other() -> None:
    day_, months = says("k1", "s1", "hold", "a", "2020-01-05"), says("k2", "s2", "hold", "b", "2020-01/2020-02")
    for moment in ("2020-01-05", "2020-01-06", "2020-01-31", "2020-02-10", "2020-03-01"):
        found = picture(day_, months, moment=at(moment))
        assert (found.verdict, found.holders) == ("order_unknown", ("a", "b"))
    # What is certainly later is.
    next_ = says("k2", "s2", "hold", "b", "2020-02")
    assert picture(day_, next_, moment=at("2020-02-10")).holders == ("a", "b")
    assert picture(day_, next_, moment=at("2020-02-29")).holders == ("b",)


@pytest.mark.parametrize("held", ["2020-02", "2020-02-10", "2020-02~"])
@pytest.mark.parametrize("kind", ["capture", "hold"])
@pytest.mark.parametrize("other", ["2020", "202X"])
def test_a_month_is_no_less_known_than_a_day(held: str, kind: str, other: str) -> None:
    """Who captured the town in the year may have done so before another held it, on whichever day that was."""
    words = says("k1", "s1", "hold", "a", held), says("k2", "s2", kind, "b", other)
    for moment in ("2020-03-01", "2020-12-31", "2021-05"):
        found = picture(*words, moment=at(moment))
        assert (found.verdict, found.holders) == ("order_unknown", ("a", "b"))


def test_what_one_voice_says_of_two_is_in_an_order() -> None:
    """Whoever tells of both means that the one came after the other, once that is certain."""
    day_, months = says("k1", "s1", "hold", "a", "2020-01-05"), says("k2", "s1", "hold", "b", "2020-01/2020-03")
    assert picture(day_, months, moment=at("2020-01-20")).holders == ("a", "b")
    for moment in ("2020-02-10", "2020-03-10", "2020-09"):
        assert picture(day_, months, moment=at(moment)).holders == ("b",)


DAYS = [
    "2020-02-10", "2020-02-10/2020-03-10", "2020-01-05/2020-02-10", "2020-01/2020-03", "2020-02-09/2020-02-10",
    "2020-02-10T10:00:00Z", "2020-02-10T10:00:00Z/2020-03", "2020-02", "2020-02-11/..", "2020-02-09", "2020-02-11",
]  # fmt: skip
of_one_day = st.fixed_dictionaries(
    {"claimant": st.sampled_from(["s1", "s2", "s3"]), "when": st.sampled_from(DAYS),
     "place": st.sampled_from(["town", "town", "town", "province"])}
)  # fmt: skip
holds = st.builds(
    lambda more, extent: more if extent is None else more | {"extent": extent},
    of_one_day, st.sampled_from([None, None, "all", "part"]),
)  # fmt: skip
words = st.one_of(
    st.builds(lambda actor, more: control("", actor, **more), st.sampled_from("ab"), holds),
    st.builds(lambda actor, more: control("", actor, status="absent", **more), st.sampled_from("ab"), holds),
    st.builds(
        lambda kind, by, more: happened("", kind, by, **more),
        st.sampled_from(["capture", "capture", "withdrawal"]), st.sampled_from(["a", "b", "ab"]), of_one_day,
    ),
)  # fmt: skip
told_of_one_day = st.lists(words, min_size=2, max_size=4).map(
    lambda told: [replace(claim, claim=f"k{nth}") for nth, claim in enumerate(told)]
)
told_of_months = st.lists(said, min_size=2, max_size=4).map(
    lambda told: [says(f"k{nth}", *one) for nth, one in enumerate(told)]
)


@examples(usual=300, thorough=5_000)
@given(st.one_of(told_of_months, told_of_one_day, told_of_one_day))
def test_who_disputes_a_place_at_a_moment_contradicts_another_at_some_time(claims: list[InForce]) -> None:
    """Not always at that one: the picture goes on from what is denied, and the list tells when that was. Of what is
    implied by what lies around the place the list of that tells.
    """
    around = {"town": ALWAYS, "province": ALWAYS}
    here, there = (
        [pair for pair in exclusions(place, claims, NOBODY, None, near) if pair.time == "certain"]
        for place, near in (("town", around), ("province", {"province": ALWAYS}))
    )
    pairs = {frozenset((pair.one.claim.claim, pair.other.claim.claim)) for pair in (*here, *there)}
    for moment in moments_of(claims):
        found = picture(*claims, moment=moment)
        disputing = {one.claim.claim for one in found.governing}
        if found.verdict == "disputed":
            assert any(pair <= disputing for pair in pairs), day(moment)
        # What is listed of the moment itself is proven then, and disputes the place.
        for pair in exclusions("town", claims, NOBODY, moment):
            words = pair.one, pair.other
            whole = all(one.extent is None and one.status == "controls" for one in words)
            if pair.time == "certain" and whole and all(one.certain_throughout(moment, moment) for one in words):
                assert found.verdict == "disputed", day(moment)


@pytest.mark.parametrize(
    ("status", "actor"),
    [("controls", "a"), ("absent", "b")],
)
def test_a_hold_that_begins_on_the_day_of_a_capture_may_have_come_after_it(status: str, actor: str) -> None:
    """As no pair is listed of the two, the place is disputed at no time: which came later is what is not known."""
    capture = says("k2", "s2", "capture", "b", "2020-02-10")
    since = control("k1", actor, status=status, claimant="s1", when="2020-02-10/2020-03-10", published="2021-06")
    for moment in ("2020-02-10", "2020-02-11", "2020-03-09"):
        assert picture(since, capture, moment=at(moment)).verdict == "order_unknown"
    assert exclusions("town", [since, capture], NOBODY, None) == []
    # A day earlier it was there before the capture came, and says that nothing came.
    since = control("k1", actor, status=status, claimant="s1", when="2020-02-09/2020-03-10", published="2021-06")
    assert picture(since, capture, moment=at("2020-02-10")).verdict == "disputed"
    assert len(exclusions("town", [since, capture], NOBODY, None)) == 1
