"""What the questions answer, as models: who holds a place, what a topic comes to, contradictions, changes."""

from datetime import datetime
from typing import Any

from pydantic import Field

from .answers import Answer, Claim, ClaimTold, Clocked, FieldChange, Instant, Names, Number, PersonsCounted, WithinTold


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
    within: str | list[WithinTold] | None


class State(Answer):
    """What one claim says of who holds a place. `implied`: it is about another place, `about`.

    `capped`: it tells of no later than that, since its report was out by then. `hedge`: who says so does not vouch for
    it.
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
    hedge: str | None = None
    governs: bool | None = None


class Hold(Answer):
    """How much of a place a holder is said to hold (None: unsaid), and by how many."""

    actor: str
    extent: str | None = None
    hedge: str | None = None
    voices: int
    unattributed: int


class ChangedHands(Answer):
    """Who was known to hold a place until `after`; from `before` on it was otherwise, by the claim `by`."""

    actor: str | None
    claim: str
    by: str
    after: Instant
    before: Instant


class TakenInside(Answer):
    """A place inside one of which somebody was told to hold all: others have held it since."""

    place: str
    actor: str | None
    claim: str


class ControlPicture(Answer):
    verdict: str
    holders: list[str]
    holds: list[Hold] = []
    age_days: int | None = None
    voices: int
    unattributed: int
    states: list[State]
    beside: list[State]
    undated: list[State] = []
    set_aside: list[SetAside]
    changed_hands: list[ChangedHands] = []
    inside: list[TakenInside] = []


class Stretch(Answer):
    from_: Instant | None = Field(alias="from")
    to: Instant | None
    how: str
    status: str
    actor: str | None
    extent: str | None = None
    hedge: str | None = None
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
    dimensions: dict[str, str] = {}


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
    # Where its date has an open end: it tells of no later than that.
    capped: Instant | None = None
    # Those that stand; and beside them those that count for nothing.
    parts: list[Part] = []
    parts_set_aside: list[SetAside] = []


class Period(Answer):
    from_: Instant | None = Field(alias="from")
    to: Instant | None


class GroupInBrief(Range):
    """What all voices say of one period, or of an incident over all its periods."""

    period: Period | None
    verdict: str
    voices: int
    unattributed: int
    incident: str | None = None


class Group(GroupInBrief):
    lines: list[Line]


class TopicInBrief(Answer):
    """What a topic comes to: its last groups, and how many `more_groups` there are before them."""

    topic: str
    groups: list[GroupInBrief]
    more_groups: int


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
    capped: Instant | None = None
    set_aside: str | None = None


class Figures(TopicParts, Told):
    """Everything that was said of one topic, and what it comes to under a rule."""

    picture: FigurePicture
    series: list[Point]
    in_incidents: int
    possibly_published: int
    beside: list[str]
    # What the first of them come to.
    beside_in_brief: list[TopicInBrief] = []
    # Of a village, or another spot: those of places inside it, whose numbers are not in this one.
    inside: list[str] = []
    inside_in_brief: list[TopicInBrief] = []
    # Of incidents that were there, of which a number stands without a place: it is not in this one either.
    unplaced: list[str] = []
    unplaced_in_brief: list[TopicInBrief] = []
    # Of the topic of an incident: what the register of persons counts, never added to figures.
    persons: PersonsCounted | None = None


class Sum(Range):
    dataset: str
    claimant: str | None = None
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    dimensions: dict[str, str] = {}
    period: str | None = None
    incidents: int
    claims: int
    without_best: int
    without_number: int
    # How many incidents its claims tell of that count as one with others, since a claim tells of them together.
    taken_as_one: int = 0
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
    # How many periods were counted before those that are shown.
    earlier_periods: int = 0


class UnplacedOfPlace(TopicParts):
    """What the numbers of an incident come to that name no place; `place` is where the incident was."""

    comes_to: GroupInBrief


class OccurrenceTold(Answer):
    claim: str
    place: str | None


class UndatedOfPlace(Answer):
    place: str
    undated: list[State]


class FiguresSetAside(TopicParts):
    """What was said of a topic and counts for nothing."""

    set_aside: list[SetAside]


class OccurrenceSetAside(OccurrenceTold):
    """What is said to have happened, and counts for nothing."""

    why: str


class Situation(Told):
    """Control, figures and occurrences of all places at one moment; `undated` is beside the map. What was withdrawn,
    discredited or intended of that moment is in `figures_set_aside` and `occurrences_set_aside`.
    """

    control: list[ControlOfPlace]
    undated: list[UndatedOfPlace] = []
    figures: list[FiguresOfTopic]
    # Numbers without a place of incidents that have one: they are not among those of the place.
    unplaced: list[UnplacedOfPlace] = []
    occurrences: list[OccurrenceTold]
    figures_set_aside: list[FiguresSetAside] = []
    occurrences_set_aside: list[OccurrenceSetAside] = []


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
    extent: str | None = None
    hedge: str | None = None


class Disagreement(Answer):
    """`kind`: figures, control, dates, possible (`unsure` says why), or declared (what a claim itself disputes)."""

    kind: str
    topic: str | None = None
    place: str | None = None
    time: str | None = None
    declared: bool | None = None
    unsure: list[str] = []
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
    withdrawn_by_others: int = 0
    retracted: int


class SourceRecord(Clocked):
    """How much a source said, took back and changed, how much of it we corrected, and how it is graded."""

    source: SourceGraded
    claims: ClaimsCounted
    revised: int
    revised_by_others: int = 0
    without_notice: int
    corrected: int
    disputed: int
    disputes: int
    graded: dict[str, int]
    reports: int
    reports_withdrawn: int = 0
    first: Instant | None
    last: Instant | None


class EventTold(Answer):
    """`changed_by`: of a claim that a later report changed or took back, who did, where that is recorded.

    `without_notice`: it was dropped, and nobody said why.
    """

    position: int
    type: str
    family: str
    recorded_at: datetime
    principal_name: str | None
    reason: str | None
    changed_by: str | None = None
    without_notice: bool = False


class Correction(EventTold):
    """`touches`: the items and topics, by kind, whose answers this may have moved; `touches_more`: how many besides.

    `goes_on_as`: as what the item went on then, where nothing counts by this until it is split off. `claimant`: of a
    claim that a later report changed or took back, whose word it was, where that is known.
    """

    kind: str
    id: str
    principal: str
    report: str | None
    claimant: str | None = None
    changes: list[FieldChange]
    touches: dict[str, list[str]]
    touches_more: dict[str, int] = {}
    goes_on_as: str | None = None


class Change(Answer):
    """A claim that `appeared`, `disappeared` or `changed` between two pictures, and the events that made it so."""

    claim: str
    what: str
    before: Claim | None
    after: Claim | None
    differs: list[str]
    events: list[EventTold]
    published: list[str]


class WithdrawalKnown(Answer):
    """That its publisher took a report back: `when`, or `in_report`, and where that was recorded."""

    report: str
    position: int
    when: str | None
    in_report: str | None
    reason: str


class ChangedFinding(Answer):
    """What a question found in two pictures, where that differs: None where nothing was found.

    `too_large`: neither is told here. `events` moved it, and `more_events` besides; where these are
    `events_not_told_apart`, each may have, and where it was `searched_in_part`, others too. Without each of the
    reports that were `published` between the cut-offs, or known to be `withdrawn` by one of them only, it would be
    another, unless these are `not_told_apart`. `item` is one with its kind, `place/hajin`.
    """

    question: str
    place: str | None = None
    topic: str | None = None
    assessment: str | None = None
    person: str | None = None
    incident: str | None = None
    source: str | None = None
    item: str | None = None
    what: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    too_large: bool = False
    events: list[EventTold]
    events_not_told_apart: bool = False
    more_events: int = 0
    searched_in_part: bool = False
    published: list[str]
    withdrawn: list[WithdrawalKnown]
    not_told_apart: bool = False
