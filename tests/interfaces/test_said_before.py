"""What claims said before, and which periods were counted before: told beside the numbers that took their place."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, done, figure

TOPIC = "affected,people,place:hajin"
BY_ITSELF = {"changed_by": "claimant", "reason": "recount"}


def affected(report: str, when: str, best: int, **more: Any) -> dict[str, Any]:
    counted = {"measure": "affected", "qualifier": "stated", "subject": None, "claimant": "sohr"}
    return figure(report, **counted, when=when, best=best, **more)


@pytest.fixture
def counted(furnished: Dossier) -> Dossier:
    """12,000 in October, revised to 15,500 in November; another voice has 21,000."""
    furnished.record("claims", id="a1", **affected("oct", "2018-10", 12_000))
    furnished.record("claims", id="a2", **affected("oct", "2018-10", 21_000) | {"claimant": "reuters"})
    furnished.change("claims/a1/revisions", report="nov", set={"best": 15_500}, **BY_ITSELF)
    return furnished


def earlier(answer: dict[str, Any]) -> dict[str, list[tuple[Any, str]]]:
    return {
        id_: [(one["content"].get("best"), one["report"]) for one in claim["earlier"]]
        for id_, claim in answer["claims"].items()
        if "earlier" in claim
    }


@pytest.mark.parametrize(
    ("below", "query"),
    [("figures", {"topic": TOPIC}), ("situation", {"at": "2018-10-31"}), ("disagreements", {"kind": "figures"})],
)
def test_a_claim_tells_what_it_said_before(counted: Dossier, below: str, query: dict[str, str]) -> None:
    told = counted.read(below, **query)
    assert earlier(told) == {"a1": [(12_000, "oct")]}
    assert told["names"]["reports"]["oct"]["label"] == "October"
    # Before the revision was out there was nothing before it, and what it says is no secret of the future.
    before = counted.read(below, **query, reported_by="2018-10-31")
    assert earlier(before) == {}
    assert before["claims"]["a1"]["content"]["best"] == 12_000


def test_every_statement_that_was_out_is_told_in_order_and_what_is_said_again_once(counted: Dossier) -> None:
    counted.change("claims/a1/revisions", report="dec", set={"note": "p. 4"}, **BY_ITSELF)
    counted.record("reports", id="jan", label="January", published="2019-01-10")
    counted.change("claims/a1/revisions", report="jan", set={"best": 16_000}, **BY_ITSELF)
    assert earlier(counted.read("figures", topic=TOPIC)) == {"a1": [(12_000, "oct"), (15_500, "nov"), (15_500, "dec")]}


def test_what_was_said_in_a_report_that_was_mis_filed_was_never_said(counted: Dossier) -> None:
    counted.change("reports/oct/retractions", reason="another one")
    assert earlier(counted.read("figures", topic=TOPIC)) == {}


def test_what_was_withdrawn_has_what_it_said_before_its_last_word(counted: Dossier) -> None:
    counted.change("claims/a1/withdrawals", report="dec", **BY_ITSELF)
    told = counted.read("figures", topic=TOPIC)
    assert told["claims"]["a1"]["withdrawn"]
    assert told["claims"]["a1"]["content"]["best"] == 15_500
    assert earlier(told) == {"a1": [(12_000, "oct")]}


def test_a_correction_of_ours_is_nothing_that_was_said(counted: Dossier) -> None:
    counted.change("claims/a2/corrections", set={"best": 20_000}, **WHY)
    assert earlier(counted.read("figures", topic=TOPIC)) == {"a1": [(12_000, "oct")]}


def test_a_situation_says_how_many_periods_were_counted_before_the_one_it_shows(furnished: Dossier) -> None:
    for nth, (report, month) in enumerate((("oct", "2018-08"), ("oct", "2018-09"), ("nov", "2018-10")), 1):
        furnished.record("claims", id=f"m{nth}", **affected(report, month, 100 * nth))
    furnished.record("claims", id="other", **affected("oct", "2018-09", 7) | {"claimant": "reuters"})

    def told(**clocks: str) -> list[tuple[list[str], int | None]]:
        of = [one for one in furnished.read("situation", **clocks)["figures"] if one["topic"] == TOPIC]
        return [
            ([line["claim"] for group in one["groups"] for line in group["lines"]], one.get("earlier_periods"))
            for one in of
        ]

    assert told(at="2018-08-31") == [(["m1"], None)]
    assert told(at="2018-12-31") == [(["m3"], 2)]
    # Not what came out later, nor what was withdrawn.
    assert told(at="2018-12-31", reported_by="2018-10-31") == [(["m2", "other"], 1)]
    furnished.change("claims/m1/withdrawals", report="dec", **BY_ITSELF)
    assert told(at="2018-12-31") == [(["m3"], 1)]
    # What counts on from the start has the periods before in it.
    furnished.record("claims", id="all", **affected("dec", "2018-08/2018-11", 900))
    assert told(at="2018-12-31") == [(["all", "m3"], None)]
    first = done(furnished.get("situation", at="2018-10-31", rule="latest-per-claimant@1"))
    assert all("earlier_periods" not in one for one in first["figures"])
