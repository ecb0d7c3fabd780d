"""`kroniek follow`: from when, of what, and an answer as it changes."""

import itertools
import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, Running, control, done, eventually, figure
from tests.interfaces.running_kroniek import KRONIEK, command, environment

TODAY = datetime.now(UTC).date()


class Follower:
    """`kroniek follow` in a process of its own; what it says beside its lines is among them."""

    def __init__(self, settings: dict[str, str], arguments: tuple[str, ...], folder: Path) -> None:
        self.process = subprocess.Popen(
            [KRONIEK, "follow", *arguments],
            cwd=folder, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def lines(self, number: int) -> list[str]:
        assert self.process.stdout
        told = list(itertools.islice(self.process.stdout, number))
        assert len(told) == number, f"it ended with {self.process.wait()}: {''.join(told)}"
        return [line.rstrip("\n") for line in told]

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0


@pytest.fixture
def settings(installation: Running, furnished: Dossier) -> dict[str, str]:
    # A worker that has just been started takes its time.
    eventually(lambda: furnished.get().status_code == 200, "the read models are there")
    return {
        "KRONIEK_URL": installation.url,
        "KRONIEK_TOKEN": installation.token,
        "KRONIEK_DOSSIER": furnished.id,
    }


@pytest.fixture
def follow(settings: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Follower]]:
    begun: list[Follower] = []

    def follow(*arguments: str) -> Follower:
        begun.append(Follower(settings, arguments, tmp_path))
        return begun[-1]

    yield follow
    for follower in begun:
        follower.process.kill()
        follower.process.wait()


def events_of(dossier: Dossier, **query: int) -> list[Any]:
    items: list[Any] = done(dossier.http.get(f"{dossier.path}/events", params=query))["items"]
    return items


def said(event: str) -> str:
    """A line without its time."""
    position, _, *words = event.split()
    return " ".join([position, *words])


def test_only_what_matches_every_option_is_told(follow: Callable[..., Follower], furnished: Dossier) -> None:
    furnished.record("places", id="baghouz", name="الباغوز", kind="village", within="syria")
    furnished.record("claims", id="b1", **figure(place="baghouz"))
    follower = follow(
        "--since", "0", "--place", "baghouz", "--place", "hajin", "--family", "record", "--kind", "figure"
    )
    furnished.change("claims/b1/corrections", set={"best": 7}, **WHY)
    furnished.change("claims/c2/corrections", set={"extent": "most"}, **WHY)
    furnished.change("claims/c1/corrections", set={"best": 8}, **WHY)
    head = furnished.position
    assert [said(line) for line in follower.lines(2)] == [
        f"{head - 2} the desk claim b1 corrected: best is now 7 in statement 1 (because: a test)",
        f"{head} the desk claim c1 corrected: best is now 8 in statement 1 (because: a test)",
    ]
    follower.end()


def test_a_date_means_the_whole_of_it_and_is_told_as_a_position(
    follow: Callable[..., Follower], furnished: Dossier
) -> None:
    head = furnished.position
    follower = follow("--since", TODAY.isoformat(), "--type", "claim.recorded")
    first, *events = follower.lines(3)
    assert first == f"since {TODAY}: {head} events, after position 0"
    assert [said(event).split()[:5] for event in events] == [
        [str(head - 1), "the", "desk", "claim", "c1"], [str(head), "the", "desk", "claim", "c2"],
    ]  # fmt: skip
    follower.end()


def test_a_year_is_no_position_of_a_log_that_is_shorter(follow: Callable[..., Follower], furnished: Dossier) -> None:
    follower = follow("--since", str(TODAY.year))
    told, first = follower.lines(2)
    assert told == f"since {TODAY.year}: {furnished.position} events, after position 0"
    assert said(first).startswith("1 the desk dossier")
    follower.end()


def test_a_moment_will_do_as_well(follow: Callable[..., Follower], furnished: Dossier) -> None:
    head = furnished.position
    furnished.record("claims", id="c3", **figure(best=3))
    furnished.record("claims", id="c4", **figure(best=4))
    later = events_of(furnished, after=head + 1)[0]["time"]
    # What was recorded at that very moment is told.
    follower = follow("--since", later)
    told, event = follower.lines(2)
    assert told == f"since {later}: 1 event, after position {head + 1}"
    assert f"{head + 2}" in event
    follower.end()


def test_what_was_told_last_is_where_to_go_on(follow: Callable[..., Follower], furnished: Dossier) -> None:
    follower = follow("--json", "--since", "0")
    events = [json.loads(line) for line in follower.lines(5)]
    follower.end()
    assert [event["position"] for event in events] == [1, 2, 3, 4, 5]
    assert events == events_of(furnished, limit=5)
    # The name that it had before does as well.
    follower = follow("--json", "--after", events[-1]["cursor"])
    assert json.loads(follower.lines(1)[0])["position"] == 6
    follower.end()


def test_an_answer_is_told_before_and_after_with_its_family_and_reason(
    follow: Callable[..., Follower], furnished: Dossier
) -> None:
    follower = follow("--question", "control", "--place", "hajin", "--since", str(furnished.position))
    furnished.record("claims", id="n1", **control("dec", actor="sdf", when="2018-12-20"))
    head = furnished.position
    assert [said(line) for line in follower.lines(1)] == [
        f"{head} world control of Hajin: Islamic State (last known, SOHR) → "
        "Syrian Democratic Forces (last known, 1 unattributed)",
    ]
    assert follower.lines(1)[0].split() == ["claim", "n1", "recorded"]
    furnished.change("claims/n1/corrections", set={"actor": None}, reason="it names nobody")
    changed, because = follower.lines(2)
    assert said(changed).startswith(f"{head + 1} record control of Hajin: Syrian Democratic Forces")
    assert because.strip() == "claim n1 corrected (because: it names nobody)"
    follower.end()


def test_what_has_no_date_is_told_where_it_is_asked_for(follow: Callable[..., Follower], furnished: Dossier) -> None:
    asked = ("--question", "control", "--place", "enclave", "--at", "2018-12-17", "--since", str(furnished.position))
    dated, undated = follow(*asked), follow(*asked, "--undated")
    furnished.record("claims", id="n1", **control("dec", place="enclave", claimant="sohr"))
    head = furnished.position
    for follower, told in (
        (undated, "nobody (unknown) → Islamic State (undated, SOHR)"),
        (dated, "nobody (unknown), on other grounds: also n1"),
    ):  # fmt: skip
        assert said(follower.lines(1)[0]) == f"{head} world control of The enclave: {told}"
        follower.end()


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (["figures", "--topic", "fighters,people,subject:is,place:hajin"],
         "fighters of Islamic State, Hajin: 1,500 to 2,500, best 2,000 (1 unattributed) → "
         "1,500 to 5,500 (disagree, SOHR and 1 unattributed)"),
        (["disagreements", "--place", "deir-ez-zor"],
         "disagreements about Deir ez-Zor: none → 1 disagreement (c1/x1)"),
        (["disagreements", "--place", "deir-ez-zor", "--rule", "cannot-all-be-right@1"],
         "disagreements about Deir ez-Zor: none → 1 disagreement (c1/x1)"),
        (["record", "--source", "sohr"],
         "record of SOHR: reliability not graded, 1 claim, 0 reports → reliability not graded, 2 claims, 0 reports"),
    ],
)  # fmt: skip
def test_every_kind_of_answer_is_told_in_a_line(
    follow: Callable[..., Follower], furnished: Dossier, about: list[str], expected: str
) -> None:
    furnished.change("claims/c1/corrections", set={"when": "2018-10-01"}, **WHY)
    follower = follow("--question", *about, "--since", str(furnished.position))
    furnished.record("claims", id="x1", **figure("nov", best=5000, when="2018-10-01", claimant="sohr"))
    assert said(follower.lines(1)[0]) == f"{furnished.position} world {expected}"
    follower.end()


def test_an_assessment_tells_that_its_basis_moved(follow: Callable[..., Follower], furnished: Dossier) -> None:
    follower = follow("--question", "assessment", "--assessment", "a1", "--since", "0", "--json")
    refused = follower.lines(1)[0]
    assert "there is no assessment 'a1'" in refused
    furnished.record("assessments", id="a1", place="hajin", finding="Held", grade="fair", because="b", claims=["c2"])
    follower = follow("--question", "assessment", "--assessment", "a1", "--since", str(furnished.position))
    furnished.change("claims/c2/corrections", set={"extent": "most"}, **WHY)
    assert said(follower.lines(1)[0]) == (
        f"{furnished.position} record assessment a1: Held (fair) → Held (fair), basis moved: c2"
    )
    follower.end()


def test_another_log_is_told_and_followed_from_its_start(follow: Callable[..., Follower]) -> None:
    follower = follow("--since", "1.00000000")
    told, first = follower.lines(2)
    assert told == "The log is not the one that was followed; it is told anew from the start."
    assert said(first).startswith("1 the desk dossier")
    follower.end()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--place", "nowhere"], 1, "there is no place 'nowhere' in dossier"),
        (["--type", "claim.eaten"], 1, "there is no event type 'claim.eaten'"),
        (["--family", "theirs"], 1, "family"),
        (["--question", "weather"], 1, "question"),
        (["--question", "control"], 2, "--question control needs --place"),
        (["--question", "control", "--place", "a", "--place", "b"], 2, "a question is about one place"),
        (["--question", "control", "--place", "hajin", "--actor", "is"], 1, "'actor' is not a parameter"),
        (["--topic", "fighters,people"], 2, "--topic is of a question: say which one with --question"),
        (["--since", "last week"], 2, "--since: \"last week\" is not an EDTF date"),
        (["--since", (TODAY + timedelta(days=2)).isoformat()], 2, "is still to come"),
        (["--since", "12.zz"], 2, "--since:"),
        (["--since", "999999"], 2, "is still to come: the dossier has "),
        (["--dossier", "nope"], 1, "there is no dossier 'nope'"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused_in_a_line(
    settings: dict[str, str], tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    ended = command("follow", *arguments, cwd=tmp_path, **settings)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1), ended.stderr
    assert told in ended.stderr
