"""The Python client against a running API: records, asks and follows, over a line that breaks as well."""

import asyncio
import itertools
import os
import re
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from interfaces.client import (
    AsyncKroniek,
    Conflict,
    CorrectClaim,
    DescribeDossier,
    Dossier,
    Kroniek,
    LogReset,
    Moved,
    NotFound,
    OpenDossier,
    Problem,
    RecordControl,
    RecordFigure,
    RecordStatement,
    Refused,
    RegisterPlace,
    RetractClaim,
    Stream,
    Unauthorized,
    Unavailable,
)
from interfaces.client.events import Event
from interfaces.client.generator.written import CLIENT
from tests.interfaces import running
from tests.interfaces.between import Between, between
from tests.interfaces.running import PATIENCE_S, ROOT, Running, eventually


@pytest.fixture(scope="module")
def kroniek(installation: Running) -> Iterator[Kroniek]:
    with Kroniek(installation.url, installation.token) as there:
        yield there


@pytest.fixture
def dossier(kroniek: Kroniek, furnished: running.Dossier) -> Dossier:
    """A furnished dossier: see `running.FURNITURE`."""
    return kroniek.dossier(furnished.id)


@pytest.fixture
def line(installation: Running) -> Iterator[Between]:
    with between(installation.port) as line:
        yield line


@pytest.fixture
def far(installation: Running, line: Between, dossier: Dossier) -> Iterator[Dossier]:
    """The same dossier, over a bad line."""
    with Kroniek(line.url, installation.token, timeout_s=PATIENCE_S, silence_s=PATIENCE_S) as there:
        yield there.dossier(dossier.id)


def fighters(id: str | None = None, **fields: Any) -> RecordFigure:
    given = {"measure": "fighters", "unit": "people", "qualifier": "about", "best": 2000, "subject": "is"}
    return RecordFigure(id=id, report="nov", **({**given, "place": "hajin"} | fields))


def said(number: int) -> RecordStatement:
    return RecordStatement(id=f"s{number}", report="nov", nature="observation", text=f"{number} مخيم الهول")


def test_a_dossier_is_opened_and_described(kroniek: Kroniek) -> None:
    kroniek.open(OpenDossier(id="kobani", title="Kobanî", time_zone="Asia/Damascus"))
    dossier = kroniek.dossier("kobani")
    done = dossier.send(DescribeDossier(set={"title": "Kobanî, 2014"}), if_match=dossier.read().etag)
    read = dossier.read(min_position=done.position)
    assert (read.title, read.version, read.head, read.time_zone) == ("Kobanî, 2014", 2, 2, "Asia/Damascus")
    assert "kobani" in [item.id for item in kroniek.dossiers(limit=1)]
    dossier.batch([DescribeDossier(set={"summary": "s"})])
    assert dossier.read(min_position=3).summary == "s"


def test_a_claim_is_recorded_read_and_corrected_at_the_version_that_was_read(dossier: Dossier) -> None:
    done = dossier.send(fighters("f1", original="مقاتل"))
    assert (done.id, done.version, done.changed) == ("f1", 1, True)
    claim = dossier.claim("f1", min_position=done.position)
    assert (claim.content.best, claim.content.original, claim.report.label) == (2000, "مقاتل", "November")
    corrected = dossier.send(CorrectClaim(id="f1", set={"best": 1500}, reason="misread"), if_match=claim.etag)
    assert corrected.version == 2
    with pytest.raises(Moved) as moved:
        dossier.send(CorrectClaim(id="f1", set={"best": 1400}, reason="misread"), if_match=claim.etag)
    assert (moved.value.status, moved.value.code) == (412, "version_moved")
    dossier.send(
        CorrectClaim(id="f1", set={"best": None, "low": 1400, "qualifier": "at_least"}, reason="r"), if_match="*"
    )
    history = dossier.history("claim", "f1", min_position=corrected.position + 1)
    assert [(entry.type, entry.reason) for entry in history.items] == [
        ("claim.recorded", None), ("claim.corrected", "misread"), ("claim.corrected", "r"),
    ]  # fmt: skip
    by_pages = dossier.history("claim", "f1", limit=2)
    assert (by_pages.items, by_pages.next, by_pages.version) == (history.items, None, 3)
    assert dossier.history("claim", "f1", limit=1, order="newest").items == history.items[::-1]
    then = dossier.claim("f1", as_of=done.position)
    assert (then.content.best, dossier.claim("f1").content.low) == (2000, 1400)


def test_what_is_identical_is_warned_of(dossier: Dossier) -> None:
    dossier.send(fighters("f1"))
    assert [warning.code for warning in dossier.send(fighters("f2")).warnings] == ["identical_figure"]


def test_the_server_makes_an_id_where_none_is_named(dossier: Dossier) -> None:
    done = dossier.send(fighters())
    assert dossier.claim(done.id, min_position=done.position).content.best == 2000


@pytest.mark.parametrize(
    ("command", "if_match", "kind", "code", "pointer"),
    [
        (fighters("f1", place="nowhere"), None, Refused, "unknown_reference", "/place"),
        (CorrectClaim(id="c1", set={"best": 1}, reason=" "), "*", Refused, "reason_empty", "/reason"),
        (CorrectClaim(id="c1", set={"best": 1}, reason="r"), None, Refused, "version_needed", None),
        (RetractClaim(id="nope", reason="r"), "*", NotFound, "no_such_item", "/id"),
        (fighters("c2"), None, Conflict, "already_exists", "/id"),
    ],
)
def test_what_is_refused_says_why_and_where(
    dossier: Dossier, command: Any, if_match: Any, kind: type[Problem], code: str, pointer: str | None
) -> None:
    with pytest.raises(kind) as refused:
        dossier.send(command, if_match=if_match)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert refused.value.body["detail"] in str(refused.value)


def test_without_a_token_one_reads_and_does_not_write(installation: Running, dossier: Dossier) -> None:
    with Kroniek(installation.url) as nobody:
        assert nobody.dossier(dossier.id).claim("c1").content.best == 2000
        with pytest.raises(Unauthorized):
            nobody.dossier(dossier.id).send(fighters())


def test_a_batch_is_carried_out_whole_or_not_at_all(dossier: Dossier) -> None:
    commands = [RegisterPlace(id="baghouz", name="الباغوز", kind="village"), fighters("f1", place="baghouz")]
    tried = dossier.batch(commands, dry_run=True)
    assert (tried.dry_run, [line.changed for line in tried.items]) == (True, [True, True])
    done = dossier.batch(
        [*commands, (CorrectClaim(id="c1", set={"best": 7}, reason="r"), dossier.claim("c1").etag or "")]
    )
    assert [(line.line, line.id, line.version) for line in done.items] == [
        (1, "baghouz", 1),
        (2, "f1", 1),
        (3, "c1", 2),
    ]
    head = dossier.read().head
    with pytest.raises(Problem) as refused:
        dossier.batch(
            [fighters("f2"), fighters("f3", place="nowhere"), (RetractClaim(id="c1", reason="r"), "9.00000000")]
        )
    assert refused.value.code == "batch_refused"
    assert [(line["line"], line["code"]) for line in refused.value.lines][:1] == [(2, "unknown_reference")]
    assert dossier.read().head == head


@pytest.mark.parametrize("answers", [1, 3])
def test_a_command_whose_answer_was_lost_is_sent_again_and_done_once(
    line: Between, far: Dossier, dossier: Dossier, answers: int
) -> None:
    head = dossier.read().head or 0
    line.swallow = answers
    done = far.send(fighters("f1"))
    # The first try was carried out; the answer is what became of it.
    assert (done.position, done.version, done.changed) == (head + 1, 1, True)
    assert done.repeated
    line.swallow = answers
    done = far.send(CorrectClaim(id="f1", set={"best": 1}, reason="r"), if_match=done.etag)
    assert (done.position, done.version, done.changed) == (head + 2, 2, True)
    line.swallow = answers
    made = far.send(fighters(best=3))
    line.swallow = answers
    batch = far.batch([said(1), said(2)])
    assert [line.version for line in batch.items] == [1, 1]
    assert dossier.read().head == head + 5
    assert [event.subject for event in dossier.events(after=head)] == [
        "claim/f1", "claim/f1", f"claim/{made.id}", "claim/s1", "claim/s2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "instead",
    [
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 7\r\n\r\n<html/>",
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
def test_nobody_there_for_a_moment_is_waited_for(line: Between, far: Dossier, dossier: Dossier, instead: bytes) -> None:
    line.instead = [instead, instead]
    head = dossier.read().head or 0
    assert far.send(fighters("f1")).position == head + 1
    line.instead = [instead]
    assert far.claim("f1", min_position=head + 1).id == "f1"


def test_patience_ends_and_the_same_key_tells_what_became_of_it(
    installation: Running, line: Between, dossier: Dossier
) -> None:
    with Kroniek(line.url, installation.token, patience_s=0) as hasty:
        line.swallow = 1
        with pytest.raises(Unavailable) as gone:
            hasty.dossier(dossier.id).send(fighters(), key="mine")
        assert (gone.value.status, gone.value.code) == (None, "nobody_answers")
    once = dossier.send(fighters(), key="mine")
    assert once.repeated
    with pytest.raises(Refused) as reused:
        dossier.send(fighters(best=1), key="mine")
    assert reused.value.code == "idempotency_key_reused"


def test_who_never_answers_is_given_up_in_time() -> None:
    port = running.free_port()
    with Kroniek(f"http://127.0.0.1:{port}", patience_s=0.5) as nobody, pytest.raises(Unavailable, match="refused"):
        nobody.dossier("d").read()


def test_an_answer_that_takes_too_long_is_asked_for_again(
    installation: Running, line: Between, dossier: Dossier
) -> None:
    line.flows.clear()
    threading.Timer(1.0, line.flows.set).start()
    with Kroniek(line.url, installation.token, timeout_s=0.3) as there:
        done = there.dossier(dossier.id).send(fighters("f1"))
    assert done.version == 1
    assert line.opened > 1


def test_another_server_is_told_as_such(line: Between, far: Dossier) -> None:
    page = b"<html>Welcome</html>"
    line.instead = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)]
    with pytest.raises(Problem, match="is it a Kroniek"):
        far.read()
    line.instead = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)]
    with far.follow() as stream, pytest.raises(Problem, match="is it a Kroniek"):
        next(stream)


def test_a_list_goes_on_page_after_page_at_one_position(dossier: Dossier) -> None:
    dossier.batch([said(number) for number in range(10)])
    dossier.read(min_position=dossier.read().head or 0)
    pages = dossier.claims(limit=5, kind="statement").pages()
    first = next(pages)
    position = dossier.send(said(99)).position
    dossier.read(min_position=position)
    rest = [item.id for page in pages for item in page.items]
    assert [item.id for item in first.items] + rest == [f"s{number}" for number in range(10)]
    assert len([*dossier.claims(limit=3, kind="statement", min_position=position)]) == 11


def test_clocks_are_keywords_and_take_dates(dossier: Dossier) -> None:
    head = dossier.read().head or 0
    assert [claim.id for claim in dossier.claims(reported_by=date(2018, 10, 31), min_position=head)] == ["c1"]
    assert [claim.id for claim in dossier.claims(reported_by="2018-11-30", kind="control")] == ["c2"]
    assert dossier.control("hajin", at=date(2018, 11, 10)).picture.holders == ["is"]
    assert dossier.figures("fighters,people,subject:is,place:hajin", as_of=head).picture.groups[0].low == 1500
    assert dossier.position_at(datetime.now(UTC)) == head
    assert dossier.position_at("2020-01-01") == 0
    with pytest.raises(Refused) as refused:
        dossier.situation(at="yesterday")
    assert refused.value.parameter == "at"
    with pytest.raises(Refused) as misspelt:
        dossier.claims(reportedby="2018").pages().__next__()  # type: ignore[call-arg]
    assert misspelt.value.code == "unknown_parameter"


def test_what_changed_between_two_pictures(dossier: Dossier) -> None:
    dossier.read(min_position=dossier.read().head or 0)
    changes = [*dossier.changes({"reported_by": "2018-10-31"}, {"reported_by": date(2018, 11, 30)}, limit=1)]
    assert [(change.claim, change.what) for change in changes] == [("c2", "appeared")]
    found = [*dossier.changed_findings({"reported_by": "2018-10-31"}, {"reported_by": date(2018, 11, 30)}, limit=1)]
    assert [(one.question, one.place or one.source, one.what, one.published) for one in found] == [
        ("control", "hajin", "appeared", ["nov"]),
        ("record", "sohr", "changed", ["nov"]),
    ]
    assert found[0].before is None and found[0].after and found[0].after["holders"] == ["is"]


def take(stream: Stream[Event], number: int) -> list[int]:
    return [event.position for event in itertools.islice(stream, number)]


def test_a_stream_goes_on_exactly_where_it_was_left(dossier: Dossier) -> None:
    with dossier.follow() as stream:
        assert take(stream, 5) == [1, 2, 3, 4, 5]
        left = stream.cursor
    assert left.startswith("5.")
    with dossier.follow(after=left) as stream:
        assert take(stream, 3) == [6, 7, 8]
        assert take(stream, 2) == [9, 10]


def test_now_is_where_the_log_ends(dossier: Dossier) -> None:
    head = dossier.read().head or 0
    with dossier.follow(after="now") as stream:
        threading.Timer(0.5, dossier.send, [fighters("f1")]).start()
        event = next(stream)
    assert (event.position, event.type, event.subject) == (head + 1, "claim.recorded", "claim/f1")
    assert event.data["content"]["best"] == 2000


def test_only_what_was_asked_for_is_told(dossier: Dossier) -> None:
    dossier.send(RegisterPlace(id="baghouz", name="Baghouz", kind="village", within="syria"))
    dossier.send(fighters("b1", place="baghouz"))
    last = dossier.send(CorrectClaim(id="b1", set={"best": 1}, reason="r"), if_match="*").position
    with dossier.follow(place=["baghouz"], type="claim.corrected", family=["record", "source"]) as stream:
        assert take(stream, 1) == [last]
    with dossier.follow(place="nowhere") as stream, pytest.raises(Refused):
        next(stream)
    with dossier.follow(type="nope") as stream, pytest.raises(Refused):
        next(stream)


def test_an_answer_is_followed_as_it_changes(dossier: Dossier) -> None:
    head = dossier.read().head or 0
    with dossier.follow_answer("control", after=head, place="hajin") as stream:
        dossier.send(
            RecordControl(id="n1", report="dec", place="hajin", actor="sdf", status="controls", when="2018-12-20")
        )
        changed = next(stream)
        assert changed.type == "answer.changed"
        assert (changed.data.before or {})["holders"] == ["is"]
        assert (changed.data.after or {})["holders"] == ["sdf"]
        assert changed.data.families == ["world"]
        dossier.send(CorrectClaim(id="n1", set={"actor": "is"}, reason="misread"), if_match="*")
        corrected = next(stream)
    assert corrected.data.families == ["record"]
    assert [(cause.subject, cause.reason) for cause in corrected.data.events] == [("claim/n1", "misread")]
    told = [*dossier.answers("control", after=head, place="hajin")]
    assert [one.id for one in told] == [changed.id, corrected.id]


def test_over_a_line_that_breaks_every_event_is_told_once_and_in_order(
    line: Between, far: Dossier, dossier: Dossier
) -> None:
    head = dossier.read().head or 0
    broken: list[Problem] = []
    resumed: list[None] = []
    positions = []
    with far.follow(on_broken=broken.append, on_resumed=lambda: resumed.append(None)) as stream:
        for event in stream:
            positions.append(event.position)
            written = event.position - head
            if written == 150:
                break
            if written >= 0 and written % 10 == 0:
                dossier.batch([said(written + number) for number in range(10)])
                line.cut()
    assert positions == list(range(1, head + 151))
    assert len(broken) >= 5
    assert len(resumed) == len(broken)
    assert stream.cursor.startswith(f"{head + 150}.")


def test_a_silent_stream_is_taken_for_broken(installation: Running, line: Between, dossier: Dossier) -> None:
    broken: list[Problem] = []

    def flow_again(problem: Problem) -> None:
        broken.append(problem)
        line.flows.set()

    head = dossier.read().head or 0
    with Kroniek(line.url, silence_s=1.0) as there, there.dossier(dossier.id).follow(on_broken=flow_again) as stream:
        assert take(stream, head) == list(range(1, head + 1))
        line.flows.clear()
        dossier.send(fighters("f1"))
        assert next(stream).position == head + 1
    assert "too long" in str(broken[0])


def test_what_a_listener_raises_ends_the_following(line: Between, far: Dossier) -> None:
    def give_up(problem: Problem) -> None:
        raise TimeoutError from problem

    with far.follow(on_broken=give_up) as stream:
        next(stream)
        line.cut()
        with pytest.raises(TimeoutError):
            take(stream, 10_000)


@pytest.mark.parametrize("after", [1_000_000, "3.00000000"])
def test_another_log_raises_and_is_followed_anew_from_0(dossier: Dossier, after: Any) -> None:
    with dossier.follow(after=after) as stream:
        with pytest.raises(LogReset) as reset:
            next(stream)
        assert reset.value.reason
    with dossier.follow(after=0) as stream:
        assert next(stream).position == 1


def test_a_follower_outlives_the_api(another_api: Callable[[], Running], kroniek: Kroniek, dossier: Dossier) -> None:
    other = another_api()
    with Kroniek(other.url) as there:
        broken: list[Problem] = []
        head = dossier.read().head or 0
        stream = there.dossier(dossier.id).follow(after=head, on_broken=broken.append)
        told: list[int] = []
        following = threading.Thread(target=lambda: told.extend(take(stream, 4)))
        following.start()
        for number in range(3):
            dossier.send(said(number))
            other.kill("api")
            other.start_api()
        dossier.send(said(99))
        following.join(PATIENCE_S)
        assert told == list(range(head + 1, head + 5))
        assert broken


def test_with_asyncio_it_does_the_same(installation: Running, line: Between, furnished: running.Dossier) -> None:
    async def work() -> None:
        async with AsyncKroniek(line.url, installation.token) as kroniek:
            dossier = kroniek.dossier(furnished.id)
            line.swallow = 1
            done = await dossier.send(fighters("f1"))
            assert (done.version, done.changed, done.repeated) == (1, True, True)
            assert (await dossier.claim("f1", min_position=done.position)).content.best == 2000
            assert [claim.id async for claim in dossier.claims(limit=1)] == ["c1", "c2", "f1"]
            assert [rule.id for rule in await kroniek.rules()]
            with pytest.raises(Moved):
                await dossier.send(CorrectClaim(id="f1", set={"best": 1}, reason="r"), if_match="7.00000000")
            positions = []
            async with dossier.follow(on_broken=lambda problem: None) as stream:
                async for event in stream:
                    positions.append(event.position)
                    if event.position == 7:
                        line.cut()
                    if event.position == done.position:
                        break
            assert positions == list(range(1, done.position + 1))
            with pytest.raises(LogReset):
                async for _ in dossier.follow(after=10_000):
                    pass
            # Who stops listening stops it at once.
            silent = dossier.follow(after="now")
            waiting = asyncio.create_task(anext(silent))
            await asyncio.sleep(0.2)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(work())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where its wheel is installed, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    source, wheels, site = folder / "source", folder / "wheels", folder / "site"
    # Built from a copy: a build leaves its traces beside what it is built from.
    shutil.copytree(CLIENT, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", *quiet, "--no-build-isolation", "-w", str(wheels), str(source)], check=True)
    (wheel,) = wheels.glob("kroniek_client-*.whl")
    subprocess.run([*pip, "install", *quiet, "--target", str(site), str(wheel)], check=True)
    return site


@pytest.fixture(scope="module")
def sample(installation: Running) -> str:
    """The sample dossier, under a name of its own: its claims are counted elsewhere."""
    settings = {"KRONIEK_URL": installation.url, "KRONIEK_TOKEN": installation.token}
    kroniek_cli = [sys.executable, "-m", "interfaces.cli.main"]
    subprocess.run(
        [*kroniek_cli, "import", str(ROOT / "examples" / "hajin-baghouz.yaml"), "--dossier", "readme"],
        env=os.environ | settings, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return "readme"


def test_its_wheel_holds_the_package_and_nothing_of_the_house(site: Path) -> None:
    (about,) = site.glob("kroniek_client-*.dist-info")
    assert {path.name for path in site.iterdir()} == {"kroniek_client", about.name}
    kept = {path.name for path in (site / "kroniek_client").iterdir()} - {"__pycache__"}
    assert kept == {path.name for path in CLIENT.glob("*.py")} | {"py.typed"}
    needs = (about / "METADATA").read_text()
    assert re.findall(r"^Requires-Dist: (\w+)", needs, re.MULTILINE) == ["httpx", "pydantic"]


def test_what_its_readme_shows_runs_with_the_wheel(
    installation: Running, kroniek: Kroniek, site: Path, sample: str, tmp_path: Path
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (CLIENT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for number, block in enumerate(blocks):
        code = block.replace("http://127.0.0.1:8000", installation.url).replace("hajin-baghouz", sample)
        (tmp_path / f"{number}.py").write_text(code, "utf-8")
    environment = {"PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1", "KRONIEK_TOKEN": installation.token}

    def begun(number: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, f"{number}.py"],
            cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    recorded, _ = begun(0).communicate(timeout=60)
    assert "c201 controls sdf AD on the capture of Hajin\n" in recorded
    assert recorded.endswith("unattributed ['sdf']\n")
    follower, reader = begun(1), begun(2)
    try:
        assert follower.stdout
        assert reader.stdout
        # The claim that was recorded above is about Hajin, and was corrected.
        assert re.match(r"\d+ claim.corrected claim/c900 ", follower.stdout.readline())
        assert any("c900 Misread" in line for line in reader.stdout)
        dossier = kroniek.dossier(sample)
        done = dossier.send(CorrectClaim(id="c900", set={"low": 22}, reason="Misread again"), if_match="*")
        assert follower.stdout.readline().startswith(f"{done.position} claim.corrected claim/c900")
        eventually(lambda: (tmp_path / "cursor").read_text().startswith(f"{done.position}."), "the cursor is kept")
        # It follows from now on, whenever that was: something will have come since.
        eventually(lambda: dossier.send(RegisterPlace(name="x", kind="site")) and _heard(reader), "it hears of one")
    finally:
        follower.kill()
        reader.kill()
        follower.wait()
        reader.wait()


def _heard(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], 0.2)
    return bool(ready) and "place.registered" in process.stdout.readline()
