"""The naive rule of control: `control-from-snapshots` of docs/rules.md, both versions, worked out again, pair by pair.

Claims and voices are those of tests/naive_rules.py; `around` maps a place to the windows in which the one asked about
may have been inside it (itself: always), `wholes` an actor to all that it may have been part of, itself too, with the
windows in which.
"""

from collections.abc import Mapping, Sequence, Set
from itertools import combinations
from typing import Any, NamedTuple

from domain import when
from tests.naive_rules import (
    DAY,
    Claim,
    Voice,
    certainly_earlier,
    counted,
    independent,
    may_have_begun,
    of_version,
    one_voice_for_all_unattributed,
    told_of_an_origin,
    voice_of,
    voices_among,
)

Around = Mapping[str, Sequence[tuple[int, int]]]
Wholes = Mapping[str, Mapping[str, Sequence[tuple[int, int]]]]
RANKS = {"certain": 0, "possible": 0, "presumed": 1, "last_known": 2, "undated": 3}
VERDICTS = ["agreed", "presumed", "last_known", "undated"]


class Sides(NamedTuple):
    """Who may have been part of whom, the moment of the picture, if it is of one, and the version of the rule."""

    wholes: Wholes
    at: int | None
    version: int = 2


class Snapshot(NamedTuple):
    """That an actor (None: somebody) `controls` a place or is `absent`, at some time, by one claim."""

    claim: Claim
    actor: str | None
    status: str
    so: when.Span | None
    proven: tuple[int, int] | None
    # All whom the claim names as holding it together.
    holders: tuple[str, ...] = ()
    # Whether the place certainly lay in what that is said of, at a time of which it certainly tells.
    inside: bool = True

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

    @property
    def hedge(self) -> str | None:
        hedge: str | None = self.claim["content"].get("hedge")
        return hedge

    def within(self, window: tuple[int, int], surely: Sequence[tuple[int, int]] | None = None) -> "Snapshot":
        """`surely`: when the place certainly lay there, if that is not the same: only then anything is proven."""
        sure = [window] if surely is None else [one for one in surely if one[0] <= window[1] and window[0] <= one[1]]
        if not sure:
            so = self.so and clipped(self.so, window)
            so = so and when.Span(so.earliest_start, so.latest_end, so.earliest_start, so.latest_end)
            return self._replace(so=so, proven=None, inside=False)
        first, last = max(window[0], sure[0][0]), min(window[1], sure[0][1])
        held = self.proven and (max(self.proven[0], first), min(self.proven[1], last))
        if held and held[0] > held[1] and (self.is_capture or surely is not None):
            held = None
        so = self.so and clipped(self.so, window)
        if self.so and so and surely is not None:
            begun, over = max(self.so.latest_start, sure[0][0]), min(self.so.earliest_end, sure[0][1])
            some_time = begun <= over or holds_all_through(
                when.Span(sure[0][0], sure[0][0], sure[0][1], sure[0][1]),
                (self.so.earliest_start, self.so.latest_end),
            )
            begun, over = (
                min(max(begun, so.earliest_start), so.latest_end),
                max(min(over, so.latest_end), so.earliest_start),
            )
            so = when.Span(so.earliest_start, begun, over, so.latest_end)
            return self._replace(so=so, proven=held if some_time else None, inside=some_time)
        return self._replace(so=so, proven=held)

    @property
    def is_capture(self) -> bool:
        return bool(self.claim["content"]["kind"] == "occurrence")

    def continues(self, other: "Snapshot", version: int) -> bool:
        """Whether the other says so too: of the same actor, by the second version in whatever company, and as much."""
        if version == 1:
            return self.says == other.says
        same = self.actor == other.actor or self.actor in other.holders
        return same and self.status == other.status and self.partial == other.partial

    @property
    def says(self) -> tuple[str | None, str]:
        return self.actor, self.status


def control_picture(
    place: str,
    claims: Sequence[Claim],
    around: Around,
    wholes: Wholes,
    at: int | None,
    *,
    version: int = 2,
    undated: bool = False,
    surely: Around | None = None,
    certain: Wholes | None = None,
) -> dict[str, Any]:
    """`surely` and `certain`: when the place certainly lay there, and when actors certainly were part of those."""
    surely = surely if version == 2 else None
    sure = wholes if certain is None or version == 1 else certain
    sides, sides_for_sure = Sides(wholes, at, version), Sides(sure, at, version)
    standing, aside = counted(claims)
    standing = as_told(standing, version)
    everything = snapshots_of(place, standing, around, version, surely)
    dated_only = version == 2 and at is not None and not undated
    snapshots = [snapshot for snapshot in everything if snapshot.so or not dated_only]
    enders = enders_of(standing, around, surely)
    # What somebody vouches for is looked at by itself; the rest with all of it.
    vouched = [one for one in snapshots if version == 1 or one.hedge is None]
    ends_vouched = [each for each in enders if version == 1 or each[0]["content"].get("hedge") is None]
    rest = [one for one in snapshots if one not in vouched]

    def told_by(sides: Sides) -> tuple[list[State], list[State], dict[str, Any]]:
        firm = states_of(vouched, vouched, ends_vouched, sides, at)
        states = firm + states_of(rest, snapshots, enders, sides, at)
        open_ = disputed = False
        if version == 1:
            governing = governing_of(place, states, sides)
        else:
            governing, open_, disputed = judged(place, firm, vouched, ends_vouched, sides, at)
            if not governing:
                governing, open_, disputed = judged(place, states, snapshots, enders, sides, at)
        found = verdict(place, states, governing, sides, open_, disputed)
        if version == 1 and not governing and captured_by_each_other(place, states, enders, sides, at):
            found["verdict"] = "order_unknown"
        return states, governing, found

    states, governing, found = told_by(sides)
    if version == 2:
        states, governing, found = in_both((states, governing, found), told_by(sides_for_sure))
    voices = voices_among([snapshot.voice for snapshot, *_ in governing])
    if version == 2:
        voices = voices_of(governing, claims)
    if version == 2 and found["verdict"] == "agreed":
        found["verdict"] = how_many_agree(
            [each for each in governing if each[0].status == "controls"], claims, voices, sides_for_sure
        )
    made_an_end = {
        ended_by(one, enders if version == 2 and one.hedge else ends_vouched, sides)
        for one, how, _ in states
        if how == "ended"
    }
    beside_it = beside(place, standing, at, version, made_an_end)
    if version == 2:
        over = {
            one.claim["id"]
            for claim in standing
            for one in beside_in(claim, version)
            if took_it_since(one, enders, sides_for_sure, at)
        }
        beside_it = [each for each in beside_it if each[0] not in over]
    without_date = [shown(place, snapshot, "undated", None, version) for snapshot in everything if not snapshot.so]
    without_date += [(id_, actor, status, True, *rest) for id_, actor, status, *rest in beside_it if "undated" in rest]
    return {
        **found,
        "holders": sorted({snapshot.actor for snapshot, *_ in governing if snapshot.status == "controls"}),
        "holds": holds([snapshot for snapshot, *_ in governing if snapshot.status == "controls"], claims, version),
        **voices,
        "governing": sorted((shown(place, *each, version) for each in governing), key=repr),
        "states": sorted((shown(place, *each, version) for each in states), key=repr),
        "beside": sorted((each for each in beside_it if not dated_only or "undated" not in each), key=repr),
        "undated": sorted(without_date if dated_only else [], key=repr),
        "set_aside": sorted(aside),
        "changed": changed_hands(found["verdict"], states, sides),
    }


Told = tuple[list["State"], list["State"], dict[str, Any]]


def in_both(may: Told, sure: Told) -> Told:
    """What holds whether or not those who may be of one side are: who governs by either, and how well it is known."""
    states = [(one[0], *less_known(one[1:], other[1:])) for one, other in zip(may[0], sure[0], strict=True)]
    governing = [each for each in states if any(each[0] is one[0] for told in (may, sure) for one in told[1])]
    one, other = may[2]["verdict"], sure[2]["verdict"]
    here, there = (
        {snapshot.actor for snapshot, *_ in told[1] if snapshot.status == "controls"} for told in (may, sure)
    )
    if one in VERDICTS and other in VERDICTS and here == there:
        found = VERDICTS[max(VERDICTS.index(one), VERDICTS.index(other))]
    elif one == other and one not in VERDICTS:
        found = one
    else:
        found = "order_unknown"
    ages = [age for *_, age in governing if age is not None]
    return states, governing, {"verdict": found, "age_days": min(ages) if found == "last_known" and ages else None}


def less_known(one: tuple[str, int | None], other: tuple[str, int | None]) -> tuple[str, int | None]:
    """What goes on by either goes on, as little as by the less sure; of two that do not, by who may be of one side."""
    how = ["certain", "possible", "presumed", "last_known", "undated", None]
    mine, its = (how.index(each[0] if each[0] in how else None) for each in (one, other))
    if None in (how[mine], how[its]):
        return one if how[mine] or not how[its] else other
    return one if mine >= its else other


def changed_hands(verdict: str, states: Sequence["State"], sides: Sides) -> list[tuple[str, str | None, int]]:
    """Of the last known holders of a place that nobody is known to hold, after when it changed."""
    if verdict != "unknown" or sides.version == 1:
        return []
    held = [each for each in states if each[0].so and each[0].status == "controls" and each[0].actor]
    found = []
    for one, how, _ in held:
        assert one.so is not None
        if how != "changed" or any(other.so and other.so.latest_end > one.so.latest_end for other, *_ in held):
            continue
        found.append((one.claim["id"], one.actor, one.so.latest_end))
    return sorted(found, key=repr)


def states_of(
    those: Sequence[Snapshot],
    snapshots: Sequence[Snapshot],
    enders: Sequence["Ender"],
    sides: Sides,
    at: int | None,
) -> list["State"]:
    """What some of the snapshots come to among them all."""
    return [
        (one, *state(one, snapshots, enders, sides, at)) for one in those if counts(one, snapshots, at, sides.version)
    ]


def judged(
    place: str,
    states: Sequence["State"],
    snapshots: Sequence[Snapshot],
    enders: Sequence["Ender"],
    sides: Sides,
    at: int | None,
) -> tuple[list["State"], bool, bool]:
    words = [one for one in snapshots if may_have_begun(one.so, at)]
    governing, open_ = governing_by_later_words(place, states, words, enders, sides)
    disputing = at_odds(place, states, governing, sides)
    disputing += (
        each
        for each in states
        if is_denied(place, each, governing, sides) and not is_overtaken(place, each, words, enders, sides)
    )
    return governing + [each for each in disputing if each not in governing], open_, bool(disputing)


def says_of(claim: Claim, governing: Sequence[Any]) -> set[tuple[str | None, str]]:
    """Of whom a claim says what: of one by which the place is held, what of that holds."""
    mine = {snapshot.says for snapshot, *_ in governing if snapshot.claim["id"] == claim["id"]}
    if mine or claim["content"]["kind"] == "statement":
        return mine
    if claim["content"]["kind"] == "control":
        return {(claim["content"].get("actor"), claim["content"]["status"])}
    return {(actor, "controls") for actor in by_whom(claim)} if claim["content"].get("type") == "capture" else set()


def as_told(claims: Sequence[Claim], version: int = 2) -> list[Claim]:
    """With `dated`, what a claim is dated to, and `so`, what its report can tell of that by its own publication."""
    return [
        claim | {"dated": claim["so"], "so": until_out(claim) if version == 2 else claim["so"]}
        for claim in of_version(claims, version)
    ]


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


def shown(place: str, snapshot: Snapshot, how: str, age: int | None, version: int) -> tuple[Any, ...]:
    hedge = snapshot.hedge if version == 2 else None
    return snapshot.claim["id"], snapshot.actor, snapshot.status, snapshot.about == place, how, age, hedge


def snapshots_of(
    place: str, claims: Sequence[Claim], around: Around, version: int = 2, surely: Around | None = None
) -> list[Snapshot]:
    """Those about the place, and those that imply the same for it while it may have been inside."""
    found = []
    for claim in claims:
        for one in snapshots_in(claim, version):
            if one.about == place:
                found.append(one)
            elif not one.partial and one.status != "absent":
                windows = [window for window in around.get(one.about, ()) if meets(one.so, window)]
                # What has no date has none in each of them.
                sure = None if surely is None else surely.get(one.about, ())
                found += [
                    one.within(window, sure if one.so else None) for window in (windows if one.so else windows[:1])
                ]
    return found


def snapshots_in(claim: Claim, version: int = 2) -> list[Snapshot]:
    content, so = claim["content"], claim["so"]
    unsure = version == 2 and in_doubt(claim)
    if version == 2 and is_absence_from_part(content):
        return []
    if content["kind"] == "control" and content["status"] in ("controls", "absent"):
        held = None if unsure else proven_within(claim["dated"], so, version)
        actor = content.get("actor")
        return [Snapshot(claim, actor, content["status"], so, held, (actor,) if actor else ())]
    if content["kind"] == "occurrence" and content["type"] == "capture":
        end = end_of(so)
        held = None if unsure else proven_within(end_of(claim["dated"]), end, version)
        if version == 1:
            return [Snapshot(claim, actor, "controls", end, held, (actor,)) for actor in by_whom(claim)]
        if held is not None:
            # By the end of the day it had been taken.
            held = held[1], held[1]
        return [Snapshot(claim, actor, "controls", end, held, tuple(by_whom(claim))) for actor in by_whom(claim)]
    return []


def in_doubt(claim: Claim) -> bool:
    """Its date, or what it says."""
    content = claim["content"]
    return "hedge" in content or any(mark in content.get("when", "") for mark in "?%")


def as_if_sure(claim: Claim) -> Claim:
    """The same without what puts it in doubt."""
    content = {name: value for name, value in claim["content"].items() if name != "hedge"}
    if "when" in content:
        content["when"] = content["when"].replace("?", "").replace("%", "")
    return claim | {"content": content}


def happened_in(claim: Claim) -> list[Snapshot]:
    """That somebody withdrew, or that the place was taken by nobody that is named: these stand beside it."""
    content = claim["content"]
    if content["kind"] != "occurrence" or content["type"] not in ("capture", "withdrawal"):
        return []
    capture = content["type"] == "capture"
    if capture and by_whom(claim):
        return []
    end = end_of(claim["so"])
    held = None if in_doubt(claim) else proven_within(end_of(claim["dated"]), end, 2)
    held = held and (held[1], held[1])
    status = "controls" if capture else "absent"
    actors: list[str | None] = [*by_whom(claim)]
    return [Snapshot(claim, actor, status, end, held, ()) for actor in actors or [None]]


def is_absence_from_part(content: Claim) -> bool:
    """Then the rest may be held by whom it names: it stands beside, and bears on nobody's hold."""
    return content.get("status") == "absent" and content.get("extent") in ("most", "part", "pockets")


def presences_in(claim: Claim) -> list[Snapshot]:
    """That an actor is present."""
    content = claim["content"]
    if content["kind"] != "control" or content["status"] != "present" or not content.get("actor"):
        return []
    held = None if in_doubt(claim) else proven_within(claim["dated"], claim["so"], 2)
    return [Snapshot(claim, content["actor"], "present", claim["so"], held, (content["actor"],))]


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


def proven(so: when.Span | None, version: int) -> tuple[int, int] | None:
    """An interval for what certainly belongs to it, a day or a second for all of it, what is less fine nowhere.

    By the second version the last day belongs to it, and the first where nothing else does.
    """
    if so is None:
        return None
    first_day, last_day = is_fine(so.earliest_start, so.latest_start), is_fine(so.earliest_end, so.latest_end)
    if (so.earliest_start, so.latest_start) == (so.earliest_end, so.latest_end):
        return (so.earliest_start, so.latest_end) if first_day else None
    between = so.latest_start, so.earliest_end
    if version == 1 or (between[0] > between[1] and not first_day and not last_day):
        return between
    if last_day:
        return min(between), so.latest_end
    return (so.earliest_start, so.latest_start) if between[0] > between[1] else between


def proven_within(dated: when.Span | None, so: when.Span | None, version: int) -> tuple[int, int] | None:
    """Of what its date proves, that which its report can tell of."""
    held = proven(dated, version)
    if held is None or so is None:
        return None
    return (max(held[0], so.earliest_start), min(held[1], so.latest_end))


def proven_at(proven: tuple[int, int] | None, at: int) -> bool:
    return proven is not None and proven[0] <= at <= proven[1]


def counts(snapshot: Snapshot, snapshots: Sequence[Snapshot], at: int | None, version: int) -> bool:
    """Whether it may have begun by `at`, and is not certainly earlier than another of the voice that makes it old."""
    if not may_have_begun(snapshot.so, at):
        return False
    voice = one_voice_for_all_unattributed(snapshot.claim)
    return not any(
        makes_old(other, snapshot, version)
        and one_voice_for_all_unattributed(other.claim) == voice
        and may_have_begun(other.so, at)
        and certainly_earlier(snapshot.so, other.so)
        for other in snapshots
    )


def makes_old(later: Snapshot, earlier: Snapshot, version: int) -> bool:
    """Whether the one, by the same voice, leaves nothing of the other: who holds all of a place, or the same actor."""
    if later.about != earlier.about:
        return False
    holds_all = later.status == "controls" and not later.partial
    return version == 1 or holds_all or later.actor == earlier.actor


Ender = tuple[Claim, when.Span]
ANY_TIME = when.Span(when.EARLIEST, when.LATEST, when.EARLIEST, when.LATEST)


def enders_of(claims: Sequence[Claim], around: Around, surely: Around | None = None) -> list[Ender]:
    """The captures and withdrawals in the place, or around it while it may have been inside, each with its end."""

    def for_sure(claim: Claim) -> bool:
        so = end_of(claim["so"]) or ANY_TIME
        return surely is None or any(
            first <= so.earliest_start and so.latest_end <= last
            for first, last in surely.get(claim["content"]["place"], ())
        )

    return [
        (claim | {"inside": for_sure(claim)}, clipped(end_of(claim["so"]) or ANY_TIME, window))
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
        if sides.version == 2 and not holds_all_through(so, (at, at)):
            # Some time that day: so was, perhaps, what ended it.
            for claim, end in enders:
                if end.latest_end >= so.earliest_end and end.earliest_end <= at and ends(claim, end, snapshot, sides):
                    return "possible", None
        return "certain", None
    if so.earliest_start <= at <= so.latest_end:
        return "possible", None
    following = following_of(snapshot, snapshots, at, sides.version)
    if sides.version == 2:
        goes_on, changes = what_comes_next(snapshot, following, enders, sides, at)
        if goes_on is not None:
            if not ended(snapshot, enders, sides, goes_on):
                return "presumed", None
        elif not ended(snapshot, enders, sides, at + 1) and changes:
            return "changed", None
        return (
            ("ended", None) if ended(snapshot, enders, sides, at + 1) else ("last_known", (at - so.latest_end) // DAY)
        )
    same = bool(following) and all(snapshot.continues(other, sides.version) for other in following)
    if same and not ended(snapshot, enders, sides, begin_of(following[0])):
        return "presumed", None
    if ended(snapshot, enders, sides, at + 1):
        return "ended", None
    if following and not same:
        return "changed", None
    return "last_known", (at - so.latest_end) // DAY


def what_comes_next(
    snapshot: Snapshot, following: Sequence[Snapshot], enders: Sequence["Ender"], sides: Sides, at: int
) -> tuple[int | None, bool]:
    """Until when its voice's next word has it go on; and if not so, whether it changed some time before that word.

    The next word may be of an event: that says who lost the place by it, and leaves open who held it before if it does
    not. An event by anybody that is no later than the next word may be says when it changed.
    """
    happened = [each for each in enders if tells_of_before(each, snapshot, at, sides)]
    first = min((end.earliest_end for _, end in happened), default=when.LATEST + 1)
    begin = begin_of(following[0]) if following else when.LATEST + 1
    if happened and first <= begin:
        those = [claim for claim, end in happened if end.earliest_end == first]
        if any(lost_it(claim, snapshot) for claim in those):
            return first, False
        return None, not ended(snapshot, enders, sides, first)
    held = [other for other in following if not other.is_capture]
    if not held:
        return None, False
    if all(snapshot.continues(other, 2) for other in held):
        return begin, False
    latest = min(other.so.latest_start for other in held if other.so)
    return None, not ended(snapshot, enders, sides, latest + 1)


def losers(claim: Claim) -> list[str]:
    """From whom the place was taken, or who left it."""
    return list(
        claim["content"].get("actors", {}).get("against" if claim["content"]["type"] == "capture" else "by", [])
    )


def lost_it(claim: Claim, snapshot: Snapshot) -> bool:
    return snapshot.status == "controls" and snapshot.actor in losers(claim)


def tells_of_before(each: "Ender", snapshot: Snapshot, at: int, sides: Sides) -> bool:
    """Whether an event of the same voice, after a moment, tells who held until then what the snapshot is about."""
    claim, end = each
    if claim["so"] is None or voice_of(claim) != snapshot.voice or claim["content"]["place"] != snapshot.about:
        return False
    if snapshot.actor is None or snapshot.partial or end.earliest_end <= at:
        return False
    # Who left tells only of himself.
    whose = losers(claim)
    if claim["content"]["type"] == "withdrawal":
        whose = [actor for actor in whose if actor == snapshot.actor]
    times = (end.earliest_end, end.latest_end), time_of(snapshot, None)
    if snapshot.status == "absent":
        return any(may_have_held(wholes_of(actor, sides).get(snapshot.actor, ()), *times) for actor in whose)
    if not whose or lost_it(claim, snapshot):
        return bool(whose)
    return not any(
        may_have_held(both_in_one(actor, holder, sides), *times) for actor in whose for holder in snapshot.holders
    )


def following_of(snapshot: Snapshot, snapshots: Sequence[Snapshot], at: int, version: int) -> list[Snapshot]:
    """What the voice says next that makes it old: of those that begin after `at`, the first."""
    later = [
        other
        for other in snapshots
        if other.voice == snapshot.voice and makes_old(other, snapshot, version) and begin_of(other) > at
    ]
    return [other for other in later if begin_of(other) == min(map(begin_of, later))]


def begin_of(snapshot: Snapshot) -> int:
    return when.EARLIEST if snapshot.so is None else snapshot.so.earliest_start


def ended(snapshot: Snapshot, enders: Sequence[Ender], sides: Sides, before: int) -> bool:
    """Whether a capture by another or a withdrawal may have come after it, and before this instant."""
    return any(end.earliest_end < before and may_end(claim, end, snapshot, sides) for claim, end in enders)


def ended_by(snapshot: Snapshot, enders: Sequence[Ender], sides: Sides) -> str:
    """The first of those."""
    found = [(end.earliest_end, claim["id"]) for claim, end in enders if may_end(claim, end, snapshot, sides)]
    return str(min(found)[1])


def may_end(claim: Claim, end: when.Span, snapshot: Snapshot, sides: Sides) -> bool:
    assert snapshot.so is not None
    if end.latest_end >= snapshot.so.latest_end and ends(claim, end, snapshot, sides):
        return True
    return cuts_short(claim, end, snapshot, sides)


def cuts_short(claim: Claim, end: when.Span, snapshot: Snapshot, sides: Sides) -> bool:
    """Whether it certainly came later, and does not say who lost the place, at least not to whom."""
    assert snapshot.so is not None
    later_for_sure = end.earliest_end > snapshot.so.latest_end
    against = claim["content"].get("actors", {}).get("against", [])
    if claim["content"]["type"] == "capture" and against and voice_of(claim) != snapshot.voice:
        return False
    return later_for_sure and says_not_whose(claim, end, snapshot, sides)


def says_not_whose(claim: Claim, end: when.Span, snapshot: Snapshot, sides: Sides) -> bool:
    """A dated capture by nobody that is named (but not one in which the holder took part), or such a withdrawal."""
    if sides.version == 1 or by_whom(claim) or claim["so"] is None:
        return False
    if snapshot.actor is None or snapshot.status != "controls" or not bears(claim, snapshot):
        return False
    with_whom = claim["content"].get("actors", {}).get("with", []) if claim["content"]["type"] == "capture" else []
    times = (end.earliest_end, end.latest_end), time_of(snapshot, None)
    return not any(
        may_have_held(both_in_one(actor, holder, sides), *times) for actor in with_whom for holder in snapshot.holders
    )


def bears(claim: Claim, snapshot: Snapshot) -> bool:
    """What may have happened where the place did not lie is the end of what is said of that alone."""
    return claim["content"]["place"] == snapshot.about or bool(claim.get("inside", True))


def ends(claim: Claim, end: when.Span, snapshot: Snapshot, sides: Sides) -> bool:
    """By whom it is said to have been, or from whom; what somebody holds is not ended."""
    capture, whose = claim["content"]["type"] == "capture", by_whom(claim)
    if capture and not whose and sides.version == 2:
        # Whoever took it, they lost it.
        capture, whose = False, claim["content"].get("actors", {}).get("against", [])
    if snapshot.actor is None or not whose or not bears(claim, snapshot):
        return False
    times = (end.earliest_end, end.latest_end), time_of(snapshot, None)

    def is_with(holder: str) -> bool:
        return any(may_have_held(both_in_one(actor, holder, sides), *times) for actor in whose)

    if snapshot.status == "absent":
        return capture and is_with(snapshot.actor)
    if capture:
        return not any(is_with(holder) for holder in snapshot.holders)
    return is_with(snapshot.actor)


Time = tuple[int, int]


def time_of(snapshot: Snapshot, at: int | None) -> Time:
    """Of which a snapshot tells: the moment of the picture, if it may have been so then, or all its time."""
    so = snapshot.so or ANY_TIME
    if at is not None and so.earliest_start <= at <= so.latest_end:
        return at, at
    return so.earliest_start, so.latest_end


def both_in_one(one: str, other: str, sides: Sides) -> list[Time]:
    """When the one may have been part of the other, or both of a third."""
    return [
        (max(mine[0], theirs[0]), min(mine[1], theirs[1]))
        for whole, windows in wholes_of(one, sides).items()
        for mine in windows
        for theirs in wholes_of(other, sides).get(whole, ())
        if max(mine[0], theirs[0]) <= min(mine[1], theirs[1])
    ]


def wholes_of(actor: str, sides: Sides) -> Mapping[str, Sequence[Time]]:
    return sides.wholes.get(actor, {actor: [(when.EARLIEST, when.LATEST)]})


def may_have_held(windows: Sequence[Time], *times: Time) -> bool:
    """Whether one of them meets every one of some times."""
    return any(all(window[0] <= last and first <= window[1] for first, last in times) for window in windows)


def of_one_side(one: Snapshot, other: Snapshot, sides: Sides) -> bool:
    """Whether anybody of those that hold it by the one is with anybody of those by the other."""
    times = time_of(one, sides.at), time_of(other, sides.at)
    return any(
        may_have_held(both_in_one(mine, theirs, sides), *times) for mine in one.holders for theirs in other.holders
    )


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


def governing_by_later_words(
    place: str, states: Sequence[State], words: Sequence[Snapshot], enders: Sequence[Ender], sides: Sides
) -> tuple[list[State], bool]:
    """By the second version; and whether a word leaves open who holds it."""

    def gone(each: State) -> bool:
        return is_overtaken(place, each, words, enders, sides)

    events = [each for each in states if is_event(place, each[0], sides.at) and not gone(each)]
    holding = [
        each
        for each in states
        if each[1] in RANKS
        and each[0].status == "controls"
        and each[0].actor
        and not taken_away(place, each, [other for other in states if other[1] in RANKS], sides)
        and not gone(each)
        and not any(outdoes(place, event, each, sides) for event in states if is_no_guess(place, event[0], sides.at))
    ]
    over = [
        event
        for event in events
        if (event[0].status, event[1]) == ("controls", "ended") and not undone(event[0], enders, sides, sides.at)
    ]
    if not holding:
        last = [event for event in over if event[0].is_capture]
        if any(exclude_each_other(one[0], other[0], sides) for one, other in combinations(last, 2)):
            return last, True
        return [], False
    whole = [each for each in holding if not each[0].partial] or holding
    best = min(RANKS[how] for _, how, _ in whole)
    governing = [each for each in whole if RANKS[each[1]] == best]
    governing = [each for each in governing if each[0].about == place] or governing
    if best == RANKS["last_known"]:
        governing = [
            each for each in governing if not any(certainly_earlier(each[0].so, other[0].so) for other in governing)
        ]
    if whole is not holding:
        governing += [each for each in holding if each[0].partial and RANKS[each[1]] <= best]
    elif governing[0][0].partial:
        still = [event for event in over if not all(of_one_side(event[0], each[0], sides) for each in governing)]
        if still:
            return [*governing, *still], True
    absences = [each for each in states if is_absence(place, each[0]) and not gone(each)]
    open_, added = False, []
    for each in governing:
        if not is_open(place, each, events, absences, enders, states, sides):
            continue
        open_ = True
        for word in (*events, *absences):
            if word[0].partial or not casts_doubt(place, word[0], each[0], sides):
                continue
            follows = may_be_after(word[0].so, each[0].so)
            ended_since = word[1] == "ended" and undone(word[0], enders, sides, sides.at)
            before = to_come(each, sides.at) and word[1] == "ended"
            if ((follows and not ended_since) or before) and word not in added:
                added.append(word)
    stands = [each for each in states if each[1] in RANKS and each[0].so and not each[0].partial]
    stands = [each for each in stands if each in events or each in absences or each in holding]
    if any(each[0].about == place for each in governing):
        stands = [each for each in stands if each[0].about == place]
    sided = [each[0] for each in governing if not each[0].partial]
    for word in stands:
        if word[0].status == "controls" and any(of_one_side(word[0], one, sides) for one in sided):
            continue
        if any(was_not_replaced(place, word[0], each, sides) for each in governing):
            open_ = True
            if word not in added:
                added.append(word)
    return [*governing, *(word for word in added if word not in governing)], open_


def was_not_replaced(place: str, word: Snapshot, holder: State, sides: Sides) -> bool:
    """Whether a holder of another side may have been there before the word, which stands, or be there at no time."""
    held, how, _ = holder
    assert word.so is not None
    if not casts_doubt(place, word, held, sides):
        return False
    if not was_for_certain(word, sides.at):
        # Two guesses: the one that may have been so when the other was does not take its place.
        return how == "possible" and held.so is not None and held.so.earliest_start <= word.so.latest_end
    if how == "possible":
        return True
    if held.about != place and word.about == place:
        return False
    # What certainly holds, and certainly began later, is known to have come after it.
    return not (how == "certain" and held.so is not None and later(held.so.earliest_start, word.so))


def was_for_certain(word: Snapshot, at: int | None) -> bool:
    """By then: at some instant that its date proves, or some time or other that is over."""
    if word.proven is not None and word.proven[0] <= word.proven[1]:
        return sure_by(word.proven[0], at)
    sure = word.inside and not in_doubt(word.claim)
    return bool(word.so and sure and sure_by(word.so.latest_end, at))


def was_there_since(word: Snapshot, held: Snapshot, at: int | None) -> bool:
    """Whether the one certainly was there, by then, after all the time of the other; who tells of both means no more.

    Who tells of the one only may mean that it was so before the other, of which that is certain, and all the while.
    """
    if word.status != "controls" or word.proven is None or held.so is None:
        return False
    if word.voice != held.voice and was_for_certain(held, at):
        return False
    first, last = word.proven
    # On its last day it was not for certain until the end of that.
    last = until_when(word) if ends_on_a_day(word) else last
    return first <= last and sure_by(first, at) and (last if at is None else min(last, at)) > held.so.latest_end


def is_overtaken(place: str, each: State, words: Sequence[Snapshot], enders: Sequence[Ender], sides: Sides) -> bool:
    """Whether a word against it, or what ended it, certainly was by then, and is certainly later."""
    held, how, _ = each
    if held.so is None:
        return False
    last_day = ends_on_a_day(held) and sides.at is not None and sides.at > until_when(held)
    if how == "certain" and held.about == place and not last_day:
        return False
    for word in words:
        if word.so is None or not word.actor or word.partial or not sure_by(word.so.latest_start, sides.at):
            continue
        if not word.inside:
            continue
        # What is said of the place itself gives way to no word about what is around it.
        if word.about != place and (word.status == "absent" or held.about == place):
            continue
        if is_against(place, word, held, sides) and (
            (later(word.so.earliest_start, held.so) and not tells_of_last_day_only(word, held))
            or was_there_since(word, held, sides.at)
        ):
            return True
    return any(
        sure_by(end.latest_end, sides.at)
        and (
            (later(end.earliest_end, held.so) and ends(claim, end, held, sides)) or cuts_short(claim, end, held, sides)
        )
        for claim, end in enders
    )


def ends_on_a_day(one: Snapshot) -> bool:
    """An interval of which the last day is given, and no hour."""
    so = one.so
    if so is None or (so.earliest_start, so.latest_start) == (so.earliest_end, so.latest_end):
        return False
    return so.earliest_start < so.earliest_end < so.latest_end and is_fine(so.earliest_end, so.latest_end)


def until_when(one: Snapshot) -> int:
    assert one.so is not None
    return one.so.earliest_end


def tells_of_last_day_only(word: Snapshot, held: Snapshot) -> bool:
    """Whether somebody else tells of the day on which a hold ended, not that it was taken then, and of no later one."""
    assert word.so is not None
    assert held.so is not None
    if word.is_capture or word.voice == held.voice:
        return False
    return ends_on_a_day(held) and word.so.latest_end <= held.so.latest_end


def sure_by(instant: int, at: int | None) -> bool:
    return at is None or instant <= at


def later(begins: int, so: when.Span) -> bool:
    """After it had begun for certain, and not while it still held for certain."""
    return begins > so.latest_start and begins >= so.earliest_end


def may_be_after(one: when.Span | None, other: when.Span | None) -> bool:
    """Whether the one was not over when the other held for the last time for certain, or else may first have."""
    assert one is not None
    assert other is not None
    last = other.earliest_start if other.latest_start > other.earliest_end else other.earliest_end
    return not later(last, one)


def is_open(
    place: str,
    each: State,
    events: Sequence[State],
    absences: Sequence[State],
    enders: Sequence[Ender],
    states: Sequence[State],
    sides: Sides,
) -> bool:
    """Whether what is against it may be after it, and its own side certainly is not after that again."""
    held, how, _ = each
    if held.so is None:
        return False
    certain = how == "certain" and held.about == place
    if certain and (not held.is_capture or holds_all_through(held.so, (sides.at or 0, sides.at or 0))):
        return False
    times = [
        word[0].so
        for word in (*events, *absences)
        if word[0].so and casts_doubt(place, word[0], held, sides) and may_be_after(word[0].so, held.so)
    ]
    for claim, end in enders:
        if not sure_by(end.earliest_end, sides.at) or not may_be_after(end, held.so):
            continue
        capture = claim["content"]["type"] == "capture"
        against = capture and not by_whom(claim) and claim["content"].get("actors", {}).get("against", [])
        if ends(claim, end, held, sides) and (against or not (capture and held.partial)):
            times.append(end)
        # What names nobody may be the very capture of who took it.
        nameless = not against and not held.is_capture and says_not_whose(claim, end, held, sides)
        if nameless and not (capture and held.partial):
            times.append(end)
    if to_come(each, sides.at):
        times += [
            word[0].so
            for word in events
            if word[1] == "ended" and word[0].so and casts_doubt(place, word[0], held, sides)
        ]
    own = [
        other[0].so.earliest_start
        for other in states
        if is_event(place, other[0], sides.at)
        and other[0].status == "controls"
        and other[0].so
        and other[1] in ("certain", "presumed", "last_known")
        and of_one_side(other[0], held, sides)
    ]
    return bool(times) and not any(all(later(start, time) for time in times) for start in own)


def to_come(each: State, at: int | None) -> bool:
    """A capture that may not have come yet."""
    so = each[0].so
    return bool(each[0].is_capture and each[1] == "possible" and so and at is not None and at < so.latest_start)


def casts_doubt(place: str, word: Snapshot, held: Snapshot, sides: Sides) -> bool:
    """Who holds a part is put in doubt by his absence only, and not by who holds the rest."""
    return is_against(place, word, held, sides) and not (held.partial and word.status == "controls")


def is_event(place: str, snapshot: Snapshot, at: int | None) -> bool:
    """A capture of the place itself, or that somebody certainly controlled all of it, at a time that is told or not."""
    if snapshot.about != place or not snapshot.actor or snapshot.partial or snapshot.so is None:
        return False
    if snapshot.status == "absent":
        return False
    # What no instant certainly belongs to begins after its end.
    return snapshot.is_capture or is_somewhere(snapshot.proven) or was_for_certain(snapshot, at)


def is_somewhere(proven: tuple[int, int] | None) -> bool:
    return proven is not None and proven[0] <= proven[1]


def is_no_guess(place: str, snapshot: Snapshot, at: int | None) -> bool:
    """Such an event, or that somebody certainly was absent from all of it."""
    if is_absence(place, snapshot):
        return is_somewhere(snapshot.proven) or was_for_certain(snapshot, at)
    return is_event(place, snapshot, at)


def is_absence(place: str, snapshot: Snapshot) -> bool:
    if snapshot.about != place or not snapshot.actor or snapshot.partial or snapshot.so is None:
        return False
    return snapshot.status == "absent"


def is_against(place: str, word: Snapshot, held: Snapshot, sides: Sides) -> bool:
    if held.actor is None or word.actor is None:
        return False
    if "absent" in (word.status, held.status):
        if word.status == held.status:
            return False
        absent, others = (word, held) if word.status == "absent" else (held, word)
        # Of those that hold it together, he who is gone is gone; of those that came together, anybody has come.
        here = (held.actor,) if word.status == "absent" else others.holders
        times = time_of(absent, sides.at), time_of(others, sides.at)
        return any(may_have_held(wholes_of(one, sides).get(str(absent.actor), ()), *times) for one in here)
    return not of_one_side(word, held, sides)


def outdoes(place: str, event: State, held: State, sides: Sides) -> bool:
    """What is implied of the whole, if an event that stands may be after it."""
    if event[1] not in RANKS or held[0].about == place:
        return False
    one, other = event[0].so, held[0].so
    if not one or not other or not is_against(place, event[0], held[0], sides):
        return False
    return one.latest_end >= other.earliest_start


def holds_all_through(so: when.Span, time: tuple[int, int]) -> bool:
    return so.latest_start <= time[0] and time[1] <= so.earliest_end


def at_odds(place: str, states: Sequence[State], governing: Sequence[State], sides: Sides) -> list[State]:
    """Holders, and who is absent, that cannot both be, both certain, by two voices."""
    held = [each for each in governing if each[1] == "certain" and each[0].status == "controls"]
    gone = [each for each in states if is_absence(place, each[0]) and each[1] == "certain"]
    pairs = [pair for pair in combinations(held, 2) if exclude_each_other(pair[0][0], pair[1][0], sides)]
    pairs += [(one, absent) for one in held for absent in gone if is_against(place, absent[0], one[0], sides)]
    pairs = [
        (one, other) for one, other in pairs if one[0].voice != other[0].voice and not may_be_apart(one[0], other[0])
    ]
    return [each for each in (*held, *gone) if any(each in pair for pair in pairs)]


def changed_hands_between(one: Snapshot, other: Snapshot) -> bool:
    """Whether the one began when the other ended, or on the day of that, and goes on."""
    if one.so is None or other.so is None:
        return False
    begun_since = other.so.latest_start < one.so.earliest_start and other.so.earliest_end <= one.so.earliest_start
    return begun_since and one.so.latest_end > other.so.latest_end


def may_be_apart(one: Snapshot, other: Snapshot) -> bool:
    """Whether one of them is of a capture that may have come before the other was so, or after, on the same day; or the
    one went on when the other was over.
    """
    if changed_hands_between(one, other) or changed_hands_between(other, one):
        return True
    return any(
        capture.is_capture
        and capture.so
        and not (word.so and holds_all_through(word.so, (capture.so.earliest_start, capture.so.latest_end)))
        for capture, word in ((one, other), (other, one))
    )


def is_denied(place: str, event: State, governing: Sequence[State], sides: Sides) -> bool:
    """Whether somebody else says that it was held by another all the while from what happened until now."""
    word, how, _ = event
    if sides.at is None or how not in ("presumed", "last_known"):
        return False
    around = word.about != place and word.status == "controls" and word.actor is not None and not word.partial
    if not around and not is_event(place, word, sides.at) and not is_absence(place, word):
        return False
    return is_somewhere(word.proven) and any(
        held == "certain"
        and other.voice != word.voice
        and (word.about == place or other.about != place)
        and other.proven is not None
        and word.proven is not None
        and other.proven[0] <= word.proven[0]
        and not may_be_apart(word, other)
        and sides.at <= other.proven[1]
        and other.status == "controls"
        and (
            is_against(place, word, other, sides) if word.status == "absent" else exclude_each_other(other, word, sides)
        )
        for other, held, _ in governing
    )


def how_many_agree(governing: Sequence[State], claims: Sequence[Claim], voices: dict[str, int], sides: Sides) -> str:
    """Two voices, each of whom names somebody of the side of each holder, of the whole or of a part as he is."""
    if voices["voices"] < 2:
        return "one_voice" if voices["voices"] else "unattributed"
    held = [snapshot for snapshot, *_ in governing]

    def names(voice: Voice, one: Snapshot) -> bool:
        return any(
            may_have_held(
                both_in_one(str(one.actor), str(other.actor), sides), time_of(one, sides.at), time_of(other, sides.at)
            )
            for other in held
            if other.voice == voice and other.partial == one.partial
        )

    alike = [each for each in governing if all(names(each[0].voice, one) for one in held)]
    return "agreed" if voices_of(alike, claims)["voices"] >= 2 else "differ"


def voices_of(governing: Sequence[State], claims: Sequence[Claim]) -> dict[str, int]:
    """`claims` are all that were told of the place and what is around it."""
    by_id = {snapshot.claim["id"]: snapshot.claim for snapshot, *_ in governing}
    said = {snapshot.says for snapshot, *_ in governing}
    told = [one for one in told_of_an_origin(claims) if says_of(one, governing) & said and one["id"] not in by_id]
    return independent(
        list(by_id.values()),
        lambda one, other: bool(says_of(one, governing) & says_of(other, governing)),
        told,
    )


def holds(held: Sequence[Snapshot], claims: Sequence[Claim], version: int) -> list[tuple[Any, ...]]:
    """Of each holder: the most that anybody says it holds, by how many, and how firmly at best."""
    found = []
    for actor in sorted({str(one.actor) for one in held}):
        mine = [one for one in held if one.actor == actor]
        extents = {one.claim["content"].get("extent") for one in mine}
        most = next(extent for extent in ("all", None, "most", "part", "pockets") if extent in extents)
        # Who speaks of a part does not say that they hold more.
        mine = [one for one in mine if version == 1 or one.partial == (most in ("part", "pockets"))]
        hedges = {one.hedge if version == 2 else None for one in mine}
        firmest = next(hedge for hedge in (None, "indications", "hearsay", "possible") if hedge in hedges)
        found.append((actor, most, *voices_of([(one, "", None) for one in mine], claims).values(), firmest))
    return found


def taken_away(place: str, held: State, states: Sequence[State], sides: Sides) -> bool:
    """What is implied of an actor or a part of it, by its specific absence of the same rank or a better one."""
    if held[0].about == place:
        return False
    return any(denies(place, snapshot, held[0], sides) and RANKS[how] <= RANKS[held[1]] for snapshot, how, _ in states)


def denies(place: str, snapshot: Snapshot, held: Snapshot, sides: Sides) -> bool:
    """Whether it says of the place itself that the actor is absent, or what the actor is part of."""
    if snapshot.about != place or snapshot.status != "absent" or snapshot.actor is None or held.actor is None:
        return False
    windows = wholes_of(held.actor, sides).get(snapshot.actor, ())
    return may_have_held(windows, time_of(snapshot, sides.at), time_of(held, sides.at))


def verdict(
    place: str, states: Sequence[State], governing: Sequence[State], sides: Sides, open_: bool, disputed: bool
) -> dict[str, Any]:
    if not governing:
        return {"verdict": "unknown", "age_days": None}
    held = [each for each in governing if each[0].status == "controls"]
    against = [(one, other) for one, other in combinations(held, 2) if exclude_each_other(one[0], other[0], sides)]
    if sides.version == 1:
        disputed = any(one[1] == other[1] == "certain" for one, other in against) or any(
            denies(place, snapshot, each[0], sides) and how == each[1] == "certain"
            for snapshot, how, _ in states
            for each in held
        )
    if disputed:
        return {"verdict": "disputed", "age_days": None}
    if against or open_:
        return {"verdict": "order_unknown", "age_days": None}
    found = VERDICTS[max(RANKS[how] for _, how, _ in held)]
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
        (ends(claim, end, snapshot, sides) or cuts_short(claim, end, snapshot, sides))
        and end.earliest_end > snapshot.so.latest_end
        and (at is None or end.earliest_end <= at)
        for claim, end in enders
    )


def exclude_each_other(one: Snapshot, other: Snapshot, sides: Sides) -> bool:
    if one.partial or other.partial or one.actor is None or other.actor is None:
        return False
    return not of_one_side(one, other, sides)


def beside(
    place: str, claims: Sequence[Claim], at: int | None, version: int, made_an_end: Set[str]
) -> list[tuple[Any, ...]]:
    """Who contests, is present or encircles, by the second version also who is absent from a part, or withdrew, and
    what was taken by nobody that is named; never a holder."""
    mine = [
        one
        for claim in claims
        if claim["content"].get("place") == place
        for one in (*beside_in(claim, version), *(happened_in(claim) if version == 2 else ()))
        if may_have_begun(one.so, at)
    ]
    return [
        (one.claim["id"], one.actor, one.status, *plain_state(one, at), one.hedge if version == 2 else None)
        for one in mine
        if (one.claim["content"]["kind"] == "occurrence" and one.claim["id"] in made_an_end)
        or not any(
            what_is_beside(one) == what_is_beside(other)
            and certainly_earlier(one.so, other.so)
            # Who does not vouch for a word makes nothing old of what anybody vouches for.
            and (version == 1 or one.hedge is not None or other.hedge is None)
            for other in mine
        )
    ]


def beside_in(claim: Claim, version: int) -> list[Snapshot]:
    content = claim["content"]
    if content["kind"] != "control":
        return []
    other = content["status"] in ("contests", "present", "encircles")
    if not other and not (version == 2 and is_absence_from_part(content)):
        return []
    held = None if version == 2 and in_doubt(claim) else proven_within(claim["dated"], claim["so"], version)
    return [Snapshot(claim, content.get("actor"), content["status"], claim["so"], held, ())]


def took_it_since(one: Snapshot, enders: Sequence[Ender], sides: Sides, at: int | None) -> bool:
    """Whether who contests or encircles it, or is absent from a part, certainly captured it after that, by then."""
    if one.so is None or one.actor is None or one.status == "present":
        return False
    time = time_of(one, None)
    for claim, end in enders:
        if claim["content"]["type"] != "capture" or (one.hedge is None and "hedge" in claim["content"]):
            continue
        if not bears(claim, one):
            continue
        if end.earliest_end <= one.so.latest_end or not sure_by(end.latest_end, at):
            continue
        its = end.earliest_end, end.latest_end
        if any(may_have_held(both_in_one(actor, one.actor, sides), its, time) for actor in by_whom(claim)):
            return True
    return False


def what_is_beside(one: Snapshot) -> tuple[Any, ...]:
    return one.voice, one.actor, one.status, one.claim["content"]["kind"]


def plain_state(one: Snapshot, at: int | None) -> tuple[str, int | None]:
    so = one.so
    if so is None:
        return "undated", None
    if at is None:
        return "last_known", None
    if proven_at(one.proven, at):
        return "certain", None
    return ("possible", None) if so.latest_end >= at else ("last_known", (at - so.latest_end) // DAY)


def timeline(
    place: str,
    claims: Sequence[Claim],
    around: Around,
    wholes: Wholes,
    moments: Sequence[int],
    version: int = 2,
    surely: Around | None = None,
    certain: Wholes | None = None,
) -> dict[str, Any]:
    """What each voice states, and how its gaps are told at each of some moments."""
    by_sides = [Sides(wholes, None, version)]
    if certain is not None and version == 2:
        by_sides.append(Sides(certain, None, version))
    standing = as_told(counted(claims)[0], version)
    surely = surely if version == 2 else None
    snapshots = snapshots_of(place, standing, around, version, surely)
    enders = enders_of(standing, around, surely)
    return {
        "stated": sorted((told(one, one.so) for one in snapshots), key=repr),
        "gaps": {moment: gaps(snapshots, enders, by_sides, moment) for moment in moments},
    }


def told(one: Snapshot, so: when.Span | None) -> tuple[Any, ...]:
    stretch = (so.earliest_start, so.latest_end) if so else (when.EARLIEST, when.LATEST)
    return one.voice, one.about, *stretch, *one.says, one.claim["id"]


def gaps(
    snapshots: Sequence[Snapshot], enders: Sequence[Ender], by_sides: Sequence[Sides], moment: int
) -> list[tuple[Any, ...]]:
    """Of each voice and place, where none of its snapshots may hold: the states of that voice alone."""
    found = []
    sides = by_sides[0]
    for voice, about in {(one.voice, one.about) for one in snapshots}:
        mine = [one for one in snapshots if (one.voice, one.about) == (voice, about) and one.so is not None]
        stated = [one for one in mine if one.so and one.so.earliest_start <= moment <= one.so.latest_end]
        for one in mine:
            firm = sides.version == 1 or one.hedge is None
            bearing = [other for other in mine if sides.version == 1 or not firm or other.hedge is None]
            making_ends = [
                each for each in enders if sides.version == 1 or not firm or "hedge" not in each[0]["content"]
            ]
            silent = not any(
                makes_old(other, one, sides.version) or other is one for other in stated if other in bearing
            )
            if silent and counts(one, bearing, moment, sides.version):
                told_by = [state(one, bearing, making_ends, each, moment) for each in by_sides]
                how, _ = less_known(told_by[0], told_by[-1])
                found.append((voice, about, *one.says, how, one.claim["id"]))
    return sorted(found, key=repr)
