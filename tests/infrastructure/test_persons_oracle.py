"""The register of persons is what an evaluator written apart finds, by any clocks and after any history of it."""

from itertools import chain

from hypothesis import event, given
from hypothesis import strategies as st

from domain.fact import Command
from domain.person import RecordFate, RegisterPerson
from tests import naive, naive_persons
from tests.histories import (
    IDS,
    PERSON,
    PERSONS,
    CatchUp,
    became,
    command,
    dates,
    examples,
    histories,
    of_claims,
    of_incidents,
    of_persons,
    of_reports,
)
from tests.histories import given as given_fields
from tests.infrastructure.questions_answered import the_register_agrees
from tests.infrastructure.test_oracle import House
from tests.infrastructure.test_questions_oracle import clocks, lived, moments

steps = st.one_of(*[of_persons] * 8, of_claims, of_reports, of_incidents)
# All are in some incident, some of them by a claim that may come to count for nothing.
IN_INCIDENT = {"incident": IDS["incident"]} | became
FATES = st.lists(given_fields(IN_INCIDENT, {"when": dates, "claim": IDS["claim"]}), min_size=1, max_size=2)
WHO = {name: strategy for name, strategy in PERSON.items() if name != "fates"}
in_incidents = [
    st.one_of(
        command(RegisterPerson, {"id": st.just(id_), "fates": FATES}, WHO),
        command(RecordFate, {"id": st.just(id_)} | IN_INCIDENT, {"when": dates}),
    )
    for id_ in PERSONS
]
lives = st.tuples(histories(6), *[st.tuples(*in_incidents)] * 2, st.lists(steps, max_size=20)).map(
    lambda parts: [*chain(*parts)]
)


@examples(usual=8, thorough=300)
@given(
    history=lives, asked=st.lists(clocks, min_size=3, max_size=3), moment=moments, back=st.integers(0, 15)
)  # fmt: skip
def test_who_is_on_the_list_and_how_many_is_as_the_naive_evaluator_finds(
    house: House, history: list[Command | CatchUp], asked: list[naive.Asked], moment: int | None, back: int
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        # Everything first, then what some clocks leave of it.
        ways = [naive.Asked(), naive.Asked(at=moment), *asked]
        for nth, each in enumerate(ways):
            position = len(log) if nth % 2 == 0 else max(1, len(log) - back)
            dossier = naive.Dossier(log, position)
            reading = await house.reading(dossier_id, position, each)
            async with house.engine.connect() as connection:
                await the_register_agrees(connection, reading, dossier, each)
            for incident in dossier.items["incident"]:
                event(f"on a list: {min(3, naive_persons.counted(dossier, each, incident)['persons'])}")

    house.run(work())
