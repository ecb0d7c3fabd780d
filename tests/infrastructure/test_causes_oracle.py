"""Why a finding differs between two cut-offs: what is named as its cause is one, and none is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain import when
from domain.fact import Command
from infrastructure.questions import causes
from interfaces.api.changed_findings import list_changed_findings
from tests import naive, naive_questions
from tests.histories import CatchUp, examples, histories
from tests.infrastructure.test_changed_findings_oracle import Picture, changed
from tests.infrastructure.test_oracle import House, Story, figure, place, report, revise
from tests.infrastructure.test_questions_oracle import clocks, lived

# What was only begun by the cut-off is of no report: a person on the list whom no claim names.
OF_CLAIMS = ("control", "figures", "disagreements", "record", "assessment")


class Without(naive.Dossier):
    """A dossier of which one report never came out, or was never known to be withdrawn."""

    def __init__(self, log: Sequence[Any], position: int, report: str | None, withdrawal: str | None) -> None:
        super().__init__(log, position)
        self.report, self.withdrawal = report, withdrawal

    def out(self, report_id: str, asked: naive.Asked) -> bool:
        return self.survivor("report", report_id) != self.report and super().out(report_id, asked)

    def report_taken_back(self, report_id: str, asked: naive.Asked) -> bool:
        is_left_out = self.survivor("report", report_id) == self.withdrawal
        return not is_left_out and super().report_taken_back(report_id, asked)


def claims_in(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for name, value in told.items():
            if name == "claim" and isinstance(value, str):
                yield value
            yield from claims_in(value)
    elif isinstance(told, list):
        for each in told:
            yield from claims_in(each)


def found_naively(dossier: naive.Dossier, asked: naive.Asked, item: Any) -> Any:
    match item["question"]:
        case "record":
            return naive_questions.source_record(dossier, replace(asked, at=None), item["source"])
        case "figures":
            picture = naive_questions.figures_of_topic(dossier, asked, item["topic"])
            return picture and {name: value for name, value in picture.items() if name != "beside"}
        case "control":
            return naive_questions.control(dossier, asked, item["place"])
        case _:
            return None


def reports_of(dossier: naive.Dossier, claims: set[str]) -> set[str]:
    """The reports that some claims ever stood in, and those that these were withdrawn in."""
    stood_in = {
        dossier.survivor("report", one["report"]) for id_ in claims for one in dossier.items["claim"][id_]["said"]
    }
    ends = [dossier.items["report"][id_].get("withdrawn", {}).get("report") for id_ in stood_in]
    return stood_in | {dossier.survivor("report", id_) for id_ in ends if id_ is not None}


async def causes_are_ones(
    house: House, dossier_id: str, position: int, before: naive.Asked, after: naive.Asked
) -> None:
    log = await house.events(dossier_id)
    dossier = naive.Dossier(log, position)
    one, other = (Picture(position, asked, {}, [], None) for asked in (before, after))
    reports = [id_ for id_ in dossier.items["report"] if dossier.survivor("report", id_) == id_]
    known = {("report", id_) for id_ in reports if dossier.out(id_, before) != dossier.out(id_, after)}
    known |= {
        ("withdrawal", id_)
        for id_ in reports
        if dossier.report_taken_back(id_, before) != dossier.report_taken_back(id_, after)
    }
    for item in await changed(house, dossier_id, one, other, 100, list_changed_findings):
        named = {("report", id_) for id_ in item["published"]}
        named |= {("withdrawal", one["report"]) for one in item["withdrawn"]}
        assert named <= known, item
        if item["question"] in OF_CLAIMS:
            assert named, item
        for end in item["withdrawn"]:
            recorded = next(each for each in log if each.position == end["position"])
            assert (recorded.event.type, recorded.stream.id) == ("report.withdrawn", end["report"])
        if item["question"] in ("control", "figures", "disagreements"):
            of_claims = reports_of(dossier, {*claims_in([item["before"], item["after"]])})
            beside = {each for each in named if each[1] not in of_claims}
            event(f"{item['question']}, {'of its claims' if not beside else 'of others'}")
            assert not beside, item
        if item["question"] not in ("control", "figures", "record") or item.get("not_told_apart"):
            continue
        for sort, id_ in known:
            without = Without(log, position, *((id_, None) if sort == "report" else (None, id_)))
            is_known = dossier.out if sort == "report" else dossier.report_taken_back
            asked = next(each for each in (before, after) if is_known(id_, each))
            differs = found_naively(dossier, asked, item) != found_naively(without, asked, item)
            event(f"{sort} {'decides' if differs else 'decides nothing'}")
            assert ((sort, id_) in named) == differs, (sort, id_, item)


@examples(usual=20, thorough=600)
@given(
    history=histories(),
    one=clocks,
    other=clocks,
    back=st.integers(0, 10),
    most=st.sampled_from([30, 30, 30, 1]),
)
def test_what_became_known_is_a_cause_if_a_finding_would_be_another_without_it(
    house: House, history: list[Command | CatchUp], one: naive.Asked, other: naive.Asked, back: int, most: int
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        position = max(1, await house.log.head(dossier_id) - back)
        await causes_are_ones(house, dossier_id, position, one, replace(other, at=one.at))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(causes, "MOST_LEFT_OUT", most)
        house.run(work())


APRIL, MAY = (naive.Asked(reported_by=when.cut_off(date, field="")) for date in ("2024-04-30", "2024-05-31"))
COUNTED = {"place": "tarim", "when": "2024-04", "measure": "affected"}


@pytest.fixture
def story(house: House) -> Story:
    """One agency raises its number, another takes its report back: both in May."""
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "A flood"}),
        place("tarim"),
        *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("agency", "cabinet", "other")),
        report("a1", "2024-04-20", publisher="agency"),
        report("a2", "2024-05-03", publisher="agency"),
        report("g1", "2024-04-25", publisher="cabinet"),
        report("g2", "2024-05-10", publisher="cabinet"),
        figure("c1", "a1", 12_000, claimant="agency", **COUNTED),
        figure("c2", "g1", 21_000, claimant="cabinet", **COUNTED),
        revise("c1", "a2", 15_500),
    )
    return story


def because(story: Story, before: naive.Asked, after: naive.Asked, most: int = 30) -> dict[str, Any]:
    """Of each finding the reports that came out, and those that were withdrawn."""

    async def work() -> list[Any]:
        position = await story.house.log.head(story.id)
        one, other = (Picture(position, asked, {}, [], None) for asked in (before, after))
        return await changed(story.house, story.id, one, other, 100, list_changed_findings)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(causes, "MOST_LEFT_OUT", most)
        items = story.house.run(work())
    named = {
        f"{item['question']} {item.get('source', '')}".strip(): (
            item["published"],
            [one["report"] for one in item["withdrawn"]],
            *(["perhaps"] if item.get("not_told_apart") else []),
        )
        for item in items
    }
    assert len(named) == len(items)
    return named


@pytest.mark.parametrize("turned", [False, True])
def test_a_disagreement_that_a_withdrawal_ended_was_ended_by_nothing_else(story: Story, turned: bool) -> None:
    story.tell(("withdraw_report", {"id": "g1", "when": "2024-05-02", "reason": "recounts"}))
    pictures = (MAY, APRIL) if turned else (APRIL, MAY)
    assert because(story, *pictures) == {
        "figures": (["a2"], ["g1"]),
        "disagreements": ([], ["g1"]),
        "record agency": (["a2"], []),
        # What came out says nothing in the record of another.
        "record cabinet": (["g2"], ["g1"]),
    }


def test_a_report_that_was_withdrawn_in_another_is_told_with_that(story: Story) -> None:
    story.tell(("withdraw_report", {"id": "g1", "report": "g2", "reason": "recounts"}))
    assert because(story, APRIL, MAY) == {
        "figures": (["a2", "g2"], ["g1"]),
        "disagreements": (["g2"], ["g1"]),
        "record agency": (["a2"], []),
        "record cabinet": (["g2"], ["g1"]),
    }


def test_what_was_withdrawn_at_another_time_or_not_after_all_is_no_cause(story: Story) -> None:
    story.tell(
        ("withdraw_report", {"id": "g1", "when": "2024-05-02", "reason": "recounts"}),
        ("retract_withdrawal", {"id": "g1", "reason": "it had moved"}),
        ("withdraw_report", {"id": "a1", "when": "2024-06", "reason": "recounts"}),
    )
    found = because(story, APRIL, MAY)
    assert found["figures"] == (["a2"], [])
    assert found["disagreements"] == (["a2"], [])


def test_what_is_not_told_apart_is_told_as_that_and_is_of_its_claims(story: Story) -> None:
    story.tell(("withdraw_report", {"id": "g1", "when": "2024-05-02", "reason": "recounts"}))
    assert because(story, APRIL, MAY, most=0) == {
        "figures": (["a2"], ["g1"], "perhaps"),
        "disagreements": (["a2"], ["g1"], "perhaps"),
        "record agency": (["a2"], [], "perhaps"),
        "record cabinet": (["g2"], ["g1"], "perhaps"),
    }


def test_pictures_are_compared_where_a_source_that_others_go_on_as_was_corrected_last(story: Story) -> None:
    story.tell(
        ("merge_source", {"id": "other", "into": "cabinet", "reason": "one"}),
        ("correct_source", {"id": "cabinet", "set": {"name": "Cabinet"}, "reason": "misspelt"}),
    )
    assert because(story, APRIL, MAY)["disagreements"] == (["a2"], [])
