"""Many commands in one request: all of them, or none."""

import json
from typing import Any

import pytest

from tests.interfaces.running import LINES, WHY, Dossier, assert_problem, control, done, figure


def record(id: str, **fields: Any) -> dict[str, Any]:
    return {"command": "record_claim", "id": id, **figure(**fields)}


def test_a_batch_is_answered_line_by_line(furnished: Dossier) -> None:
    before = furnished.position
    answer = done(furnished.batch([record("b1", best=1), record("b2", best=2)]))
    assert answer["position"] == before + 2
    assert [(item["line"], item["id"], item["position"], item["changed"]) for item in answer["items"]] == [
        (1, "b1", before + 1, True),
        (2, "b2", before + 2, True),
    ]
    assert furnished.ids("claims") == ["c1", "c2", "b1", "b2"]


def test_later_lines_may_refer_to_earlier_ones(furnished: Dossier) -> None:
    lines = [
        {"command": "register_source", "id": "afp", "name": "AFP", "kind": "news_agency"},
        {"command": "file_report", "id": "wire", "label": "A wire", "published": "2018-12-14", "publisher": "afp"},
        record("b1", report="wire", best=9, claimant="afp"),
        {"command": "record_claim", "id": "b2", **control("wire", disputes="b1")},
        {"command": "correct_claim", "id": "b1", "set": {"best": 10}, **WHY},
        {"command": "relate_claim", "id": "b1", "relation": "resolves", "to": ["b2"]},
    ]
    done(furnished.batch(lines))
    b1 = furnished.read("claims/b1")
    assert (b1["content"]["best"], b1["version"]) == (10, 3)
    assert b1["relations"] == {"disputed_by": ["b2"], "resolves": ["b2"]}


def test_all_errors_are_told_by_line_and_nothing_is_recorded(furnished: Dossier) -> None:
    lines = [
        record("b1", best=1),
        record("b2", best=-1),
        {"command": "record_claim", "id": "b3", **control("b9")},
        record("b4", when="soon"),
        {"command": "retract_claim", "id": "nothing", **WHY},
        {"command": "correct_claim", "id": "c1", "set": {"best": 3}, "if_version": "9.00000000", **WHY},
        record("b2", best=2, disputes="b4"),
    ]
    refused = assert_problem(furnished.batch(lines), 422, "batch_refused", None)
    told = {error["line"]: (error["code"], error.get("pointer")) for error in refused["errors"]}
    assert told[2] == ("negative_figure", "/best")
    assert told[3] == ("unknown_reference", "/report")
    assert told[4] == ("not_edtf", "/when")
    assert told[5] == ("no_such_item", "/id")
    assert told[6] == ("version_moved", None)
    assert 1 not in told
    assert furnished.head() == furnished.position
    assert furnished.ids("claims") == ["c1", "c2"]


def test_a_line_may_change_an_item_whatever_it_is(furnished: Dossier) -> None:
    line = {"command": "correct_claim", "id": "c1", "set": {"best": 3}, "if_version": "*", **WHY}
    assert furnished.batch([line]).json()["items"][0]["changed"]


BROKEN = [
    (b"{", "malformed", None),
    (b"[1]", "malformed", None),
    (b"{}", "missing_field", "/command"),
    (b'{"command": "delete_claim"}', "not_in_vocabulary", "/command"),
    (b'{"command": "record_claim"}', "missing_field", "/kind"),
    (b'{"command": "retract_claim", "reason": "x"}', "missing_field", "/id"),
    (b'{"command": "retract_claim", "id": "c1", "reason": "x", "command_id": 7}', "malformed", "/command_id"),
    (b'{"command": "retract_claim", "id": "c1", "reason": "x", "command_id": ""}', "malformed", "/command_id"),
    (b'{"command": "retract_claim", "id": "c1", "reason": "x", "if_version": 1}', "malformed", "/if_version"),
    (b'{"command": "retract_claim", "id": "c1", "id": "c2", "reason": "x"}', "malformed", None),
    (b'{"command": "retract_claim", "id": "c1", "reason": "\\ud800"}', "text_unreadable", "/reason"),
    (b'{"command": "retract_claim", "id": "c1", "reason": "\xff"}', "malformed", None),
]


@pytest.mark.parametrize(("line", "code", "place"), BROKEN, ids=lambda value: str(value)[:40])
def test_one_broken_line_is_named(shared: Dossier, line: bytes, code: str, place: str | None) -> None:
    good = json.dumps(record("b1", best=1)).encode()
    body = good + b"\r\n\r\n" + line + b"\n" + good + b"\n"
    answer = shared.http.post(f"{shared.path}/batches", content=body, headers=LINES)
    refused = assert_problem(answer, 422, "batch_refused", None)
    (error,) = refused["errors"]
    assert (error["line"], error["code"], error.get("pointer")) == (3, code, place)
    assert shared.head() == shared.position


def test_lines_may_end_as_on_other_systems(furnished: Dossier) -> None:
    body = b"\r\n".join(json.dumps(record(f"b{n}", best=n)).encode() for n in range(1, 4)) + b"\r\n\r\n"
    answer = done(furnished.http.post(f"{furnished.path}/batches", content=body, headers=LINES))
    assert [item["line"] for item in answer["items"]] == [1, 2, 3]


def test_a_dry_run_tells_all_and_records_nothing(furnished: Dossier) -> None:
    answer = done(furnished.batch([record("b1", best=1), record("c1")], dry_run=True))
    assert answer["dry_run"]
    assert [(item["id"], item["changed"]) for item in answer["items"]] == [("b1", True), ("c1", False)]
    refused = assert_problem(furnished.batch([record("b1", best=-1)], dry_run=True), 422, "batch_refused", None)
    assert refused["errors"][0]["line"] == 1
    assert furnished.head() == furnished.position
    # Nor is its command id taken.
    once = record("b2", best=1) | {"command_id": "dry"}
    done(furnished.batch([once], dry_run=True))
    assert done(furnished.batch([record("b3", best=1) | {"command_id": "dry"}]))["items"][0]["changed"]


def test_command_ids_make_a_batch_safe_to_send_again(furnished: Dossier) -> None:
    lines = [record(f"b{n}", best=n) | {"command_id": f"line-{n}"} for n in range(1, 6)]
    first = done(furnished.batch(lines[:3]))
    furnished.change("claims/b2/corrections", set={"best": 200}, **WHY)
    again = done(furnished.batch(lines))
    assert [item["repeated"] for item in again["items"]] == [True, True, True, False, False]
    assert all(item["changed"] for item in again["items"])
    assert [item["position"] for item in again["items"][:3]] == [item["position"] for item in first["items"]]
    reused = furnished.batch([record("b7", best=7), lines[1] | {"best": 9}])
    refused = assert_problem(reused, 422, "batch_refused", None)
    assert [(error["line"], error["code"]) for error in refused["errors"]] == [(2, "idempotency_key_reused")]
    twice = furnished.batch([record("b8", best=8) | {"command_id": "x"}, record("b9", best=9) | {"command_id": "x"}])
    assert_problem(twice, 422, "batch_refused", None)
    assert "b7" not in furnished.ids("claims")
    assert "b8" not in furnished.ids("claims")


def test_a_batch_without_a_command_is_refused(shared: Dossier) -> None:
    for body in (b"", b"\n\n  \r\n"):
        assert_problem(shared.http.post(f"{shared.path}/batches", content=body, headers=LINES), 422, "malformed", None)


def test_a_batch_over_its_limits_is_refused(shared: Dossier) -> None:
    for body in (b"{}\n" * 10_001, b"\n" * 20_001, b"\r\n" * 20_001, b" " * 32_000_001):
        answer = shared.http.post(f"{shared.path}/batches", content=body, headers=LINES)
        assert_problem(answer, 413, "body_too_large", None)
    longest = json.dumps(record("b1", text="x" * 1_000_000)).encode()
    answer = shared.http.post(f"{shared.path}/batches", content=longest, headers=LINES)
    refused = assert_problem(answer, 413, "batch_refused", None)
    assert [error["code"] for error in refused["errors"]] == ["body_too_large"]
    assert shared.head() == shared.position
