"""Those who write to an installation whose parts are killed: all the time, and until each write is acknowledged."""

import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import httpx

from tests.interfaces.faults import HEALED_WITHIN_S, TRY_AGAIN_S, Background
from tests.interfaces.running import JSON, LINES, WHY, Running, control, figure


class Command(NamedTuple):
    """One request: commands of a batch, or one for an address below the dossier. `types`: the events that it makes."""

    below: str
    body: Any
    types: tuple[str, ...]


class Acknowledged(NamedTuple):
    position: int
    types: tuple[str, ...]


# What is asked about changes all the time, and holds few claims: its answers stay small.
CONTROL_AT, FIGURES_AT, FILTERED_AT = "marashidah", "baghuz", "hajin"
PLACES: list[dict[str, Any]] = [
    {"command": "register_place", "id": "sousa", "name": "السوسة", "kind": "town", "within": "deir-ez-zor"},
    {"command": "register_place", "id": CONTROL_AT, "name": "المراشدة", "kind": "town", "within": "deir-ez-zor"},
    {"command": "register_place", "id": FIGURES_AT, "name": "الباغوز", "kind": "town", "within": "deir-ez-zor"},
]
_PACE_S = 0.12


class Writer(Background):
    """Records and corrects without a pause; sends each write under one key until it is acknowledged."""

    def __init__(self, installation: Running, dossier_id: str, number: int) -> None:
        super().__init__(f"writer {number}")
        self.acknowledged: dict[str, Acknowledged] = {}
        self.repeats = 0
        self._installation, self._path, self._number = installation, f"/dossiers/{dossier_id}", number
        self._chance = Random(number)

    @property
    def position(self) -> int:
        return max((one.position for one in self.acknowledged.copy().values()), default=0)

    def work(self) -> None:
        with self._installation.client() as http:
            for number, command in enumerate(self._commands()):
                if self.ended.wait(_PACE_S):
                    return
                key = f"w{self._number}-{number}"
                self.acknowledged[key] = Acknowledged(self._send(http, key, command), command.types)

    def _send(self, http: httpx.Client, key: str, command: Command) -> int:
        """The position that was acknowledged."""
        headers = {"X-Request-Id": key, "If-Match": "*"}
        if command.below == "batches":
            lines = (json.dumps({**line, "command_id": f"{key}.{n}"}) for n, line in enumerate(command.body))
            body = "\n".join(lines).encode()
            headers |= LINES
        else:
            body = json.dumps(command.body).encode()
            headers |= JSON | {"Idempotency-Key": key}
        give_up = time.monotonic() + HEALED_WITHIN_S
        while time.monotonic() < give_up:
            try:
                answer = http.post(f"{self._path}/{command.below}", content=body, headers=headers)
            except httpx.TransportError:
                pass
            else:
                if answer.is_success:
                    return int(answer.json()["position"])
                assert answer.status_code == 503, f"{command}: {answer.status_code} {answer.text}"
            self.repeats += 1
            time.sleep(TRY_AGAIN_S)
        raise AssertionError(f"not acknowledged within {HEALED_WITHIN_S} s: {command}")

    def _commands(self) -> Iterator[Command]:
        """Each may rely on those before it: they were acknowledged."""
        chance, me = self._chance, f"w{self._number}"
        report, claims, retracted = "oct", list[str](), set[str]()
        watched = dict[str, bool]()
        number = 0
        while True:
            number += 1
            standing = [claim for claim in claims[-30:] if claim not in retracted]
            what = chance.randrange(100)
            if what < 6:
                report = f"{me}-r{number}"
                published = f"2018-{chance.randint(10, 12)}-{chance.randint(10, 28)}"
                yield Command("reports", {"id": report, "label": "تقرير", "published": published}, ("report.filed",))
            elif what < 30 or not standing:
                claims.append(f"{me}-c{number}")
                yield Command("claims", self._claim(claims[-1], report, number), ("claim.recorded",))
            elif what < 50:
                change = {"set": {"best": number}, **WHY}
                yield Command(f"claims/{chance.choice(standing)}/corrections", change, ("claim.corrected",))
            elif what < 58:
                change = {"report": report, "set": {"best": number}}
                yield Command(f"claims/{chance.choice(standing)}/revisions", change, ("claim.revised",))
            elif what < 63:
                retracted.add(standing[0])
                yield Command(f"claims/{standing[0]}/retractions", WHY, ("claim.retracted",))
            elif what < 66 and retracted:
                yield Command(f"claims/{retracted.pop()}/reinstatements", WHY, ("claim.reinstated",))
            elif what < 72:
                place = chance.choice([FILTERED_AT, "sousa"])
                opened = {"id": f"{me}-i{number}", "title": "حادثة", "place": place}
                yield Command("incidents", opened, ("incident.opened",))
            elif what < 78:
                ids = [f"{me}-b{number}-{n}" for n in range(chance.randint(2, 8))]
                claims += ids
                lines = [{"command": "record_claim", **self._claim(id, report, number)} for id in ids]
                yield Command("batches", lines, ("claim.recorded",) * len(lines))
            elif what < 80:
                # Then what is said of it touches the other place, or no longer.
                moved = {"within": chance.choice([FILTERED_AT, "deir-ez-zor"]), "note": f"{me} {number}"}
                yield Command("places/sousa/corrections", {"set": moved, **WHY}, ("place.corrected",))
            else:
                yield self._about_what_is_watched(watched, number)

    def _claim(self, id: str, report: str, number: int) -> dict[str, Any]:
        place = self._chance.choice([FILTERED_AT, "sousa", "deir-ez-zor"])
        claimant = self._chance.choice([None, "sohr", "reuters"])
        said = {"id": id, **figure(report, best=number, place=place)}
        return said if claimant is None else {**said, "claimant": claimant}

    def _about_what_is_watched(self, watched: dict[str, bool], number: int) -> Command:
        """`watched`: the claims that there are, and which way each points."""
        kind = self._chance.choice(["control", "figure"])
        claim = f"w{self._number}-{kind}-{self._chance.randrange(2)}"
        if claim not in watched:
            watched[claim] = True
            of = {"claimant": self._chance.choice(["sohr", "reuters"]), "when": "2018-11-10", "id": claim}
            said = control(place=CONTROL_AT) if kind == "control" else figure(place=FIGURES_AT, best=number)
            return Command("claims", {**said, **of}, ("claim.recorded",))
        watched[claim] = not watched[claim]
        actor = "is" if watched[claim] else "sdf"
        change: dict[str, Any] = {"actor": actor} if kind == "control" else {"best": number}
        return Command(f"claims/{claim}/corrections", {"set": change, **WHY}, ("claim.corrected",))
