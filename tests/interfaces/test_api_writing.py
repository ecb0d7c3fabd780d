"""Writing through HTTP: who may, what a write answers, and what the same again does."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.interfaces.running import API, WHY, Dossier, Running, assert_problem, control, done, eventually, figure


def test_a_new_item_is_answered_with_where_and_at_which_version_it_is(furnished: Dossier) -> None:
    answer = furnished.post("claims", figure(id="c9", best=1500, group="foreign"))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{API}{furnished.path}/claims/c9"
    position, etag = answer.json()["position"], answer.json()["etag"]
    assert re.fullmatch(r"1\.[0-9a-f]{8}", etag)
    assert answer.headers["etag"] == f'"{etag}"'
    assert answer.json() == {
        "id": "c9", "version": 1, "etag": etag, "position": position, "changed": True, "repeated": False,
        "warnings": [],
    }  # fmt: skip
    there = furnished.http.get(answer.headers["location"].removeprefix(API), params={"min_position": position})
    assert there.json()["content"]["best"] == 1500
    assert there.headers["etag"].startswith(f'"{etag}-')
    assert there.json()["etag"] == etag
    history = furnished.http.get(f"{furnished.path}/claims/c9/history").json()
    assert history["etag"] == etag


def test_the_same_again_changes_nothing(furnished: Dossier) -> None:
    first = furnished.post("claims", figure(id="c9", best=1500, group="foreign"))
    again = furnished.post("claims", figure(id="c9", best=1500, group="foreign"))
    assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])
    assert not again.json()["changed"]
    assert not again.json()["repeated"]
    assert furnished.head() == first.json()["position"]
    # Also after it was corrected: what is told is what was recorded first.
    furnished.change("claims/c9/corrections", set={"best": 1600}, **WHY)
    assert not furnished.record("claims", **figure(id="c9", best=1500, group="foreign"))["changed"]


def test_each_kind_of_item_can_be_recorded_and_changed(furnished: Dossier) -> None:
    assert furnished.change("descriptions", set={"summary": "What five reports said"}, **WHY)["version"] == 2
    assert furnished.change("sources/sohr/grades", reliability="B", **WHY)["version"] == 2
    assert furnished.change("actors/is/corrections", set={"name": "IS"}, **WHY)["version"] == 2
    assert furnished.change("places/hajin/corrections", set={"latitude": 34.6, "longitude": 40.8}, **WHY)["changed"]
    assert furnished.change("reports/nov/discreditings", **WHY)["version"] == 2
    assert furnished.change("claims/c1/relations", relation="disputes", to="c2")["version"] == 2
    assert furnished.read()["summary"] == "What five reports said"
    assert furnished.read("sources/sohr")["reliability"] == "B"
    assert furnished.read("actors/is")["name"] == "IS"
    assert furnished.read("places/hajin")["latitude"] == 34.6
    assert furnished.read("reports/nov")["discredited_because"] == "a test"
    assert furnished.read("claims/c1")["relations"] == {"disputes": ["c2"]}
    assert furnished.read("claims/c2")["relations"] == {"disputed_by": ["c1"]}


def test_writing_needs_a_token_that_stands_for_somebody(shared: Dossier, installation: Running) -> None:
    addresses = ("/dossiers", f"{shared.path}/claims", f"{shared.path}/batches", f"{shared.path}/claims/c1/grades")
    with installation.client(token="") as nobody:
        for address in addresses:
            refused = nobody.post(address, json={})
            assert_problem(refused, 401, "unauthorized", None)
            assert refused.headers["www-authenticate"] == "Bearer"
        for header in ("Bearer kroniek_no", "Bearer", "Basic a2xhcw==", f"Token {installation.token}", "Bearer é"):
            named: dict[str, Any] = {"Authorization": header.encode("latin-1")}
            assert_problem(nobody.post(addresses[1], json=figure(), headers=named), 401, "unauthorized", None)
            assert_problem(nobody.get(addresses[1], headers=named), 401, "unauthorized", None)
        # Reading is open on the loopback.
        assert nobody.get(f"{shared.path}/claims").status_code == 200
    assert shared.head() == shared.position


def test_a_change_says_which_version_it_is_meant_for(furnished: Dossier) -> None:
    corrected = {"set": {"best": 2500}, **WHY}
    assert_problem(furnished.post("claims/c1/corrections", corrected), 428, "version_needed", None)
    read = furnished.get("claims/c1").headers["etag"]
    # Another version, and the same version of another history.
    for other in ('"7.00000000"', '"1.00000000"'):
        answer = furnished.post("claims/c1/corrections", corrected, if_match=other)
        assert assert_problem(answer, 412, "version_moved", None)["version"] == 1
    # A number does not say of which history it is.
    assert_problem(furnished.post("claims/c1/corrections", corrected, if_match='"1"'), 400, "bad_header", None)
    assert furnished.head() == furnished.position
    answer = furnished.post("claims/c1/corrections", corrected, if_match=read)
    assert (answer.status_code, answer.headers["etag"][:3], answer.json()["changed"]) == (200, '"2.', True)
    assert_problem(furnished.post("claims/c1/retractions", WHY, if_match=read), 412, "version_moved", None)
    assert furnished.change("claims/c1/retractions", if_match="*", **WHY)["version"] == 3


def test_a_key_makes_a_write_safe_to_send_again(furnished: Dossier) -> None:
    body = figure(best=1500, group="foreign")
    first = furnished.post("claims", body, idempotency_key="k1")
    made = first.json()["id"]
    assert first.status_code == 201
    furnished.change(f"claims/{made}/corrections", set={"best": 1600}, **WHY)
    again = furnished.post("claims", body, idempotency_key="k1")
    assert again.status_code == 201
    assert again.json() == {**first.json(), "repeated": True}
    assert again.headers["etag"] == first.headers["etag"]
    assert_problem(
        furnished.post("claims", figure(best=1700), idempotency_key="k1"), 422, "idempotency_key_reused", None
    )
    # Without a key each is a new one.
    assert len({furnished.record("claims", **body)["id"] for _ in range(3)}) == 3


def test_a_key_answers_a_change_first_also_when_the_version_moved(furnished: Dossier) -> None:
    corrected = {"set": {"best": 2500}, **WHY}
    read = furnished.get("claims/c1").headers["etag"]
    first = furnished.post("claims/c1/corrections", corrected, if_match=read, idempotency_key="k2")
    furnished.change("claims/c1/corrections", set={"best": 2600}, **WHY)
    again = furnished.post("claims/c1/corrections", corrected, if_match=read, idempotency_key="k2")
    assert again.status_code == 200
    assert again.json() == {**first.json(), "repeated": True}
    other = furnished.post("claims/c1/corrections", {**corrected, "reason": "b"}, if_match=read, idempotency_key="k2")
    assert_problem(other, 422, "idempotency_key_reused", None)
    assert furnished.read("claims/c1")["content"]["best"] == 2600


def test_keys_of_others_are_not_ours(furnished: Dossier, installation: Running) -> None:
    furnished.post("claims", figure(id="k", best=1), idempotency_key="mine")
    token, _ = installation.make_token("another")
    with installation.client(token=token) as another:
        answer = another.post(
            f"{furnished.path}/claims", json=figure(id="l", best=2), headers={"Idempotency-Key": "mine"}
        )
        assert answer.status_code == 201


def test_many_who_send_the_same_at_once_are_answered_alike(furnished: Dossier) -> None:
    def send(_: int) -> httpx.Response:
        return furnished.http.post(f"{furnished.path}/claims", json=figure(id="same", best=77))

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(send, range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert {(answer.json()["id"], answer.json()["version"]) for answer in answers} == {("same", 1)}
    assert furnished.read(min_position=furnished.position + 1)["head"] == furnished.position + 1


def test_many_who_send_the_same_under_one_key_are_answered_alike(furnished: Dossier) -> None:
    def send(_: int) -> httpx.Response:
        named = {"Idempotency-Key": "crowd"}
        return furnished.http.post(f"{furnished.path}/claims", json=figure(best=78), headers=named)

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(send, range(20)))
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    assert len({(answer.json()["id"], answer.json()["position"]) for answer in answers}) == 1


def test_of_changes_to_one_version_exactly_one_is_made(furnished: Dossier) -> None:
    read = furnished.get("claims/c1").headers["etag"]

    def send(number: int) -> httpx.Response:
        body = {"set": {"best": 3000 + number}, **WHY}
        return furnished.http.post(f"{furnished.path}/claims/c1/corrections", json=body, headers={"If-Match": read})

    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(send, range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 15
    (won,) = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    assert furnished.read("claims/c1", min_position=furnished.position + 1)["content"]["best"] == 3000 + won


def test_changes_whatever_the_version_are_all_made(furnished: Dossier) -> None:
    def send(number: int) -> httpx.Response:
        body = {"set": {"best": 3000 + number}, **WHY}
        return furnished.http.post(f"{furnished.path}/claims/c1/corrections", json=body, headers={"If-Match": "*"})

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(send, range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8, [answer.text for answer in answers]
    assert {answer.json()["version"] for answer in answers} == set(range(2, 10))


def test_a_report_whose_date_is_corrected_warns_of_what_its_claims_tell_of_later(furnished: Dossier) -> None:
    furnished.record("reports", id="later", label="Later", published="2018-12-28")
    for id_, dates in {"l1": {"when": "2018-12-24"}, "l2": {"when": "2018-12"}, "l3": {"said": "2018-12-20"}}.items():
        furnished.record("claims", **figure("later", id=id_, **{"when": None, **dates}))
    furnished.record("claims", **figure("later", id="l4", when="2018-12-25"))
    furnished.change("claims/l4/retractions", **WHY)
    furnished.read("claims")

    def corrected(**changes: str) -> list[tuple[str, str]]:
        told = furnished.change("reports/later/corrections", set=changes, **WHY)
        return [(one["field"], one["message"].partition(":")[0]) for one in told["warnings"]]

    assert corrected(label="The one") == []
    assert corrected(published="2018-12-24") == []
    told = furnished.change("reports/later/corrections", set={"published": "2018-12-10"}, **WHY)
    assert [(one["code"], one["field"], one["message"]) for one in told["warnings"]] == [
        (
            "when_after_publication",
            "set.published",
            f"claim {id_!r} is of {date}, after the report came out (2018-12-10)",
        )
        for id_, date in (("l1", "2018-12-24"), ("l3", "2018-12-20"))
    ]


def test_what_the_field_knows_is_taken_with_a_warning(furnished: Dossier) -> None:
    later = furnished.record("claims", **figure(best=1900, when="2018-12-24"))
    assert [(told["code"], told["field"]) for told in later["warnings"]] == [("when_after_publication", "when")]
    furnished.record("claims", **figure("nov", id="reprint", best=300, group="foreign"))
    wire = furnished.change("claims/reprint/revisions", report="oct", set={"best": 400})
    assert [(told["code"], told["field"]) for told in wire["warnings"]] == [("revision_before_its_original", "report")]


def test_what_falls_away_is_told_with_the_words_that_went(furnished: Dossier) -> None:
    furnished.record("claims", **figure(id="f1", best=420, original="at least 420 people"))
    (told,) = furnished.change("claims/f1/revisions", report="nov", set={"best": 490})["warnings"]
    assert (told["code"], told["field"]) == ("words_fell_away", "set.original")
    assert "at least 420 people" in told["message"]
    assert "original" not in furnished.read("claims/f1")["content"]
    anew = {"best": 500, "original": "500 people"}
    assert furnished.change("claims/f1/corrections", set=anew, reason="Misread")["warnings"] == []
    assert furnished.read("claims/f1")["content"]["original"] == "500 people"


def test_an_identical_figure_of_the_same_report_is_warned_of(furnished: Dossier) -> None:
    same = figure(best=1234, group="foreign", original="some words")
    assert told_of(furnished.record("claims", id="f1", **same)) == []
    (told,) = furnished.record("claims", id="f2", **same | {"original": "other words"})["warnings"]
    assert told["code"] == "identical_figure"
    assert "'f1'" in told["message"]
    (told,) = furnished.record("claims", id="f3", **same | {"best": 1235})["warnings"]
    assert told["code"] == "several_figures"
    assert furnished.record("claims", id="f4", **same | {"report": "nov"})["warnings"] == []
    anew = {"best": 1234, "original": "some words"}
    (told,) = furnished.change("claims/f3/revisions", report="oct", set=anew)["warnings"]
    assert "'f1'" in told["message"]
    # The same again is no other one.
    assert furnished.record("claims", id="f2", **same | {"original": "other words"})["warnings"] == []
    # c1 is known from a batch.
    (told,) = furnished.record("claims", id="f5", **figure())["warnings"]
    assert "'c1'" in told["message"]


def test_an_identical_figure_is_found_in_the_read_models(
    furnished: Dossier, installation: Running, another_api: Callable[[], Running]
) -> None:
    # A process that saw nothing of it being recorded.
    other = another_api()
    furnished.read()
    with other.client() as http:
        elsewhere = Dossier(http, furnished.id)
        (told,) = elsewhere.record("claims", id="f9", **figure())["warnings"]
        assert "'c1'" in told["message"]
        lines = [{"command": "record_claim", "id": f"g{n}", **figure(best=2000 + n)} for n in range(3)]
        items = done(elsewhere.batch(lines))["items"]
        codes = [[told["code"] for told in item["warnings"]] for item in items]
        assert codes == [["identical_figure"], ["several_figures"], ["several_figures"]]


def test_the_same_state_of_a_place_and_what_excludes_it_are_found_in_the_read_models(
    furnished: Dossier, installation: Running, another_api: Callable[[], Running]
) -> None:
    held = control(when="2018-10-12", claimant="sohr")
    assert told_of(furnished.record("claims", id="k1", **held)) == []
    other = another_api()
    furnished.read()
    with other.client() as http:
        elsewhere = Dossier(http, furnished.id)
        assert told_of(elsewhere.record("claims", id="k2", **held)) == [("identical_control", "k1")]
        by_another = held | {"actor": "sdf"}
        assert told_of(elsewhere.record("claims", id="k3", **by_another)) == [("contradicts_itself", "k1")]
        assert told_of(elsewhere.record("claims", id="k4", **by_another | {"extent": "part"})) == []


def test_dates_that_are_mistyped_are_told_with_their_field(furnished: Dossier) -> None:
    filed = furnished.record("reports", id="ahead", label="Ahead", published="2202-01-20")
    assert [(told["code"], told["field"]) for told in filed["warnings"]] == [("in_the_future", "published")]
    corrected = furnished.change("claims/c1/corrections", set={"when": "0020-01-05"}, **WHY)
    assert [(told["code"], told["field"]) for told in corrected["warnings"]] == [("far_in_the_past", "set.when")]


def test_an_identical_figure_in_one_batch_is_warned_of(furnished: Dossier) -> None:
    lines = [{"command": "record_claim", "id": f"g{n}", **figure("dec", best=5000 + n % 300)} for n in range(301)]
    items = done(furnished.batch(lines))["items"]
    assert told_of(items[300]) == [("identical_figure", "g0")]
    assert told_of(items[299]) == [("several_figures", "g0")]


def told_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Which other claims of the report a write is warned of: those of any are another matter."""
    warnings = [told for told in answer["warnings"] if told["code"] not in FAR]
    return [(told["code"], re.findall("claim '(.+?)'", told["message"])[0]) for told in warnings]


FAR = ("far_from_others", "far_from_before")


def test_several_figures_of_one_thing_in_one_report_are_warned_of_unless_something_tells_them_apart(
    furnished: Dossier,
) -> None:
    def record(claim_id: str, number: int, **more: Any) -> list[tuple[str, str]]:
        counted = figure(id=claim_id, when="2018-10-10", best=number) | more
        given = {name: value for name, value in counted.items() if value is not None}
        return told_of(furnished.record("claims", **given))

    assert record("s1", 40) == []
    assert record("s2", 60) == [("several_figures", "s1")]
    apart: list[dict[str, Any]] = [
        {"group": "women"}, {"cause": "airstrike"}, {"when": "2018-10-11"}, {"claimant": "sohr"}, {"report": "nov"},
        {"dimensions": {"origin": "idlib"}}, {"place": None}, {"hedge": "intended"},
        {"qualifier": "unknown", "best": None},
    ]  # fmt: skip
    for nth, more in enumerate(apart):
        assert record(f"a{nth}", 61, **more) == [], more
    assert record("s3", 15, part_of=["s1", "s2"]) == []
    # What becomes so, and what becomes so no more.
    assert record("s4", 16, group="men") == []
    assert told_of(furnished.change("claims/s4/corrections", set={"group": None}, **WHY)) == [("several_figures", "s1")]
    furnished.change("claims/s4/corrections", set={"group": "men"}, **WHY)
    furnished.change("claims/s2/corrections", set={"dimensions": {"origin": "idlib"}}, **WHY)
    furnished.change("claims/s1/retractions", **WHY)
    assert record("s5", 17, part_of="s3") == []
    revised = furnished.change("claims/s4/revisions", report="dec", set={"group": None, "best": 18})
    assert told_of(revised) == []
    assert told_of(furnished.change("claims/s4/corrections", statement=2, set={"report": "oct"}, **WHY)) == [
        ("several_figures", "s3")
    ]


def test_a_dry_run_warns_of_what_a_batch_would_be_warned_of_and_remembers_nothing(furnished: Dossier) -> None:
    lines = [{"command": "record_claim", "id": f"g{n}", **figure("dec", best=70 + n)} for n in range(2)]
    aged = figure("dec", best=70, dimensions={"age": "1"})
    lines += [{"command": "record_claim", "id": f"h{n}", **aged} for n in range(2)]
    expected = [[], [("several_figures", "g0")], [], [("identical_figure", "h0")]]
    for dry_run in (True, True, False):
        items = done(furnished.batch(lines, dry_run=dry_run))["items"]
        assert [told_of(item) for item in items] == expected


def test_an_occurrence_that_is_identical_to_another_of_the_report_is_warned_of(furnished: Dossier) -> None:
    attack: dict[str, Any] = {"kind": "occurrence", "type": "attack", "report": "oct", "place": "hajin",
                              "when": "2018-10-12", "actors": {"by": ["is"]}}  # fmt: skip
    assert told_of(furnished.record("claims", id="o1", **attack)) == []
    again = attack | {"text": "In other words"}
    assert told_of(furnished.record("claims", id="o2", **again)) == [("identical_occurrence", "o1")]
    assert told_of(furnished.record("claims", id="o3", **attack | {"type": "raid"})) == []
    assert told_of(furnished.record("claims", id="o4", **attack | {"report": "nov"})) == []
    corrected = furnished.change("claims/o3/corrections", set={"type": "attack"}, **WHY)
    assert told_of(corrected) == [("identical_occurrence", "o1")]


def codes(answer: dict[str, Any]) -> list[str]:
    return [told["code"] for told in answer["warnings"]]


def test_what_may_be_in_the_dossier_already_is_warned_of(
    furnished: Dossier, installation: Running, another_api: Callable[[], Running]
) -> None:
    furnished.record("places", id="jinah", name="al-Jinah", kind="village", names={"ar": "الجينة"})
    (told,) = furnished.record("places", id="p2", name="Al Jīnah", kind="village")["warnings"]
    assert (told["code"], told["field"]) == ("same_name", "name")
    assert "'jinah'" in told["message"]
    # Two of a name, far from each other.
    furnished.record("places", id="bir", name="Bir", kind="village", latitude=35.1, longitude=40.2)
    there = {"name": "Bir", "kind": "village", "latitude": 36.1, "longitude": 37.2}
    assert codes(furnished.record("places", id="bir-2", **there)) == []
    assert codes(furnished.record("sources", id="s2", name="Jinah", kind="monitor", names={"ar": "الجينة"})) == []
    assert codes(furnished.record("sources", id="s3", name="sohr-", kind="monitor")) == ["same_name"]
    furnished.record("reports", id="r1", label="A day", published="2018", url="https://www.example.org/a/?x=1#top")
    again = furnished.record("reports", id="r2", label="Another", published="2018", url="http://example.org/a?x=1")
    assert codes(again) == ["same_url"]
    assert codes(furnished.record("reports", id="r3", label="a day", published="2018")) == ["same_name"]
    assert codes(furnished.record("reports", id="r4", label="a day", published="2019")) == []
    # By a correction too, and once only.
    corrected = furnished.change("reports/r4/corrections", set={"published": "2018"}, **WHY)
    assert codes(corrected) == ["same_name"]
    assert codes(furnished.change("reports/r4/corrections", set={"note": "p. 3"}, **WHY)) == []
    # Of what was retracted there is nothing twice.
    for report in ("r1", "r3", "r4"):
        furnished.change(f"reports/{report}/retractions", **WHY)
    assert codes(furnished.record("reports", id="r5", label="A day", published="2018")) == []
    # Editions of one dataset have all that in common.
    edition = {"label": "A day", "published": "2018", "dataset": "tolls"}
    furnished.change("reports/r5/retractions", **WHY)
    assert codes(furnished.record("reports", id="e1", **edition, edition="1")) == []
    assert codes(furnished.record("reports", id="e2", **edition, edition="2")) == []
    # A process that saw nothing of it being recorded.
    other = another_api()
    furnished.read()
    with other.client() as http:
        elsewhere = Dossier(http, furnished.id)
        lines = [{"command": "register_place", "id": each, "name": name, "kind": "village"}
                 for each, name in (("q1", "الجينه"), ("q2", "Somewhere"), ("q3", "somewhere"))]  # fmt: skip
        for dry_run in (True, True, False):
            items = done(elsewhere.batch(lines, dry_run=dry_run))["items"]
            assert [codes(item) for item in items] == [["same_name"], [], ["same_name"]]


def test_coordinates_that_lie_far_off_or_were_swapped_are_warned_of(furnished: Dossier) -> None:
    def place(place_id: str, latitude: float, longitude: float, **more: Any) -> list[str]:
        given = {"id": place_id, "name": place_id, "kind": "village", "latitude": latitude, "longitude": longitude}
        return codes(furnished.record("places", **given | more))

    assert place("abu-kamal", 34.45, 40.92, kind="adm2") == []
    assert place("shafa", 34.57, 40.92, within="abu-kamal") == []
    assert place("marashida", 40.97, 34.45, within="abu-kamal") == ["coordinates_swapped"]
    # What was warned of itself is no proof for the next.
    assert place("susa", 40.84, 34.55, within="abu-kamal") == ["coordinates_swapped"]
    assert place("sur", 40.88, 34.6, within="abu-kamal") == ["coordinates_swapped"]
    assert place("baghouz", 44.45, 40.95, within="abu-kamal") == ["far_off"]
    assert place("muhassan", 38.5, 38.0, within="abu-kamal") == ["far_off"]
    (told,) = furnished.change("places/shafa/corrections", set={"latitude": 3.457}, **WHY)["warnings"]
    assert (told["code"], told["field"]) == ("far_off", "latitude")
    assert furnished.change("places/baghouz/corrections", set={"latitude": 34.45}, **WHY)["warnings"] == []


def test_a_word_that_is_one_letter_away_from_one_in_use_is_warned_of(
    furnished: Dossier, installation: Running, another_api: Callable[[], Running]
) -> None:
    assert codes(furnished.record("claims", **figure("dec", id="w1", group="civilians", cause="airstrike"))) == []
    (told,) = furnished.record("claims", **figure("dec", id="w2", group="civillians"))["warnings"]
    assert (told["code"], told["field"]) == ("near_word", "group")
    assert "'civilians'" in told["message"]
    # A group is no cause, and what is in use now is warned of no more.
    assert codes(furnished.record("claims", **figure("nov", id="w3", group="airstrikes"))) == []
    assert codes(furnished.record("claims", **figure("nov", id="w4", group="civillians"))) == []
    corrected = furnished.change("claims/w3/corrections", set={"group": None, "cause": "airstirke"}, **WHY)
    assert codes(corrected) == ["near_word"]
    other = another_api()
    furnished.read()
    with other.client() as http:
        elsewhere = Dossier(http, furnished.id)
        told = codes(elsewhere.record("claims", **figure("oct", id="w5", cause="air-strike")))
        assert told == ["near_word"], other.said("api")[-3000:]


def test_a_request_id_goes_from_the_caller_to_the_events(shared: Dossier, installation: Running) -> None:
    answer = shared.post("claims", control(id="traced"), x_request_id="desk-42")
    assert answer.headers["x-request-id"] == "desk-42"
    after = answer.json()["position"] - 1
    (event,) = done(shared.http.get(f"{shared.path}/events", params={"after": after}))["items"]
    assert event["correlationid"] == "desk-42"
    # One that cannot be used is replaced, also in the events.
    answer = shared.post("claims", control(id="traced-2"), x_request_id="x" * 500)
    made = answer.headers["x-request-id"]
    assert made != "x" * 500
    after = answer.json()["position"] - 1
    (event,) = done(shared.http.get(f"{shared.path}/events", params={"after": after}))["items"]
    assert event["correlationid"] == made


def test_each_request_is_one_line_of_log(shared: Dossier, installation: Running) -> None:
    answer = shared.http.get(f"{shared.path}/claims", headers={"X-Request-ID": "one-line"})
    assert answer.headers["x-request-id"] == "one-line"
    lines = eventually(
        lambda: [line for line in installation.log_lines("api") if line.get("request_id") == "one-line"], "a line"
    )
    (line,) = lines
    assert (line["event"], line["method"], line["status"]) == ("request", "GET", 200)
    assert line["path"] == f"{API}{shared.path}/claims"
    assert line["duration_ms"] > 0
    assert line["level"] == "info"
    assert line["timestamp"]


def test_what_a_claimant_coded_keeps_its_shape(furnished: Dossier) -> None:
    for id, coded in (("k1", {"value": 3}), ("k2", {"coded": "x", "value": "y"})):
        furnished.record("claims", **figure(id=id, coded=coded))
        assert furnished.read(f"claims/{id}")["content"]["coded"] == coded
        (recorded,) = furnished.read(f"claims/{id}/history")["items"]
        assert {one["field"]: one["after"] for one in recorded["changes"]}["coded"] == coded
