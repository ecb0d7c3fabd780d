"""What a process saw of a log is proof that it is another one now, and nothing else is."""

import uuid

from infrastructure.log.witness import Witness


def witness(limit: int = 10) -> tuple[Witness, list[str]]:
    doubts: list[str] = []
    return Witness(lambda: doubts.append("doubt"), limit), doubts


def test_the_same_events_read_again_and_older_ones_raise_no_doubt() -> None:
    seen, doubts = witness()
    events = [uuid.uuid4() for _ in range(4)]
    for position in (1, 3, 2, 3, 1):
        seen.saw("d", position, events[position])
    seen.ends_at("d", 3, seen_before=3)
    assert (doubts, seen.seen) == ([], [("d", 3, events[3])])


def test_another_event_at_the_last_position_or_an_earlier_end_does() -> None:
    seen, doubts = witness()
    seen.saw("d", 3, uuid.uuid4())
    seen.saw("d", 3, uuid.uuid4())
    assert len(doubts) == 1
    seen.ends_at("d", 2, seen_before=3)
    assert len(doubts) == 2


def test_what_was_seen_while_a_statement_was_under_way_says_nothing_of_its_answer() -> None:
    seen, doubts = witness()
    before = seen.position("d")
    seen.saw("d", 3, uuid.uuid4())
    seen.ends_at("d", 2, seen_before=before)
    assert doubts == []


def test_it_remembers_the_logs_that_grew_last() -> None:
    seen, _ = witness(limit=2)
    for dossier in ("a", "b", "a", "c"):
        seen.saw(dossier, seen.position(dossier) + 1, uuid.uuid4())
    assert [(dossier, position) for dossier, position, _ in seen.seen] == [("a", 2), ("c", 1)]
    seen.forget()
    assert seen.seen == []
