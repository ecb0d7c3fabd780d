"""An incident has one answer: the list of incidents and the figures of each tell the same of all that was said."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.execute import Executor
from domain import when
from domain.events import read_command
from tests import naive
from tests.domain.test_rules_oracle import rarely
from tests.histories import carry_out, examples, maybe
from tests.infrastructure.questions_answered import figures_agree, incidents_agree
from tests.infrastructure.test_oracle import House, a_dossier, place, report

REPORTS = {"r1": "2020-01-08", "r2": "2020-01-20", "r3": "2020-03"}
DAYS = ["2020-01-05", "2020-01-05", "2020-01-06", "2020-01-07", "2020-01-05/2020-01-06", "2020-01", "2020-01-20"]
PLACES = ["village", "village", "mosque", "market", "other"]
MOMENTS = ["2020-01-05", "2020-01-06", "2020-01-31", "2021"]
BY = ["2020-01-10", "2020-02"]
CLAIMS = [f"c{nth}" for nth in range(7)]
# Most leave most of it unsaid, so that what they say meets.
told = st.fixed_dictionaries(
    {
        "when": st.sampled_from(DAYS), "report": st.sampled_from(list(REPORTS)), "best": st.integers(1, 4),
        "measure": st.sampled_from(["killed", "killed", "killed", "killed", "fighters"]),
        "place": st.sampled_from([*PLACES, None, None]), "claimant": rarely("s", "t", "u", out_of=4), "low": rarely(1),
        "cause": rarely("airstrike", "shelling", out_of=9), "hedge": rarely("intended", out_of=8),
        "group": rarely("civilians", out_of=8), "part_of": rarely(*CLAIMS, out_of=20),
        "disputes": rarely(*CLAIMS, out_of=40),
    }
)  # fmt: skip
Done = tuple[str, str, dict[str, Any]]
of_claims = st.sampled_from(CLAIMS)
done = st.one_of(
    st.tuples(st.just("withdraw_claim"), of_claims, st.just({"report": "r3"})),
    st.tuples(st.just("retract_claim"), of_claims, st.just({})),
    st.tuples(
        st.just("revise_claim"), of_claims,
        st.sampled_from(DAYS).map(lambda day: {"report": "r3", "set": {"when": day, "note": "so"}}),
    ),
    st.tuples(st.just("discredit_report"), st.sampled_from(["r1", "r2"]), st.just({})),
    st.tuples(st.just("merge_place"), st.just("market"), st.just({"into": "mosque"})),
    st.tuples(st.just("merge_source"), st.just("t"), st.just({"into": "s"})),
    st.tuples(st.just("merge_incident"), st.just("j"), st.just({"into": "i"})),
    st.tuples(st.just("retract_incident"), st.just("j"), st.just({})),
)  # fmt: skip


async def lived(house: House, said: list[dict[str, Any]], more: list[Done]) -> str:
    """The market lay in the village on the 6th and later. What a history does not allow is left out."""
    dossier_id, executor = a_dossier(), Executor(house.log)

    async def taken(name: str, fields: dict[str, Any]) -> bool:
        return await carry_out(executor, dossier_id, read_command({"command": name} | fields))

    for name, fields in (
        ("open_dossier", {"id": dossier_id, "title": "Incidents"}), place("village"), place("mosque", within="village"),
        place("market", areas=[{"area": "village", "when": "2020-01-06/.."}]), place("other"),
        *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("s", "t", "u")),
        *(report(id_, published) for id_, published in REPORTS.items()),
    ):  # fmt: skip
        assert await taken(name, fields), name
    content = {"kind": "figure", "unit": "people", "qualifier": "stated"}
    claims: list[str] = []
    for id_, one in zip(CLAIMS, said, strict=False):
        related = {name: [one[name]] for name in ("part_of", "disputes") if one[name] in claims}
        plain = {name: value for name, value in one.items() if value is not None and value not in (*CLAIMS,)}
        if await taken("record_claim", {"id": id_} | content | plain | related):
            claims.append(id_)
    for id_, those in (("i", claims[:5]), ("j", claims[4:])):
        assert await taken("open_incident", {"id": id_, "title": id_, "claims": those})
    for name, id_, fields in more:
        await taken(name, {"id": id_, "reason": "so it was"} | fields)
    await house.catch_up(dossier_id)
    return dossier_id


@examples(usual=40, thorough=1_500)
@given(
    said=st.lists(told, min_size=1, max_size=len(CLAIMS)),
    more=st.lists(done, max_size=4),
    clocks=st.lists(st.tuples(maybe(st.sampled_from(MOMENTS)), maybe(st.sampled_from(BY))), min_size=2, max_size=2),
)
def test_the_list_of_incidents_tells_what_the_figures_of_each_tell(
    house: House, said: list[dict[str, Any]], more: list[Done], clocks: list[tuple[str | None, str | None]]
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, said, more)
        log = await house.events(dossier_id)
        for at, reported_by in clocks:
            moments = [None if one is None else when.cut_off(one, field="") for one in (at, reported_by)]
            asked = naive.Asked(at=moments[0], reported_by=moments[1])
            reading = await house.reading(dossier_id, None, asked)
            dossier = naive.Dossier(log, reading.position)
            async with house.engine.connect() as connection:
                await incidents_agree(connection, reading, dossier, asked, 1)
                await figures_agree(connection, reading, dossier, asked, None)

    house.run(work())
