from typing import Any

import pytest

from domain import person
from domain.errors import DomainError
from domain.fact import Fact
from domain.fields import read
from domain.incident import IncidentDetails, IncidentOpened
from domain.person import (
    CorrectPerson,
    Fate,
    LinkPerson,
    MergePerson,
    PersonCorrected,
    PersonDetails,
    PersonFateRecorded,
    PersonLinked,
    PersonMerged,
    PersonRegistered,
    PersonReinstated,
    PersonRetracted,
    PersonSplit,
    PersonUnlinked,
    RecordFate,
    RegisterPerson,
    ReinstatePerson,
    RetractPerson,
    SplitPerson,
    UnlinkPerson,
)
from tests.domain.given import Given

P1, P2, P3 = (f"per-{nth:016x}" for nth in (1, 2, 3))
WHOLE: dict[str, Any] = {
    "name": "A. Example", "names": {"ar": "مثال"}, "age_low": 30, "age_high": 40, "sex": "female", "note": "by initial",
    "civilian_status": [{"status": "civilian", "source": "sohr", "claim": "other"}],
    "fates": [{"fate": "missing", "incident": "strike", "place": "hajin", "when": "2018-12", "claim": "third"}],
}  # fmt: skip


def registered(**fields: Any) -> PersonRegistered:
    return PersonRegistered(details=PersonDetails.model_validate({"name": "A"} | fields))


def register(person_id: str = P1, **fields: Any) -> RegisterPerson:
    return read(RegisterPerson, {"id": person_id, "name": "A"} | fields)


def correct(**set_: Any) -> CorrectPerson:
    return CorrectPerson(id=P1, set=set_, reason="misread")


def linked(*claims: str) -> PersonLinked:
    return PersonLinked(claims=list(claims))


def merged(into: str) -> PersonMerged:
    return PersonMerged(into=into, reason="the same")


def merge(into: str) -> MergePerson:
    return MergePerson(id=P1, into=into, reason="the same")


RETRACT = RetractPerson(id=P1, reason="on another list")
REINSTATE = ReinstatePerson(id=P1, reason="on this one too")
SPLIT = SplitPerson(id=P1, reason="brothers")
RETRACTED = PersonRetracted(reason="on another list")
OTHERS: dict[tuple[str, str], list[Fact]] = {
    ("person", P2): [registered()],
    ("person", P3): [registered(), PersonRetracted(reason="nobody")],
    ("incident", "strike"): [IncidentOpened(details=IncidentDetails(title="A strike"))],
}


def given(*past: Any, beside: dict[tuple[str, str], list[Fact]] | None = None) -> Given:
    return Given(person, *past, beside=OTHERS | (beside or {}))


def test_a_person_is_registered_with_the_claims_that_name_them() -> None:
    assert given().when(register(**WHOLE)) == [registered(**WHOLE)]
    assert given().when(register(claims=["other", "third", "other"])) == [registered(), linked("other", "third")]
    nameless = read(RegisterPerson, {"id": P1, "age_high": 17})
    assert given().when(nameless) == [PersonRegistered(details=PersonDetails(age_high=17))]


@pytest.mark.parametrize("id_", ["ahmad", "per-ahmad", "per-1234", "per-" + "0" * 33, "0" * 16, "per-" + "A" * 16])
def test_an_id_that_may_tell_who_it_is_is_refused(id_: str) -> None:
    code = "not_a_slug" if id_.endswith("A") else "person_id_not_opaque"
    given().refuses(register(id_), code, "id")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": " "}, "empty_text", "name"),
        ({"names": {"ar": ""}}, "empty_text", "names.ar"),
        ({"age": -1}, "age_impossible", "age"),
        ({"age": 131}, "age_impossible", "age"),
        ({"age": 30, "age_low": 30}, "age_impossible", "age"),
        ({"age_low": 30, "age_high": 29}, "age_impossible", "age_low"),
        ({"civilian_status": [{"status": "civilian"}]}, "status_of_nobody", "civilian_status.0"),
        ({"civilian_status": [{"status": "civilian", "source": "no"}]}, "unknown_reference",
         "civilian_status.0.source"),
        ({"fates": [{"fate": "killed", "incident": "no"}]}, "unknown_reference", "fates.0.incident"),
        ({"fates": [{"fate": "killed", "place": "no-place"}]}, "retracted_reference", "fates.0.place"),
        ({"fates": [{"fate": "killed", "when": "soon"}]}, "not_edtf", "fates.0.when"),
        ({"fates": [{"fate": "killed", "claim": "never"}]}, "retracted_reference", "fates.0.claim"),
    ],
)  # fmt: skip
def test_a_person_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(register(**fields), code, field)
    given(registered()).refuses(correct(**fields), code, f"set.{field}")


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"civilian_status": "civilian"}, "civilian_status.0",
         "`status` (civilian or combatant), `source` (may be left out), `claim` (may be left out)"),
        ({"fates": ["killed"]}, "fates.0", "`fate` (killed or injured or missing or held or unknown), `incident` ("),
    ],
)  # fmt: skip
def test_what_is_no_object_is_refused_with_its_form(fields: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(DomainError) as refused:
        register(**fields)
    assert (refused.value.code, refused.value.field) == ("malformed", field)
    assert f"{field}: an object is needed, with {said}" in refused.value.message


def test_what_became_of_them_later_is_no_correction() -> None:
    killed = {"fate": "killed", "incident": "strike", "when": "2019-01"}
    found = read(RecordFate, {"id": P1} | killed)
    event = PersonFateRecorded(fate=Fate.model_validate(killed))
    assert given(registered(**WHOLE)).when(found) == [event]
    given(registered(), event).refuses(found, "nothing_changes", "fate")
    given(registered()).refuses(
        read(RecordFate, {"id": P1, "fate": "held", "place": "no"}), "unknown_reference", "place"
    )
    assert [fate.fate for fate in given(registered(**WHOLE), event).state.details.fates] == ["missing", "killed"]


def test_a_correction_holds_what_it_changes_and_is_taken_back_by_another() -> None:
    there = given(registered(**WHOLE))
    before = there.state
    assert there.when(correct(age_low=None, age_high=None, age=34, sex="female")) == [
        PersonCorrected(set={"age_low": None, "age_high": None, "age": 34}, reason="misread")
    ]
    there.refuses(correct(sex="female"), "nothing_changes", "set")
    there.after(correct(fates=None, age_low=None), correct(fates=WHOLE["fates"], age_low=30))
    assert there.state == before


def test_a_correction_of_one_fate_asks_nothing_of_those_that_stay() -> None:
    fates = [{"fate": "missing", "claim": "never"}]
    there = given(registered(fates=fates))
    assert there.when(correct(fates=[*fates, {"fate": "killed"}]))
    there.refuses(correct(fates=[*fates, {"fate": "held", "place": "no-place"}]), "retracted_reference",
                  "set.fates.1.place")  # fmt: skip


def test_claims_that_name_a_person_are_linked_and_unlinked() -> None:
    link = LinkPerson(id=P1, claims=("other", "third"))
    unlink = UnlinkPerson(id=P1, claims=("other", "third"), reason="somebody else")
    assert given(registered(), linked("other")).when(link) == [linked("third")]
    assert given(registered(), linked("other")).when(unlink) == [
        PersonUnlinked(claims=["other"], reason="somebody else")
    ]
    there = given(registered())
    before = there.state
    assert there.when(unlink) == []
    assert there.after(link, unlink).state == before
    there.refuses(LinkPerson(id=P1, claims=("never",)), "retracted_reference", "claims.0")
    there.refuses(LinkPerson(id=P1, claims=()), "malformed", "claims")
    never = UnlinkPerson(id=P1, claims=("never",), reason="retracted")
    assert given(registered(), linked("never")).when(never) == [PersonUnlinked(claims=["never"], reason="retracted")]


def test_two_who_prove_to_be_one_are_merged_and_split_again() -> None:
    there = given(registered(), linked("other"))
    before = there.state
    assert there.when(merge(P2)) == [merged(P2)]
    there.after(merge(P2)).refuses(merge(P2), "person_already_merged")
    assert there.when(SPLIT) == [PersonSplit(reason="brothers")]
    assert there.after(SPLIT).state == before
    there.refuses(SPLIT, "person_not_merged")


def test_nobody_is_merged_into_themselves_nor_into_what_was_retracted() -> None:
    there = given(registered(), beside={("person", P2): [registered(), merged(P1)]})
    there.refuses(merge(P1), "person_merged_into_itself", "into")
    there.refuses(merge(P2), "person_merged_into_itself", "into")
    given(registered()).refuses(merge(P3), "retracted_reference", "into")


def test_a_retracted_person_is_left_alone_until_it_is_reinstated() -> None:
    there = given(registered())
    before = there.state
    there.refuses(REINSTATE, "not_retracted")
    assert there.when(RETRACT) == [RETRACTED]
    there.after(RETRACT)
    assert there.when(RETRACT) == []
    for command in (
        correct(age=3),
        merge(P2),
        SPLIT,
        LinkPerson(id=P1, claims=("other",)),
        RecordFate(id=P1, fate="held"),
    ):
        there.refuses(command, "retracted")
    assert there.when(REINSTATE) == [PersonReinstated(reason="on this one too")]
    assert there.after(REINSTATE).state == before
