"""The Python client, apart from a server: what it reads of a stream, what it may import, and what is written for it."""

import ast
import inspect
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import unquote

import httpx
import pytest
from pydantic import ValidationError

from domain.content import Control, Figure, Occurrence, Utterance
from interfaces import client
from interfaces.api.writing import ROUTES
from interfaces.client import asking, commands
from interfaces.client.answers import BatchDone, Content, Done
from interfaces.client.asking import Tries
from interfaces.client.async_connection import AsyncConnection
from interfaces.client.connection import Connection
from interfaces.client.event_stream import Message, Messages
from interfaces.client.events import Event
from interfaces.client.following import Following
from interfaces.client.generator.written import CLIENT, written
from interfaces.client.problems import LogReset, Problem, Refused, Unavailable, problem_of


def test_what_is_written_for_it_is_up_to_date() -> None:
    for name, text in written().items():
        assert (CLIENT / name).read_text("utf-8") == text, f"{name} is not: python -m interfaces.client.generator"


def test_it_imports_itself_httpx_pydantic_and_nothing_else() -> None:
    found = set()
    for path in CLIENT.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).split(".")[0])
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1, f"{path.name} imports from above the package"
    assert found - set(sys.stdlib_module_names) == {"httpx", "pydantic"}


@pytest.mark.parametrize(("plain", "other"), [(Connection, AsyncConnection), (client.Kroniek, client.AsyncKroniek)])
def test_with_asyncio_it_has_the_same_methods(plain: type, other: type) -> None:
    def methods(of: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in inspect.getmembers(of, inspect.isfunction)
            if not name.startswith("__") or name == "__init__"
        }

    assert methods(plain) == methods(other)


def test_there_is_a_command_for_every_address_that_takes_one() -> None:
    routes = {model.__name__: route for route in ROUTES for model in route.models}
    for name, route in routes.items():
        model = getattr(client, name)
        assert model.path == route.path
        assert issubclass(model, commands.Creation) == route.creates
        assert name in client.__all__


@pytest.mark.parametrize("kind", [Figure, Control, Occurrence, Utterance])
def test_every_field_of_a_statement_is_read(kind: type[Figure | Control | Occurrence | Utterance]) -> None:
    assert set(kind.model_fields) - set(Content.model_fields) == set()


def test_a_command_is_sent_without_what_was_left_out() -> None:
    record = client.RecordFigure(
        id="c1", report="oct", measure="killed", unit="people", qualifier="about", best=3, when=date(2018, 10, 11),
        via="reuters",
    )  # fmt: skip
    assert record.body() == {
        "command": "record_claim", "kind": "figure", "id": "c1", "report": "oct", "measure": "killed",
        "unit": "people", "qualifier": "about", "best": 3, "when": "2018-10-11", "via": "reuters",
    }  # fmt: skip
    # What is taken away is told.
    assert client.CorrectClaim(id="c1", set={"best": None}, reason="r").body()["set"] == {"best": None}


def test_what_a_command_cannot_hold_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValidationError, match="qualifier"):
        client.RecordFigure(report="oct", measure="killed", unit="people", qualifier="exactly")
    with pytest.raises(ValidationError, match="becuase"):
        client.RetractClaim(id="c1", reason="r", becuase="r")  # type: ignore[call-arg]


def test_moments_are_sent_with_their_time_zone_and_need_one() -> None:
    sent = asking.get(object, "/x", {"as_of": datetime(2026, 11, 1, tzinfo=UTC), "at": date(2018, 10, 11)}).as_sent()
    assert sent["params"] == {"as_of": "2026-11-01T00:00:00Z", "at": "2018-10-11"}
    with pytest.raises(ValueError, match="no time zone"):
        asking.get(object, "/x", {"as_of": datetime(2026, 11, 1)}).as_sent()


def test_an_id_is_one_part_of_an_address_whatever_is_in_it() -> None:
    assert asking.below("a/b", "claims/{}/history", "../x?y{z}") == "/dossiers/a%2Fb/claims/..%2Fx%3Fy%7Bz%7D/history"


@pytest.mark.parametrize("id", ["..", ".", "a b", "é/ü", "%2e", "الباغوز"])
def test_an_id_is_sent_as_it_is(id: str) -> None:
    sent = httpx.Client(base_url="http://here").build_request("GET", asking.below("d", "claims/{}", id))
    raw = sent.url.raw_path.decode()
    assert raw.startswith("/dossiers/d/claims/")
    assert unquote(raw.removeprefix("/dossiers/d/claims/")) == id
    assert raw.count("/") == 4


def test_an_empty_id_names_nothing() -> None:
    with pytest.raises(ValueError, match="not empty"):
        asking.below("d", "claims/{}", "")
    with pytest.raises(ValueError, match="not empty"):
        asking.sent(Done, "d", client.RetractClaim(id="", reason="r"), None, None)


def test_a_number_that_is_none_is_not_sent_as_nothing() -> None:
    wrong = client.RecordFigure(
        id="c1", report="oct", measure="killed", unit="people", qualifier="at_least", low=1, best=float("nan")
    )
    asked = asking.sent(Done, "d", wrong, None, None).as_sent()
    with pytest.raises(ValueError, match="not JSON compliant"):
        httpx.Client(base_url="http://here").build_request(**asked)
    with pytest.raises(ValueError, match="not JSON compliant"):
        asking.batched(BatchDone, "d", [wrong], dry_run=False)


def test_what_is_no_address_of_a_server_is_refused() -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        client.Kroniek("localhost:8000")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, client.Refused), (401, client.Unauthorized), (404, client.NotFound), (409, client.Conflict),
        (412, client.Moved), (422, client.Refused), (428, client.Refused), (429, client.Unavailable),
        (500, client.Problem), (502, client.Unavailable), (503, client.Unavailable),
    ],
)  # fmt: skip
def test_a_refusal_is_of_the_kind_that_one_acts_upon(status: int, kind: type[Problem]) -> None:
    request = httpx.Request("GET", "http://here/x")
    body = {"code": "c", "detail": "why", "pointer": "/set/best"}
    problem = problem_of(httpx.Response(status, json=body, request=request, headers={"Retry-After": "2"}))
    assert type(problem) is kind
    assert (problem.status, problem.code, problem.detail, problem.pointer) == (status, "c", "why", "/set/best")
    assert (problem.body, problem.retry_after_s) == (body, 2)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[1]", b'"x"', b"\xff"])
def test_what_is_no_kroniek_is_told_as_such(body: bytes) -> None:
    request = httpx.Request("GET", "http://here/x")
    assert "is it a Kroniek?" in str(problem_of(httpx.Response(502, content=body, request=request)))


def test_what_cannot_be_mended_by_waiting_is_not_tried_again() -> None:
    for problem in (Refused(422, {"code": "c"}), Unavailable(503, {"code": "picture_refused"}), Problem(500, {})):
        with pytest.raises(Problem):
            Tries(60, again=True).pause_after(problem)
    with pytest.raises(Unavailable):
        Tries(60, again=False).pause_after(Unavailable(503, {}))


def test_pauses_grow_and_end_when_patience_does() -> None:
    tries = Tries(60, again=True)
    pauses = [tries.pause_after(Unavailable(None, {})) for _ in range(8)]
    assert all(0.05 * 2**nth <= pause <= 0.1 * 2**nth for nth, pause in enumerate(pauses[:5]))
    assert max(pauses) <= 3
    assert Tries(60, again=True).pause_after(Unavailable(503, {}, retry_after_s=7)) == 7
    with pytest.raises(Unavailable):
        Tries(5, again=True).pause_after(Unavailable(503, {}, retry_after_s=7))


def read(*chunks: bytes) -> list[Message]:
    messages = Messages()
    return [message for chunk in chunks for message in messages.read(chunk)]


def message(
    event: str = "message", data: str | None = None, id: str | None = None, retry: int | None = None
) -> Message:
    return Message(event, data, id, retry)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: x\n\n", [message(data="x")]),
        (b"data:x\n\ndata:  y\n\n", [message(data="x"), message(data=" y")]),
        (b"data: a\ndata: b\n\n", [message(data="a\nb")]),
        (b"data\n\ndata\ndata\n\n", [message(data=""), message(data="\n")]),
        (b"data: x\r\n\r\n", [message(data="x")]),
        (b"data: x\r\r", [message(data="x")]),
        (b"data: x\r\n\ndata: y\n\r\n", [message(data="x"), message(data="y")]),
        (b"\xef\xbb\xbfdata: x\n\n", [message(data="x")]),
        (b"data: x\n\n\xef\xbb\xbfdata: y\n\n", [message(data="x")]),
        (b": a comment\n\n:\ndata: x\n\n", [message(data="x")]),
        (b"event: claim.recorded\nid: 1.aa\ndata: x\n\n", [message("claim.recorded", "x", "1.aa")]),
        (b": position\nid: 2.bb\n\n", [message(id="2.bb")]),
        (b"id: 2\x00\ndata: x\n\n", [message(data="x")]),
        (b"id\ndata: x\n\n", [message(data="x", id="")]),
        (b"retry: 1500\n\n", [message(retry=1500)]),
        (b"retry: 1.5\nretry: -1\nretry:\ndata: x\n\n", [message(data="x")]),
        ("retry: ٣\ndata: x\n\n".encode(), [message(data="x")]),
        (b"event:\ndata: x\n\n", [message(data="x")]),
        (b"nonsense: y\nDATA: y\ndata: x\n\n", [message(data="x")]),
        (b"data: a:b: c\n\n", [message(data="a:b: c")]),
        (b"event: reset\n\n", []),
        (b"data: what is cut off is no message\n", []),
        ("data: مخيم الهول\n\n".encode(), [message(data="مخيم الهول")]),
        (b"data: \xff\n\n", [message(data="\ufffd")]),
        ("data: a\u2028b\x0bc\x85\n\n".encode(), [message(data="a\u2028b\x0bc\x85")]),
    ],
)
def test_a_stream_is_read_message_by_message_however_it_is_cut(stream: bytes, expected: list[Message]) -> None:
    assert read(stream) == expected
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == expected
    for at in range(len(stream)):
        assert read(stream[:at], b"", stream[at:]) == expected


def told(position: int, *, data: str = "{}") -> bytes:
    cursor = f"{position}.{position:08x}"
    body = (
        f'{{"specversion":"1.0","id":"{position}","source":"/","type":"claim.recorded","subject":"claim/c","time":'
        f'"2026-11-22T07:00:00Z","datacontenttype":"application/json","position":{position},"cursor":"{cursor}",'
        f'"version":1,"principal":"p","groupposition":{position},"data":{data}}}'
    )
    return f"id: {cursor}\nevent: claim.recorded\ndata: {body}\n\n".encode()


def following(after: int | str = 0) -> Following[Event]:
    return Following(Event, "/x", {}, after, lambda problem: None, None)


def test_the_place_is_that_of_what_was_handed_over_last() -> None:
    place = following()
    events: Iterator[Event] = place.read(told(1) + told(2) + b"id: 9.00000009\n\n")
    assert (next(events).position, place.cursor) == (1, "1.00000001")
    assert (next(events).position, place.cursor) == (2, "2.00000002")
    # A heartbeat moves it once everything before it is dealt with.
    assert (list(events), place.cursor) == ([], "9.00000009")
    assert place.asked().params["after"] == "9.00000009"


def test_nothing_is_told_twice_and_a_place_never_goes_back() -> None:
    place = following("2.00000002")
    assert [event.position for event in place.read(told(1) + told(2) + told(3) + told(3) + told(4))] == [3, 4]
    assert list(place.read(b"id: 1.00000001\n\n")) == []
    assert place.cursor == "4.00000004"


def test_what_a_broken_connection_left_unfinished_is_read_again_from_its_beginning() -> None:
    place = following()
    cut = told(1) + told(2)[:-5]
    assert [event.position for event in place.read(cut)] == [1]
    assert place.asked().params["after"] == "1.00000001"
    assert [event.position for event in place.read(told(2))] == [2]


@pytest.mark.parametrize("data", ['{"reason": "restored", "head": 3}', "{}", "nonsense", "[]"])
def test_another_log_is_told_as_such(data: str) -> None:
    place = following(5)
    with pytest.raises(LogReset) as reset:
        list(place.read(f"id: 0\nevent: reset\ndata: {data}\n\n".encode() + told(1)))
    assert place.cursor == "5"
    if "restored" in data:
        assert (reset.value.reason, reset.value.head) == ("restored", 3)


def test_a_connection_is_tried_again_as_soon_as_the_server_says_and_later_each_time() -> None:
    place = following()
    list(place.read(b"retry: 200\n\n"))
    pauses = [place.pause_after(Unavailable(None, {})) for _ in range(12)]
    assert all(0.1 * 2**nth <= pause <= 0.2 * 2**nth for nth, pause in enumerate(pauses[:6]))
    assert 5 <= pauses[-1] <= 10
    list(place.read(b": here again\n"))
    assert place.pause_after(Unavailable(None, {})) <= 0.2


@pytest.mark.parametrize("problem", [Refused(422, {}), client.NotFound(404, {}), client.Unauthorized(401, {})])
def test_what_is_refused_ends_the_following(problem: Problem) -> None:
    with pytest.raises(type(problem)):
        following().pause_after(problem)


@pytest.mark.parametrize("after", ["", "x", "-1", "1_0", "٣", ".aaaaaaaa"])
def test_a_place_is_a_position_or_a_cursor(after: str) -> None:
    with pytest.raises(ValueError, match="not a place in a log"):
        following(after)
