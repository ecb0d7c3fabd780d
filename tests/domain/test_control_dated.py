"""control-from-snapshots@2 where an event says when a place changed hands, and where nobody does."""

from typing import Any

import pytest

from domain.control import ControlPicture, ControlRule
from domain.control import control as control_of
from domain.control_timeline import HeldStretch, timeline
from domain.in_force import InForce
from domain.sides import Sides
from domain.taken_inside import taken_inside
from domain.when import EARLIEST, LATEST, rfc3339
from tests.domain.claims_given import at, control, happened

ALWAYS = ((EARLIEST, LATEST),)
AROUND: dict[str, Any] = {"town": ALWAYS, "province": ALWAYS}
SIDES = Sides({"brigade": {"brigade": ALWAYS, "army": ALWAYS}})
BETWEEN = "2023-12-31"


def picture(*claims: InForce, at_: str | None = BETWEEN, rule: ControlRule | None = None) -> ControlPicture:
    more: Any = {"rule": rule} if rule else {}
    return control_of("town", claims, AROUND, SIDES, None if at_ is None else at(at_), **more)


def held(*claims: InForce, at_: str | None = BETWEEN) -> tuple[str, tuple[str, ...]]:
    found = picture(*claims, at_=at_)
    return found.verdict, found.holders


def said(claim: str, actor: str | None, when: str, claimant: str | None = "monitor", **more: Any) -> InForce:
    return control(claim, actor, **({"claimant": claimant, "when": when, "published": "2025"} | more))


def did(claim: str, type_: str, when: str | None, claimant: str | None = "monitor", **more: Any) -> InForce:
    rest: dict[str, Any] = {name: more.pop(name) for name in ("place", "hedge") if name in more}
    return happened(claim, type_, [], claimant=claimant, when=when, published="2025", actors=more, **rest)


def told(*claims: InForce, voice: str = "monitor") -> list[tuple[str, str | None, str, str | None, str]]:
    """What comes after what is stated: how, of whom, from which day to which, by which claims."""
    found = []
    for line in timeline("town", claims, AROUND, SIDES):
        if line.voice.claimant == voice:
            found += [one for one in line.stretches if one.how != "stated"]
    return [(one.how, one.actor, *_days(one), " ".join(one.claims)) for one in found]


def _days(one: HeldStretch) -> tuple[str, str | None]:
    end = rfc3339(one.end)
    return str(rfc3339(one.start))[:10], end and end[:10]


ARMY = said("x1", "army", "2023-03-30")
TAKEN = did("x2", "capture", "2024-02-21", by=["front"], against=["army"])


def test_who_lost_the_place_by_its_capture_is_presumed_to_have_held_it_until_then() -> None:
    assert held(ARMY, TAKEN) == held(ARMY, TAKEN, at_="2024-02-20") == ("presumed", ("army",))
    assert [one.by for one in picture(ARMY, TAKEN).states] == ["x2"]
    assert held(ARMY, TAKEN, at_="2024-02-22") == ("last_known", ("front",))
    assert told(ARMY, TAKEN) == [
        ("presumed", "army", "2023-03-31", "2024-02-20", "x1 x2"),
        ("last_known", "front", "2024-02-22", None, "x2"),
    ]


def test_a_capture_that_does_not_say_from_whom_ends_what_is_last_known() -> None:
    taken = did("x2", "capture", "2024-02-21", by=["front"])
    assert held(ARMY, taken) == ("last_known", ("army",))
    assert [one[:4] for one in told(ARMY, taken)] == [
        ("last_known", "army", "2023-03-31", "2024-02-20"),
        ("last_known", "front", "2024-02-22", None),
    ]
    # From a part of the army, or by one: of who held all of it until then it says nothing.
    assert held(ARMY, did("x2", "capture", "2024-02-21", by=["front"], against=["brigade"])) == (
        "last_known",
        ("army",),
    )
    assert held(ARMY, did("x2", "capture", "2024-02-21", by=["brigade"])) == ("last_known", ("army",))
    # Who takes what he held is not known to have held it all the while.
    assert held(ARMY, did("x2", "capture", "2024-02-21", by=["army"])) == ("last_known", ("army",))


@pytest.mark.parametrize(
    "further", [[], [did("x3", "capture", "2024-02-21", by=["front"])], [said("x3", "front", "2024-03")]]
)
def test_who_withdrew_is_presumed_to_have_held_it_until_then(further: list[InForce]) -> None:
    left = did("x2", "withdrawal", "2024-02-20", by=["army"])
    claims = [ARMY, left, *further]
    assert held(*claims) == held(*claims, at_="2024-02-19") == ("presumed", ("army",))
    assert told(*claims)[0] == ("presumed", "army", "2023-03-31", "2024-02-19", "x1 x2")
    assert told(*claims)[1][:3] == ("ended", "army", "2024-02-20")
    # That another left says nothing of who held it.
    other = did("x2", "withdrawal", "2024-02-20", by=["front"])
    assert held(ARMY, other) == ("last_known", ("army",))


def test_a_capture_from_others_says_that_it_had_changed_hands_before() -> None:
    taken = did("x2", "capture", "2024-02-21", by=["state"], against=["front"])
    assert held(ARMY, taken) == ("unknown", ())
    assert told(ARMY, taken)[0] == ("changed", "army", "2023-03-31", "2024-02-20", "x1 x2")
    # Unless somebody says when.
    dated = did("y1", "capture", "2023-06-01", "other", by=["front"])
    assert held(ARMY, taken, dated, at_="2023-05-31") == ("last_known", ("army",))


def test_an_absence_ends_when_its_actor_takes_the_place() -> None:
    absent = said("x1", "front", "2023-03-30", status="absent")
    assert [one.state for one in picture(absent, TAKEN).states] == ["last_known"]
    assert [one.state for one in picture(absent, TAKEN, at_="2024-03").states if one.status == "absent"] == []
    # That it was taken from him says that he had come.
    lost = did("x2", "capture", "2024-02-21", by=["army"], against=["front"])
    assert [(one.state, one.by) for one in picture(absent, lost).states] == [("changed", "x2")]


def test_what_another_voice_dates_did_not_change_at_some_time() -> None:
    after = said("x2", "front", "2024-11-29")
    assert held(ARMY, after) == ("unknown", ())
    taken = did("y1", "capture", "2024-02-21", "other", by=["front"])
    assert held(ARMY, after, taken) == ("last_known", ("army",))
    assert held(ARMY, after, taken, at_="2024-03") == ("last_known", ("front",))
    assert [one[:4] for one in told(ARMY, after, taken)][:2] == [
        ("last_known", "army", "2023-03-31", "2024-02-20"),
        ("ended", "army", "2024-02-21", "2024-11-28"),
    ]
    # Of what came later than they surely held it, nothing is dated.
    late = did("y1", "capture", "2025-01", "other", by=["state"])
    assert held(ARMY, after, late) == ("unknown", ())


def test_a_month_in_which_it_was_taken_and_held_is_told_once() -> None:
    after = said("x3", "front", "2024-02")
    taken = did("x2", "capture", "2024-02-21", by=["front"])
    assert held(ARMY, after, taken, at_="2024-01-31") == ("last_known", ("army",))


def test_between_two_snapshots_that_differ_it_is_told_between_when_it_changed() -> None:
    absent = said("x2", "front", "2024-11-29", status="absent")
    found = picture(said("x1", "front", "2023-03"), absent)
    assert (found.verdict, found.holders) == ("unknown", ())
    assert [(one.actor, one.claim.claim, one.by, one.between) for one in found.changed] == [
        ("front", "x1", "x2", (at("2023-03"), at("2024-11-28") + 1))
    ]
    assert picture(said("x1", "front", "2023-03"), absent, rule="control-from-snapshots@1").changed == ()
    # Where somebody is known to hold it, or was later, there is nothing of that.
    assert picture(said("x1", "front", "2023-03"), absent, said("y1", "army", "2023-06", "other")).changed == ()
    left = did("y2", "withdrawal", "2023-07-01", "third", by=["army"])
    assert picture(said("x1", "front", "2023-03"), absent, said("y1", "army", "2023-06", "other"), left).changed == ()


def test_what_is_implied_ends_by_an_event_in_the_same_place_alike() -> None:
    army = said("x1", "army", "2023-03-30", place="province", extent="all")
    lost = did("x2", "capture", "2024-02-21", by=["front"], against=["army"], place="province")
    assert held(army, lost) == ("presumed", ("army",))
    # In the town alone its voice says no more of the province.
    assert held(army, TAKEN) == ("last_known", ("army",))


def test_who_does_not_vouch_for_an_event_dates_nothing_that_is_vouched_for() -> None:
    heard = happened(
        "x2", "capture", [], claimant="monitor", when="2024-02-21", published="2025", hedge="hearsay",
        actors={"by": ["front"], "against": ["army"]},
    )  # fmt: skip
    assert held(ARMY, heard) == ("last_known", ("army",))


@pytest.mark.parametrize("status", ["encircles", "contests", "absent"])
@pytest.mark.parametrize("voice", ["monitor", "other"])
def test_who_took_the_place_besieges_it_no_more(status: str, voice: str) -> None:
    more: Any = {"extent": "part"} if status == "absent" else {}
    siege = said("x1", "brigade", "2023-03-30", status=status, **more)

    def beside(taken: InForce, at_: str | None) -> list[str]:
        return [one.claim.claim for one in picture(siege, taken, at_=at_).beside]

    for by in ("brigade", "army"):
        taken = did("x2", "capture", "2023-09-01", voice, by=[by])
        assert beside(taken, "2023-08-31") == beside(taken, "2023-09-01T12:00:00Z") == ["x1"]
        assert beside(taken, "2023-09-01") == beside(taken, "2024") == beside(taken, None) == []
    for taken in (
        did("x2", "capture", "2023-09-01", voice, by=["front"]),
        did("x2", "capture", "2023-03-30", voice, by=["army"]),
        did("x2", "capture", "2023-09-01", voice, by=["army"], hedge="hearsay"),
        did("x2", "capture", None, voice, by=["army"]),
        did("x2", "withdrawal", "2023-09-01", voice, by=["front"]),
        said("x2", "army", "2023-09-01", voice, status="contests"),
    ):
        assert "x1" in beside(taken, "2024")
    present = said("x1", "brigade", "2023-03-30", status="present")
    assert picture(present, did("x2", "capture", "2023-09-01", by=["brigade"]), at_="2024").beside != ()


def test_what_was_only_heard_of_is_over_with_what_was_only_heard_of() -> None:
    siege = said("x1", "army", "2023-03-30", status="encircles", hedge="hearsay")
    taken = did("x2", "capture", "2023-09-01", by=["army"], hedge="possible")
    assert picture(siege, taken, at_="2024").beside == ()


# What others have taken inside a place of all of which somebody held it.

PROVINCE = said("k1", "front", "2023-03-30", place="province", extent="all")


def inside(
    *claims: InForce, at_: str | None = "2023-09-30", province: InForce = PROVINCE
) -> list[tuple[str, str | None]]:
    moment = None if at_ is None else at(at_)
    outer = control_of("province", [province], {"province": ALWAYS}, SIDES, moment)
    towns = {"town": control_of("town", [province, *claims], AROUND, SIDES, moment)}
    return [(one.state.claim.claim, one.state.actor) for one in taken_inside(outer, towns, SIDES, moment)]


def test_what_others_took_inside_since_is_told_with_the_whole() -> None:
    taken = did("k2", "capture", "2023-09-01", by=["army"], against=["front"])
    assert inside(taken) == inside(taken, at_=None) == [("k2", "army")]
    assert inside(taken, at_="2023-08-31") == []
    assert inside(said("k2", "army", "2023-09-01", "other", extent="part")) == [("k2", "army")]
    # Its own side, what is older, what nobody vouches for, what was undone, and what does not say all.
    assert inside(did("k2", "capture", "2023-09-01", by=["front"])) == []
    assert inside(did("k2", "capture", "2023-03-30", by=["army"])) == []
    assert inside(did("k2", "capture", "2023-03-01", by=["army"])) == []
    assert inside(did("k2", "capture", "2023-09-01", by=["army"], hedge="hearsay")) == []
    assert inside(taken, did("k3", "capture", "2023-09-10", by=["front"])) == []
    assert inside(taken, province=said("k1", "front", "2023-03-30", place="province")) == []
    brigade = said("k1", "brigade", "2023-03-30", place="province", extent="all")
    assert inside(taken, province=brigade) == []
