"""What an actor is part of, and what a place lies within, at the time of a claim."""

from typing import Any

import pytest

from interfaces.messages.words import Names, value
from tests.interfaces.running import Dossier, control, figure

WHY = {"reason": "it joined in 2025"}
JOINED = {"actor": "army", "when": "2025/.."}
MOVED = [{"place": "idlib", "when": "../2019"}, {"place": "hama", "when": "2020/.."}]


@pytest.fixture
def joined(furnished: Dossier) -> Dossier:
    """A town that two voices gave to two sides in 2017, and to the same two in 2025; it moved to another province."""
    for id_, kind in (("hts", "armed_group"), ("army", "armed_group")):
        furnished.record("actors", id=id_, name=id_.upper(), kind=kind)
    for id_, more in (
        ("idlib", {"latitude": 35.9, "longitude": 36.6}),
        ("hama", {"latitude": 35.1, "longitude": 36.7}),
        ("town", {}),
    ):
        furnished.record("places", id=id_, name=id_.capitalize(), kind="adm1" if more else "town", **more)
    furnished.record("reports", id="late", label="Late", published="2026")
    for year in (2017, 2025):
        for actor, claimant in (("hts", "sohr"), ("army", "reuters")):
            said: dict[str, Any] = {"place": "town", "actor": actor, "claimant": claimant, "when": f"{year}-07-23"}
            furnished.record("claims", **control("late", id=f"{actor}-{year}", **said))
    return furnished


def verdict(dossier: Dossier, at: str, **clocks: Any) -> str:
    found: str = dossier.read("places/town/control", at=at, **clocks)["picture"]["verdict"]
    return found


def test_who_joined_later_was_no_part_before(joined: Dossier) -> None:
    """One correction turned the dispute of 2017 into agreement; it changes nothing of what was so then."""
    assert [verdict(joined, f"{year}-07-23") for year in (2017, 2025)] == ["disputed", "disputed"]
    before = joined.position
    joined.change("actors/hts/corrections", set={"part_of": JOINED}, **WHY)
    # In July of the year in which it joined it may have been one with it by then, or not.
    assert [verdict(joined, f"{year}-07-23") for year in (2017, 2025)] == ["disputed", "order_unknown"]
    assert joined.read("actors/hts")["part_of"] == [JOINED]
    in_january = {"actor": "army", "when": "2025-01/.."}
    joined.change("actors/hts/corrections", set={"part_of": in_january}, **WHY)
    assert [verdict(joined, f"{year}-07-23") for year in (2017, 2025)] == ["disputed", "agreed"]
    assert [verdict(joined, "2025-07-23", as_of=before)] == ["disputed"]
    (disagree,) = joined.read("disagreements", place="town", kind="control")["items"]
    assert [line["claim"] for line in disagree["lines"]] == ["hts-2017", "army-2017"]
    # Without a date it always is, as ever.
    joined.change("actors/hts/corrections", set={"part_of": "army"}, **WHY)
    assert joined.read("actors/hts")["part_of"] == "army"
    assert [verdict(joined, f"{year}-07-23") for year in (2017, 2025)] == ["agreed", "agreed"]


def test_a_place_lies_in_one_province_and_later_in_another(joined: Dossier) -> None:
    joined.change("places/town/corrections", set={"within": MOVED}, **WHY)
    assert joined.read("places/town")["within"] == MOVED
    assert joined.read("places/town/control")["place"]["within"] == MOVED
    in_2017, in_2025 = ["hts-2017", "army-2017"], ["hts-2025", "army-2025"]
    joined.record("claims", **control("late", id="undated", place="town", actor="hts"))
    assert joined.ids("claims", place="idlib") == [*in_2017, "undated"]
    assert joined.ids("claims", place="hama") == [*in_2025, "undated"]


def test_what_is_asked_of_a_province_at_a_moment_takes_in_what_lay_in_it_then(joined: Dossier) -> None:
    joined.change("places/town/corrections", set={"within": MOVED}, **WHY)
    for id_, year in (("then", "2017"), ("later", "2025"), ("whenever", None)):
        about = {"place": "town"} | ({"when": year} if year else {})
        joined.record("assessments", id=id_, finding="held by one", grade="fair", because="it says so",
                      claims=["hts-2017"], **about)  # fmt: skip
    assert joined.ids("assessments", place="idlib") == ["then", "whenever"]
    assert joined.ids("assessments", place="hama") == ["later", "whenever"]
    for place, at, there in (
        ("idlib", "2017-07-23", True),
        ("hama", "2017-07-23", False),
        ("hama", "2025-07-23", True),
    ):
        found = joined.read("situation", place=place, at=at)["control"]
        assert [one["place"] for one in found] == (["town"] if there else []), (place, at)
        assert bool(joined.read("disagreements", place=place, at=at)["items"]) is there
    for at, parent in (("2017-07-23", "idlib"), ("2025-07-23", "hama")):
        assert [one["properties"]["point_of"] for one in mapped(joined, at) if one["id"] == "town"] == [parent]
    # Now it lies in the one that it went to.
    assert [one["properties"]["point_of"] for one in mapped(joined) if one["id"] == "town"] == ["hama"]


def mapped(dossier: Dossier, at: str | None = None) -> list[Any]:
    query: dict[str, Any] = {"min_position": dossier.position, **({"at": at} if at else {})}
    answer = dossier.http.get(f"{dossier.path}/situation", params=query, headers={"Accept": "application/geo+json"})
    features: list[Any] = answer.json()["features"]
    return features


def test_what_is_said_of_a_province_is_implied_while_the_place_lay_in_it(joined: Dossier) -> None:
    joined.change("places/town/corrections", set={"within": MOVED}, **WHY)
    joined.record("claims", **control("late", id="all", place="hama", actor="sdf", claimant="sohr", when="2010/2026"))
    states = joined.read("places/town/control", at="2018-01-01")["picture"]["states"]
    assert "all" not in [one["claim"] for one in states]
    states = joined.read("places/town/control", at="2022-01-01")["picture"]["states"]
    assert [(one["claim"], one["state"]) for one in states if one.get("implied")] == [("all", "certain")]


def test_a_correction_of_them_reads_in_words(joined: Dossier) -> None:
    joined.change("actors/hts/corrections", set={"part_of": JOINED}, **WHY)
    joined.change("places/town/corrections", set={"within": MOVED}, **WHY)
    town, hts = [item["content_text"] for item in joined.read("corrections.json")["items"][:2]]
    assert "Part of: was not given, is ARMY, since 2025." in hts
    assert "Lies in: was not given, is Idlib, until 2019 and Hama, since 2020." in town


def test_an_actor_is_called_as_it_was_then_and_found_by_any_of_its_names(joined: Dossier) -> None:
    names = [
        {"name": "Jabhat al-Nusra", "when": "2012/2016-07-27"},
        {"name": "Nusra", "when": "2014", "language": "nl"},
    ]
    joined.change("actors/hts/corrections", set={"dated_names": names}, **WHY)
    assert joined.read("actors/hts")["dated_names"] == [names[0] | {"language": None}, names[1]]
    joined.record("claims", **control("late", id="c14", place="town", actor="hts", claimant="sohr", when="2014-05-01"))
    for at, name in (("2014-05-01", "Jabhat al-Nusra"), ("2017-07-23", "HTS"), (None, "HTS")):
        told = joined.read("places/town/control", **({"at": at} if at else {}))
        assert told["names"]["actors"]["hts"] == name
    assert "c14" in joined.ids("claims", actor="Jabhat al-Nusra")
    told = joined.read("corrections.json")["items"][0]["content_text"]
    assert "Called: was not given, is “Jabhat al-Nusra”, 2012 to 27 July 2016 and “Nusra”, 2014." in told
    wrong = {"set": {"dated_names": [{"name": "N", "when": "soon"}]}, **WHY}
    refused = joined.post("actors/hts/corrections", wrong, if_match="*")
    assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (
        422, "not_edtf", "/set/dated_names/0/when",
    )  # fmt: skip


def test_figures_of_a_province_are_those_of_its_time(joined: Dossier) -> None:
    joined.change("places/town/corrections", set={"within": MOVED}, **WHY)
    for year in (2017, 2025):
        joined.record("claims", **figure("late", id=f"n{year}", place="town", when=f"{year}-07-23", claimant="sohr"))
    assert joined.ids("claims", place="idlib", kind="figure") == ["n2017"]


@pytest.mark.parametrize(
    ("field", "held", "said"),
    [
        ("part_of", "army", "The army"),
        ("part_of", [{"actor": "army", "when": "2025/.."}, {"actor": "hts"}], "The army (2025/..) and hts"),
        ("within", MOVED, "idlib (../2019) and hama (2020/..)"),
        ("areas", [{"area": "idlib", "when": "2018"}, {"area": "hama"}], "idlib (2018) and hama"),
        ("dated_names", [{"name": "Nusra", "when": "2012"}], "Nusra (2012)"),
    ],
)
def test_a_line_of_an_event_tells_them_in_words(field: str, held: Any, said: str) -> None:
    assert value(field, held, Names({"army": "The army"})) == said
