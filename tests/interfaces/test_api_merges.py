"""Items that merge through HTTP: every id answers, and rules take them as one until they are split."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, control, done, figure
from tests.interfaces.test_abandoned import NEEDED
from tests.interfaces.test_hostile import READS, address


@pytest.fixture
def spelt_twice(furnished: Dossier) -> Dossier:
    """A monitor that was registered twice, and said something under each name."""
    furnished.record("sources", id="sohr-2", name="The Observatory", kind="monitor")
    furnished.record("claims", **figure("oct", id="m1", claimant="sohr", best=3000, place="deir-ez-zor"))
    furnished.record("claims", **figure("nov", id="m2", claimant="sohr-2", best=4000, place="deir-ez-zor"))
    return furnished


def picture(dossier: Dossier, **query: Any) -> Any:
    found = dossier.read("figures", topic="fighters,people,subject:is,place:deir-ez-zor", **query)
    (group,) = found["picture"]["groups"]
    return {"voices": group["voices"], "verdict": group["verdict"], "best": group["best"], "names": found["names"]}


def test_two_sources_that_are_one_are_one_voice_until_they_are_split(spelt_twice: Dossier) -> None:
    before = picture(spelt_twice)
    position = spelt_twice.position
    assert before["voices"] == 2
    spelt_twice.change("sources/sohr-2/merges", into="sohr", reason="The same monitor")
    one = picture(spelt_twice)
    assert one["voices"] == 1
    assert "sohr-2" not in one["names"]["sources"]
    assert picture(spelt_twice, as_of=position)["voices"] == 2
    assert not spelt_twice.read("disagreements", place="deir-ez-zor")["items"]
    # The record stays as it was written.
    assert spelt_twice.read("claims/m2")["content"]["claimant"] == "sohr-2"
    spelt_twice.change("sources/sohr-2/splits", reason="Another one")
    assert picture(spelt_twice) == before


def test_every_id_of_what_is_merged_answers_for_all_of_it(spelt_twice: Dossier) -> None:
    spelt_twice.change("sources/sohr-2/merges", into="sohr", reason="The same monitor")
    told = {id_: spelt_twice.read(f"sources/{id_}") for id_ in ("sohr", "sohr-2")}
    assert {
        id_: [one[name] for name in ("name", "survivor", "merged_into", "merged")] for id_, one in told.items()
    } == {
        "sohr-2": ["The Observatory", "sohr", "sohr", []],
        "sohr": ["SOHR", "sohr", None, ["sohr-2"]],
    }
    listed = {item["id"]: item["survivor"] for item in spelt_twice.read("sources")["items"]}
    assert listed == {"sohr": "sohr", "reuters": "reuters", "sohr-2": "sohr"}
    mine = spelt_twice.ids("claims", claimant="sohr")
    assert {"m1", "m2"} <= set(mine)
    assert spelt_twice.ids("claims", claimant="sohr-2") == mine
    assert spelt_twice.ids("claims", claimant="reuters") == []
    record, the_same = (spelt_twice.read(f"sources/{id_}/record")["claims"] for id_ in ("sohr", "sohr-2"))
    assert record == the_same
    assert record["total"] == len(mine)
    # A claim that is recorded in the name of either is the word of both.
    spelt_twice.record("claims", **figure("dec", id="m3", claimant="sohr-2", place="deir-ez-zor"))
    assert picture(spelt_twice)["voices"] == 1
    assert "m3" in spelt_twice.ids("claims", claimant="sohr")


def test_what_both_are_called_means_one_once_they_are_one(spelt_twice: Dossier) -> None:
    spelt_twice.record("sources", id="sohr-3", name="SOHR", kind="monitor")
    assert_problem(spelt_twice.get("claims", claimant="SOHR"), 422, "ambiguous_name", "/claimant")
    spelt_twice.change("sources/sohr-3/merges", into="sohr", reason="The same monitor")
    assert spelt_twice.read("claims", claimant="S O H R")["named"] == {"claimant": {"S O H R": "sohr"}}


def test_while_one_of_the_two_is_retracted_they_are_two(spelt_twice: Dossier) -> None:
    spelt_twice.change("sources/sohr-2/merges", into="sohr", reason="The same monitor")
    for id_ in ("sohr", "sohr-2"):
        spelt_twice.change(f"sources/{id_}/retractions", **WHY)
        assert picture(spelt_twice)["voices"] == 2
        assert spelt_twice.read("sources/sohr-2")["survivor"] == "sohr-2"
        assert spelt_twice.read("sources/sohr")["merged"] == []
        spelt_twice.change(f"sources/{id_}/reinstatements", **WHY)
        assert picture(spelt_twice)["voices"] == 1


def test_merges_that_cannot_be_are_refused(spelt_twice: Dossier) -> None:
    spelt_twice.change("sources/sohr-2/merges", into="sohr", **WHY)
    for one, into, status, code, place in (
        ("sohr-2", "reuters", 409, "already_merged", None),
        ("sohr", "sohr", 422, "merged_into_itself", "/into"),
        ("sohr", "sohr-2", 422, "merged_into_itself", "/into"),
        ("sohr", "nobody", 422, "unknown_reference", "/into"),
        ("nobody", "sohr", 404, "no_such_item", "/id"),
    ):
        answer = spelt_twice.post(f"sources/{one}/merges", {"into": into, **WHY}, if_match="*")
        assert_problem(answer, status, code, place)
    assert_problem(spelt_twice.post("sources/sohr/splits", WHY, if_match="*"), 409, "not_merged", None)
    assert_problem(spelt_twice.post("sources/sohr-2/splits", WHY, if_match='"9.00000000"'), 412, "version_moved", None)


def test_a_merge_is_told_in_the_history_and_among_corrections(spelt_twice: Dossier) -> None:
    told = spelt_twice.change("sources/sohr-2/merges", into="sohr", reason="The same monitor")
    entry = spelt_twice.read("sources/sohr-2/history")["items"][-1]
    assert (entry["type"], entry["reason"]) == ("source.merged", "The same monitor")
    assert entry["changes"] == [{"field": "merged_into", "before": None, "after": "sohr"}]
    (item,) = spelt_twice.read("corrections", kind="source")["items"]
    # Theirs, and what their claims bear on.
    touched = {
        "sources": ["sohr", "sohr-2"],
        "places": ["deir-ez-zor", "hajin"],
        "topics": ["fighters,people,subject:is,place:deir-ez-zor"],
    }
    assert (item["family"], item["touches"]) == ("judgement", touched)
    correction = done(spelt_twice.http.get(f"{spelt_twice.path}/corrections/{told['position']}"))
    assert correction["title"] == "Found to be the same as another: The Observatory"
    assert "held to be the same as SOHR" in correction["text"]


def test_whoever_follows_one_hears_of_all_that_are_one_with_it(spelt_twice: Dossier) -> None:
    def heard(after: int) -> list[str]:
        query: dict[str, Any] = {"after": after, "claimant": "sohr", "type": ["claim.recorded", "source.merged"]}
        page = done(spelt_twice.http.get(f"{spelt_twice.path}/events", params=query))
        return [item["subject"] for item in page["items"]]

    begun = spelt_twice.position
    spelt_twice.record("claims", **figure("dec", id="m3", claimant="sohr-2"))
    spelt_twice.change("sources/sohr-2/merges", into="sohr", reason="The same monitor")
    spelt_twice.record("claims", **figure("dec", id="m4", claimant="sohr-2"))
    spelt_twice.get("claims")
    assert heard(begun) == ["source/sohr-2", "claim/m4"]


@pytest.fixture
def two_names(furnished: Dossier) -> Dossier:
    """A party that was registered twice, and is told of under each name in one place."""
    furnished.record("actors", id="daesh", name="Daesh", kind="armed_group", part_of="sdf")
    furnished.record("places", id="baghouz", name="Baghouz", kind="village")
    told = {"place": "baghouz", "when": "2018-10-10/2018-10-20"}
    furnished.record("claims", **control("oct", id="h1", claimant="sohr", **told))
    furnished.record("claims", **control("nov", id="h2", claimant="reuters", actor="daesh", **told))
    furnished.record("claims", **figure("oct", id="n1", claimant="sohr", best=3000, **told))
    furnished.record("claims", **figure("nov", id="n2", claimant="reuters", subject="daesh", best=9000, **told))
    return furnished


def of_party(dossier: Dossier, id_: str) -> Any:
    """What is answered about a party, by one of its ids."""
    topic = f"fighters,people,subject:{id_},place:baghouz"
    found = dossier.read("figures", topic=topic)
    listed = dossier.read("figures", subject=id_, place="baghouz")["items"]
    return {
        "claims": sorted(point["claim"] for point in found["series"]),
        "beside": found["beside"],
        "listed": [(item["topic"], item["claims"]) for item in listed],
        "found": sorted(dossier.ids("claims", actor=id_, place="baghouz")),
        "counted": sorted(dossier.ids("claims", subject=id_, place="baghouz")),
    }


def held(dossier: Dossier) -> tuple[str, list[str]]:
    picture = dossier.read("places/baghouz/control", at="2018-10-15")["picture"]
    return picture["verdict"], sorted(picture["holders"])


def test_two_actors_that_are_one_are_one_party_until_they_are_split(two_names: Dossier) -> None:
    ids = ("is", "daesh")
    before, disputed = {id_: of_party(two_names, id_) for id_ in ids}, held(two_names)
    assert disputed == ("disputed", ["daesh", "is"])
    assert before["is"]["claims"] == ["n1"]
    position = two_names.position
    two_names.change("actors/daesh/merges", into="is", reason="Another word for it")
    assert held(two_names) == ("agreed", ["is"])
    topic = "fighters,people,subject:is,place:baghouz"
    of_both = {
        "claims": ["n1", "n2"],
        "beside": [],
        "listed": [(topic, 2)],
        "found": ["h1", "h2", "n1", "n2"],
        "counted": ["n1", "n2"],
    }
    assert [of_party(two_names, id_) for id_ in ids] == [of_both, of_both]
    kinds = [item["kind"] for item in two_names.read("disagreements", place="baghouz")["items"]]
    assert kinds == ["figures"]
    assert two_names.read("actors/daesh")["survivor"] == "is"
    assert two_names.read("actors/is")["merged"] == ["daesh"]
    assert two_names.read("figures", topic=topic, as_of=position)["series"][0]["claim"] == "n1"
    # What either was part of, both are.
    two_names.record("claims", **control("dec", id="h3", actor="sdf", place="baghouz", when="2018-10-10/2018-10-20"))
    assert held(two_names)[0] == "agreed"
    two_names.change("claims/h3/retractions", **WHY)
    two_names.change("actors/daesh/splits", reason="Another one")
    assert ({id_: of_party(two_names, id_) for id_ in ids}, held(two_names)) == (before, disputed)


def test_whoever_watches_a_number_of_one_party_hears_of_the_other_once_they_are_one(two_names: Dossier) -> None:
    begun = two_names.position
    two_names.change("actors/daesh/merges", into="is", reason="Another word for it")
    two_names.change("claims/n2/corrections", set={"best": 9500}, **WHY)
    two_names.get("claims")
    query: dict[str, Any] = {"after": begun, "actor": "is"}
    page = done(two_names.http.get(f"{two_names.path}/events", params=query))
    assert [item["subject"] for item in page["items"]] == ["actor/daesh", "claim/n2"]


@pytest.fixture
def two_spots(furnished: Dossier) -> Dossier:
    """A village that was registered twice, in two districts, with a quarter inside each of the two."""
    for id_, within in (("east", "deir-ez-zor"), ("west", "deir-ez-zor"), ("baghouz", "east"), ("al-baghuz", "west")):
        kind = "village" if "bagh" in id_ else "adm2"
        furnished.record("places", id=id_, name=id_.title(), kind=kind, within=within)
    furnished.record("places", id="camp", name="Camp", kind="camp", within="al-baghuz")
    told = {"when": "2018-10-10/2018-10-20"}
    furnished.record("claims", **control("oct", id="h1", claimant="sohr", place="baghouz", **told))
    furnished.record("claims", **control("nov", id="h2", claimant="reuters", actor="sdf", place="al-baghuz", **told))
    furnished.record("claims", **figure("oct", id="n1", claimant="sohr", best=3000, place="baghouz", **told))
    furnished.record("claims", **figure("nov", id="n2", claimant="reuters", best=9000, place="al-baghuz", **told))
    furnished.record("claims", **figure("nov", id="n3", claimant="reuters", best=7, place="camp", **told))
    return furnished


def of_place(dossier: Dossier, id_: str) -> Any:
    """What is answered about a place, by one of its ids."""
    found = dossier.read("figures", topic=f"fighters,people,subject:is,place:{id_}")
    listed = dossier.read("figures", place=id_)["items"]
    control_of = dossier.read(f"places/{id_}/control", at="2018-10-15")
    situation = dossier.read("situation", place=id_, at="2018-10-15")
    return {
        "claims": sorted(point["claim"] for point in found["series"]),
        "listed": [(item["topic"], item["claims"]) for item in listed],
        "found": sorted(dossier.ids("claims", place=id_)),
        "control": (control_of["picture"]["verdict"], sorted(control_of["picture"]["holders"])),
        "map": [(one["place"], one["verdict"]) for one in situation["control"]],
        "disagreements": [(one["kind"], one["place"]) for one in dossier.read("disagreements", place=id_)["items"]],
    }


def test_two_places_that_are_one_are_one_place_until_they_are_split(two_spots: Dossier) -> None:
    ids = ("baghouz", "al-baghuz", "east", "west", "deir-ez-zor")
    before = {id_: of_place(two_spots, id_) for id_ in ids}
    assert before["baghouz"]["claims"] == ["n1"]
    assert before["west"]["found"] == ["h2", "n2", "n3"]
    position = two_spots.position
    two_spots.change("places/al-baghuz/merges", into="baghouz", reason="Another spelling")
    of_both = of_place(two_spots, "baghouz")
    topic = "fighters,people,subject:is,place:baghouz"
    assert of_both == {
        "claims": ["n1", "n2"],
        "listed": [(topic, 2), ("fighters,people,subject:is,place:camp", 1)],
        "found": ["h1", "h2", "n1", "n2", "n3"],
        "control": ("disputed", ["is", "sdf"]),
        "map": [("baghouz", "disputed")],
        "disagreements": [("figures", "baghouz"), ("control", "baghouz"), ("possible", "baghouz")],
    }
    assert of_place(two_spots, "al-baghuz") == of_both
    assert of_place(two_spots, "east")["found"] == of_both["found"]
    assert of_place(two_spots, "west")["found"] == []
    assert two_spots.read("figures", topic=topic, as_of=position)["series"][0]["claim"] == "n1"
    told = two_spots.read("places/al-baghuz")
    assert (told["name"], told["survivor"], told["merged_into"]) == ("Al-Baghuz", "baghouz", "baghouz")
    assert two_spots.read("places/baghouz")["merged"] == ["al-baghuz"]
    # Either name finds it.
    assert two_spots.ids("claims", place="Al-Baghuz") == two_spots.ids("claims", place="baghouz")
    two_spots.change("places/al-baghuz/splits", reason="Another one")
    assert {id_: of_place(two_spots, id_) for id_ in ids} == before


def test_a_place_is_not_merged_with_one_that_lies_inside_it_or_around_it(two_spots: Dossier) -> None:
    for one, into in (("camp", "al-baghuz"), ("west", "camp"), ("camp", "west")):
        answer = two_spots.post(f"places/{one}/merges", {"into": into, **WHY}, if_match="*")
        assert_problem(answer, 422, "place_inside_itself", "/into")
        assert "cannot be one" in answer.json()["detail"]
    two_spots.change("places/al-baghuz/merges", into="baghouz", **WHY)
    # What lies in one of the two lies in both.
    for one, field in (("east", "camp"), ("baghouz", "camp")):
        answer = two_spots.post(f"places/{one}/corrections", {"set": {"within": field}, **WHY}, if_match="*")
        assert_problem(answer, 422, "place_inside_itself", "/set/within")


def test_whoever_follows_a_place_hears_of_what_is_one_with_one_inside_it(two_spots: Dossier) -> None:
    begun = two_spots.position
    two_spots.change("places/al-baghuz/merges", into="baghouz", reason="Another spelling")
    two_spots.change("claims/n2/corrections", set={"best": 9500}, **WHY)
    two_spots.change("claims/n3/corrections", set={"best": 8}, **WHY)
    two_spots.get("claims")
    for place in ("baghouz", "al-baghuz", "east"):
        query: dict[str, Any] = {"after": begun, "place": place}
        page = done(two_spots.http.get(f"{two_spots.path}/events", params=query))
        assert [item["subject"] for item in page["items"]] == ["place/al-baghuz", "claim/n2", "claim/n3"], place


@pytest.fixture
def filed_twice(furnished: Dossier) -> Dossier:
    """An article that was filed twice, the second time under the day on which somebody saw it."""
    of_one_day = {"claimant": "sohr", "place": "deir-ez-zor", "when": "2018-10-10"}
    furnished.record("reports", id="oct-b", label="October, seen later", published="2018-12-20")
    furnished.record("claims", **figure("oct", id="m1", best=3000, **of_one_day))
    furnished.record("claims", **figure("oct-b", id="m2", best=4000, **of_one_day))
    return furnished


def test_what_two_reports_say_that_are_one_is_said_in_one_and_was_out_when_that_was(filed_twice: Dossier) -> None:
    by_then = {"reported_by": "2018-11-01"}
    before = picture(filed_twice)
    assert before["verdict"] == "one_voice"
    assert "m2" not in filed_twice.ids("claims", **by_then)
    position = filed_twice.position
    filed_twice.change("reports/oct-b/merges", into="oct", reason="The same article")
    # Two numbers of one report stand side by side.
    assert picture(filed_twice)["verdict"] == "ambiguous"
    assert "m2" in filed_twice.ids("claims", **by_then)
    shown = filed_twice.read("claims/m2")["report"]
    assert (shown["id"], shown["label"], shown["publisher"]) == ("oct", "October", "reuters")
    for id_ in ("oct", "oct-b"):
        assert {"m1", "m2"} <= set(filed_twice.ids("claims", report=id_))
    # As of before it they were two.
    assert "m2" not in filed_twice.ids("claims", **by_then, as_of=position)
    assert picture(filed_twice, as_of=position) == before
    filed_twice.change("reports/oct-b/splits", reason="Two articles")
    assert picture(filed_twice) == before
    assert "m2" not in filed_twice.ids("claims", **by_then)


def test_every_question_is_answered_where_reports_are_merged_whatever_its_clocks(filed_twice: Dossier) -> None:
    filed_twice.record("incidents", id="x", title="Shelling", claims=["m1", "m2"])
    filed_twice.record("reports", id="x", label="An edition", published="2018-12", dataset="x", edition="1")
    filed_twice.change("reports/oct-b/merges", into="oct", reason="The same article")
    filed_twice.read()
    for path, operation in READS:
        if "{dossier}" not in path:
            continue
        takes = {parameter["name"] for parameter in operation.get("parameters", ())}
        clocks = {"reported_by": "2018-12-31", "at": "2018-12-01", "certainty": "possible"}
        for some in ({}, *({name: clocks[name] for name in names} for names in (("reported_by",), clocks))):
            query = "&".join(f"{name}={value}" for name, value in some.items() if name in takes)
            asked = f"{address(path, filed_twice.id)}?{NEEDED.get(path, '')}&{query}"
            answer = filed_twice.http.get(asked)
            assert answer.status_code in (200, 404), (asked, answer.text)


def test_a_merged_report_answers_is_counted_once_and_is_relied_on_as_the_one_that_stays(filed_twice: Dossier) -> None:
    filed_twice.change("reports/oct-b/corrections", set={"publisher": "reuters"}, **WHY)
    published = filed_twice.read("sources/reuters/record")["reports"]
    filed_twice.change("reports/oct-b/discreditings", reason="Made up")
    filed_twice.change("reports/oct-b/merges", into="oct", reason="The same article")
    told = {id_: filed_twice.read(f"reports/{id_}") for id_ in ("oct", "oct-b")}
    shown = ("label", "survivor", "merged_into", "merged", "discredited_because")
    assert {id_: [one[name] for name in shown] for id_, one in told.items()} == {
        "oct-b": ["October, seen later", "oct", "oct", [], "Made up"],
        "oct": ["October", "oct", None, ["oct-b"], None],
    }
    assert filed_twice.read("sources/reuters/record")["reports"] == published - 1
    assert filed_twice.read("claims/m2")["report"]["discredited_because"] is None
    filed_twice.change("reports/oct/discreditings", reason="Made up")
    assert {filed_twice.read(f"claims/{id_}")["report"]["discredited_because"] for id_ in ("m1", "m2")} == {"Made up"}


def test_what_is_said_of_a_report_that_goes_on_as_another_is_refused_or_told_to_count_for_nothing(
    filed_twice: Dossier,
) -> None:
    def text(told: Any) -> str:
        filed_twice.get("claims")
        return str(done(filed_twice.http.get(f"{filed_twice.path}/corrections/{told['position']}"))["text"])

    filed_twice.change("reports/oct-b/discreditings", reason="Made up")
    merged = filed_twice.change("reports/oct-b/merges", into="oct", reason="The same article")
    assert [(one["code"], one["field"]) for one in merged["warnings"]] == [("merged_unlike", "into")] * 2
    assert "what 'oct-b' says counts as out when 'oct' was" in merged["warnings"][1]["message"]
    assert "It was discredited itself: that counts no more" in text(merged)
    for act in ("discreditings", "discrediting-liftings", "withdrawals", "withdrawal-retractions"):
        answer = filed_twice.post(
            f"reports/oct-b/{act}", {"reason": "so"} | ({"when": "2019"} if act == "withdrawals" else {}), if_match="*"
        )
        assert assert_problem(answer, 409, "goes_on_as_another", None)["survivor"] == "oct"
    redated = filed_twice.change("reports/oct-b/corrections", set={"published": "2018-12-01"}, **WHY)
    assert [one["code"] for one in redated["warnings"]] == ["goes_on_as_another"]
    filed_twice.get("claims")
    item = done(filed_twice.http.get(f"{filed_twice.path}/corrections/{redated['position']}"))
    assert (item["touches"], item["goes_on_as"]) == ({"reports": ["oct-b"]}, "oct")
    assert "It goes on as “October” (Reuters, 15 October 2018): no answer goes by this" in item["text"]
    split = filed_twice.change("reports/oct-b/splits", reason="Two articles")
    assert "It was discredited: that counts again." in text(split)


def test_what_moves_by_a_merge_of_reports_is_told(filed_twice: Dossier) -> None:
    """To an assessment, among the changes between two pictures, and as what the correction touches."""
    filed_twice.record(
        "assessments", id="a1", place="deir-ez-zor", finding="F", grade="fair", because="B", claims=["m2"]
    )
    position = filed_twice.position
    filed_twice.change("reports/oct-b/merges", into="oct", reason="The same article")
    basis = filed_twice.read("assessments/a1")["basis"]
    assert [(move["type"], move["report"]) for move in basis[0]["moved"]] == [("report.merged", "oct-b")]
    (merge,) = filed_twice.read("corrections", kind="report", after=position, order="oldest")["items"]
    assert merge["family"] == "judgement"
    assert merge["touches"]["reports"] == ["oct", "oct-b"]
    assert "fighters,people,subject:is,place:deir-ez-zor" in merge["touches"]["topics"]
    clocks = {"from.as_of": position, "from.reported_by": "2018-11-01", "to.reported_by": "2018-11-01"}
    changed = {item["claim"]: item for item in filed_twice.read("changes", **clocks)["items"]}
    assert changed["m2"]["what"] == "appeared"
    assert [event["type"] for event in changed["m2"]["events"]] == ["report.merged"]
    # Whoever follows the one hears of what stands in the other from there on.
    filed_twice.record("claims", **figure("oct-b", id="m3"))
    filed_twice.get("claims")
    query: dict[str, Any] = {"after": position, "report": "oct"}
    page = done(filed_twice.http.get(f"{filed_twice.path}/events", params=query))
    assert [item["subject"] for item in page["items"]] == ["report/oct-b", "claim/m3"]
