"""The naive rule of control: `control-from-snapshots` of docs/rules.md, both versions, worked out again, pair by pair.

Claims and voices are those of tests/naive_rules.py; `around` maps a place to the windows in which the one asked about
may have been inside it (itself: always), `sides` an actor to itself and all that it is part of.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from domain import when
from tests.naive_rules import (
    DAY,
    Claim,
    Voice,
    certainly_earlier,
    counted,
    may_have_begun,
    one_voice_for_all_unattributed,
    voice_of,
    voices_among,
)

Around = Mapping[str, Sequence[tuple[int, int]]]
Sides = Mapping[str, frozenset[str]]
RANKS = {"certain": 0, "possible": 0, "presumed": 1, "last_known": 2, "undated": 3}
VERDICTS = ["agreed", "presumed", "last_known", "undated"]


class Snapshot(NamedTuple):
    """That an actor (None: somebody) `controls` a place or is `absent`, at some time, by one claim."""

    claim: Claim
    actor: str | None
    status: str
    so: when.Span | None
    proven: tuple[int, int] | None

    @property
    def voice(self) -> Voice:
        return voice_of(self.claim)

    @property
    def about(self) -> str:
        place: str = self.claim["content"]["place"]
        return place

    @property
    def partial(self) -> bool:
        return self.claim["content"].get("extent") in ("part", "pockets")

    def within(self, window: tuple[int, int]) -> "Snapshot":
        held = self.proven and (max(self.proven[0], window[0]), min(self.proven[1], window[1]))
        return self._replace(so=self.so and clipped(self.so, window), proven=held)

    @property
    def says(self) -> tuple[str | None, str]:
        return self.actor, self.status


def control_picture(
    place: str,
    claims: Sequence[Claim],
    around: Around,
    sides: Sides,
    at: int | None,
    *,
    version: int = 2,
    undated: bool = False,
) -> dict[str, Any]:
    standing, aside = counted(claims)
    standing = as_told(standing, version)
    everything = snapshots_of(place, standing, around)
    dated_only = version == 2 and at is not None and not undated
    snapshots = [snapshot for snapshot in everything if snapshot.so or not dated_only]
    enders = enders_of(standing, around)
    states = [
        (snapshot, *state(snapshot, snapshots, enders, sides, at))
        for snapshot in snapshots
        if counts(snapshot, snapshots, at)
    ]
    open_ = False
    if version == 1:
        governing = governing_of(place, states, sides)
    else:
        governing, open_ = governing_by_later_events(place, states, enders, sides, at)
    found = verdict(place, states, governing, sides, open_)
    if not governing and captured_by_each_other(place, states, enders, sides, at):
        found["verdict"] = "order_unknown"
    voices = voices_among([snapshot.voice for snapshot, *_ in governing])
    if version == 2 and found["verdict"] == "agreed":
        found["verdict"] = ["unattributed", "one_voice", "agreed"][min(voices["voices"], 2)]
    beside_it = beside(place, standing, at)
    without_date = [shown(place, snapshot, "undated", None) for snapshot in everything if not snapshot.so]
    without_date += [(id_, actor, status, True, *rest) for id_, actor, status, *rest in beside_it if "undated" in rest]
    return {
        **found,
        "holders": sorted({snapshot.actor for snapshot, *_ in governing}),
        **voices,
        "governing": sorted((shown(place, *each) for each in governing), key=repr),
        "states": sorted((shown(place, *each) for each in states), key=repr),
        "beside": sorted((each for each in beside_it if not dated_only or "undated" not in each), key=repr),
        "undated": sorted(without_date if dated_only else [], key=repr),
        "set_aside": sorted(aside),
    }


def as_told(claims: Sequence[Claim], version: int = 2) -> list[Claim]:
    """With `dated`, what a claim is dated to, and `so`, what its report can tell of that by its own publication."""
    return [claim | {"dated": claim["so"], "so": until_out(claim) if version == 2 else claim["so"]} for claim in claims]


def until_out(claim: Claim) -> when.Span | None:
    """No later than the report was out by, or than the day in its date on which that was."""
    so, out = claim["so"], claim["published"][1]
    if so is None or so.earliest_start > out:
        return so  # type: ignore[no-any-return]
    last = out
    for first, end in ((so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end)):
        if first <= out and is_fine(first, end):
            last = max(last, end)
    edges = (so.earliest_start, so.latest_start, so.earliest_end, so.latest_end)
    return when.Span(*(min(edge, last) for edge in edges))


def is_fine(first: int, last: int) -> bool:
    """A day, which may have 25 hours, or less."""
    return last - first < DAY + 2 * DAY // 24


def shown(place: str, snapshot: Snapshot, how: str, age: int | None) -> tuple[Any, ...]:
    return snapshot.claim["id"], snapshot.actor, snapshot.status, snapshot.about == place, how, age


def snapshots_of(place: str, claims: Sequence[Claim], around: Around) -> list[Snapshot]:
    """Those about the place, and those that imply the same for it while it may have been inside."""
    found = []
    for claim in claims:
        for one in snapshots_in(claim):
            if one.about == place:
                found.append(one)
            elif not one.partial and one.status != "absent":
                windows = [window for window in around.get(one.about, ()) if meets(one.so, window)]
                # What has no date has none in each of them.
                found += [one.within(window) for window in (windows if one.so else windows[:1])]
    return found


def snapshots_in(claim: Claim) -> list[Snapshot]:
    content, so = claim["content"], claim["so"]
    if content["kind"] == "control" and content["status"] in ("controls", "absent"):
        held = proven_within(claim["dated"], so)
        return [Snapshot(claim, content.get("actor"), content["status"], so, held)]
    if content["kind"] == "occurrence" and content["type"] == "capture":
        end = end_of(so)
        held = proven_within(end_of(claim["dated"]), end)
        return [Snapshot(claim, actor, "controls", end, held) for actor in by_whom(claim)]
    return []


def by_whom(claim: Claim) -> list[str]:
    actors: list[str] = claim["content"].get("actors", {}).get("by", [])
    return actors


def end_of(so: when.Span | None) -> when.Span | None:
    """Some moment within the bounds of its end."""
    return so and when.Span(so.earliest_end, so.latest_end, so.earliest_end, so.latest_end)


def meets(so: when.Span | None, window: tuple[int, int]) -> bool:
    """Whether the place may have been inside at the time."""
    return so is None or (so.earliest_start <= window[1] and window[0] <= so.latest_end)


def inside(so: when.Span | None, windows: Sequence[tuple[int, int]]) -> bool:
    return any(meets(so, window) for window in windows)


def clipped(so: when.Span, window: tuple[int, int]) -> when.Span:
    """That part of it in which the place may have been inside."""
    first, last = window
    edges = (so.earliest_start, so.latest_start, so.earliest_end, so.latest_end)
    return when.Span(*(min(max(edge, first), last) for edge in edges))


def proven(so: when.Span | None) -> tuple[int, int] | None:
    """An interval for what certainly belongs to it, a day or a second for all of it, what is less fine nowhere."""
    if so is None:
        return None
    if (so.earliest_start, so.latest_start) != (so.earliest_end, so.latest_end):
        return so.latest_start, so.earliest_end
    return (so.earliest_start, so.latest_end) if is_fine(so.earliest_start, so.latest_end) else None


def proven_within(dated: when.Span | None, so: when.Span | None) -> tuple[int, int] | None:
    """Of what its date proves, that which its report can tell of."""
    held = proven(dated)
    if held is None or so is None:
        return None
    return (max(held[0], so.earliest_start), min(held[1], so.latest_end))


def proven_at(proven: tuple[int, int] | None, at: int) -> bool:
    return proven is not None and proven[0] <= at <= proven[1]


def counts(snapshot: Snapshot, snapshots: Sequence[Snapshot], at: int | None) -> bool:
    """Whether it may have begun by `at`, and is not certainly earlier than another of the voice about the same."""
    if not may_have_begun(snapshot.so, at):
        return False
    voice = one_voice_for_all_unattributed(snapshot.claim)
    return not any(
        other.about == snapshot.about
        and one_voice_for_all_unattributed(other.claim) == voice
        and may_have_begun(other.so, at)
        and certainly_earlier(snapshot.so, other.so)
        for other in snapshots
    )


Ender = tuple[Claim, when.Span]
ANY_TIME = when.Span(when.EARLIEST, when.LATEST, when.EARLIEST, when.LATEST)


def enders_of(claims: Sequence[Claim], around: Around) -> list[Ender]:
    """The captures and withdrawals in the place, or around it while it may have been inside, each with its end."""
    return [
        (claim, clipped(end_of(claim["so"]) or ANY_TIME, window))
        for claim in claims
        if claim["content"]["kind"] == "occurrence" and claim["content"]["type"] in ("capture", "withdrawal")
        for window in around.get(claim["content"]["place"], ())
        if meets(end_of(claim["so"]), window)
    ]


def state(
    snapshot: Snapshot, snapshots: Sequence[Snapshot], enders: Sequence[Ender], sides: Sides, at: int | None
) -> tuple[str, int | None]:
    so = snapshot.so
    if so is None:
        return "undated", None
    if at is None:
        return ("ended" if ended(snapshot, enders, sides, when.LATEST + 1) else "last_known"), None
    if proven_at(snapshot.proven, at):
        return "certain", None
    if so.earliest_start <= at <= so.latest_end:
        return "possible", None
    following = following_of(snapshot, snapshots, at)
    same = bool(following) and all(other.says == snapshot.says for other in following)
    if same and not ended(snapshot, enders, sides, begin_of(following[0])):
        return "presumed", None
    if ended(snapshot, enders, sides, at + 1):
        return "ended", None
    if following and not same:
        return "changed", None
    return "last_known", (at - so.latest_end) // DAY


def following_of(snapshot: Snapshot, snapshots: Sequence[Snapshot], at: int) -> list[Snapshot]:
    """What the voice says next of the same place: of those that begin after `at`, the first."""
    later = [
        other
        for other in snapshots
        if (other.voice, other.about) == (snapshot.voice, snapshot.about) and begin_of(other) > at
    ]
    return [other for other in later if begin_of(other) == min(map(begin_of, later))]


def begin_of(snapshot: Snapshot) -> int:
    return when.EARLIEST if snapshot.so is None else snapshot.so.earliest_start


def ended(snapshot: Snapshot, enders: Sequence[Ender], sides: Sides, before: int) -> bool:
    """Whether a capture by another or a withdrawal may have come after it, and before this instant."""
    assert snapshot.so is not None
    for claim, end in enders:
        may_be_then = end.latest_end >= snapshot.so.latest_end and end.earliest_end < before
        if may_be_then and ends(claim, snapshot, sides):
            return True
    return False


def ends(claim: Claim, snapshot: Snapshot, sides: Sides) -> bool:
    """A capture by nobody knows whom ends nothing, and what somebody holds is not ended."""
    if snapshot.actor is None or not by_whom(claim):
        return False
    capture = claim["content"]["type"] == "capture"
    of_its_side = any(of_one_side(actor, snapshot.actor, sides) for actor in by_whom(claim))
    if snapshot.status == "absent":
        return capture and of_its_side
    return capture is not of_its_side


def of_one_side(one: str, other: str, sides: Sides) -> bool:
    """The one is part of the other, or both are part of a third."""
    return not sides.get(one, frozenset({one})).isdisjoint(sides.get(other, frozenset({other})))


State = tuple[Snapshot, str, int | None]


def governing_of(place: str, states: Sequence[State], sides: Sides) -> list[State]:
    ranked = [each for each in states if each[1] in RANKS]
    holding = [
        each
        for each in ranked
        if each[0].status == "controls" and each[0].actor and not taken_away(place, each, ranked, sides)
    ]
    best = min((RANKS[how] for _, how, _ in holding), default=None)
    governing = [each for each in holding if RANKS[each[1]] == best]
    specific = [each for each in governing if each[0].about == place]
    governing = specific or governing
    if best == RANKS["last_known"]:
        governing = [
            each for each in governing if not any(certainly_earlier(each[0].so, other[0].so) for other in governing)
        ]
    return governing


def governing_by_later_events(
    place: str, states: Sequence[State], enders: Sequence[Ender], sides: Sides, at: int | None
) -> tuple[list[State], bool]:
    """By the second version; and whether an event leaves open who holds it."""
    events = [each for each in states if is_event(place, each[0])]
    holding = [
        each
        for each in states
        if each[1] in RANKS
        and each[0].status == "controls"
        and each[0].actor
        and not taken_away(place, each, [other for other in states if other[1] in RANKS], sides)
        and not any(outdoes(place, event, each, sides) for event in events)
    ]
    whole = [each for each in holding if not each[0].partial] or holding
    best = min((RANKS[how] for _, how, _ in whole), default=None)
    governing = [each for each in whole if RANKS[each[1]] == best]
    governing = [each for each in governing if each[0].about == place] or governing
    if best == RANKS["last_known"]:
        governing = [
            each for each in governing if not any(certainly_earlier(each[0].so, other[0].so) for other in governing)
        ]
    if best is not None and whole is not holding:
        governing += [each for each in holding if each[0].partial and RANKS[each[1]] <= best]
    doubted = [each for each in governing if doubts(place, events, each, sides)]
    governing += [
        event
        for event in events
        if event[0].status == "controls"
        and any(may_follow(place, event, each, sides) for each in doubted)
        and event not in governing
        and not (event[1] == "ended" and undone(event[0], enders, sides, at))
    ]
    return governing, bool(doubted)


def doubts(place: str, events: Sequence[State], held: State, sides: Sides) -> list[State]:
    """The events that may lie after it; none if one of its own side certainly lies after them all."""
    after = [event for event in events if may_follow(place, event, held, sides)]
    for mine in events:
        if (
            mine[1] in ("certain", "presumed", "last_known")
            and mine[0].status == "controls"
            and of_one_side(str(mine[0].actor), str(held[0].actor), sides)
            and all(begin_of(mine[0]) > event[0].so.latest_end for event in after if event[0].so)
        ):
            return []
    return after


def is_event(place: str, snapshot: Snapshot) -> bool:
    """A capture of the place itself, or a time at which somebody certainly controls all of it or is absent."""
    if snapshot.about != place or not snapshot.actor or snapshot.partial or snapshot.so is None:
        return False
    # What no instant certainly belongs to begins after its end.
    is_proven = snapshot.proven is not None and snapshot.proven[0] <= snapshot.proven[1]
    return is_proven or snapshot.claim["content"]["kind"] == "occurrence"


def is_against(place: str, event: Snapshot, held: Snapshot, sides: Sides) -> bool:
    if event.status == "absent":
        return denies(place, event, held, sides)
    return exclude_each_other(event, held, sides)


def is_unsure(place: str, held: State) -> bool:
    """What is possible or presumed only, or implied."""
    if held[0].partial:
        return False
    return held[1] in ("possible", "presumed") or (held[1] == "certain" and held[0].about != place)


def may_follow(place: str, event: State, held: State, sides: Sides) -> bool:
    """Whether it may lie after a state that is not sure, and is against it."""
    one, other = event[0].so, held[0].so
    if not is_unsure(place, held) or not one or not other or not is_against(place, event[0], held[0], sides):
        return False
    return one.latest_end >= other.earliest_start


def outdoes(place: str, event: State, held: State, sides: Sides) -> bool:
    """What is implied, if the event stands; what is direct, if it certainly began before one that is no guess."""
    if event[1] not in RANKS or not may_follow(place, event, held, sides):
        return False
    if held[0].about != place:
        return True
    assert event[0].so is not None
    assert held[0].so is not None
    return event[1] != "possible" and held[0].so.latest_start < event[0].so.earliest_start


def taken_away(place: str, held: State, states: Sequence[State], sides: Sides) -> bool:
    """What is implied of an actor or a part of it, by its specific absence of the same rank or a better one."""
    if held[0].about == place:
        return False
    return any(denies(place, snapshot, held[0], sides) and RANKS[how] <= RANKS[held[1]] for snapshot, how, _ in states)


def denies(place: str, snapshot: Snapshot, held: Snapshot, sides: Sides) -> bool:
    """Whether it says of the place itself that the actor is absent, or what the actor is part of."""
    if snapshot.about != place or snapshot.status != "absent" or snapshot.actor is None or held.actor is None:
        return False
    return snapshot.actor == held.actor or snapshot.actor in sides.get(held.actor, frozenset())


def verdict(
    place: str, states: Sequence[State], governing: Sequence[State], sides: Sides, open_: bool = False
) -> dict[str, Any]:
    if not governing:
        return {"verdict": "unknown", "age_days": None}
    against = [(one, other) for one, other in combinations(governing, 2) if exclude_each_other(one[0], other[0], sides)]
    denied = any(
        denies(place, snapshot, held[0], sides) and how == held[1] == "certain"
        for snapshot, how, _ in states
        for held in governing
    )
    if denied or any(one[1] == other[1] == "certain" for one, other in against):
        return {"verdict": "disputed", "age_days": None}
    if against or open_:
        return {"verdict": "order_unknown", "age_days": None}
    found = VERDICTS[max(RANKS[how] for _, how, _ in governing)]
    ages = [age for *_, age in governing if age is not None]
    return {"verdict": found, "age_days": min(ages) if found == "last_known" and ages else None}


def captured_by_each_other(
    place: str, states: Sequence[State], enders: Sequence[Ender], sides: Sides, at: int | None
) -> bool:
    """Whether two captures of the place exclude each other, neither of them certainly undone."""
    left = []
    for snapshot, how, _ in states:
        if how != "ended" or snapshot.about != place or snapshot.claim["content"]["kind"] != "occurrence":
            continue
        if not undone(snapshot, enders, sides, at):
            left.append(snapshot)
    return any(exclude_each_other(one, other, sides) for one, other in combinations(left, 2))


def undone(snapshot: Snapshot, enders: Sequence[Ender], sides: Sides, at: int | None) -> bool:
    """Whether something ended it that is certainly later."""
    assert snapshot.so is not None
    return any(
        ends(claim, snapshot, sides)
        and end.earliest_end > snapshot.so.latest_end
        and (at is None or end.earliest_end <= at)
        for claim, end in enders
    )


def exclude_each_other(one: Snapshot, other: Snapshot, sides: Sides) -> bool:
    if one.partial or other.partial or one.actor is None or other.actor is None:
        return False
    return not of_one_side(one.actor, other.actor, sides)


def beside(place: str, claims: Sequence[Claim], at: int | None) -> list[tuple[Any, ...]]:
    """Who contests, is present or encircles, never as a holder."""
    mine = [
        claim
        for claim in claims
        if claim["content"]["kind"] == "control"
        and claim["content"]["status"] in ("contests", "present", "encircles")
        and claim["content"]["place"] == place
        and may_have_begun(claim["so"], at)
    ]
    return [
        (claim["id"], claim["content"].get("actor"), claim["content"]["status"], *plain_state(claim, at))
        for claim in mine
        if not any(
            what_is_beside(claim) == what_is_beside(other) and certainly_earlier(claim["so"], other["so"])
            for other in mine
        )
    ]


def what_is_beside(claim: Claim) -> tuple[Any, ...]:
    return voice_of(claim), claim["content"].get("actor"), claim["content"]["status"]


def plain_state(claim: Claim, at: int | None) -> tuple[str, int | None]:
    so = claim["so"]
    if so is None:
        return "undated", None
    if at is None:
        return "last_known", None
    if proven_at(proven_within(claim["dated"], so), at):
        return "certain", None
    return ("possible", None) if so.latest_end >= at else ("last_known", (at - so.latest_end) // DAY)


def timeline(
    place: str, claims: Sequence[Claim], around: Around, sides: Sides, moments: Sequence[int], version: int = 2
) -> dict[str, Any]:
    """What each voice states, and how its gaps are told at each of some moments."""
    standing = as_told(counted(claims)[0], version)
    snapshots = snapshots_of(place, standing, around)
    enders = enders_of(standing, around)
    return {
        "stated": sorted((told(one, one.so) for one in snapshots), key=repr),
        "gaps": {moment: gaps(snapshots, enders, sides, moment) for moment in moments},
    }


def told(one: Snapshot, so: when.Span | None) -> tuple[Any, ...]:
    stretch = (so.earliest_start, so.latest_end) if so else (when.EARLIEST, when.LATEST)
    return one.voice, one.about, *stretch, *one.says, one.claim["id"]


def gaps(snapshots: Sequence[Snapshot], enders: Sequence[Ender], sides: Sides, moment: int) -> list[tuple[Any, ...]]:
    """Of each voice and place, where none of its snapshots may hold: the states of that voice alone."""
    found = []
    for voice, about in {(one.voice, one.about) for one in snapshots}:
        mine = [one for one in snapshots if (one.voice, one.about) == (voice, about) and one.so is not None]
        if any(one.so and one.so.earliest_start <= moment <= one.so.latest_end for one in mine):
            continue
        for one in mine:
            if counts(one, mine, moment):
                how, _ = state(one, mine, enders, sides, moment)
                found.append((voice, about, *one.says, how, one.claim["id"]))
    return sorted(found, key=repr)
