"""Warnings are the same however quick a worker is: what was recorded just now is none of what was there before."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from application.execute import Asked, Executor
from application.projection import catch_up
from application.reading import Reading
from domain.events import read_command
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.questions.alike import PostgresShownClaims
from infrastructure.questions.in_use import PostgresShownUses
from infrastructure.questions.links_shown import PostgresShownLinks
from infrastructure.questions.near_numbers import PostgresShownNumbers
from infrastructure.questions.registers import PostgresShownRegisters
from infrastructure.questions.same_persons import PostgresShownPersons
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


class House:
    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self.log = PostgresLog(self.engine, key=b"key")
        self.pictures = PostgresPictures(self.engine, READ_MODELS)
        self.id = f"d-{uuid4().hex[:12]}"

    async def work(self) -> None:
        await catch_up(self.log, self.pictures, READ_MODELS, self.id)

    async def warnings(self, shown: ShownNow, commands: list[dict[str, Any]]) -> list[tuple[str, str]]:
        process = Executor(
            self.log,
            None,
            PostgresShownClaims(shown),
            PostgresShownUses(shown),
            PostgresShownRegisters(shown),
            PostgresShownNumbers(shown),
            PostgresShownPersons(shown),
            PostgresShownLinks(shown),
        )
        given = [Asked(read_command(each)) for each in commands]
        outcomes = await process.execute_group(self.id, "desk", given)
        return [(look.code, look.message) for one in outcomes for look in one.second_looks]


async def test_a_worker_that_is_quicker_than_a_look_changes_no_warning(module_database_url: str) -> None:
    told: list[list[list[tuple[str, str]]]] = []
    for quick in (False, True):
        house = House(module_database_url)
        await house.warnings(ShownNow(house.engine, house.pictures), [
            {"command": "open_dossier", "id": house.id, "title": "D"}, *FURNITURE
        ])  # fmt: skip
        told.append([])
        for group in GROUPS:
            await house.work()
            shown = _Behind(house) if quick else ShownNow(house.engine, house.pictures)
            told[-1].append(await house.warnings(shown, group))
        await house.log.close()
        await house.engine.dispose()
    slow, quick_ones = told
    for group, one, other in zip(GROUPS, slow, quick_ones, strict=True):
        assert one == other, group
    assert {code for each in slow for code, _ in each} >= TOLD
