"""Files of editions and mappings that cannot be taken: told with line and column, before anybody is asked."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.running_kroniek import ROOT, command

TOLL = ROOT / "examples" / "daily-toll-2026-11-20.csv"
MAPPING = ROOT / "examples" / "daily-toll.yaml"
TEXT = TOLL.read_text()
OPTIONS = ("--edition", "1", "--published", "2026-11-20", "--dossier", "none")
# Nobody listens there: what gets so far was in order.
NOWHERE = {"KRONIEK_URL": "http://127.0.0.1:9"}
IN_ORDER = "No Kroniek answers"


def said_of(folder: Path, content: bytes | str, name: str = "toll.csv", mapping: Path = MAPPING, *more: str) -> str:
    """What an import of a file says, on a machine where no Kroniek runs."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    done = command("import-edition", name, "--mapping", str(mapping), *OPTIONS, *more, cwd=folder, **NOWHERE)
    assert done.returncode != 0
    return done.stderr


def changed(*changes: tuple[str, str], text: str = TEXT) -> str:
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def as_objects() -> list[dict[str, Any]]:
    header, *rows = (line.split(";") for line in TEXT.splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_file_in_order_is_read_in_any_of_the_forms(tmp_path: Path) -> None:
    objects = as_objects()
    objects[0]["Killed"] = 12
    objects[1]["of whom children"] = None
    lines = "\n".join(map(json.dumps, objects))
    for name, content in (
        ("a.csv", TEXT.encode()),
        ("a.csv.gz", gzip.compress(TEXT.encode())),
        ("a.ndjson", lines.encode()),
        ("a.jsonl.gz", gzip.compress(lines.encode())),
        ("a.json", json.dumps(objects, indent=1).encode()),
        ("b.csv", b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()),
    ):
        assert IN_ORDER in said_of(tmp_path, content, name), name
    assert IN_ORDER in said_of(tmp_path, TEXT, "table.txt", MAPPING, "--format", "csv")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "toll.csv:1: the file is empty"),
        (TEXT.splitlines()[0], "toll.csv:1: the file has no rows"),
        (changed(("Killed;", "Kiled;")), "toll.csv:1: there is no column 'Killed', which 'claims."),
        (changed(("of whom children;", "Killed;")), "toll.csv:1: Killed: two columns have this name"),
        (changed(("12;3;40", "12;3;40;1")), "toll.csv:2: the row has 7 cells, and there are 6 columns"),
        (changed(("12;3;40", "12;40")), "toll.csv:2: the row has 5 cells, and there are 6 columns"),
        (changed(("7;-;25", '7;"-;25')), "toll.csv:3: this row is not CSV"),
        (changed(("17/11/2026", "31/11/2026")), "toll.csv:3: date: '31/11/2026' is no date"),
        (changed(("17/11/2026", "16/11/2026")), "toll.csv:3: date: the key 16-11-2026 stands on line 2 already"),
        (changed(("1,204", "1.204,0")), "toll.csv:4: Killed: '1.204,0' is not a number"),
        # The mapping has a word for any other.
        (changed(("3,500;estimate", "3,500;guess")), IN_ORDER),
        (TEXT.encode() + b"20/11/2026;\xff", "toll.csv:6: byte"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_line(tmp_path: Path, content: bytes | str, said: str) -> None:
    assert said in said_of(tmp_path, content)


def test_a_value_in_the_place_of_a_column_is_told_with_its_field_and_what_to_write_instead(tmp_path: Path) -> None:
    place = "territory: {name: territory, kind: country"
    mine = tmp_path / "mine.yaml"
    mine.write_text(changed((place, f"{place}, location_precision: 3"), text=MAPPING.read_text()))
    said = said_of(tmp_path, TEXT, mapping=mine)
    assert "there is no column '3', which 'places.territory.location_precision' of the mapping takes" in said
    assert 'write `constants: {location_precision: "3"}` and `location_precision: location_precision`' in said
    constants = ("constants: {territory: ", 'constants: {location_precision: "3", territory: ')
    named = (place, f"{place}, location_precision: location_precision")
    mine.write_text(changed(constants, named, text=MAPPING.read_text()))
    assert IN_ORDER in said_of(tmp_path, TEXT, mapping=mine)
    missing = said_of(tmp_path, changed(("of whom children", "best")).replace("Killed", "Kiled", 1))
    assert "'claims.killed.best' of the mapping takes" in missing
    assert '`constants: {every_best: "Killed"}` and `best: every_best`' in missing, "a constant goes before a column"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.ndjson", '{"date": 1}\n{"date": }\n', "a.ndjson:2: this line is not JSON"),
        ("a.ndjson", "[1]\n", "a.ndjson:1: a row is an object"),
        ("a.ndjson", '{"date": "16/11/2026", "Killed": [1]}\n', "a.ndjson:1: Killed: holds more than one value"),
        ("a.ndjson", '{"date": "16/11/2026"}\n', "a.ndjson:1: there is no column 'Killed'"),
        ("a.json", '{"date": 1}', "a.json:1: the file is not a JSON array"),
        ("a.json", '[\n{"date": 1},\n{"date"}]', "a.json:3: this is not JSON"),
        ("a.json", '[\n{"date": 1}\n{"date": 1}]', "a.json:3: this is not JSON: a comma"),
        ("a.json", "[]", "a.json:1: the file has no rows"),
        ("a.csv.gz", "not gzip", "is not a whole gzip file"),
        ("a.xlsx", "PK", "ends in none of .csv, .tsv"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, name: str, content: str, said: str) -> None:
    assert said in said_of(tmp_path, content, name)


def test_every_error_is_counted_and_twenty_are_shown(tmp_path: Path) -> None:
    rows = [f"{day:02}/{month:02}/2026;x{month}{day};y;x;;" for month in (1, 2) for day in range(1, 16)]
    told = said_of(tmp_path, "\n".join([TEXT.splitlines()[0], *rows])).splitlines()
    # What is the same in many rows is told once.
    assert told[0] == "toll.csv:2: Injured: 'x' is not a number; so on lines 3, 4, 5, 6, 7 and 24 more"
    assert told[1] == "toll.csv:2: Killed: 'x11' is not a number"
    assert told[20] == "... and 12 more."
    assert told[21] == "90 errors in 30 rows of toll.csv; nothing of the edition was taken."


def test_a_row_of_tags_is_no_row(tmp_path: Path) -> None:
    header, *rows = TEXT.splitlines()
    tags = "#date+reported;#affected +killed;#affected+children;;#affected;#meta"
    assert IN_ORDER in said_of(tmp_path, "\n".join([header, tags, *rows]))
    # Anywhere else it is one, and so is one that has something else.
    assert "toll.csv:3: date: '#date+reported'" in said_of(tmp_path, "\n".join([header, rows[0], tags]))
    other = tags.replace("#date+reported", rows[0][:10])
    assert "toll.csv:2: Killed: '#affected" in said_of(tmp_path, "\n".join([header, other]))
    objects = as_objects()
    told = json.dumps([{name: "#tag+" + name[0] for name in objects[0]}, *objects])
    assert IN_ORDER in said_of(tmp_path, told, "a.json")


def test_a_cell_that_counts_as_empty_is_told_as_it_is_written(tmp_path: Path) -> None:
    told = said_of(tmp_path, changed(("17/11/2026;", "n/a;")))
    assert "toll.csv:3: date: is empty, and is part of the key ('n/a' counts as empty in this mapping)" in told


def test_a_mapping_at_fault_is_told_with_its_line(tmp_path: Path) -> None:
    text = changed(
        ("measure: injured", "measure: hurt"), ("place: territory", "place: teritory"), ("key: date", "kye: date"),
        text=MAPPING.read_text(),
    )  # fmt: skip
    (tmp_path / "m.yaml").write_text(text)
    told = said_of(tmp_path, TEXT, "toll.csv", Path("m.yaml"))
    line = text[: text.index("kye")].count("\n") + 1
    assert f"m.yaml:{line}:1: kye: 'kye' is not a field here" in told
    assert "'key' is needed" in told
    (tmp_path / "m.yaml").write_text(text.replace("kye", "key"))
    told = said_of(tmp_path, TEXT, "toll.csv", Path("m.yaml"))
    line = text[: text.index("measure: hurt")].count("\n") + 1
    assert f"m.yaml:{line}:14: claims.injured.measure: 'hurt' is not in the vocabulary" in told
    assert "place: the mapping defines no 'teritory' under `places`: it has territory" in told
    assert "2 errors in m.yaml; nothing was sent." in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Which FILE?"),
        ((str(TOLL),), "--mapping is needed"),
        (
            (str(TOLL), "--mapping", "nowhere.yaml", *OPTIONS),
            "There is no mapping 'nowhere.yaml': name a file, or one of",
        ),
        ((str(TOLL), "--mapping", str(MAPPING), "--edition", "1", "--published", "soon"), "--published: "),
        ((str(TOLL), "--mapping", str(MAPPING), *OPTIONS, "--source", "The Ministry"), "is not an id"),
        ((str(TOLL), "--mapping", str(MAPPING), *OPTIONS, "--format", "xlsx"), "--format is csv, ndjson or json"),
        (("nowhere.csv", "--mapping", str(MAPPING), *OPTIONS), "nowhere.csv cannot be read: No such file"),
    ],
)
def test_what_is_asked_wrongly_is_exit_code_2(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = command("import-edition", *options, cwd=tmp_path, **NOWHERE)
    assert done.returncode == 2
    assert said in done.stderr


def test_mappings_are_listed_shown_and_have_a_schema(tmp_path: Path) -> None:
    listed = command("import-edition", "--list-mappings", cwd=tmp_path).stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["acled@1", "ucdp-ged@1"]
    shown = command("import-edition", "--show-mapping", "ucdp-ged@1", cwd=tmp_path).stdout
    assert "dataset: ucdp-ged\n" in shown
    schema = json.loads(command("import-edition", "--mapping-schema", cwd=tmp_path).stdout)
    assert schema["properties"]["format"]["const"] == "kroniek/mapping@1"
