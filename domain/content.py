"""What a statement says: the four kinds of claim content, as one discriminated union."""

from collections.abc import Iterator, Set
from typing import Annotated, Any, Literal, TypeVar, assert_never

from pydantic import Field, StrictFloat, StrictInt, TypeAdapter, ValidationError

from domain import when
from domain.checks import check
from domain.errors import DomainError
from domain.estimate import (
    MEASURES,
    UNITS,
    WHOLE_UNITS,
    CountedAs,
    Estimate,
    Measure,
    StockOrFlow,
    Unit,
    check_estimate,
)
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
    WordForm,
    changed_fields,
    refusal_of,
    refuse_unknown_fields,
    stored,
)
from domain.known import Known
from domain.vocabulary import HOUSE, OCCURRENCE_TYPES

Hedge = Literal["hearsay", "indications", "possible", "intended"]
ControlStatus = Literal["controls", "contests", "present", "encircles", "absent"]
Side = Literal["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"]
Extent = Literal["all", "most", "part", "pockets"]
OccurrenceType = Annotated[str, WordForm("type of occurrence", OCCURRENCE_TYPES, "occurrence_types")]
Role = Literal["by", "with", "against"]
Nature = Literal["observation", "assessment", "prediction", "warning", "threat", "accusation", "denial",
                 "responsibility_claim"]  # fmt: skip


Code = StrictInt | StrictFloat | Annotated[str, Text(200)]


class DueOfNoPrediction(DomainError):
    code = "due_of_no_prediction"


class InferredNotGiven(DomainError):
    """Nobody concluded what is not there."""

    code = "inferred_not_given"


class DimensionIsAField(DomainError):
    """A dimension of the desk's own has a name that a field of a figure has: its topic would read as that."""

    code = "dimension_is_a_field"


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


class FigureGiven(Said, Estimate):
    """A measure of something: of an actor (`subject`) or a `group`, `by` an actor, from a `cause`.

    `dimensions` are the desk's own: `{"origin": "idlib", "age": "0-17"}`.
    """

    kind: Literal["figure"]
    measure: Measure
    unit: Unit
    subject: ActorId | None = None
    group: Slug | None = None
    by: ActorId | None = None
    cause: Slug | None = None
    # None and not an empty one, as `coded`.
    dimensions: dict[Slug, Slug] | None = None


class Figure(FigureGiven):
    """A figure as it stands. `counted_as` is of a measure of the dossier's own: of one of the house's, its own."""

    counted_as: CountedAs | None = None


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
# What somebody may say of each.
GIVEN: tuple[type[Said], ...] = (FigureGiven, Control, Occurrence, Utterance)
_OF_A_NUMBER = Estimate.model_fields.keys() | {"unit"}
KINDS = ("figure", "control", "occurrence", "statement")
_adapter: TypeAdapter[Content] = TypeAdapter(Content)
ContentT = TypeVar("ContentT", bound=Said)


def content_with(content: Content, changes: Changes) -> Content:
    """`content` with some fields set anew, None taking one away. Checks shape only."""
    merged = stored(content) | changes
    return _adapter.validate_python({name: value for name, value in merged.items() if value is not None})


# The report's own words, and when its claimant spoke: they go with what was said, and are never taken over.
AS_IT_WAS_SAID = ("original", "said")


def changed_content(
    content: Content, given: Changes, known: Known, *, elsewhere: bool = False
) -> tuple[Content, Changes]:
    """`content` with what was `given`, checked, and the changes in stored form.

    With them is what falls away, unless it is given anew: the words of what is not said so any more, and the names in
    `inferred` of what was not concluded. `elsewhere`: it is said in another report than `content` was.

    Raises:
        NothingChanges: what is given is what the content already says.
    """
    after, changes, is_new = _taken_up(content, given, known, elsewhere=elsewhere)
    if not is_new:
        raise NothingChanges("the statement already says so: nothing would change", field="set")
    return after, changes


def taken_up(content: Content, given: Changes, known: Known, *, elsewhere: bool = False) -> tuple[Content, Changes]:
    """As `changed_content`, where what is given may be what the content already says."""
    after, changes, _ = _taken_up(content, given, known, elsewhere=elsewhere)
    return after, changes


def _taken_up(content: Content, given: Changes, known: Known, *, elsewhere: bool) -> tuple[Content, Changes, bool]:
    """With whether what is given is new."""
    try:
        after = content_with(content, given)
    except ValidationError as error:
        raise refusal_of(error, prefix="set", skip=1) from None
    refuse_unknown_fields(FigureGiven if isinstance(after, Figure) else type(after), given)
    changes = changed_fields(content, after)
    is_new = bool(changes)
    # A word that is the dossier's no longer stays where it was said; it is not said anew.
    if changes.keys() & _WORDS:
        after = in_words_of(after, known, prefix="set.")
        changes = changed_fields(content, after)
    if fallen := _fallen(content, after, given, changes.keys(), elsewhere=elsewhere):
        after = content_with(after, fallen)
        changes = changed_fields(content, after)
    check(after, prefix="set", time_zone=known.time_zone)
    check_meaning(after, prefix="set.")
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


# The fields that hold a word of the house's or the dossier's own.
_WORDS = {"type", "measure", "unit"}


def in_words_of(content: ContentT, known: Known, *, prefix: str = "") -> ContentT:
    """The same, if all of its words are the house's or the dossier's: a figure with what the dossier counts it as.

    Raises:
        NotInVocabulary: with the field, and words that are spelt much like it.
        UnitNotOfMeasure: the measure is not measured in the unit.
    """
    if isinstance(content, Occurrence):
        check_type(content.type, known, field=prefix + "type")
    if not isinstance(content, Figure):
        return content
    kind = MEASURES.get(content.measure)
    if kind is not None and content.unit in kind.units and content.counted_as is None:
        return content
    own = kind is None
    # Of a word of the house's the dossier is not asked, which the decision would then rest on.
    vocabulary = known.vocabulary if own or content.unit not in UNITS else HOUSE
    counted = vocabulary.counted_as(content.measure, content.unit, prefix=prefix)
    counted_as = counted if own else None
    return content if content.counted_as == counted_as else content.model_copy(update={"counted_as": counted_as})


def check_type(type_: str, known: Known, *, field: str) -> None:
    if type_ not in OCCURRENCE_TYPES:
        known.vocabulary.require("type", type_, field=field)


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
            check_estimate(content, content.unit, whole=is_whole(content), prefix=prefix)
            for name in sorted(FigureGiven.model_fields.keys() & (content.dimensions or {}).keys()):
                raise DimensionIsAField(
                    f"{name!r} is a field of its own: set that, or give the dimension another name",
                    field=f"{prefix}dimensions.{name}",
                )
        case Utterance():
            if content.due is not None and content.nature != "prediction":
                raise DueOfNoPrediction(f"only a prediction falls due, not a {content.nature}", field=prefix + "due")
        case Control() | Occurrence():
            pass
        case unknown:
            assert_never(unknown)


def is_period(content: Content) -> bool:
    """Whether `when` is the period that a figure counts, rather than some moment within it."""
    return isinstance(content, Figure) and _nature(content) == "flow"


def _nature(figure: Figure) -> StockOrFlow:
    return MEASURES[figure.measure].nature if figure.counted_as is None else figure.counted_as.nature


def is_whole(figure: Figure) -> bool:
    """Whether what it counts is counted one by one."""
    return figure.unit in WHOLE_UNITS if figure.counted_as is None else figure.counted_as.whole


def span(content: Content, time_zone: str) -> when.Span | None:
    """When it may have begun and ended to be so; None without a `when`."""
    return None if content.when is None else when.span(content.when, time_zone, period=is_period(content))


# A word of a dossier's own, and which: `group`, `cause`, `dimension`, `value` (of any dimension), `method`, `type`,
# `measure` or `unit`.
OpenWord = tuple[str, str]


def open_words(content: Content) -> Iterator[OpenWord]:
    """Every word of the dossier's own that a statement has."""
    if isinstance(content, Figure):
        for kind, word in (("group", content.group), ("cause", content.cause)):
            if word is not None:
                yield kind, word
        if content.measure not in MEASURES:
            yield "measure", content.measure
        if content.unit not in UNITS:
            yield "unit", content.unit
        for name, value in (content.dimensions or {}).items():
            yield from (("dimension", name), ("value", value))
    elif isinstance(content, Occurrence):
        yield from (("method", method) for method in content.methods)
        yield from own_type(content.type)


def own_type(type_: str) -> Iterator[OpenWord]:
    """The type of an occurrence, if it is none of the house's."""
    if type_ not in OCCURRENCE_TYPES:
        yield "type", type_


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
