"""Which words a dossier may use: the house's, and those that it declared itself. One thing knows both."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from domain.estimate import MEASURES, UNITS, WHOLE_UNITS, CountedAs, MeasureKind, UnitNotOfMeasure
from domain.fields import NotInVocabulary
from domain.synonyms import CALLED, as_read

# The house's own, of which rules know what they mean.
OCCURRENCE_TYPES = (
    "attack", "ground_offensive", "missile_strike", "airstrike", "airstrike_campaign", "shelling", "bombing",
    "ambush", "raid", "clash", "siege", "capture", "advance", "withdrawal", "transfer", "surrender", "hostage_taking",
    "execution", "massacre", "abduction", "release", "evacuation", "displacement", "pause", "ceasefire", "agreement",
    "proclamation", "arrest", "protest", "flood", "earthquake", "storm", "wildfire", "other",
)  # fmt: skip
HOUSES: Mapping[str, Collection[str]] = {"type": OCCURRENCE_TYPES, "measure": MEASURES, "unit": UNITS}
# By the sort of a word the field of what a dossier is called in which it is declared.
DECLARED_IN = {"type": "occurrence_types", "measure": "measures", "unit": "units"}
DECLARED = frozenset(DECLARED_IN.values())
# Of words that are like one that there is not, so many are told.
_MOST_NEAR = 3


class OwnWord(NamedTuple):
    """A word that is none of the house's, and of which sort: a `type` of occurrence, a `measure` or a `unit`."""

    sort: str
    word: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The house's words, and those of one dossier."""

    types: tuple[str, ...] = ()
    measures: Mapping[str, MeasureKind] = field(default_factory=dict)
    # Whether each is counted one by one.
    units: Mapping[str, bool] = field(default_factory=dict)

    def with_all_of(self, other: "Vocabulary") -> "Vocabulary":
        """Theirs first; a measure has the units of both."""
        measures = dict(other.measures)
        for measure, kind in self.measures.items():
            units = (*(other.measures[measure].units if measure in other.measures else ()), *kind.units)
            measures[measure] = MeasureKind(kind.nature, tuple(dict.fromkeys(units)))
        return Vocabulary(tuple(dict.fromkeys((*other.types, *self.types))), measures, {**other.units, **self.units})

    def words_of(self, sort: str) -> Collection[str]:
        """Those of the dossier's own."""
        own: Mapping[str, Collection[str]] = {"type": self.types, "measure": self.measures, "unit": self.units}
        return own[sort]

    def kind_of(self, measure: str, *, field: str = "measure") -> MeasureKind:
        """Whether it is a stock or a flow, and the units that it takes, the first of them first.

        Raises:
            NotInVocabulary: neither the house has it nor the dossier.
        """
        self.require("measure", measure, field=field)
        return MEASURES.get(measure) or self.measures[measure]

    def counted_as(self, measure: str, unit: str, *, prefix: str = "", field: str = "") -> CountedAs:
        """What a figure of a measure in a unit counts. `field` holds both, if one does.

        Raises:
            NotInVocabulary: neither the house has one of them nor the dossier.
            UnitNotOfMeasure: it is not measured so.
        """
        kind = self.kind_of(measure, field=field or f"{prefix}measure")
        self.require("unit", unit, field=field or f"{prefix}unit")
        if unit not in kind.units:
            raise UnitNotOfMeasure(
                f"{measure} is not measured in {unit}, but in {' or '.join(kind.units)}",
                field=field or f"{prefix}unit",
            )
        return CountedAs(nature=kind.nature, whole=self.units.get(unit, unit in WHOLE_UNITS))

    def own_words(self) -> list[OwnWord]:
        return [OwnWord(sort, word) for sort in DECLARED_IN for word in self.words_of(sort)]

    def require(self, sort: str, word: str, *, field: str = "") -> None:
        """Refuse a word that neither the house has nor the dossier. `sort`: `type`, `measure` or `unit`.

        Raises:
            NotInVocabulary: with those that are spelt much like it.
        """
        house, own = HOUSES[sort], self.words_of(sort)
        if word not in house and word not in own:
            raise _unknown(sort, word, (*house, *own), field)


HOUSE = Vocabulary()


def _unknown(sort: str, word: str, words: Collection[str], field: str) -> NotInVocabulary:
    house = CALLED[sort].get(as_read(word[:100]))
    near = [house] if house else get_close_matches(word[:100], words, _MOST_NEAR)
    said = f"{sort} {word[:100]!r} is not one of the house's, nor of this dossier"
    said += f": near {'is' if len(near) == 1 else 'are'} {', '.join(near)}" if near else ""
    told = {"near": near} if near else {}
    return NotInVocabulary(
        f"{said}; a dossier adds its own in `{DECLARED_IN[sort]}` of its description", field=field, **told
    )
