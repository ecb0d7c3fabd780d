from typing import Any

import pytest

from domain import dossier
from domain.dossier import DescribeDossier, DossierDescribed, DossierDetails, DossierOpened, OpenDossier
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
