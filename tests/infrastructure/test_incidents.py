"""Which incident a claim tells of, and which claims share an origin: at any position, in any order of merges."""

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from application.execute import Asked, Executor
from application.projection import ReadModel, catch_up, rebuild
from application.reading import Page, Reading
from domain.errors import DomainError
from domain.events import read_command
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.read_models.assessments import Assessments, same_origins
from infrastructure.read_models.incidents import Incidents, incidents_as_of, survivors_of
from infrastructure.rows.pictures import PostgresPictures
from infrastructure.rows.versioned import asked

pytestmark = pytest.mark.anyio

READ_MODELS: tuple[ReadModel[Any], ...] = (Incidents(), Assessments())
CLAIMS = [f"c{n}" for n in range(6)]
INCIDENTS = [f"i{n}" for n in range(6)]
ASSESSMENTS = ["a1", "a2", "a3"]
FURNITURE: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "D"},
    {"command": "file_report", "id": "r", "label": "R", "published": "2018"},
    *({"command": "record_claim", "id": c, "kind": "statement", "nature": "denial", "report": "r"} for c in CLAIMS),
]

OF_EACH_KIND: list[dict[str, Any]] = [
    *({"command": "open_incident", "id": f"i{n}", "title": "T", "claims": CLAIMS[n : n + 2]} for n in range(3)),
    {"command": "merge_incident", "id": "i0", "into": "i1", "reason": "one"},
    {"command": "merge_incident", "id": "i1", "into": "i2", "reason": "one"},
    {"command": "unlink_claims", "id": "i0", "claims": ["c1"], "reason": "not of it"},
    {"command": "retract_incident", "id": "i1", "reason": "nothing happened"},
    {"command": "reinstate_incident", "id": "i1", "reason": "it did"},
    {"command": "split_incident", "id": "i0", "reason": "two"},
    {"command": "issue_assessment", "id": "a1", "topic": "killed,people", "finding": "F", "grade": "fair",
     "because": "B", "claims": CLAIMS[:2], "same_origin": CLAIMS[:2]},
    {"command": "withdraw_assessment", "id": "a1", "reason": "overtaken"},
    {"command": "reinstate_assessment", "id": "a1", "reason": "it holds"},
]  # fmt: skip


class House:
    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self.log = PostgresLog(self.engine, key=b"key")
        self.pictures = PostgresPictures(self.engine, READ_MODELS)
        self.executor = Executor(self.log)
        self.id = f"d-{uuid4().hex[:12]}"

    async def carry_out(self, *commands: dict[str, Any]) -> None:
        for given in commands:
            if given["command"] == "open_dossier":
                given = given | {"id": self.id}
            await self.executor.execute(self.id, "desk", Asked(read_command(given)))

    async def reading(self, position: int | None = None) -> Reading:
        picture = await self.pictures.picture(self.id)
        assert picture is not None
        position = picture.position if position is None else position
        return Reading(self.id, position, picture.generations, picture.time_zone)


@pytest.fixture
async def house(module_database_url: str) -> AsyncIterator[House]:
    house = House(module_database_url)
    await house.carry_out(*FURNITURE)
    yield house
    await house.log.close()
    await house.engine.dispose()


def any_command(chance: random.Random) -> dict[str, Any]:
    some = chance.sample(CLAIMS, chance.randint(1, 3))
    of_incident = {"id": chance.choice(INCIDENTS), "reason": "so"}
    basis = {"claims": some, "same_origin": some if len(some) > 1 else []}
    of_assessment = {"id": chance.choice(ASSESSMENTS), "reason": "so"}
    return chance.choice(
        [
            {"command": "open_incident", "id": of_incident["id"], "title": "T", "claims": some},
            {"command": "link_claims", **of_incident, "claims": some},
            {"command": "unlink_claims", **of_incident, "claims": some},
            {"command": "merge_incident", **of_incident, "into": chance.choice(INCIDENTS)},
            {"command": "merge_incident", **of_incident, "into": chance.choice(INCIDENTS)},
            {"command": "split_incident", **of_incident},
            {"command": "retract_incident", **of_incident},
            {"command": "reinstate_incident", **of_incident},
            {"command": "issue_assessment", "id": of_assessment["id"], "topic": "killed,people", "finding": "F",
             "grade": "fair", "because": "B", **basis},
            {"command": "revise_assessment", **of_assessment, "set": basis},
            {"command": "uphold_assessment", **of_assessment},
            {"command": "retract_revision", **of_assessment},
            {"command": "reinstate_revision", **of_assessment},
            {"command": "withdraw_assessment", **of_assessment},
            {"command": "reinstate_assessment", **of_assessment},
        ]
    )  # fmt: skip


class Plain:
    """What the log says up to a position, kept in plain sets and read with loops."""

    def __init__(self, events: list[Any]) -> None:
        self.links: dict[str, set[str]] = {}
        self.into: dict[str, str] = {}
        self.origins: dict[str, set[str]] = {}
        self.gone: set[str] = set()
        for recorded in events:
            self.take(recorded.stream.id, recorded.event)

    def take(self, id: str, event: Any) -> None:
        match event.type:
            case "incident.opened":
                self.links[id] = set()
            case "incident.linked":
                self.links[id] |= set(event.claims)
            case "incident.unlinked":
                self.links[id] -= set(event.claims)
            case "incident.merged":
                self.into[id] = event.into
            case "incident.split":
                del self.into[id]
            case "incident.retracted" | "assessment.withdrawn":
                self.gone.add(id)
            case "incident.reinstated" | "assessment.reinstated":
                self.gone.remove(id)
            case "assessment.issued":
                self.origins[id] = set(event.details.same_origin)
            case "assessment.revised" | "assessment.revision_retracted" | "assessment.revision_reinstated":
                self.origins[id] = set(event.set.get("same_origin", self.origins[id]) or ())

    def counted(self, id: str) -> set[str]:
        return set() if id in self.gone else self.links[id]

    def survivor(self, id: str) -> str:
        return [id, *self.way(id)][-1]

    def within(self, id: str) -> set[str]:
        return {other for other in self.links if id == other or id in self.way(other)}

    def way(self, id: str) -> list[str]:
        way = []
        while id in self.into and not self.gone & {id, self.into[id]}:
            id = self.into[id]
            way.append(id)
        return way

    def shown(self, id: str) -> dict[str, Any]:
        inside = self.within(id)
        return {
            "claims": sorted({claim for other in inside for claim in self.counted(other)}),
            "merged": sorted(inside - {id}),
            "merged_into": self.into.get(id),
            "survivor": self.survivor(id),
            "retracted": id in self.gone,
        }

    def survivors(self) -> dict[str, tuple[str, ...]]:
        told = {claim: [i for i in self.links if claim in self.counted(i)] for claim in CLAIMS}
        return {claim: tuple(sorted({*map(self.survivor, linked)})) for claim, linked in told.items() if linked}

    def same_origins(self) -> dict[str, str]:
        stand = {id: claims for id, claims in self.origins.items() if id not in self.gone}
        return {claim: min(a for a in stand if claim in stand[a]) for claim in set().union(*stand.values())}


@pytest.mark.parametrize("seed", range(5))
async def test_the_rows_answer_as_the_log_does_at_every_position(house: House, seed: int) -> None:
    chance = random.Random(seed)
    await house.carry_out(*OF_EACH_KIND)
    for _ in range(150):
        with suppress(DomainError):
            await house.carry_out(any_command(chance))
    await catch_up(house.log, house.pictures, READ_MODELS, house.id, batch_size=chance.randint(1, 30))
    events = await house.log.read(house.id, 0, 10_000)
    async with house.engine.connect() as connection:
        for position in range(len(FURNITURE), len(events) + 1):
            plain, reading = Plain(events[:position]), await house.reading(position)
            items: list[Any] = list(await incidents_as_of(connection, reading, Page()))
            assert {item["id"]: {key: item[key] for key in plain.shown(item["id"])} for item in items} == {
                id: plain.shown(id) for id in plain.links
            }
            assert await survivors_of(connection, reading, [*CLAIMS, "c99"]) == plain.survivors()
            origins = await connection.execute(same_origins(), asked(reading))
            named = sorted(((row[0], row[1]) for row in origins), reverse=True)
            assert dict(named) == plain.same_origins(), "the first of several"
    for model in READ_MODELS:
        assert await rebuild(house.log, house.pictures, model, house.id, switch=False) == []


async def test_of_some_claims_only_those_are_told(house: House) -> None:
    await house.carry_out({"command": "open_incident", "id": "i1", "title": "T", "claims": CLAIMS})
    await catch_up(house.log, house.pictures, READ_MODELS, house.id)
    async with house.engine.connect() as connection:
        assert await survivors_of(connection, await house.reading(), ["c2"]) == {"c2": ("i1",)}
        assert await survivors_of(connection, await house.reading(), []) == {}
