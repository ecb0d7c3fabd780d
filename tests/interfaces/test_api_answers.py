"""How answers changed, through HTTP: pages, and streams that go on live."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.interfaces.running import WHY, Dossier, Running, assert_problem, control, done, eventually, figure
from tests.interfaces.test_api_events import Stream
from tests.interfaces.test_stream_faults import ANOTHER, restore

FIGHTERS = "fighters,people,subject:is,place:hajin"
FIGURES = {"question": "figures", "topic": FIGHTERS}
HELD = {"question": "control", "place": "hajin"}


def answers(dossier: Dossier, **query: Any) -> dict[str, Any]:
    """As far as everything is that was written."""
    params = {"min_position": dossier.position, **query}

    def answer() -> httpx.Response | None:
        found = dossier.http.get(f"{dossier.path}/answers", params=params)
        return None if found.status_code == 503 else found

    return done(eventually(answer, "the read models are there"))


def all_of(dossier: Dossier, **query: Any) -> list[dict[str, Any]]:
    items, page = [], answers(dossier, **query)
    while True:
        items += page["items"]
        if page["next"] is None:
            assert page["position"] == dossier.position
            return items
        page = answers(dossier, **query, after=page["next"])


@contextmanager
def following(dossier: Dossier, *, last: str | None = None, **query: Any) -> Iterator[Stream]:
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    with dossier.http.stream("GET", f"{dossier.path}/answers", params=query, headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        yield Stream(response)


def corrected(dossier: Dossier, best: int) -> int:
    return int(dossier.change("claims/c1/corrections", set={"best": best}, **WHY)["position"])


def test_how_a_number_changed_is_read_page_by_page(furnished: Dossier) -> None:
    positions = [corrected(furnished, 3000)]
    furnished.change("claims/c1/grades", credibility=2, **WHY)
    positions.append(corrected(furnished, 2500))
    whole = all_of(furnished, **FIGURES)
    # The furniture came in one batch, whose end is the 14th event.
    assert [item["position"] for item in whole] == [14, *positions]
    assert [item["data"]["families"] for item in whole] == [["world"], ["record"], ["record"]]
    assert [item["data"]["after"]["groups"][0]["lines"][0]["claim"] for item in whole] == ["c1"] * 3
    assert all_of(furnished, **FIGURES, limit=1) == whole
    assert all_of(furnished, **FIGURES, after=positions[0]) == whole[2:]
    assert all_of(furnished, **FIGURES, after=whole[0]["cursor"]) == whole[1:]
    assert answers(furnished, **FIGURES, after=furnished.position)["items"] == []


def test_what_is_told_can_be_asked_for_at_the_addresses_told(furnished: Dossier) -> None:
    furnished.record("claims", id="c3", **control("dec", actor="sdf", claimant="reuters", when="2018-12-10"))
    furnished.record("claims", id="c4", **figure("nov", best=9000, claimant="sohr"))
    furnished.record("assessments", id="x", topic=FIGHTERS, finding="About so.", grade="fair", claims=["c1"],
                     because="one voice")  # fmt: skip
    corrected(furnished, 2500)
    clocks = {"at": "2018-12-20", "reported_by": "2019-01-01", "certainty": "possible"}

    def asked(address: str) -> Any:
        answer = furnished.http.get(f"http://{furnished.http.base_url.netloc.decode()}{address}")
        return None if answer.status_code == 404 else done(answer)

    for question, found in (
        (HELD | clocks, lambda body: body["picture"]),
        (FIGURES | {"rule": "widest-range@1"}, lambda body: body["picture"]),
        (HELD | clocks | {"undated": True}, lambda body: body["picture"]),
        ({"question": "disagreements", "place": "syria", "kind": "figures"}, lambda body: {"items": body["items"]}),
        ({"question": "disagreements", "place": "syria", "rule": "cannot-all-be-right@1"},
         lambda body: {"items": body["items"]}),
        ({"question": "assessment", "assessment": "x"}, lambda body: {
            name: value for name, value in body.items()
            if name not in ("position", "version", "etag", "recorded_position", "assessed_position")
        }),
        ({"question": "record", "source": "sohr"}, lambda body: {
            "reliability": body["source"]["reliability"],
            **{name: value for name, value in body.items() if name not in ("position", "source")},
        }),
    ):  # fmt: skip
        items = all_of(furnished, **question)
        assert items, question
        for item in items:
            assert item["data"]["question"] == question
            for side in ("before", "after"):
                body = asked(item["data"]["ask"][side])
                assert without_ages(body and found(body)) == item["data"][side], (question, side)


def without_ages(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_ages(inner) for name, inner in value.items() if name != "age_days"}
    return [without_ages(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("query", "status", "code", "place"),
    [
        ({"question": "control", "place": "nowhere"}, 422, "unknown_reference", None),
        ({"question": "disagreements", "place": "nowhere"}, 422, "unknown_reference", None),
        ({"question": "assessment", "assessment": "nothing"}, 422, "unknown_reference", None),
        ({"question": "record", "source": "nobody"}, 422, "unknown_reference", None),
        ({"question": "figures", "topic": "Losses,people"}, 422, "not_a_topic", "/topic"),
        ({"question": "control"}, 422, "missing_field", "/place"),
        ({"question": "control", "place": "hajin", "topic": FIGHTERS}, 422, "unknown_field", "/topic"),
        ({"question": "assessment", "assessment": "x", "at": "2018"}, 422, "unknown_field", "/at"),
        (HELD | {"at": "soon"}, 422, "not_edtf", "/at"),
        (HELD | {"reported_by": "2018-1"}, 422, "not_edtf", "/reported_by"),
        (HELD | {"reported_by": "latest"}, 422, "not_edtf", "/reported_by"),
        (HELD | {"after": "x"}, 400, "bad_cursor", "/after"),
        (HELD | {"after": "3.00000000"}, 409, "cursor_reset", None),
        (HELD | {"after": "999"}, 409, "cursor_reset", None),
    ],
)
def test_what_cannot_be_watched_is_refused(
    shared: Dossier, query: dict[str, str], status: int, code: str, place: str | None
) -> None:
    assert_problem(shared.http.get(f"{shared.path}/answers", params=query), status, code, place)


def test_parameters_that_are_not_known_are_refused(shared: Dossier) -> None:
    for query in (HELD | {"as_of": "3"}, HELD | {"plaec": "hajin"}):
        assert_problem(shared.http.get(f"{shared.path}/answers", params=query), 422, "unknown_parameter", None)
    for query in ({}, {"question": "weather"}, {"place": "hajin"}, HELD | {"certainty": "maybe"}):
        assert shared.http.get(f"{shared.path}/answers", params=query).status_code == 422


def test_answers_of_no_dossier_are_refused(http: httpx.Client) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = http.get("/dossiers/nowhere/answers", params=FIGURES, headers={"Accept": accept})
        assert_problem(answer, 404, "no_such_dossier", None)


def test_a_changed_answer_is_heard_and_nothing_else(furnished: Dossier) -> None:
    with following(furnished, **FIGURES, after=furnished.position) as stream:
        furnished.record("places", id="baghouz", name="الباغوز", kind="village", within="syria")
        furnished.record("claims", id="c5", **figure("nov", best=1, place="baghouz"))
        position = corrected(furnished, 3000)
        (told,) = stream.take(1)
        assert (told.type, told.data["position"], told.data["data"]["families"]) == (
            "answer.changed", position, ["record"],
        )  # fmt: skip
        assert told.id == told.data["cursor"]
        furnished.change("reports/oct/discreditings", **WHY)
        (told,) = stream.take(1)
    assert told.data["data"]["families"] == ["judgement"]


def test_a_stream_of_answers_resumes_exactly_after_its_last_id(furnished: Dossier) -> None:
    with following(furnished, **FIGURES) as stream:
        first = stream.take(1)
    positions = [corrected(furnished, best) for best in (3000, 3500, 4000)]
    with following(furnished, **FIGURES, last=first[-1].id, after="2") as stream:
        rest = stream.take(3)
    assert [told.data["position"] for told in rest] == positions
    told = [event.data for event in [*first, *rest]]
    assert told == all_of(furnished, **FIGURES)


def test_a_stream_tells_where_it_is_although_nothing_changed(furnished: Dossier) -> None:
    furnished.record("claims", id="c5", **figure("nov", best=1, place="enclave"))
    with following(furnished, **HELD, after=furnished.position - 1) as stream:
        for line in stream.response.iter_lines():
            if line.startswith(f"id: {furnished.position}."):
                break
    furnished.record("claims", id="c6", **control("dec", actor="sdf", claimant="reuters", when="2018-12-10"))
    with following(furnished, **HELD, last=line.removeprefix("id: ")) as stream:
        (told,) = stream.take(1)
    assert told.data["position"] == furnished.position


def test_a_stream_of_answers_from_another_log_is_told_as_a_reset(furnished: Dossier) -> None:
    for last in ("3.00000000", str(furnished.position + 5), "nonsense"):
        with following(furnished, **FIGURES, last=last) as stream:
            reset, first = stream.take(2)
        assert (reset.type, reset.id) == ("reset", "0")
        assert reset.data["reason"]
        assert first.data["data"]["before"]["groups"] == []


def test_a_log_that_is_replaced_under_a_live_stream_is_told_as_a_reset(
    furnished: Dossier, installation: Running
) -> None:
    with following(furnished, **FIGURES) as stream:
        (first,) = stream.take(1)
        restore(installation, furnished.id, *ANOTHER)
        reset, again = stream.take(2)
    assert (reset.type, reset.id) == ("reset", "0")
    assert again.data["position"] == first.data["position"]
    assert again.id != first.id
