"""A wrong file that was taken in as an edition and retracted: what comes after is as if it had never been there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.running import Dossier, Running
from tests.interfaces.test_import_edition import FIRST, SAMPLE, SECOND, THIRD, Importer, Row, rows_of, written

MISTAKE = {"reason": "The wrong file"}
EDITION = "ucdp-ged-2021"


@pytest.fixture
def importers(installation: Running, new_dossier: Callable[[], Dossier], tmp_path: Path) -> tuple[Importer, Importer]:
    """One for a dossier in which a mistake is made, one for a dossier without it."""
    return Importer(installation, new_dossier(), tmp_path), Importer(installation, new_dossier(), tmp_path)


ROWS = rows_of(SAMPLE)[:24]


def more(row: Row, dead: int) -> Row:
    return {**row, **{name: str(int(row[name]) + dead) for name in ("deaths_a", "best", "high")}}


# Of the rows some are as they were, some say more, some are dropped, and some are new.
RIGHT = [*ROWS[:8], *(more(row, 2) for row in ROWS[8:13]), *ROWS[15:18], *ROWS[20:24]]
ELSEWHERE = {"side_a": "Some other front", "side_a_new_id": "99999", "where_coordinates": "Elsewhere town",
             "latitude": "35.5", "longitude": "38.5", "where_prec": "1"}  # fmt: skip
WRONG = [*ROWS[:5], *(more(row, 900) for row in ROWS[5:11]), *ROWS[17:20], *(row | ELSEWHERE for row in ROWS[20:22]),
         more(ROWS[22], 900), {**ROWS[0], "id": "99999"}]  # fmt: skip
NEXT = [*ROWS[:6], *(more(row, 3) for row in ROWS[6:10]), *ROWS[12:16], *ROWS[20:24]]


def files(importer: Importer) -> dict[str, Path]:
    made = {"first": ROWS[:20], "wrong": WRONG, "right": RIGHT, "next": NEXT}
    return {name: written(importer.folder / f"{name}.csv", rows) for name, rows in made.items()}


def shown(importer: Importer, **query: Any) -> dict[str, Any]:
    """All that questions tell of the dataset, but how it was recorded."""
    claims = {}
    for id_, claim in importer.claims(**query).items():
        report = {**claim["report"], "id": None}
        kept = ("status", "content", "changed", "reported")
        claims[id_] = {"report": report, **{name: claim.get(name) for name in kept}}
        claims[id_]["content"] = {name: value for name, value in claim["content"].items() if name != "rests_on"}
        if "withdrawn_in" in claim:
            claims[id_]["withdrawn_in"] = {**claim["withdrawn_in"], "id": None}
    return claims


def told(importer: Importer) -> dict[str, Any]:
    everything: dict[str, Any] = {}
    for cut_off in ({}, *({"reported_by": date} for date in (FIRST, SECOND, THIRD))):
        date = cut_off.get("reported_by", "now")
        everything[f"stands {date}"] = shown(importer, status="stands", **cut_off)
        everything[f"withdrawn {date}"] = shown(importer, status="withdrawn", **cut_off)
        record = importer.dossier.read("sources/ucdp/record", **cut_off)
        everything[f"record {date}"] = {
            name: record[name] for name in ("revised", "revised_by_others", "without_notice", "reports")
        }
        sums = importer.dossier.read("figures", rule="sum-of-edition@2", measure="killed", **cut_off)
        everything[f"sums {date}"] = [(each["claimant"], each["best"], each["left_out"]) for each in sums["sums"]]
    here = set().union(*(item["claims"] for item in importer.items("incidents").values()))
    assert here >= everything["stands now"].keys()
    return everything


def incidents(importer: Importer, rows: list[Row]) -> dict[str, Any]:
    kept, ids = ("title", "place", "when", "type", "retracted"), {f"ucdp-ged-{row['id']}" for row in rows}
    return {
        id_: {name: item.get(name) for name in kept} for id_, item in importer.items("incidents").items() if id_ in ids
    }


def test_the_right_file_takes_the_place_of_a_wrong_one_and_the_next_edition_follows_it(
    importers: tuple[Importer, Importer],
) -> None:
    mistaken, clean = importers
    given = files(mistaken)
    for importer in importers:
        importer.take(given["first"], FIRST)
    clean.take(given["right"], SECOND)
    mistaken.take(given["wrong"], SECOND)
    wrong = told(mistaken)
    assert wrong != told(clean)
    mistaken.dossier.change(f"reports/{EDITION}/retractions", **MISTAKE)
    first = shown(mistaken)
    taken = mistaken.take(given["right"], SECOND)
    assert "claims new" in taken
    assert told(mistaken) == told(clean)
    assert incidents(mistaken, RIGHT) == incidents(clean, RIGHT)
    (dataset,) = mistaken.dossier.read("datasets")["items"]
    assert [(each["report"], each["edition"], each["retracted"]) for each in dataset["editions"]] == [
        ("ucdp-ged-2020", "2020", False), (EDITION, "2021", True), (f"{EDITION}--2", "2021", False),
    ]  # fmt: skip
    assert "Nothing new" in mistaken.take(given["right"], SECOND)
    # Each of these acts has its inverse: the last one first.
    mistaken.dossier.change(f"reports/{EDITION}--2/retractions", **MISTAKE)
    assert shown(mistaken) == first
    mistaken.dossier.change(f"reports/{EDITION}/reinstatements", **MISTAKE)
    assert told(mistaken) == wrong
    assert "Nothing new" in mistaken.take(given["wrong"], SECOND)
    mistaken.dossier.change(f"reports/{EDITION}/retractions", **MISTAKE)
    mistaken.dossier.change(f"reports/{EDITION}--2/reinstatements", **MISTAKE)
    for importer in importers:
        importer.take(given["next"], THIRD)
    assert told(mistaken) == told(clean)


def test_the_next_edition_may_follow_a_retracted_one_that_nothing_takes_the_place_of(
    importers: tuple[Importer, Importer],
) -> None:
    mistaken, clean = importers
    given = files(mistaken)
    for importer in importers:
        importer.take(given["first"], FIRST)
    mistaken.take(given["wrong"], SECOND)
    mistaken.dossier.change(f"reports/{EDITION}/retractions", **MISTAKE)
    for importer in importers:
        importer.take(given["next"], THIRD)
    assert told(mistaken) == told(clean)


def take_back(importer: Importer) -> None:
    """All that the wrong file said, statement by statement; claims of which it is all that they say, as a whole."""
    for claim in importer.dossier.get("datasets/ucdp-ged/claims").iter_lines():
        if f'"report":"{EDITION}"' not in claim:
            continue
        id_ = claim.split('"')[3]
        if '"statement":1,' in claim:
            importer.dossier.change(f"claims/{id_}/retractions", **MISTAKE)
        else:
            importer.dossier.change(f"claims/{id_}/statement-retractions", statement=2, **MISTAKE)


def test_statements_that_were_taken_back_one_by_one_hold_no_edition_up(importers: tuple[Importer, Importer]) -> None:
    mistaken, clean = importers
    given = files(mistaken)
    for importer in importers:
        importer.take(given["first"], FIRST)
    mistaken.take(given["wrong"], SECOND)
    take_back(mistaken)
    assert "Nothing new" in mistaken.take(given["wrong"], SECOND)
    # A claim that the desk took back stays so, while its edition stands.
    would = mistaken.take(given["right"], "2021-02-02", "--edition", "2021b", "--dry-run")
    assert "claims left alone" in would
    for id_ in {row["id"] for row in WRONG} - {row["id"] for row in ROWS[:20]}:
        mistaken.dossier.change(f"incidents/ucdp-ged-{id_}/retractions", **MISTAKE)
    mistaken.dossier.change(f"reports/{EDITION}/retractions", **MISTAKE)
    taken = mistaken.take(given["right"], SECOND)
    assert "taken up again: retracted here with an edition" in taken
    clean.take(given["right"], SECOND)
    assert told(mistaken) == told(clean)
    assert incidents(mistaken, RIGHT) == incidents(clean, RIGHT)
    for importer in importers:
        importer.take(given["next"], THIRD)
    assert told(mistaken) == told(clean)


def test_an_edition_says_all_that_it_says_where_the_one_before_counts_or_does_not(
    importers: tuple[Importer, Importer],
) -> None:
    withdrawn, discredited = importers
    given = files(withdrawn)
    wanted: dict[str, Any] = {}
    for importer in importers:
        importer.take(given["first"], FIRST)
        importer.take(given["wrong"], SECOND)
        importer.take(given["right"], "2021-06-01", "--edition", "2021b")
        wanted = {id_: claim["content"]["best"] for id_, claim in importer.claims(status="stands").items()}
        importer.dossier.change(f"reports/{EDITION}b/retractions", **MISTAKE)
    withdrawn.dossier.change(f"reports/{EDITION}/withdrawals", when="2021-03-01", **MISTAKE)
    discredited.dossier.change(f"reports/{EDITION}/discreditings", **MISTAKE)
    for importer, lifted in ((withdrawn, "withdrawal-retractions"), (discredited, "discrediting-liftings")):
        importer.take(given["right"], "2021-06-01", "--edition", "2021b")
        assert "Nothing new" in importer.take(given["right"], "2021-06-01", "--edition", "2021b")
        found = {id_: claim["content"]["best"] for id_, claim in importer.claims(status="stands").items()}
        assert found == wanted
        before = importer.dossier.head()
        importer.take(given["right"], THIRD)
        # Nothing but its own report: no row says anything else.
        assert importer.dossier.head() == before + 1
        importer.dossier.change(f"reports/{EDITION}/{lifted}", **MISTAKE)
        again = {id_: claim["content"]["best"] for id_, claim in importer.claims(status="stands").items()}
        assert again == wanted


def test_what_the_desk_revised_or_took_back_in_another_report_holds_no_edition_up(importers: Any) -> None:
    importer, _ = importers
    given = files(importer)
    importer.take(given["first"], FIRST)
    first, second = (f"ucdp-ged-{row['id']}-total" for row in ROWS[:2])
    importer.dossier.record("reports", id="release", label="A press release", published="2020-06-01")
    importer.dossier.change(f"claims/{first}/revisions", report="release", set={"note": "As in the press release"})
    importer.dossier.change(f"claims/{second}/withdrawals", report="release", reason="It says so")
    importer.dossier.change(f"claims/{second}/statement-retractions", statement=1, **MISTAKE)
    importer.take(given["next"], THIRD)
    claims = importer.claims()
    assert [(claims[id_]["status"], claims[id_]["report"]["id"]) for id_ in (first, second)] == [
        ("stands", "ucdp-ged-2022"),
    ] * 2
