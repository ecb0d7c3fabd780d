"""One air strike that three voices tell of: every pair is compared, and a follower of the number hears every change."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, done
from tests.interfaces.test_api_answers import all_of

TOPIC = "killed,people,place:al-jinah"


def killed(report: str, claimant: str, **more: Any) -> dict[str, Any]:
    said = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "place": "al-jinah"}
    return said | {"when": "2017-03-16", "report": report, "claimant": claimant} | more


@pytest.fixture
def strike(new_dossier: Callable[[], Dossier]) -> Dossier:
    dossier = new_dossier()
    for line in (
        {"command": "register_source", "id": "scd", "name": "Syria Civil Defence", "kind": "ngo"},
        {"command": "register_source", "id": "sohr", "name": "المرصد السوري", "kind": "monitor"},
        {"command": "register_source", "id": "hrw", "name": "Human Rights Watch", "kind": "ngo"},
        {"command": "register_source", "id": "un", "name": "United Nations", "kind": "international_organization"},
        {"command": "register_place", "id": "aleppo", "name": "Aleppo", "kind": "adm1"},
        {"command": "register_place", "id": "al-jinah", "name": "الجينة", "kind": "village", "within": "aleppo"},
        {"command": "register_place", "id": "mosque", "name": "Mosque", "kind": "site", "within": "al-jinah"},
        {"command": "file_report", "id": "first", "label": "First count", "published": "2017-03-17"},
        {"command": "file_report", "id": "monitor", "label": "The monitor", "published": "2017-03-17"},
        {"command": "file_report", "id": "later", "label": "A later count", "published": "2017-03-20"},
        {"command": "file_report", "id": "inquiry", "label": "Inquiry", "published": "2017-04-18"},
        {"command": "record_claim", "id": "k1", **killed("first", "scd", best=35)},
        {"command": "record_claim", "id": "k2", **killed("monitor", "sohr", qualifier="at_least", low=42)},
        {"command": "record_claim", "id": "k3",
         **killed("inquiry", "hrw", qualifier="at_least", low=38, cause="airstrike")},
        {"command": "record_claim", "id": "k4", **killed("inquiry", "un", best=49, place="mosque")},
    ):  # fmt: skip
        done(dossier.batch([line]))
    return dossier


def pairs(dossier: Dossier, **asked: Any) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """Whose numbers are at odds, by which kind and why that is not sure; each pair once."""
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for one in dossier.read("disagreements", **asked)["items"]:
        first, second = sorted(line["claim"] for line in one["lines"])
        assert (first, second) not in found, "each pair is told once"
        found[first, second] = one["kind"], one.get("unsure", [])
    return found


def test_more_of_a_party_than_were_killed_in_all_stands_against_each_of_those(strike: Dossier) -> None:
    strike.record("actors", id="hts", name="Hayat Tahrir al-Sham", kind="armed_group")
    strike.record("sources", id="sana", name="SANA", kind="news_agency")
    before = pairs(strike)
    strike.record("claims", id="s10", **killed("later", "sana", best=40, subject="hts"))
    assert {pair: told for pair, told in pairs(strike).items() if pair not in before} == {
        ("k1", "s10"): ("possible", ["subject"]),
    }
    strike.change("claims/s10/corrections", set={"best": 30}, **WHY)
    assert pairs(strike) == before, "what is no more than the whole may be a part of it"


def test_every_pair_is_compared(strike: Dossier) -> None:
    expected = {
        ("k1", "k2"): ("figures", []),
        ("k1", "k3"): ("possible", ["cause"]),
        ("k1", "k4"): ("possible", ["place"]),
    }
    assert pairs(strike) == expected
    assert pairs(strike, place="mosque") == {("k1", "k4"): ("possible", ["place"])}
    assert pairs(strike, reported_by="2017-03-31") == {("k1", "k2"): ("figures", [])}
    # 49 at the mosque are at least 42, and at least 38 for some cause.
    typed = strike.change("claims/k2/corrections", set={"low": 4_200_000}, reason="a typing mistake")
    assert [one["code"] for one in typed["warnings"]] == ["far_from_before", "far_from_others"]
    # k4 is at the mosque inside the village.
    assert "85,714 times the nearest number" in typed["warnings"][1]["message"]
    assert "49 in claim 'k4' of report 'inquiry'" in typed["warnings"][1]["message"]
    assert pairs(strike) == {
        **expected,
        ("k2", "k4"): ("possible", ["place"]),
    }
    strike.change("claims/k2/corrections", set={"low": 42}, reason="it says 42")
    strike.change("claims/k2/revisions", report="later", set={"qualifier": "stated", "low": None, "best": 49}, **WHY)
    assert pairs(strike) == expected
    strike.change("claims/k4/corrections", set={"best": 4_200_000}, reason="a typing mistake")
    assert pairs(strike) == {**expected, ("k2", "k4"): ("possible", ["place"])}
    (typo,) = (one for one in strike.read("disagreements")["items"] if one["lines"][-1]["claim"] == "k4"
               and one["lines"][0]["claim"] == "k2")  # fmt: skip
    assert (typo["place"], typo["time"]) == ("al-jinah", "certain")


def test_a_follower_of_the_number_hears_every_change(strike: Dossier) -> None:
    changes: list[tuple[str, int]] = []

    def changed(what: str, below: str, **body: Any) -> None:
        changes.append((what, strike.change(below, **body)["position"]))

    begun = strike.position
    changed("corrected", "claims/k1/corrections", set={"best": 36}, reason="misread")
    changes.append(("linked", strike.record("incidents", id="strike", title="Al-Jinah", claims=["k1"])["position"]))
    changed("corrected across the link", "claims/k1/corrections", set={"best": 35}, reason="it does say 35")
    changes.append(("another", strike.record("incidents", id="mosque", title="Mosque", claims=["k2"])["position"]))
    changed("revised", "claims/k2/revisions", report="later",
            set={"qualifier": "stated", "low": None, "best": 49}, **WHY)  # fmt: skip
    changed("merged", "incidents/mosque/merges", into="strike", reason="one strike")
    changed("corrected across the merge", "claims/k2/corrections", set={"best": 48}, reason="misread")
    changed("split", "incidents/mosque/splits", reason="two strikes after all")
    changed("withdrawn", "claims/k2/withdrawals", report="inquiry", reason="taken back")
    heard = all_of(strike, question="figures", topic=TOPIC, after=begun)
    assert [item["position"] for item in heard] == [position for _, position in changes]
    for earlier, later in pairwise(heard):
        assert earlier["data"]["after"] == later["data"]["before"]
    merged = heard[5]["data"]
    assert [(group.get("incident"), group["verdict"]) for group in merged["after"]["groups"]] == [
        ("strike", "disagree")
    ]
    # The topic of the incident is a part of it, whichever of its ids it is asked by.
    for incident in ("strike", "mosque"):
        told = all_of(strike, question="figures", topic=f"{TOPIC},incident:{incident}", after=begun)
        assert {changes[5][1], changes[6][1]} <= {item["position"] for item in told}
