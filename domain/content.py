"""What a statement says: the four kinds of claim content, as one discriminated union."""

from collections.abc import Set
from hashlib import blake2b
from operator import attrgetter
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field, StrictFloat, StrictInt, TypeAdapter, ValidationError
from pydantic_core import to_json

from domain import when
from domain.checks import check
from domain.errors import DomainError
from domain.estimate import MEASURES, Estimate, Measure, Unit, check_estimate, check_unit
from domain.fact import Changes, Value
from domain.fields import (
    PLAIN_WORDS,
    ActorId,
    Edtf,
    NothingChanges,
    OneOrMany,
    Personal,
    PlaceId,
    ReportId,
    Slug,
    SourceId,
    Text,
    UnknownField,
    changed_fields,
    refusal_of,
    refuse_unknown_fields,
    stored,
)

Hedge = Literal["hearsay", "indications", "possible", "intended"]
ControlStatus = Literal["controls", "contests", "present", "encircles", "absent"]
Side = Literal["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"]
Extent = Literal["all", "most", "part", "pockets"]
OccurrenceType = Literal[
    "attack", "ground_offensive", "missile_strike", "airstrike", "airstrike_campaign", "shelling", "bombing",
    "ambush", "raid", "clash", "siege", "capture", "advance", "withdrawal", "transfer", "surrender", "hostage_taking",
    "execution", "massacre", "abduction", "release", "evacuation", "displacement", "pause", "ceasefire", "agreement",
    "proclamation", "arrest", "protest", "other",
]  # fmt: skip
Role = Literal["by", "with", "against"]
Nature = Literal["observation", "assessment", "prediction", "warning", "threat", "accusation", "denial",
                 "responsibility_claim"]  # fmt: skip


Code = StrictInt | StrictFloat | Annotated[str, Text(200)]


class DueOfNoPrediction(DomainError):
    code = "due_of_no_prediction"


class InferredNotGiven(DomainError):
    """Nobody concluded what is not there."""

    code = "inferred_not_given"


class Said(Value):
    """What every kind of statement may hold. Without a claimant it is unattributed: origin unknown.

    `when` is when it was so in the world, `said` when the claimant spoke; `inferred` names the fields that the
    recorder concluded; `original` keeps the report's own few words. `rests_on` are the reports that the claimant
    itself names as its ground, `coded` the claimant's own variables, as its codebook has them.
    """

    claimant: SourceId | None = None
    via: OneOrMany[SourceId] = ()
    place: PlaceId | None = None
    when: Edtf | None = None
    said: Edtf | None = None
    hedge: Hedge | None = None
    inferred: OneOrMany[Annotated[str, Text(PLAIN_WORDS)]] = ()
    rests_on: OneOrMany[ReportId] = ()
    # None and not an empty one: Pydantic copies a default that could be changed, for each of a million claims.
    coded: dict[Slug, Code] | None = None
    original: Annotated[Personal | None, Text(500)] = None
    text: Annotated[Personal | None, Text(4000)] = None
    note: Annotated[Personal | None, Text(2000)] = None


class Figure(Said, Estimate):
    """A measure of something: of an actor (`subject`) or a `group`, `by` an actor, from a `cause`."""

    kind: Literal["figure"]
    measure: Measure
    unit: Unit
    subject: ActorId | None = None
    group: Slug | None = None
    by: ActorId | None = None
    cause: Slug | None = None


class Control(Said):
    """The state of a place for an actor. Taking and losing a place are occurrences."""

    kind: Literal["control"]
    status: ControlStatus
    actor: ActorId | None = None
    against: ActorId | None = None
    side: OneOrMany[Side] = ()
    extent: Extent | None = None


class Occurrence(Said):
    """Something that happened, with its actors by role."""

    kind: Literal["occurrence"]
    type: OccurrenceType
    actors: dict[Role, OneOrMany[ActorId]] = {}
    methods: OneOrMany[Slug] = ()


class Utterance(Said):
    """Words: `text` is the recorder's own summary; a prediction may say when it falls `due`."""

    kind: Literal["statement"]
    nature: Nature
    actor: ActorId | None = None
    due: Edtf | None = None


Content = Annotated[Figure | Control | Occurrence | Utterance, Field(discriminator="kind")]
CONTENTS: tuple[type[Said], ...] = (Figure, Control, Occurrence, Utterance)
_OF_A_NUMBER = Estimate.model_fields.keys() | {"unit"}
KINDS = ("figure", "control", "occurrence", "statement")
_adapter: TypeAdapter[Content] = TypeAdapter(Content)


def content_with(content: Content, changes: Changes) -> Content:
    """`content` with some fields set anew, None taking one away. Checks shape only."""
    merged = stored(content) | changes
    return _adapter.validate_python({name: value for name, value in merged.items() if value is not None})


# The report's own words, and when its claimant spoke: they go with what was said, and are never taken over.
AS_IT_WAS_SAID = ("original", "said")


def changed_content(
    content: Content, given: Changes, time_zone: str, *, elsewhere: bool = False
) -> tuple[Content, Changes]:
    """`content` with what was `given`, checked, and the changes in stored form.

    With them is what falls away, unless it is given anew: the words of what is not said so any more, and the names in
    `inferred` of what was not concluded. `elsewhere`: it is said in another report than `content` was.

    Raises:
        NothingChanges: what is given is what the content already says.
    """
    after, changes, is_new = _taken_up(content, given, time_zone, elsewhere=elsewhere)
    if not is_new:
        raise NothingChanges("the statement already says so: nothing would change", field="set")
    return after, changes


def taken_up(content: Content, given: Changes, time_zone: str, *, elsewhere: bool = False) -> tuple[Content, Changes]:
    """As `changed_content`, where what is given may be what the content already says."""
    after, changes, _ = _taken_up(content, given, time_zone, elsewhere=elsewhere)
    return after, changes


def _taken_up(content: Content, given: Changes, time_zone: str, *, elsewhere: bool) -> tuple[Content, Changes, bool]:
    """With whether what is given is new."""
    try:
        after = content_with(content, given)
    except ValidationError as error:
        raise refusal_of(error, prefix="set", skip=1) from None
    refuse_unknown_fields(type(after), given)
    changes = changed_fields(content, after)
    is_new = bool(changes)
    if fallen := _fallen(content, after, given, changes.keys(), elsewhere=elsewhere):
        after = content_with(after, fallen)
        changes = changed_fields(content, after)
    check_content(after, time_zone, prefix="set.")
    return after, changes, is_new


def _fallen(before: Content, after: Content, given: Changes, changed: Set[str], *, elsewhere: bool) -> Changes:
    """What of `before` was said with what is not said so any more, None where all of it goes."""
    fallen: Changes = {}
    if before.original is not None and (elsewhere or changed & _worded(after)):
        fallen["original"] = None
    if before.said is not None and (elsewhere or "claimant" in changed):
        fallen["said"] = None
    kept = [name for name in before.inferred if name not in given and _is_given(after, name)]
    if len(kept) < len(before.inferred):
        fallen["inferred"] = kept or None
    return {name: value for name, value in fallen.items() if name not in given}


def _worded(content: Content) -> Set[str]:
    """The fields that a report's own few words stand for: of a figure the number of what, else all of its own kind."""
    if isinstance(content, Figure):
        return _OF_A_NUMBER
    return (type(content).model_fields.keys() - Said.model_fields.keys()) | {"text"}


def _is_given(content: Content, name: str) -> bool:
    return getattr(content, name, None) not in (None, (), {})


def check_content(content: Content, time_zone: str, *, prefix: str = "") -> None:
    """Refuse what no statement of its kind can say."""
    check(content, prefix=prefix.rstrip("."), time_zone=time_zone)
    check_meaning(content, prefix=prefix)


def check_meaning(content: Content, *, prefix: str = "") -> None:
    """Refuse what fields that are well-formed each cannot say together."""
    for index, name in enumerate(content.inferred):
        if name not in type(content).model_fields:
            raise UnknownField(
                f"{name!r} is not a field of a {content.kind}, so it cannot be inferred",
                field=f"{prefix}inferred.{index}",
            )
        if not _is_given(content, name):
            raise InferredNotGiven(
                f"{name!r} is not given, so nobody concluded it: give it, or leave it out of `inferred`",
                field=f"{prefix}inferred.{index}",
            )
    match content:
        case Figure():
            check_unit(content.measure, content.unit, prefix=prefix)
            check_estimate(content, content.unit, prefix=prefix)
        case Utterance():
            if content.due is not None and content.nature != "prediction":
                raise DueOfNoPrediction(f"only a prediction falls due, not a {content.nature}", field=prefix + "due")
        case Control() | Occurrence():
            pass
        case unknown:
            assert_never(unknown)


def is_period(content: Content) -> bool:
    """Whether `when` is the period that a figure counts, rather than some moment within it."""
    return isinstance(content, Figure) and MEASURES[content.measure].nature == "flow"


def span(content: Content, time_zone: str) -> when.Span | None:
    """When it may have begun and ended to be so; None without a `when`."""
    return None if content.when is None else when.span(content.when, time_zone, period=is_period(content))


# The words of a figure, notes on it, and how sure the recorder was: two that differ in these only are the same.
_BESIDE_A_FIGURE = {"original", "text", "note", "inferred", "said", "hedge", "rests_on", "coded"}
_OF_A_FIGURE = sorted(Figure.model_fields.keys() - _BESIDE_A_FIGURE)
_said_of = attrgetter(*_OF_A_FIGURE)


def figure_identity(figure: Figure) -> str:
    """32 hex digits that two figures share if they say the same in all but their words and how sure one can be.

    What a figure does not say is no part of it, so a field that is new in a release changes no old identity.
    """
    values = zip(_OF_A_FIGURE, _said_of(figure), strict=True)
    said = [named for named in values if named[1] is not None and named[1] != ()]
    return blake2b(to_json(said), digest_size=16).hexdigest()


def actors_of(content: Content) -> list[str]:
    """Every actor that a statement names, in any role."""
    match content:
        case Figure():
            found: list[Any] = [content.subject, content.by]
        case Control():
            found = [content.actor, content.against]
        case Occurrence():
            found = [actor for actors in content.actors.values() for actor in actors]
        case Utterance():
            found = [content.actor]
        case unknown:
            assert_never(unknown)
    return sorted({actor for actor in found if actor is not None})
