"""Warnings are the same however quick a worker is: what was recorded just now is none of what was there before."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from application.event_log import Recorded
from application.execute import Asked, Executor
from application.projection import catch_up
from application.reading import Reading
from domain.events import read_command
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.questions.beside import shown_beside
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.pictures import PostgresPictures
from interfaces.bootstrap import READ_MODELS
from tests.interfaces.running import FURNITURE, control, figure

pytestmark = pytest.mark.anyio

T = TypeVar("T")

P = ["per-" + "0" * 31 + digit for digit in "123"]
KILLED = {"fate": "killed", "incident": "i1"}
BECAUSE = {"reason": "a test"}
# Each is recorded at once, by a process that has recorded nothing before it.
GROUPS: list[list[dict[str, Any]]] = [
    [{"command": "record_claim", "id": "w1", **figure("dec", group="civilians", cause="airstrike", best=40)}],
    [{"command": "record_claim", "id": "w2", **figure("nov", group="civillians", cause="air-strike", best=41)}],
    [{"command": "correct_claim", "id": "w2", "set": {"cause": "airstirke", "best": 42}, **BECAUSE}],
    [{"command": "revise_claim", "id": "w1", "report": "nov", "set": {"best": 4_000_000, "cause": "airstrikes"}}],
    [{"command": "record_claim", "id": "w3", **figure("nov", group="women", best=7, when="2018-11-01")}],
    [{"command": "record_claim", "id": "w4", **figure("nov", group="women", best=7, when="2018-11-01")}],
    [{"command": "record_claim", "id": "w5", **figure("nov", group="women", best=9, when="2018-11-01")}],
    [{"command": "record_claim", "id": "w6", **figure("dec", group="women", best=4_200_000, when="2018-11-01")}],
    [{"command": "record_claim", "id": "k1", **control("nov", claimant="sohr", when="2018-11-10")}],
    [{"command": "record_claim", "id": "k2", **control("nov", claimant="sohr", when="2018-11-10", status="absent")}],
    [{"command": "register_place", "id": "hajin-2", "name": "Hajīn", "kind": "town", "within": "deir-ez-zor"}],
    [{"command": "correct_place", "id": "hajin-2", "set": {"names": {"ar": "هجين"}}, **BECAUSE}],
    [{"command": "register_source", "id": "sohr-2", "name": "sohr", "kind": "monitor"}],
    [{"command": "register_actor", "id": "sdf-2", "name": "Syrian democratic forces", "kind": "armed_group"}],
    [{"command": "file_report", "id": "one", "label": "One", "published": "2018-11", "url": "https://example.org/a"}],
    [{"command": "file_report", "id": "two", "label": "Two", "published": "2018-11", "url": "http://example.org/a/"}],
    [{"command": "open_incident", "id": "i1", "title": "A strike", "claims": ["w1", "w2"]}],
    [{"command": "open_incident", "id": "i2", "title": "The same strike", "claims": ["w2"]}],
    [{"command": "register_person", "id": P[0], "name": "Ahmad al-Hassan", "fates": KILLED}],
    [{"command": "register_person", "id": P[1], "name": "Aḥmad Al Hassan", "fates": KILLED}],
    [{"command": "retract_report", "id": "dec", **BECAUSE}],
    [{"command": "merge_incident", "id": "i1", "into": "i2", **BECAUSE}],
    [{"command": "link_claims", "id": "i1", "claims": ["w3"], **BECAUSE}],
]  # fmt: skip
TOLD = {"near_word", "identical_figure", "several_figures", "far_from_others", "identical_control",
        "contradicts_itself", "same_name", "same_url", "same_person", "several_incidents", "still_in_use"}  # fmt: skip
# Of what rests on an item nobody keeps an account but the read models.
KNOWN_TO_WORKERS = {"several_incidents", "still_in_use"}


class _Behind(ShownNow):
    """Before anything is looked for, a worker has taken all that was recorded."""

    def __init__(self, house: "House") -> None:
        super().__init__(house.engine, house.pictures)
        self._house = house

    async def asked(
        self, dossier_id: str, what: str, ask: Callable[[AsyncConnection, Reading], Awaitable[T]], otherwise: T
    ) -> T:
        await self._house.work()
        return await super().asked(dossier_id, what, ask, otherwise)


class _Earlier:
    """A log as it was at a position."""

    def __init__(self, log: PostgresLog, position: int) -> None:
        self._log = log
        self._position = position

    async def read(self, dossier_id: str, after: int, limit: int, *, upto: int | None = None) -> list[Recorded]:
        return await self._log.read(dossier_id, after, limit, upto=self._position)


class House:
    def __init__(self, engine: AsyncEngine, log: PostgresLog) -> None:
        self.engine = engine
        self.log = log
        self.pictures = PostgresPictures(engine, READ_MODELS)
        self.id = f"d-{uuid4().hex[:12]}"
        self.first = self.process()

    async def work(self, behind: int = 0) -> None:
        """A worker takes all of the log but the last events of it."""
        log: Any = _Earlier(self.log, await self.log.head(self.id) - behind)
        await catch_up(log, self.pictures, READ_MODELS, self.id)

    def process(self, shown: ShownNow | None = None) -> Executor:
        shown = shown or ShownNow(self.engine, self.pictures)
        return Executor(
            self.log,
            shown=shown_beside(shown),
        )

    async def warnings(self, process: Executor, commands: list[dict[str, Any]]) -> list[tuple[str, str]]:
        given = [Asked(read_command(each)) for each in commands]
        outcomes = await process.execute_group(self.id, "desk", given)
        return [(look.code, look.message) for one in outcomes for look in one.second_looks]


@pytest.fixture
async def new_house(module_database_url: str) -> AsyncIterator[Callable[[], Awaitable[House]]]:
    database = engine(module_database_url)
    log = PostgresLog(database, key=b"key")

    async def new_house() -> House:
        house = House(database, log)
        await house.warnings(house.first, [{"command": "open_dossier", "id": house.id, "title": "D"}, *FURNITURE])
        return house

    yield new_house
    await log.close()
    await database.dispose()


async def test_a_worker_that_is_quicker_than_a_look_changes_no_warning(
    new_house: Callable[[], Awaitable[House]],
) -> None:
    told: list[list[list[tuple[str, str]]]] = []
    for quick in (False, True):
        house = await new_house()
        told.append([])
        for group in GROUPS:
            await house.work()
            told[-1].append(await house.warnings(house.process(_Behind(house) if quick else None), group))
    slow, quick_ones = told
    for group, one, other in zip(GROUPS, slow, quick_ones, strict=True):
        assert one == other, group
    assert {code for each in slow for code, _ in each} >= TOLD


async def test_what_a_process_recorded_it_knows_of_before_a_worker_does(
    new_house: Callable[[], Awaitable[House]],
) -> None:
    """Whatever a worker has taken, once, at some time, of the log: all that there was, or all but the last of it."""
    told: dict[tuple[int, int], list[list[str]]] = {}
    for begins, behind in product(range(len(GROUPS) + 1), range(3)):
        house = await new_house()
        told[begins, behind] = []
        for nth, group in enumerate(GROUPS):
            if nth == begins:
                await house.work(behind)
            codes = [code for code, _ in await house.warnings(house.first, group)]
            told[begins, behind].append([code for code in codes if code not in KNOWN_TO_WORKERS])
    alone = told[len(GROUPS), 0]
    for begun, each in told.items():
        for group, one, other in zip(GROUPS, alone, each, strict=True):
            assert one == other, (begun, group)
    assert {code for each in alone for code in each} >= TOLD - KNOWN_TO_WORKERS
