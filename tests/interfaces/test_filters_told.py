"""Whatever narrows a question is told back by its answer: what is copied out of it is not taken for the whole."""

from typing import Any

import pytest

from interfaces.api.app import create_app
from tests.interfaces.running import Dossier, done, figure

DOCUMENT: dict[str, Any] = create_app().openapi()
DOSSIER = "/api/v1/dossiers/{dossier}/"
# What says how an answer is made or laid out, and what it tells of itself: the clocks, `rules`, the topic, a period.
NOT_NARROWING = {
    "as_of", "at", "reported_by", "certainty", "rule", "control_rule", "undated", "limit", "cursor", "min_position",
    "order", "per", "topic",
}  # fmt: skip
# What is followed as it comes has each message say what it is of, and a feed its own address, parameters and all.
SAY_IT_OTHERWISE = {"events", "answers", "corrections.json", "corrections.atom", "grants"}
# Of a map these say what its places are styled by: it tells them too, and nothing is left out.
STYLED_BY = {"measure", "unit", "group", "cause", "dimension"}
BETWEEN = {"since": "2018", "until": "2019-01"}
NARROWED: dict[str, dict[str, Any]] = {
    "actors": {"external_id": "wikidata:Q1"},
    "places": {"external_id": "pcode:SY01"},
    "claims": {
        **BETWEEN, "holds": "certain", "kind": "figure", "type": "airstrike", "nature": "denial", "subject": "is",
        "group": "civilians", "cause": "airstrike", "incident": "i1", "measure": "killed", "place": "hajin",
        "actor": "is", "claimant": "sohr", "unattributed": "false", "report": "nov", "credibility": "2",
        "status": "stands",
    },
    "incidents": {
        **BETWEEN, "claim": "k1", "type": "airstrike", "place": "hajin", "holds": "certain", "measure": "killed",
        "standing": "stands", "at_least": "1", "at_most": "9",
    },
    "persons": {"incident": "i1", "place": "hajin", "fate": "killed", "claim": "k1"},
    "assessments": {"grade": "fair", "place": "hajin", "claim": "k1", "moved": "true"},
    "figures": {
        **BETWEEN, "measure": "killed", "unit": "people", "subject": "is", "group": "civilians", "by": "is",
        "cause": "airstrike", "dimension": ["origin:idlib"], "place": "hajin", "dataset": "toll",
    },
    "situation": {"place": "hajin"},
    "corrections": {"family": "record", "kind": "claim", "id": "k1", "after": "3"},
    "disagreements": {"kind": "figures", "place": "hajin"},
}  # fmt: skip


def narrowing() -> dict[str, set[str]]:
    """Of each address in a dossier that takes any the parameters that leave something out, as the contract has them."""
    found: dict[str, set[str]] = {}
    for path, operations in DOCUMENT["paths"].items():
        if not path.startswith(DOSSIER):
            continue
        taken = [one["name"] for one in operations.get("get", {}).get("parameters", ()) if one["in"] == "query"]
        if names := {name for name in taken if name.rpartition(".")[2] not in NOT_NARROWING}:
            found[path.removeprefix(DOSSIER)] = names
    return found


@pytest.fixture(scope="module")
def toll(shared: Dossier) -> Dossier:
    killed = figure("toll-1", measure="killed", qualifier="stated", best=5, when="2018-10-03", claimant="sohr",
                    group="civilians", by="is", cause="airstrike", dimensions={"origin": "idlib"})  # fmt: skip
    done(
        shared.batch(
            [
                {"command": "file_report", "id": "toll-1", "label": "Toll", "published": "2018-11", "dataset": "toll"},
                {"command": "record_claim", "id": "k1", **killed},
                {"command": "open_incident", "id": "i1", "title": "One", "claims": ["k1"]},
            ]
        )
    )
    return shared


def test_every_parameter_that_narrows_is_told_back_or_said_otherwise() -> None:
    found = narrowing()
    assert found.keys() == NARROWED.keys() | SAY_IT_OTHERWISE
    assert {path: set(asked) for path, asked in NARROWED.items()} == {
        path: names - (STYLED_BY if path == "situation" else set())
        for path, names in found.items()
        if path not in SAY_IT_OTHERWISE
    }


def _alone(path: str, name: str) -> dict[str, Any]:
    """What must be asked beside a parameter for it to be taken."""
    if path == "incidents" and name in ("at_least", "at_most"):
        return {"measure": "killed"}
    if name == "holds":
        return {"since": "2018"}
    if path == "corrections" and name == "id":
        return {"kind": "claim"}
    if path == "figures" and name in ("since", "until", "dataset"):
        return {"rule": "sum-of-edition@2", "measure": "killed"}
    return {}


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, asked in NARROWED.items() for name in asked], ids=str
)
def test_what_narrows_a_question_is_told_by_its_answer(toll: Dossier, path: str, name: str) -> None:
    beside = _alone(path, name)
    asked = {name: NARROWED[path][name], **beside}
    told = done(toll.get(path, **asked))
    narrowed = {one: value for one, value in asked.items() if one not in NOT_NARROWING}
    assert told["filters"] == narrowed


@pytest.mark.parametrize("path", NARROWED)
def test_an_answer_of_everything_says_nothing_of_filters(toll: Dossier, path: str) -> None:
    assert "filters" not in done(toll.get(path, as_of="12", limit=5) if path != "situation" else toll.get(path))


def test_a_map_says_of_which_place_it_is(toll: Dossier) -> None:
    below = f"{toll.path}/situation"
    told = done(toll.http.get(below, params={"place": "hajin"}, headers={"Accept": "application/geo+json"}))
    assert told["filters"] == {"place": "hajin"}
    styled = {"measure": "killed", "unit": "people", "group": "civilians", "cause": "airstrike"}
    told = done(toll.http.get(below, params=styled, headers={"Accept": "application/geo+json"}))
    assert told["filters"] == styled


def test_what_was_named_in_the_place_of_an_id_is_told_by_its_id(toll: Dossier) -> None:
    told = done(toll.get("claims", place="The enclave", claimant="SOHR"))
    assert told["filters"] == {"place": "enclave", "claimant": "sohr"}


def test_every_page_of_a_list_says_what_it_was_narrowed_to(toll: Dossier) -> None:
    first = done(toll.get("claims", kind="figure", limit=1))
    second = done(toll.get("claims", kind="figure", limit=1, cursor=first["next"]))
    assert first["filters"] == second["filters"] == {"kind": "figure"}
