"""The stream of a dossier itself: what it is called and which time zone its days are in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain import when
from domain.additions import added, only_adds
from domain.checks import check, correction
from domain.errors import DomainError
from domain.estimate import MeasureKind, StockOrFlow, Unit
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import FieldsOf, Malformed, OneOrMore, Reason, Slug, Text, TimeZoneName, amended, stored
from domain.known import Known
from domain.labels import labels_of
from domain.synonyms import CALLED, as_read
from domain.vocabulary import DECLARED_IN, HOUSE, OwnWord, Vocabulary

# What people read for a word, by language: `{"en": "US and European citizens", "ar": "..."}`.
Labels = dict[str, str]
# By the words, as they stand in claims.
LabelsOfWords = Annotated[dict[Slug, Labels], Text(200)]


Labelled = Mapping[str, Mapping[str, str]]


class OwnMeasure(Value):
    """A measure of a dossier's own: a stock (true at a moment) or a flow (counted over a period), in some units.

    Labels are read after who or what is counted: `{"en": "without clean water"}`.
    """

    nature: StockOrFlow
    units: OneOrMore[Unit]
    labels: Annotated[Labels, Text(200)] = {}


class OwnUnit(Value):
    """A unit of a dossier's own. `whole`: it is counted one by one, and there are no halves."""

    whole: bool = True
    labels: Annotated[Labels, Text(200)] = {}


class DossierDetails(Value):
    """What it is called; and, in several languages, the words of its own that claims have.

    `value_labels` are of values of any dimension. `occurrence_types`, `measures` and `units` are those that the dossier
    has besides the house's: of these only what stands here can be recorded, where all other words need no label.
    """

    title: Annotated[str, Text(300)]
    summary: Annotated[str | None, Text(4000)] = None
    group_labels: LabelsOfWords = {}
    cause_labels: LabelsOfWords = {}
    dimension_labels: LabelsOfWords = {}
    value_labels: LabelsOfWords = {}
    method_labels: LabelsOfWords = {}
    occurrence_types: LabelsOfWords = {}
    measures: dict[Slug, OwnMeasure] = {}
    units: dict[Slug, OwnUnit] = {}


class HouseHasAWord(DomainError):
    """A word of a dossier's own, or its label, says what the house has a word for."""

    code = "house_has_a_word"


class WordCountsOtherwise(DomainError):
    """What was recorded with a measure or a unit is counted as it was declared: that never changes."""

    code = "word_counts_otherwise"


class DossierOpened(Fact):
    type: Literal["dossier.opened"] = "dossier.opened"
    details: DossierDetails
    # Fixed for good: every bound of every date in the dossier is counted in it.
    time_zone: str | None = None


class DossierDescribed(Fact):
    type: Literal["dossier.described"] = "dossier.described"
    set: Annotated[Changes, FieldsOf(DossierDetails)]
    reason: str | None = None


class DossierDeclared(Fact):
    """Words of its own, or labels of words, that it did not have: by field each word whole, and nothing else of it."""

    type: Literal["dossier.declared"] = "dossier.declared"
    set: Annotated[Changes, FieldsOf(DossierDetails)]
    reason: str | None = None


DossierEvent = DossierOpened | DossierDescribed | DossierDeclared
# What a dossier says of words, by the word.
OF_WORDS = frozenset(
    ("group_labels", "cause_labels", "dimension_labels", "value_labels", "method_labels", *DECLARED_IN.values())
)


class OpenDossier(Creation, DossierDetails):
    stream_kind: ClassVar[str] = "dossier"
    command: Literal["open_dossier"] = "open_dossier"
    time_zone: TimeZoneName | None = None


class DescribeDossier(Command):
    stream_kind: ClassVar[str] = "dossier"
    command: Literal["describe_dossier"] = "describe_dossier"
    set: Annotated[Changes, FieldsOf(DossierDetails)]
    reason: Reason | None = None


DossierCommand = OpenDossier | DescribeDossier


@dataclass(frozen=True, slots=True)
class Dossier:
    """`once` are the words that it declared at any time: they are not recorded anew, and are still asked for."""

    details: DossierDetails
    time_zone: str = "UTC"
    once: Vocabulary = HOUSE
    retracted: Literal[False] = False

    @property
    def vocabulary(self) -> Vocabulary:
        return declared(self.details)

    def given_up(self) -> list[OwnWord]:
        """What it declared once, and does not any more."""
        now = set(self.vocabulary.own_words())
        return [own for own in self.once.own_words() if own not in now]


def decide(dossier: Dossier | None, command: DossierCommand, known: Known) -> list[DossierEvent]:
    check(command)
    match command:
        case OpenDossier():
            if command.time_zone is not None and not when.time_zone_exists(command.time_zone):
                raise when.UnknownTimeZone(
                    f"{command.time_zone!r} is not a time zone; use a name such as Asia/Damascus",
                    field="time_zone",
                )
            details = command.part(DossierDetails)
            _check_words(details)
            return [DossierOpened(details=details, time_zone=command.time_zone)]
        case DescribeDossier():
            assert dossier is not None
            after, changes = correction(dossier.details, command.set)
            _check_words(after, dossier, prefix="set.")
            return _told(dossier.details, changes, command.reason)
        case unknown:
            assert_never(unknown)


def _told(details: DossierDetails, changes: Changes, reason: str | None) -> list[DossierEvent]:
    """What is only added is declared: nobody was wrong who had no word for something. The rest is described anew."""
    held = stored(details)
    declares = {
        name: added(held.get(name), value)
        for name, value in changes.items()
        if name in OF_WORDS and only_adds(held.get(name), value)
    }
    rest = {name: value for name, value in changes.items() if name not in declares}
    events: list[DossierEvent] = [DossierDeclared(set=declares, reason=reason)] if declares else []
    return [*events, DossierDescribed(set=rest, reason=reason)] if rest else events


def _check_words(after: DossierDetails, dossier: Dossier | None = None, *, prefix: str = "") -> None:
    """Refuse what would be a second word for something, and what would count anew what was recorded."""
    before = labels_of(dossier.details.model_dump()) if dossier else {}
    for sort, labelled in labels_of(after.model_dump()).items():
        if sort in DECLARED_IN:
            _check_names(sort, labelled, before.get(sort, {}), f"{prefix}{DECLARED_IN[sort]}")
    once = dossier.once if dossier else HOUSE
    for word, unit in after.units.items():
        if once.units.get(word, unit.whole) != unit.whole:
            how = "one by one" if once.units[word] else "in parts"
            raise WordCountsOtherwise(
                f"{word} was declared as counted {how}, and stays so, used or not: choose another word",
                field=f"{prefix}units.{word}.whole",
            )
    vocabulary = declared(after)
    for word, measure in after.measures.items():
        field = f"{prefix}measures.{word}"
        if not measure.units:
            raise Malformed(f"{word} is counted in at least one unit", field=f"{field}.units")
        for index, unit_ in enumerate(measure.units):
            vocabulary.require("unit", unit_, field=f"{field}.units.{index}")
        if word in once.measures and once.measures[word].nature != measure.nature:
            nature = once.measures[word].nature
            raise WordCountsOtherwise(
                f"{word} was declared as a {nature}, and stays so, used or not: choose another word",
                field=f"{field}.nature",
            )


def _check_names(sort: str, after: Labelled, before: Labelled, field: str) -> None:
    """Nothing that the house has a word for. What was taken before stays, whatever the house calls it since."""
    for word, labels in after.items():
        if before.get(word) == labels:
            continue
        for place, said in (("", word), *((f".{language}", label) for language, label in labels.items())):
            house = CALLED[sort].get(as_read(said))
            if house is not None:
                raise HouseHasAWord(
                    f"{said!r} is what the house calls {house}: use that", field=f"{field}.{word}{place}", word=house
                )


def declared(details: DossierDetails) -> Vocabulary:
    return Vocabulary(
        tuple(details.occurrence_types),
        {word: MeasureKind(one.nature, one.units) for word, one in details.measures.items()},
        {word: one.whole for word, one in details.units.items()},
    )


def _set(details: DossierDetails, event: DossierDescribed | DossierDeclared) -> Changes:
    if isinstance(event, DossierDescribed):
        return event.set
    held = stored(details)
    return {name: {**held.get(name, {}), **words} for name, words in event.set.items()}


def evolve(dossier: Dossier | None, event: DossierEvent) -> Dossier:
    match event:
        case DossierOpened():
            return Dossier(event.details, event.time_zone or "UTC", declared(event.details))
        case DossierDescribed() | DossierDeclared():
            assert dossier is not None
            details = amended(dossier.details, _set(dossier.details, event))
            return replace(dossier, details=details, once=dossier.once.with_all_of(declared(details)))
        case unknown:
            assert_never(unknown)
