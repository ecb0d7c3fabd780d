"""What the sample dossier must show, asked through HTTP after `kroniek import`."""

import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.interfaces.running import ROOT, Running, done

DOSSIER = "/dossiers/hajin-baghouz"


@pytest.fixture(scope="module")
def sample(installation: Running, http: httpx.Client) -> httpx.Client:
    """The sample dossier, imported as a desk would, and read up to its end."""
    environment = os.environ | {"KRONIEK_URL": installation.url, "KRONIEK_TOKEN": installation.token}
    subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", "import", str(ROOT / "examples" / "hajin-baghouz.yaml")],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    head = done(http.get(DOSSIER))["head"]
    assert done(http.get(DOSSIER, params={"min_position": head}))["position"] >= head
    return http


def claims(http: httpx.Client, **asked: Any) -> dict[str, dict[str, Any]]:
    answer = done(http.get(f"{DOSSIER}/claims", params={"limit": 1000, **asked}))
    assert answer["next"] is None
    return {item["id"]: item for item in answer["items"]}


def test_it_holds_97_claims_of_six_reports(sample: httpx.Client) -> None:
    assert len(claims(sample)) == 97
    assert len(done(sample.get(f"{DOSSIER}/reports"))["items"]) == 6


def test_nothing_was_certainly_known_of_who_holds_hajin_before_the_reports_of_december(sample: httpx.Client) -> None:
    asked = {"place": "hajin", "kind": "control"}
    assert claims(sample, **asked, reported_by="2018-12-01") == {}
    known = claims(sample, **asked, reported_by="2019-01-01")
    assert known["c102"]["content"]["status"] == "contests"
    assert known["c201"]["content"]["status"] == "controls"
    assert {known[id]["content"]["actor"] for id in ("c102", "c201")} == {"sdf"}


def test_the_number_of_fighters_is_told_by_two_voices_side_by_side(sample: httpx.Client) -> None:
    told = claims(sample, place="hajin-enclave", measure="fighters", actor="is", reported_by="2019-01-01")
    assert (told["c108"]["content"]["best"], told["c108"]["content"]["claimant"]) == (2000, "us-officials")
    assert told["c207"]["content"]["best"] == 5000
    assert "claimant" not in told["c207"]["content"]
    assert {told[id]["content"]["qualifier"] for id in ("c108", "c207")} == {"about"}


def test_a_report_known_only_by_mention_shows_who_disputes_it(sample: httpx.Client) -> None:
    claim = done(sample.get(f"{DOSSIER}/claims/c308"))
    assert claim["report"]["cited_in"] == ["baghouz-2019-03"]
    assert claim["relations"]["disputed_by"] == ["c317"]
    assert done(sample.get(f"{DOSSIER}/claims/c317"))["relations"]["disputes"] == ["c308"]


@pytest.mark.parametrize(
    ("claim_id", "held_then", "holds_now", "reason"),
    [
        (
            "c314",
            {"measure": "killed", "note": "Died of the cold"},
            {"measure": "died", "cause": "cold"},
            "Dead of cold were recorded as killed",
        ),
        (
            "c406",
            {"actors": {"by": ["iraq"], "with": ["coalition"], "against": ["is"]}},
            {"actors": {"by": ["coalition"], "against": ["is"]}},
            "The report names only the coalition",
        ),
    ],
)
def test_our_own_mistakes_are_mended_and_kept(
    sample: httpx.Client, claim_id: str, held_then: dict[str, Any], holds_now: dict[str, Any], reason: str
) -> None:
    history = done(sample.get(f"{DOSSIER}/claims/{claim_id}/history"))["items"]
    correction = history[-1]
    assert (correction["type"], correction["reason"]) == ("claim.corrected", reason)
    assert correction["principal"].startswith("u-")
    changes = {change["field"]: (change["before"], change["after"]) for change in correction["changes"]}
    fields = {*held_then, *holds_now}
    assert changes == {field: (held_then.get(field), holds_now.get(field)) for field in fields}

    before = correction["position"] - 1
    then = done(sample.get(f"{DOSSIER}/claims/{claim_id}", params={"as_of": before}))["content"]
    now = done(sample.get(f"{DOSSIER}/claims/{claim_id}"))["content"]
    assert {field: then[field] for field in held_then} == held_then
    assert {field: now[field] for field in holds_now} == holds_now


def test_a_correction_of_ours_holds_for_all_reported_time(sample: httpx.Client) -> None:
    told_then = done(sample.get(f"{DOSSIER}/claims/c314", params={"reported_by": "2019-04-01"}))
    assert told_then["content"]["measure"] == "died"


def test_the_retrospective_tells_of_2014_only_to_whoever_asks_after_it_came_out(sample: httpx.Client) -> None:
    before = claims(sample, report="retrospective-2024-01", reported_by="2023-12-31")
    after = claims(sample, report="retrospective-2024-01", reported_by="2024-02-01")
    assert before == {}
    assert after["c401"]["content"]["when"] == "2014-06-29"
    hidden = sample.get(f"{DOSSIER}/claims/c401", params={"reported_by": "2023-12-31"})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_reported_yet")
    # What it tells of 2014 is found at 2014, whenever it was told.
    assert "c401" in claims(sample, at="2014-06-29", reported_by="2024-02-01")


@pytest.mark.parametrize(
    ("report", "too_early", "possible_from", "uncertain", "certain_from"),
    [
        # Bounds that were inferred from what the reports say.
        ("enclave-2018-10", "2018-10-17", "2018-10-18", "2018-10-30", "2018-10-31"),
        ("hajin-2018-12", "2018-11-30", "2018-12-01", "2018-12-16", "2018-12-17"),
        # Only the month is known.
        ("retrospective-2024-01", "2023-12-31", "2024-01-01", "2024-01-30", "2024-01-31"),
    ],
)
def test_a_report_dated_to_a_month_is_possible_before_it_is_certain(
    sample: httpx.Client, report: str, too_early: str, possible_from: str, uncertain: str, certain_from: str
) -> None:
    def told(by: str, certainty: str) -> bool:
        return bool(claims(sample, report=report, reported_by=by, certainty=certainty))

    assert not told(too_early, "possible")
    assert told(possible_from, "possible")
    assert not told(uncertain, "certain")
    assert told(certain_from, "certain")


def test_an_answer_says_that_a_date_was_inferred(sample: httpx.Client) -> None:
    inferred = {
        report["id"]: report["publication"]["inferred"] for report in done(sample.get(f"{DOSSIER}/reports"))["items"]
    }
    assert inferred["hajin-2018-12"] is True
    assert inferred["retrospective-2024-01"] is False


def test_the_same_file_again_changes_nothing(installation: Running, sample: httpx.Client) -> None:
    head = done(sample.get(DOSSIER))["head"]
    environment = os.environ | {"KRONIEK_URL": installation.url, "KRONIEK_TOKEN": installation.make_token()[0]}
    subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", "import", str(ROOT / "examples" / "hajin-baghouz.yaml")],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert done(sample.get(DOSSIER))["head"] == head, "a colleague with another token changes nothing either"
