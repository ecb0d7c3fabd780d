"""What is said in a report that is taken from another: every answer says so, and whether that other still stands."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, control, figure

TOPIC = "killed,people,place:hajin"
KILLED = {"measure": "killed", "subject": None, "qualifier": "stated", "when": "2018-10-10"}
BY_ITSELF = {"changed_by": "claimant", "reason": "miscounted"}
IN_NOVEMBER = {"report": "nov", "when": "2018-11-15"}
CREDITS: dict[str, Any] = {"how": "credits", "source": "reuters"}
FROM_WIRE = {"how": "derived_from", "report": "wire", "published": "2018-10-11"}


@pytest.fixture
def copied(furnished: Dossier) -> Dossier:
    """57 by Reuters, in a dispatch from which a newspaper made its own; 42 by SOHR, on its own."""
    furnished.record("reports", id="wire", label="Dispatch", publisher="reuters", published="2018-10-11")
    furnished.record(
        "reports", id="daily", label="Daily", published="2018-10-12", derived_from="wire", credits="reuters"
    )
    furnished.record("claims", id="cw", **figure("wire", **KILLED, best=57, claimant="reuters"))
    furnished.record("claims", id="cd", **figure("daily", **KILLED, best=57))
    furnished.record("claims", id="cm", **figure("oct", **KILLED, best=42, claimant="sohr"))
    furnished.record("claims", id="hw", **control("wire", when="2018-10-10", claimant="reuters"))
    furnished.record("claims", id="hd", **control("daily", when="2018-10-10"))
    return furnished


def origins(dossier: Dossier, below: str, **query: str) -> dict[str, Any]:
    """By claim, in an answer that rules made."""
    told = dossier.read(below, **query)["claims"]
    return {id_: claim["taken_from"] for id_, claim in told.items() if "taken_from" in claim}


def listed(dossier: Dossier, **query: str) -> dict[str, Any]:
    items = dossier.read("claims", **query)["items"]
    return {item["id"]: item["taken_from"] for item in items if "taken_from" in item}


def of_report(dossier: Dossier) -> Any:
    one = dossier.read("reports/daily")["taken_from"]
    assert one == {item["id"]: item for item in dossier.read("reports")["items"]}["daily"]["taken_from"]
    return one


EVERYWHERE = [
    ("figures", {"topic": TOPIC}, {"cd"}),
    ("situation", {"at": "2018-10-10"}, {"cd", "hd"}),
    ("disagreements", {"kind": "figures"}, {"cd"}),
    ("places/hajin/control", {}, {"hd"}),
]


def test_what_is_taken_from_elsewhere_says_from_what(copied: Dossier) -> None:
    for below, query, claims in EVERYWHERE:
        assert origins(copied, below, **query) == {key: [FROM_WIRE, CREDITS] for key in claims}, below
    assert listed(copied) == {key: [FROM_WIRE, CREDITS] for key in ("cd", "hd")}
    assert of_report(copied) == [FROM_WIRE, CREDITS]
    assert {"wire", "daily"} <= copied.read("figures", topic=TOPIC)["names"]["reports"].keys()
    assert "taken_from" not in copied.read("reports/wire")


def test_what_became_of_that_is_told_by_the_clocks_and_what_is_taken_from_it_still_counts(copied: Dossier) -> None:
    (before,) = copied.read("figures", topic=TOPIC, at="2018-10-10")["picture"]["groups"]
    as_of = str(copied.position)
    copied.change("reports/wire/withdrawals", when="2018-10-19", reason="miscounted")
    gone: dict[str, Any] = {**FROM_WIRE, "gone": {"why": "withdrawn", "when": "2018-10-19"}}
    for below, query, claims in EVERYWHERE:
        assert origins(copied, below, **query) == {
            # All that was said in it is withdrawn with it.
            claim: [gone, CREDITS | {"gone": {**gone["gone"], "claim": claim.replace("d", "w")}}]
            for claim in claims
        }
        assert origins(copied, below, **query, reported_by="2018-10-18").keys() == claims
        assert "gone" not in str(origins(copied, below, **query, reported_by="2018-10-18"))
        assert "gone" not in str(origins(copied, below, **query, as_of=as_of))
    assert of_report(copied) == [gone, CREDITS]
    (after,) = copied.read("figures", topic=TOPIC, at="2018-10-10")["picture"]["groups"]
    assert {line["claim"] for line in after["lines"]} == {"cd", "cm"}
    assert (after["low"], after["high"]) == (before["low"], before["high"]) == (42, 57)
    copied.change("reports/wire/withdrawal-retractions", reason="it did not")
    assert origins(copied, "figures", topic=TOPIC) == {"cd": [FROM_WIRE, CREDITS]}


@pytest.mark.parametrize(
    ("below", "change", "why"),
    [
        ("reports/wire/discreditings", WHY, {"why": "discredited"}),
        ("reports/wire/retractions", WHY, {"why": "retracted"}),
        ("reports/wire/withdrawals", {"report": "nov", **WHY}, {"why": "withdrawn"} | IN_NOVEMBER),
        ("claims/cw/withdrawals", {"report": "nov", **BY_ITSELF}, {"why": "withdrawn", "claim": "cw"} | IN_NOVEMBER),
        ("claims/cw/retractions", WHY, {"why": "retracted", "claim": "cw"}),
        ("claims/cw/revisions", {"report": "nov", "set": {"best": 50}, **BY_ITSELF},
         {"why": "revised", "claim": "cw"} | IN_NOVEMBER),
    ],
)  # fmt: skip
def test_every_way_in_which_an_origin_is_gone_is_told(
    copied: Dossier, below: str, change: dict[str, Any], why: dict[str, str]
) -> None:
    copied.change(below, **change)
    gone = {**FROM_WIRE, "gone": why}
    (told, credited) = origins(copied, "figures", topic=TOPIC)["cd"]
    assert told == listed(copied, kind="figure")["cd"][0] == gone
    assert (credited.get("gone") or why)["why"] == why["why"]
    assert ("gone" in of_report(copied)[0]) is ("claim" not in why)
    if "claim" in why:
        # What it says of who held the place stands.
        assert origins(copied, "places/hajin/control") == {"hd": [FROM_WIRE, CREDITS]}


def test_while_anybody_stands_by_it_there_it_is_not_gone(copied: Dossier) -> None:
    copied.record("claims", id="other", **figure("wire", **KILLED, best=57, claimant="sohr"))
    copied.change("claims/cw/retractions", **WHY)
    told = origins(copied, "figures", topic=TOPIC)["cd"]
    assert told == [FROM_WIRE, CREDITS | {"gone": {"why": "retracted", "claim": "cw"}}]


def test_of_another_number_place_time_or_holder_it_says_nothing(copied: Dossier) -> None:
    others: list[dict[str, Any]] = [{"best": 60}, {"place": "enclave"}, {"when": "2018-10-09"}, {"group": "civilian"}]
    for nth, other in enumerate(others):
        copied.record("claims", id=f"n{nth}", **figure("daily", **KILLED | {"best": 57} | other))
    copied.record("claims", id="hs", **control("daily", when="2018-10-10", actor="sdf"))
    copied.change("claims/cw/retractions", **WHY)
    copied.change("claims/hw/retractions", **WHY)
    gone = {id_ for id_, taken in listed(copied).items() if "gone" in str(taken)}
    assert gone == {"cd", "hd"}


def test_further_away_only_what_is_gone_is_told(copied: Dossier) -> None:
    copied.record("reports", id="copy", label="Copy", published="2018-10-13", derived_from="daily")
    copied.record("claims", id="cc", **figure("copy", **KILLED, best=57))
    daily = {"how": "derived_from", "report": "daily", "published": "2018-10-12"}
    assert listed(copied)["cc"] == [daily]
    copied.change("reports/wire/withdrawals", when="2018-10-19", reason="miscounted")
    assert listed(copied)["cc"] == [daily, {**FROM_WIRE, "gone": {"why": "withdrawn", "when": "2018-10-19"}}]


def test_what_it_rests_on_is_told_alike_and_by_what_is_merged(copied: Dossier) -> None:
    copied.record("reports", id="twin", label="The same dispatch", publisher="reuters", published="2018-10-11")
    copied.record("claims", id="cr", **figure("nov", **KILLED, best=57, claimant="sohr", rests_on=["twin"]))
    copied.change("reports/twin/merges", into="wire", **WHY)
    copied.change("claims/cw/retractions", **WHY)
    gone = {"why": "retracted", "claim": "cw"}
    assert listed(copied)["cr"] == [{**FROM_WIRE, "how": "rests_on", "gone": gone}]


def test_what_rests_on_its_own_report_is_taken_from_nowhere(furnished: Dossier) -> None:
    furnished.record("claims", id="own", **figure("nov", **KILLED, best=57, rests_on=["nov"]))
    assert listed(furnished) == {}
