"""The log through HTTP: pages of it, and streams that go on live."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.interfaces.running import (
    WHY,
    Dossier,
    Running,
    assert_problem,
    control,
    done,
    eventually,
    figure,
    running,
)


@dataclass
class Told:
    """One event of a stream, as a browser would hand it out."""

    type: str
    id: str
    data: Any
    at: float


class Stream:
    """What a follower hears, read as the standard says."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def blocks(self) -> Iterator[dict[str, str]]:
        """The fields of each block, comments under an empty name."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(":")
                fields[name] = fields[name] + "\n" + value if name in fields else value.removeprefix(" ")
            else:
                yield fields
                fields = {}

    def __iter__(self) -> Iterator[Told]:
        for fields in self.blocks():
            if "data" in fields:
                data = json.loads(fields["data"])
                yield Told(fields.get("event", "message"), fields.get("id", ""), data, time.monotonic())

    def next_place(self) -> dict[str, str]:
        """The next block that tells a place and no event."""
        return next(fields for fields in self.blocks() if "id" in fields and "data" not in fields)

    def take(self, count: int) -> list[Told]:
        return [told for _, told in zip(range(count), self, strict=False)]


@contextmanager
def following(dossier: Dossier, *, last: str | None = None, **query: Any) -> Iterator[Stream]:
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    with dossier.http.stream("GET", f"{dossier.path}/events", params=query, headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


def conninfo(installation: Running) -> str:
    return make_url(installation.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def events(dossier: Dossier, **query: Any) -> dict[str, Any]:
    return done(dossier.http.get(f"{dossier.path}/events", params=query))


def caught_up(dossier: Dossier) -> int:
    """The position of the read models once they have taken all."""
    eventually(lambda: dossier.get().is_success, "the read models are there")
    return dossier.position


def test_the_log_is_read_page_by_page(furnished: Dossier) -> None:
    items: list[dict[str, Any]] = []
    page = events(furnished, limit=4)
    while True:
        items += page["items"]
        if page["next"] is None:
            break
        assert len(page["items"]) == 4
        page = events(furnished, limit=4, after=page["next"])
    assert [item["position"] for item in items] == list(range(1, furnished.position + 1))
    assert page["position"] == furnished.position
    assert events(furnished, after=furnished.position) == {"position": furnished.position, "items": [], "next": None}
    first = items[0]
    assert first["specversion"] == "1.0"
    assert (first["type"], first["subject"], first["version"]) == ("dossier.opened", f"dossier/{furnished.id}", 1)
    assert first["source"] == f"/api/v1/dossiers/{furnished.id}"
    assert first["data"]["details"]["title"] == f"Dossier {furnished.id}"
    assert len({item["id"] for item in items}) == len(items)
    # All of the batch were recorded as one group.
    assert {item["groupposition"] for item in items[1:]} == {2}


def test_only_events_of_a_type_are_read_where_asked(furnished: Dossier) -> None:
    page = events(furnished, type=["claim.recorded", "report.filed"], limit=2)
    assert [item["type"] for item in page["items"]] == ["report.filed", "report.filed"]
    page = events(furnished, type=["claim.recorded", "report.filed"], after=page["next"])
    assert [item["type"] for item in page["items"]] == ["report.filed", "claim.recorded", "claim.recorded"]
    assert page["position"] == furnished.position
    unknown = furnished.http.get(f"{furnished.path}/events", params={"type": "claim.deleted"})
    assert_problem(unknown, 422, "not_in_vocabulary", "/type")


def test_a_cursor_of_another_log_is_refused(furnished: Dossier) -> None:
    cursor = events(furnished, limit=3)["next"]
    assert cursor.startswith("3.")
    for after in ("3.00000000", f"4.{cursor[2:]}", "0.00000000", f"{furnished.position + 1}.00000000", "999999"):
        refused = assert_problem(
            furnished.http.get(f"{furnished.path}/events", params={"after": after}), 409, "cursor_reset", None
        )
        assert refused["head"] == furnished.position
    for after in ("x", "-1", "1.2.3", "9" * 30, "3,"):
        answer = furnished.http.get(f"{furnished.path}/events", params={"after": after})
        assert answer.json()["code"] in ("bad_cursor", "cursor_reset"), answer.text
        assert answer.status_code in (400, 409)


PLACES = ["place/syria", "place/deir-ez-zor", "place/enclave", "place/hajin"]
FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": ["report.filed", "claim.recorded"]}, ["report/oct", "report/nov", "report/dec", "claim/c1", "claim/c2"]),
    ({"type": "claim.recorded", "family": "world"}, ["claim/c1", "claim/c2"]),
    ({"family": ["record", "source", "judgement"]}, []),
    ({"kind": "place"}, PLACES),
    ({"kind": "figure"}, ["claim/c1"]),
    ({"kind": ["control", "source"]}, ["source/sohr", "source/reuters", "claim/c2"]),
    ({"measure": "fighters"}, ["claim/c1"]),
    ({"measure": "killed"}, []),
    ({"place": "hajin"}, ["place/hajin", "claim/c1", "claim/c2"]),
    # With the places inside it; of an area, where membership may have held.
    ({"place": "syria"}, [*PLACES, "claim/c1", "claim/c2"]),
    ({"place": "enclave"}, ["place/enclave", "place/hajin", "claim/c1", "claim/c2"]),
    ({"actor": "is"}, ["actor/is", "claim/c1", "claim/c2"]),
    ({"actor": ["sdf", "is"], "kind": "claim"}, ["claim/c1", "claim/c2"]),
    ({"claimant": "sohr"}, ["source/sohr", "claim/c2"]),
    ({"report": "nov"}, ["report/nov", "claim/c2"]),
    ({"report": "nov", "kind": "claim"}, ["claim/c2"]),
    ({"place": "hajin", "claimant": "reuters"}, []),
]


@pytest.mark.parametrize(("asked", "subjects"), FILTERS)
def test_a_filter_lets_pass_what_touches_what_it_names(
    shared: Dossier, asked: dict[str, Any], subjects: list[str]
) -> None:
    caught_up(shared)
    page = events(shared, **asked)
    assert [item["subject"] for item in page["items"]] == subjects
    assert (page["position"], page["next"]) == (shared.position, None)
    with following(shared, **asked) as stream:
        assert [event.data for event in stream.take(len(subjects))] == page["items"]
        # Without having to be told of any event, a stream tells how far it looked.
        if not subjects or page["items"][-1]["position"] != shared.position:
            assert stream.next_place()["id"].startswith(f"{shared.position}.")


def test_a_page_of_a_filter_waits_for_a_position_where_asked(shared: Dossier) -> None:
    page = events(shared, place="hajin", min_position=shared.position)
    assert page["position"] >= shared.position
    answer = shared.http.get(f"{shared.path}/events", params={"min_position": shared.position + 1})
    assert_problem(answer, 422, "not_in_the_past", "/min_position")


def test_pages_of_a_filter_go_on_where_they_were(furnished: Dossier) -> None:
    caught_up(furnished)
    subjects, page = [], events(furnished, place="syria", limit=2)
    while True:
        subjects += [item["subject"] for item in page["items"]]
        if page["next"] is None:
            break
        page = events(furnished, place="syria", limit=2, after=page["next"])
    assert subjects == [*PLACES, "claim/c1", "claim/c2"]


@pytest.mark.parametrize("live", [True, False])
def test_what_leaves_a_filter_is_told_to_it_too(furnished: Dossier, live: bool) -> None:
    for id, within in (("baghouz", "syria"), ("elsewhere", None)):
        furnished.record("places", id=id, name=id, kind="town", **({"within": within} if within else {}))
    begun = furnished.position

    def change() -> list[str]:
        furnished.change("claims/c1/corrections", set={"place": "baghouz"}, **WHY)
        moved = furnished.change("places/hajin/corrections", set={"within": "elsewhere"}, **WHY)
        assert moved["position"] == begun + 2
        return ["claim/c1", "place/hajin"]

    expected = {
        "hajin": ["claim/c1", "place/hajin"],
        "baghouz": ["claim/c1"],
        "deir-ez-zor": ["claim/c1", "place/hajin"],
        "elsewhere": ["place/hajin"],
    }
    if not live:
        change()
    caught_up(furnished)
    with ExitStack() as stack:
        streams = {place: stack.enter_context(following(furnished, after=begun, place=place)) for place in expected}
        if live:
            for stream in streams.values():
                stream.next_place()
            change()
        # The end is told to all of them.
        last = furnished.change("claims/c1/grades", credibility=2, **WHY)["position"]
        assert last == begun + 3
        for place, subjects in expected.items():
            told = streams[place].take(len(subjects))
            assert [event.data["subject"] for event in told] == subjects, place


def test_who_follows_a_place_hears_of_its_incidents_and_of_whom_they_befell(furnished: Dossier) -> None:
    furnished.record("places", id="baghouz", name="Baghouz", kind="town")
    begun = furnished.position
    furnished.record("incidents", id="strike", title="A strike", place="hajin")
    fate = {"fate": "killed", "incident": "strike"}
    furnished.record("persons", id="per-0000000000000001", name="A", fates=[fate])
    furnished.change("incidents/strike/descriptions", set={"place": "baghouz"}, **WHY)
    furnished.change("persons/per-0000000000000001/corrections", set={"sex": "female"}, **WHY)
    furnished.record("incidents", id="again", title="The same strike", place="hajin")
    furnished.change("incidents/again/merges", into="strike", **WHY)
    caught_up(furnished)
    told = {
        place: [item["subject"] for item in events(furnished, after=begun, place=place)["items"]]
        for place in ("hajin", "baghouz", "enclave")
    }
    person = "person/per-0000000000000001"
    of_hajin = ["incident/strike", person, "incident/strike", "incident/again", "incident/again"]
    assert told == {
        "hajin": of_hajin,
        "baghouz": ["incident/strike", person, "incident/again"],
        "enclave": of_hajin,
    }


def test_a_filter_of_what_is_not_there_is_refused(furnished: Dossier) -> None:
    for name in ("place", "actor", "claimant", "report"):
        for accept in ("application/json", "text/event-stream"):
            headers = {"Accept": accept}
            answer = furnished.http.get(f"{furnished.path}/events", params={name: "nowhere"}, headers=headers)
            assert_problem(answer, 422, "unknown_reference", None)
    for asked in ({"measure": "hope"}, {"kind": "rumour"}, {"family": "weather"}):
        answer = furnished.http.get(f"{furnished.path}/events", params=asked)
        assert_problem(answer, 422, "not_in_vocabulary", None)
    answer = furnished.http.get(f"{furnished.path}/events", params={"places": "hajin"})
    assert_problem(answer, 422, "unknown_parameter", None)


def test_what_was_registered_just_now_can_be_followed(furnished: Dossier) -> None:
    furnished.record("places", id="susa", name="السوسة", kind="town", within="deir-ez-zor")
    with following(furnished, place="susa") as stream:
        furnished.record("claims", **control(place="susa"))
        place, claim = stream.take(2)
    assert place.data["data"]["details"]["name"]["value"] == "السوسة"
    assert claim.data["data"]["content"]["place"] == "susa"


def test_a_filtered_stream_tells_its_place_and_is_resumed_there(furnished: Dossier) -> None:
    furnished.record("places", id="far", name="Far", kind="town")
    with following(furnished, place="far") as stream:
        assert [told.data["subject"] for told in stream.take(1)] == ["place/far"]
        furnished.record("claims", id="not-there", **figure())
        # A heartbeat, no later than others would come.
        begun = time.monotonic()
        beats = eventually_at(stream, furnished.position)
        assert time.monotonic() - begun < 2 * 15
    furnished.record("claims", id="there", **figure(place="far"))
    with following(furnished, place="far", last=beats) as stream:
        opening = next(stream.blocks())
        assert opening[""] == f" after {furnished.position - 1}".strip()
        assert [told.data["subject"] for told in stream.take(1)] == ["claim/there"]


def eventually_at(stream: Stream, position: int) -> str:
    """The id that a stream tells once it has looked as far as a position."""
    while True:
        id = stream.next_place()["id"]
        if int(id.partition(".")[0]) >= position:
            return id


def test_a_filtered_stream_says_that_the_read_models_stand_still(furnished: Dossier, installation: Running) -> None:
    reached = caught_up(furnished)
    with psycopg.connect(conninfo(installation), autocommit=True) as connection:
        connection.execute(
            "update checkpoints set refused_position = position + 1, refused_because = %s where dossier_id = %s",
            ["claims cannot\ntake it", furnished.id],
        )
    furnished.record("claims", **figure())
    assert events(furnished, place="hajin")["stands_still"] == "claims cannot\ntake it"
    with following(furnished, place="hajin", after=reached) as stream:
        place = stream.next_place()
    assert place["id"].startswith(f"{reached}.")
    assert "stands still: claims cannot take it" in place[""]
    with psycopg.connect(conninfo(installation), autocommit=True) as connection:
        connection.execute("update checkpoints set refused_position = null, refused_because = null")


def test_live_events_arrive_in_order_and_at_once(furnished: Dossier) -> None:
    with following(furnished, after=furnished.position) as stream:
        written: list[tuple[int, float]] = []

        def write() -> None:
            for number in range(20):
                answer = furnished.change("claims/c1/corrections", set={"best": 3000 + number}, **WHY)
                written.append((answer["position"], time.monotonic()))
                time.sleep(0.02)

        writing = Thread(target=write)
        writing.start()
        told = stream.take(20)
        writing.join()
    assert [event.data["position"] for event in told] == [position for position, _ in written]
    delays = [event.at - acknowledged for event, (_, acknowledged) in zip(told, written, strict=True)]
    assert max(delays) < 1
    assert sorted(delays)[10] < 0.3
    assert {event.type for event in told} == {"claim.corrected"}
    assert [event.id for event in told] == [event.data["cursor"] for event in told]


def test_a_follower_hears_what_another_process_records(
    furnished: Dossier, another_api: Any, installation: Running
) -> None:
    other: Running = another_api()
    with other.client() as http, ExitStack() as stack:
        elsewhere = Dossier(http, furnished.id)
        streams = [
            stack.enter_context(following(elsewhere, after=furnished.position, **asked))
            for asked in ({}, {"type": "claim.recorded"}, {"place": "hajin"})
        ]
        for stream in streams:
            stream.next_place()
        furnished.record("claims", **figure(best=5))
        acknowledged = time.monotonic()
        told = [stream.take(1)[0] for stream in streams]
        assert len({event.id for event in told}) == 1
        assert all(event.at - acknowledged < 2 for event in told)


def test_a_stream_resumes_exactly_after_its_last_id(furnished: Dossier) -> None:
    with following(furnished) as stream:
        told = stream.take(5)
    last = told[-1].id
    furnished.record("claims", **figure(best=5))
    with following(furnished, last=last, after="2") as stream:
        rest = stream.take(furnished.position - 5)
    positions = [event.data["position"] for event in [*told, *rest]]
    assert positions == list(range(1, furnished.position + 1))


def test_a_cursor_of_another_log_is_told_as_a_reset(furnished: Dossier) -> None:
    for last in ("3.00000000", f"{furnished.position + 5}.12345678", str(furnished.position + 5), "nonsense"):
        with following(furnished, last=last) as stream:
            reset, first = stream.take(2)
        assert (reset.type, reset.id) == ("reset", "0")
        assert reset.data["reason"]
        assert first.data["position"] == 1


def test_a_stream_of_some_types_passes_over_the_others(furnished: Dossier) -> None:
    with following(furnished, type=["claim.recorded", "claim.graded"]) as stream:
        assert [event.data["subject"] for event in stream.take(2)] == ["claim/c1", "claim/c2"]
        furnished.change("claims/c1/corrections", set={"best": 1}, **WHY)
        furnished.change("claims/c1/grades", credibility=1, **WHY)
        (graded,) = stream.take(1)
    assert (graded.type, graded.data["position"]) == ("claim.graded", furnished.position)


def test_many_followers_who_go_away_leave_nothing_behind(furnished: Dossier, installation: Running) -> None:
    def connections() -> int:
        with psycopg.connect(conninfo(installation)) as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchone()
            assert row
            return int(row[0])

    def streams_ended() -> int:
        path = f"/api/v1{furnished.path}/events"
        return sum(line.get("path") == path and line.get("status") == 200 for line in installation.log_lines("api"))

    furnished.read()
    before, ended = connections(), streams_ended()
    with installation.client() as http:
        for _ in range(3):
            open_streams = [following(Dossier(http, furnished.id)) for _ in range(30)]
            for each in open_streams:
                each.__enter__().take(1)
            for each in open_streams:
                each.__exit__(None, None, None)
    # A line of log for each that ended: none goes on in the server.
    eventually(lambda: streams_ended() == ended + 90, "all streams end")
    assert connections() <= max(before, 20)
    assert furnished.read("claims/c1")["id"] == "c1"


def test_a_stream_of_no_dossier_is_refused(http: httpx.Client) -> None:
    answer = http.get("/dossiers/nowhere/events", headers={"Accept": "text/event-stream"})
    assert_problem(answer, 404, "no_such_dossier", None)


@pytest.mark.parametrize("follow_before_the_stop", [False, True])
def test_a_server_with_open_streams_stops_quickly(
    installation: Running, furnished: Dossier, tmp_path: Path, follow_before_the_stop: bool
) -> None:
    with running(installation.database_url, installation.redis_url, tmp_path, worker=False) as other:
        with other.client() as http:
            open_streams = [following(Dossier(http, furnished.id)) for _ in range(10 * follow_before_the_stop)]
            for each in open_streams:
                each.__enter__().take(1)
            assert other.stop("api") < 6
            for each in open_streams:
                each.__exit__(None, None, None)
        assert "Traceback" not in other.said("api")
