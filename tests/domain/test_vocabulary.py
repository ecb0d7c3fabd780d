"""Words of a dossier's own: declared, used, refused where there is none, given up."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain import assessment, claim, dossier, incident
from domain.assessment import IssueAssessment
from domain.claim import ClaimRecorded, CorrectClaim, RecordFigure, RecordOccurrence, ReviseClaim
from domain.content import Content, Figure, Occurrence, open_words
from domain.contradictions import contradictions, contradictions_1
from domain.dossier import DescribeDossier, DossierDescribed, DossierDetails, DossierOpened, OpenDossier
from domain.edition_sums import EditionSums, SumAsked
from domain.estimate import MEASURES, WHOLE_UNITS, CountedAs, MeasureKind
from domain.in_force import InForce
from domain.incident import DescribeIncident, IncidentDetails, IncidentOpened, OpenIncident
from domain.synonyms import CALLED, OF_MEASURES, OF_TYPES, OF_UNITS, as_read
from domain.vocabulary import HOUSE, HOUSES, OCCURRENCE_TYPES, OwnWord, Vocabulary
from tests.domain.given import Given, fold
from tests.domain.test_rules_oracle import (
    FIGURE_RULES,
    Claim,
    all_in_force,
    in_force,
    moments_of,
    real_figures,
    topic_claims,
)
from tests.histories import examples

LOOTING = {"looting": {"en": "Looting", "nl": "Plundering"}}
OWN = Vocabulary(types=("looting", "loyalty_oath"))


def opened(**fields: Any) -> DossierOpened:
    return DossierOpened(details=DossierDetails(title="The last enclave", **fields))


def describe(**set_: Any) -> DescribeDossier:
    return DescribeDossier(id="d1", set=set_)


def record(type_: str) -> RecordOccurrence:
    return RecordOccurrence(id="c1", kind="occurrence", type=type_, report="oct")


def recorded(type_: str) -> ClaimRecorded:
    return ClaimRecorded(report="oct", content=Occurrence(kind="occurrence", type=type_))


def test_a_dossier_declares_types_of_occurrence_and_gives_them_up() -> None:
    declared = Given(dossier, opened()).after(describe(occurrence_types=LOOTING))
    assert declared.state.vocabulary.types == ("looting",)
    assert declared.state.given_up() == []
    given_up = declared.after(describe(occurrence_types=None))
    assert given_up.state.vocabulary == HOUSE
    assert given_up.state.given_up() == [OwnWord("type", "looting")]
    # The way back, to an equal picture.
    assert given_up.after(describe(occurrence_types=LOOTING)).state == fold(
        dossier, [opened(), DossierDescribed(set={"occurrence_types": LOOTING})]
    )
    assert Given(dossier).after(OpenDossier(id="d1", title="T", occurrence_types=LOOTING)).state.given_up() == []


@pytest.mark.parametrize("house", OCCURRENCE_TYPES)
def test_no_own_type_is_one_of_the_houses_or_a_name_of_it(house: str) -> None:
    for name in (house, *(each for each in OF_TYPES[house] if each.isascii())):
        refusal = Given(dossier, opened()).refuses(
            describe(occurrence_types={name: {"en": "Something"}}), "house_has_a_word", f"set.occurrence_types.{name}"
        )
        assert refusal.details == {"word": house}
    for name in OF_TYPES[house]:
        labelled = {"own": {"ar": name.replace("_", " ").capitalize()}}
        Given(dossier).refuses(
            OpenDossier(id="d1", title="T", occurrence_types=labelled), "house_has_a_word", "occurrence_types.own.ar"
        )


def test_every_name_of_a_house_word_is_of_one_word_alone() -> None:
    for sort, house in (("type", OF_TYPES), ("measure", OF_MEASURES), ("unit", OF_UNITS)):
        assert set(house) == set(HOUSES[sort])
        names = [as_read(name) for word, others in house.items() for name in (word, *others)]
        assert len(names) == len(set(names)) == len(CALLED[sort])


def test_a_word_that_the_house_took_up_later_stays_and_can_be_labelled_beside() -> None:
    before = opened(occurrence_types={"air_raid": {"en": "Air raid"}})
    stands = Given(dossier, before)
    assert stands.when(describe(occurrence_types={"air_raid": {"en": "Air raid"}, **LOOTING}))
    other = describe(occurrence_types={"air_raid": {"en": "Air raids"}})
    stands.refuses(other, "house_has_a_word", "set.occurrence_types.air_raid")


def test_a_type_is_the_houses_or_one_that_the_dossier_declared() -> None:
    assert Given(claim, vocabulary=OWN).when(record("looting")) == [recorded("looting")]
    assert Given(claim).when(record("capture")) == [recorded("capture")]
    refusal = Given(claim, vocabulary=OWN).refuses(record("lootting"), "not_in_vocabulary", "type")
    assert refusal.details["near"] == ["looting"]
    assert "not one of the house's, nor of this dossier: near is looting" in refusal.message
    Given(claim).refuses(record("looting"), "not_in_vocabulary", "type")
    Given(claim, vocabulary=OWN).refuses(record("Looting!"), "not_a_slug", "type")


def test_only_a_word_of_the_dossiers_own_makes_a_decision_wait_for_the_dossier() -> None:
    assert not Given(claim, vocabulary=OWN).decided(record("capture"))[1].asked_for_words
    assert Given(claim, vocabulary=OWN).decided(record("looting"))[1].asked_for_words


def test_what_was_recorded_with_a_word_that_was_given_up_can_still_be_corrected() -> None:
    stands = Given(claim, recorded("looting"))
    assert stands.when(CorrectClaim(id="c1", set={"place": "hajin"}, reason="it names it"))
    stands.refuses(CorrectClaim(id="c1", set={"type": "lootings"}, reason="so"), "not_in_vocabulary", "set.type")


def test_an_incident_has_such_a_type_too() -> None:
    assert Given(incident, vocabulary=OWN).when(OpenIncident(id="i", title="The shops", type="looting"))
    Given(incident).refuses(OpenIncident(id="i", title="The shops", type="looting"), "not_in_vocabulary", "type")
    opened_ = IncidentOpened(details=IncidentDetails(title="The shops", type="looting"))
    note = DescribeIncident(id="i", set={"note": "at night"}, reason="so")
    assert Given(incident, opened_).when(note)
    Given(incident, opened_).refuses(
        DescribeIncident(id="i", set={"type": "plunder"}, reason="so"), "not_in_vocabulary", "set.type"
    )


def test_an_own_type_is_a_word_of_the_dossier_and_a_house_type_is_none() -> None:
    assert list(open_words(Occurrence(kind="occurrence", type="looting"))) == [("type", "looting")]
    assert list(open_words(Occurrence(kind="occurrence", type="capture"))) == []


HUNGRY: dict[str, Any] = {"nature": "stock", "units": ["people", "tents"], "labels": {"en": "without enough food"}}
MEASURES_ = {"hungry": HUNGRY, "returned": {"nature": "flow", "units": ["people"]}}
UNITS_: dict[str, Any] = {"tents": {"labels": {"en": "tents"}}, "litres": {"whole": False}}
COUNTING = Given(dossier, opened(measures=MEASURES_, units=UNITS_)).state.vocabulary


def count(measure: str = "hungry", unit: str = "people", **more: Any) -> RecordFigure:
    said = {"kind": "figure", "qualifier": "stated", "best": 7} | more
    return RecordFigure(id="c1", report="oct", measure=measure, unit=unit, **said)


def counted(measure: str = "hungry", unit: str = "people", counted_as: CountedAs | None = None) -> ClaimRecorded:
    figure = Figure(kind="figure", measure=measure, unit=unit, qualifier="stated", best=7, counted_as=counted_as)
    return ClaimRecorded(report="oct", content=figure)


STOCK = CountedAs(nature="stock", whole=True)
FLOW = CountedAs(nature="flow", whole=True)


def test_a_dossier_declares_measures_and_units_and_gives_them_up() -> None:
    before = Given(dossier, opened())
    both = {"measures": MEASURES_, "units": UNITS_}
    declared = before.after(describe(**both))
    assert declared.state.vocabulary.kind_of("hungry") == MeasureKind("stock", ("people", "tents"))
    given_up = declared.after(describe(measures=None, units=None))
    assert given_up.state.vocabulary == HOUSE
    assert set(given_up.state.given_up()) == {
        OwnWord("measure", "hungry"), OwnWord("measure", "returned"), OwnWord("unit", "tents"),
        OwnWord("unit", "litres"),
    }  # fmt: skip
    assert given_up.after(describe(**both)).state.details == declared.state.details


@pytest.mark.parametrize(
    ("set_", "code", "field"),
    [
        ({"measures": {"hungry": HUNGRY | {"nature": "flow"}}}, "word_counts_otherwise", "measures.hungry.nature"),
        ({"units": {"tents": {"whole": False}}}, "word_counts_otherwise", "units.tents.whole"),
        ({"measures": {"hungry": HUNGRY | {"units": ["huts"]}}}, "not_in_vocabulary", "measures.hungry.units.0"),
        ({"measures": {"hungry": HUNGRY | {"units": []}}}, "malformed", "measures.hungry.units"),
        ({"units": None}, "not_in_vocabulary", "measures.hungry.units.1"),
        ({"measures": {"dead": HUNGRY}}, "house_has_a_word", "measures.dead"),
        ({"measures": {"thin": HUNGRY | {"labels": {"nl": "Gewond"}}}}, "house_has_a_word", "measures.thin.nl"),
        ({"units": UNITS_ | {"persons": {}}}, "house_has_a_word", "units.persons"),
        ({"measures": {"hungry": HUNGRY | {"labels": {"en": " "}}}}, "empty_text", "measures.hungry.labels.en"),
        ({"measures": {"So hungry": HUNGRY}}, "not_a_slug", "measures.So hungry"),
        ({"measures": {"hungry": {"units": ["people"]}}}, "missing_field", "measures.hungry.nature"),
    ],
)
def test_a_measure_or_a_unit_that_cannot_be_is_refused(set_: dict[str, Any], code: str, field: str) -> None:
    stands = Given(dossier, opened(measures=MEASURES_, units=UNITS_))
    stands.refuses(describe(**set_), code, f"set.{field}")


def test_a_measure_that_was_given_up_comes_back_as_it_was_or_not_at_all() -> None:
    given_up = Given(dossier, opened(measures=MEASURES_, units=UNITS_)).after(describe(measures=None, units=None))
    flow = {"measures": {"hungry": {"nature": "flow", "units": ["people"]}}}
    given_up.refuses(describe(**flow), "word_counts_otherwise", "set.measures.hungry.nature")
    assert given_up.when(describe(measures={"hungry": {"nature": "stock", "units": ["people"]}}))


def test_units_of_a_measure_come_and_go() -> None:
    stands = Given(dossier, opened(measures=MEASURES_, units=UNITS_))
    after = stands.after(describe(measures={"hungry": HUNGRY | {"units": ["families"]}}))
    assert after.state.vocabulary.kind_of("hungry").units == ("families",)
    assert after.state.once.kind_of("hungry").units == ("families", "people", "tents")


def test_a_figure_is_recorded_with_what_the_dossier_counts_it_as() -> None:
    stands = Given(claim, vocabulary=COUNTING)
    assert stands.when(count()) == [counted(counted_as=STOCK)]
    assert stands.when(count("returned")) == [counted("returned", counted_as=FLOW)]
    assert stands.when(count("killed")) == [counted("killed")]
    stands.refuses(count("hungri"), "not_in_vocabulary", "measure")
    stands.refuses(count(unit="tent"), "not_in_vocabulary", "unit")
    stands.refuses(count(unit="litres"), "unit_not_of_measure", "unit")
    stands.refuses(count("killed", "tents"), "unit_not_of_measure", "unit")
    stands.refuses(count(unit="tents", best=7.5), "not_a_whole_number", "best")
    Given(claim).refuses(count(), "not_in_vocabulary", "measure")
    refusal = Given(claim).refuses(count("Wounded".lower()), "not_in_vocabulary", "measure")
    assert refusal.details == {"near": ["injured"]}
    thirsty = {"thirsty": {"nature": "stock", "units": ["litres"]}}
    parts = Given(dossier, opened(measures=thirsty, units=UNITS_)).state.vocabulary
    assert Given(claim, vocabulary=parts).when(count("thirsty", "litres", best=7.5))


def test_what_a_figure_counts_follows_its_measure_in_corrections_and_revisions() -> None:
    stands = Given(claim, counted(counted_as=STOCK), vocabulary=COUNTING)
    for change, is_set in (
        ({"measure": "returned"}, {"measure": "returned", "counted_as": {"nature": "flow", "whole": True}}),
        ({"measure": "killed"}, {"measure": "killed", "counted_as": None}),
        ({"unit": "tents"}, {"unit": "tents"}),
        ({"best": 8}, {"best": 8}),
    ):
        (corrected,) = stands.when(CorrectClaim(id="c1", set=change, reason="misread"))
        assert corrected.mends[0].set == is_set
        (revised,) = stands.when(ReviseClaim(id="c1", report="nov", set=change))
        assert revised.set == is_set
    said = {"counted_as": {"nature": "flow", "whole": True}}
    stands.refuses(CorrectClaim(id="c1", set=said, reason="so"), "unknown_field", "set.counted_as")
    # With a word that was given up since it can be corrected, and not said anew.
    given_up = Given(claim, counted(counted_as=STOCK))
    assert given_up.when(CorrectClaim(id="c1", set={"best": 8}, reason="misread"))
    given_up.refuses(CorrectClaim(id="c1", set={"unit": "families"}, reason="so"), "not_in_vocabulary", "set.measure")


def test_an_assessment_is_of_a_topic_that_the_dossier_can_have() -> None:
    asked = {"finding": "Many are", "grade": "fair", "claims": "other", "because": "so"}
    issue = IssueAssessment(id="x1", topic="hungry,tents,place:hajin", **asked)
    assert Given(assessment, vocabulary=COUNTING).when(issue)
    Given(assessment).refuses(issue, "not_in_vocabulary", "topic")


def renamed(found: list[Claim], **to: str) -> list[Claim]:
    """The claims with their measure and unit as if they were a dossier's own, declared like the house's."""
    claims: list[Claim] = []
    for each in found:
        content = each["content"]
        own = {"nature": MEASURES[content["measure"]].nature, "whole": content["unit"] in WHOLE_UNITS}
        claims.append(each | {"content": content | to | {"counted_as": own}})
    return claims


@examples(usual=60, thorough=3_000)
@given(found=topic_claims(), data=st.data())
def test_a_measure_of_ones_own_answers_as_one_of_the_houses_of_the_same_kind(found: list[Claim], data: Any) -> None:
    at = data.draw(moments_of(found))
    # A percentage is of a hundred, whatever it measures.
    unit = "percent" if found[0]["content"]["unit"] == "percent" else "tents"
    stock = MEASURES[found[0]["content"]["measure"]].nature == "stock"
    house, own = all_in_force(found), [own_in_force(claim) for claim in renamed(found, measure="hungry", unit=unit)]
    for _, _, rule in FIGURE_RULES:
        assert real_figures(rule(own, at), stock) == real_figures(rule(house, at), stock)
    for contradicting in (contradictions_1, contradictions):
        assert [_pair(one) for one in contradicting(own)] == [_pair(one) for one in contradicting(house)]
    assert stock or _sums(own) == _sums(house)


def _sums(found: list[InForce]) -> Any:
    sums = EditionSums(SumAsked(by="year"))
    for each in found:
        sums.add(each)
    return sums.result().sums


def _pair(found: Any) -> tuple[Any, ...]:
    return found.one.claim, found.other.claim, found.declared, found.time, found.unsure


def own_in_force(claim: Claim) -> InForce:
    """As the oracle's, of a measure of which the oracle does not know whether it is a stock."""
    content = TypeAdapter(Content).validate_python(claim["content"])
    plain = claim | {"content": {"kind": "statement", "nature": "denial"}}
    return replace(in_force(plain), content=content, so=claim["so"])
