"""Places: whoever holds many leaves as many free, and dossiers have their turns."""

import asyncio

from application.following.admission import PROMPT, UNPROVEN, Held, Rooms, TakingTurns
from application.following.sending import Due


def rooms() -> Rooms:
    return Rooms(lambda _: None)


def due(dossier: str, host: str, number: int = 0, *, prompt: bool = False) -> Due:
    return Due(dossier, f"s{number}", host, prompt)


def taken(of: Rooms, dossier: str, host: str, *, prompt: bool = False) -> list[Held]:
    """As many places as it gets."""
    held = []
    while (place := of.take(due(dossier, host, prompt=prompt))) is not None:
        held.append(place)
    return held


def test_one_host_of_one_dossier_leaves_room_for_the_dossiers_other_hosts() -> None:
    of = rooms()
    assert len(taken(of, "a", "x")) == UNPROVEN // 3
    assert of.take(due("a", "y")) is not None


def test_however_many_hosts_a_dossier_has_it_leaves_half() -> None:
    of = rooms()
    held = [place for number in range(UNPROVEN) if (place := of.take(due("a", f"h{number}"))) is not None]
    assert len(held) == UNPROVEN // 2
    assert of.take(due("b", "y")) is not None


def test_a_newcomer_finds_a_place_beside_many_that_want_more() -> None:
    of = rooms()
    for number in range(10):
        assert taken(of, f"d{number}", f"h{number}"), number
    assert of.unproven.taken < UNPROVEN


def test_a_host_of_many_dossiers_leaves_places_for_others() -> None:
    of = rooms()
    for number in range(100):
        taken(of, f"d{number}", "x")
    assert of.take(due("new", "y")) is not None


def test_the_prompt_have_a_room_of_their_own() -> None:
    of = rooms()
    for number in range(100):
        taken(of, f"d{number}", f"h{number}")
    assert len(taken(of, "a", "x", prompt=True)) == -(-PROMPT // 3)


def test_what_becomes_late_moves_and_frees_its_place_and_what_is_given_back_is_there_again() -> None:
    freed: list[set[str]] = []
    of = Rooms(lambda dossiers: freed.append(set(dossiers)))
    held = taken(of, "a", "x", prompt=True)
    before = of.prompt.taken
    held[0].move(prompt=False)
    assert (of.prompt.taken, of.unproven.taken, held[0].prompt) == (before - 1, 1, False)
    assert freed == [{"a"}], "whoever found no place hears of it"
    held[0].move(prompt=True)
    for place in held:
        place.give_back()
    assert (of.prompt.taken, of.unproven.taken) == (0, 0)


async def _order(wanted: str) -> str:
    turns, order = TakingTurns(1), list[str]()

    async def one(dossier: str) -> None:
        async with turns.one(dossier):
            order.append(dossier)
            await asyncio.sleep(0)

    waiting = [asyncio.create_task(one(dossier)) for dossier in wanted]
    await asyncio.sleep(0)
    waiting[2].cancel()
    await asyncio.wait(waiting)
    async with asyncio.timeout(5), turns.one("z"):
        return "".join(order)


def test_of_those_who_wait_dossiers_take_turns_and_who_gives_up_is_passed_over() -> None:
    assert asyncio.run(_order("aaaaabbc")) == "aabcbaa"
