"""What is heard of an answer that changed: cases with their messages spelled out."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from application.following import news as news_module
from application.following.news import next_news
from application.following.places import START, LogPlace, place_of
from application.following.sending import Message
from application.projection import rebuild
from application.reading import Picture
from application.watch import read_watch
from domain.events import read_command
from infrastructure.rows import rebuilds
from interfaces.messages import news as written
from tests.infrastructure.test_oracle import READ_MODELS, House, Story, control, figure, place, report
from tests.infrastructure.watching import (
    Follower,
    Told,
    carry_out_together,
    followable,
    heard_by_asking,
    take_a_batch,
    told_by,
)

KILLED: dict[str, Any] = {"question": "figures", "topic": "killed,people,place:town"}
HELD: dict[str, Any] = {"question": "control", "place": "town"}
WHY = {"reason": "misread"}


@pytest.fixture
def story(house: House) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "A story"}),
        *(report(name, f"2018-{month}-15") for name, month in (("oct", "10"), ("nov", "11"), ("dec", "12"))),
        ("register_source", {"id": "s", "name": "S", "kind": "monitor"}),
        *(("register_actor", {"id": id_, "name": id_, "kind": "militia"}) for id_ in ("a", "b")),
        place("country"),
        place("town", within="country"),
        place("elsewhere"),
        killed("c1", "oct", 5),
    )
    return story


def killed(claim_id: str, report: str, best: int, **fields: Any) -> tuple[str, dict[str, Any]]:
    return figure(claim_id, report, best, **{"place": "town", "when": "2018-10-01", "claimant": "s", **fields})


class Listener:
    """Hears what a question's answer became since the last time."""

    def __init__(self, story: Story, watched: dict[str, Any]) -> None:
        self.story = story
        self.follower = Follower(story.house, story.id, read_watch(watched), [(500, 100)])
        self.news()

    def news(self) -> list[dict[str, Any]]:
        heard = len(self.follower.heard)
        messages = self.story.house.run(self.follower.to_the_end())[heard:]
        return [json.loads(message.body) for message in messages]

    def families(self, *told: tuple[str, dict[str, Any]]) -> list[list[str]]:
        """Those of each message that is heard once some commands are carried out."""
        self.story.tell(*told)
        return [message["data"]["families"] for message in self.news()]


def test_each_family_of_change_is_told_apart(story: Story) -> None:
    listener = Listener(story, KILLED)
    assert listener.families(("correct_claim", {"id": "c1", "set": {"best": 6}, **WHY})) == [["record"]]
    assert listener.families(killed("c2", "nov", 9, claimant=None)) == [["world"]]
    # What is said along with the first word is no change of it.
    assert listener.families(killed("c3", "nov", 30, claimant=None, disputes=["c1"])) == [["world"]]
    assert listener.families(("discredit_report", {"id": "nov", **WHY})) == [["judgement"]]
    assert listener.families(("withdraw_claim", {"id": "c1", "report": "dec", **WHY})) == [["source"]]


def test_where_a_line_stands_is_no_change_of_an_answer(story: Story) -> None:
    """Lines and the two sides of a pair stand in the order in which their reports came out."""
    story.tell(("register_source", {"id": "t", "name": "T", "kind": "monitor"}), killed("c2", "nov", 9, claimant="t"))
    listeners = [Listener(story, each) for each in (KILLED, HELD | {"question": "disagreements"})]
    for published in ("2018-12-20", "2018-10-15"):
        story.tell(("correct_report", {"id": "oct", "set": {"published": published}, **WHY}))
        assert [listener.news() for listener in listeners] == [[], []]
    story.tell(("correct_claim", {"id": "c2", "set": {"best": 8}, **WHY}))
    assert [len(listener.news()) for listener in listeners] == [1, 1]


def test_a_message_tells_the_answers_the_events_and_where_to_ask_again(story: Story) -> None:
    listener = Listener(story, KILLED | {"at": "2018-10-01", "reported_by": "2018-12-31"})
    position = story.tell(("correct_claim", {"id": "c1", "set": {"best": 6}, **WHY}))
    (message,) = listener.news()
    assert {name: message[name] for name in ("specversion", "type", "subject", "source", "position")} == {
        "specversion": "1.0",
        "type": "answer.changed",
        "subject": "figures/killed,people,place:town",
        "source": f"/api/v1/dossiers/{story.id}",
        "position": position,
    }
    told = message["data"]
    assert told["question"] == KILLED | {"at": "2018-10-01", "reported_by": "2018-12-31"}
    assert [told[side]["groups"][0]["best"] for side in ("before", "after")] == [5, 6]
    assert told["events"] == [
        {"position": position, "type": "claim.corrected", "family": "record", "subject": "claim/c1",
         "reason": "misread", "principal": "desk"}
    ]  # fmt: skip
    asked = f"/api/v1/dossiers/{story.id}/figures?topic=killed,people,place:town&rule=latest-per-claimant%402"
    clocks = "at=2018-10-01&reported_by=2018-12-31&certainty=certain"
    assert told["ask"] == {
        "before": f"{asked}&{clocks}&as_of={position - 1}",
        "after": f"{asked}&{clocks}&as_of={position}",
    }


def test_what_changes_no_answer_is_silent(story: Story) -> None:
    story.tell(control("h1", "town", actor="a", when="2018-10-01", claimant="s"))
    listeners = [Listener(story, watched) for watched in (KILLED, HELD)]
    story.tell(
        ("grade_claim", {"id": "c1", "credibility": 2, **WHY}),
        ("grade_source", {"id": "s", "reliability": "B", **WHY}),
        killed("c2", "nov", 9, place="elsewhere"),
        control("h2", "elsewhere", actor="b", when="2018-10-01"),
        # Of what the picture tells this is no part.
        ("correct_claim", {"id": "c1", "set": {"original": "five"}, **WHY}),
    )
    assert [listener.news() for listener in listeners] == [[], []]


def test_what_the_list_of_persons_counts_is_heard_beside_the_figure_of_an_incident(story: Story) -> None:
    story.tell(("open_incident", {"id": "strike", "title": "A strike", "claims": ["c1"]}),
               killed("c2", "nov", 9, place="elsewhere"))  # fmt: skip
    listener, apart = (Listener(story, KILLED | {"topic": topic})
                       for topic in ("killed,people,place:town,incident:strike", KILLED["topic"]))  # fmt: skip

    def counted(*told: tuple[str, dict[str, Any]]) -> list[tuple[int, int]]:
        story.tell(*told)
        return [(after["persons"], after["not_reported"]) for message in listener.news()
                for after in (message["data"]["after"]["persons"],)]  # fmt: skip

    fate = {"fate": "killed", "incident": "strike", "claim": "c2"}
    person = f"per-{1:016x}"
    assert counted(("register_person", {"id": person, "fates": [fate], "claims": ["c2"]})) == [(1, 0)]
    # Of a claim that the topic has no part in.
    assert counted(("retract_claim", {"id": "c2", **WHY})) == [(0, 1)]
    assert counted(("reinstate_claim", {"id": "c2", **WHY})) == [(1, 0)]
    assert counted(("retract_person", {"id": person, **WHY})) == [(0, 0)]
    # The topic of the place has no list beside it.
    assert apart.news() == []
    # Figures of an incident are those of all that it is one with, and so are the persons beside them.
    merged = {"id": "strike", "into": "other", **WHY}
    counted(("open_incident", {"id": "other", "title": "The strike"}), ("merge_incident", merged))
    listed = {"id": f"per-{2:016x}", "fates": [{"fate": "killed", "incident": "other"}]}
    assert counted(("register_person", listed)) == [(1, 0)]


def test_a_place_that_comes_to_lie_in_another_changes_what_is_said_there(story: Story) -> None:
    story.tell(
        control("h1", "country", actor="a", when="2018-10-01", claimant="s"),
        control("h2", "elsewhere", actor="b", when="2018-10-01"),
        killed("c2", "oct", 50, claimant=None),
    )
    held = Listener(story, HELD | {"place": "elsewhere"})
    disputed = Listener(story, {"question": "disagreements", "place": "elsewhere"})
    story.tell(("correct_place", {"id": "elsewhere", "set": {"within": "country"}, **WHY}))
    (message,) = held.news()
    assert [[state["claim"] for state in message["data"][side]["states"]] for side in ("before", "after")] == [
        ["h2"], ["h1", "h2"],
    ]  # fmt: skip
    assert disputed.news() == []
    story.tell(("correct_place", {"id": "town", "set": {"within": "elsewhere"}, **WHY}))
    (message,) = disputed.news()
    assert (message["data"]["families"], message["subject"]) == (["record"], "disagreements/elsewhere")
    assert [one["kind"] for one in message["data"]["after"]["items"]] == ["figures"]


def test_a_date_of_publication_moves_what_was_known_by_a_moment(story: Story) -> None:
    by = Listener(story, KILLED | {"reported_by": "2018-10-31"})
    anytime = Listener(story, KILLED)
    assert by.families(("correct_report", {"id": "oct", "set": {"published": "2018-11-02"}, **WHY})) == [["record"]]
    assert anytime.news() == []


def test_a_basis_that_moves_is_told_and_a_new_finding(story: Story) -> None:
    story.tell(("issue_assessment", {"id": "x", "place": "town", "finding": "So it was.", "grade": "fair",
                                     "claims": ["c1"], "because": "one voice"}))  # fmt: skip
    listener = Listener(story, {"question": "assessment", "assessment": "x"})
    assert listener.families(("grade_claim", {"id": "c1", "credibility": 2, **WHY})) == []
    story.tell(("correct_claim", {"id": "c1", "set": {"best": 6}, **WHY}))
    (message,) = listener.news()
    assert [message["data"][side]["moved"] for side in ("before", "after")] == [False, True]
    revised = ("revise_assessment", {"id": "x", "set": {"grade": "weak"}, **WHY})
    assert listener.families(revised) == [["judgement"]]


def test_a_basis_moves_by_a_report_that_its_claim_stands_in_no_more(story: Story) -> None:
    story.tell(
        ("issue_assessment", {"id": "x", "place": "town", "finding": "So it was.", "grade": "fair",
                              "claims": ["c1"], "because": "one voice"}),
        ("withdraw_report", {"id": "oct", "report": "dec", **WHY}),
        ("correct_claim", {"id": "c1", "set": {"report": "nov"}, **WHY}),
    )  # fmt: skip
    listener = Listener(story, {"question": "assessment", "assessment": "x", "reported_by": "2018-12-01"})
    story.tell(("correct_report", {"id": "dec", "set": {"published": "2018-11-20"}, **WHY}))
    (message,) = listener.news()
    moved = [message["data"][side]["basis"][0]["moved"] for side in ("before", "after")]
    assert [[move["type"] for move in each] for each in moved] == [
        ["claim.corrected"], ["report.withdrawn", "claim.corrected"],
    ]  # fmt: skip


def test_whose_side_an_actor_is_on_decides_who_contradicts_whom(story: Story) -> None:
    story.tell(control("h1", "town", actor="a", when="2018-10-01", claimant="s"),
               control("h2", "town", actor="b", when="2018-10-01", report="nov"))  # fmt: skip
    held, disputed = Listener(story, HELD), Listener(story, {"question": "disagreements", "place": "country"})
    story.tell(("correct_actor", {"id": "b", "set": {"part_of": "a"}, **WHY}))
    (message,) = disputed.news()
    assert [len(message["data"][side]["items"]) for side in ("before", "after")] == [1, 0]
    (message,) = held.news()
    assert message["data"]["before"]["verdict"] != message["data"]["after"]["verdict"]


def test_what_happens_to_a_claim_is_heard_where_another_is_related_to_it(story: Story) -> None:
    story.tell(killed("c2", "nov", 3, by="a", part_of=["c1"]), killed("c3", "nov", 5, place="elsewhere"),
               ("relate_claim", {"id": "c1", "relation": "disputes", "to": ["c3"]}))  # fmt: skip
    listeners = [Listener(story, KILLED), Listener(story, {"question": "disagreements", "place": "town"})]
    story.tell(("correct_claim", {"id": "c2", "set": {"best": 4}, **WHY}))
    assert [[message["data"]["families"] for message in one.news()] for one in listeners] == [[["record"]], []]
    story.tell(("retract_claim", {"id": "c3", **WHY}))
    assert [[message["data"]["families"] for message in one.news()] for one in listeners] == [[], [["record"]]]


def test_the_record_of_a_source_tells_its_grade_and_what_it_said(story: Story) -> None:
    listener = Listener(story, {"question": "record", "source": "s"})
    assert listener.families(("grade_source", {"id": "s", "reliability": "B", **WHY})) == [["judgement"]]
    # The same grade for another reason, and another name, are no other record.
    assert listener.families(("grade_source", {"id": "s", "reliability": "B", "reason": "as before"})) == []
    assert listener.families(("correct_source", {"id": "s", "set": {"name": "المرصد"}, **WHY})) == []
    assert listener.families(killed("c2", "nov", 9)) == [["world"]]
    assert listener.families(("withdraw_claim", {"id": "c2", "report": "dec", **WHY})) == [["source"]]


def test_the_record_of_a_publisher_tells_when_it_had_taken_a_report_back(story: Story) -> None:
    story.tell(
        ("register_source", {"id": "o", "name": "O", "kind": "news_outlet"}),
        ("correct_report", {"id": "oct", "set": {"publisher": "o"}, **WHY}),
        ("withdraw_report", {"id": "oct", "report": "dec", **WHY}),
    )
    listener = Listener(story, {"question": "record", "source": "o", "reported_by": "2018-12-01"})
    later = ("correct_report", {"id": "dec", "set": {"published": "2018-11-20"}, **WHY})
    assert listener.families(later) == [["record"]]


def test_a_group_is_told_once_with_all_families_in_it_in_their_order(story: Story) -> None:
    listener = Listener(story, KILLED)
    lines = [killed("c2", "nov", 9, claimant=None), ("correct_claim", {"id": "c1", "set": {"best": 6}, **WHY}),
             ("correct_claim", {"id": "c1", "set": {"best": 7}, **WHY})]  # fmt: skip

    async def together(*told: tuple[str, dict[str, Any]]) -> None:
        steps = [read_command({"command": name} | fields) for name, fields in told]
        assert await carry_out_together(story.executor, story.id, steps) == len(told)
        await story.house.catch_up(story.id)

    story.house.run(together(*lines))
    (message,) = listener.news()
    assert message["data"]["families"] == ["record", "world"]
    assert [one["type"] for one in message["data"]["events"]] == [
        "claim.recorded",
        "claim.corrected",
        "claim.corrected",
    ]
    # Its end is as it was: nobody hears of what was in between.
    there_and_back = [("correct_claim", {"id": "c1", "set": {"best": best}, **WHY}) for best in (8, 7)]
    story.house.run(together(*there_and_back))
    assert listener.news() == []


def test_what_did_it_does_not_depend_on_what_came_later(story: Story) -> None:
    begun = story.tell(("describe_dossier", {"id": story.id, "set": {"summary": "begun"}}))
    lines = [control("h1", "town", actor="a", when="2018-10-01", claimant="s"), control("h2", "elsewhere", actor="b")]

    async def work() -> None:
        await carry_out_together(story.executor, story.id, [read_command({"command": n} | f) for n, f in lines])
        await story.house.catch_up(story.id)

    story.house.run(work())
    # From here on what is said of one place is said of the other.
    story.tell(("correct_place", {"id": "town", "set": {"within": "elsewhere"}, **WHY}))
    for size in ((500, 100), (1, 1)):
        follower = Follower(story.house, story.id, read_watch(HELD), [size])
        heard = [
            json.loads(one.body)["data"] for one in story.house.run(follower.to_the_end()) if one.place.position > begun
        ]
        assert [[event["subject"] for event in told["events"]] for told in heard] == [["claim/h1"], ["place/town"]]


def test_whoever_begins_within_an_append_hears_of_all_of_it(story: Story) -> None:
    async def place(position: int) -> LogPlace:
        return await place_of(story.house.log, story.id, str(position))

    async def work() -> None:
        log = await story.house.events(story.id)
        lines = [killed("c2", "nov", 9, claimant=None), killed("c3", "nov", 8, claimant=None, place="elsewhere")]
        await carry_out_together(story.executor, story.id, [read_command({"command": n} | f) for n, f in lines])
        watch = read_watch(KILLED)
        first = len(log) + 1
        # The read models have taken the half of it.
        await take_a_batch(story.house, story.id, 1)
        before = await place(first - 1)
        found = await next_news(followable(story.house), story.id, watch, before)
        assert (found.news, found.place) == ([], before)
        await story.house.catch_up(story.id)
        whole = await next_news(followable(story.house), story.id, watch, before)
        half = await next_news(followable(story.house), story.id, watch, await place(first), events=1)
        assert half == whole
        assert [news.place.position for news in half.news] == [first + 1]

    story.house.run(work())


def test_answers_too_large_to_tell_are_left_out_and_can_be_asked_for(story: Story, monkeypatch: Any) -> None:
    monkeypatch.setattr(written, "LARGEST_ANSWERS", 100)
    listener = Listener(story, KILLED)
    story.tell(("correct_claim", {"id": "c1", "set": {"best": 6}, **WHY}))
    (message,) = listener.news()
    assert message["data"]["too_large"] is True
    assert not {"before", "after"} & message["data"].keys()
    assert set(message["data"]["ask"]) == {"before", "after"}


def test_a_rebuild_tells_nothing_and_breaks_nothing_off(story: Story) -> None:
    listener = Listener(story, KILLED)
    told = listener.follower.heard

    async def work() -> None:
        for model in READ_MODELS:
            await rebuild(story.house.log, story.house.pictures, model, story.id)
        await story.house.catch_up(story.id)
        again = Follower(story.house, story.id, listener.follower.watch, [(3, 1)])
        assert await again.to_the_end() == told

    assert listener.news() == []
    story.house.run(work())
    assert listener.news() == []


def test_rows_that_go_under_a_question_are_read_from_what_took_their_place(story: Story, monkeypatch: Any) -> None:
    monkeypatch.setattr(rebuilds, "KEEP_RETIRED_S", 0)
    house, parts = story.house, followable(story.house)
    asked = 0

    async def picture(dossier_id: str) -> Picture | None:
        nonlocal asked
        asked += 1
        found = await house.pictures.picture(dossier_id)
        if asked == 1:
            for model in READ_MODELS:
                await rebuild(house.log, house.pictures, model, dossier_id)
            while await house.pictures.rebuilds.sweep_retired():
                pass
        return found

    async def work() -> None:
        expected = await next_news(parts, story.id, read_watch(KILLED), START)
        moving = replace(parts, pictures=SimpleNamespace(picture=picture))
        assert await next_news(moving, story.id, read_watch(KILLED), START) == expected
        assert expected.news

    house.run(work())
    assert asked == 4


def test_a_filter_tells_each_event_once_whatever_the_stretches(story: Story) -> None:
    story.tell(killed("c2", "nov", 9), ("correct_claim", {"id": "c2", "set": {"place": "elsewhere"}, **WHY}),
               ("grade_claim", {"id": "c2", "credibility": 2, **WHY}), killed("c3", "nov", 9))  # fmt: skip

    def heard(watch: dict[str, Any], size: tuple[int, int]) -> list[Message]:
        return story.house.run(Follower(story.house, story.id, read_watch(watch), [size]).to_the_end())

    watches: list[tuple[dict[str, Any], list[str]]] = [
        ({"place": ["elsewhere"]}, ["place.registered", "claim.corrected", "claim.graded"]),
        ({"place": ["town"], "type": ["claim.corrected"]}, ["claim.corrected"]),
        ({"family": ["judgement"]}, ["claim.graded"]),
        ({"type": ["claim.recorded"]}, ["claim.recorded"] * 3),
    ]
    for watch, types in watches:
        whole = heard(watch, (500, 100))
        assert [message.type for message in whole] == types
        assert heard(watch, (2, 1)) == whole
        assert heard(watch, (1, 5)) == whole


def test_that_an_event_may_move_an_answer_is_not_overlooked_unnoticed(story: Story, monkeypatch: Any) -> None:
    watched = read_watch(KILLED)

    def heard() -> list[Told]:
        return told_by(story.house.run(Follower(story.house, story.id, watched, [(7, 3)]).to_the_end()))

    asked = story.house.run(heard_by_asking(story.house, story.id, watched))  # type: ignore[arg-type]
    assert heard() == asked != []
    monkeypatch.setattr(news_module, "may_move", lambda *_: False)
    assert heard() == []
