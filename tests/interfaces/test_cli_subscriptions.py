"""`kroniek webhook` against a running Kroniek with the sample dossier, and a receiver beside it."""

from collections.abc import Iterator

import pytest

from interfaces.messages.words import clean
from tests.interfaces.receiving import Receiver, Reply, receiver
from tests.interfaces.running import eventually
from tests.interfaces.running_kroniek import Kroniek, free_port

HEAD = 170


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    running = Kroniek.start(tmp_path_factory.mktemp("kroniek"), "demo")
    yield running
    running.stop()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


def stands(kroniek: Kroniek, id: str) -> dict[str, object]:
    (found,) = kroniek.rows("webhook", "show", id)
    return dict(found)


def test_a_secret_is_printed_alone_and_said_to_be_shown_once(kroniek: Kroniek, hook: Receiver) -> None:
    done = kroniek.run("webhook", "create", hook.url, "--id", "alone", "--from", "168")
    assert done.returncode == 0
    secret = done.stdout.strip()
    assert done.stderr.count("\n") == 1
    assert "shown this once" in done.stderr
    assert "every event, after position 168" in done.stderr
    eventually(lambda: hook.positions == [169, HEAD], "what came after 168 arrives")
    assert all(received.verified(secret) for received in hook.received)
    for said in (kroniek.ok("webhook", "show", "alone"), kroniek.ok("webhook", "list", "--json")):
        assert secret not in said


def test_filters_are_those_of_follow(kroniek: Kroniek, hook: Receiver) -> None:
    made = kroniek.ok(
        "webhook", "create", hook.url, "--id", "filtered", "--from", "0", "--place", "al-hol-camp", "--place", "hajin",
        "--family", "record", "--kind", "figure", "--json",
    )  # fmt: skip
    assert '"secret":"whsec_' in made
    eventually(lambda: stands(kroniek, "filtered")["position"] == HEAD, "all was looked at")
    assert hook.positions == [169]
    assert "place Al-Hol camp or Hajin" in kroniek.ok("webhook", "list")
    assert "family record" in kroniek.ok("webhook", "list")


def test_a_question_is_told_with_its_clocks(kroniek: Kroniek, hook: Receiver) -> None:
    kroniek.ok(
        "webhook", "create", hook.url, "--id", "hajin", "--from", "0", "--name", "مكتب الأخبار",
        "--question", "control", "--place", "hajin", "--at", "2018-12-17", "--reported-by", "2019-01-01",
        "--certainty", "possible",
    )  # fmt: skip
    (received,) = eventually(lambda: list(hook.received), "the answer arrives")
    assert received.message["type"] == "answer.changed"
    told = kroniek.ok("webhook", "show", "hajin")
    assert "control of Hajin, at 2018-12-17, possibly published by 2019-01-01" in told
    assert f"“{clean('مكتب الأخبار')}”" in told
    assert ", by root" in told


def test_what_has_no_date_and_the_rule_are_part_of_what_is_watched(kroniek: Kroniek, hook: Receiver) -> None:
    for id_, asked, watched, told in (
        ("undated", ("control", "--at", "2018-12-17", "--undated"),
         {"question": "control", "place": "hajin", "at": "2018-12-17", "undated": True},
         "control of Hajin, with what has no date, at 2018-12-17"),
        ("dated", ("control",), {"question": "control", "place": "hajin"}, "control of Hajin"),
        ("ruled", ("disagreements", "--rule", "cannot-all-be-right@1"),
         {"question": "disagreements", "place": "hajin", "rule": "cannot-all-be-right@1"},
         "disagreements about Hajin, by cannot-all-be-right@1"),
    ):  # fmt: skip
        kroniek.ok("webhook", "create", hook.url, "--id", id_, "--place", "hajin", "--question", *asked)
        assert stands(kroniek, id_)["watch"] == watched
        assert told in kroniek.ok("webhook", "show", id_)


def test_it_is_paused_resumed_replayed_changed_and_deleted(kroniek: Kroniek, hook: Receiver) -> None:
    kroniek.ok("webhook", "create", hook.url, "--id", "tended")
    assert "tended: paused, at 170; It moves" in kroniek.ok("webhook", "pause", "tended", "--because", "It moves")
    assert "It moves" in kroniek.ok("webhook", "list")
    assert "tended: active, at 170" in kroniek.ok("webhook", "resume", "tended")
    assert "tended: active, at 167, 3 behind" in kroniek.ok("webhook", "replay", "tended", "--from", "167")
    eventually(lambda: hook.positions == [168, 169, HEAD], "it is replayed")
    with receiver() as moved:
        kroniek.ok("webhook", "change", "tended", "--url", moved.url, "--name", "Moved")
        kroniek.ok("webhook", "replay", "tended", "--from", "169")
        eventually(lambda: moved.positions == [HEAD], "it goes to the other URL")
        assert moved.ids == hook.ids[-1:]
    assert kroniek.ok("webhook", "delete", "tended") == "tended is gone.\n"
    done = kroniek.run("webhook", "show", "tended")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "there is no subscription 'tended'" in done.stderr


def test_after_a_rotation_both_secrets_sign(kroniek: Kroniek, hook: Receiver) -> None:
    first = kroniek.ok("webhook", "create", hook.url, "--id", "rotated").strip()
    done = kroniek.run("webhook", "rotate", "rotated", "--overlap-s", "7200")
    assert "The one before signs for 2 hours more." in done.stderr
    kroniek.ok("webhook", "replay", "rotated", "--from", "169")
    (received,) = eventually(lambda: list(hook.received), "it is delivered")
    assert received.verified(first)
    assert received.verified(done.stdout.strip())
    assert "signs no more" in kroniek.run("webhook", "rotate", "rotated", "--overlap-s", "0").stderr


def test_what_fails_is_seen_in_the_list_and_in_the_deliveries(kroniek: Kroniek, hook: Receiver) -> None:
    hook.reply = lambda received: Reply(500, body="Not \x1b[31mtoday\n") if received.position == HEAD else Reply()
    kroniek.ok("webhook", "create", hook.url, "--id", "failing", "--from", "168")
    failing = eventually(lambda: kroniek.rows("webhook", "deliveries", "failing")[2:], "it is tried again")
    assert failing[-1]["position"] == 169
    for columns in ("80", "160"):
        told = kroniek.ok("webhook", "deliveries", "failing", COLUMNS=columns)
        assert "Not �[31mtoday" in told
        assert "next attempt" in " ".join(told.split())
        assert told.splitlines()[-1] == "3 attempts"
        assert max(map(len, told.splitlines())) <= int(columns)
        told = kroniek.ok("webhook", "list", COLUMNS=columns)
        assert "failing" in told
        assert "at 169, 1 behind" in told
        assert "500" in told
        assert max(map(len, told.splitlines())) <= int(columns)
    assert "1 attempt; there are more (--limit)" in kroniek.ok("webhook", "deliveries", "failing", "--limit", "1")
    hook.reply = lambda _: Reply(410)
    kroniek.ok("webhook", "resume", "failing")
    eventually(lambda: stands(kroniek, "failing")["status"] == "ended", "410 ends it")
    assert "a replay revives the subscription" in kroniek.ok("webhook", "show", "failing")
    assert "replay" in kroniek.run("webhook", "resume", "failing").stderr


def test_what_is_wrong_is_told_in_a_line(kroniek: Kroniek) -> None:
    here = f"http://127.0.0.1:{free_port()}/"
    for code, arguments, said in (
        (1, ("create", "https://169.254.169.254/latest"), "not an address of the public internet"),
        (1, ("create", "ftp://desk.example/"), "https://"),
        (1, ("create", here, "--place", "nowhere"), "there is no place 'nowhere'"),
        (1, ("create", here, "--type", "claim.nope"), "there is no event type 'claim.nope'"),
        (1, ("create", here, "--from", "9999"), "position 9999 is still to come"),
        (2, ("create", here, "--question", "control"), "--question control needs --place"),
        (1, ("replay", "nobody", "--from", "0"), "there is no subscription 'nobody'"),
        (2, ("create", here, "--from", "yesterday"), "--from takes a position"),
        (2, ("create", here, "--topic", "killed,people"), "--topic is of a question"),
        (2, ("create", here, "--undated"), "--undated is of a question"),
        (2, ("create", here, "--question", "control", "--place", "hajin", "--place", "syria"), "give --place once"),
        (2, ("change", "nobody"), "--url, --name or both"),
    ):
        done = kroniek.run("webhook", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert said in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr


def test_without_a_token_nothing_of_them_is_told(kroniek: Kroniek) -> None:
    done = kroniek.run("webhook", "list", KRONIEK_DATA_DIR="elsewhere", KRONIEK_URL=f"http://127.0.0.1:{kroniek.port}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Set KRONIEK_TOKEN" in done.stderr


def test_every_command_of_the_group_has_help_with_an_example() -> None:
    from typer.testing import CliRunner

    from interfaces.cli.main import app
    from interfaces.cli.subscriptions import webhooks

    names = [command.name or command.callback.__name__ for command in webhooks.registered_commands if command.callback]
    assert len(names) == 10
    for name in names:
        told = CliRunner().invoke(app, ["webhook", name, "--help"])
        assert told.exit_code == 0
        assert "Example" in told.stdout
        assert f"kroniek webhook {name}" in told.stdout
