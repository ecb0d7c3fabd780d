"""What the rules found, as answers tell it: the types of it."""

from typing import Annotated, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from application.shown import Instant, ShownContent
from application.watch import KindOfDisagreement
from domain.clocks import Certainty
from domain.content import ControlStatus, Extent
from domain.control import How
from domain.control import Verdict as ControlVerdict
from domain.estimate import Measure, Unit
from domain.figures import LineState
from domain.figures import Verdict as FigureVerdict
from domain.holding import StateName
from domain.rules import RULES
from domain.set_aside import Why
from domain.words import Number

RuleId = Annotated[str, WithJsonSchema({"type": "string", "enum": list(RULES)})]


class ClaimTold(TypedDict):
    """A claim where an answer rests on it."""

    content: ShownContent
    report: str
    incident: NotRequired[str]
    withdrawn: NotRequired[bool]


class VoiceTold(TypedDict):
    """Whose word it is: a claimant's, or (`claimant` null) that of a report, or of one origin by an assessment."""

    claimant: str | None
    report: NotRequired[str]
    assessment: NotRequired[str]


class SetAsideTold(TypedDict):
    """A claim that no rule counts; `by` is the one that superseded it."""

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


class LineTold(RangeTold):
    """What one voice says."""

    claim: str
    voice: VoiceTold
    when: str | None
    state: LineState
    age_days: NotRequired[int]
    parts: NotRequired[list[PartTold]]


class GroupTold(RangeTold):
    """What all voices say of one period, and whether they agree."""

    period: Period | None
    verdict: FigureVerdict
    voices: int
    unattributed: int
    lines: list[LineTold]


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


class PointTold(RangeTold, WhyAside):
    """A claim in the series of its topic."""

    claim: str
    voice: VoiceTold
    topic: str
    when: str | None
    span: SpanTold | None


class SumTold(RangeTold):
    """What one dataset's claimant counted in all of its `incidents`. `period` is a year or a month.

    `without_best` counts incidents of which the lowest stands in for the best, `without_number` claims that add
    nothing, `left_out` claims by the reason why they are not among `claims`.
    """

    dataset: str
    claimant: NotRequired[str]
    subject: NotRequired[str]
    group: NotRequired[str]
    by: NotRequired[str]
    cause: NotRequired[str]
    period: NotRequired[str]
    incidents: int
    claims: int
    without_best: int
    without_number: int
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

    `capped`: it tells of no later than that, since its report was out by then.
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


class GoverningState(StateTold):
    """A state of the picture. `governs`: it is one of those that decide the verdict."""

    governs: bool


class Aged(TypedDict, total=False):
    """How old that is what was said last, where it is only known from then."""

    age_days: int


class ControlPictureTold(Aged):
    """Who is said to hold a place, and how sure that is. `beside`: who else is said to be there.

    `undated`: what is said without a date, where a picture of a moment leaves that out.
    """

    verdict: ControlVerdict
    holders: list[str]
    voices: int
    unattributed: int
    states: list[GoverningState]
    beside: list[StateTold]
    undated: list[StateTold]
    set_aside: list[SetAsideTold]


Stretch = TypedDict(
    "Stretch",
    {
        "from": Instant | None,
        "to": Instant | None,
        "how": How,
        "status": ControlStatus,
        "actor": str | None,
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


class DisagreementItem(TypedDict):
    """Two claims that cannot both be right. `time`: whether they are certainly about one time.

    `declared`: one of them says that it disputes the other.
    """

    kind: KindOfDisagreement
    topic: NotRequired[str]
    place: NotRequired[str]
    time: NotRequired[Certainty]
    declared: NotRequired[bool]
    lines: list[DisagreeingLine]
