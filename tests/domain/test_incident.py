from typing import Any

import pytest

from domain import incident
from domain.claim import ClaimRecorded, ClaimReinstated, ClaimRetracted
from domain.fact import Fact
from domain.fields import StreamRef, read
from domain.incident import (
    DescribeIncident,
    IncidentDescribed,
    IncidentDetails,
    IncidentLinked,
    IncidentMerged,
    IncidentOpened,
    IncidentRetracted,
    IncidentSplit,
    IncidentUnlinked,
    LinkClaims,
    MergeIncident,
    OpenIncident,
    ReinstateIncident,
    RetractIncident,
    SplitIncident,
    UnlinkClaims,
)
from tests.domain.given import Given, words


def opened(**fields: Any) -> IncidentOpened:
    return IncidentOpened(details=IncidentDetails.model_validate({"title": "A strike"} | fields))


def linked(*claims: str) -> IncidentLinked:
    return IncidentLinked(claims=list(claims))


def merged(into: str) -> IncidentMerged:
    return IncidentMerged(into=into, reason="the same")


def open_(**fields: Any) -> OpenIncident:
    return read(OpenIncident, {"id": "i1", "title": "A strike"} | fields)


def describe(**set_: Any) -> DescribeIncident:
    return DescribeIncident(id="i1", set=set_, reason="we know more")


def link(*claims: str) -> LinkClaims:
    return LinkClaims(id="i1", claims=claims)


def unlink(*claims: str) -> UnlinkClaims:
    return UnlinkClaims(id="i1", claims=claims, reason="another strike")


def merge(into: str, incident_id: str = "i1") -> MergeIncident:
    return MergeIncident(id=incident_id, into=into, reason="the same")


SPLIT = SplitIncident(id="i1", reason="an hour apart")
OTHERS: dict[tuple[str, str], list[Fact]] = {("incident", f"i{n}"): [opened()] for n in (2, 3, 4)}


def given(*past: Any, **beside: list[Fact]) -> Given:
    """`i2="..."` are other incidents' events."""
    return Given(incident, *past, beside=OTHERS | {("incident", name): events for name, events in beside.items()})


def test_an_incident_is_opened_with_the_claims_that_tell_of_it() -> None:
    fields = {"place": "hajin", "when": "2018-12-17~", "type": "airstrike", "note": "two reports tell of it"}
    assert given().when(open_(**fields)) == [opened(**fields)]
    assert given().when(open_(claims=["other", "third", "other"])) == [opened(), linked("other", "third")]
    assert given().when(open_(claims="other")) == [opened(), linked("other")]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"title": " "}, "empty_text", "title"),
        ({"title": "x" * 301}, "text_too_long", "title"),
        ({"note": "x" * 2001}, "text_too_long", "note"),
        ({"place": "nowhere"}, "unknown_reference", "place"),
        ({"place": "no-place"}, "retracted_reference", "place"),
        ({"when": "a Tuesday"}, "not_edtf", "when"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(open_(**fields), code, field)
    given(opened()).refuses(describe(**fields), code, f"set.{field}")


def test_only_claims_of_the_dossier_are_linked_and_none_that_was_retracted() -> None:
    given().refuses(open_(claims=["other", "nothing"]), "unknown_reference", "claims.1")
    given().refuses(open_(claims=["never"]), "retracted_reference", "claims.0")
    given(opened()).refuses(link("nothing"), "unknown_reference", "claims.0")
    given(opened()).refuses(link("never"), "retracted_reference", "claims.0")
    given(opened()).refuses(unlink("nothing"), "unknown_reference", "claims.0")


def test_linking_names_at_least_one_claim() -> None:
    given(opened()).refuses(link(), "malformed", "claims")
    given(opened()).refuses(unlink(), "malformed", "claims")


def test_an_incident_is_described_anew() -> None:
    one = given(opened(place="hajin"))
    assert one.when(describe(when="2018-12", place=None)) == [
        IncidentDescribed(set={"place": None, "when": "2018-12"}, reason="we know more")
    ]
    assert one.after(describe(title="A raid", place=None)).state.details == opened(title="A raid").details
    one.refuses(describe(title="A raid"), "nothing_changes", "set")
    one.refuses(describe(), "nothing_changes", "set")
    one.refuses(describe(colour="red"), "unknown_field", "set.colour")
    one.refuses(describe(type="party"), "not_in_vocabulary", "set.type")


def test_what_it_is_in_words_is_stored_so_that_it_can_be_sealed() -> None:
    assert given(opened()).when(describe(title="A raid"))[0].set == {"title": {"value": "A raid"}}


def test_a_description_of_one_field_asks_nothing_of_the_others() -> None:
    assert given(opened(place="no-place")).when(describe(title="A raid"))


def test_only_what_is_not_linked_yet_is_linked() -> None:
    one = given(opened(), linked("other"))
    assert one.when(link("other", "third", "third")) == [linked("third")]
    assert one.when(link("other")) == []


def test_only_what_is_linked_is_let_go_also_once_it_was_retracted() -> None:
    one = given(opened(), linked("other", "never"))
    assert one.when(unlink("third", "never", "never")) == [IncidentUnlinked(claims=["never"], reason="another strike")]
    assert one.when(unlink("third")) == []
    assert one.after(unlink("other", "never")).state.claims == frozenset()
    assert one.when(link("other")) == [linked("other")]


def test_a_merged_incident_keeps_what_it_was() -> None:
    one = given(opened(place="hajin"), linked("other"))
    before = one.state
    assert one.when(merge("i2")) == [merged("i2")]
    assert (one.after(merge("i2")).state.merged_into, one.state.claims) == ("i2", before.claims)
    # It can still be described and linked: a split then has it all.
    assert one.when(link("third")) == [linked("third")]
    assert one.when(SPLIT) == [IncidentSplit(reason="an hour apart")]
    assert one.after(SPLIT).state == before


def test_a_merge_names_another_incident_of_the_dossier() -> None:
    given(opened()).refuses(merge("i9"), "unknown_reference", "into")
    given(opened()).refuses(merge("i1"), "incident_merged_into_itself", "into")


def test_what_is_merged_already_says_into_what() -> None:
    refusal = given(opened(), merged("i2")).refuses(merge("i3"), "incident_already_merged")
    assert "'i2'" in refusal.message
    assert refusal.details == {"merged_into": "i2"}
    given(opened(), merged("i2"), IncidentSplit(reason="no")).when(merge("i3"))


def test_what_is_not_merged_is_not_split() -> None:
    given(opened()).refuses(SPLIT, "incident_not_merged")
    given(opened(), merged("i2"), IncidentSplit(reason="no")).refuses(SPLIT, "incident_not_merged")


@pytest.mark.parametrize("into", ["i2", "i3", "i4"])
def test_no_merge_closes_a_circle_at_any_distance(into: str) -> None:
    chain: dict[str, list[Fact]] = {
        "i2": [opened(), merged("i1")], "i3": [opened(), merged("i2")], "i4": [opened(), merged("i3")],
    }  # fmt: skip
    refusal = given(opened(), **chain).refuses(merge(into), "incident_merged_into_itself", "into")
    assert " into ".join(f"'i{n}'" for n in range(int(into[1]), 0, -1)) in refusal.message


def test_a_merge_relies_on_the_whole_chain_that_it_is_added_to() -> None:
    chain: dict[str, list[Fact]] = {"i2": [opened(), merged("i3")], "i3": [opened(), merged("i4")]}
    events, known = given(opened(), **chain).decided(merge("i2"))
    assert events == [merged("i2")]
    assert {StreamRef("incident", name) for name in ("i2", "i3", "i4")} <= known.relied_on


def test_an_incident_merges_into_one_that_other_incidents_are_merged_into() -> None:
    assert given(opened(), i2=[opened(), merged("i3")]).when(merge("i3")) == [merged("i3")]


def test_nothing_is_linked_to_a_retracted_incident_nor_merged_with_it() -> None:
    unsay, say_again = (model(id="i1", reason="so") for model in (RetractIncident, ReinstateIncident))
    one = Given(incident, opened(), linked("other"), beside=OTHERS)
    before = one.state
    for command in (link("third"), unlink("other"), merge("i2"), describe(title="A raid"), SPLIT):
        one.after(unsay).refuses(command, "retracted")
    assert one.after(say_again).state == before
    gone = {("incident", "i2"): [opened(), IncidentRetracted(reason="so")]}
    Given(incident, opened(), beside=gone).refuses(merge("i2"), "retracted_reference", "into")


def test_no_merge_closes_a_circle_by_way_of_a_retracted_incident() -> None:
    """It may come back."""
    there = {
        ("incident", "i2"): [opened(), merged("i3")],
        ("incident", "i3"): [opened(), merged("i1"), IncidentRetracted(reason="so")],
    }
    Given(incident, opened(), beside=there).refuses(merge("i2"), "incident_merged_into_itself", "into")


def test_a_claim_that_was_reinstated_can_be_linked_again() -> None:
    past: list[Fact] = [ClaimRecorded(report="nov", content=words()), ClaimRetracted(reason="no")]
    beside = {("claim", "back"): past}
    Given(incident, opened(), beside=beside).refuses(link("back"), "retracted_reference", "claims.0")
    beside = {("claim", "back"): [*past, ClaimReinstated(reason="yes")]}
    assert Given(incident, opened(), beside=beside).when(link("back")) == [linked("back")]
