"""control-from-snapshots@2 where an actor only may have been part of another: the two are not one for that."""

from typing import Any

import pytest

from domain.control import CONTROL_FROM_SNAPSHOTS_1, ControlPicture
from domain.control import control as control_of
from domain.control_timeline import timeline
from domain.exclusions import exclusions
from domain.in_force import InForce
from domain.membership import ALL_TIME, Window, Windows, surely, window
from domain.sides import Sides
from tests.domain.claims_given import at, control, happened

ALWAYS = (ALL_TIME,)
AROUND = {"town": ALWAYS}


def says(claim: str, voice: str, actor: str, when: str, **more: Any) -> InForce:
    return control(claim, actor, **({"claimant": voice, "when": when, "published": "2021-06"} | more))


def event(claim: str, voice: str, kind: str, actor: str, when: str) -> InForce:
    return happened(claim, kind, [actor], claimant=voice, when=when, published="2021-06")


def joined(when: str) -> Sides:
    """A brigade that was part of the army by what is said of when."""
    sure = surely(when, "UTC")

    def by(times: tuple[Window, ...]) -> dict[str, dict[str, Windows]]:
        return {"brigade": {"brigade": ALWAYS, "army": times}, "army": {"army": ALWAYS}}

    return Sides(by((window(when, "UTC"),)), by(() if sure is None else (sure,)))


def picture(*claims: InForce, moment: str, when: str, **more: Any) -> ControlPicture:
    return control_of("town", claims, AROUND, joined(when), at(moment), **more)


def held(found: ControlPicture) -> tuple[str, tuple[str, ...]]:
    return found.verdict, found.holders


BY_ARMY = says("k1", "s1", "army", "2020-01-01/2020-03-10")
BY_BRIGADE = says("k2", "s2", "brigade", "2020-01-01/2020-03-10")


@pytest.mark.parametrize(
    ("when", "moment", "verdict", "listed"),
    [
        ("2020-02/..", "2020-01-31", "disputed", "certain"), ("2020-02/..", "2020-02-10", "order_unknown", "possible"),
        ("2020-02/..", "2020-02-29", "agreed", None), ("2020-02/..", "2020-03-05", "agreed", None),
        ("2020/..", "2020-02-10", "order_unknown", "possible"), ("2019?/..", "2020-02-10", "order_unknown", "possible"),
        ("2020-02-10/..", "2020-02-09", "disputed", "certain"), ("2020-02-10/..", "2020-02-10", "agreed", None),
        ("2020-02", "2020-02-10", "order_unknown", "possible"), ("../2020-02", "2020-01-31", "agreed", None),
    ],
)  # fmt: skip
def test_who_may_not_have_joined_yet_is_one_with_nobody(
    when: str, moment: str, verdict: str, listed: str | None
) -> None:
    """Nor are they in dispute: that the two excluded each other is not certain either, and is listed as possible."""
    found = picture(BY_ARMY, BY_BRIGADE, moment=moment, when=when)
    assert held(found) == (verdict, ("army", "brigade"))
    pairs = exclusions("town", [BY_ARMY, BY_BRIGADE], joined(when), at(moment))
    assert [pair.time for pair in pairs] == [listed] * (listed is not None)
    assert picture(BY_ARMY, BY_BRIGADE, moment=moment, when=when, rule=CONTROL_FROM_SNAPSHOTS_1).verdict != (
        "order_unknown"
    )


def test_by_whom_it_was_perhaps_taken_from_its_own_stands_beside() -> None:
    taken = event("k2", "s2", "capture", "brigade", "2020-02-10")
    for when, moment, expected in (
        ("2019/..", "2020-02-20", ("one_voice", ("army",))),
        ("2020/..", "2020-02-20", ("order_unknown", ("army", "brigade"))),
        ("2021/..", "2020-02-20", ("disputed", ("army", "brigade"))),
    ):  # fmt: skip
        assert held(picture(BY_ARMY, taken, moment=moment, when=when)) == expected


def test_who_left_and_may_have_been_another_ends_nothing_for_certain() -> None:
    """Nor in the timeline."""
    left, before = event("k2", "s2", "withdrawal", "brigade", "2020-02-10"), says("k1", "s1", "army", "2020-01-05")
    for when, expected, how in (
        ("2019/..", ("unknown", ()), "ended"), ("2020/..", ("order_unknown", ("army",)), "last_known"),
        ("2021/..", ("last_known", ("army",)), "last_known"),
    ):  # fmt: skip
        assert held(picture(before, left, moment="2020-02-20", when=when)) == expected
        line = timeline("town", [before, left], AROUND, joined(when))[0]
        assert [one.how for one in line.stretches if one.start <= at("2020-02-20") <= one.end] == [how]


def test_the_absence_of_who_may_have_been_the_whole_of_a_holder_disputes_nothing() -> None:
    gone = says("k3", "s3", "army", "2020-01-01/2020-03-10", status="absent")
    for when, verdict, listed in (
        ("2019/..", "disputed", "certain"), ("2020/..", "order_unknown", "possible"), ("2021/..", "one_voice", None)
    ):  # fmt: skip
        found = picture(BY_BRIGADE, gone, moment="2020-02-20", when=when)
        assert held(found) == (verdict, ("brigade",))
        pairs = exclusions("town", [BY_BRIGADE, gone], joined(when), None)
        assert [pair.time for pair in pairs] == [listed] * (listed is not None)
