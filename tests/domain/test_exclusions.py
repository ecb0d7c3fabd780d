"""Holders of a place that exclude each other at a certain time."""

from typing import Any

import pytest

from domain.exclusions import exclusions
from domain.in_force import InForce
from domain.membership import ALL_TIME
from domain.sides import Sides
from domain.when import LATEST
from tests.domain.claims_given import at, control, happened

SIDES = Sides({"ypg": {"ypg": (ALL_TIME,), "sdf": (ALL_TIME,)}})
DAY = "2018-12-17"


def pairs(*claims: InForce, moment: str | None = None) -> list[tuple[str, str]]:
    found = exclusions("town", claims, SIDES, None if moment is None else at(moment))
    return [(pair.one.claim.claim, pair.other.claim.claim) for pair in found]


def test_two_voices_name_two_holders_of_one_day() -> None:
    one, other = control("c1", "is", claimant="s1", when=DAY), control("c2", "sdf", claimant="s2", when=DAY)
    assert pairs(other, one) == [("c1", "c2")]
    assert pairs(one, other, moment=DAY) == [("c1", "c2")]
    assert pairs(one, other, moment="2018-12-18") == []


@pytest.mark.parametrize(
    "more",
    [
        {"claimant": "s1"},
        {"when": "2018-12"},
        {"when": "2018-12-18"},
        {"when": None},
        {"actor": "is"},
        {"actor": None},
        {"extent": "pockets"},
        {"place": "elsewhere"},
        {"status": "contests"},
        {"hedge": "intended"},
        {"withdrawn": True},
        {"discredited": True},
    ],
)
def test_what_does_not_exclude(more: dict[str, object]) -> None:
    other = {"claimant": "s2", "when": DAY, "actor": "sdf"} | more
    assert pairs(control("c1", "is", claimant="s1", when=DAY), control("c2", **other)) == []  # type: ignore[arg-type]


def test_a_capture_proves_its_end_and_a_part_of_a_side_excludes_nobody_of_it() -> None:
    held = control("c1", "is", claimant="s1", when="2018-12-10/2018-12-20")
    taken = happened("c2", "capture", ["ypg"], claimant="s2", when=f"2018-12-01/{DAY}")
    assert pairs(held, taken) == [("c2", "c1")]
    assert pairs(control("c1", "sdf", claimant="s1", when=DAY), taken) == []


def test_who_was_of_one_side_for_a_part_of_the_time_only_excludes_the_other_in_the_rest() -> None:
    joined = Sides({"hts": {"hts": (ALL_TIME,), "army": ((at("2024-12-31") + 1, LATEST),)}})

    def excluded(since: str, moment: str | None = None, **more: Any) -> bool:
        claims = [
            control("c1", "hts", claimant="s1", when=f"{since}/2025-12-01", published="2026"),
            control("c2", "army", claimant="s2", when=f"{since}/2025-12-01", published="2026", **more),
        ]
        return bool(exclusions("town", claims, joined, None if moment is None else at(moment)))

    assert excluded("2017-07-23")
    assert excluded("2017-07-23", "2017-07-23")
    assert not excluded("2017-07-23", "2025-07-23")
    assert not excluded("2025-01-01")
    # The absence of the whole is that of its part, for as long as it may be one.
    assert excluded("2025-01-01", status="absent")
    assert excluded("2017-07-23", status="absent")
    assert not excluded("2017-07-23", "2017-07-23", status="absent")


def test_who_is_absent_or_part_of_who_is_holds_nothing() -> None:
    gone = control("c1", "sdf", claimant="s1", status="absent", when=DAY)
    assert pairs(gone, control("c2", "ypg", claimant="s2", when=DAY)) == [("c1", "c2")]
    assert pairs(gone, control("c2", "is", claimant="s2", when=DAY)) == []
    part_gone = control("c1", "ypg", claimant="s1", status="absent", when=DAY)
    assert pairs(part_gone, control("c2", "sdf", claimant="s2", when=DAY)) == []
    assert pairs(gone, control("c2", "sdf", claimant="s2", status="absent", when=DAY)) == []


def test_unattributed_claims_of_two_reports_are_two_voices_and_of_one_origin_one() -> None:
    one, other = control("c1", "is", "r1", when=DAY), control("c2", "sdf", "r2", when=DAY)
    assert pairs(one, other) == [("c1", "c2")]
    one, other = (
        control("c1", "is", "r1", when=DAY, same_origin="x"),
        control("c2", "sdf", "r2", when=DAY, same_origin="x"),
    )
    assert pairs(one, other) == []
