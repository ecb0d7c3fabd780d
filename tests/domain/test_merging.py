"""Items of a kind that are found to be one, and which of them are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import (
    ActorDetails,
    ActorMerged,
    ActorRegistered,
    ActorSplit,
    CorrectActor,
    MergeActor,
    SplitActor,
)
from domain.content import Figure, Occurrence
from domain.errors import DomainError
from domain.events import AnyCommand
from domain.fact import Command, Creation, Fact
from domain.fields import StreamRef, read
from domain.incident import DescribeIncident, IncidentDetails, IncidentMerged, IncidentOpened, LinkClaims, UnlinkClaims
from domain.merging import Merged, as_one
from domain.place import CorrectPlace, MergePlace, PlaceDetails, PlaceMerged, PlaceRegistered, PlaceSplit, SplitPlace
from domain.report import (
    CorrectReport,
    DiscreditReport,
    LiftDiscrediting,
    MergeReport,
    ReportCorrected,
    ReportDetails,
    ReportDiscredited,
    ReportFiled,
    ReportMerged,
    ReportSplit,
    ReportWithdrawn,
    RetractWithdrawal,
    SplitReport,
    WithdrawReport,
)
from domain.second_looks import second_looks
from domain.source import (
    CorrectSource,
    GradeSource,
    MergeSource,
    SourceDetails,
    SourceMerged,
    SourceRegistered,
    SourceSplit,
    SplitSource,
)
from tests.domain.given import NOW, RULES, Given
from tests.domain.test_inverses import every_command

FIRST: dict[str, Fact] = {
    "source": SourceRegistered(details=SourceDetails(name="S", kind="monitor")),
    "actor": ActorRegistered(details=ActorDetails(name="A", kind="militia")),
    "place": PlaceRegistered(details=PlaceDetails(name="P", kind="town")),
    "report": ReportFiled(details=ReportDetails(label="R", published="2018")),
}
MERGE: dict[str, type[Command]] = {
    "source": MergeSource,
    "actor": MergeActor,
    "place": MergePlace,
    "report": MergeReport,
}
SPLIT: dict[str, type[Command]] = {
    "source": SplitSource,
    "actor": SplitActor,
    "place": SplitPlace,
    "report": SplitReport,
}
MERGED: dict[str, Any] = {"source": SourceMerged, "actor": ActorMerged, "place": PlaceMerged, "report": ReportMerged}
UNMERGED: dict[str, Any] = {"source": SourceSplit, "actor": ActorSplit, "place": PlaceSplit, "report": ReportSplit}


class Kind:
    """Items of one kind: `x`, and others beside it, of which some are merged or retracted."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.split = SPLIT[kind].model_validate({"id": "x", "reason": "two"})

    def merge(self, into: str) -> Any:
        return MERGE[self.kind].model_validate({"id": "x", "into": into, "reason": "one"})

    def merged(self, into: str) -> Any:
        return MERGED[self.kind](into=into, reason="one")

    def there(self, **into: str) -> Given:
        """`y=z`: y is merged into z, `y=y`: it is not merged."""
        first = FIRST[self.kind]
        beside = {
            (self.kind, id_): [first] if other == id_ else [first, self.merged(other)] for id_, other in into.items()
        }
        return Given(RULES[self.kind], first, beside=beside)


@pytest.fixture(params=list(FIRST))
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.param)


def test_an_item_is_merged_and_split_again_and_is_as_it_was(kind: Kind) -> None:
    one = kind.there(y="y")
    before = one.state
    assert one.when(kind.merge("y")) == [kind.merged("y")]
    assert one.after(kind.merge("y")).state.merged_into == "y"
    assert one.when(kind.split) == [UNMERGED[kind.kind](reason="two")]
    assert one.after(kind.split).state == before


def test_no_item_is_merged_into_itself_by_whatever_way(kind: Kind) -> None:
    kind.there().refuses(kind.merge("x"), "merged_into_itself", "into")
    kind.there(y="x").refuses(kind.merge("y"), "merged_into_itself", "into")
    refusal = kind.there(y="z", z="x").refuses(kind.merge("y"), "merged_into_itself", "into")
    assert "'x' into 'y' into 'z' into 'x'" in str(refusal)
    assert kind.there(y="z", z="z").when(kind.merge("y")) == [kind.merged("y")]


def test_only_what_is_there_and_not_merged_yet_is_merged(kind: Kind) -> None:
    kind.there().refuses(kind.merge("nobody"), "unknown_reference", "into")
    one = kind.there(y="y", z="z").after(kind.merge("y"))
    assert one.refuses(kind.merge("z"), "already_merged").details == {"merged_into": "y"}
    kind.there(y="y").refuses(kind.split, "not_merged")


# What is said of an item that goes on as another, by which the answers go.
OF_A_MERGED_ONE: Mapping[type[Command], dict[str, Any]] = {
    CorrectSource: {"set": {"name": "Another"}},
    GradeSource: {"reliability": "B"},
    CorrectActor: {"set": {"name": "Another"}},
    CorrectPlace: {"set": {"within": "syria"}},
    CorrectReport: {"set": {"published": "2017"}},
    WithdrawReport: {"when": "2019"},
    RetractWithdrawal: {},
    DiscreditReport: {},
    LiftDiscrediting: {},
    DescribeIncident: {"set": {"title": "Another"}},
}
REFUSED_OF_IT = (GradeSource, WithdrawReport, RetractWithdrawal, DiscreditReport, LiftDiscrediting)
# What makes it one of its own or makes it leave, and what counts for the one that it goes on as.
MOVES_ANSWERS = {"retract", "reinstate", "merge", "split"}
COUNTS_FOR_THE_OTHER = {LinkClaims, UnlinkClaims}


def test_every_act_on_a_merged_item_moves_answers_or_is_looked_at() -> None:
    acts = {
        act
        for act in every_command(AnyCommand)
        if act.stream_kind in {*FIRST, "incident"} and not issubclass(act, Creation)
    }
    moving = {act for act in acts if act.model_fields["command"].default.split("_")[0] in MOVES_ANSWERS}
    assert acts == {*OF_A_MERGED_ONE, *COUNTS_FOR_THE_OTHER, *(moving - {RetractWithdrawal})}


def of_a_merged_one(act: type[Command], *beside: Fact, **into: str) -> tuple[Given, Any]:
    """`x`, merged into `y`, and an act on it."""
    kind = act.stream_kind
    first = FIRST.get(kind, IncidentOpened(details=IncidentDetails(title="I")))
    merged: Any = MERGED.get(kind, IncidentMerged)
    others = {
        (kind, id_): [first, *([] if other == id_ else [merged(into=other, reason="one")]), *beside]
        for id_, other in into.items()
    }
    command = read(act, {"id": "x", "reason": "so"} | OF_A_MERGED_ONE[act])
    return Given(RULES[kind], first, merged(into="y", reason="one"), beside=others), command


def warned(one: Given, command: Command) -> list[tuple[str, str]]:
    events, known = one.decided(command)
    return [(look.code, look.message) for look in second_looks(one.state, command, events, known, NOW)]


@pytest.mark.parametrize("act", OF_A_MERGED_ONE)
def test_what_is_said_of_a_merged_item_names_the_one_that_it_goes_on_as(act: type[Command]) -> None:
    one, command = of_a_merged_one(act, y="z", z="z")
    if act in REFUSED_OF_IT:
        assert one.refuses(command, "goes_on_as_another").details == {"survivor": "z"}
        return
    ((code, message),) = warned(one, command)
    assert code == "goes_on_as_another"
    assert "'x' goes on as 'z'" in message


@pytest.mark.parametrize("act", OF_A_MERGED_ONE)
def test_a_merge_that_does_not_count_stands_in_nobodys_way(act: type[Command]) -> None:
    """While the other is retracted, the item is one of its own."""
    if act is DescribeIncident:
        return
    kind = act.stream_kind
    one, command = of_a_merged_one(act, y="y")
    one.states[StreamRef(kind, "y")] = replace(one.states[StreamRef(kind, "y")], retracted=True)
    try:
        assert not warned(one, command)
    except DomainError as refusal:
        assert refusal.code in ("report_not_withdrawn", "report_not_discredited")


def test_an_actor_is_part_of_what_any_of_it_was_part_of_so_that_moves_answers() -> None:
    one, _ = of_a_merged_one(CorrectActor, y="y")
    assert not warned(one, CorrectActor(id="x", set={"part_of": "sdf"}, reason="so"))
    assert warned(one, CorrectActor(id="x", set={"name": "Another"}, reason="so"))


NOTHING_BEFORE: tuple[Fact, ...] = ()
REDATED = (ReportCorrected(set={"published": "2020-01"}, reason="so"),)
DISCREDITED = (ReportDiscredited(reason="made up"),)
WITHDRAWN = (ReportWithdrawn(when="2019", reason="wrong"),)


@pytest.mark.parametrize(
    ("mine", "its", "said"),
    [
        (NOTHING_BEFORE, NOTHING_BEFORE, []),
        (DISCREDITED, DISCREDITED, []),
        (WITHDRAWN, WITHDRAWN, []),
        (DISCREDITED, NOTHING_BEFORE, ["'x' was discredited, 'z' was not: its claims count again"]),
        (NOTHING_BEFORE, DISCREDITED, ["'z' was discredited, 'x' was not: the claims of 'x' count as discredited too"]),
        (WITHDRAWN, NOTHING_BEFORE, ["'x' was withdrawn, 'z' was not: its claims count again"]),
        (NOTHING_BEFORE, WITHDRAWN, ["'z' was withdrawn, 'x' was not: the claims of 'x' count as withdrawn too"]),
        (WITHDRAWN, (ReportWithdrawn(report="dec", reason="wrong"),), ["'x' and 'z' were withdrawn at other times"]),
        ((*WITHDRAWN, *DISCREDITED), NOTHING_BEFORE, ["'x' was discredited", "'x' was withdrawn"]),
        (REDATED, REDATED, []),
        (REDATED, NOTHING_BEFORE, ["'x' came out 2020-01, 'z' 2018: what 'x' says counts as out when 'z' was"]),
    ],
)
def test_a_merge_of_two_reports_of_which_one_was_judged_says_what_counts_no_more(
    mine: tuple[Fact, ...], its: tuple[Fact, ...], said: list[str]
) -> None:
    first = FIRST["report"]
    beside = {("report", "y"): [first, ReportMerged(into="z", reason="one")], ("report", "z"): [first, *its]}
    looks = warned(Given(RULES["report"], first, *mine, beside=beside), MergeReport(id="x", into="y", reason="one"))
    assert [code for code, _ in looks] == ["merged_unlike"] * len(said)
    assert all(part in message for part, (_, message) in zip(said, looks, strict=True)), looks


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=6))
def test_items_are_one_where_their_merges_end_at_the_same(links: list[tuple[int, int]]) -> None:
    into: dict[str, str] = {}
    for one, other in links:
        end = str(other)
        while end in into:
            end = into[end]
        if str(one) not in into and end != str(one):
            into[str(one)] = str(other)
    merged = Merged(into)
    ids = [str(number) for number in range(7)]
    for id_ in ids:
        way = [id_]
        while way[-1] in into:
            way.append(into[way[-1]])
        assert merged.survivor(id_) == way[-1]
        assert merged.one_with(id_) == [other for other in ids if merged.survivor(other) == way[-1]]
        assert merged.within(id_) == [other for other in ids if other != id_ and id_ in _way(into, other)]
    assert bool(merged) == bool(into)


def _way(into: dict[str, str], id_: str) -> list[str]:
    return [id_, *_way(into, into[id_])] if id_ in into else [id_]


def test_a_value_names_the_survivors_of_what_it_named_each_once() -> None:
    merged = {"source": Merged({"s2": "s1", "s3": "s2"}), "actor": Merged({"a2": "a1"}), "place": Merged({})}
    said = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "unknown"}
    one = Figure.model_validate(said | {"claimant": "s3", "via": ["s2", "s4", "s1"], "by": "a2", "place": "p"})
    assert as_one(one, merged) == Figure.model_validate(
        said | {"claimant": "s1", "via": ["s1", "s4"], "by": "a1", "place": "p"}
    )
    happened = {"kind": "occurrence", "type": "attack"}
    other = Occurrence.model_validate(happened | {"actors": {"by": ["a1", "a2"], "against": ["a3", "a2"]}})
    assert as_one(other, merged) == Occurrence.model_validate(
        happened | {"actors": {"by": ["a1"], "against": ["a3", "a1"]}}
    )
    assert as_one(other, {"actor": Merged({})}) is other
