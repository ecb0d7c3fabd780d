"""The questions as people type them, of the sample dossier and of one made for the rare answers."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from interfaces.cli.main import app
from tests.interfaces.running_kroniek import Kroniek

WIDTHS = (80, 140)
FIGHTERS = "fighters,people,subject:is,place:hajin-enclave"
# Days here begin three hours (two in winter) before those of UTC.
DESK: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "desk", "title": "A desk", "time_zone": "Asia/Damascus"},
    "actors": [
        {"id": "is", "name": "Islamic State", "kind": "armed_group"},
        {"id": "sdf", "name": "قوات سوريا الديمقراطية", "kind": "armed_group"},
        {"id": "army", "name": "叙利亚军队", "kind": "state"},
    ],
    "places": [
        {"id": "valley", "name": "The valley", "kind": "area"},
        {"id": "hajin", "name": "هجين", "kind": "town", "areas": [{"area": "valley"}]},
        {"id": "ford", "name": "The ford", "kind": "village"},
        {"id": "mill", "name": "The mill", "kind": "village"},
        {"id": "quiet", "name": "A quiet place", "kind": "village"},
    ],
    "sources": [
        {"id": "sohr", "name": "SOHR", "kind": "monitor"},
        {"id": "agency", "name": "وكالة", "kind": "news_agency"},
        {"id": "institute", "name": "The institute", "kind": "research"},
    ],
    "reports": [
        {"id": "spring", "label": "Spring", "published": "2018-05-01"},
        {"id": "autumn", "label": "Autumn", "published": "2018-11-01"},
        {"id": "edition", "label": "Edition 1", "published": "2019-01-01", "publisher": "institute", "dataset": "toll"},
    ],
    "claims": [
        # Presumed between equal snapshots, implied by the valley; then taken.
        *(
            {"id": id_, "kind": "control", "report": "autumn", "claimant": "sohr", "status": "controls",
             "actor": "is", "place": "valley", "when": when}
            for id_, when in (("k1", "2018-02-01"), ("k2", "2018-04-01"))
        ),
        {"id": "k3", "kind": "occurrence", "report": "autumn", "type": "capture", "actors": {"by": "sdf"},
         "place": "hajin", "when": "2018-06-10"},
        {"id": "k4", "kind": "control", "report": "autumn", "claimant": "agency", "status": "absent", "actor": "is",
         "place": "hajin", "when": "2018-07-01"},
        # Two who exclude each other on one day, and two of one month of which nobody knows the order.
        {"id": "d1", "kind": "control", "report": "autumn", "claimant": "sohr", "status": "controls", "actor": "sdf",
         "place": "ford", "when": "2018-06-10"},
        {"id": "d2", "kind": "control", "report": "autumn", "claimant": "agency", "status": "controls",
         "actor": "army", "place": "ford", "when": "2018-06-10"},
        {"id": "o1", "kind": "control", "report": "autumn", "claimant": "sohr", "status": "controls", "actor": "sdf",
         "place": "mill", "when": "2018-06"},
        {"id": "o2", "kind": "control", "report": "autumn", "claimant": "agency", "status": "controls",
         "actor": "army", "place": "mill", "when": "2018-06"},
        # One voice's earlier word, and a plan.
        *(
            {"id": id_, "kind": "figure", "report": report, "claimant": "sohr", "measure": "present",
             "unit": "people", "place": "hajin", "when": "2018-04", "qualifier": "about", "best": best, **more}
            for id_, report, best, more in (
                ("f1", "spring", 400, {}), ("f2", "autumn", 600, {}), ("f3", "autumn", 90, {"hedge": "intended"}),
            )
        ),
        # Nobody says who, twice; the desk holds them to be one.
        *(
            {"id": id_, "kind": "figure", "report": report, "measure": "displaced", "unit": "families",
             "place": "mill", "when": "2018-04", "qualifier": "at_least", "low": 70}
            for id_, report in (("u1", "spring"), ("u2", "autumn"))
        ),
        # A dataset: two incidents, in one of which the parts do not come to the whole.
        *(
            {"id": f"t{nth}", "kind": "figure", "report": "edition", "claimant": "institute", "measure": "killed",
             "unit": "people", "place": "hajin", "when": when, "qualifier": "stated", "low": best - 1, "best": best,
             "high": best + 2, **whom}
            for nth, (when, best, whom) in enumerate((
                ("2018-03-03", 10, {}), ("2018-03-03", 4, {"group": "civilians"}),
                ("2019-02-02", 7, {}), ("2019-02-02", 7, {"group": "civilians"}),
            ))
        ),
    ],
    "incidents": [
        {"id": "market", "title": "The strike on the market", "place": "hajin", "when": "2018-03-03",
         "type": "airstrike_campaign", "claims": ["t0", "t1"]},
        {"id": "bridge", "title": "The fight at the bridge", "place": "ford", "when": "2019-02-02",
         "claims": ["t2", "t3"]},
    ],
    "assessments": [
        {"id": "crowd", "topic": "present,people,place:hajin", "when": "2018-04", "finding": "Some six hundred",
         "grade": "fair", "claims": ["f1", "f2"], "because": "The later word is the fuller"},
        {"id": "holder", "place": "ford", "finding": "Nobody can tell", "grade": "contested", "claims": ["d1", "d2"],
         "because": "Both were there"},
        {"id": "copied", "topic": "displaced,families,place:mill", "finding": "One list", "grade": "confirmed",
         "claims": ["u1", "u2"], "same_origin": ["u1", "u2"], "because": "The names are the same"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    running = Kroniek.start(tmp_path_factory.mktemp("kroniek"), "demo")
    (running.folder / "desk.json").write_text(json.dumps(DESK, ensure_ascii=False))
    running.ok("import", "desk.json")
    yield running
    running.stop()


Ask = Callable[..., str]


@pytest.fixture
def sample(kroniek: Kroniek) -> Ask:
    return lambda *words, **more: kroniek.ok(*words, KRONIEK_DOSSIER="hajin-baghouz", **more)


@pytest.fixture
def desk(kroniek: Kroniek) -> Ask:
    return lambda *words, **more: kroniek.ok(*words, KRONIEK_DOSSIER="desk", **more)


def line_of(told: str, *words: str) -> str:
    """The one line with all these words."""
    (found,) = [line for line in told.splitlines() if all(word in line for word in words)]
    return found


def below(told: str, *words: str, lines: int = 1) -> str:
    """What stands below that line."""
    every = told.splitlines()
    at = every.index(line_of(told, *words))
    return "\n".join(every[at + 1 : at + 1 + lines])


def drawn(line: str) -> str:
    """The bar in a line."""
    return "".join(re.findall(r"[█░┃▶▏▒~×]+", line))


EVERY_ANSWER = (
    ("situation", "--at", "2018-06-10"), ("control", "hajin"), ("control", "ford", "--at", "2018-06-10"), ("figures",),
    ("figures", "present,people,place:hajin"), ("figures", "--rule", "sum-of-edition@1", "--measure", "killed"),
    ("disagreements",), ("corrections",), ("changes", "--from-reported-by", "2018-05-01"), ("record", "sohr"),
    ("rules",), ("incidents",), ("incidents", "market"), ("assessments",), ("assessments", "crowd"),
)  # fmt: skip


@pytest.mark.parametrize("words", EVERY_ANSWER, ids=" ".join)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_answer_fits_its_width_without_colour(desk: Ask, words: tuple[str, ...], width: int) -> None:
    told = desk(*words, COLUMNS=str(width))
    assert told.strip()
    assert "\x1b" not in told
    assert max(cell_len(line) for line in told.splitlines()) <= width
    assert all(line == line.rstrip() for line in told.splitlines())


@pytest.mark.parametrize("words", EVERY_ANSWER, ids=" ".join)
def test_json_is_what_the_api_answers(desk: Ask, words: tuple[str, ...]) -> None:
    (line,) = desk(*words, "--json").splitlines()
    answer = json.loads(line)
    assert isinstance(answer, dict)
    assert words == ("rules",) or "position" in answer or "position" in answer["from"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_situation_says_who_holds_what_who_says_so_and_when_that_came_out(sample: Ask, width: int) -> None:
    told = sample("situation", "--at", "2018-12-17", "--reported-by", "2018-12-31", COLUMNS=str(width))
    assert line_of(told, "Hajin  Syrian Democratic Forces") == ("Hajin  Syrian Democratic Forces · 1 unattributed")
    assert "●" in line_of(told, "c202", "taken by Syrian Democratic Forces")
    assert "unattributed · ad-2018-12-17 (2018-12-17)" in below(told, "c202", "taken by")
    assert "inferred: when" in below(told, "c201", "controlled by Syrian Democratic Forces")
    assert "+" in line_of(told, "c217", "Islamic State present in pockets")
    implied = below(told, "c101  ○", "controlled by Islamic State", lines=2)
    assert "implied by Hajin enclave" in implied
    assert "no later than 2018-12-17" in told
    assert "last known, 47 days old" in below(told, "c021", "contested by", lines=2)
    # The place of the sample in which nobody says who holds it is not among them.
    assert "Mosul" not in told
    assert "certainly published by 2018-12-31" in told
    assert "control-from-snapshots@2" in told


def test_the_situation_draws_numbers_that_disagree_on_one_scale(sample: Ask) -> None:
    told = sample("situation", "--at", "2018-12-17", "--reported-by", "2018-12-31", COLUMNS="80")
    assert "≠ disagree: 1,500 to 5,500, 1 voice" in line_of(told, "Fighters of Islamic State, Hajin enclave")
    officials, nobody = line_of(told, "c108"), line_of(told, "c207")
    assert "about 2,000  1,500 to 2,500" in re.sub(" {3,}", "  ", officials)
    assert "about 5,000  4,500 to 5,500" in re.sub(" {3,}", "  ", nobody)
    assert len(drawn(officials)) < len(drawn(nobody)) / 2
    assert drawn(officials).startswith("█")
    assert drawn(officials).endswith("░")
    assert officials.index("1,500 to 2,500") == nobody.index("4,500 to 5,500")
    part = line_of(told, "└ c208")
    assert drawn(part) == drawn(officials)
    assert "of whom arab and european · 2018-12-17 · unattributed" in below(told, "└ c208")
    # No upper bound, and no number at all.
    assert drawn(line_of(told, "c206", "at least 320")).endswith("▶")
    assert drawn(line_of(told, "c117", "most")) == ""


def test_the_situation_of_another_reported_clock_differs(sample: Ask) -> None:
    told = sample("situation", "--at", "2018-12-17", "--reported-by", "2018-11-30")
    assert "last known" in line_of(told, "Hajin  Islamic State")
    assert "c108" not in told
    assert "c202" not in told


def test_a_situation_as_geojson(sample: Ask) -> None:
    answer = json.loads(sample("situation", "--at", "2018-12-17", "--geojson"))
    assert answer["type"] == "FeatureCollection"
    (hajin,) = [feature for feature in answer["features"] if feature["id"] == "hajin"]
    assert hajin["geometry"]["coordinates"] == [40.825579, 34.692602]


def test_disputes_and_unknown_orders_are_marked(desk: Ask) -> None:
    told = desk("situation", "--at", "2018-06-10")
    assert "≠ disputed, 2 voices" in line_of(told, "The ford  ")
    assert "? order unknown, 2 voices" in line_of(told, "The mill  ")
    assert "last known, 70 days old" in line_of(told, "The valley  Islamic State")


def test_names_in_other_scripts_keep_the_columns_aligned(desk: Ask) -> None:
    told = desk("control", "ford", "--at", "2018-06-10", COLUMNS="140")
    arabic, chinese = line_of(told, "d1", "قوات"), line_of(told, "d2", "叙利亚军队")
    assert [cell_len(line[: line.index("2018-06-10")]) for line in (arabic, chinese)] == [
        cell_len(arabic[: arabic.index("2018-06-10")])
    ] * 2
    bars = [line for line in told.splitlines() if "█··" in line]
    assert len({cell_len(line[: line.index("█")]) for line in bars}) == 1
    assert len(bars) == 2


def test_control_is_told_through_time_by_voice(desk: Ask) -> None:
    told = desk("control", "hajin", "--at", "2018-03-01", COLUMNS="120")
    assert "presumed, 1 voice" in line_of(told, "هجين", "Islamic State")
    bar = line_of(told, "Islamic State (The valley)")
    # Stated, presumed, stated, last known, ended: in that order on one scale, with the days below.
    assert re.fullmatch(r"█░+█·+×", bar.split("(The valley)")[1].strip())
    dates = below(told, "Islamic State (The valley)", lines=3)
    for part in ("stated 2018-02-01 (k1)", "presumed 2018-02-02 to 2018-03-31", "stated 2018-04-01 (k2)",
                 "last known 2018-04-02 to 2018-06-09", "ended 2018-06-10 (by k3)"):  # fmt: skip
        assert part in dates
    asked = line_of(told, "asked for", "▼").index("▼")
    assert bar[asked] == "░"
    taken = [line for line in told.splitlines() if line.strip().startswith("\u2068قوات") and "█" in line]
    assert cell_len(taken[0][: taken[0].index("█")]) == cell_len(bar[: bar.index("×")])
    assert "╷2018-03" in told


def test_days_are_those_of_the_dossier(desk: Ask) -> None:
    """A day in Damascus ends before that of UTC does."""
    assert "at 2018-06-10 in the world" in desk("control", "ford", "--at", "2018-06-10")
    assert "at 2018-06-10T09:00Z in the world" in desk("control", "ford", "--at", "2018-06-10T09:00:00Z")


def test_a_series_shows_what_is_set_aside_and_why(desk: Ask) -> None:
    told = desk("figures", "present,people,place:hajin")
    assert "one voice" in line_of(told, "People present")
    series = told.partition("Everything that was said")[2]
    assert "set aside: superseded by f2" in line_of(series, "f1", "about 400") + below(series, "f1", "about 400")
    assert "set aside: intended" in line_of(series, "f3", "about 90") + below(series, "f3", "about 90")
    assert "latest-per-claimant@1" in told
    told = desk("figures", "present,people,place:hajin", "--rule", "widest-range@1")
    assert "f1" in told.partition("Everything that was said")[0]


def test_a_change_in_the_world_is_no_disagreement(sample: Ask) -> None:
    told = sample("figures", "present,people,group:displaced,place:al-hol-camp")
    assert "changed in the world: 34,000 to 49,500" in told
    assert "≠" not in told


def test_topics_are_listed_with_the_words_to_ask_for_them(sample: Ask) -> None:
    told = sample("figures", "--measure", "fighters", "--place", "hajin-enclave")
    assert FIGHTERS in told
    assert "fighters of Islamic State, Hajin enclave" in told
    assert "3 topics" in told
    assert "1 topic; there are more" in sample("figures", "--measure", "fighters", "--limit", "1")
    assert "never added to it:" in sample("figures", FIGHTERS)


def test_sums_stand_beside_their_parts(desk: Ask) -> None:
    told = desk("figures", "--rule", "sum-of-edition@1", "--measure", "killed", "--per", "year")
    first, second = told.index("toll by The institute, 2018"), told.index("toll by The institute, 2019")
    assert re.search(r"^ +9 +10 +12 +1 +█+░*┃?░+ +everybody$", told[first:second], re.MULTILINE)
    assert "2018, everybody: 10  ≠ incomplete: the parts are not the whole" in told
    assert "2019, everybody: 7  complete: the parts come to the whole" in told
    told = desk("figures", "--rule", "sum-of-edition@1", "--measure", "killed", "--until", "2018-12-31")
    assert re.search(r"^ +9 +10 +12 +1 +█+░*┃?░+ +everybody$", told, re.MULTILINE)


def test_numbers_of_a_sum_stand_in_their_columns_whatever_the_width(desk: Ask) -> None:
    told = desk("figures", "--rule", "sum-of-edition@1", "--measure", "killed", COLUMNS="60")
    header = line_of(told, "low", "best", "high", "incidents")
    row = line_of(told, "15", "17", "21", "everybody")
    assert [row.index(number) + 2 for number in ("15", "17", "21")] == [
        header.index(title) + len(title) for title in ("low", "best", "high")
    ]


def test_disagreements_show_both_sides(sample: Ask, desk: Ask) -> None:
    told = sample("disagreements", "--kind", "figures", "--place", "hajin-enclave")
    assert "≠ Fighters of Islamic State, Hajin enclave" in told
    assert "United States officials" in below(told, "c108") + line_of(told, "c108")
    assert "1 disagreement" in told
    told = desk("disagreements")
    assert "holders that exclude each other, at the same time for certain" in line_of(told, "≠ The ford")
    assert "The mill" not in told
    assert "Nobody contradicts anybody" in desk("disagreements", "--place", "quiet")


def test_corrections_by_family(sample: Ask) -> None:
    told = sample("corrections", "--family", "record")
    assert "our record was wrong: claim c314 corrected by" in told
    assert "measure: killed → died" in told
    assert "because: Dead of cold were recorded as killed" in told
    assert "Al-Hol camp" in told
    assert "reliability" not in told
    assert told.index("c314") < told.index("c406")
    newest = sample("corrections", "--family", "record", "--newest", "--since-position", "100")
    assert newest.index("c406") < newest.index("c314")
    assert "the source changed its word" not in told
    assert "Nothing was changed that fits" in sample("corrections", "--family", "source")


def test_changes_between_two_pictures(sample: Ask) -> None:
    told = sample("changes", "--from-reported-by", "2018-11-30", "--to-reported-by", "2018-12-31")
    assert told.startswith("from  as of position")
    assert "certainly published by 2018-11-30" in told.splitlines()[0]
    assert "about 2,000 fighters of Islamic State" in line_of(told, "+ c108")
    assert "because hajin-2018-12 came out" in below(told, "+ c108", lines=2)
    assert "- c" not in told
    told = sample("changes", "--from-as-of", "168", "--to-as-of", "169")
    assert "measure: killed → died" in below(told, "~ c314", lines=6)
    assert "at position 169: claim corrected" in told
    assert told.endswith("1 changed\n")
    assert "The two pictures are the same." in sample("changes")


def test_the_record_of_a_source(sample: Ask) -> None:
    told = sample("record", "sohr")
    assert "Syrian Observatory for Human Rights  sohr · monitor · reliability B" in told
    assert re.search(r"^claims +4 ", told, re.MULTILINE)
    assert "No claim is its word" in sample("record", "unnamed-2018-10")


def test_incidents_and_what_is_said_of_one(desk: Ask) -> None:
    assert "The strike on the market" in line_of(desk("incidents"), "market")
    assert "bridge" not in desk("incidents", "--claim", "t0")
    told = desk("incidents", "market")
    assert "10 (9 to 12) people killed" in told
    assert "edition (2019-01-01)" in told


def test_two_reports_of_one_origin_say_by_which_assessment(desk: Ask) -> None:
    told = desk("figures", "displaced,families,place:mill", "--rule", "widest-range@1", COLUMNS="80")
    assert "origin unknown" in line_of(told, "Families displaced, The mill")
    assert "one origin by assessment copied" in below(told, "u1", "at least 70", lines=2)
    assert "held to share one origin: u1, u2" in desk("assessments", "copied")


def test_rules_are_listed(sample: Ask) -> None:
    assert "who holds a place" in line_of(sample("rules"), "control-from-snapshots@1")


def test_nothing_to_show_is_a_sentence_that_helps(sample: Ask, desk: Ask) -> None:
    assert "Nothing is said of 1950-01-01. Try another --at" in desk("situation", "--at", "1950-01-01", "--as-of", "5")
    assert "Nothing is said of who holds A quiet place" in desk("control", "quiet")
    told = sample("figures", "killed,people,place:mosul")
    assert "Nobody gives a number for killed,people,place:mosul" in told
    assert "`kroniek figures` lists the topics" in told
    assert "There are 2 claims of single incidents" in desk("figures", "killed,people,place:hajin")
    assert "Nothing is counted that fits" in sample("figures", "--measure", "captured")
    assert "No dataset counts killed" in sample("figures", "--rule", "sum-of-edition@1", "--measure", "killed")
    assert "There is no incident" in sample("incidents")
    assert "There is no assessment" in sample("assessments")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("control", "hajn"), 1, "there is no place 'hajn' in dossier 'hajin-baghouz' at position 170. "
                                 "Did you mean hajin?"),
        (("control", "xxxx"), 1, "There are al-bahra-camp, al-hol-camp"),
        (("control", "hajin", "--as-of", "1"), 1, "it came later"),
        (("record", "sor"), 1, "Did you mean sohr?"),
        (("figures", "--place", "hajn"), 1, "Did you mean hajin?"),
        (("disagreements", "--place", "hajn"), 1, "Did you mean hajin?"),
        (("figures", "rumours,people"), 1, "'rumours' is no measure"),
        (("figures", "fighters,people,colour:red"), 1, "'colour:red' is no part of a topic"),
        (("figures", FIGHTERS, "--measure", "killed"), 2, "leave --measure out"),
        (("figures", "--since", "2018"), 2, "--since belongs to a sum: add --rule sum-of-edition@1"),
        (("figures", "--rule", "sum-of-edition@1"), 1, "name it, measure=killed"),
        (("figures", "--rule", "loudest@1"), 1, "latest-per-claimant@1"),
        (("situation", "--at", "soon"), 1, '"soon" cannot be a cut-off'),
        (("changes", "--from-as-of", "99999"), 1, "99999"),
        (("incidents", "nope"), 1, "there is no incident 'nope'"),
        (("assessments", "nope"), 1, "there is no assessment 'nope'"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_that_names_the_way_out(
    kroniek: Kroniek, words: tuple[str, ...], code: int, said: str
) -> None:
    done = kroniek.run(*words, KRONIEK_DOSSIER="hajin-baghouz")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_basis_that_moved_is_marked(kroniek: Kroniek, desk: Ask) -> None:
    """Last: it changes the dossier."""
    assert "basis moved" not in desk("assessments")
    assert "There is no assessment that fits" in desk("assessments", "--moved")
    kroniek.ok("retract", "d2", "--dossier", "desk", "--reason", "Of another ford")
    told = desk("assessments")
    assert "⚠ basis moved" in line_of(told, "holder", "contested")
    assert "⚠" not in line_of(told, "crowd")
    assert "crowd" not in desk("assessments", "--moved")
    assert "holder" not in desk("assessments", "--unmoved")
    told = desk("assessments", "holder")
    assert "Of another ford" in line_of(told, "⚠ claim retracted at position")
    assert "· 1 voice" in line_of(desk("control", "ford", "--at", "2018-06-10"), "The ford  ")
    assert "Nobody contradicts anybody" in desk("disagreements")


def test_every_question_has_help_with_an_example() -> None:
    for name in ("situation", "control", "figures", "disagreements", "corrections", "changes", "record", "rules",
                 "incidents", "assessments"):  # fmt: skip
        told = CliRunner().invoke(app, [name, "--help"])
        assert told.exit_code == 0
        assert "Example" in told.stdout
        assert f"kroniek {name}" in told.stdout
