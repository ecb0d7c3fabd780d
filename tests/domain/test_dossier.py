from typing import Any

import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from domain import dossier
from domain.dossier import (
    DescribeDossier,
    DossierDeclared,
    DossierDescribed,
    DossierDetails,
    DossierOpened,
    OpenDossier,
)
from tests.domain.given import Given


def opened(**fields: Any) -> DossierOpened:
    return DossierOpened(details=DossierDetails(**({"title": "The last enclave"} | fields)))


def open_(**fields: Any) -> OpenDossier:
    return OpenDossier(**({"id": "d1", "title": "The last enclave"} | fields))


def describe(**set_: Any) -> DescribeDossier:
    return DescribeDossier(id="d1", set=set_)


def given(*past: Any) -> Given:
    return Given(dossier, *past)


def test_a_dossier_is_opened_in_a_time_zone() -> None:
    assert given().when(open_()) == [opened()]
    assert given().after(open_()).state.time_zone == "UTC"
    assert given().after(open_(time_zone="Asia/Damascus")).state.time_zone == "Asia/Damascus"


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc/passwd", "localtime"])
def test_a_time_zone_must_be_one(zone: str) -> None:
    given().refuses(open_(time_zone=zone), "empty_text" if not zone else "unknown_time_zone", "time_zone")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"title": ""}, "empty_text", "title"),
        ({"title": "x" * 301}, "text_too_long", "title"),
        ({"summary": "x" * 4001}, "text_too_long", "summary"),
        ({"group_labels": {"US citizens": {"en": "US citizens"}}}, "not_a_slug", "group_labels.US citizens"),
        ({"cause_labels": {"cold": {"en": " "}}}, "empty_text", "cause_labels.cold.en"),
        ({"value_labels": {"idlib": {"en": "x" * 201}}}, "text_too_long", "value_labels.idlib.en"),
    ],
)
def test_a_dossier_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(open_(**fields), code, field)
    given(opened()).refuses(describe(**fields), code, f"set.{field}")


def test_a_description_holds_what_it_changes() -> None:
    summary = "x" * 4000
    assert given(opened()).when(describe(summary=summary, title="The last enclave")) == [
        DossierDescribed(set={"summary": summary})
    ]
    given(opened()).refuses(describe(title="The last enclave"), "nothing_changes", "set")
    given(opened()).refuses(describe(time_zone="UTC"), "unknown_field", "set.time_zone")


LOOTING = {"looting": {"en": "Looting of shops"}}
ARSON = {"arson": {"en": "Arson"}}


def test_what_is_only_added_to_its_words_is_declared_and_nothing_was_wrong() -> None:
    held = given(opened(occurrence_types=LOOTING))
    declared = [DossierDeclared(set={"occurrence_types": ARSON})]
    assert held.when(describe(occurrence_types={**LOOTING, **ARSON})) == declared
    # A label more of a word, which is told whole.
    more = {"looting": {"en": "Looting of shops", "nl": "Plundering"}}
    assert held.when(describe(occurrence_types=more)) == [DossierDeclared(set={"occurrence_types": more})]
    assert held.after(describe(occurrence_types={**LOOTING, **ARSON})).state.details.occurrence_types == {
        **LOOTING, **ARSON,
    }  # fmt: skip
    labelled = {"women": {"en": "women and girls"}}
    assert held.when(describe(group_labels=labelled)) == [DossierDeclared(set={"group_labels": labelled})]


def test_what_is_told_otherwise_or_taken_back_is_described_beside_what_is_declared() -> None:
    held = given(opened(occurrence_types=LOOTING))
    other = {"looting": {"en": "Looting"}}
    for changed in (other, {**other, **ARSON}, ARSON, None):
        assert held.when(describe(occurrence_types=changed)) == [DossierDescribed(set={"occurrence_types": changed})]
    both = describe(title="Another", occurrence_types={**LOOTING, **ARSON})
    assert held.when(both) == [
        DossierDeclared(set={"occurrence_types": ARSON}), DossierDescribed(set={"title": "Another"}),
    ]  # fmt: skip
    assert held.after(both).state.details.title == "Another"


WORDS = st.dictionaries(st.sampled_from(["a", "b"]), st.dictionaries(st.sampled_from(["en", "nl"]), st.just("x")))


@given_(before=WORDS, after=WORDS)
def test_whatever_its_words_become_they_are_what_was_described(before: Any, after: Any) -> None:
    if before != after:
        held = given(opened(occurrence_types=before)).after(describe(occurrence_types=after))
        assert held.state.details.occurrence_types == after
