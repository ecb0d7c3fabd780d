"""What the questions answer, as models: who holds a place, what a topic comes to, contradictions, changes."""

from datetime import datetime

from pydantic import Field

from .answers import Answer, Claim, ClaimTold, Clocked, FieldChange, Instant, Names, Number


class Rule(Answer):
    id: str
    name: str
    version: int
    decides: str


class Rules(Answer):
    items: list[Rule]


class Told(Clocked):
    """An answer under named rules, with the claims that it rests on and what the items are called."""

    rules: list[str]
    claims: dict[str, ClaimTold]
    names: Names


class Voice(Answer):
    """Whose word it is: a claimant's, or that of a report, or of one origin by an assessment."""

    claimant: str | None
    report: str | None = None
    assessment: str | None = None


class SetAside(Answer):
    claim: str
    why: str
    by: str | None = None


class PlaceOfControl(Answer):
    id: str
    name: str
    kind: str
    within: str | None


class State(Answer):
    """What one claim says of who holds a place. `implied`: it is about another place, `about`.

    `capped`: it tells of no later than that, since its report was out by then.
    """

    claim: str
    voice: Voice
    actor: str | None
    status: str
    state: str
    about: str
    implied: bool
    when: str | None
    extent: str | None = None
    age_days: int | None = None
    by: str | None = None
    capped: Instant | None = None
    governs: bool | None = None


class ControlPicture(Answer):
    verdict: str
    holders: list[str]
    age_days: int | None = None
    voices: int
    unattributed: int
    states: list[State]
    beside: list[State]
    undated: list[State] = []
    set_aside: list[SetAside]


class Stretch(Answer):
    from_: Instant | None = Field(alias="from")
    to: Instant | None
    how: str
    status: str
    actor: str | None
    about: str
    implied: bool
    proven: bool
    claims: list[str]


class VoiceTimeline(Answer):
    voice: Voice
    stretches: list[Stretch]


class Control(Told):
    """Who is said to hold a place: the picture at `at`, and the timeline by voice."""

    place: PlaceOfControl
    picture: ControlPicture
    timeline: list[VoiceTimeline]


class Range(Answer):
    """All None where nothing can be said, `high` alone where there is no bound."""

    low: Number | None
    best: Number | None
    high: Number | None


class TopicParts(Answer):
    """A topic by its written form, and its parts."""

    topic: str
    measure: str
    unit: str
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    place: str | None = None
    incident: str | None = None


class Topic(TopicParts):
    """What is counted. `in_incidents`: how many of its claims are counted incident by incident."""

    claims: int
    in_incidents: int


class Part(Answer):
    claim: str
    topic: str | None = None
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None


class Line(Range):
    claim: str
    voice: Voice
    when: str | None
    state: str
    age_days: int | None = None
    parts: list[Part] = []


class Period(Answer):
    from_: Instant | None = Field(alias="from")
    to: Instant | None


class Group(Range):
    period: Period | None
    verdict: str
    voices: int
    unattributed: int
    lines: list[Line]


class FigurePicture(Answer):
    groups: list[Group]
    set_aside: list[SetAside]


class Span(Answer):
    earliest_start: Instant | None
    latest_start: Instant | None
    earliest_end: Instant | None
    latest_end: Instant | None


class Point(Range):
    """A claim in the series of its topic."""

    claim: str
    voice: Voice
    topic: str
    when: str | None
    span: Span | None
    set_aside: str | None = None


class Figures(TopicParts, Told):
    """Everything that was said of one topic, and what it comes to under a rule."""

    picture: FigurePicture
    series: list[Point]
    in_incidents: int
    beside: list[str]


class Sum(Range):
    dataset: str
    claimant: str | None = None
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    period: str | None = None
    incidents: int
    claims: int
    without_best: int
    without_number: int
    left_out: dict[str, int]


class Partition(Answer):
    """A total beside its parts. Unless it is `complete`, the parts are not the whole."""

    dataset: str
    claimant: str | None
    complete: bool
    total: Sum
    parts: list[Sum]


class Sums(Told):
    measure: str
    unit: str
    place: str | None
    sums: list[Sum]
    partitions: list[Partition]


class ControlOfPlace(ControlPicture):
    place: str


class FiguresOfTopic(TopicParts):
    groups: list[Group]


class OccurrenceTold(Answer):
    claim: str
    place: str | None


class UndatedOfPlace(Answer):
    place: str
    undated: list[State]


class Situation(Told):
    """Control, figures and occurrences of all places at one moment; `undated` is beside the map."""

    control: list[ControlOfPlace]
    undated: list[UndatedOfPlace] = []
    figures: list[FiguresOfTopic]
    occurrences: list[OccurrenceTold]


class DisagreementLine(Answer):
    claim: str
    voice: Voice
    when: str | None
    # Of figures.
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    # Of control.
    actor: str | None = None
    status: str | None = None


class Disagreement(Answer):
    """`kind`: figures, control, or declared (what a claim itself disputes)."""

    kind: str
    topic: str | None = None
    place: str | None = None
    time: str | None = None
    declared: bool | None = None
    lines: list[DisagreementLine]


class SourceGraded(Answer):
    id: str
    name: str
    kind: str
    reliability: str | None
    graded_because: str | None


class ClaimsCounted(Answer):
    total: int
    stands: int
    withdrawn: int
    retracted: int


class SourceRecord(Clocked):
    """How much a source said, took back and changed, how much of it we corrected, and how it is graded."""

    source: SourceGraded
    claims: ClaimsCounted
    revised: int
    without_notice: int
    corrected: int
    disputed: int
    disputes: int
    graded: dict[str, int]
    reports: int
    first: Instant | None
    last: Instant | None


class EventTold(Answer):
    position: int
    type: str
    family: str
    recorded_at: datetime
    principal_name: str | None
    reason: str | None


class Correction(EventTold):
    """`touches`: the items and topics, by kind, whose answers this may have moved."""

    kind: str
    id: str
    principal: str
    report: str | None
    changes: list[FieldChange]
    touches: dict[str, list[str]]


class Change(Answer):
    """A claim that `appeared`, `disappeared` or `changed` between two pictures, and the events that made it so."""

    claim: str
    what: str
    before: Claim | None
    after: Claim | None
    differs: list[str]
    events: list[EventTold]
    published: list[str]
