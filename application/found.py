"""What the rules found, as answers tell it: the types of it."""

from typing import Annotated, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from application.shown import Instant, ShownContent
from application.watch import KindOfDisagreement
from domain.clocks import Certainty
from domain.content import ControlStatus, Extent, Hedge
from domain.contradictions import Unsure
from domain.control import Verdict as ControlVerdict
from domain.control_timeline import How
from domain.estimate import Measure, Unit
from domain.figures import LineState
from domain.figures import Verdict as FigureVerdict
from domain.holding import StateName
from domain.rules import RULES
from domain.set_aside import Why
from domain.taken_from import Gone
from domain.taken_from import How as TakenHow
from domain.words import Number

RuleId = Annotated[str, WithJsonSchema({"type": "string", "enum": list(RULES)})]


class SaidBeforeTold(TypedDict):
    """What a claim said before it was revised, and the `report` that said so."""

    content: ShownContent
    report: str


class GoneTold(TypedDict):
    """Why that from which something is taken stands no more: the report as a whole, or a `claim` that said so there.

    `report` is the one in which it was taken back or said otherwise; `when` that came out, or its publisher took it
    back.
    """

    why: Gone
    report: NotRequired[str]
    when: NotRequired[str]
    claim: NotRequired[str]


class TakenFromTold(TypedDict):
    """A `report` that something derives from or rests on, with when that was `published`, or a `source` that it
    credits; and, where that stands no more, why (`gone`). Of what this is taken from itself only what is gone is told.
    """

    how: TakenHow
    report: NotRequired[str]
    published: NotRequired[str]
    source: NotRequired[str]
    gone: NotRequired[GoneTold]


class ClaimTold(TypedDict):
    """A claim where an answer rests on it, with the `report` that says so; `incidents`: those that it tells of, if any.

    `overlaps` and `alternative_to`: claims of which it, or they of it, say that both may count the same, or that one
    holds instead of the other.

    Of one that is `withdrawn` `report` is the one that said it; `withdrawn_in` is the one that took it back, or, where
    none did, `withdrawn_when` says when its publisher did. `earlier`: what it had said before by the clocks, oldest
    first, where it was revised. `taken_from`: what its report derives from and credits, and what it rests on.
    """

    content: ShownContent
    report: str
    incidents: NotRequired[list[str]]
    overlaps: NotRequired[list[str]]
    alternative_to: NotRequired[list[str]]
    withdrawn: NotRequired[bool]
    withdrawn_in: NotRequired[str]
    withdrawn_when: NotRequired[str]
    earlier: NotRequired[list[SaidBeforeTold]]
    taken_from: NotRequired[list[TakenFromTold]]


class VoiceTold(TypedDict):
    """Whose word it is: a claimant's, or (`claimant` null) that of a report, or of one origin by an assessment."""

    claimant: str | None
    report: NotRequired[str]
    assessment: NotRequired[str]


class SetAsideTold(TypedDict):
    """A claim that no rule counts; `by` is the one that superseded it, or that it counts on from (`longer`)."""

    claim: str
    why: Why
    by: NotRequired[str]


class RangeTold(TypedDict):
    """Which numbers there is room for: all null where nothing can be said, `high` alone where there is no bound."""

    low: Number | None
    best: Number | None
    high: Number | None


class TopicTold(TypedDict):
    """What is counted: a topic by its written form and its parts."""

    topic: str
    measure: Measure
    unit: Unit
    subject: NotRequired[str]
    group: NotRequired[str]
    by: NotRequired[str]
    cause: NotRequired[str]
    place: NotRequired[str]
    incident: NotRequired[str]
    dimensions: NotRequired[dict[str, str]]


Period = TypedDict("Period", {"from": Instant | None, "to": Instant | None})
Period.__doc__ = """The time that a group of figures is about; null where there is no bound."""


class TopicAndRange(TypedDict, total=False):
    """What a figure counts and comes to; another kind of claim has none."""

    topic: str
    low: Number | None
    best: Number | None
    high: Number | None


class PartTold(TopicAndRange):
    """A claim that is part of another one, with what it counts and comes to."""

    claim: str


class Capped(TypedDict, total=False):
    """Where its date has an open end: it tells of no later than that, since its report was out by then."""

    capped: Instant


class LineTold(RangeTold, Capped):
    """What one voice says. `parts` are those that stand; beside them `parts_set_aside`, with why they do not."""

    claim: str
    voice: VoiceTold
    when: str | None
    state: LineState
    age_days: NotRequired[int]
    parts: NotRequired[list[PartTold]]
    parts_set_aside: NotRequired[list[SetAsideTold]]


class GroupInBrief(RangeTold):
    """What all voices say of one period, or of one `incident` over all its periods, and whether they agree."""

    period: Period | None
    verdict: FigureVerdict
    voices: int
    unattributed: int
    incident: NotRequired[str]


class GroupTold(GroupInBrief):
    """The same, with what each voice says."""

    lines: list[LineTold]


class TopicInBrief(TypedDict):
    """What a topic comes to: its last groups, and how many `more_groups` there are before them."""

    topic: str
    groups: list[GroupInBrief]
    more_groups: int


class FigurePictureTold(TypedDict):
    """What a topic comes to under a rule."""

    groups: list[GroupTold]
    set_aside: list[SetAsideTold]


class SpanTold(TypedDict):
    """When something may have begun and ended; null where there is no bound."""

    earliest_start: Instant | None
    latest_start: Instant | None
    earliest_end: Instant | None
    latest_end: Instant | None


class WhyAside(TypedDict, total=False):
    """Why no rule counts a claim, if none does."""

    set_aside: Why


class PointTold(RangeTold, Capped, WhyAside):
    """A claim in the series of its topic."""

    claim: str
    voice: VoiceTold
    topic: str
    when: str | None
    span: SpanTold | None


class SumTold(RangeTold):
    """What one dataset's claimant counted in all of its `incidents`. `period` is a year or a month.

    `without_best` counts incidents of which the lowest stands in for the best, `without_number` claims that add
    nothing, `left_out` claims by the reason why they are not among `claims`. `taken_as_one` is how many incidents its
    claims tell of that count as one with others, since a claim of the dataset tells of them together.
    """

    dataset: str
    claimant: NotRequired[str]
    subject: NotRequired[str]
    group: NotRequired[str]
    by: NotRequired[str]
    cause: NotRequired[str]
    dimensions: NotRequired[dict[str, str]]
    period: NotRequired[str]
    incidents: int
    claims: int
    without_best: int
    without_number: int
    taken_as_one: int
    left_out: dict[str, int]


class PartitionTold(TypedDict):
    """A total beside its parts. Unless it is `complete`, the parts are not the whole."""

    dataset: str
    claimant: str | None
    complete: bool
    total: SumTold
    parts: list[SumTold]


class SumsTold(TypedDict):
    """What the datasets' claimants counted."""

    sums: list[SumTold]
    partitions: list[PartitionTold]


class StateTold(TypedDict):
    """What one claim says of who holds a place. `implied`: it is about another place, `about`.

    `capped`: it tells of no later than that, since its report was out by then. `hedge`: who says so does not vouch for
    it: heard of, signs of it, or possible.
    """

    claim: str
    voice: VoiceTold
    actor: str | None
    status: ControlStatus
    state: StateName
    about: str
    implied: bool
    when: str | None
    extent: NotRequired[Extent]
    age_days: NotRequired[int]
    by: NotRequired[str]
    capped: NotRequired[Instant]
    hedge: NotRequired[Hedge]


class GoverningState(StateTold):
    """A state of the picture. `governs`: it is one of those that decide the verdict."""

    governs: bool


class Aged(TypedDict, total=False):
    """How old that is what was said last, where it is only known from then."""

    age_days: int


class HoldTold(TypedDict):
    """How much of a place a holder is said to hold (the most that anybody says; absent if unsaid), and by how many.

    `hedge`: nobody of these vouches for it; as the firmest of them says.
    """

    actor: str
    extent: NotRequired[Extent]
    hedge: NotRequired[Hedge]
    voices: int
    unattributed: int


class ChangedHands(TypedDict):
    """Who was known to hold a place (`actor`, by `claim`) until `after`; by the claim `by` of the same voice that was
    otherwise from `before` on: it changed some time between.
    """

    actor: str | None
    claim: str
    by: str
    after: Instant
    before: Instant


class TakenInsideTold(TypedDict):
    """A place inside one of which somebody was told to hold all: `actor` has held it since, by the claim."""

    place: str
    actor: str | None
    claim: str


class ControlPictureTold(Aged):
    """Who is said to hold a place, and how sure that is. `beside`: who else is said to be there,
    to be absent from a part or to have withdrawn, and what was captured by nobody that is named (`controls`, no actor).

    `undated`: what is said without a date, where a picture of a moment leaves that out. `changed_hands`: where nobody
    is known to hold it, who did last, if it changed since at a time that nobody tells. `inside`: where somebody is told
    to hold all of it, the places inside that others have held since.
    """

    verdict: ControlVerdict
    holders: list[str]
    holds: list[HoldTold]
    voices: int
    unattributed: int
    states: list[GoverningState]
    beside: list[StateTold]
    undated: list[StateTold]
    set_aside: list[SetAsideTold]
    changed_hands: NotRequired[list[ChangedHands]]
    inside: NotRequired[list[TakenInsideTold]]


Stretch = TypedDict(
    "Stretch",
    {
        "from": Instant | None,
        "to": Instant | None,
        "how": How,
        "status": ControlStatus,
        "actor": str | None,
        "extent": NotRequired[Extent],
        "hedge": NotRequired[Hedge],
        "about": str,
        "implied": bool,
        "proven": bool,
        "claims": list[str],
    },
)
Stretch.__doc__ = """A time through which a voice holds the same of a place. `proven`: no part of it is a guess."""


class TimelineTold(TypedDict):
    """Who held a place, by one voice."""

    voice: VoiceTold
    stretches: list[Stretch]


class DisagreeingLine(TypedDict):
    """One of the two. Of figures, with its range; of control, with who is said to hold the place."""

    claim: str
    voice: VoiceTold
    when: str | None
    low: NotRequired[Number | None]
    best: NotRequired[Number | None]
    high: NotRequired[Number | None]
    actor: NotRequired[str | None]
    status: NotRequired[ControlStatus]
    extent: NotRequired[Extent]
    hedge: NotRequired[Hedge]


class Unsureness(TypedDict, total=False):
    """Why two figures may also be about two things: what only one of them says."""

    unsure: list[Unsure]


class DisagreementItem(Unsureness):
    """Two claims that cannot both be right. `time`: whether they are certainly about one time (of `dates`: about one
    happening).

    `declared`: one of them says that it disputes the other.
    """

    kind: KindOfDisagreement
    topic: NotRequired[str]
    place: NotRequired[str]
    time: NotRequired[Certainty]
    declared: NotRequired[bool]
    lines: list[DisagreeingLine]
