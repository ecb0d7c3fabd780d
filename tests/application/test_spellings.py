"""One spot that the rows of a file spell in several ways: one place, and the same one whenever it is imported again."""

from collections.abc import Sequence
from functools import cache
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from application.formats.edition.difference import Present, difference
from application.formats.edition.mapping import EditionMapping
from application.formats.edition.mapping_check import read_mapping
from application.formats.edition.named import Edition
from application.formats.edition.rows import RowFaults, RowReader, RowWanted
from application.formats.edition.settling import Item, Settled
from application.formats.edition.spellings import MOST_AT_ONE_SPOT, near_spellings

FIRST, SECOND = Edition("toll", "1", "ministry", "2026-11-20"), Edition("toll", "2", "ministry", "2026-11-21")
MAPPING: dict[str, Any] = {
    "format": "kroniek/mapping@1", "dataset": "toll", "label": "Toll, {edition}", "key": "id", "place": "spot",
    "places": {
        "district": {"name": "district", "kind": "adm2", "external_ids": {"pcode": "district code"}},
        "spot": {
            "name": "place", "kind": {"column": "kind", "otherwise": "site", "words": {"camp": "camp"}},
            "within": "district", "latitude": "lat", "longitude": "lon", "location_precision": "prec",
            "external_ids": {"pcode": "code"},
        },
    },
    "actors": {"side": {"name": "side", "id": "side id", "kind": "armed_group"}},
    "incident": {"title": "{place}"},
    "claims": {"n": {"kind": "figure", "measure": "killed", "unit": "people", "best": "n", "subject": "side"}},
}  # fmt: skip
ROW = {
    "id": "1", "district": "Barisal", "district code": "", "place": "Al-Bab", "kind": "", "lat": "36.5", "lon": "37.25",
    "prec": "1", "code": "", "side": "Front", "side id": "7", "n": "3",
}  # fmt: skip


@cache
def mapping() -> EditionMapping:
    read, faults = read_mapping(MAPPING)
    assert read is not None
    assert not faults
    return read


def read(*rows: dict[str, str]) -> tuple[RowReader, list[RowWanted]]:
    reader = RowReader(mapping(), FIRST)
    found = [reader.read({**ROW, "id": str(nth), **row}) for nth, row in enumerate(rows)]
    return reader, [row for row in found if row is not None]


def place_of(row: RowWanted) -> str:
    (content,) = row.claims.values()
    assert row.incident is not None
    assert row.incident["place"] == content["place"]
    return str(content["place"])


def spots(*rows: dict[str, str]) -> list[str]:
    return [place_of(row) for row in read(*rows)[1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Barisāl", "Barisal"),
        ("Cox's Bazar District", "Cox’s Bāzār District"),
        ("Al-Bab town", "Albab town"),
        ("Moulvibazar District", "Maulvibāzār District"),
        ("Khagrachari", "Khagrachhari"),
        ("دير الزور", "دير الزّور"),
        ("Camp 12", "Camp-12"),
    ],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert near_spellings(one, other)
    assert near_spellings(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Camp 1", "Camp 2"),
        ("Camp 12 South", "Camp 21 South"),
        ("Sector IV", "Sector VI"),
        ("Beit village", "Deir village"),
        ("Kafr al-Gharbiyah", "Kafr al-Sharqiyah"),
        ("North Barisal", "South Barisal"),
        ("Rajshahi town", "Rajshahi City town"),
        ("Abhaynagar sub-District", "Abhaynagar village"),
        ("Tal", "Tel"),
        ("الباب", "Al-Bab"),
        ("-", "'"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    assert not near_spellings(one, other)
    assert not near_spellings(other, one)


def test_the_first_spelling_wins_both_are_names_and_it_is_told_once() -> None:
    reader, rows = read({}, {"place": "Albab"}, {"place": "al-bāb"}, {"place": "Albab"}, {})
    assert {place_of(row) for row in rows} == {"al-bab-36.5n-37.25e-p1"}
    place = reader.gazetteer.places["al-bab-36.5n-37.25e-p1"]
    assert (place["name"], place["names"]) == ("Al-Bab", {"und": "Albab", "und-x-2": "al-bāb"})
    assert list(reader.gazetteer.places) == ["barisal", "al-bab-36.5n-37.25e-p1"]
    assert [(one.first, one.other) for one in reader.spellings] == [("Al-Bab", "Albab"), ("Al-Bab", "al-bāb")]


@pytest.mark.parametrize(
    "other",
    [{"lat": "36.5001"}, {"prec": "2"}, {"kind": "camp"}, {"district": "Bogra"}, {"lat": "", "lon": ""}],
)
def test_near_names_are_two_places_where_they_are_not_at_one_spot(other: dict[str, str]) -> None:
    one, two = spots({}, {"place": "Albab", **other})
    assert one != two


def test_names_that_are_not_near_are_two_places_at_one_spot() -> None:
    reader, rows = read({"place": "Kafr Gharbi"}, {"place": "Kafr Sharqi"}, {"place": "Camp 1"}, {"place": "Camp 2"})
    assert len({place_of(row) for row in rows}) == 4
    assert reader.spellings == []


def test_an_external_id_makes_one_place_and_tells_two_apart() -> None:
    reader, rows = read(
        {"code": "X1"}, {"code": "X1", "place": "الباب", "lat": "36.6"}, {"code": "X2", "place": "Albab"}, {"code": ""}
    )
    one, same, other, unsaid = map(place_of, rows)
    assert one == same == unsaid != other
    assert reader.gazetteer.places[one]["external_ids"] == {"pcode": "X1"}
    assert (reader.gazetteer.places[one]["latitude"], reader.gazetteer.places[one]["names"]) == (36.5, {"und": "الباب"})
    with pytest.raises(RowFaults, match="without external_ids"):
        reader.read({**ROW, "code": "X3"})


def test_what_lies_in_one_place_lies_in_it_however_that_is_spelt() -> None:
    codes = {"district code": "BD10"}
    reader, rows = read(codes, {**codes, "district": "Borishal Division"})
    assert place_of(rows[0]) == place_of(rows[1])
    assert [details.get("within") for details in reader.gazetteer.places.values()] == [None, "barisal"]


def test_actors_of_one_id_are_one_in_any_spelling_and_refused_under_another_name() -> None:
    reader, rows = read({}, {"side": "Frōnt"})
    assert {content["subject"] for row in rows for content in row.claims.values()} == {"7"}
    assert reader.gazetteer.actors["7"] == {"name": "Front", "kind": "armed_group", "names": {"und": "Frōnt"}}
    with pytest.raises(RowFaults, match="without name 'Army'"):
        reader.read({**ROW, "side": "Army"})


def test_at_a_point_of_many_names_only_the_same_letters_are_one() -> None:
    crowd = [{"place": "Far" + chr(ord("a") + nth) * 9} for nth in range(MOST_AT_ONE_SPOT)]
    *_, one, near, same = spots(*crowd, {"place": "Barisal"}, {"place": "Barishal"}, {"place": "Bārisal"})
    assert one == same != near


# A name is held against the first spelling alone: these are near to all that they are near to.
NAMES = ("Al-Bab", "Albab", "Al Bāb", "Kafr Gharbi", "Kafr Gharbī", "Kafr-Gharbi", "Kafr Sharqi")
ROWS = st.lists(
    st.fixed_dictionaries(
        {"place": st.sampled_from(NAMES), "lat": st.sampled_from(["36.5", "36.6"]), "n": st.sampled_from(["1", "2"])}
    ),
    min_size=1,
    max_size=8,
)


def imported(rows: list[dict[str, str]], there: set[Item]) -> tuple[list[str], list[RowWanted]]:
    """The places that rows name where a dossier has these items."""
    reader, wanted = read(*rows)
    settled = list(Settled.of(reader.spellings, there).rows(wanted))
    return [place_of(row) for row in settled], settled


@given(ROWS, ROWS)
def test_an_import_that_is_run_again_names_what_it_named(
    rows: list[dict[str, str]], later: list[dict[str, str]]
) -> None:
    # Each spelling a place of its own: so it was, before two of them could be one.
    by_itself = [spots(row)[0] for row in rows]
    assert imported(rows, {("place", id_) for id_ in by_itself})[0] == by_itself
    named, wanted = imported(rows, set())
    there: set[Item] = {("place", id_) for id_ in named}
    assert imported(rows, there)[0] == named
    # What another edition has in another order is where it was, and nothing is revised for its spelling.
    held = {claim: Present("toll-1", False, False, content) for row in wanted for claim, content in row.claims.items()}
    reader, again = read(*rows[::-1])
    for nth, row in enumerate(again):
        assert place_of(Settled.of(reader.spellings, there).rows([row])[0]) == named[len(rows) - 1 - nth]
    assert difference(imported(rows, there)[1], held, SECOND).revised == 0
    # However many rows come behind them.
    assert imported([*rows, *later], there)[0][: len(rows)] == named


def unclear(*names: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.name, one.near_to) for one in read(*({"place": name} for name in names))[0].unclear]


def test_what_is_near_to_two_that_are_not_one_is_told_in_whatever_order_they_come() -> None:
    one, middle, other = "Moulvibazar", "Maulvibazer", "Maalvibezer"
    assert near_spellings(one, middle)
    assert near_spellings(middle, other)
    assert not near_spellings(one, other)
    for names in permutations((one, middle, other)):
        assert unclear(*names) == [(middle, (other, one))]
    assert unclear(one, middle) == unclear(one, other) == unclear(one, middle, "Moulvibazār") == []
    # At two spots they are no matter of each other.
    reader, _ = read({"place": one}, {"place": middle, "lat": "36.6"}, {"place": other})
    assert reader.unclear == []


def test_at_a_point_of_many_names_near_ones_are_told_too() -> None:
    crowd = [f"Far{chr(ord('a') + nth) * 9}" for nth in range(MOST_AT_ONE_SPOT)]
    assert unclear(*crowd, "Bārisal", "Barisal") == []
    expected = [("Barisal", ("Barishal",)), ("Barishal", ("Barisal",))]
    assert unclear(*crowd, "Barisal", "Barishal") == unclear("Barisal", "Barishal", *crowd) == expected


def parted(names: Sequence[str]) -> set[frozenset[str]]:
    """Which names go together, where rows come in this order."""
    together: dict[str, set[str]] = {}
    for name, place in zip(names, spots(*({"place": name} for name in names)), strict=True):
        together.setdefault(place, set()).add(name)
    return {frozenset(each) for each in together.values()}


@given(st.lists(st.text("ab", min_size=10, max_size=12), min_size=2, max_size=5, unique=True), st.randoms())
def test_what_goes_together_depends_on_the_order_of_rows_only_where_that_is_told(
    names: list[str], dice: Random
) -> None:
    told = set(unclear(*names))
    for _ in range(2):
        others = dice.sample(names, len(names))
        assert set(unclear(*others)) == told
        event(f"another order: {parted(others) != parted(names)}")
        assert told or parted(others) == parted(names)


def test_what_a_dossier_has_as_two_stays_two_and_both_are_told() -> None:
    reader, rows = read({}, {"place": "Albab"})
    first, own = spots({})[0], spots({"place": "Albab"})[0]
    settled = Settled.of(reader.spellings, {("place", first), ("place", own)})
    assert [place_of(row) for row in settled.rows(rows)] == [first, own]
    ((), (told,)) = settled.told(reader.spellings)
    assert (told.id, told.own_id, told.first, told.other) == (first, own, "Al-Bab", "Albab")
    # Where it has the second alone, the first goes there too; an actor of that id is none of it.
    settled = Settled.of(reader.spellings, {("place", own), ("actor", first)})
    assert [place_of(row) for row in settled.rows(rows)] == [own, own]
    ((told,), ()) = settled.told(reader.spellings)
    assert told.id == own
    assert (
        settled.gazetteer(reader.gazetteer).places[own if own in reader.gazetteer.places else first]["name"] == "Al-Bab"
    )
