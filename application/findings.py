"""What the rules found, as JSON: each answer tells its claims once, with what the items they mention are called."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple, cast

from application.found import (
    Capped,
    ChangedHands,
    ClaimTold,
    ControlPictureTold,
    DisagreeingLine,
    DisagreementItem,
    FigurePictureTold,
    GoneTold,
    GroupInBrief,
    GroupTold,
    HoldTold,
    LineTold,
    PartitionTold,
    PartTold,
    PointTold,
    RangeTold,
    SetAsideTold,
    SpanTold,
    StateTold,
    Stretch,
    SumsTold,
    SumTold,
    TakenFromTold,
    TakenInsideTold,
    TimelineTold,
    TopicAndRange,
    TopicTold,
    Unsureness,
    VoiceTold,
    WhyAside,
)
from application.watch import KindOfDisagreement
from domain import when
from domain.agreement import Hold
from domain.content import Content, Figure, OpenWord, actors_of, open_words
from domain.contradictions import Contradiction, disputed
from domain.control import ControlPicture
from domain.control_timeline import HeldStretch, VoiceTimeline
from domain.dates_apart import DatesApart
from domain.edition_sums import EditionSum, EditionTotals
from domain.exclusions import Exclusion
from domain.figures import FigureGroup, FigurePicture, Line
from domain.holding import State
from domain.in_force import InForce, Voice
from domain.sealable import as_given
from domain.set_aside import SetAside, Why, split
from domain.snapshots import Snapshot
from domain.taken_from import TakenFrom
from domain.taken_inside import TakenInside
from domain.topic import Topic, topic_of
from domain.words import Range, range_of

KINDS_OF_DISAGREEMENT: tuple[KindOfDisagreement, ...] = ("figures", "control", "dates", "possible", "declared")


@dataclass(slots=True)
class Mentioned:
    """Ids by kind, and words of open lists."""

    reports: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    incidents: set[str] = field(default_factory=set)
    words: set[OpenWord] = field(default_factory=set)

    def add(self, other: "Mentioned") -> None:
        for kind in fields(self):
            getattr(self, kind.name).update(getattr(other, kind.name))


class Disagreement(NamedTuple):
    """Two claims at odds; `after` is where a list goes on, and `place` where they stand in it.

    `around`: the place that both are about, where that of the one, at which they stand, lies inside that of the other.
    """

    kind: KindOfDisagreement
    after: list[Any]
    topic: Topic | None
    place: str | None
    found: Contradiction | DatesApart | Exclusion | tuple[InForce, InForce]
    around: str | None = None


class SaidBefore(NamedTuple):
    """What a claim said before what it says now, and in which report."""

    content: Content
    report: str


def in_brief(group: FigureGroup) -> GroupInBrief:
    """A group without what each voice says."""
    found = told_range(group.range)
    told: GroupInBrief = {
        "period": None
        if group.so is None
        else {"from": when.rfc3339(group.so.earliest_start), "to": when.rfc3339(group.so.latest_end)},
        "verdict": group.verdict,
        "low": found["low"],
        "best": found["best"],
        "high": found["high"],
        "voices": group.voices,
        "unattributed": group.unattributed,
    }
    if group.incident is not None:
        told["incident"] = group.incident
    return told


def told_alike(one: Any, other: Any) -> bool:
    """Whether two findings tell the same, in whatever order: where lines stand goes by dates, which decide nothing."""
    return bool(one == other) or in_no_order(one) == in_no_order(other)


def in_no_order(told: Any) -> Any:
    """A finding with its lines in an order that says nothing."""
    if isinstance(told, Mapping):
        return {name: in_no_order(value) for name, value in told.items()}
    if not isinstance(told, (list, tuple)):
        return told
    found = [in_no_order(each) for each in told]
    # Of words and ids the order may be what was recorded.
    made_of = all(isinstance(each, Mapping) for each in told)
    return sorted(found, key=lambda each: json.dumps(each, sort_keys=True)) if made_of else found


class Telling:
    """One answer in the making: what it has mentioned so far."""

    def __init__(self, parts: Iterable[InForce] = ()) -> None:
        """`parts` are the claims that are part of those to be told."""
        self._claims: dict[str, InForce] = {}
        self._parts = {part.claim: part for part in parts}
        self._before: Mapping[str, Sequence[SaidBefore]] = {}
        self._taken_from: Mapping[str, Sequence[TakenFrom]] = {}
        self.mentioned = Mentioned()

    def told_of(self) -> Mapping[str, InForce]:
        """The claims that were told of."""
        return self._claims

    def claims(self) -> dict[str, ClaimTold]:
        """Everything that was told of claims, each once. What they mention is `mentioned` too from now on."""
        for claim in self._claims.values():
            self._mention(claim.content)
            self.mentioned.reports.update(filter(None, (claim.report, claim.withdrawn_in)))
            self.mentioned.incidents.update(claim.incidents)
            for earlier in self._before.get(claim.claim, ()):
                self._mention(earlier.content)
                self.mentioned.reports.add(earlier.report)
            for origin in self._taken_from.get(claim.claim, ()):
                (self.mentioned.sources if origin.how == "credits" else self.mentioned.reports).add(origin.id)
                if origin.gone is not None and origin.gone.report is not None:
                    self.mentioned.reports.add(origin.gone.report)
        return {
            claim_id: _claim(claim, self._before.get(claim_id, ()), self._taken_from.get(claim_id, ()))
            for claim_id, claim in self._claims.items()
        }

    def said_before(self, earlier: Mapping[str, Sequence[SaidBefore]]) -> None:
        """What the claims that were told of had said before, oldest first."""
        self._before = earlier

    def taken_from(self, origins: Mapping[str, Sequence[TakenFrom]]) -> None:
        """From what the claims that were told of are taken."""
        self._taken_from = origins

    def _mention(self, content: Content) -> None:
        mentioned = self.mentioned
        mentioned.reports.update(content.rests_on)
        mentioned.sources.update(content.via)
        mentioned.actors.update(actors_of(content))
        mentioned.words.update(open_words(content))
        if content.claimant is not None:
            mentioned.sources.add(content.claimant)
        if content.place is not None:
            mentioned.places.add(content.place)

    def claim(self, claim: InForce) -> str:
        self._claims[claim.claim] = claim
        return claim.claim

    def figures(self, picture: FigurePicture) -> FigurePictureTold:
        return {"groups": self.groups(picture), "set_aside": self.aside(picture.set_aside)}

    def groups(self, picture: FigurePicture) -> list[GroupTold]:
        return [self.group(group) for group in picture.groups]

    def group(self, group: FigureGroup) -> GroupTold:
        if group.incident is not None:
            self.mentioned.incidents.add(group.incident)
        return {**in_brief(group), "lines": [self._line(line) for line in group.lines]}

    def _line(self, line: Line) -> LineTold:
        found = told_range(line.range)
        told: LineTold = {
            "claim": self.claim(line.claim),
            "voice": voice(line.voice),
            "low": found["low"],
            "best": found["best"],
            "high": found["high"],
            "when": line.claim.content.when,
            "state": line.state,
        }
        if line.age_days is not None:
            told["age_days"] = line.age_days
        if line.claim.capped is not None:
            told["capped"] = cast("str", when.rfc3339(line.claim.capped))
        counted, aside = split(self._parts[part] for part in line.claim.parts if part in self._parts)
        if counted:
            told["parts"] = [self._part(part) for part in counted]
        if aside:
            told["parts_set_aside"] = self.aside(aside)
        return told

    def _part(self, part: InForce) -> PartTold:
        return {"claim": self.claim(part), **_topic_and_range(part)}

    def point(self, claim: InForce, aside: Why | None) -> PointTold:
        """A claim in the series of its topic."""
        because: WhyAside = {} if aside is None else {"set_aside": aside}
        capped: Capped = {} if claim.capped is None else {"capped": cast("str", when.rfc3339(claim.capped))}
        content = claim.content
        assert content.kind == "figure"
        return {
            "claim": self.claim(claim),
            "voice": voice(claim.voice),
            "topic": str(_topic(claim, content)),
            **told_range(range_of(content)),
            "when": claim.content.when,
            "span": span(claim.so),
            **capped,
            **because,
        }

    def sums(self, totals: EditionTotals) -> SumsTold:
        partitions: list[PartitionTold] = [
            {
                "dataset": partition.dataset,
                "claimant": partition.claimant,
                "complete": partition.complete,
                "total": self._sum(partition.total),
                "parts": [self._sum(part) for part in partition.parts],
            }
            for partition in totals.partitions
        ]
        return {"sums": [self._sum(one) for one in totals.sums], "partitions": partitions}

    def _sum(self, one: EditionSum) -> SumTold:
        self.mentioned.sources |= {one.claimant} if one.claimant else set()
        self.mentioned.actors |= {actor for actor in (one.subject, one.by) if actor}
        words = [("group", one.group), ("cause", one.cause)]
        words += [("dimension", name) for name, _ in one.dimensions] + [("value", value) for _, value in one.dimensions]
        self.mentioned.words |= {(kind, word) for kind, word in words if word is not None}
        shown = {name: value for name, value in asdict(one).items() if value is not None or name in _IN_EVERY_RANGE}
        del shown["dimensions"]
        if one.dimensions:
            shown["dimensions"] = dict(one.dimensions)
        return cast("SumTold", shown)

    def control(self, picture: ControlPicture, inside: Iterable[TakenInside] = ()) -> ControlPictureTold:
        self.mentioned.actors.update(picture.holders)
        told: ControlPictureTold = {
            "verdict": picture.verdict,
            "holders": list(picture.holders),
            "holds": [_hold(hold) for hold in picture.holds],
            "voices": picture.voices,
            "unattributed": picture.unattributed,
            "states": [{**self.state(state), "governs": state in picture.governing} for state in picture.states],
            "beside": [self.state(state) for state in picture.beside],
            "undated": [self.state(state) for state in picture.undated],
            "set_aside": self.aside(picture.set_aside),
        }
        if picture.age_days is not None:
            told["age_days"] = picture.age_days
        if picture.changed:
            told["changed_hands"] = [self._changed_hands(state) for state in picture.changed]
        if taken := [self._inside(one) for one in inside]:
            told["inside"] = taken
        return told

    def _inside(self, one: TakenInside) -> TakenInsideTold:
        self.mentioned.places.add(one.place)
        return {"place": one.place, "actor": one.state.actor, "claim": self.claim(one.state.claim)}

    def _changed_hands(self, state: State) -> ChangedHands:
        assert state.between is not None
        assert state.by is not None
        after, before = (cast("str", when.rfc3339(instant)) for instant in state.between)
        claim = self.claim(state.claim)
        return {"actor": state.actor, "claim": claim, "by": state.by, "after": after, "before": before}

    def state(self, state: State) -> StateTold:
        claim, about = state.claim, state.claim.content.place
        assert about is not None
        told: StateTold = {
            "claim": self.claim(claim),
            "voice": voice(claim.voice),
            "actor": state.actor,
            "status": state.status,
            "state": state.state,
            "about": about,
            "implied": not state.direct,
            "when": claim.content.when,
        }
        if state.extent is not None:
            told["extent"] = state.extent
        if state.age_days is not None:
            told["age_days"] = state.age_days
        if state.by is not None:
            told["by"] = state.by
        if state.capped is not None:
            told["capped"] = cast("str", when.rfc3339(state.capped))
        if state.hedge is not None:
            told["hedge"] = state.hedge
        return told

    def timeline(self, lines: Sequence[VoiceTimeline], claims: Iterable[InForce]) -> list[TimelineTold]:
        """The stretches of each voice; `claims` are those that they were made of."""
        told = {claim for line in lines for stretch in line.stretches for claim in stretch.claims}
        for claim in claims:
            if claim.claim in told:
                self.claim(claim)
        return [
            {"voice": voice(line.voice), "stretches": [self._stretch(stretch) for stretch in line.stretches]}
            for line in lines
        ]

    def _stretch(self, stretch: HeldStretch) -> Stretch:
        self.mentioned.places.add(stretch.about)
        told: Stretch = {
            "from": when.rfc3339(stretch.start),
            "to": when.rfc3339(stretch.end),
            "how": stretch.how,
            "status": stretch.status,
            "actor": stretch.actor,
            "about": stretch.about,
            "implied": not stretch.direct,
            "proven": stretch.proven,
            "claims": list(stretch.claims),
        }
        if stretch.extent is not None:
            told["extent"] = stretch.extent
        if stretch.hedge is not None:
            told["hedge"] = stretch.hedge
        return told

    def aside(self, claims: Sequence[SetAside]) -> list[SetAsideTold]:
        told: list[SetAsideTold] = []
        for one in claims:
            told.append({"claim": self.claim(one.claim), "why": one.why})
            if one.by is not None:
                told[-1]["by"] = one.by
        return told

    def disagreement(self, one: Disagreement) -> DisagreementItem:
        told: DisagreementItem = {"kind": one.kind, "lines": []}
        if one.topic is not None:
            told["topic"] = str(one.topic)
            self.mentioned.incidents |= {one.topic.incident} if one.topic.incident else set()
        if (place := one.around or one.place) is not None:
            told["place"] = place
        match one.found:
            case Contradiction() as found:
                pairs = zip((found.one, found.other), found.ranges, strict=True)
                lines: list[DisagreeingLine] = [{**self._word(claim), **told_range(range_)} for claim, range_ in pairs]
                unsure: Unsureness = {"unsure": list(found.unsure)} if found.unsure else {}
                return {**told, "time": found.time, "declared": found.declared, **unsure, "lines": lines}
            case DatesApart() as found:
                lines = [self._word(claim) for claim in (found.one, found.other)]
                return {**told, "time": found.certainty, "lines": lines}
            case Exclusion() as found:
                lines = [self._holder(snapshot) for snapshot in (found.one, found.other)]
                declared = disputed(found.one.claim, found.other.claim)
                return {**told, "time": found.time, "declared": declared, "lines": lines}
            case pair:
                return {**told, "lines": [self._word(claim) for claim in pair]}

    def _holder(self, snapshot: Snapshot) -> DisagreeingLine:
        told: DisagreeingLine = {**self._word(snapshot.claim), "actor": snapshot.actor, "status": snapshot.status}
        if snapshot.extent is not None:
            told["extent"] = snapshot.extent
        if snapshot.hedge is not None:
            told["hedge"] = snapshot.hedge
        return told

    def _word(self, claim: InForce) -> DisagreeingLine:
        return {"claim": self.claim(claim), "voice": voice(claim.voice), "when": claim.content.when}


def _hold(hold: Hold) -> HoldTold:
    told: HoldTold = {"actor": hold.actor, "voices": hold.voices, "unattributed": hold.unattributed}
    if hold.extent is not None:
        told["extent"] = hold.extent
    if hold.hedge is not None:
        told["hedge"] = hold.hedge
    return told


def voice(said: Voice) -> VoiceTold:
    """Whose word it is: a claimant's, or (`claimant` null) that of a report, or of one origin by an assessment."""
    told: VoiceTold = {"claimant": said.claimant}
    if said.report is not None:
        told["report"] = said.report
    if said.assessed is not None:
        told["assessment"] = said.assessed
    return told


def told_range(found: Range | None) -> RangeTold:
    """`low`, `best`, `high`; all null where nothing can be said, `high` alone where there is no bound."""
    return {"low": None, "best": None, "high": None} if found is None else {
        "low": found.low, "best": found.best, "high": found.high
    }  # fmt: skip


def topic(found: Topic) -> TopicTold:
    """A topic by its written form and its parts."""
    parts = zip(Topic.__match_args__[:-1], found, strict=False)
    told: dict[str, Any] = {"topic": str(found), **{name: value for name, value in parts if value is not None}}
    if found.dimensions:
        told["dimensions"] = dict(found.dimensions)
    return cast("TopicTold", told)


def span(so: when.Span | None) -> SpanTold | None:
    if so is None:
        return None
    return {
        "earliest_start": when.rfc3339(so.earliest_start),
        "latest_start": when.rfc3339(so.latest_start),
        "earliest_end": when.rfc3339(so.earliest_end),
        "latest_end": when.rfc3339(so.latest_end),
    }


def _topic_and_range(claim: InForce) -> TopicAndRange:
    content = claim.content
    if content.kind != "figure":
        return {}
    return {"topic": str(_topic(claim, content)), **told_range(range_of(content))}


def _topic(claim: InForce, figure: Figure) -> Topic:
    """What a claim counts: of its incident, unless it is looked at for several at once."""
    told_of = claim.told_of
    return topic_of(figure, told_of[0] if len(told_of) == 1 else None)


_IN_EVERY_RANGE = ("low", "best", "high")


def taken_from_told(origins: Iterable[TakenFrom]) -> list[TakenFromTold]:
    """From what something is taken, as every answer tells it."""
    return [_origin(one) for one in origins]


def _origin(origin: TakenFrom) -> TakenFromTold:
    told: TakenFromTold = {"how": origin.how}
    if origin.how == "credits":
        told["source"] = origin.id
    else:
        told["report"] = origin.id
    if origin.published is not None:
        told["published"] = origin.published
    if origin.gone is not None:
        gone: GoneTold = {"why": origin.gone.why}
        if origin.gone.report is not None:
            gone["report"] = origin.gone.report
        if origin.gone.when is not None:
            gone["when"] = origin.gone.when
        if origin.gone.claim is not None:
            gone["claim"] = origin.gone.claim
        told["gone"] = gone
    return told


def _claim(claim: InForce, earlier: Sequence[SaidBefore], origins: Sequence[TakenFrom]) -> ClaimTold:
    told: ClaimTold = {"content": as_given(claim.content), "report": claim.report}
    if claim.incidents:
        told["incidents"] = list(claim.incidents)
    if claim.overlaps:
        told["overlaps"] = list(claim.overlaps)
    if claim.alternatives:
        told["alternative_to"] = list(claim.alternatives)
    if claim.withdrawn:
        told["withdrawn"] = True
    if claim.withdrawn_in is not None:
        told["withdrawn_in"] = claim.withdrawn_in
    elif claim.withdrawn_when is not None:
        told["withdrawn_when"] = claim.withdrawn_when
    if earlier:
        told["earlier"] = [{"content": as_given(one.content), "report": one.report} for one in earlier]
    if origins:
        told["taken_from"] = taken_from_told(origins)
    return told
