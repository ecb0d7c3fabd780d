"""Datasets in editions: cells, mappings, rows, and what one edition changes of the one before."""

from typing import Any

import pytest

from application.formats.edition.difference import (
    EditionDifference,
    Present,
    Step,
    creations,
    difference,
    incidents_asked,
    line_of,
    missing,
)
from application.formats.edition.mapping import EditionMapping, columns_of, json_schema
from application.formats.edition.mapping_check import read_mapping
from application.formats.edition.named import Edition
from application.formats.edition.report import (
    EditionMake,
    EditionRefused,
    filed_as,
    place_among,
    report_of,
    standing,
    unfinished,
)
from application.formats.edition.rows import RowFaults, RowReader, RowWanted
from application.formats.edition.values import CellFault, code, coordinates_id, date_reader, joined_id, number, slug
from domain.events import read_command

FIRST = Edition("toll", "1", "ministry", "2026-11-20")
SECOND = Edition("toll", "2", "ministry", "2026-11-21")

MAPPING: dict[str, Any] = {
    "format": "kroniek/mapping@1",
    "dataset": "toll",
    "label": "Toll, {edition}",
    "key": "id",
    "when": {"date": "from", "until": "to"},
    "place": "spot",
    "empty": ["-"],
    "places": {
        "country": {"name": "country", "kind": "country"},
        "spot": {
            "name": "place",
            "kind": {"column": "place", "take": "last_word", "words": {"town": "town"}, "otherwise": "site"},
            "within": "country",
            "latitude": "lat",
            "longitude": "lon",
            "location_precision": "prec",
        },
    },
    "actors": {"side": {"name": "side", "kind": "armed_group", "only_if": {"column": "side", "none_of": "Civilians"}}},
    "cited": {
        "articles": {
            "column": "articles",
            "quote": '"',
            "between": ";",
            "separator": ",",
            "fields": ["publisher", "published", "label"],
            "published_after": "1899",
        }
    },
    "incident": {"title": "{side}, {place}"},
    "claims": {
        "total": {
            "kind": "figure", "measure": "killed", "unit": "people", "low": "low", "best": "best", "high": "high",
            "rests_on": "articles", "coded": {"clarity": "clarity"},
        },
        "side": {
            "kind": "figure", "measure": "killed", "unit": "people", "best": "of side", "subject": "side",
            "only_if": {"column": "side", "none_of": ["Civilians"]},
        },
    },
}  # fmt: skip
ROW = {
    "id": "7", "from": "2016-01-01", "to": "2016-01-01", "country": "Syria", "place": "Al Bāb town", "lat": "36.5",
    "lon": "-37.25", "prec": "2", "side": "IS", "low": "1", "best": "2", "high": "3", "of side": "1", "clarity": "1",
    "articles": '"SOHR,2016-01-01,Two died, it says";"Reuters,1753-01-01,Clashes; again"',
}  # fmt: skip


def mapping(**changes: Any) -> EditionMapping:
    read, faults = read_mapping({**MAPPING, **changes})
    assert read is not None
    assert not faults
    return read


def figure(**changes: Any) -> EditionMapping:
    """The mapping with one claim, of these fields."""
    return mapping(claims={"n": {"kind": "figure", "measure": "killed", "unit": "people", **changes}})


def wanted(by: EditionMapping | None = None, /, **cells: str) -> RowWanted:
    read = RowReader(by or mapping(), FIRST).read({**ROW, **cells})
    assert read is not None
    return read


def content(by: EditionMapping, /, **cells: str) -> dict[str, Any]:
    (only,) = wanted(by, **cells).claims.values()
    return only


def faults_of(by: EditionMapping | None = None, /, **cells: str) -> list[tuple[str, str]]:
    with pytest.raises(RowFaults) as refused:
        wanted(by, **cells)
    return [(fault.column, fault.message) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Ḩamāh", "hamah"),
        ("دير الزور", "dyr-alzwr"),
        ("Jaysh al-Asha’er", "jaysh-al-ashaer"),
        ("Umranlı / Talyaq village", "umranli-talyaq-village"),
        ("Маріуполь", "mariupol"),
        ("Straße", "strasse"),
        ("19.1", "19.1"),
    ],
)
def test_names_become_readable_ids(name: str, made: str) -> None:
    assert slug(name) == made


def test_names_in_unknown_letters_stay_apart() -> None:
    assert slug("東京") != slug("大阪")
    assert all(slug(name).startswith("x-") for name in ("東京", "大阪", "..", "-"))


def test_a_long_id_is_cut_and_stays_apart() -> None:
    one, other = joined_id(["a" * 99, "b"]), joined_id(["a" * 99, "c"])
    assert len(one) == len(other) == 100
    assert one != other


def test_coordinates_on_both_sides_of_zero_stay_apart() -> None:
    assert coordinates_id(36.5, -37.25) == "36.5n-37.25w"
    assert coordinates_id(36.5, 37.25) != coordinates_id(36.5, -37.25)


@pytest.mark.parametrize(
    ("text", "thousands", "decimal", "found"),
    [
        ("5", "", ".", 5),
        ("1,234", ",", ".", 1234),
        ("1.234.567,5", ".", ",", 1234567.5),
        ("1 234", " ", ".", 1234),
        ("5.0", "", ".", 5),
        ("-3", "", ".", -3),
        ("0", "", ".", 0),
    ],
)
def test_numbers_are_read_as_they_are_written(text: str, thousands: str, decimal: str, found: float) -> None:
    read = number(text, "n", thousands=thousands, decimal=decimal)
    assert read == found
    assert type(read) is type(found)


@pytest.mark.parametrize(
    ("text", "thousands"),
    [("1,234", ""), ("12,34", ","), (",234", ","), ("five", ""), ("5.", ""), (".5", ""), ("1e3", ""), ("٥", ""),
     ("nan", ""), ("9" * 20, ""), ("", "")],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str, thousands: str) -> None:
    with pytest.raises(CellFault, match=r"^n: "):
        number(text, "n", thousands=thousands)


@pytest.mark.parametrize(
    ("form", "text", "date"),
    [
        ("iso", "2018-12-17", "2018-12-17"),
        ("iso", "2018-12", "2018-12"),
        ("iso", "2018", "2018"),
        ("%d/%m/%Y", "17/12/2018", "2018-12-17"),
        ("%d %B %Y", "17 December 2018", "2018-12-17"),
        ("%b %Y", "Dec 2018", "2018-12"),
        ("%Y-%m-%d 00:00:00.000", "2018-12-17 00:00:00.000", "2018-12-17"),
    ],
)
def test_dates_are_as_precise_as_their_form(form: str, text: str, date: str) -> None:
    assert date_reader([form])(text, "d") == date


@pytest.mark.parametrize("text", ["2018-02-30", "18-12-17", "2018-13", "2018-1-1", "17/12/2018", "x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(CellFault, match="is no date: the mapping reads iso"):
        date_reader(["iso"])(text, "d")


@pytest.mark.parametrize(
    ("text", "found"),
    [("7", 7), ("007", "007"), ("1.5", 1.5), ("1.50", "1.50"), ("-3", -3), ("2016-01", "2016-01"), ("nan", "nan"),
     ("-inf", "-inf"), ("A-1", "A-1"), ("9" * 20, "9" * 20)],
)  # fmt: skip
def test_a_coded_variable_can_be_written_again_as_it_was(text: str, found: int | float | str) -> None:
    read = code(text)
    assert read == found
    assert str(read) == text


def test_the_schema_is_that_of_the_format() -> None:
    schema = json_schema()
    assert schema["properties"]["format"]["const"] == "kroniek/mapping@1"
    assert schema["additionalProperties"] is False


def test_a_mapping_takes_the_columns_that_it_names_and_no_constant() -> None:
    taken = columns_of(mapping(constants={"country": "Syria"}))
    assert "country" not in taken
    assert set(taken) == set(ROW) - {"country"}


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"format": "kroniek/mapping@2"}, ("format",), "this reads the format kroniek/mapping@1"),
        ({"lable": "x"}, ("lable",), "'lable' is not a field here"),
        ({"key": []}, ("key",), "names at least one column"),
        ({"claims": {}}, ("claims",), "at least one claim"),
        ({"place": "nowhere"}, ("place",), "defines no 'nowhere' under `places`: it has country, spot"),
        ({"dates": ["%H"]}, ("dates", 0), "neither `iso` nor a form"),
        ({"dates": ["%d.%m."]}, ("dates", 0), "has no year"),
        ({"dates": ["%d %Y"]}, ("dates", 0), "a day and no month"),
        ({"dataset": "Not a slug"}, ("dataset",), "is not an id"),
        (
            {"places": {"a": {"name": "n", "kind": "town", "within": "b"}, "b": {"name": "n", "kind": "town"}},
             "place": "a"},
            ("places", "a", "within", 0), "define 'b' before 'a'",
        ),
        ({"places": {"spot": {"name": "n", "kind": "tonw"}}}, ("places", "spot", "kind"), "'tonw' is not in the voc"),
        ({"places": {"spot": {"name": "n", "kind": "town", "latitude": "l"}}}, ("places", "spot"), "both coordinates"),
        ({"actors": {"side": {"name": "n", "kind": "armed_group", "ids": {"IS": "Not a slug"}}}},
         ("actors", "side", "ids", "IS"), "is not an id"),
        ({"cited": {"articles": {"column": "c", "fields": ["publisher"]}}}, ("cited", "articles", "fields"), "`label`"),
        ({"cited": {"articles": {"column": "c", "fields": ["publisher", "label"]}}}, ("cited", "articles"),
         "'separator' is needed"),
        ({"claims": {"n": {"measure": "killed"}}}, ("claims", "n"), "'kind' is needed"),
        ({"claims": {"n": {"kind": "figure", "unit": "people", "best": "b"}}}, ("claims", "n"), "'measure' is needed"),
        ({"claims": {"n": {"kind": "figure", "measure": "kiled", "unit": "people", "best": "b"}}},
         ("claims", "n", "measure"), "'kiled' is not in the vocabulary: did you mean 'killed'? It has killed"),
        ({"claims": {"n": {"kind": "figure", "measure": "fighters", "unit": "km2", "best": "b"}}},
         ("claims", "n", "unit"), "fighters is not measured in km2"),
        ({"claims": {"n": {"kind": "figure", "measure": "killed", "unit": "people"}}}, ("claims", "n"),
         "a column for low, best or high"),
        ({"claims": {"n": {"kind": "figure", "measure": "killed", "unit": "people", "best": "b", "by": "them"}}},
         ("claims", "n", "by"), "defines no 'them' under `actors`"),
        ({"claims": {"n": {"kind": "figure", "measure": "killed", "unit": "people", "best": "b",
                           "qualifier": {"column": "q", "words": {"ca": "circa"}}}}},
         ("claims", "n", "qualifier", "words", "ca"), "'circa' is not in the vocabulary"),
        ({"claims": {"n": {"kind": "figure", "measure": "killed", "unit": "people", "best": "b",
                           "coded": {"Not a slug": "c"}}}}, ("claims", "n", "coded", "Not a slug"), "is not an id"),
        ({"claims": {"n": {"kind": "figure", "measure": "killed", "unit": "people", "best": "b",
                           "dimensions": {"group": "c"}}}}, ("claims", "n", "dimensions", "group"), "is a field of"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_mapping_is_told_with_its_place(changes: Any, path: Any, said: str) -> None:
    _, faults = read_mapping({**MAPPING, **changes})
    assert [fault for fault in faults if fault.path == path and said in fault.message], faults


def test_a_row_becomes_claims_an_incident_and_what_they_name() -> None:
    reader = RowReader(mapping(), FIRST)
    row = reader.read(ROW)
    assert row is not None
    spot = "al-bab-town-36.5n-37.25w-p2"
    about = {"kind": "figure", "claimant": "ministry", "measure": "killed", "unit": "people", "place": spot}
    sohr, reuters = reader.gazetteer.reports
    assert row.claims == {
        "toll-7-total": {**about, "when": "2016-01-01", "low": 1, "best": 2, "high": 3, "qualifier": "stated",
                         "rests_on": [sohr, reuters], "coded": {"clarity": 1}},
        "toll-7-side": {**about, "when": "2016-01-01", "best": 1, "qualifier": "stated", "subject": "is"},
    }  # fmt: skip
    assert row.incident == {"title": "IS, Al Bāb town", "place": spot, "when": "2016-01-01"}
    assert reader.gazetteer.places == {
        "syria": {"name": "Syria", "kind": "country"},
        spot: {"name": "Al Bāb town", "kind": "town", "within": "syria", "latitude": 36.5, "longitude": -37.25,
               "location_precision": 2},
    }  # fmt: skip
    assert reader.gazetteer.actors == {"is": {"name": "IS", "kind": "armed_group"}}
    assert sohr.startswith("sohr-2016-01-01-")
    assert reader.gazetteer.reports[sohr] == {
        "label": "Two died, it says", "published": "2016-01-01", "publisher": "sohr", "cited_in": ["toll-1"],
    }  # fmt: skip
    # A date that cannot be one is kept as it was given; that the edition knew the report bounds it.
    assert reader.gazetteer.reports[reuters] == {
        "label": "Clashes; again", "published": "../2026-11-20", "publisher": "reuters", "cited_in": ["toll-1"],
        "note": "Its date is given as 1753-01-01.",
    }  # fmt: skip
    for claim_id, said in row.claims.items():
        read_command({"command": "record_claim", "id": claim_id, "report": "r", **said})


def test_every_part_of_a_cited_cell_is_kept() -> None:
    reader = RowReader(mapping(), FIRST)
    cell = '"no comma at all";"A,2016-01-01,";"B,not a date,x";"C,2030-01-01,of the future"'
    reader.read({**ROW, "articles": cell})
    told = [(r["label"], r["published"], r.get("note")) for r in reader.gazetteer.reports.values()]
    assert told == [
        ("no comma at all", "../2026-11-20", None),
        ("A,2016-01-01,", "2016-01-01", None),
        ("x", "../2026-11-20", "Its date is given as not a date."),
        ("of the future", "../2026-11-20", "Its date is given as 2030-01-01."),
    ]


def test_one_name_at_several_spots_is_several_places() -> None:
    reader = RowReader(mapping(), FIRST)
    for cells in ({}, {"lat": "36.6"}, {"prec": "3"}):
        reader.read({**ROW, **cells})
    assert list(reader.gazetteer.places)[1:] == [
        "al-bab-town-36.5n-37.25w-p2", "al-bab-town-36.6n-37.25w-p2", "al-bab-town-36.5n-37.25w-p3",
    ]  # fmt: skip


def test_one_id_for_two_places_is_refused_with_the_way_out() -> None:
    reader = RowReader(mapping(), FIRST)
    reader.read(ROW)
    with pytest.raises(RowFaults, match="the mapping's `id` should name the column that tells them apart"):
        reader.read({**ROW, "country": "Iraq"})


def test_a_name_that_the_dossier_knows_has_its_id() -> None:
    by = mapping(actors={"side": {"name": "side", "kind": "armed_group", "ids": {"IS": "islamic-state"}}})
    assert wanted(by).claims["toll-7-side"]["subject"] == "islamic-state"


def test_a_claim_is_made_only_where_its_condition_holds_and_it_has_a_number() -> None:
    assert list(wanted(side="Civilians").claims) == ["toll-7-total"]
    assert list(wanted(**{"of side": "-"}).claims) == ["toll-7-total"]
    assert list(wanted(**{"of side": "0"}).claims) == ["toll-7-total", "toll-7-side"]


def test_rows_that_the_mapping_does_not_take_are_none() -> None:
    reader = RowReader(mapping(rows={"column": "side", "any_of": ["SDF"]}), FIRST)
    assert reader.read(ROW) is None


@pytest.mark.parametrize(
    ("columns", "cells", "estimate"),
    [
        ({"best": "best"}, {}, {"best": 2, "qualifier": "stated"}),
        ({"low": "low"}, {}, {"low": 1, "qualifier": "at_least"}),
        ({"high": "high"}, {}, {"high": 3, "qualifier": "at_most"}),
        ({"low": "low", "high": "high"}, {}, {"low": 1, "high": 3, "qualifier": "between"}),
        ({"best": "best", "qualifier": "about"}, {}, {"best": 2, "qualifier": "about"}),
        ({"best": "best", "qualifier": {"column": "q", "words": {"ca": "about"}}}, {"q": "ca"},
         {"best": 2, "qualifier": "about"}),
        ({"qualifier": {"column": "q", "words": {"?": "unknown"}}}, {"q": "?"}, {"qualifier": "unknown"}),
    ],
)  # fmt: skip
def test_the_qualifier_follows_from_the_numbers_or_is_named(
    columns: dict[str, Any], cells: dict[str, str], estimate: dict[str, Any]
) -> None:
    made = content(figure(**columns), **cells)
    assert {name: made[name] for name in made if name in ("low", "best", "high", "qualifier")} == estimate


def test_numbers_out_of_order_are_refused_or_kept_as_coded() -> None:
    columns = {"low": "low", "best": "best", "high": "high"}
    assert faults_of(figure(**columns), low="5") == [("low", "low 5 is above best 2 (column best)")]
    assert faults_of(figure(**columns), high="1") == [("best", "best 2 is above high 1 (column high)")]
    kept = content(figure(**columns, out_of_order="keep_best"), low="5", high="5")
    assert (kept["best"], kept["qualifier"], kept["coded"]) == (2, "stated", {"low": 5, "high": 5})
    assert "low" not in kept


def test_dimensions_are_slugs_of_their_cells() -> None:
    by = figure(best="best", dimensions={"origin": "clarity", "sector": "town"})
    assert content(by, clarity="Deir ez-Zor", town="")["dimensions"] == {"origin": "deir-ez-zor"}
    assert "dimensions" not in content(by, clarity="", town="")


def test_what_is_too_long_for_a_coded_variable_stands_whole_in_the_note() -> None:
    long = "actor " * 50
    made = content(figure(best="best", coded={"assoc": "clarity"}), clarity=long)
    assert len(made["coded"]["assoc"]) == 200
    assert made["note"] == f"assoc: {long}"


@pytest.mark.parametrize(
    ("given", "cells", "at"),
    [
        ("from", {}, "2016-01-01"),
        ({"date": "from", "until": "to"}, {"to": "2016-01-03"}, "2016-01-01/2016-01-03"),
        ({"date": "from", "until": "to"}, {"to": ""}, "2016-01-01"),
        ({"date": "from", "precision": {"column": "p", "words": {"2": "week"}}}, {"p": "2"}, "2016-01-01~"),
        ({"date": "from", "precision": {"column": "p", "words": {"3": "month"}}}, {"p": "3"}, "2016-01"),
        ({"date": "from", "precision": {"column": "p", "words": {"4": "year"}}}, {"p": "4"}, "2016"),
    ],
)
def test_a_row_was_then(given: Any, cells: dict[str, str], at: str) -> None:
    assert content(figure(best="best", when=given), **cells)["when"] == at


def test_statements_occurrences_and_control_can_be_made_of_rows() -> None:
    claims = {
        "o": {"kind": "occurrence", "type": "clash", "actors": {"with": ["side"]}, "methods": "artillery",
              "text": "articles"},
        "c": {"kind": "control", "status": {"column": "clarity", "words": {"1": "controls"}}, "actor": "side"},
        "s": {"kind": "statement", "nature": "prediction", "due": "to", "original": "place"},
    }  # fmt: skip
    found = wanted(mapping(claims=claims)).claims
    assert found["toll-7-o"]["actors"] == {"with": ["is"]}
    assert found["toll-7-o"]["methods"] == ["artillery"]
    assert found["toll-7-c"]["status"] == "controls"
    assert (found["toll-7-s"]["due"], found["toll-7-s"]["original"]) == ("2016-01-01", "Al Bāb town")
    for claim_id, said in found.items():
        read_command({"command": "record_claim", "id": claim_id, "report": "r", **said})


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"id": ""}, "id", "is empty, and is part of the key"),
        ({"best": "many"}, "best", "'many' is not a number"),
        ({"of side": "-1"}, "of side", "-1 is negative"),
        ({"from": "2016-02-30"}, "from", "'2016-02-30' is no date"),
        ({"from": ""}, "from", "is empty, and to is not"),
        ({"to": "2015-12-31"}, "to", "2015-12-31 is before from 2016-01-01"),
        ({"lat": "136.5"}, "lat", "136.5 is not between -90 and 90 degrees"),
        ({"lon": ""}, "lon", "is not a number"),
        ({"prec": "9"}, "prec", "'9' is not a location precision"),
    ],
)
def test_what_is_wrong_with_a_cell_is_told_with_its_column(cells: dict[str, str], column: str, said: str) -> None:
    assert any(at == column and said in message for at, message in faults_of(**cells))


def test_a_word_that_the_mapping_does_not_know_is_refused() -> None:
    by = figure(best="best", cause={"column": "clarity", "words": {"2": "shelling"}})
    assert faults_of(by) == [("clarity", "the mapping has no word for '1' (cause); it knows 2")]


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    assert [column for column, _ in faults_of(best="x", lat="x", **{"of side": "x"})] == ["lat", "best", "of side"]


def row_of(key: str, **numbers: int) -> RowWanted:
    """A row with a claim for each number, and an incident."""
    return RowWanted(key, {f"toll-{key}-{name}": said(best) for name, best in numbers.items()}, {"title": key})


def said(best: int) -> dict[str, Any]:
    return {"kind": "figure", "claimant": "ministry", "best": best, "place": "syria"}


def present(report: str, best: int, *, ended: bool = False, retracted: bool = False, **more: Any) -> Present:
    return Present(report, ended, retracted, said(best), **more)


def commands(found: EditionDifference) -> list[dict[str, Any]]:
    return [command for step in found.steps for command in step.commands]


def test_a_first_edition_is_all_new_with_an_incident_for_each_row() -> None:
    found = difference([row_of("a", x=1, y=0)], {}, FIRST)
    assert [(c["command"], c["id"]) for c in commands(found)] == [
        ("record_claim", "toll-a-x"), ("record_claim", "toll-a-y"), ("open_incident", "toll-a"),
    ]  # fmt: skip
    assert commands(found)[-1]["claims"] == ["toll-a-x", "toll-a-y"]
    assert (found.new, found.incidents, found.statements) == (2, 1, 2)
    assert len(found.steps) == 1


def test_a_second_edition_says_only_what_changed() -> None:
    held = {"toll-a-x": present("toll-1", 1), "toll-a-y": present("toll-1", 2), "toll-b-x": present("toll-1", 3)}
    found = difference([row_of("a", x=1, y=5, z=0)], held, SECOND, OPENED)
    assert commands(found) == [
        {"command": "revise_claim", "id": "toll-a-y", "report": "toll-2", "set": {"best": 5}, "changed_by": "claimant"},
        {"command": "record_claim", "id": "toll-a-z", "report": "toll-2", **said(0)},
        {"command": "link_claims", "id": "toll-a", "claims": ["toll-a-z"]},
        {"command": "withdraw_claim", "id": "toll-b-x", "report": "toll-2", "changed_by": "claimant",
         "without_notice": True, "reason": "Not in edition 2"},
    ]  # fmt: skip
    assert (found.new, found.revised, found.withdrawn, found.unchanged) == (1, 1, 1, 1)


def test_a_field_that_goes_is_set_to_nothing() -> None:
    before = Present("toll-1", False, False, {**said(1), "coded": {"a": 1}})
    (command,) = commands(difference([row_of("a", x=1)], {"toll-a-x": before}, SECOND))
    assert command["set"] == {"coded": None}


def test_a_row_that_comes_back_is_revised_be_it_with_the_same_words() -> None:
    held = {"toll-a-x": present("toll-1", 1, ended=True)}
    (command,) = commands(difference([row_of("a", x=1)], held, SECOND))
    assert (command["command"], command["set"]) == ("revise_claim", {})


def test_what_stands_in_the_edition_already_is_left_as_it_is() -> None:
    held = {"toll-a-x": present("toll-2", 4), "toll-b-x": present("toll-2", 4, ended=True)}
    found = difference([row_of("a", x=1)], held, SECOND)
    assert (commands(found), found.unchanged) == ([], 1)


def test_what_the_desk_retracted_is_left_alone() -> None:
    held = {"toll-a-x": present("toll-1", 4, retracted=True), "toll-b-x": present("toll-1", 4, retracted=True)}
    found = difference([row_of("a", x=1)], held, SECOND)
    assert (commands(found), found.left_alone) == ([], 2)


def test_only_what_is_not_there_is_created_and_parents_come_first() -> None:
    reader = RowReader(mapping(), FIRST)
    row = reader.read(ROW)
    assert row is not None
    steps = difference([row], {}, FIRST).steps
    named = missing(steps, [], reader.gazetteer)
    named.sources.add("ministry")
    before, after = creations(named, reader.gazetteer, missing([], [], reader.gazetteer))
    assert [command["id"] for command in before] == [
        "sohr", "reuters", "is", "syria", "al-bab-town-36.5n-37.25w-p2",
    ]  # fmt: skip
    assert [command["command"] for command in after] == ["file_report", "file_report"]
    again = missing(
        steps, [Present("toll-1", False, False, dict(said)) for said in row.claims.values()], reader.gazetteer
    )
    assert (again.actors, again.reports, again.places) == (set(), set(), {"syria"})


def test_a_command_has_one_id_in_one_edition_and_another_in_the_next() -> None:
    command = {"command": "record_claim", "id": "toll-a-x", "report": "toll-1", **said(1)}
    assert line_of(command, FIRST) == line_of(dict(command), FIRST)
    assert line_of(command, FIRST) != line_of(command, SECOND)
    assert line_of(command, FIRST) != line_of({**command, "best": 2}, FIRST)
    assert '"command_id":"edition:' in line_of(command, FIRST)


MADE = EditionMake("toll.yaml", "a" * 64, "b" * 64, 3)


def filed(edition: Edition, *, latest: str, made: EditionMake = MADE, retracted: bool = False) -> dict[str, Any]:
    """An edition as the API tells it."""
    report = report_of(edition, "Toll, {edition}", made)
    return {
        "edition": edition.name, "report": edition.report, "publisher": edition.source, "note": report["note"],
        "published": edition.published, "publication": {"latest": latest}, "retracted": retracted,
        "statements": made.statements,
    }  # fmt: skip


ONE = filed(FIRST, latest="2026-11-20T23:59:59.999999Z")
TWO = filed(SECOND, latest="2026-11-21T23:59:59.999999Z")


def test_what_an_edition_was_made_of_is_read_from_its_note_again() -> None:
    assert EditionMake.read(ONE["note"]) == MADE
    assert EditionMake.read("Filed by hand") is None
    assert report_of(FIRST, "Toll, {edition}", MADE)["label"] == "Toll, 1"


def test_editions_are_taken_in_in_the_order_in_which_they_came_out() -> None:
    assert place_among([ONE], SECOND, "a" * 64, "b" * 64, "UTC") is None
    assert place_among([ONE], FIRST, "a" * 64, "b" * 64, "UTC") == ONE
    late = Edition("toll", "0", "ministry", "2026-11-19")
    with pytest.raises(EditionRefused, match="in the order in which they came out"):
        place_among([ONE], late, "a" * 64, "b" * 64, "UTC")
    with pytest.raises(EditionRefused, match="cannot be finished any more"):
        place_among([ONE, TWO], FIRST, "a" * 64, "b" * 64, "UTC")
    with pytest.raises(EditionRefused, match="no later"):
        place_among([ONE], Edition("toll", "1b", "ministry", "2026-11-20"), "a" * 64, "b" * 64, "UTC")


@pytest.mark.parametrize(
    ("edition", "file", "mapping_digest", "said"),
    [
        (FIRST, "c" * 64, "b" * 64, "made with another file"),
        (FIRST, "a" * 64, "c" * 64, "made with another mapping"),
        (Edition("toll", "1", "ministry", "2026-11-22"), "a" * 64, "b" * 64, "the date differs"),
        (Edition("toll", "1", "somebody", "2026-11-20"), "a" * 64, "b" * 64, "the source differs"),
    ],
)
def test_an_edition_of_the_same_name_with_other_content_is_refused(
    edition: Edition, file: str, mapping_digest: str, said: str
) -> None:
    with pytest.raises(EditionRefused, match=said):
        place_among([ONE], edition, file, mapping_digest, "UTC")


def test_an_edition_that_was_retracted_is_as_if_it_had_never_been_and_its_number_can_be_used_again() -> None:
    latest = "2026-11-20T23:59:59.999999Z"
    gone = filed(FIRST, latest=latest, retracted=True)
    assert standing([gone, TWO]) == [TWO]
    again = filed_as([gone], FIRST)
    assert (again.report, again.name, filed_as([], FIRST), filed_as([ONE], FIRST)) == ("toll-1--2", "1", FIRST, FIRST)
    assert place_among(standing([gone]), again, "c" * 64, "b" * 64, "UTC") is None
    other = filed(again, latest=latest)
    assert filed_as([gone, other], FIRST) == again
    assert place_among(standing([gone, other]), again, "a" * 64, "b" * 64, "UTC") == other
    both = [gone, {**other, "retracted": True}]
    assert filed_as(both, FIRST).report == "toll-1--3"
    assert unfinished(standing([ONE, {**TWO, "retracted": True, "statements": 1}]), SECOND) is None


def test_no_edition_follows_one_that_was_not_finished() -> None:
    begun = {**ONE, "statements": 1}
    assert unfinished([ONE], SECOND) is None
    assert unfinished([begun], FIRST) is None
    assert "1 of its 3 statements are there" in (unfinished([begun], SECOND) or "")


GONE: dict[str, Any] = {"published": False}
OPENED = {"toll-a": {"id": "toll-a", "retracted": False, "title": "a", "place": None}}


def test_what_was_said_in_a_retracted_edition_alone_is_said_in_the_next_one_first() -> None:
    held = {"toll-a-x": present("toll-1", 4, **GONE), "toll-b-x": present("toll-1", 4, **GONE)}
    rows = [row_of("a", x=4, y=0)]
    assert incidents_asked(rows, held, SECOND)
    found = difference(rows, held, SECOND, OPENED)
    assert commands(found) == [
        {"command": "revise_claim", "id": "toll-a-x", "report": "toll-2", "set": {}, "changed_by": "claimant"},
        {"command": "record_claim", "id": "toll-a-y", "report": "toll-2", **said(0)},
        {"command": "link_claims", "id": "toll-a", "claims": ["toll-a-y"]},
    ]
    assert (found.new, found.revised, found.withdrawn, found.again, found.statements) == (2, 0, 0, 0, 2)
    # Its incident is what this edition makes of it, and what the desk took back with the edition is taken up again.
    held = {"toll-a-x": present("toll-1", 4, retracted=True, **GONE)}
    there = {"toll-a": {**OPENED["toll-a"], "retracted": True, "title": "b", "place": "syria", "claims": []}}
    found = difference([row_of("a", x=5)], held, SECOND, there)
    assert [(each["command"], each.get("set")) for each in commands(found)] == [
        ("reinstate_claim", None), ("revise_claim", {"best": 5}), ("reinstate_incident", None),
        ("describe_incident", {"title": "a", "place": None}),
    ]  # fmt: skip
    assert (found.new, found.again) == (1, 1)


def test_what_stands_in_an_edition_that_does_not_count_is_said_anew() -> None:
    gone: dict[str, Any] = {"stands": False}
    held = {"toll-a-x": present("toll-1", 4, **gone), "toll-b-x": present("toll-1", 4, ended=True, follows=1, **gone)}
    revised, withdrawn = commands(difference([row_of("a", x=4)], held, SECOND))
    assert (revised["command"], revised["set"]) == ("revise_claim", {})
    assert (withdrawn["command"], withdrawn["after"]) == ("withdraw_claim", 1)
    counts = {"toll-b-x": present("toll-1", 4, ended=True, follows=1)}
    assert commands(difference([], counts, SECOND)) == []


def test_an_edition_goes_on_from_the_last_statement_that_counts() -> None:
    before: dict[str, Any] = {"statement": 1, "last": False}
    held = {"toll-a-x": present("toll-1", 4, **before), "toll-b-x": present("toll-1", 4, **before)}
    revised, withdrawn = commands(difference([row_of("a", x=5)], held, SECOND))
    assert (revised["after"], revised["set"], withdrawn["after"]) == (1, {"best": 5}, 1)
    assert commands(difference([row_of("a", x=4), row_of("b", x=4)], held, SECOND)) == []


def test_a_statement_that_the_desk_took_back_is_not_made_again_by_the_same_edition() -> None:
    held = {"toll-a-x": present("toll-1", 4, taken_back_in=["toll-2"])}
    for rows in ([row_of("a", x=5)], []):
        found = difference(rows, held, SECOND)
        assert (commands(found), found.left_alone) == ([], 1)
    later = Edition("toll", "3", "ministry", "2026-11-22")
    assert [each["command"] for each in commands(difference([row_of("a", x=5)], held, later))] == ["revise_claim"]


def test_a_new_cell_of_a_row_joins_its_incident_unless_the_desk_retracted_that() -> None:
    held, rows = {"toll-a-x": present("toll-1", 1)}, [row_of("a", x=1, y=2)]
    assert incidents_asked(rows, held, SECOND)
    assert not incidents_asked([row_of("a", x=1), row_of("b", x=1)], held, SECOND)

    def made(incidents: dict[str, Any]) -> list[tuple[str, Any]]:
        return [(each["command"], each.get("claims")) for each in commands(difference(rows, held, SECOND, incidents))]

    recorded = ("record_claim", None)
    assert made(OPENED) == [recorded, ("link_claims", ["toll-a-y"])]
    assert made({"toll-a": {**OPENED["toll-a"], "retracted": True}}) == [recorded]
    # The mapping of the edition before made none.
    assert made({}) == [recorded, ("open_incident", ["toll-a-x", "toll-a-y"])]
    # That of this one calls its claims otherwise.
    renamed = {"toll-a-z": present("toll-1", 1)}
    assert incidents_asked(rows, renamed, SECOND)
    found = commands(difference(rows, renamed, SECOND, OPENED))
    assert ("link_claims", ["toll-a-x", "toll-a-y"]) in [(each["command"], each.get("claims")) for each in found]


def test_a_step_is_all_of_a_row() -> None:
    found = difference([row_of("a", x=1), row_of("b", x=1)], {}, FIRST)
    assert [(type(step), step.row, len(step.commands)) for step in found.steps] == [(Step, 0, 2), (Step, 1, 2)]
