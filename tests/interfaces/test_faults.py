"""API, worker, Valkey and PostgreSQL are killed again and again while people write and listen: nothing is lost."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from application.following.turn import BUNCH
from infrastructure.database import migrate
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey
from tests.interfaces.fault_writers import CONTROL_AT, FIGURES_AT, FILTERED_AT, PLACES, Acknowledged, Writer
from tests.interfaces.faults import (
    HEALED_WITHIN_S,
    PARTS,
    ClientFollower,
    Follower,
    Hook,
    Mortal,
    Part,
    Receiver,
    position_of,
)
from tests.interfaces.running import Dossier, done, eventually, furnish, running
from tests.interfaces.running_kroniek import process

DOSSIER = "d"
WRITERS = 3
SEED = 1
EVENTS = f"/dossiers/{DOSSIER}/events"
ANSWERS = f"/dossiers/{DOSSIER}/answers"
CONTROL = {"question": "control", "place": CONTROL_AT}
FIGURES = {"question": "figures", "topic": f"fighters,people,subject:is,place:{FIGURES_AT}"}
# What is told, and to whom: by streams, and by webhooks.
STREAMS: dict[str, tuple[str, dict[str, str]]] = {
    "everything": (EVENTS, {}),
    "of a place": (EVENTS, {"place": FILTERED_AT}),
    "of a family": (EVENTS, {"family": "record"}),
    "an answer": (ANSWERS, CONTROL),
}
CLIENT = "everything, through the client"
HOOKS: dict[str, tuple[str, dict[str, str]]] = {
    "everything": (EVENTS, {}),
    "of-a-place": (EVENTS, {"place": FILTERED_AT}),
    "control": (ANSWERS, CONTROL),
    "figures": (ANSWERS, FIGURES),
}


@dataclass
class Survived:
    """What everybody has when it is over, and what the log says. `expected` is read page by page, at the end."""

    log: list[dict[str, Any]]
    acknowledged: dict[str, Acknowledged]
    streams: dict[str, Follower]
    hooks: dict[str, Hook]
    expected: dict[str, list[dict[str, Any]]]
    verified: str


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survived]:
    folder: Path = tmp_path_factory.mktemp("faults")
    postgres, valkey, receiver = EmbeddedPostgres(folder), EmbeddedValkey(folder), Receiver()
    try:
        url, redis_url = postgres.start(), valkey.start()
        migrate(url)
        # Its receivers are on this machine.
        with running(url, redis_url, folder, settings={"KRONIEK_EMBEDDED": "true"}) as installation:
            yield _survive(Mortal(installation, postgres, valkey), receiver, folder)
    finally:
        valkey.stop()
        postgres.stop()
        receiver.close()


def _survive(mortal: Mortal, receiver: Receiver, folder: Path) -> Survived:
    begun = time.monotonic()
    installation = mortal.installation
    with installation.client() as http:
        done(http.post("/dossiers", json={"id": DOSSIER, "title": "A dossier"}))
        dossier = furnish(Dossier(http, DOSSIER))
        done(dossier.batch(PLACES))
        hooks = {name: receiver.subscribe(http, DOSSIER, name, watch) for name, (_, watch) in HOOKS.items()}
        streams = {name: Follower(installation, address, **asked) for name, (address, asked) in STREAMS.items()}
        streams[CLIENT] = ClientFollower(installation, EVENTS)
        writers = [Writer(installation, DOSSIER, number) for number in range(WRITERS)]
        for each in (*streams.values(), *writers):
            each.start()
        healed = _kill_and_start(mortal, writers, [streams["everything"], streams["of a place"], hooks["everything"]])
        for writer in writers:
            writer.end()
            assert writer.failed is None, (writer.name, writer.failed)
        receiver.fails = False
        expected = {name: _pages(http, *asked) for name, asked in (STREAMS | HOOKS).items()}
        for name, stream in streams.items():
            _caught_up(stream, expected["everything" if name == CLIENT else name])
        for name, hook in hooks.items():
            _delivered(dossier, name, hook, expected[name])
        for stream in streams.values():
            stream.ended.set()
        # Then each hears that it is over.
        installation.kill("api")
        for stream in streams.values():
            stream.end()
        verified = process("verify", cwd=folder, KRONIEK_DATABASE_URL=installation.database_url)
        assert verified.returncode == 0, verified.stderr
    acknowledged = {key: one for writer in writers for key, one in writer.acknowledged.items()}
    survived = Survived(expected["everything"], acknowledged, streams, hooks, expected, verified.stdout)
    _account(survived, healed, sum(writer.repeats for writer in writers), time.monotonic() - begun)
    return survived


def _rounds(chance: Random) -> list[tuple[Part, ...]]:
    """Each part three times: alone, beside another, and once more either way."""
    first, second, third, fourth = chance.sample(PARTS, 4)
    beside: list[tuple[Part, ...]] = [(first, second), (third, fourth), (second, third)]
    alone: list[tuple[Part, ...]] = [(part,) for part in (*PARTS, first, fourth)]
    rounds = [*beside, *alone]
    chance.shuffle(rounds)
    return rounds


def _kill_and_start(
    mortal: Mortal, writers: Sequence[Writer], listeners: Sequence[Follower | Hook]
) -> list[tuple[tuple[Part, ...], float]]:
    """What was killed, and how soon after its start what was written then had been heard of."""
    chance = Random(SEED)

    def written() -> int:
        for each in (*writers, *listeners):
            if not isinstance(each, Hook):
                assert each.failed is None, (each.name, each.failed)
        return sum(len(writer.acknowledged) for writer in writers)

    def goes_on(commands: int, listeners: Sequence[Follower | Hook], what: str) -> None:
        """Writing, and what is written then is heard of."""
        upto = written() + commands
        eventually(lambda: written() >= upto, f"writing goes on after {what}", within_s=HEALED_WITHIN_S)
        position = max(writer.position for writer in writers)

        def heard(listener: Follower | Hook) -> bool:
            return bool(written()) and listener.position >= position

        for listener in listeners:
            eventually(partial(heard, listener), f"{listener} hears of {position} after {what}", HEALED_WITHIN_S)

    goes_on(50, listeners, "the start")
    healed = []
    for number, parts in enumerate(_rounds(chance)):
        time.sleep(chance.uniform(0, 0.5))
        for part in parts:
            mortal.kill(part)
        time.sleep(chance.uniform(0, 1.5))
        # The database first: whoever starts without it may end at once, as a service that is started anew then does.
        for part in sorted(parts, key=PARTS.index):
            mortal.start(part)
        begun = time.monotonic()
        goes_on(chance.randint(40, 120), listeners[: 3 if number % 3 == 2 else 2], f"{parts} died")
        healed.append((parts, time.monotonic() - begun))
    return healed


def _pages(http: httpx.Client, address: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    """Everything that there is to be told, by question and answer, once the read models have all."""
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {**asked, "limit": 1000}
    head = done(http.get(f"/dossiers/{DOSSIER}"))["head"]
    done(http.get(f"/dossiers/{DOSSIER}", params={"min_position": head}))
    while True:
        page = done(http.get(address, params=query))
        items += page["items"]
        if page["next"] is None:
            return items
        query["after"] = page["next"]


def _caught_up(stream: Follower, expected: list[dict[str, Any]]) -> None:
    def has_all() -> bool:
        assert stream.failed is None, (stream.name, stream.failed)
        return bool(stream.told) and stream.told[-1].id == expected[-1]["cursor"]

    eventually(has_all, f"{stream.name} has all", within_s=HEALED_WITHIN_S)


def _delivered(dossier: Dossier, name: str, hook: Hook, expected: list[dict[str, Any]]) -> None:
    def has_all() -> bool:
        told = done(dossier.http.get(f"{dossier.path}/subscriptions/{name}"))
        assert told["status"] == "active", told
        return bool(told["behind"] == 0) and hook.position >= expected[-1]["position"]

    eventually(has_all, f"{name} is delivered", within_s=HEALED_WITHIN_S)


def _account(
    survived: Survived, healed: Sequence[tuple[tuple[Part, ...], float]], sent_again: int, lasted_s: float
) -> None:
    writes = f"{len(survived.acknowledged)} writes, sent again {sent_again} times"
    print(f"\n{len(survived.log)} events of {writes}, in {lasted_s:.0f} s")
    for parts, after_s in healed:
        print(f"killed {' and '.join(parts)}: {after_s:.1f} s after the start what was written since was heard of")
    for name, stream in survived.streams.items():
        print(
            f"stream {name}: {len(stream.told)} told, {stream.connections} connections, "
            f"silent for at most {stream.longest_silence_s:.1f} s"
        )
    for name, hook in survived.hooks.items():
        repeats = len(hook.arrivals) - len({arrival.id for arrival in hook.arrivals})
        refused = sum(not arrival.taken for arrival in hook.arrivals)
        print(f"webhook {name}: {len(hook.arrivals)} arrived, {repeats} of them again, {refused} refused")
    print(survived.verified.strip())


def test_what_was_acknowledged_is_in_the_log_once_and_nothing_else_is(survived: Survived) -> None:
    assert [item["position"] for item in survived.log] == list(range(1, len(survived.log) + 1))
    assert len({item["id"] for item in survived.log}) == len(survived.log)
    by_key: dict[str, list[dict[str, Any]]] = {}
    for item in survived.log:
        if item.get("correlationid") in survived.acknowledged:
            by_key.setdefault(item["correlationid"], []).append(item)
    assert by_key.keys() == survived.acknowledged.keys()
    for key, acknowledged in survived.acknowledged.items():
        positions = range(acknowledged.position - len(acknowledged.types) + 1, acknowledged.position + 1)
        assert [item["position"] for item in by_key[key]] == list(positions), key
        assert tuple(item["type"] for item in by_key[key]) == acknowledged.types, key
        assert len({item["groupposition"] for item in by_key[key]}) == 1, key
    ours = Counter(str(item.get("correlationid", "")).startswith("w") for item in survived.log)
    assert ours[True] == sum(len(one.types) for one in survived.acknowledged.values())


@pytest.mark.parametrize("name", [*STREAMS, CLIENT])
def test_a_follower_has_every_event_once_and_in_order(survived: Survived, name: str) -> None:
    stream, expected = survived.streams[name], survived.expected["everything" if name == CLIENT else name]
    assert [told.id for told in stream.told] == [item["cursor"] for item in expected]
    assert [told.body for told in stream.told] == [stream.as_told(item) for item in expected]
    cursors = {item["cursor"] for item in survived.log}
    assert cursors.issuperset(told.id for told in stream.told)
    assert stream.connections > 1


@pytest.mark.parametrize("name", HOOKS)
def test_a_subscription_has_each_message_at_least_once_and_in_order(survived: Survived, name: str) -> None:
    hook, expected = survived.hooks[name], survived.expected[name]
    # Whatever was killed, the log stayed the one that it was.
    (epoch,) = {arrival.body["epoch"] for each in survived.hooks.values() for arrival in each.arrivals}
    assert hook.unsigned == []
    order = {f"{name}_{item['cursor'].replace('.', '_')}": index for index, item in enumerate(expected)}
    had = 0
    for arrival in hook.arrivals:
        index = order[arrival.id]
        assert arrival.body == {**expected[index], "epoch": epoch}, arrival.id
        assert had - BUNCH <= index <= had, f"{arrival.id} is message {index}, and {had} were had before"
        had = max(had, index + arrival.taken)
    assert had == len(expected)


def test_live_rows_are_those_that_are_made_anew(survived: Survived) -> None:
    position = position_of(survived.log[-1]["cursor"])
    assert f"live and rebuilt rows are the same up to position {position}" in survived.verified.replace("\n", " ")
