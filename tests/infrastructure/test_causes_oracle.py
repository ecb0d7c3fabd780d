"""Why a finding differs between two pictures: what is named as its cause is one, and none is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from application.watch import ControlOfPlace, FiguresOfTopic, RecordOfSource
from domain import when
from domain.fact import Command
from infrastructure.questions import came_about, causes
from infrastructure.questions.watched import PostgresFollowedRows
from interfaces.api.changed_findings import list_changed_findings
from tests import naive, naive_questions
from tests.histories import CatchUp, examples, histories
from tests.infrastructure.test_changed_findings_oracle import Picture, changed, wire
from tests.infrastructure.test_oracle import House, Story, figure, place, report, revise
from tests.infrastructure.test_questions_oracle import clocks, lived
from tests.infrastructure.watching import in_no_order

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
            of_claims = reports_of(dossier, {*claims_in([item["before"], item["after"]])})
            if id_ not in of_claims and any(each in of_claims for _, each in named):
                # Of what its claims do not stand in nothing is left out where something of these decides.
                continue
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


def lead_there(answers: Sequence[Any], steps: set[int]) -> bool:
    """Whether from the first answer the last can be reached by some of the steps from one to the next."""
    told = [in_no_order(each) for each in answers]
    reached: set[str] = set()
    further = {told[0]}
    while further != reached:
        reached = further
        further = reached | {told[nth] for nth in steps if told[nth - 1] in reached}
    return told[-1] in reached


async def found_at(house: House, dossier_id: str, position: int, asked: naive.Asked, item: Any) -> Any:
    """What a follower of the question hears at some position: None where nothing is found."""
    rows = PostgresFollowedRows(house.engine, house.log)
    reading = await house.reading(dossier_id, position, asked)
    told: Any
    match item["question"]:
        case "control":
            told = await rows.finding(reading, ControlOfPlace(question="control", place=item["place"]))
            is_said = told and any(told[name] for name in ("states", "beside", "undated", "set_aside"))
        case "figures":
            told = await rows.finding(reading, FiguresOfTopic(question="figures", topic=item["topic"]))
            is_said = told and (told["groups"] or told["set_aside"])
        case _:
            told = await rows.finding(reading, RecordOfSource(question="record", source=item["source"]))
            # How often it was corrected tells what was done, also where all of it was undone.
            told = is_said = told and {**told, "corrected": None}
    return wire(told) if is_said else None


async def events_are_those_that_moved_it(
    house: House, dossier_id: str, positions: Sequence[int], asked: Sequence[naive.Asked]
) -> None:
    low, high = sorted(positions)
    one, other = (Picture(at, by, {}, [], None) for at, by in zip(positions, asked, strict=True))
    for item in await changed(house, dossier_id, one, other, 100, list_changed_findings):
        named = [each["position"] for each in item["events"]]
        apart = not item.get("events_not_told_apart")
        event(f"{item['question']}, {'some' if apart else 'perhaps some'} of {high - low and len(named)}")
        assert named == sorted({*named})
        if item["question"] not in ("control", "figures", "record"):
            for position in named if apart else ():
                assert await moved_it(house, dossier_id, position, asked, item), (position, item)
            continue
        steps = {position - low for position in named}
        ways = [[await found_at(house, dossier_id, each, by, item) for each in range(low, high + 1)] for by in asked]
        for way in ways:
            assert item.get("more_events") or lead_there(way, steps), item
        for step in steps if apart else ():
            assert any(in_no_order(way[step - 1]) != in_no_order(way[step]) for way in ways), (low + step, item)
            needed = not lead_there(ways[0], steps - {step})
            assert needed or asked[0] != asked[1] or item.get("more_events"), (low + step, item)


def which(item: Any) -> Any:
    """What a finding is of: of two claims at odds, which."""
    side = item["after"] if item["before"] is None else item["before"]
    lines = sorted(line["claim"] for line in side.get("lines", ()))
    named = ("question", "place", "topic", "assessment", "person", "incident", "source", "item")
    return [*(item.get(name) for name in named), *lines]


async def moved_it(house: House, dossier_id: str, position: int, asked: Sequence[naive.Asked], item: Any) -> bool:
    """Whether a finding differs from just before to just after an event, by one of the clocks."""
    for by in asked:
        before, after = (Picture(at, by, {}, [], None) for at in (position - 1, position))
        found = await changed(house, dossier_id, before, after, 100, list_changed_findings)
        if which(item) in map(which, found):
            return True
    return False


@examples(usual=20, thorough=600)
@given(
    history=histories(),
    one=clocks,
    other=clocks,
    alike=st.booleans(),
    back=st.lists(st.integers(0, 25), min_size=2, max_size=2),
    most=st.sampled_from([200, 200, 200, 3, 0]),
)
def test_events_are_causes_that_each_moved_a_finding_and_lead_from_what_it_was_to_what_it_is(
    house: House,
    history: list[Command | CatchUp],
    one: naive.Asked,
    other: naive.Asked,
    alike: bool,
    back: list[int],
    most: int,
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        head = await house.log.head(dossier_id)
        positions = [max(1, head - steps) for steps in back]
        asked = [one, one if alike else replace(other, at=one.at)]
        await events_are_those_that_moved_it(house, dossier_id, positions, asked)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(came_about, "MOST_ASKED", most)
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


def moved_by(story: Story, before: int, after: int) -> dict[str, list[int]]:
    """Of each finding the events that moved it, and -1 where it was not told apart which did."""

    async def work() -> list[Any]:
        one, other = (Picture(position, naive.Asked(), {}, [], None) for position in (before, after))
        return await changed(story.house, story.id, one, other, 100, list_changed_findings)

    items = story.house.run(work())
    named = {
        f"{item['question']} {item.get('source') or item.get('item') or ''}".strip(): [
            *(each["position"] for each in item["events"]),
            *([-1] if item.get("events_not_told_apart") else []),
        ]
        for item in items
    }
    assert len(named) == len(items)
    return named


def test_a_record_was_moved_by_the_correction_and_not_by_what_else_was_recorded_of_its_incident(story: Story) -> None:
    before = story.tell(
        ("open_incident", {"id": "flood", "title": "A flood"}),
        ("link_claims", {"id": "flood", "claims": ["c1"], "reason": "one"}),
    )
    typo = story.tell(("correct_claim", {"id": "c1", "set": {"best": 12_001}, "reason": "Typo"}))
    story.tell(
        ("correct_claim", {"id": "c1", "set": {"best": 12_000}, "reason": "It was right"}),
    )
    title = story.tell(("describe_incident", {"id": "flood", "set": {"title": "The flood"}, "reason": "Title only"}))
    found = moved_by(story, before, title)
    # That it was corrected and corrected back is no finding of its source.
    assert {*found} == {"figures", "disagreements", "item incident/flood"}
    assert found["item incident/flood"] == [title]
    # These tell that a claim was corrected, and what for.
    assert found["figures"] == found["disagreements"] == [typo, typo + 1]
    moved = story.tell(("correct_claim", {"id": "c1", "set": {"claimant": "other"}, "reason": "Misread"}))
    found = moved_by(story, before, moved)
    assert found["record agency"] == found["record other"] == [moved]
    assert found["figures"] == [typo, typo + 1, moved]


def test_a_number_was_moved_by_what_was_said_and_not_by_a_grade_or_a_title_or_another_merge(story: Story) -> None:
    story.tell(
        ("open_incident", {"id": "flood", "title": "A flood"}),
        ("link_claims", {"id": "flood", "claims": ["c1"], "reason": "one"}),
        ("register_source", {"id": "else", "name": "Else", "kind": "monitor"}),
    )
    before = story.house.run(story.house.log.head(story.id))
    title = story.tell(("describe_incident", {"id": "flood", "set": {"title": "The flood"}, "reason": "Title only"}))
    grade = story.tell(("grade_claim", {"id": "c1", "credibility": 3, "reason": "likely"}))
    story.tell(("merge_source", {"id": "else", "into": "other", "reason": "one"}))
    moved = story.tell(("correct_claim", {"id": "c2", "set": {"best": 12_500}, "reason": "Typo"}))
    found = moved_by(story, before, moved)
    assert found["figures"] == found["disagreements"] == [moved]
    # How often its claims were corrected is no finding.
    assert "record cabinet" not in found
    assert found["record agency"] == [grade]
    assert found["item incident/flood"] == [title]


def test_where_too_much_is_asked_it_is_said_that_each_event_may_have_moved_it(story: Story) -> None:
    before = story.house.run(story.house.log.head(story.id))
    first = story.tell(("correct_claim", {"id": "c2", "set": {"best": 12_500}, "reason": "Typo"}))
    story.tell(("grade_claim", {"id": "c1", "credibility": 3, "reason": "likely"}))
    last = story.tell(("correct_claim", {"id": "c1", "set": {"best": 12_600}, "reason": "Typo"}))
    assert moved_by(story, before, last)["figures"] == [first, last]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(came_about, "MOST_ASKED", 0)
        assert moved_by(story, before, last)["figures"] == [first, first + 1, last, -1]
