"""The commands against a running Kroniek, with the sample dossier, as people type them."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from interfaces.messages.words import clean
from tests.interfaces.running import ROOT
from tests.interfaces.running_kroniek import KRONIEK, Kroniek, command, environment, free_port


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    running = Kroniek.start(tmp_path_factory.mktemp("kroniek"), "demo")
    yield running
    running.stop()


def test_claims_are_a_table_that_a_person_reads(kroniek: Kroniek) -> None:
    told = kroniek.ok("claims", "--measure", "fighters", "--place", "hajin-enclave", "--reported-by", "2019-01-01")
    assert "about 2,000 fighters of Islamic State" in told
    assert "United States officials" in told
    assert "about 5,000 fighters of Islamic State" in told
    assert "unattributed" in told
    assert "certainly published by 2019-01-01" in told
    assert "\x1b" not in told


def test_claims_by_the_clock_of_publication(kroniek: Kroniek) -> None:
    asked = ("claims", "--place", "hajin", "--kind", "control", "--reported-by")
    assert kroniek.rows(*asked, "2018-12-01") == []
    found = {row["id"]: row["content"]["status"] for row in kroniek.rows(*asked, "2019-01-01")}
    assert found["c102"] == "contests"
    assert found["c201"] == "controls"


def test_claims_fetch_every_page_or_as_many_as_are_asked_for(kroniek: Kroniek) -> None:
    assert len(kroniek.rows("claims")) == 97
    assert [row["id"] for row in kroniek.rows("claims", "--limit", "3")] == ["c001", "c002", "c003"]
    assert "3 claims; there are more" in kroniek.ok("claims", "--limit", "3")


def test_a_narrow_terminal_gets_a_table_that_fits(kroniek: Kroniek) -> None:
    told = kroniek.ok("claims", "--limit", "5", COLUMNS="70")
    assert max(map(len, told.splitlines())) <= 70


def test_colours_are_for_terminals_only_and_names_print_in_every_script(kroniek: Kroniek) -> None:
    kroniek.ok("correct", "c318", "--set", "text=مخيم الهول, Kobanî, 難民", "--reason", "Written in three scripts")
    told = kroniek.ok("claims", "--report", "baghouz-2019-03", "--kind", "occurrence", NO_COLOR="1")
    assert f"pause: {clean('مخيم الهول, Kobanî, 難民')}" in told
    assert "\x1b" not in told


def test_a_history_reads_like_an_account(kroniek: Kroniek) -> None:
    told = [line.strip() for line in kroniek.ok("history", "c314").splitlines()]
    assert "recorded claim c314" in told[0]
    assert "in “Report on the final offensive at Baghouz, March 2019” (baghouz-2019-03, published 2019-03)" in told
    assert "more than 20 children killed, Al-Hol camp, 2019-02/2019-03" in told
    assert "note: Died of the cold" in told
    assert "because: Dead of cold were recorded as killed" in told
    assert "measure: killed → died" in told
    assert "note: Died of the cold → nothing" in told
    assert told[-1] == "It now says: more than 20 children who died (cause: cold)."


def test_a_claim_is_corrected_revised_graded_retracted_and_reinstated(kroniek: Kroniek) -> None:
    told = kroniek.ok("correct", "c108", "--set", "best=2100", "--set", "claimant=", "--set", "when=2018", "-r", "So")
    assert "c108 is at version 2" in told
    assert "best: 2,000 → 2,100" in told
    assert "claimant: United States officials → nothing" in told
    assert "when: 2018-12 → 2018" in told
    told = kroniek.ok("revise", "c108", "--report", "baghouz-2019-03", "--set", "best=2200")
    assert "best (statement 2): 2,100 → 2,200" in told
    assert "credibility: nothing → 2" in kroniek.ok("grade", "c108", "2", "--reason", "Two officials say so")
    assert "credibility: 2 → nothing" in kroniek.ok("grade", "c108", "none", "--reason", "That was of another")
    assert "nothing changed" in kroniek.ok("grade", "c108", "none", "--reason", "Again")
    assert "credibility: nothing → 2" in kroniek.ok("grade", "c108", "2", "--reason", "Two officials say so")
    assert "reliability: nothing → B" in kroniek.ok("grade", "source/us-officials", "B", "--reason", "A long record")
    assert kroniek.run("grade", "c108", "B", "--reason", "So").returncode == 2
    assert "nothing changed" in kroniek.ok("grade", "c108", "2", "--reason", "Two officials say so")
    assert "standing: stands → retracted" in kroniek.ok("retract", "c108", "--reason", "Not in the report")
    assert "c108" not in kroniek.ok("claims", "--measure", "fighters")
    assert "c108" in kroniek.ok("claims", "--status", "retracted")
    assert "standing: retracted → stands" in kroniek.ok("reinstate", "c108", "--reason", "It is, on page 2")
    told = kroniek.ok("withdraw", "c108", "--report", "baghouz-2019-03", "--reason", "Taken back")
    assert "standing: stands → withdrawn" in told
    told = kroniek.ok("retract", "c108", "--statement", "3", "--reason", "It never was")
    assert "standing: withdrawn → stands" in told
    assert "standing (statement 3): withdrawn → retracted" in told
    told = kroniek.ok("reinstate", "c108", "--statement", "3", "--reason", "It was")
    assert "standing: stands → withdrawn" in told


def test_what_became_of_a_report_is_recorded_and_taken_back(kroniek: Kroniek) -> None:
    report = "report/baghouz-2019-03"
    told = kroniek.ok("withdraw", report, "--when", "2019-05", "-r", "Gone from its site")
    assert f"{report} is at version 2" in told
    assert "retract the withdrawal" in kroniek.run("reinstate", report, "-r", "It had moved").stderr
    assert "withdrawn: nothing → 2019-05: Gone from its site" in told
    assert "withdrawn: 2019-05: Gone from its site → nothing" in kroniek.ok(
        "retract", report, "--withdrawal", "-r", "It had moved"
    )
    assert "was not withdrawn" in kroniek.run("retract", report, "--withdrawal", "-r", "Again").stderr
    assert "--statement N" in kroniek.run("retract", "c108", "--withdrawal", "-r", "It took nothing back").stderr
    assert "discredited because: nothing → Made up" in kroniek.ok("discredit", "baghouz-2019-03", "-r", "Made up")
    told = kroniek.ok("discredit", "baghouz-2019-03", "--lift", "-r", "Borne out")
    assert "discredited because: Made up → nothing" in told
    wrong = kroniek.run("retract", "rport/oct", "-r", "So")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "actor, place, incident or person, not of 'rport'" in wrong.stderr


def test_a_finding_is_upheld_and_a_slip_of_a_revision_taken_back(kroniek: Kroniek) -> None:
    issued = {"id": "left", "place": "hajin", "finding": "About 2,000 are left", "grade": "fair",
              "because": "Two voices", "claims": ["c108", "c207"]}  # fmt: skip
    sample = (ROOT / "examples" / "hajin-baghouz.yaml").read_text("utf-8")
    (kroniek.folder / "left.yaml").write_text(f"{sample}\nassessments: [{json.dumps(issued)}]\n", "utf-8")
    kroniek.ok("import", "left.yaml")
    assert "assessment upheld" in kroniek.ok("uphold", "left", "-r", "The count was mended; it stands")
    same = kroniek.run("revise", "assessment/left", "--set", "grade=fair", "-r", "So")
    assert (same.returncode, "`kroniek uphold left`" in same.stderr) == (1, True)
    assert "grade: fair → weak" in kroniek.ok("revise", "assessment/left", "--set", "grade=weak", "-r", "Of another")
    assert "grade: weak → fair" in kroniek.ok("retract", "assessment/left", "--revision", "-r", "A slip")
    assert "grade: fair → weak" in kroniek.ok("reinstate", "assessment/left", "--revision", "-r", "No slip")
    kroniek.ok("retract", "assessment/left", "--revision", "-r", "A slip")
    assert "assessment revision retracted" in kroniek.ok("retract", "assessment/left", "--revision", "-r", "Nobody did")
    none = kroniek.run("retract", "assessment/left", "--revision", "-r", "A slip")
    assert (none.returncode, "no revision of assessment 'left' stands" in none.stderr) == (1, True)
    told = kroniek.ok("history", "assessment/left")
    assert "upheld it" in told
    assert "because: The count was mended; it stands" in told
    assert "took back the last revision of it" in told
    for wrong in (
        ("retract", "left", "--revision"), ("retract", "source/sohr", "--revision"), ("uphold", "source/sohr"),
        ("retract", "assessment/left", "--revision", "--statement", "1"),
        ("reinstate", "assessment/left", "--revision", "--statement", "1"),
    ):  # fmt: skip
        refused = kroniek.run(*wrong, "-r", "So")
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr


def test_sources_that_are_one_are_merged_and_split_again(kroniek: Kroniek) -> None:
    told = kroniek.ok("merge", "source/us-officials", "source/sohr", "-r", "One office")
    assert "merged into: nothing → sohr" in told
    again = kroniek.run("merge", "source/sohr", "us-officials", "-r", "One office")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "'sohr' would be merged into itself" in again.stderr
    assert "merged into: sohr → nothing" in kroniek.ok("split", "source/us-officials", "-r", "Two after all")
    assert kroniek.run("merge", "c108", "c110", "-r", "One").returncode == 2
    # The one that goes on tells of it too.
    history = kroniek.ok("history", "source/sohr")
    assert history.index("source us-officials") < history.index("One office") < history.index("Two after all")
    assert "merged source us-officials into it" in history and "split source us-officials off from it" in history
    assert "merged into: nothing" not in history


def test_a_refusal_is_one_line_and_exit_code_1(kroniek: Kroniek) -> None:
    for arguments, said in (
        (("correct", "c002", "--set", "low=-4", "-r", "So"), "set.low is -4; a figure cannot be negative"),
        (("correct", "c002", "--set", "lwo=4", "-r", "So"), "lwo' is not a field here; did you mean 'low'?"),
        (("correct", "c002", "--set", "low=4", "-r", "So", "--if-version", "7"), "is at version 1, not 7"),
        (("history", "nope"), "there is no claim 'nope'"),
        (("claims", "--place", "nope"), "there is no place 'nope'"),
        (("claims", "--dossier", "nope"), "there is no dossier 'nope'"),
    ):
        done = kroniek.run(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_command_asked_wrongly_is_exit_code_2(kroniek: Kroniek, tmp_path: Path) -> None:
    assert kroniek.run("claims", "--mesure", "killed").returncode == 2
    assert kroniek.run("correct", "c002", "--set", "low", "-r", "So").returncode == 2
    nobody = command("claims", cwd=tmp_path, KRONIEK_URL=f"http://127.0.0.1:{free_port()}")
    assert nobody.returncode == 2
    assert "`kroniek up` starts one here" in nobody.stderr
    assert nobody.stderr.count("\n") == 1


def test_without_a_token_one_reads_and_does_not_write(kroniek: Kroniek, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{kroniek.port}"
    assert command("dossiers", cwd=tmp_path, KRONIEK_URL=url).returncode == 0
    done = command("retract", "c002", "-r", "So", cwd=tmp_path, KRONIEK_URL=url)
    assert done.returncode == 1
    assert "Set KRONIEK_TOKEN" in done.stderr


def test_users_and_tokens_are_made_listed_and_revoked(kroniek: Kroniek) -> None:
    user = kroniek.ok("user", "create", "Fact desk", "--email", "desk@example.org").strip()
    token = kroniek.ok("token", "create", "laptop", "--of", "fact desk").strip()
    said = kroniek.ok("whoami", KRONIEK_TOKEN=token)
    assert "Fact desk" in said and "No role in any dossier yet" in said
    assert "none that you may read" in kroniek.run("grade", "c005", "4", "-r", "One voice", KRONIEK_TOKEN=token).stderr
    kroniek.ok("grant", "give", "recorder", "--to", "fact desk")
    refused = kroniek.run("grade", "c005", "4", "-r", "One voice", KRONIEK_TOKEN=token).stderr
    assert "takes the role of an editor in dossier 'hajin-baghouz'" in " ".join(refused.split())
    kroniek.ok("grant", "give", "editor", "--to", user, "--everywhere", "--until", "2099-12-31", "--because", "Trusted")
    said = kroniek.ok("whoami", KRONIEK_TOKEN=token)
    assert "recorder in hajin-baghouz" in said and "editor in all dossiers until 31 December 2099" in said
    assert kroniek.ok("grade", "c005", "4", "-r", "One voice", KRONIEK_TOKEN=token)
    assert "Fact desk graded it" in kroniek.ok("history", "c005")
    (held,) = kroniek.rows("token", "list", "--of", user)
    assert (held["name"], held["principal"], held["revoked_at"]) == ("laptop", user, None)
    own = kroniek.ok("token", "create", "phone", "--no-end", KRONIEK_TOKEN=token).strip()
    said = kroniek.ok("token", "revoke", held["id"])
    assert said == f"{held['id']} opens nothing more, and 1 token that had been made with it.\n"
    assert "revoked" in kroniek.run("grade", "c005", "5", "-r", "So", KRONIEK_TOKEN=own).stderr
    assert "goes by 'FACT DESK'" in kroniek.run("program", "create", "FACT DESK").stderr
    assert "no user or program 'Nobody'" in kroniek.run("token", "create", "x", "--of", "Nobody").stderr
    assert "signs nothing more" in kroniek.ok("user", "end", "Fact desk")
    assert "no user or program" in kroniek.run("user", "end", "Fact desk").stderr
    (gone,) = [one for one in kroniek.rows("user", "list") if one["principal"] == user]
    assert gone["ended_at"]


def test_what_is_granted_is_listed_and_taken_back(kroniek: Kroniek) -> None:
    user = kroniek.ok("user", "create", "Visitor").strip()
    grant = kroniek.ok(
        "grant", "give", "analyst", "--to", "visitor", "--because", "In January", "--local", "--everywhere"
    )
    (told,) = [one for one in kroniek.rows("grant", "list") if one["holder"] == user]
    assert (told["id"], told["dossier"], told["granted_by"]) == (grant.strip(), None, "operator")
    shown = kroniek.ok("grant", "list", "--role", "analyst")
    assert all(word in shown for word in ("Visitor", "all dossiers", "In January", "operator"))
    assert "exclude each other" in kroniek.run("grant", "list", "--everywhere", "--dossier", "hajin-baghouz").stderr
    assert "--dossier or --everywhere" in kroniek.run("grant", "give", "reader", "--to", "anyone", "--local").stderr
    opened = kroniek.ok("grant", "give", "reader", "--to", "anyone").strip()
    assert "open to anyone" in kroniek.ok("dossiers")
    kroniek.ok("grant", "revoke", opened)
    said = kroniek.ok("grant", "revoke", told["id"], "--everywhere", "--because", "Left")
    assert said == f"Visitor is no longer an analyst in all dossiers by {told['id']}.\n"
    assert user not in kroniek.ok("grant", "list", "--json")
    assert "taken back" in kroniek.ok("grant", "list", "--everywhere", "--over")
    (then,) = [one for one in kroniek.rows("grant", "list", "--as-of", str(told["position"])) if one["holder"] == user]
    assert then["revoked_at"] is None
    own = next(one for one in kroniek.rows("grant", "list", "--everywhere") if one["role"] == "admin")
    assert "nobody else administers" in kroniek.run("grant", "revoke", own["id"], "--everywhere").stderr
    narrow = kroniek.ok("token", "create", "narrow", "--role", "reader", "--only", "hajin-baghouz").strip()
    assert "no more than reader in hajin-baghouz" in " ".join(kroniek.ok("whoami", KRONIEK_TOKEN=narrow).split())
    assert "role of an editor" in kroniek.run("grade", "c005", "5", "-r", "So", KRONIEK_TOKEN=narrow).stderr


def test_a_token_of_ones_own_is_revoked_by_its_name(kroniek: Kroniek) -> None:
    kroniek.ok("token", "create", "late shift", "--days", "1")
    assert "called 'Late Shift' already" in kroniek.run("token", "create", "Late Shift").stderr
    assert "opens nothing more" in kroniek.ok("token", "revoke", "late shift")
    assert "no token 'late shift' that holds" in kroniek.run("token", "revoke", "late shift").stderr
    assert "exclude each other" in kroniek.run("token", "create", "x", "--days", "1", "--no-end").stderr


def test_the_first_of_an_installation_are_made_in_the_database(kroniek: Kroniek) -> None:
    principal = kroniek.ok("user", "create", "Operator", "--local").strip()
    token = kroniek.ok("token", "create", "first", "--of", "operator", "--local").strip()
    assert principal in kroniek.ok("whoami", KRONIEK_TOKEN=token)
    assert "goes by 'operator'" in kroniek.run("user", "create", "operator", "--local").stderr
    assert "kroniek user create" in kroniek.run("token", "create", "x", "--of", "Nobody", "--local").stderr
    assert "--local needs --of" in kroniek.run("token", "create", "x", "--local").stderr


def following(kroniek: Kroniek, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [KRONIEK, "follow", *arguments],
        cwd=kroniek.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_log_is_followed_live_over_a_lost_connection(kroniek: Kroniek) -> None:
    follower = following(kroniek, "--json", "--after", "0", "--type", "claim.graded")
    assert follower.stdout
    first: Any = json.loads(follower.stdout.readline())
    assert first["subject"] == "claim/c003"
    # The API is killed and started again: what is recorded after comes through, and nothing a second time.
    noted = json.loads((kroniek.folder / ".kroniek" / "run" / "api.json").read_text())
    os.kill(noted["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (done := kroniek.run("grade", "c010", "3", "-r", "Counted once")).returncode != 0:
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.2)
    told = []
    for line in follower.stdout:
        told.append(line)
        if '"claim/c010"' in line:
            break
    follower.send_signal(signal.SIGINT)
    assert follower.wait(10) == 0
    positions = [json.loads(line)["position"] for line in told if line.startswith("{")]
    assert positions == sorted(set(positions))
    assert any("connected again" in line for line in told)


def test_followed_changes_are_told_in_words(kroniek: Kroniek) -> None:
    (dossier,) = kroniek.rows("dossiers")
    follower = following(kroniek, "--since", str(dossier["position"]))
    assert follower.stdout
    kroniek.ok("correct", "c016", "--set", "hedge=possible", "-r", "The report is careful")
    line = follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    follower.wait(10)
    assert "claim c016 corrected: hedge is now possible in statement 1 (because: The report is careful)" in line


def database_of(kroniek: Kroniek) -> "psycopg.Connection[Any]":
    addresses = json.loads((kroniek.folder / ".kroniek" / "run" / "addresses").read_text())
    return psycopg.connect(addresses["database_url"].replace("+psycopg", ""), autocommit=True)


def test_verify_says_where_live_rows_differ_and_rebuild_mends_them(kroniek: Kroniek) -> None:
    assert "live and rebuilt rows are the same" in kroniek.ok("verify")
    with database_of(kroniek) as connection:
        connection.execute("update claims set credibility = 1 where claim_id = 'c004' and credibility = 6")
    done = kroniek.run("verify")
    assert done.returncode == 1
    assert "claim_id=c004" in done.stdout
    assert "credibility is 1 live, 6 rebuilt" in done.stdout
    assert "rebuilt and switched" in kroniek.ok("rebuild", "claims", "--dossier", "hajin-baghouz")
    assert kroniek.run("verify").returncode == 0


def test_operators_are_told_what_is_not_there(kroniek: Kroniek, tmp_path: Path) -> None:
    assert "does not stand still" in kroniek.ok("retry", "hajin-baghouz")
    assert "There is no dossier 'nope'" in kroniek.run("retry", "nope").stderr
    assert "There is no read model 'nope'" in kroniek.run("rebuild", "nope").stderr
    assert "The tables are those of this release" in kroniek.ok("migrate")
    alone = command("verify", cwd=tmp_path)
    assert (alone.returncode, alone.stderr.count("\n")) == (2, 1)
    bad = command("migrate", cwd=tmp_path, KRONIEK_DATABASE_URL="mysql://x/y")
    assert (bad.returncode, bad.stderr.count("\n")) == (2, 1)


def test_every_command_has_help_with_an_example() -> None:
    listed = ("up", "demo", "import", "schema", "dossiers", "claims", "history", "follow", "correct", "revise",
              "withdraw", "retract", "reinstate", "grade", "discredit", "migrate", "rebuild", "verify",
              "retry")  # fmt: skip
    from typer.testing import CliRunner

    from interfaces.cli.main import app

    for name in [[each] for each in listed] + [["token", each] for each in ("create", "list", "revoke")]:
        told = CliRunner().invoke(app, [*name, "--help"])
        assert told.exit_code == 0
        assert "Example" in told.stdout
        assert "kroniek " + " ".join(name) in told.stdout
