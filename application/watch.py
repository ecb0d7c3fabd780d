"""What somebody wants to hear of: events that touch something, or a question whose answer changes."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, NamedTuple, assert_never, get_args

from pydantic import Field, TypeAdapter, ValidationError

from application.touch import Facet, Touch
from domain.checks import check
from domain.clocks import Certainty, Clocks
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.control import CONTROL_FROM_SNAPSHOTS, ControlRule
from domain.estimate import Measure
from domain.events import EVENT_TYPES, EventType
from domain.fact import Value
from domain.families import Family, is_heard_in
from domain.fields import (
    ActorId,
    CutOff,
    NotInVocabulary,
    OneOrMany,
    PlaceId,
    ReportId,
    Slug,
    SourceId,
    TopicText,
    refusal_of,
)
from domain.figures import LATEST_PER_CLAIMANT
from domain.topic import parse_topic
from domain.when import cut_off

FigureRule = Literal["latest-per-claimant@2", "widest-range@2", "latest-per-claimant@1", "widest-range@1"]
DisagreementRule = Literal["cannot-all-be-right@2", "cannot-all-be-right@1"]
KindOfDisagreement = Literal["figures", "control", "dates", "possible", "declared"]
ClaimKind = Literal["figure", "control", "occurrence", "statement"]
StreamKind = Literal["dossier", "source", "actor", "place", "report", "claim", "incident", "person", "assessment"]
# Of claims, and of items: `figure` is what touches a figure, `report` what happens to a report itself.
Kind = Literal[ClaimKind, StreamKind]
LATEST = "latest"


class EventFilter(Value):
    """Which events: those that something matches which they touch, before or after them.

    Of several values of one field any will do; of several fields all must hold, of one and the same thing.
    """

    type: OneOrMany[EventType] = ()
    kind: OneOrMany[Kind] = ()
    family: OneOrMany[Family] = ()
    measure: OneOrMany[Measure] = ()
    place: OneOrMany[PlaceId] = ()
    actor: OneOrMany[ActorId] = ()
    claimant: OneOrMany[SourceId] = ()
    report: OneOrMany[ReportId] = ()

    @property
    def claim_kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind in self.kind if kind in get_args(ClaimKind))

    @property
    def asks_for_touches(self) -> bool:
        """Whether an event alone does not tell if it passes: the read models must have come that far."""
        return bool(self.claim_kinds) or self._names_things

    @property
    def _names_things(self) -> bool:
        return bool(self.measure or self.place or self.actor or self.claimant or self.report)

    def may_pass(self, type_: str, stream_kind: str) -> bool:
        """What an event alone tells: if not, it does not pass, whatever it touches."""
        if self.type and type_ not in self.type:
            return False
        if self.family and not any(is_heard_in(type_, family) for family in self.family):
            return False
        # A kind of claim is asked for beside: then it depends on what the event touches.
        return not self.kind or stream_kind in self.kind or bool(self.claim_kinds)

    def passes(self, touch: Touch) -> bool:
        if not self.may_pass(touch.type, touch.stream.kind):
            return False
        if not self._names_things and (not self.kind or touch.stream.kind in self.kind):
            return True
        return any(self._matches(facet, touch.stream.kind) for facet in touch.facets)

    def _matches(self, facet: Facet, stream_kind: str) -> bool:
        return (
            (not self.kind or facet.kind in self.kind or stream_kind in self.kind)
            and (not self.measure or facet.measure in self.measure)
            and (not self.claimant or facet.claimant in self.claimant)
            and (not self.report or facet.report in self.report)
            and (not self.actor or any(actor in facet.actors for actor in self.actor))
            and (not self.place or any(_inside(facet, place) for place in self.place))
        )


def _inside(facet: Facet, place: str) -> bool:
    """Whether it is about a place inside another; of an informal area, at a time when that may have belonged to it."""
    return any(
        outer.place == place
        and (facet.span is None or (facet.span[0] <= outer.latest and facet.span[1] >= outer.earliest))
        for outer in facet.around
    )


EVERYTHING = EventFilter()


class WatchedQuestion(Value):
    """A question whose answer is watched, by clocks that stay. `at`: pinned to a moment or date, or `latest`."""

    at: CutOff = LATEST
    reported_by: CutOff | None = None
    certainty: Certainty = "certain"


class ControlOfPlace(WatchedQuestion):
    """Who is said to hold a place."""

    question: Literal["control"]
    place: PlaceId
    rule: ControlRule = CONTROL_FROM_SNAPSHOTS
    undated: bool = False


class FiguresOfTopic(WatchedQuestion):
    """What a topic comes to under a rule."""

    question: Literal["figures"]
    topic: TopicText
    rule: FigureRule = LATEST_PER_CLAIMANT


class DisagreementsOfPlace(WatchedQuestion):
    """Who contradicts whom about a place and the places inside it."""

    question: Literal["disagreements"]
    place: PlaceId
    kind: KindOfDisagreement | None = None
    rule: DisagreementRule = CANNOT_ALL_BE_RIGHT


class BasisOfAssessment(Value):
    """What an assessment finds, and what moved in the claims that it rests on."""

    question: Literal["assessment"]
    assessment: Slug
    reported_by: CutOff | None = None
    certainty: Certainty = "certain"


class RecordOfSource(Value):
    """How much a source said, took back and changed, and how it is graded."""

    question: Literal["record"]
    source: SourceId
    reported_by: CutOff | None = None
    certainty: Certainty = "certain"


Watched = ControlOfPlace | FiguresOfTopic | DisagreementsOfPlace | BasisOfAssessment | RecordOfSource
Watch = EventFilter | Watched

_QUESTIONS = tuple(get_args(model.model_fields["question"].annotation)[0] for model in get_args(Watched))
_watched: TypeAdapter[Watched] = TypeAdapter(Annotated[Watched, Field(discriminator="question")])


def read_watch(given: Mapping[str, Any], *, prefix: str = "") -> Watch:
    """What to watch, from its JSON: a question where it names one, else which events.

    Raises:
        DomainError: it is neither; the field is named.
    """
    try:
        if "question" not in given:
            watch: Watch = EventFilter.model_validate(given)
        elif given["question"] in _QUESTIONS:
            watch = _watched.validate_python(given)
        else:
            questions = ", ".join(_QUESTIONS)
            raise NotInVocabulary(
                f"there is no such question to watch; there are {questions}", field=_path(prefix, "question")
            )
    except ValidationError as error:
        # The path of a question begins with the name of the union's branch.
        branch = error.errors(include_url=False)[0]["loc"][:1] == (given.get("question"),)
        raise refusal_of(error, prefix=prefix, skip=int(branch)) from None
    check(watch, prefix=prefix)
    match watch:
        case EventFilter(type=types):
            for name in types:
                if name not in EVENT_TYPES:
                    known = ", ".join(EVENT_TYPES)
                    raise NotInVocabulary(
                        f"there is no event type {name!r}; there are {known}", field=_path(prefix, "type")
                    )
        case FiguresOfTopic(topic=topic):
            parse_topic(topic, field=_path(prefix, "topic"))
        case _:
            pass
    for name in ("at", "reported_by"):
        moment = getattr(watch, name, None)
        if moment is not None and (name, moment) != ("at", LATEST):
            cut_off(moment, field=_path(prefix, name))
    return watch


def _path(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def told_watch(watch: Watch) -> dict[str, Any]:
    """The JSON that `read_watch` reads: what was left out is left out."""
    return watch.model_dump(mode="json", exclude_defaults=True)


class Scope(NamedTuple):
    """What a watched question depends on besides itself, over some stretch of the log.

    `around`: the places that its place lies in at some time, itself included; `elsewhere`: those at which occurrences
    tell of incidents that are told of inside its place too; `claims`: those of its assessment; `listed`: whether the
    register of persons says of anybody that something befell them in an incident.
    """

    around: Collection[str] = ()
    elsewhere: Collection[str] = ()
    claims: Collection[str] = ()
    listed: bool = False


# Events by which items become one, or several again: whose claims they are of is not told by what they touch. A report
# that is retracted touches all that stood in it; its merges tell of further ones, by which others may come from it.
ONE_OR_SEVERAL = (
    *(f"{kind}.{verb}" for kind in ("source", "actor", "place", "report") for verb in ("merged", "split")),
    *(f"{kind}.{verb}" for kind in ("source", "actor", "place") for verb in ("retracted", "reinstated")),
)


def may_move(watched: Watched, touch: Touch, scope: Scope) -> bool:
    """Whether an event may change the answer. True more often than it does; never false when it does."""
    kind, first = touch.stream.kind, touch.version == 1
    facets = (*touch.facets, *touch.beside)
    if touch.type in ONE_OR_SEVERAL and isinstance(watched, (ControlOfPlace, FiguresOfTopic, DisagreementsOfPlace)):
        return True
    match watched:
        case ControlOfPlace(place=place):
            # Whose side an actor is on decides about captures anywhere.
            changed_side = kind == "actor" and not first
            return changed_side or any(facet.place in scope.around or facet.place == place for facet in facets)
        case DisagreementsOfPlace(place=place):
            changed_side = kind == "actor" and not first
            # A figure of a place around it may be at odds with one inside it.
            inside = any(outer.place == place for facet in facets for outer in facet.around)
            # Times of one happening are compared wherever it is told of, and with what else a voice tells of there.
            dates = any(facet.kind == "occurrence" and (facet.place or "") in scope.elsewhere for facet in facets)
            return changed_side or inside or dates or any(facet.place in scope.around for facet in facets)
        case FiguresOfTopic(topic=text):
            topic = parse_topic(text)
            kept = str(topic._replace(place=None, incident=None))
            if topic.is_anywhere:
                counted = f"{topic.measure},{topic.unit}"
                found = any(f"{facet.topic},".startswith(f"{counted},") for facet in facets)
            else:
                found = any(facet.topic == kept and (facet.place or None) == topic.place for facet in facets)
            if found:
                return True
            # What the register of persons counts of an incident stands beside, by the claims that tell of them.
            beside = kind in ("person", "incident") or (scope.listed and kind in ("claim", "report"))
            return topic.incident is not None and beside
        case BasisOfAssessment(assessment=id_, reported_by=reported_by):
            # A report that a claim once stood in, and no longer stands in, counts by when it was out.
            once_in = reported_by is not None and kind == "report" and not first
            mine = touch.stream == ("assessment", id_)
            return mine or once_in or any(facet.claim in scope.claims for facet in facets)
        case RecordOfSource(source=source):
            return any(source in (facet.claimant, facet.publisher) for facet in facets)
        case unknown:
            assert_never(unknown)


def clocks_of(watched: Watched, time_zone: str) -> Clocks:
    """The clocks of a watched question, in a dossier of this time zone."""
    at = watched.at if isinstance(watched, WatchedQuestion) and watched.at != LATEST else None
    by = watched.reported_by
    return Clocks(
        None if at is None else cut_off(at, time_zone, field="at"),
        None if by is None else cut_off(by, time_zone, field="reported_by"),
        watched.certainty,
    )
