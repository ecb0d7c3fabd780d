"""Editions of a dataset taken in by a running Kroniek: UCDP's own rows, more editions of them, and replaying each."""

import csv
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.running import Dossier, Running, done, eventually
from tests.interfaces.running_kroniek import KRONIEK, ROOT, command, environment

# UCDP GED 19.1, Uppsala Conflict Data Program, CC BY 4.0: see the README beside it.
SAMPLE = ROOT / "tests" / "data" / "ucdp-ged-19.1-syria-sample.csv"
FIRST, SECOND, THIRD = "2020-02-01", "2021-02-01", "2022-02-01"

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


class Importer:
    """`kroniek import-edition` into one dossier."""

    def __init__(self, there: Running, dossier: Dossier, folder: Path) -> None:
        self.there, self.dossier, self.folder = there, dossier, folder
        self.access = {"KRONIEK_URL": there.url, "KRONIEK_TOKEN": there.token}

    def options(self, path: Path, published: str, *more: str) -> list[str]:
        named = () if "--mapping" in more else ("--mapping", "ucdp-ged@1")
        edition = () if "--edition" in more else ("--edition", published[:4])
        return [
            "import-edition",
            str(path),
            *named,
            *edition,
            "--published",
            published,
            "--dossier",
            self.dossier.id,
            *more,
        ]

    def run(self, path: Path, published: str, *more: str, **access: str) -> "subprocess.CompletedProcess[str]":
        found = command(*self.options(path, published, *more), cwd=self.folder, **{**self.access, **access})
        self.dossier.position = self.dossier.head()
        return found

    def take(self, path: Path, published: str, *more: str) -> str:
        found = self.run(path, published, *more)
        assert found.returncode == 0, found.stderr
        return found.stdout

    def start(self, path: Path, published: str, *more: str, **access: str) -> "subprocess.Popen[str]":
        """As a process of its own."""
        return subprocess.Popen(
            [KRONIEK, *self.options(path, published, *more)], cwd=self.folder, start_new_session=True, text=True,
            env=environment(**{**self.access, **access}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def all(self, below: str, **query: Any) -> Iterator[dict[str, Any]]:
        query = {"limit": 1000, **query}
        while True:
            page = self.dossier.read(below, **query)
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def claims(self, **query: Any) -> dict[str, dict[str, Any]]:
        return {item["id"]: item for item in self.all("claims", **query)}

    def items(self, kind: str) -> dict[str, dict[str, Any]]:
        return {item["id"]: item for item in self.all(kind)}


@pytest.fixture
def importer(installation: Running, new_dossier: Callable[[], Dossier], tmp_path: Path) -> Importer:
    return Importer(installation, new_dossier(), tmp_path)


@pytest.fixture(scope="module")
def taken(
    installation: Running, new_dossier: Callable[[], Dossier], tmp_path_factory: pytest.TempPathFactory
) -> Importer:
    """The sample as a first edition, for tests that leave it as it is."""
    importer = Importer(installation, new_dossier(), tmp_path_factory.mktemp("taken"))
    importer.take(SAMPLE, FIRST)
    return importer


Told = tuple[Any, ...]


def told_by(rows: Sequence[Row]) -> dict[str, Told]:
    """Each figure of a file: numbers, whom of, when, and where."""
    told: dict[str, Told] = {}
    for row in rows:
        begun, ended = row["date_start"], row["date_end"]
        at = begun if begun == ended else f"{begun}/{ended}"
        where = (row["where_coordinates"], float(row["latitude"]), float(row["longitude"]), int(row["where_prec"]))
        low, best, high = (int(row[name]) for name in ("low", "best", "high"))
        numbers = (low, best, high) if low <= best <= high else (None, best, None)
        told[f"ucdp-ged-{row['id']}-total"] = (*numbers, None, None, at, where)
        for side in ("a", "b"):
            if row[f"side_{side}"] != "Civilians":
                whose = f"ucdp-{row[f'side_{side}_new_id']}"
                told[f"ucdp-ged-{row['id']}-side_{side}"] = (
                    None, int(row[f"deaths_{side}"]), None, whose, None, at, where,
                )  # fmt: skip
        for group in ("civilians", "unknown"):
            best = int(row[f"deaths_{group}"])
            told[f"ucdp-ged-{row['id']}-{group}"] = (None, best, None, None, group, at, where)
    return told


def recorded_by(importer: Importer, **query: Any) -> dict[str, Told]:
    """The same from the record: what stands."""
    places = importer.items("places")
    told: dict[str, Told] = {}
    for id_, claim in importer.claims(status="stands", **query).items():
        said, place = claim["content"], places[claim["content"]["place"]]
        assert (said["kind"], said["measure"], said["claimant"]) == ("figure", "killed", "ucdp")
        where = tuple(place[name] for name in ("name", "latitude", "longitude", "location_precision"))
        told[id_] = (
            *(said.get(name) for name in ("low", "best", "high", "subject", "group", "when")), where,
        )  # fmt: skip
    return told


def second_edition(rows: Sequence[Row]) -> list[Row]:
    """Every twentieth row changed in one way or another, every thirtieth dropped, and some that were not there."""
    chance = random.Random(19)
    made: list[Row] = []
    for number, row in enumerate(rows):
        if number % 30 == 7:
            continue
        row = dict(row)
        if number % 20 == 3:
            ways: list[Row] = [
                {"deaths_a": str(int(row["deaths_a"]) + 3), "best": str(int(row["best"]) + 3),
                 "high": str(int(row["high"]) + 3)},
                {"where_coordinates": "Elsewhere town", "latitude": "35.5", "longitude": "38.5", "where_prec": "1"},
                {"date_end": "2019-11-30", "date_prec": "5"},
                {"source_article": row["source_article"] + ';"Somebody,2020-12-01,Looking back"',
                 "number_of_sources": str(int(row["number_of_sources"]) + 1)},
                {"event_clarity": "1" if row["event_clarity"] == "2" else "2"},
                {"side_b": "Civilians", "side_b_new_id": "1", "type_of_violence": "3"},
                {"side_a": "Some new front", "side_a_new_id": "99999"},
            ]  # fmt: skip
            row |= ways[(number // 20) % len(ways)]
        made.append(row)
    for number in range(9):
        made.insert(chance.randrange(len(made)), {**rows[number * 11], "id": str(900_000 + number)})
    return made


def test_every_row_says_in_the_record_what_it_says_in_the_file(taken: Importer) -> None:
    assert recorded_by(taken) == told_by(rows_of(SAMPLE))


def test_totals_by_side_year_and_district_are_those_of_the_file(taken: Importer) -> None:
    rows, places = rows_of(SAMPLE), taken.items("places")
    claims = taken.claims()
    sides, in_file = Counter[str](), Counter[str]()
    years, years_in_file = Counter[str](), Counter[str]()
    districts, districts_in_file = Counter[str](), Counter[str]()
    for id_, claim in claims.items():
        said = claim["content"]
        if said.get("subject"):
            sides[said["subject"]] += said["best"]
        if id_.endswith("-total"):
            years[said["when"][:4]] += said["best"]
            parent = places[places[said["place"]]["within"]]
            if parent["kind"] == "adm2":
                districts[parent["name"]] += said["best"]
    for row in rows:
        for side in "ab":
            if row[f"side_{side}"] != "Civilians":
                in_file[f"ucdp-{row[f'side_{side}_new_id']}"] += int(row[f"deaths_{side}"])
        years_in_file[row["date_start"][:4]] += int(row["best"])
        if row["adm_2"]:
            districts_in_file[row["adm_2"]] += int(row["best"])
    assert (sides, years, districts) == (in_file, years_in_file, districts_in_file)
    assert len(districts) > 30


def test_a_district_answers_for_all_that_lies_in_it(taken: Importer) -> None:
    rows = rows_of(SAMPLE)
    name, _ = Counter(row["adm_2"] for row in rows if row["adm_2"]).most_common(1)[0]
    (district,) = [
        id_ for id_, place in taken.items("places").items() if (place["name"], place["kind"]) == (name, "adm2")
    ]
    found = taken.claims(place=district)
    assert {id_.split("-")[2] for id_ in found} == {row["id"] for row in rows if row["adm_2"] == name}


def test_all_of_a_row_is_found_again(taken: Importer) -> None:
    claims, places, reports = taken.claims(), taken.items("places"), taken.items("reports")
    actors, sources, incidents = taken.items("actors"), taken.items("sources"), taken.items("incidents")
    for row in rows_of(SAMPLE):
        said = claims[f"ucdp-ged-{row['id']}-total"]["content"]
        coded = said["coded"]
        for column in (
            "year", "active_year", "type_of_violence", "conflict_new_id", "conflict_name", "dyad_new_id", "dyad_name",
            "side_a_new_id", "side_b_new_id", "gwnob", "number_of_sources", "source_original", "where_prec",
            "priogrid_gid", "country_id", "region", "event_clarity", "date_prec",
        ):  # fmt: skip
            assert str(coded.get(column, "")) == row[column].strip(), column
        around = [place := places[said["place"]]]
        while place["within"]:
            around.append(place := places[place["within"]])
        assert [each["name"] for each in around[1:]] == [row[n] for n in ("adm_2", "adm_1", "country") if row[n]]
        if not int(row["low"]) <= int(row["best"]) <= int(row["high"]):
            assert (coded["low"], coded["high"]) == (int(row["low"]), int(row["high"]))
        for side in "ab":
            if row[f"side_{side}"] != "Civilians":
                assert actors[f"ucdp-{row[f'side_{side}_new_id']}"]["name"] == row[f"side_{side}"]
        cited = [reports[id_] for id_ in said["rests_on"]]
        articles = row["source_article"][1:-1].split('";"')
        assert len(cited) == len({article.strip() for article in articles})
        for report, article in zip(cited, dict.fromkeys(article.strip() for article in articles), strict=True):
            office, date, headline = article.split(",", 2)
            assert sources[report["publisher"]]["name"].casefold() == office.strip().casefold()
            assert report["label"] == headline.strip()
            assert report["published"] == date or (date in report["note"] and report["published"] == f"../{FIRST}")
            assert report["cited_in"] == ["ucdp-ged-2020"]
        incident = incidents[f"ucdp-ged-{row['id']}"]
        assert set(incident["claims"]) == {id_ for id_ in claims if id_.startswith(f"ucdp-ged-{row['id']}-")}
        assert incident["place"] == said["place"]


def test_the_same_edition_again_changes_nothing(taken: Importer) -> None:
    before = taken.dossier.head()
    assert "Nothing new: 304 rows of ucdp-ged 2020" in taken.take(SAMPLE, FIRST)
    assert taken.dossier.head() == before


@pytest.mark.parametrize(
    ("more", "published", "said"),
    [
        (("--edition", "2020"), "2020-03-01", "the date differs"),
        (("--edition", "2020", "--source", "somebody"), FIRST, "the source differs"),
        (("--edition", "2019"), "2019-06-01", "in the order in which they came out"),
        (("--edition", "2021", "--source", "somebody"), SECOND, "There is no source 'somebody'"),
    ],
)
def test_an_edition_that_does_not_fit_is_refused(
    taken: Importer, more: tuple[str, ...], published: str, said: str
) -> None:
    before = taken.dossier.head()
    found = taken.run(SAMPLE, published, *more)
    assert (found.returncode, said in found.stderr) == (1, True), found.stderr
    assert taken.dossier.head() == before


def test_other_content_under_the_same_name_is_refused(taken: Importer) -> None:
    path = written(taken.folder / "other.csv", second_edition(rows_of(SAMPLE)))
    found = taken.run(path, FIRST)
    assert found.returncode == 1
    assert "edition '2020' is there, made with another file" in found.stderr


def test_datasets_are_listed_with_their_editions(taken: Importer) -> None:
    listed = command("datasets", "--dossier", taken.dossier.id, cwd=taken.folder, **taken.access).stdout
    assert "ucdp-ged" in listed
    assert "ucdp-ged-2020" in listed
    (dataset,) = taken.dossier.read("datasets")["items"]
    (edition,) = dataset["editions"]
    assert (edition["edition"], edition["published"], edition["publisher"]) == ("2020", FIRST, "ucdp")
    assert taken.dossier.read("datasets", as_of=1)["items"] == []


def test_the_claims_of_a_dataset_come_as_lines(taken: Importer) -> None:
    answer = taken.dossier.get("datasets/ucdp-ged/claims")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert int(answer.headers["kroniek-position"]) == taken.dossier.head()
    assert len(answer.text.splitlines()) == len(told_by(rows_of(SAMPLE)))
    assert taken.dossier.get("datasets/nothing/claims").status_code == 404
    assert taken.dossier.get("datasets/ucdp-ged/claims", as_of=1).status_code == 404


def test_every_edition_replays_exactly(importer: Importer) -> None:
    rows = rows_of(SAMPLE)
    changed = second_edition(rows)
    # The third brings all that was dropped back, as it was.
    third = [*changed, *(row for row in rows if row["id"] not in {each["id"] for each in changed})]
    importer.take(SAMPLE, FIRST)
    path = written(importer.folder / "second.csv", changed)
    would = importer.take(path, SECOND, "--dry-run")
    assert importer.dossier.head() == importer.dossier.position
    before = importer.dossier.head()
    told = importer.take(path, SECOND)
    assert [line.split() for line in would.splitlines()[1:5]] == [line.split() for line in told.splitlines()[1:5]]
    importer.take(written(importer.folder / "third.csv", third), THIRD)
    for published, edition in ((FIRST, rows), (SECOND, changed), (THIRD, third)):
        assert recorded_by(importer, reported_by=published) == told_by(edition), published
    # What was dropped is marked so, and what did not change cost nothing.
    first, second = told_by(rows), told_by(changed)
    gone = first.keys() - second.keys()
    withdrawn = importer.claims(status="withdrawn", reported_by=SECOND)
    assert withdrawn.keys() == gone
    assert {claim["changed"]["reason"] for claim in withdrawn.values()} == {"Not in edition 2021"}
    events = importer.dossier.http.get(
        f"{importer.dossier.path}/events", params={"after": before, "limit": 1000}
    ).json()["items"]
    made = Counter(event["type"] for event in events if event["data"].get("report") == "ucdp-ged-2021")
    assert made["claim.withdrawn"] == len(gone)
    assert made["claim.recorded"] == len(second.keys() - first.keys())
    differ = sum(first[id_] != second[id_] for id_ in first.keys() & second.keys())
    # Besides these: what is coded otherwise, and rests on more.
    assert differ <= made["claim.revised"] < differ + 20
    for event in events:
        if event["type"] == "claim.revised" and event["data"]["report"] == "ucdp-ged-2021":
            assert "measure" not in event["data"]["set"]
            assert event["data"]["changed_by"] == "claimant"


def test_an_edition_that_is_taken_again_leaves_what_the_desk_corrected(importer: Importer) -> None:
    importer.take(SAMPLE, FIRST)
    claim = f"ucdp-ged-{rows_of(SAMPLE)[0]['id']}-unknown"
    importer.dossier.change(f"claims/{claim}/corrections", set={"best": 7}, reason="Misread")
    gone = f"ucdp-ged-{rows_of(SAMPLE)[1]['id']}-unknown"
    importer.dossier.change(f"claims/{gone}/retractions", reason="Out of scope")
    before = importer.dossier.head()
    assert "Nothing new" in importer.take(SAMPLE, FIRST)
    assert importer.dossier.head() == before
    # The next edition says again what it said: that is the source's word, later than the one that was corrected.
    told = importer.take(SAMPLE, SECOND)
    assert "claims revised" in told
    assert importer.claims(reported_by=SECOND)[claim]["content"]["best"] == 0
    assert importer.claims(reported_by=FIRST)[claim]["content"]["best"] == 7
    assert gone not in importer.claims()


def test_a_broken_row_takes_nothing(importer: Importer) -> None:
    rows = rows_of(SAMPLE)
    rows[200] = {**rows[200], "deaths_a": "some"}
    rows[201] = {**rows[201], "date_start": "2018-02-30"}
    before = importer.dossier.head()
    found = importer.run(written(importer.folder / "broken.csv", rows), FIRST)
    assert found.returncode == 1
    lines = found.stderr.splitlines()
    assert any("deaths_a: 'some' is not a number" in line for line in lines)
    assert any("date_start: '2018-02-30' is no date" in line for line in lines)
    assert "2 errors in 2 rows" in lines[-1]
    assert importer.dossier.head() == before


def test_what_the_domain_refuses_is_told_at_its_row(importer: Importer) -> None:
    rows = rows_of(SAMPLE)
    rows[3] = {**rows[3], "deaths_b": "1.5"}
    before = importer.dossier.head()
    found = importer.run(written(importer.folder / "broken.csv", rows), FIRST)
    assert found.returncode == 1
    assert f"ucdp-ged-{rows[3]['id']}-side_b: best is 1.5; people are counted in whole numbers" in found.stderr
    assert importer.dossier.head() == before


def test_an_import_and_its_dry_run_are_refused_and_warned_alike_at_rows(importer: Importer) -> None:
    """What was retracted, what lies after its report, and a name that another place has in another language."""
    rows = rows_of(SAMPLE)[:6]
    first = [{**row, "date_start": "2018-03-01", "date_end": "2018-03-02"} for row in rows]
    importer.take(written(importer.folder / "first.csv", first[:3]), FIRST)
    place = next(claim["content"]["place"] for claim in importer.claims().values())
    importer.dossier.record("places", id="elsewhere", name="Elsewhere", kind="town", names={"fr": "Villeneuve"})
    there = {"where_coordinates": "Villeneuve", "where_prec": "1", "latitude": "35.5", "longitude": "37.5"}
    second = [*first[:3], {**first[3], "date_start": "2030-03-01", "date_end": "2030-03-01"}, {**first[4], **there}]
    second = [{**row, "id": f"9{nth}{row['id']}"} for nth, row in enumerate(second)]
    path = written(importer.folder / "second.csv", second)
    importer.dossier.change(f"places/{place}/retractions", reason="not a place")
    before = importer.dossier.head()
    for options in (("--dry-run",), ("--dry-run", "--batch-size", "3"), ("--batch-size", "10000")):
        refused = importer.run(path, SECOND, *options)
        assert refused.returncode == 1, refused.stdout
        assert f"second.csv:2: ucdp-ged-{second[0]['id']}-total: place '{place}' was retracted" in refused.stderr
        assert "the mapping's `ids` may lead it to another item" in refused.stderr
        assert importer.dossier.head() == before
    importer.dossier.change(f"places/{place}/reinstatements", reason="it is one")
    before = importer.dossier.head()
    would, _ = (importer.run(path, SECOND, "--dry-run", "--batch-size", size) for size in ("10000", "7"))
    assert importer.dossier.head() == before
    assert would.returncode == 0, would.stderr
    looks = {line for line in (would.stdout + would.stderr).splitlines() if line.startswith("look twice: ")}
    assert any(f"second.csv:5: ucdp-ged-{second[3]['id']}-total" in line and "2030" in line for line in looks), looks
    assert any("second.csv:6: villeneuve" in line and "place 'elsewhere' is called" in line for line in looks), looks
    done_so = importer.run(path, SECOND)
    assert {line for line in (done_so.stdout + done_so.stderr).splitlines() if line.startswith("look twice: ")} == looks


def test_rows_of_which_no_claim_is_made_are_told(importer: Importer, tmp_path: Path) -> None:
    mapping = tmp_path / "toll.yaml"
    mapping.write_text(
        "format: kroniek/mapping@1\ndataset: toll\nlabel: Toll {edition}\nkey: [day]\n"
        "source: {id: office, name: Office, kind: government}\nwhen: {date: day}\n"
        "claims:\n  killed: {kind: figure, measure: killed, unit: people, best: killed}\n"
    )
    given = ["3", "", "0", "", "", "5", "", "", "", ""]
    rows = [{"day": f"2018-03-{nth:02}", "killed": number} for nth, number in enumerate(given, 1)]
    path = written(tmp_path / "toll.csv", rows)
    for more in (("--dry-run",), ()):
        taken = importer.run(path, FIRST, "--mapping", str(mapping), *more)
        assert taken.returncode == 0, taken.stderr
        told = (taken.stdout + taken.stderr).splitlines()
        assert (
            "look twice: no claim is made of 7 rows, which give no number, or nothing else that the mapping takes: "
            "lines 3, 5, 6, 8, 9 and 2 more"
        ) in told
    assert len(importer.claims()) == 3
    again = importer.run(written(tmp_path / "toll.csv", rows[:2]), SECOND, "--mapping", str(mapping), "--dry-run")
    assert "no claim is made of 1 row, which gives no number" in again.stdout + again.stderr


def test_words_made_of_cells_are_told_as_these_spell_them(importer: Importer, tmp_path: Path) -> None:
    mapping = tmp_path / "idps.yaml"
    mapping.write_text(
        "format: kroniek/mapping@1\ndataset: idps\nlabel: IDPs {edition}\nkey: [origin, who]\n"
        "source: {id: office, name: Office, kind: government}\n"
        "claims:\n  n: {kind: figure, measure: present, unit: people, best: n, group: {column: who},"
        " dimensions: {origin: origin}}\n"
    )
    cells = [("دير الزور", "Women & girls", "5"), ("Deir ez-Zor City", "Civilians", "6"), ("idlib", "civilians", "7"),
             ("Hama", "other", "")]  # fmt: skip
    path = written(tmp_path / "idps.csv", [{"origin": origin, "who": who, "n": n} for origin, who, n in cells])
    importer.dossier.change("descriptions", set={"value_labels": {"deir-ez-zor-city": {"en": "the city"}}})
    taken = importer.run(path, FIRST, "--mapping", str(mapping))
    assert taken.returncode == 0, taken.stderr
    assert line_with(taken.stdout, "words told as the file spells them").endswith(" 2")
    home = importer.dossier.read("")
    # What has a label keeps it; what says no more than the word has none, nor has what no claim was made of.
    assert home["value_labels"] == {"deir-ez-zor-city": {"en": "the city"}, "dyr-alzwr": {"und": "دير الزور"}}
    assert home["group_labels"] == {"women-girls": {"und": "Women & girls"}}
    again = importer.run(path, FIRST, "--mapping", str(mapping))
    assert "Nothing new" in again.stdout
    assert importer.dossier.read("")["position"] == home["position"]
    # A label that the desk gave since stays.
    labels = {**home["value_labels"], "dyr-alzwr": {"en": "Deir ez-Zor"}}
    importer.dossier.change("descriptions", set={"value_labels": labels})
    importer.run(written(tmp_path / "b.csv", [{"origin": "دير الزور", "who": "Civilians", "n": "9"}]), SECOND,
                 "--mapping", str(mapping))  # fmt: skip
    assert importer.dossier.read("")["value_labels"] == labels


def line_with(told: str, words: str) -> str:
    (found,) = [line for line in told.splitlines() if words in line]
    return found


def test_an_import_that_was_killed_is_finished_by_running_it_again(importer: Importer) -> None:
    begun = importer.start(SAMPLE, FIRST, "--batch-size", "20")
    eventually(lambda: importer.dossier.head() > 900, "the import is well under way")
    os.killpg(begun.pid, signal.SIGKILL)
    begun.communicate()
    importer.dossier.position = importer.dossier.head()
    total = len(told_by(rows_of(SAMPLE)))
    assert 0 < len(importer.claims()) < total
    path = written(importer.folder / "second.csv", second_edition(rows_of(SAMPLE)))
    found = importer.run(path, SECOND)
    assert found.returncode == 1
    assert "The import of edition '2020' was not finished" in found.stderr
    importer.take(SAMPLE, FIRST)
    assert recorded_by(importer) == told_by(rows_of(SAMPLE))
    assert len(importer.items("incidents")) == len(rows_of(SAMPLE))
    assert "Nothing new" in importer.take(SAMPLE, FIRST)
    importer.take(path, SECOND)
    assert recorded_by(importer, reported_by=FIRST) == told_by(rows_of(SAMPLE))


def test_two_imports_at_once_make_one_edition(importer: Importer) -> None:
    colleague, _ = importer.there.make_token("A colleague")
    started = [
        importer.start(SAMPLE, FIRST, "--batch-size", "50", **access)
        for access in ({}, {"KRONIEK_TOKEN": colleague}, {})
    ]
    for each in started:
        each.communicate(timeout=60)
    importer.dossier.position = importer.dossier.head()
    # Whoever was overtaken may have given up; whatever is left then is taken by running it again.
    importer.take(SAMPLE, FIRST)
    before = importer.dossier.head()
    assert "Nothing new" in importer.take(SAMPLE, FIRST)
    assert importer.dossier.head() == before
    assert recorded_by(importer) == told_by(rows_of(SAMPLE))
    claims = importer.claims()
    assert {claim["version"] for claim in claims.values()} == {1}


def test_a_dossier_that_is_not_there_is_opened_by_its_title(importer: Importer) -> None:
    names = (f"opened-{importer.dossier.id}-{number}" for number in count(1))
    importer.dossier = Dossier(importer.dossier.http, next(names))
    toll = ROOT / "examples" / "daily-toll-2026-11-20.csv"
    options = importer.options(toll, "2026-11-20", "--mapping", str(ROOT / "examples" / "daily-toll.yaml"))
    refused = command(*options, cwd=importer.folder, **importer.access)
    assert (refused.returncode, "there is no dossier" in refused.stderr) == (1, True), refused.stderr
    taken = command(*options, "--title", "Examplia", cwd=importer.folder, **importer.access)
    assert taken.returncode == 0, taken.stderr
    importer.dossier.position = importer.dossier.head()
    assert importer.claims()["examplia-toll-18-11-2026-killed"]["content"]["best"] == 1204


def test_the_daily_table_replays_both_of_its_editions(importer: Importer) -> None:
    examples = ROOT / "examples"
    for day in ("2026-11-20", "2026-11-21"):
        path = examples / f"daily-toll-{day}.csv"
        importer.take(path, day, "--mapping", str(examples / "daily-toll.yaml"), "--edition", day)

    def toll(published: str) -> dict[str, int]:
        found = importer.claims(status="stands", reported_by=published)
        return {id_.removeprefix("examplia-toll-"): claim["content"]["best"] for id_, claim in found.items()}

    first, second = toll("2026-11-20"), toll("2026-11-21")
    assert first == {
        "16-11-2026-killed": 12, "16-11-2026-killed_children": 3, "16-11-2026-injured": 40,
        "17-11-2026-killed": 7, "17-11-2026-injured": 25,
        "18-11-2026-killed": 1204, "18-11-2026-killed_children": 310, "18-11-2026-injured": 3500,
        "19-11-2026-killed": 88, "19-11-2026-killed_children": 21,
    }  # fmt: skip
    assert first.items() - second.items() == {
        ("17-11-2026-killed", 7), ("17-11-2026-injured", 25), ("18-11-2026-killed", 1204),
        ("18-11-2026-killed_children", 310), ("19-11-2026-killed_children", 21),
    }  # fmt: skip
    assert second["19-11-2026-injured"] == 410


SPOTS = """
format: kroniek/mapping@1
dataset: spots
label: Spots, {edition}
source: {id: spotter, name: Spotter, kind: dataset}
key: id
place: spot
places:
  spot: {name: name, kind: town, latitude: lat, longitude: lon}
claims:
  killed: {kind: figure, measure: killed, unit: people, best: n}
"""


def test_one_spot_in_two_spellings_is_one_place_unless_the_dossier_has_two(importer: Importer) -> None:
    for name in ("Sylhet", "Sylhett"):
        spot = {"latitude": 24.9, "longitude": 91.87}
        importer.dossier.record("places", id=f"{name.lower()}-24.9n-91.87e", name=name, kind="town", **spot)
    by = importer.folder / "spots.yaml"
    by.write_text(SPOTS, encoding="utf-8")
    names = ["Moulvibazar", "Maulvibāzār", "Sylhet", "Sylhett", "Maulvibāzār"]
    spots = [("24.9", "91.87") if name.startswith("S") else ("24.48", "91.77") for name in names]
    rows = [
        {"id": str(nth), "name": name, "lat": lat, "lon": lon, "n": "1"}
        for nth, (name, (lat, lon)) in enumerate(zip(names, spots, strict=True))
    ]
    found = importer.run(written(importer.folder / "first.csv", rows), FIRST, "--mapping", str(by))
    assert found.returncode == 0, found.stderr
    place, one, other = "moulvibazar-24.48n-91.77e", "sylhet-24.9n-91.87e", "sylhett-24.9n-91.87e"
    told = " ".join(found.stderr.split())
    assert told.count(f"Maulvibāzār is taken for Moulvibazar, place {place}") == 1
    assert told.count(f"Sylhett and Sylhet are near, and two in the dossier: place {other}, {one}") == 1
    assert told.count("two spellings: ") == 1
    assert set(importer.items("places")) == {place, one, other}
    assert [len(importer.claims(place=name)) for name in ("Moulvibazar", "maulvibazar", "Sylhett")] == [3, 3, 1]
    # In the next edition the other spellings come first.
    again = written(importer.folder / "second.csv", rows[::-1])
    assert "claims revised" not in importer.take(again, SECOND, "--mapping", str(by))
    assert set(importer.items("places")) == {place, one, other}


def test_rows_that_name_a_place_of_the_dossier_are_told_with_the_way_to_lead_them_there(importer: Importer) -> None:
    spot = {"latitude": 35.1, "longitude": 40.2}
    importer.dossier.record("places", id="tell-rima", name="Tell Rima", kind="town", names={"ar": "تل ريمة"}, **spot)
    by = importer.folder / "spots.yaml"
    by.write_text(SPOTS, encoding="utf-8")
    rows = [
        {"id": str(nth), "name": name, "lat": "35.1", "lon": "40.2", "n": "1"}
        for nth, name in enumerate(["Tell Rima", "تل ريمة", "Tal Rimah"])
    ]
    path = written(importer.folder / "spots.csv", rows)
    would = importer.run(path, FIRST, "--dry-run", "--mapping", str(by))
    assert would.returncode == 0, would.stderr
    told = " ".join(would.stderr.split())
    assert told.count("new place: ") == 3
    assert "new place: Tell Rima (town, 35.1, 40.2), tell-rima-35.1n-40.2e" in told
    ids = '`ids: {"Tell Rima": tell-rima}` in `spot` of the mapping\'s `places` before the import'
    merge = "`kroniek merge place/tell-rima-35.1n-40.2e tell-rima --reason …` after it"
    assert f"place tell-rima is called the same. To have it as tell-rima: {ids}, or {merge}" in told
    assert [told.count(of) for of in ("is called the same.", "is at the same point.", "is it the same one?")] == [
        2,
        1,
        0,
    ]
    led = "ids: {Tell Rima: tell-rima, تل ريمة: tell-rima, Tal Rimah: tell-rima}"
    by.write_text(SPOTS.replace("kind: town,", f"kind: town, {led},"), encoding="utf-8")
    importer.take(path, FIRST, "--mapping", str(by))
    assert set(importer.items("places")) == {"tell-rima"}
    assert len(importer.claims(place="tell-rima")) == 3


def test_a_first_edition_is_looked_at_as_it_is_taken(importer: Importer) -> None:
    by = importer.folder / "spots.yaml"
    by.write_text(SPOTS, encoding="utf-8")
    names = ("Hajinabad", "Hajinabed", "Hajinebed", "Hojinebed", "Hojinebet")
    rows = [{"id": name, "name": name, "lat": "34.7", "lon": "40.8", "n": "1"} for name in names]
    path = written(importer.folder / "spots.csv", rows)
    importer.dossier = Dossier(importer.dossier.http, f"{importer.dossier.id}-first")
    options = importer.options(path, FIRST, "--mapping", str(by), "--title", "First")
    would, taken = (command(*options, *more, cwd=importer.folder, **importer.access) for more in (("--dry-run",), ()))
    assert (would.returncode, taken.returncode) == (0, 0), would.stderr + taken.stderr

    def told(lines: str) -> list[str]:
        """All but what is new, and what only a dossier that is there can warn of, at the row."""
        return [line for line in lines.splitlines() if not line.startswith("new ") and f"{path}:" not in line]

    assert "which the import would open" in " ".join(would.stdout.split())
    assert told(would.stderr) == told(taken.stderr)
    starts = [line.partition(": ")[0] for line in told(would.stderr)]
    assert (starts.count("one in two spellings"), starts.count("look twice")) == (2, 3), would.stderr

    def counts(lines: str) -> list[list[str]]:
        return [line.split() for line in lines.splitlines() if " new " in line]

    assert counts(would.stdout) == counts(taken.stdout) != []


def summed(importer: Importer) -> list[int]:
    answer = importer.dossier.read("figures", rule="sum-of-edition@1", measure="hungry", dataset="hunger")
    return [told["best"] for told in answer["sums"]]


def test_an_edition_counts_by_a_measure_of_the_dossiers_own(importer: Importer) -> None:
    by = importer.folder / "hungry.yaml"
    own = SPOTS.replace("measure: killed", "measure: hungry").replace("spots", "hunger")
    by.write_text(f"{own}incident: {{title: '{{id}}'}}\n", encoding="utf-8")
    rows = [{"id": str(nth), "name": "Town", "lat": "24.9", "lon": "91.87", "n": str(nth)} for nth in (3, 4)]
    first = written(importer.folder / "first.csv", rows)
    refused = importer.run(first, FIRST, "--mapping", str(by))
    assert refused.returncode == 1
    assert "hungry" in refused.stderr
    measures = {"hungry": {"nature": "flow", "units": ["people"], "labels": {"en": "who went hungry"}}}
    importer.dossier.change("descriptions", set={"measures": measures}, reason="Coded here")
    importer.take(first, FIRST, "--mapping", str(by))
    assert "claims revised" not in importer.take(first, FIRST, "--mapping", str(by))
    assert {claim["content"]["measure"] for claim in importer.claims(measure="hungry").values()} == {"hungry"}
    assert summed(importer) == [7]
    second = written(importer.folder / "second.csv", [rows[0], {**rows[1], "n": "5"}])
    importer.take(second, SECOND, "--mapping", str(by))
    assert sorted(claim["content"]["best"] for claim in importer.claims(measure="hungry").values()) == [3, 5]
    assert summed(importer) == [8]


ACLED_COLUMNS = (
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type", "actor1",
    "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "civilian_targeting", "iso",
    "region", "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source",
    "source_scale", "notes", "fatalities", "tags", "timestamp",
)  # fmt: skip
# Made up, in the form of ACLED's columns.
ACLED_ROWS = [
    ("EXA1", "17 December 2018", "2018", "1", "Political violence", "Battles", "Armed clash",
     "Military Forces of Examplia (2010-)", "", "State forces", "Northern Front", "Allies of the North; " + "x" * 250,
     "Rebel group", "State forces-Rebel group", "", "999", "Nowhere", "Examplia", "North", "Upper North", "",
     "Exampleton", "12.5000", "-3.2500", "1", "Example Post; Radio Example", "National-Regional",
     "On 17 December 2018, soldiers and rebels clashed near Exampleton. 4 dead.", "4", "", "1545091200"),
    ("EXA2", "15 December 2018", "2018", "3", "Demonstrations", "Protests", "Peaceful protest",
     "Protesters (Examplia)", "", "Protesters", "", "", "", "Protesters only", "", "999", "Nowhere", "Examplia",
     "South", "", "", "Port Example", "11.0000", "-3.0000", "3", "Example Post", "National", "In December people "
     "protested.", "0", "crowd size=no report", "1545091201"),
]  # fmt: skip


def test_acled_rows_become_occurrences_and_figures(importer: Importer) -> None:
    path = written(importer.folder / "acled.csv", [dict(zip(ACLED_COLUMNS, row, strict=True)) for row in ACLED_ROWS])
    importer.take(path, "2018-12-20", "--mapping", "acled@1")
    claims = importer.claims()
    assert set(claims) == {"acled-exa1-event", "acled-exa1-fatalities", "acled-exa2-event", "acled-exa2-fatalities"}
    clash, protest = claims["acled-exa1-event"]["content"], claims["acled-exa2-event"]["content"]
    assert (clash["type"], clash["when"], protest["type"], protest["when"]) == (
        "clash",
        "2018-12-17",
        "protest",
        "2018-12",
    )
    assert clash["actors"] == {"with": ["acled-military-forces-of-examplia-2010", "acled-northern-front"]}
    assert protest["actors"] == {"with": ["acled-protesters-examplia"]}
    assert clash["text"].startswith("On 17 December 2018")
    assert clash["coded"]["source"] == "Example Post; Radio Example"
    assert clash["note"] == "assoc_actor_2: Allies of the North; " + "x" * 250
    assert claims["acled-exa1-fatalities"]["content"]["best"] == 4
    assert claims["acled-exa2-fatalities"]["content"]["best"] == 0
    places = importer.items("places")
    assert places[clash["place"]]["location_precision"] == 1
    assert places[protest["place"]]["location_precision"] is None
    assert places[places[clash["place"]]["within"]]["name"] == "Upper North"
    assert {actor["kind"] for actor in importer.items("actors").values()} == {"state", "armed_group", "civilians"}
    incident = done(importer.dossier.get("incidents/acled-exa1"))
    assert (incident["title"], incident["type"]) == ("Armed clash, Exampleton, 17 December 2018", "clash")
