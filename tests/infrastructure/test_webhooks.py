"""What is sent to receivers, how it is signed, where it may go, and what comes of receivers that behave badly."""

import asyncio
import gzip
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from infrastructure.webhooks import sender as webhooks
from infrastructure.webhooks.sender import MOST_RESPONSE_BYTES, Sender, retry_after_s
from infrastructure.webhooks.targets import Resolve, Targets
from tests.infrastructure.webhook_receivers import (
    Answer,
    Receiver,
    answered,
    certificate,
    closing,
    hung_up,
    names,
    raw,
    running,
)  # fmt: skip

pytestmark = pytest.mark.anyio

NODE = Path(__file__).parent / "node_receiver"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEWER = "whsec_bmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXI="
BODY = json.dumps(
    {"type": "claim.corrected", "data": {"reason": "الرقم الصحيح", "hedge": "«about» 🕊"}}, ensure_ascii=False
)
# Longer than anything here takes, shorter than the receivers' patience.
FAR_LESS_THAN_THE_RECEIVER_S = 25
PUBLIC = "93.184.215.14"


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender(Targets(embedded=True)) as sender:
        yield sender


@pytest.fixture
async def quick() -> AsyncIterator[Sender]:
    """With limits that a test can wait for."""
    async with Sender(Targets(embedded=True), connect_s=1, exchange_s=0.3) as sender:
        yield sender


async def test_a_message_arrives_as_it_is_signed(sender: Sender) -> None:
    async with running() as receiver:
        outcome = await sender.send(receiver.url(path="/hook?desk=%D8%A7"), "desk_7", BODY, [SECRET])
    assert (outcome.status, outcome.error, outcome.response) == (204, None, "")
    assert abs(outcome.attempted_at - datetime.now(UTC)) < timedelta(minutes=1)
    (request,) = receiver.received
    assert (request.method, request.path, request.text) == ("POST", "/hook?desk=%D8%A7", BODY)
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert request.headers["user-agent"].startswith("kroniek/")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["webhook-id"] == "desk_7"
    assert abs(int(request.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert Webhook(SECRET).verify(request.body, dict(request.headers)) == json.loads(BODY)


async def test_a_signature_holds_for_its_secret_and_its_body_only(sender: Sender) -> None:
    async with running() as receiver:
        await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
    (request,) = receiver.received
    for secret, body, changed in (
        (NEWER, request.body, {}),
        (SECRET, request.body + b" ", {}),
        (SECRET, request.body, {"webhook-id": "desk_8"}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, {**request.headers, **changed})


async def test_during_a_rotation_both_secrets_verify(sender: Sender) -> None:
    async with running() as receiver:
        await sender.send(receiver.url(), "desk_7", BODY, [NEWER, SECRET])
    (request,) = receiver.received
    assert [each.split(",")[0] for each in request.headers["webhook-signature"].split(" ")] == ["v1", "v1"]
    for secret in (SECRET, NEWER):
        Webhook(secret).verify(request.body, dict(request.headers))


@contextmanager
def node_receiver(secret: str) -> Iterator[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node here")
    if not (NODE / "node_modules").exists():
        pytest.skip(f"the receiver's packages are not installed: npm ci --prefix {NODE.relative_to(Path.cwd())}")
    process = subprocess.Popen(
        [node, "receiver.mjs", secret], cwd=NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.communicate()


async def test_another_languages_library_verifies_it(sender: Sender) -> None:
    with node_receiver(SECRET) as url:
        assert (await sender.send(url, "desk_7", BODY, [SECRET])).status == 204
        assert (await sender.send(url, "desk_8", BODY, [NEWER, SECRET])).status == 204
        refused = await sender.send(url, "desk_9", BODY, [NEWER])
    assert (refused.status, refused.response) == (401, "No matching signature found")


async def test_a_connection_is_kept_for_the_next_message(sender: Sender) -> None:
    async with running() as receiver:
        for number in range(5):
            await sender.send(receiver.url(), f"desk_{number}", BODY, [SECRET])
    assert (len(receiver.received), receiver.connections) == (5, 1)


async def test_a_receiver_that_closed_its_connection_is_connected_to_anew(sender: Sender) -> None:
    async with running() as receiver:
        for number in range(3):
            assert (await sender.send(receiver.url(), f"desk_{number}", BODY, [SECRET])).status == 204
            receiver.answer = answered(204, connection="close")
    assert len(receiver.received) == 3


async def test_a_receiver_that_closes_without_a_word_is_connected_to_anew(sender: Sender) -> None:
    async with running(closing(204)) as receiver:
        outcomes = [await sender.send(receiver.url(), f"desk_{n}", BODY, [SECRET]) for n in range(30)]
    assert [(outcome.status, outcome.error) for outcome in outcomes] == [(204, None)] * 30


async def test_a_kept_connection_that_is_hung_up_on_is_tried_anew_once(sender: Sender) -> None:
    async with running() as receiver:
        await sender.send(receiver.url(), "desk_1", BODY, [SECRET])
        receiver.answer = hung_up()
        outcome = await sender.send(receiver.url(), "desk_2", BODY, [SECRET])
        assert outcome.status is None and outcome.error
        assert [each.headers["webhook-id"] for each in receiver.received] == ["desk_1", "desk_2", "desk_2"]
        assert receiver.connections == 2


async def test_no_more_connections_are_kept_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_KEPT_CONNECTIONS", 2)
    async with running() as receiver, Sender(Targets(embedded=True)) as sender:
        await asyncio.gather(*(sender.send(receiver.url(), f"desk_{n}", BODY, [SECRET]) for n in range(10)))
        async with asyncio.timeout(FAR_LESS_THAN_THE_RECEIVER_S):
            while receiver.connections - receiver.ended > 2:
                await asyncio.sleep(0.01)
    assert len(receiver.received) == 10


@pytest.mark.parametrize("status", [200, 202, 400, 401, 404, 410, 429, 500, 503, 599])
async def test_status_and_the_beginning_of_the_body_are_told(sender: Sender, status: int) -> None:
    async with running(answered(status, "لا أعرفك".encode())) as receiver:
        outcome = await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
    assert (outcome.status, outcome.error, outcome.response) == (status, None, "لا أعرفك")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(sender: Sender, status: int) -> None:
    async with running() as inside, running(answered(status, location=inside.url())) as receiver:
        outcome = await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
        assert outcome.status == status
        assert outcome.error is not None and inside.url() in outcome.error and "not followed" in outcome.error
        assert inside.connections == 0


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [(429, "7", 7), (503, "120", 120), (429, "soon", None), (429, "-5", None), (500, "7", None), (200, "7", None)],
)
async def test_how_long_to_wait_is_told(sender: Sender, status: int, value: str, seconds: float | None) -> None:
    async with running(answered(status, retry_after=value)) as receiver:
        assert (await sender.send(receiver.url(), "desk_7", BODY, [SECRET])).retry_after_s == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), (" 30 ", 30), ("999999999", 999_999_999), ("9" * 5000, None), ("1.5", None), ("٣", None), ("", None),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60), ("Sunday, 01-Mar-26 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0), ("Sun, 99 Mar 2026 11:00:00 GMT", None), ("Sun Mar  1 12:01:00 2026", 60),
    ],
)  # fmt: skip
def test_a_wait_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_s(value, datetime(2026, 3, 1, 12, tzinfo=UTC)) == seconds


async def test_of_a_long_body_the_beginning_is_kept(sender: Sender) -> None:
    async with running(answered(500, ("ا" * 999 + "بت" * 5000).encode())) as receiver:
        outcome = await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
    assert outcome.response == "ا" * 999 + "ب"


async def test_a_body_that_is_no_text_is_kept_as_what_can_be_stored(sender: Sender) -> None:
    for body in (b"\x00\xff\xfe ok", gzip.compress(b"packed")):
        async with running(answered(500, body)) as receiver:
            outcome = await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
        assert outcome.response and "\0" not in outcome.response
        outcome.response.encode()


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
MANY = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"


async def test_an_endless_body_is_left_and_its_connection_dropped(sender: Sender) -> None:
    async with running(raw(CHUNKED, MANY)) as receiver:
        outcome = await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
        assert (outcome.status, outcome.error, outcome.response) == (200, None, "x" * 1000)
        await ended(receiver)
        receiver.answer = answered(204)
        assert (await sender.send(receiver.url(), "desk_8", BODY, [SECRET])).status == 204
    assert receiver.connections == 2


async def test_as_much_as_is_read_leaves_the_connection_as_it_is(sender: Sender) -> None:
    async with running(answered(200, b"x" * MOST_RESPONSE_BYTES)) as receiver:
        for number in range(2):
            await sender.send(receiver.url(), f"desk_{number}", BODY, [SECRET])
        assert receiver.connections == 1
        receiver.answer = answered(200, b"x" * (MOST_RESPONSE_BYTES + 1))
        for number in range(2):
            await sender.send(receiver.url(), f"desk_{number}", BODY, [SECRET])
        assert receiver.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n", b"x-more: y\r\n", 0.05),
        raw(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01),
    ],
    ids=["silent", "half a head", "a head without end", "always about to answer"],
)
async def test_a_receiver_that_does_not_answer_is_left_in_time(quick: Sender, answer: Answer) -> None:
    async with running(answer) as receiver:
        outcome = await asyncio.wait_for(
            quick.send(receiver.url(), "desk_7", BODY, [SECRET]), FAR_LESS_THAN_THE_RECEIVER_S
        )
        assert (outcome.status, outcome.error) == (None, "no answer within 0.3 s")
        assert outcome.duration_ms >= 290
        await ended(receiver)


async def test_a_status_counts_though_its_body_never_ends() -> None:
    sender = Sender(Targets(embedded=True), exchange_s=2)
    async with running(raw(CHUNKED, b"1\r\nx\r\n", 0.05)) as receiver, sender:
        outcome = await asyncio.wait_for(
            sender.send(receiver.url(), "desk_7", BODY, [SECRET]), FAR_LESS_THAN_THE_RECEIVER_S
        )
        assert (outcome.status, outcome.error) == (200, None)
        assert outcome.response and set(outcome.response) == {"x"}
        await ended(receiver)


async def test_one_that_is_slow_holds_up_nobody_else(sender: Sender) -> None:
    async with running(raw(b"")) as slow, running() as other:
        waiting = [asyncio.create_task(sender.send(slow.url(), f"slow_{n}", BODY, [SECRET])) for n in range(150)]
        async with asyncio.timeout(FAR_LESS_THAN_THE_RECEIVER_S):
            while len(slow.received) < len(waiting):
                await asyncio.sleep(0.01)
        assert (await sender.send(other.url(), "other_1", BODY, [SECRET])).status == 204
        for task in waiting:
            assert task.cancel()
        await asyncio.wait(waiting)
        await ended(slow)


@pytest.mark.parametrize(
    "answer",
    [hung_up(), raw(b"SSH-2.0-OpenSSH\r\n\r\n"), raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n")],
    ids=["hangs up", "speaks something else", "a head that is too long"],
)
async def test_what_is_no_answer_is_told_as_none(sender: Sender, answer: Answer) -> None:
    async with running(answer) as receiver:
        outcome = await sender.send(receiver.url(), "desk_7", BODY, [SECRET])
    assert outcome.status is None and outcome.error


async def test_nobody_there_is_told(sender: Sender) -> None:
    async with running() as receiver:
        url = receiver.url()
    outcome = await sender.send(url, "desk_7", BODY, [SECRET])
    assert (outcome.status, outcome.error) == (None, "Connection refused")


async def ended(receiver: Receiver) -> None:
    async with asyncio.timeout(FAR_LESS_THAN_THE_RECEIVER_S):
        while receiver.ended < receiver.connections:
            await asyncio.sleep(0.01)


def tls_receiver(folder: Path, subjects: str) -> tuple[Path, ssl.SSLContext]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make a certificate")
    return certificate(folder, subjects)


async def test_a_name_that_leads_inside_since_it_was_registered_is_refused(tmp_path: Path) -> None:
    ca, context = tls_receiver(tmp_path, "DNS:hooks.example.org")
    found = [PUBLIC]
    targets = Targets(resolve=names(hooks_example_org=found))
    async with running(tls=context) as receiver, Sender(targets, ca_file=ca) as sender:
        url = receiver.url("hooks.example.org")
        await targets.check(url)
        for rebound in (["127.0.0.1"], [PUBLIC, "127.0.0.1"]):
            found[:] = rebound
            outcome = await sender.send(url, "desk_7", BODY, [SECRET])
            assert outcome.status is None
            assert outcome.error is not None and "is not an address of the public internet" in outcome.error
            assert "127.0.0.1" not in outcome.error
        assert receiver.connections == 0


async def test_what_is_refused_at_registration_is_refused_at_delivery() -> None:
    async with running() as receiver, Sender(Targets()) as sender:
        for url in (receiver.url(), receiver.url().replace("http:", "https:"), "https://user@example.org/", "nonsense"):
            outcome = await sender.send(url, "desk_7", BODY, [SECRET])
            assert outcome.status is None and outcome.error is not None and outcome.error.startswith("not sent: ")
        assert receiver.connections == 0


async def test_a_certificate_must_be_for_the_name_in_the_url(tmp_path: Path) -> None:
    ca, context = tls_receiver(tmp_path, "DNS:hooks.example.org")
    asked_for: list[str | None] = []
    context.sni_callback = lambda connection, name, given: asked_for.append(name)
    resolve = names(hooks_example_org="127.0.0.1", other_example_org="127.0.0.1")
    targets = Targets(allowed_hosts=frozenset({"hooks.example.org", "other.example.org"}), resolve=resolve)
    async with running(tls=context) as receiver, Sender(targets, ca_file=ca) as sender, Sender(targets) as usual:
        told = await sender.send(receiver.url("hooks.example.org"), "desk_7", BODY, [SECRET])
        assert (told.status, told.error) == (204, None)
        assert receiver.received[0].headers["host"] == f"hooks.example.org:{receiver.port}"
        told = await sender.send(receiver.url("other.example.org"), "desk_7", BODY, [SECRET])
        assert told.status is None and told.error is not None and "mismatch" in told.error
        told = await usual.send(receiver.url("hooks.example.org"), "desk_7", BODY, [SECRET])
        assert told.status is None and told.error is not None and told.error.startswith("TLS: ")
    assert asked_for == ["hooks.example.org", "other.example.org", "hooks.example.org"]
    assert len(receiver.received) == 1


async def test_an_address_that_does_not_answer_leaves_the_others_their_turn() -> None:
    targets = Targets(embedded=True, resolve=names(hooks_example_org=["::1", "127.0.0.2", "127.0.0.1"]))
    async with running() as receiver, Sender(targets) as sender:
        assert (await sender.send(receiver.url("hooks.example.org"), "desk_7", BODY, [SECRET])).status == 204


async def test_a_name_that_is_not_known_or_never_resolved_is_told() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(3600)
        return []

    tried: Mapping[str, tuple[Resolve, Callable[[str], bool]]] = {
        "unknown": (names(), lambda said: "no address just now: Name or service not known" in said),
        "silent": (never, lambda said: said == "no connection within 0.2 s"),
    }
    for resolve, right in tried.values():
        connect_s = 0.2 if resolve is never else 5
        async with Sender(Targets(resolve=resolve), connect_s=connect_s) as sender:
            outcome = await sender.send("https://hooks.example.org/", "desk_7", BODY, [SECRET])
        assert outcome.status is None and outcome.error is not None and right(outcome.error), outcome.error


async def test_an_environment_that_names_a_proxy_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as proxy, running() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(path=""))
        async with Sender(Targets(embedded=True)) as sender:
            assert (await sender.send(receiver.url(), "desk_7", BODY, [SECRET])).status == 204
        assert (proxy.connections, receiver.connections) == (0, 1)
