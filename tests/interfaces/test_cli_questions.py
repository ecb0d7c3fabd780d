"""The questions as people type them, of the sample dossier and of one made for the rare answers."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import typer
import yaml
from rich.cells import cell_len
from typer.testing import CliRunner

from infrastructure.questions.compared import COMPARED
from interfaces.cli.answers import Told
from interfaces.cli.figure_shown import why_nothing
from interfaces.cli.main import app
from interfaces.cli.questions import days_told, moment_in
from interfaces.cli.reading import as_typed
from interfaces.cli.sheet import Sheet
from interfaces.cli.two_pictures import _finding
from interfaces.messages.wording import WORDINGS, Language
from interfaces.messages.words import Names
from tests.interfaces.running_kroniek import SAMPLE, Kroniek, free_port

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
    "persons": [
        {"id": "per-00000000000000b1", "name": "أحمد", "names": {"en": "A."}, "age": 34, "sex": "male",
         "claims": ["t0"], "civilian_status": {"status": "civilian", "source": "sohr"},
         "fates": {"fate": "killed", "incident": "market", "when": "2018-03-03", "claim": "t0"}},
        {"id": "per-00000000000000b2", "age_high": 17, "claims": ["t1"],
         "fates": {"fate": "killed", "incident": "market"}},
        {"id": "per-00000000000000b3", "names": {"ar": "فاطمة"}, "fates": {"fate": "missing", "place": "ford"}},
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
    watched = ("--question", "figures", "--topic", "present,people,place:hajin", "--reported-by", "2018-12-31")
    url = f"http://127.0.0.1:{free_port()}/a/path/that/goes/on/and/on/so/that/it/is/longer/than/a/narrow/terminal/is"
    running.ok(
        "webhook", "create", url, "--id", "of-figures", "--name", "مكتب الأخبار", *watched, KRONIEK_DOSSIER="desk"
    )
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


QUESTIONS = (
    ("situation", "--at", "2018-06-10"), ("control", "hajin"), ("control", "ford", "--at", "2018-06-10"), ("figures",),
    ("figures", "present,people,place:hajin"), ("figures", "--rule", "sum-of-edition@1", "--measure", "killed"),
    ("disagreements",), ("corrections",), ("changes", "--from-reported-by", "2018-05-01"), ("record", "sohr"),
    ("rules",), ("incidents",), ("incidents", "market"), ("assessments",), ("assessments", "crowd"),
    ("persons",), ("person", "per-00000000000000b1"),
)  # fmt: skip
EVERY_ANSWER = (
    *QUESTIONS,
    ("history", "source/sohr"), ("history", "actor/sdf"), ("history", "place/hajin"), ("history", "report/edition"),
    ("history", "incident/market"), ("history", "person/per-00000000000000b1"), ("history", "assessment/copied"),
    ("dossiers",), ("claims",), ("claims", "--at", "2018-06-10", "--reported-by", "2018-12-31"), ("history", "f2"),
    ("incidents", "--type", "massacre"), ("assessments", "--grade", "discounted"), ("persons", "--incident", "bridge"),
    ("places",), ("actors",), ("sources",), ("reports",),
    ("datasets",), ("webhook", "list"), ("webhook", "show", "of-figures"), ("webhook", "deliveries", "of-figures"),
    ("token", "list"),
    ("token", "list", "--all"),
    ("user", "list"),
    ("grant", "list"),
    ("program", "list"),
    ("whoami",),
)  # fmt: skip
OF_THE_SAMPLE = (
    ("claims",), ("history", "c207"), ("history", "c208"), ("history", "c314"),
    ("situation", "--at", "2018-12-17"), ("control", "hajin"),
    ("figures",), ("figures", FIGHTERS), ("disagreements",), ("corrections",), ("changes", "--from-as-of", "164"),
    ("record", "sohr"), ("incidents",), ("assessments",), ("persons",), ("datasets",),
    ("places",), ("actors",), ("sources",), ("reports",),
)  # fmt: skip
# On a copy of the desk; what they answer is an account of what they changed.
EVERY_CHANGE: tuple[tuple[str, ...], ...] = (
    ("correct", "t0", "--set", "measure=taken_hostage", "-r", "قرأنا الرقم خطأ، وهو في الصفحة 4 من التقرير المنشور"),
    ("revise", "f2", "--report", "autumn", "--set", "best=650", "--set", "place=ford"),
    ("withdraw", "u1", "--report", "autumn", "-r", "It says so"),
    ("retract", "d1", "-r", "Of another ford, which lies so far to the north that nobody could take it for this one"),
    ("reinstate", "d1", "-r", "It was this one"),
    ("grade", "k3", "3", "-r", "Nobody else says so"), ("grade", "source/sohr", "B", "-r", "Often right"),
    ("discredit", "spring", "-r", "Made up"),
    ("merge", "source/agency", "sohr", "-r", "One office"), ("split", "source/agency", "-r", "Two offices"),
    ("correct", "person/per-00000000000000b3", "--set", "age=41", "--set", "sex=female", "-r", "A second reading"),
    ("correct", "place/mill", "--set", "latitude=35.5", "--set", "longitude=40", "-r", "From the survey"),
    ("link", "person/per-00000000000000b3", "t0", "t1"),
    ("unlink", "person/per-00000000000000b3", "t1", "-r", "Of another"),
    ("link", "incident/market", "t2", "-r", "Of the same day"),
    ("correct", "incident/market", "--set", "title=The strike at noon", "-r", "There was another one at night"),
    ("uphold", "crowd", "-r", "The place was put right"),
)  # fmt: skip
# What starts, takes in or follows; its lines are those of a log, or are to be pasted.
NO_ANSWER = {
    "up", "demo", "import", "import-edition", "schema", "follow", "declare", "migrate", "rebuild", "verify", "retry",
    "restored",
    "token create", "token revoke", "user create", "user end", "program create", "program end",
    "webhook create", "webhook change", "webhook pause", "webhook resume",
    "webhook replay", "webhook rotate", "webhook delete", "grant give", "grant revoke",
}  # fmt: skip


def every_command(command: Any, before: str = "") -> Iterator[str]:
    for name, one in command.commands.items():
        yield from every_command(one, f"{name} ") if hasattr(one, "commands") else [f"{before}{name}"]


def test_every_command_that_answers_is_held_to_its_width() -> None:
    asked = {
        words[0] if words[0] not in ("webhook", "token", "user", "program", "grant") else " ".join(words[:2])
        for words in (*EVERY_ANSWER, *EVERY_CHANGE)
    }
    assert asked | NO_ANSWER == set(every_command(typer.main.get_command(app)))
    assert not asked & NO_ANSWER


def assert_fits(told: str, width: int) -> None:
    assert told.strip()
    assert "\x1b" not in told
    for line in told.splitlines():
        # What is to be copied is not broken: then it is all that stands there.
        assert cell_len(line) <= width or len(line.split()) == 1, line
        assert line == line.rstrip()
        # A terminal reads each line by itself.
        assert line.count("\u2068") == line.count("\u2069")
    # The last instant of a day is the day, and words are words, but for topics that can be asked with.
    assert "59.999" not in told
    worded = re.sub(r"\S+,(people|families|buildings|km2|percent)\b\S*", "", told)
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b", worded)


@pytest.mark.parametrize("words", EVERY_ANSWER, ids=" ".join)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_answer_fits_its_width_without_colour(desk: Ask, words: tuple[str, ...], width: int) -> None:
    assert_fits(desk(*words, COLUMNS=str(width)), width)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nl", ("Strijders (mensen): zijde Islamitische Staat, Hajin enclave  ≠ in tegenspraak", "ongeveer 2.000")),
        ("ar", ("≠ \u2068متعارضة", "\u2068نحو 2,000\u2069")),
        ("fr", ("Fighters of Islamic State, Hajin enclave  ≠ disagree", "about 2,000")),
    ],
)
def test_an_answer_is_told_in_the_words_of_a_language(sample: Ask, language: str, told: tuple[str, ...]) -> None:
    topic = "fighters,people,subject:is,place:hajin-enclave"
    answer = sample("figures", topic, "--at", "2018-12-17", KRONIEK_LANGUAGE=language)
    assert all(words in answer for words in told), answer


@pytest.mark.parametrize(
    ("language", "verdict"),
    [("nl", "≠ betwist"), ("ar", "≠ \u2068متنازع عليه، صوتان\u2069"), ("en", "≠ disputed"), ("nl-BE", "≠ betwist")],
)
def test_a_verdict_is_told_in_a_language(desk: Ask, language: str, verdict: str) -> None:
    assert verdict in desk("control", "ford", "--at", "2018-06-10", KRONIEK_LANGUAGE=language)


# One voice: the front held all of the province; the army took a town of it, and then the mill was the front's no more.
FRONT: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "front", "title": "A front"},
    "actors": [{"id": id_, "name": id_.title(), "kind": "armed_group"} for id_ in ("army", "front")],
    "places": [
        {"id": "province", "name": "Province", "kind": "adm1"},
        {"id": "town", "name": "Town", "kind": "town", "within": "province"},
        {"id": "mill", "name": "Mill", "kind": "village"},
    ],
    "sources": [{"id": "monitor", "name": "Monitor", "kind": "monitor"}],
    "reports": [{"id": "m1", "label": "M1", "publisher": "monitor", "published": "2024-12-01"}],
    "claims": [
        {"id": "k1", "kind": "control", "report": "m1", "claimant": "monitor", "status": "controls", "actor": "front",
         "place": "province", "extent": "all", "when": "2023-03-30"},
        {"id": "k2", "kind": "occurrence", "report": "m1", "claimant": "monitor", "type": "capture", "place": "town",
         "actors": {"by": "army"}, "when": "2023-09-01"},
        {"id": "k3", "kind": "control", "report": "m1", "claimant": "monitor", "status": "controls", "actor": "front",
         "place": "mill", "when": "2023-03"},
        {"id": "k4", "kind": "control", "report": "m1", "claimant": "monitor", "status": "absent", "actor": "front",
         "place": "mill", "when": "2024-11-29"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def front(kroniek: Kroniek) -> Ask:
    (kroniek.folder / "front.json").write_text(json.dumps(FRONT))
    kroniek.ok("import", "front.json")
    return lambda *words, **more: kroniek.ok(*words, KRONIEK_DOSSIER="front", **more)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("changed hands some time between 2023-03-31 and 2024-11-29; before: Front (Monitor)", "changed, by k4",
                "Town, inside it, taken since by Army")),
        ("nl", ("ging ergens tussen 2023-03-31 en 2024-11-29 in andere handen over; daarvoor: Front (Monitor)",
                "veranderd, volgens k4", "Town, daarbinnen, sindsdien ingenomen door Army")),
        ("ar", ("انتقلت السيطرة في وقت ما بين 2023-03-31 و2024-11-29؛ وقبل ذلك: Front (Monitor)", "تغيّر، بحسب k4",
                "Town، داخله، استولى عليه بعد ذلك Army")),
    ],
)  # fmt: skip
def test_what_changed_hands_and_what_was_taken_inside_is_told(
    front: Ask, language: str, words: tuple[str, ...]
) -> None:
    told = front("situation", "--at", "2023-12-31", KRONIEK_LANGUAGE=language, COLUMNS="200")
    plain = " ".join("".join(char for char in told if char not in "\u2066\u2067\u2068\u2069\u200e").split())
    assert all(each in plain for each in words), told
    alone = front("control", "province", "--at", "2023-12-31", KRONIEK_LANGUAGE=language, COLUMNS="200")
    assert words[2] in " ".join("".join(char for char in alone if char not in "\u2068\u2069\u200e").split())


VILLAGE: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "village", "title": "A village"},
    "places": [
        {"id": "al-jinah", "name": "Al-Jinah", "kind": "village"},
        {"id": "mosque", "name": "The mosque", "kind": "site", "within": "al-jinah"},
    ],
    "sources": [{"id": id_, "name": id_.title(), "kind": "monitor"} for id_ in ("rescuers", "monitor")],
    "reports": [{"id": "m1", "label": "M1", "publisher": "monitor", "published": "2017-03-20"}],
    "claims": [
        {"id": f"k{best}", "kind": "figure", "report": "m1", "claimant": who, "measure": "killed", "unit": "people",
         "place": place, "best": best, "qualifier": "stated", "when": "2017-03-16"}
        for who, place, best in (("rescuers", "al-jinah", 38), ("monitor", "mosque", 49))
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Not in it, though it may be of the same: what is counted at places inside:"),
        ("nl", "Er niet in, al kan het om hetzelfde gaan: wat op plaatsen daarbinnen geteld is:"),
        ("ar", "ليس فيه، وإن كان قد يخص الأمر نفسه: ما أُحصي في أماكن داخله:"),
    ],
)
def test_the_number_of_a_village_says_that_its_mosque_has_one_of_its_own(
    kroniek: Kroniek, language: str, sentence: str
) -> None:
    (kroniek.folder / "village.json").write_text(json.dumps(VILLAGE))
    kroniek.ok("import", "village.json")
    asked = {"KRONIEK_DOSSIER": "village", "KRONIEK_LANGUAGE": language, "COLUMNS": "200"}
    told = kroniek.ok("figures", "killed,people,place:al-jinah", **asked)
    assert sentence in told
    assert "49" in line_of(told.partition(sentence)[2], "killed,people,place:mosque")
    assert sentence not in kroniek.ok("figures", "killed,people,place:mosque", **asked)


STRIKE: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "a-strike", "title": "A strike"},
    "places": [{"id": "al-jinah", "name": "Al-Jinah", "kind": "village"}],
    "sources": [{"id": id_, "name": id_.title(), "kind": "monitor"} for id_ in ("rescuers", "monitor")],
    "reports": [{"id": "m1", "label": "M1", "publisher": "monitor", "published": "2017-03-20"}],
    "claims": [
        {"id": f"k{best}", "kind": "figure", "report": "m1", "claimant": who, "measure": "killed", "unit": "people",
         "best": best, "qualifier": "stated", "when": "2017-03-16", **place}
        for who, place, best in (("rescuers", {"place": "al-jinah"}, 5), ("monitor", {}, 30))
    ],
    "incidents": [{"id": "strike", "title": "The strike", "place": "al-jinah", "claims": ["k30"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentence", "there"),
    [
        ("en", "Not in it: of incidents that were there a number names no place. What these come to:",
         "Of incidents there, numbers that name no place; not in those above:"),
        ("nl", "Er niet in: van incidenten die daar waren noemt een aantal geen plaats. Waar die op uitkomen:",
         "Van incidenten daar, aantallen zonder plaats; niet in die hierboven:"),
        ("ar", "ليس فيه: عدد من حوادث وقعت هناك لا يذكر مكانًا. وهذا ما تبلغه:",
         "من حوادث وقعت هناك، أعداد لا تذكر مكانًا؛ وليست ضمن ما سبق:"),
    ],
)  # fmt: skip
def test_the_number_of_a_village_says_that_one_of_a_strike_there_names_no_place(
    kroniek: Kroniek, language: str, sentence: str, there: str
) -> None:
    (kroniek.folder / "strike.json").write_text(json.dumps(STRIKE))
    kroniek.ok("import", "strike.json")
    asked = {"KRONIEK_DOSSIER": "a-strike", "KRONIEK_LANGUAGE": language, "COLUMNS": "200"}
    told = kroniek.ok("figures", "killed,people,place:al-jinah", **asked)
    assert sentence in told
    assert "30" in line_of(told.partition(sentence)[2], "killed,people,incident:strike")
    for place in ((), ("--place", "al-jinah")):
        told = kroniek.ok("situation", "--at", "2017-03-16", *place, **asked)
        assert there in told
        assert "30" in line_of(told.partition(there)[2], "The strike")


LEFT: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "what-is-left", "title": "What is left"},
    "places": [{"id": "town", "name": "Town", "kind": "town"}],
    "reports": [{"id": f"m{nth}", "label": f"M{nth}", "published": f"2017-03-2{nth}"} for nth in (0, 1, 2)],
    "claims": [
        {"id": id_, "kind": "figure", "report": report, "measure": "killed", "unit": "people", "place": "town",
         "best": 5, "qualifier": "stated", "when": "2017-03-16"}
        for id_, report in (("k1", "m0"), ("k2", "m0"), ("k3", "m1"), ("k4", "m1"))
    ],
    "incidents": [
        {"id": "gone", "title": "The strike", "claims": ["k1", "k2"]},
        {"id": "some", "title": "The raid", "claims": ["k2", "k3"]},
        {"id": "own", "title": "Heard of"},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "word", "sentence", "beside"),
    [
        ("en", "nothing of it stands any more", "Nothing of it stands any more: every claim that is linked to it was",
         "not counted, as no longer standing: 1 claim"),
        ("nl", "niets ervan staat nog", "Niets ervan staat nog: elke claim die ermee verbonden is, is ingetrokken",
         "niet meegeteld, want niet meer geldend: 1 claim"),
        ("ar", "لم يبقَ عنها قول قائم", "لم يبقَ عنها قول قائم: كل ادعاء مرتبط بها سُحب",
         "غير محسوب لأنه لم يعد قائمًا:"),
    ],
)  # fmt: skip
def test_an_incident_that_nobody_tells_of_any_more_says_so(
    kroniek: Kroniek, language: str, word: str, sentence: str, beside: str
) -> None:
    asked = {"KRONIEK_DOSSIER": "what-is-left", "KRONIEK_LANGUAGE": language, "COLUMNS": "200"}
    if not (kroniek.folder / "left.json").exists():
        (kroniek.folder / "left.json").write_text(json.dumps(LEFT))
        kroniek.ok("import", "left.json")
        assert "Nothing of it stands" not in kroniek.ok("incidents", **asked)
        kroniek.ok("withdraw", "k1", "--report", "m2", "-r", "Taken back", **asked)
        kroniek.ok("discredit", "m0", "-r", "Made up", **asked)
    told = kroniek.ok("incidents", **asked)
    assert word in line_of(told, "The strike") and word not in line_of(told, "The raid")
    assert beside in line_of(told, "The raid")
    assert word not in line_of(told, "Heard of")
    assert sentence in kroniek.ok("incidents", "gone", **asked)
    for id_ in ("some", "own"):
        assert sentence not in kroniek.ok("incidents", id_, **asked)
    only = kroniek.ok("incidents", "--standing", "nothing_left", **asked)
    assert "The strike" in only and "The raid" not in only


TAKEN_BACK: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {"id": "taken-back", "title": "Taken back"},
    "places": [{"id": "town", "name": "Town", "kind": "town"}],
    "sources": [{"id": "monitor", "name": "Monitor", "kind": "monitor"}],
    "reports": [
        {"id": f"m{n}", "label": f"M{n}", "publisher": "monitor", "published": f"2024-12-0{n}"} for n in (1, 2)
    ],
    "claims": [
        {"id": "k1", "kind": "figure", "report": "m1", "claimant": "monitor", "measure": "killed", "unit": "people",
         "place": "town", "best": 30, "qualifier": "stated", "when": "2024-11-29"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def taken_back(kroniek: Kroniek) -> Ask:
    (kroniek.folder / "taken-back.json").write_text(json.dumps(TAKEN_BACK))
    kroniek.ok("import", "taken-back.json")
    kroniek.ok("withdraw", "claim/k1", "--report", "m2", "--reason", "x", KRONIEK_DOSSIER="taken-back")
    return lambda *words, **more: kroniek.ok(*words, KRONIEK_DOSSIER="taken-back", **more)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("WHAT COUNTS FOR NOTHING", "30 people killed", "withdrawn")),
        ("nl", ("WAT NIET MEETELT", "gedood (mensen): 30")),
        ("ar", ("ما لا يُحتسب", "قتلى (أشخاص): 30")),
    ],
)
def test_a_place_of_which_the_only_number_was_withdrawn_is_not_a_place_of_which_nothing_was_said(
    taken_back: Ask, language: str, words: tuple[str, ...]
) -> None:
    asked = ("situation", "--place", "town", "--at", "2024-11-29")
    told = taken_back(*asked, KRONIEK_LANGUAGE=language, COLUMNS="200")
    assert all(each in "".join(char for char in told if char not in "\u2068\u2069\u200e") for each in words), told


def test_the_map_has_who_held_a_place_before_and_what_was_taken_inside(front: Ask) -> None:
    told = json.loads(front("situation", "--at", "2023-12-31", "--geojson"))
    features = {one["id"]: one["properties"] for one in told["features"]}
    mill, province = features["mill"], features["province"]
    assert {name: value for name, value in mill.items() if name.startswith(("holder", "changed", "verdict"))} == {
        "holder": None, "holder_name": None, "verdict": "unknown", "holder_before": "front",
        "holder_before_name": "Front", "changed_after": "2023-03-31T23:59:59.999999Z",
        "changed_before": "2024-11-29T00:00:00Z",
    }  # fmt: skip
    assert (province["holder"], province["extent"], province["lost_inside"]) == ("front", "all", ["town"])
    assert province["control"]["inside"] == [{"place": "town", "actor": "army", "claim": "k2"}]
    assert "lost_inside" not in features["town"]


@pytest.mark.parametrize("words", [("claims",), *QUESTIONS[:5], ("disagreements",)], ids=" ".join)
def test_every_question_fits_a_narrow_terminal_in_dutch(desk: Ask, words: tuple[str, ...]) -> None:
    told = desk(*words, "--language", "nl", COLUMNS="80")
    assert_fits(told, 80)
    assert not english_in(told) & told_in_english_only("nl") - recorded(DESK)


# What names rules, lists what goes out, or is in English whatever is asked for.
IN_ENGLISH = ("rules", "datasets", "webhook", "token", "user", "program", "whoami", "grant")
TOLD_IN_A_LANGUAGE = [words for words in EVERY_ANSWER if words[0] not in IN_ENGLISH]
# What the desk never changed, took back or graded.
CHANGED = (("history", "c207"), ("history", "c314"), ("corrections",), ("changes", "--from-as-of", "164"),
           ("changes", "--from-as-of", "160", "--to-as-of", "160"), ("record", "sohr"), ("disagreements",))  # fmt: skip
# What people wrote, or gave as an id.
RECORDED = {"id", "title", "name", "names", "label", "finding", "because", "reason", "dataset", "text", "note",
            "original", "summary", "group", "cause"}  # fmt: skip


def english_in(told: str) -> set[str]:
    """The words in Latin letters, but for what is typed, and what names a rule, a topic or a clock."""
    for typed in (
        r"`[^`]*`", r"--[a-z-]+( (possible|killed|massacre|discounted))?",
        r"docs/\S+", r"\S+,(people|families|buildings|km2|percent)\b\S*",
        r"[a-z-]+@\d", r"\w+…", r"UTC\S*", r"\d\dZ", r"\bper-[0-9a-f]+", r"\(\u2068(en|ar|nl)\u2069\)",
    ):  # fmt: skip
        told = re.sub(typed, " ", told)
    return {word.lower() for word in re.findall(r"[^\W\d_]{2,}", told) if word.isascii()}


def told_in_english_only(language: Language) -> set[str]:
    """The words of the house's English that it has not in another language."""
    of_each = [english_in(" ".join(every_string(vars(WORDINGS[each])))) for each in ("en", language)]
    return of_each[0] - of_each[1]


def every_string(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    for each in held.values() if isinstance(held, Mapping) else held if isinstance(held, (list, tuple)) else ():
        yield from every_string(each)


def recorded(held: Any) -> set[str]:
    """The words in a dossier's file that people wrote, its ids, whoever recorded them, and the tag of a language."""
    found = {"root", "en"}
    if isinstance(held, Mapping):
        for name, each in held.items():
            found |= english_in(" ".join(every_string(each))) if name in RECORDED else recorded(each)
    elif isinstance(held, (list, tuple)):
        for each in held:
            found |= recorded(each)
    return found


@cache
def of_the_sample() -> set[str]:
    return recorded(yaml.safe_load(SAMPLE.read_text("utf-8")))


def assert_written_in_arabic(told: str) -> None:
    """What isolates its words is seen by nobody, and a semicolon between them is the Arabic one."""
    assert "<U+" not in told
    assert not re.search(r"[؀-ۿ][\u2069\u200e)]*; ", told)


@pytest.mark.parametrize("words", TOLD_IN_A_LANGUAGE, ids=" ".join)
def test_no_word_of_an_answer_is_left_in_english(desk: Ask, words: tuple[str, ...]) -> None:
    told = desk(*words, "--language", "ar", COLUMNS="80")
    assert_fits(told, 80)
    assert_written_in_arabic(told)
    left = english_in(told) - recorded(DESK)
    if words == ("dossiers",):
        left -= (
            of_the_sample()
            | recorded(FRONT)
            | recorded(VILLAGE)
            | recorded(STRIKE)
            | recorded(TAKEN_BACK)
            | {"asia", "damascus"}
        )
    assert not left


@pytest.mark.parametrize("words", CHANGED, ids=" ".join)
def test_no_word_of_what_was_changed_is_left_in_english(sample: Ask, words: tuple[str, ...]) -> None:
    told = sample(*words, "--language", "ar", COLUMNS="80")
    assert_fits(told, 80)
    assert_written_in_arabic(told)
    left = english_in(told) - of_the_sample()
    assert not left


def test_items_and_persons_are_called_by_their_names_in_the_language(sample: Ask, desk: Ask) -> None:
    dutch = sample("control", "hajin", "--language", "nl")
    assert "Islamitische Staat" in dutch and "Islamic State" not in dutch
    for words in (("control", "hajin"), ("claims", "--place", "hajin"), ("history", "c202"), ("situation",)):
        told = sample(*words, "--language", "ar")
        assert "هجين" in told and "Syrian Democratic" not in told, words
    assert "Hajin" in sample("control", "hajin") and "هجين" not in sample("control", "hajin")
    assert "A." in desk("persons") and "أحمد" in desk("persons", "--language", "ar")
    assert "A." in line_of(desk("person", "per-00000000000000b1", "--language", "ar"), "أيضًا")
    # Whoever wants data has the main names.
    assert json.loads(sample("control", "hajin", "--json", "--language", "ar"))["place"]["name"] == "Hajin"


@pytest.mark.parametrize("width", (80, 100, 120))
def test_no_number_is_broken_and_no_column_is_as_wide_as_a_sentence(sample: Ask, desk: Ask, width: int) -> None:
    beside = sample("figures", FIGHTERS, COLUMNS=str(width)).partition("Beside it")[2]
    assert "1,500 to 2,500" in beside and "2,000 to 19,999" in beside
    assert_fits(beside, width)
    told = desk("person", "per-00000000000000b1", "--language", "nl", COLUMNS=str(width))
    assert not re.search(r"\S {9}", told.partition("Wat er")[2]), told


def test_of_some_moment_it_is_not_told_that_it_was_so_all_the_time(sample: Ask) -> None:
    timeline = sample("control", "hajin", COLUMNS="140").partition("THROUGH TIME")[2]
    assert "stated of some moment in 2018-12-01 to 2018-12-17 (c101)" in timeline
    assert "stated 2018-12-17 (c202, c201)" in timeline


def test_words_from_right_to_left_turn_nothing_round_that_stands_beside_them(sample: Ask) -> None:
    told = sample("figures", FIGHTERS, "--language", "ar", COLUMNS="80")
    line = line_of(told, "c108")
    assert line.endswith("\u2068نحو 2,000\u2069\u200e  \u2068من 1,500 إلى 2,500\u2069\u200e")
    told = sample("situation", "--at", "2018-12-17", "--language", "ar", COLUMNS="80")
    assert "·  \u2068استولى عليه" not in told
    assert "c202  ●  \u2068استولى عليه \u2068قوات سوريا الديمقراطية\u2069\u2069\u200e" in told


def test_a_language_is_asked_for_before_the_name_of_a_command_and_after_it(kroniek: Kroniek, desk: Ask) -> None:
    asked = ("control", "ford", "--at", "2018-06-10")
    ways: tuple[tuple[str, ...], ...] = (
        ("--language", "nl", *asked),
        (*asked, "--language", "nl-BE"),
        ("--language=ar", *asked, "--language=nl"),
    )
    for words in ways:
        assert "≠ betwist" in desk(*words, KRONIEK_LANGUAGE="ar")
    ways = (("--language", "fr", *asked), (*asked, "--language", ""), ("webhook", "list", "--language", "fr"))
    for words in ways:
        done = kroniek.run(*words, KRONIEK_DOSSIER="desk")
        assert (done.returncode, done.stdout) == (2, "")
        assert "only in en, nl and ar" in done.stderr


@pytest.mark.parametrize("words", OF_THE_SAMPLE, ids=" ".join)
def test_every_answer_about_the_sample_fits_a_narrow_terminal(sample: Ask, words: tuple[str, ...]) -> None:
    assert_fits(sample(*words, COLUMNS="80"), 80)


def test_what_a_change_answers_fits_its_width_and_so_does_what_is_told_of_it(kroniek: Kroniek) -> None:
    copy = {"KRONIEK_DOSSIER": "copy", "COLUMNS": "80"}
    kroniek.ok("import", "desk.json", "--dossier", "copy")
    for words in EVERY_CHANGE:
        assert_fits(kroniek.ok(*words, **copy), 80)
    items = (
        "f2",
        "t0",
        "source/sohr",
        "source/agency",
        "report/spring",
        "incident/market",
        "person/per-00000000000000b3",
    )
    for asked in (("corrections",), ("changes", "--from-as-of", "44"), *(("history", item) for item in items)):
        assert_fits(kroniek.ok(*asked, **copy), 80)
    told = re.sub(r"\(position [0-9]+\)", "", kroniek.ok("history", "person/per-00000000000000b3", **copy))
    happened = ("فاطمة", "missing at The ford", "A second reading", "nothing → 41", "nothing → female", "nothing → t0",
                "because: Of another", "t0, t1 → t0")  # fmt: skip
    assert re.search(".*".join(map(re.escape, happened)), told, re.DOTALL), told
    assert "found it to be one of its own after all" in kroniek.ok("history", "source/agency", KRONIEK_DOSSIER="copy")
    assert "relied on it no more" in kroniek.ok("history", "report/spring", **copy)
    kroniek.ok("merge", "person/per-00000000000000b1", "per-00000000000000b3", "-r", "One man", **copy)
    told = kroniek.ok("person", "per-00000000000000b3", **copy)
    # What the other entry says stands below it, and that it went into this one.
    entry, came_of_it = told.split("What happened to this entry")
    assert "killed" in entry.split("per-00000000000000b1")[-1] and "missing at The ford" in entry
    assert "00000000000000b1" in came_of_it and "One man" in came_of_it
    assert "of no 'dossier'" in kroniek.run("history", "dossier/copy", **copy).stderr
    told = kroniek.ok("history", "t0", **copy)
    assert "UTC+03:00  root corrected" in told
    assert "measure: killed → taken hostage" in told
    assert re.search(
        r"[0-9]{2}:[0-9]{2}\+03:00  our record was wrong: claim t0 corrected", kroniek.ok("corrections", **copy)
    )


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_json_is_what_the_api_answers(desk: Ask, words: tuple[str, ...]) -> None:
    lines = desk(*words, "--json").splitlines()
    # What is found differently, and which claims differ.
    assert len(lines) == (2 if words[0] == "changes" else 1)
    for answer in map(json.loads, lines):
        assert isinstance(answer, dict)
        assert words == ("rules",) or "position" in answer or "position" in answer["from"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_situation_says_who_holds_what_who_says_so_and_when_that_came_out(sample: Ask, width: int) -> None:
    told = sample("situation", "--at", "2018-12-17", "--reported-by", "2018-12-31", COLUMNS=str(width))
    assert line_of(told, "Hajin  Syrian Democratic Forces") == ("Hajin  Syrian Democratic Forces · 1 unattributed")
    assert "●" in line_of(told, "c202", "taken by Syrian Democratic Forces")
    assert "unattributed · ad-2018-12-17 (2018-12-17)" in below(told, "c202", "taken by")
    assert "inferred: when" in told.partition("c201")[2].partition("\n\n")[0]
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
    assert "of whom Arabs and Europeans · 2018-12-17 · unattributed" in below(told, "└ c208")
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
    assert line_of(told, "The mill  ", "? order unknown, 2 voices")
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
    for asked, told in (
        ("2018-06-10T09:00:00Z", "2018-06-10T09:00:00Z (2018-06-10T12:00+03:00)"),
        ("2018-06-10T12:00:00+03:00", "2018-06-10T12:00:00+03:00 (2018-06-10T12:00+03:00)"),
        ("2018-06", "2018-06 (2018-06-30)"), ("2018", "2018 (2018-12-31)"),
    ):  # fmt: skip
        assert f"at {told} in the world" in desk("control", "ford", "--at", asked, COLUMNS="200")


def test_a_series_shows_what_is_set_aside_and_why(desk: Ask) -> None:
    told = desk("figures", "present,people,place:hajin")
    assert "one voice" in line_of(told, "People present")
    series = told.partition("Everything that was said")[2]
    assert "set aside: superseded by f2" in line_of(series, "f1", "about 400") + below(series, "f1", "about 400")
    assert "set aside: intended" in line_of(series, "f3", "about 90") + below(series, "f3", "about 90")
    assert "latest-per-claimant@2" in told
    told = desk("figures", "present,people,place:hajin", "--rule", "widest-range@1")
    assert "f1" in told.partition("Everything that was said")[0]


def test_what_stands_beside_a_number_tells_its_own(desk: Ask) -> None:
    told = desk("figures", "killed,people,place:hajin", COLUMNS="200").partition("Beside it")[2]
    assert "3 to 6" in (market := line_of(told, "killed,people,group:civilians,place:hajin"))
    assert "one voice" in market and "2018-03-03" in market and "The strike on the market" in market
    assert "2019-02-02" in line_of(told, "6 to 9", "The fight at the bridge")
    dutch = desk("--language", "nl", "figures", "killed,people,place:hajin", COLUMNS="200").partition("Ernaast")[2]
    assert "één stem" in line_of(dutch, "3 tot 6")


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
    first, second = (told.index(f"toll by The institute: people killed, {year}") for year in (2018, 2019))
    assert re.search(r"^ +9 +10 +12 +1 +█+░*┃?░+ +everybody$", told[first:second], re.MULTILINE)
    assert "2018, everybody: 10  ≠ incomplete: the parts are not the whole" in told
    assert "2019, everybody: 7  complete: the parts come to the whole" in told
    told = desk("figures", "--rule", "sum-of-edition@1", "--measure", "killed", "--until", "2018-12-31")
    assert re.search(r"^ +9 +10 +12 +1 +█+░*┃?░+ +everybody$", told, re.MULTILINE)


def test_a_sum_says_of_which_time_and_place_it_is(desk: Ask) -> None:
    asked = ("figures", "--rule", "sum-of-edition@2", "--measure", "killed")
    assert "toll by The institute: people killed, all of it" in desk(*asked)
    for narrowed, told in (
        (("--since", "2018-02", "--until", "2018-06"), "people killed, 2018-02 to 2018-06"),
        (("--since", "2018-02"), "people killed, from 2018-02"),
        (("--until", "2018-06"), "people killed, to 2018-06"),
        (("--place", "hajin"), "people killed, هجين"),
        (("--group", "civilians"), "people killed"),
        (("--per", "year", "--since", "2018-02"), "people killed, 2018, from 2018-02"),
    ):
        answer = desk(*asked, *narrowed)
        heading = next(line for line in answer.splitlines() if "toll by The institute" in line)
        assert re.sub("[\u2068\u2069\u200e]", "", heading) == f"toll by The institute: {told}"
        assert "all of it" not in answer
        options = " ".join(narrowed).removeprefix("--per year ")
        assert f"only --measure killed {options}" in " ".join(answer.split())
    told = desk(*asked, "--until", "2018-06", KRONIEK_LANGUAGE="nl")
    assert "toll van The institute: gedood (mensen), tot en met 2018-06" in told
    assert "alleen --measure killed --until 2018-06" in told


@pytest.mark.parametrize(
    "words",
    [
        ("situation", "--place", "hajin", "--at", "2018-06-10"), ("figures", "--measure", "present"),
        ("claims", "--kind", "figure", "--place", "hajin", "--unattributed", "--since", "2018", "--certainly"),
        ("disagreements", "--kind", "control", "--place", "hajin"), ("corrections", "--since-position", "3"),
        ("incidents", "--type", "massacre"), ("incidents", "--at-least", "1"), ("assessments", "--unmoved"),
        ("persons", "--incident", "bridge"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_answer_of_a_part_says_so_in_what_was_typed(desk: Ask, words: tuple[str, ...]) -> None:
    told = " ".join(desk(*words).split())
    typed = re.findall(r"--[a-z-]+(?: (?!--)\S+)?", " ".join(words))
    said = told[told.rindex("only --") :].partition(" · ")[0]
    assert set(re.findall(r"--[a-z-]+(?: (?!--)\S+)?", said)) - {"--measure killed"} == set(typed) - {"--at 2018-06-10"}
    assert "only --" not in desk(words[0])


def test_a_sum_of_nothing_is_no_zero(desk: Ask) -> None:
    half_a_day = ("--since", "2018-03-03T12:00:00Z", "--until", "2018-03-04")
    told = desk("figures", "--rule", "sum-of-edition@1", "--measure", "killed", *half_a_day)
    assert re.search(r"^ *– +– +– +0 +everybody$", told, re.MULTILINE)
    assert "nothing to add" in told
    assert not re.search(r"^ *0 ", told, re.MULTILINE)


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
    assert "without --at" not in desk("disagreements", "--place", "quiet")


def test_a_disagreement_of_a_time_that_is_over_is_in_the_list_of_all_times(sample: Ask) -> None:
    """Of a later moment a picture has both numbers as last known, and they disagree."""
    pair = ("--kind", "figures", "--place", "hajin-enclave")
    assert "1 disagreement" in sample("disagreements", *pair)
    later = sample("disagreements", *pair, "--at", "2019-06-01")
    assert "Nobody contradicts anybody" in later
    assert "without --at what is over is too" in later
    then = sample("figures", "fighters,people,subject:is,place:hajin-enclave", "--at", "2019-06-01")
    assert "≠" in then


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
    assert told.endswith("2 findings: 1 appeared, 1 disappeared; 1 claim: 1 changed\n")
    cold = below(told, "+  children who died (cause: cold), Al-Hol camp", lines=2)
    assert "no number → 21 or more (1 unattributed)" in cold
    assert "at position 169: claim corrected by" in cold
    told = sample("changes")
    assert "The two pictures are the same: no finding, no record, no item and no claim differs." in told
    assert told.count("from  as of position") == 1


def otherwise(told: Any) -> Iterator[Any]:
    """A finding as it may be told another time: a number more, a line less, lines in another order, a note or none."""
    if isinstance(told, dict):
        for name, held in told.items():
            yield from ({**told, name: each} for each in otherwise(held))
            if name in ("note", "when", "finding", "place", "claimant", "report"):
                yield {**told, name: "another"}
    elif isinstance(told, list):
        for nth, each in enumerate(told):
            yield from ([*told[:nth], one, *told[nth + 1 :]] for one in otherwise(each))
        if told:
            yield told[1:]
            yield told[::-1]
            yield [*told, told[-1]]
    elif isinstance(told, (int, float)):
        yield told + 1


@pytest.mark.parametrize("language", ["en", "nl", "ar"])
def test_no_kind_of_finding_is_ever_told_as_a_structure(
    desk: Ask, language: Language, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KRONIEK_LANGUAGE", language)
    pages = []
    given = desk("changes", "--from-as-of", "1", "--json").strip()
    while given:
        page, ended = json.JSONDecoder().raw_decode(given)
        pages.append(page)
        given = given[ended:].strip()
    kinds = set()
    for page in pages:
        findings = [item for item in page["items"] if "question" in item]
        told = Told(page, "UTC", Names(language=language))
        for item in findings:
            kinds.add(item["question"])
            found = item["after"] or item["before"]
            sheet = Sheet()
            for each in (None, *otherwise(found)):
                there, gone = ("changed", "changed") if each is not None else ("appeared", "disappeared")
                _finding(sheet, {**item, "what": there, "before": each, "after": found}, told)
                _finding(sheet, {**item, "what": gone, "before": found, "after": each}, told)
            sheet.print()
            printed = " ".join(capsys.readouterr().out.split())
            raw = re.search(r".{60}(?:[{[]['\"{]|': |\": ).{60}", printed)
            assert raw is None, raw
    assert kinds == set(COMPARED)


def test_the_record_of_a_source(sample: Ask) -> None:
    told = sample("record", "sohr")
    assert "Syrian Observatory for Human Rights  sohr · monitor · reliability B" in told
    assert re.search(r"^claims +4 ", told, re.MULTILINE)
    assert "No claim is its word" in sample("record", "unnamed-2018-10")


def test_incidents_and_what_is_said_of_one(desk: Ask) -> None:
    told = desk("incidents")
    assert "The strike on the market" in line_of(told, "market")
    assert told.splitlines()[0].split()[:5] == ["incident", "low", "best", "high", "claims"]
    assert "one voice" in line_of(told, "market")
    assert "There is no incident that fits" in desk("incidents", "--at-most", "0", "--at-least", "9999999")
    assert "bridge" not in desk("incidents", "--claim", "t0")
    told = desk("incidents", "market")
    assert "10 (9 to 12) people killed" in told
    assert "edition (2019-01-01)" in told
    # Before anything of it came out its claims are told in one line, and the list knows nothing of it.
    told = desk("incidents", "market", "--reported-by", "2016")
    assert "Nothing of it was out by then." in told and "is in the dossier" not in told
    assert re.search(r"^Linked to it, and not certainly out by then: \d+ claims?\.$", told, re.MULTILINE)
    assert "market" not in desk("incidents", "--reported-by", "2016")


def test_the_register_of_persons_and_one_of_them(desk: Ask) -> None:
    told = desk("persons", COLUMNS="140")
    assert "killed" in line_of(told, "per-00000000000000b1", "civilian", "34 years", "named by t0")
    assert "at most 17 years" in line_of(told, "per-00000000000000b2", "name not known")
    assert "no claim in force names them" in line_of(told, "per-00000000000000b3", "missing")
    assert "3 persons" in told
    assert "b3" not in desk("persons", "--incident", "market") and "b1" not in desk("persons", "--place", "ford")
    assert "There is nobody on the list who fits" in desk("persons", "--fate", "held")
    before = " ".join(desk("persons", "--incident", "market", "--reported-by", "2016").split())
    assert "Of those on the list who fit, nothing was reported by then: 2 persons" in before
    one = desk("person", "per-00000000000000b1")
    assert "killed in incident “The strike on the market”, 2018-03-03 (claim t0)" in one
    assert line_of(one, "civilian (SOHR)") and line_of(one, "registered")
    assert one == desk("person", "A.") == desk("person", "احمد")
    # Who has one name only has no other.
    assert desk("person", "per-00000000000000b3").count("فاطمة") == 1


@pytest.mark.parametrize(
    ("language", "perhaps", "undated"),
    [("en", "possibly then", "undated"), ("nl", "mogelijk toen", "zonder datum"), ("ar", "ربما حينها", "بلا تاريخ")],
)
def test_by_a_moment_it_is_told_whether_it_had_befallen_somebody(
    desk: Ask, language: str, perhaps: str, undated: str
) -> None:
    asked: Any = {"KRONIEK_LANGUAGE": language, "COLUMNS": "160"}
    in_the_morning = desk("persons", "--at", "2018-03-03T08:00:00Z", **asked)
    assert perhaps in line_of(in_the_morning, "b1") and undated in line_of(in_the_morning, "b3")
    assert perhaps not in line_of(desk("persons", "--at", "2018-03-03", **asked), "b1")
    topic = "killed,people,place:hajin,incident:market"
    assert f"2 {perhaps}" in desk("figures", topic, "--at", "2018-03-03T08:00:00Z", **asked)


def test_what_the_list_counts_stands_beside_the_figures_of_an_incident(desk: Ask) -> None:
    for told in (desk("incidents", "market"), desk("figures", "killed,people,place:hajin,incident:market")):
        assert line_of(told, "2 persons killed")
        for said in ("1 named", "1 civilian (1 unknown)", "1 child", "0 women"):
            assert said in told
        assert "From the list of persons, beside the figures and never added to them" in told
    headings = desk("figures", "killed,people,place:hajin,incident:market").splitlines()
    assert any("incident “The strike on the market”" in line for line in headings)
    assert not any(line.count("The strike on the market") > 1 for line in headings if "People killed" in line)
    by_then = desk("figures", "killed,people,place:hajin,incident:market", "--reported-by", "2018-11-01")
    assert "2 more on the list: no claim that was out and in force tells of them" in by_then
    assert "From the list" not in desk("incidents", "bridge")


def test_two_reports_of_one_origin_say_by_which_assessment(desk: Ask) -> None:
    told = desk("figures", "displaced,families,place:mill", "--rule", "widest-range@1", COLUMNS="80")
    assert "origin unknown" in line_of(told, "Families displaced, The mill")
    assert "one origin by assessment copied" in below(told, "u1", "at least 70", lines=2)
    assert "held to share one origin: u1, u2" in desk("assessments", "copied")


def test_what_was_counted_before_a_moment_is_told_where_nothing_is_of_it(desk: Ask) -> None:
    told = desk("figures", "killed,people,place:hajin", "--at", "2018-03-04")
    over = "nothing of that moment; counted 2018-03-03, which ended before that"
    assert line_of(told, "People killed, ", over)
    assert "set aside: over by then" in told
    assert "last counted 2019-02-02" in desk("figures", "killed,people,place:hajin", "--at", "2020")
    # In the one incident that is asked for it is what that came to.
    asked = desk("figures", "killed,people,place:hajin,incident:market", "--at", "2018-03-05")
    assert "last known, 2 days old" in asked
    assert "nothing at that moment" in desk("figures", "killed,people,place:hajin", "--at", "2018-03-02")
    before = desk("changes", "--from-at", "2018-03-03", "--to-at", "2018-03-04", COLUMNS="200")
    assert "nothing of that moment: what was counted had ended" in before


def test_without_a_moment_nothing_is_said_of_one() -> None:
    told = Told({"at": None, "series": [{"set_aside": "withdrawn"}]}, "UTC", Names())
    assert why_nothing(told) == "nothing that counts"
    told = Told({"series": [{"set_aside": "withdrawn"}]}, "UTC", Names())
    assert why_nothing(told) == "nothing that counts"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2020-01-01/2020-01-15", "2020-01-15"), ("2020-01-01/..", "2020-01-01"), ("../2020-01?", "2020-01"),
        ("2020~", "2020"), ("2020-01-05T10:00:00Z", "2020-01-05T10:00:00Z"), ("2020-21", None), ("../..", None),
    ],
)  # fmt: skip
def test_a_moment_that_is_proposed_is_one_that_is_taken(written: str, moment: str | None) -> None:
    assert moment_in(written) == moment


def test_nobody_is_sent_to_the_day_that_was_asked_of_nor_to_what_is_set_aside() -> None:
    def claim(when: str | None, status: str = "stands", because: str | None = None, **content: Any) -> dict[str, Any]:
        told = {"kind": "control", "when": when} | content
        return {"status": status, "report": {"discredited_because": because}, "content": told}

    claims = [
        claim("2023-09-30"), claim("2023-09"), claim("2023-04/2023-09-30?"), claim("2023-08-31"), claim(None),
        claim("2023-01", "withdrawn"), claim("2023-02", because="forged"), claim("2023-03", hedge="intended"),
        claim("2023-05", kind="statement"), claim("2023-06", hedge="possible"),
    ]  # fmt: skip
    assert days_told(claims, "2023-09-30") == [("2023-06", "2023-06"), ("2023-08-31", "2023-08-31")]


def test_rules_are_listed(sample: Ask) -> None:
    assert "who holds a place" in line_of(sample("rules"), "control-from-snapshots@1")


def test_nothing_to_show_is_a_sentence_that_helps(sample: Ask, desk: Ask) -> None:
    nothing = desk("situation", "--at", "1950-01-01", "--as-of", "5")
    assert "Nothing is said of 1950-01-01. Nor is anything said of another day" in " ".join(nothing.split())
    of_a_day = " ".join(sample("situation", "--at", "1950-01-01", "--place", "baghouz").split())
    assert "Nothing is said of 1950-01-01. Something is said of " in of_a_day
    day = of_a_day.partition("try --at ")[2].partition(". ")[0].rstrip(".")
    assert "Nothing is said" not in sample("situation", "--at", day, "--place", "baghouz")
    assert "Nothing is said of who holds A quiet place" in desk("control", "quiet")
    told = " ".join(sample("figures", "killed,people,place:mosul").split())
    assert "Nobody gives a number for killed,people,place:mosul" in told
    assert "`kroniek figures --place mosul` lists what is counted there and in the places inside it." in told
    # Of the displaced somebody does.
    told = " ".join(sample("figures", "present,people,place:al-bahra-camp").split())
    assert "For exactly present,people,place:al-bahra-camp nobody gives a number" in told
    of_the_first = desk("figures", "killed,people,place:hajin", "--rule", "latest-per-claimant@1")
    assert "There are 2 claims of single incidents" in of_the_first
    assert "incident “The strike on the market”" in desk("figures", "killed,people,place:hajin")
    assert "Nothing is counted that fits" in sample("figures", "--measure", "captured")
    assert "No dataset counts people killed there over a time" in sample(
        "figures", "--rule", "sum-of-edition@1", "--measure", "killed"
    )
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
        (("figures", "rumours,people"), 1, "measure 'rumours' is not one of the house's"),
        (("figures", "fighters,people,colour:Red"), 1, "'colour:Red' names no word"),
        (("figures", "fighters,people,colour:Red"), 1, "`kroniek figures` lists the topics."),
        (("figures", "Fighters of Islamic State, Hajin enclave"), 1, f"Ask with `kroniek figures {FIGHTERS}`."),
        (("figures", "fighters,people,colour:red"), 1, "has the colour 'red'"),
        (("figures", "-d", "nowhere"), 1, "no dossier 'nowhere'; `kroniek dossiers` lists those that there are"),
        (("withdraw", "c207", "-r", "x"), 1, "--report is needed"),
        (("correct", "c207", "--set", "qualifier=approx", "-r", "x"), 1, "did you mean 'about'?"),
        (("figures", FIGHTERS, "--measure", "killed"), 2, "leave --measure out"),
        (("figures", "--since", "2018"), 2, "--since belongs to a sum: add --rule sum-of-edition@2"),
        (("figures", "--rule", "sum-of-edition@1"), 1, "name it, measure=killed"),
        (("figures", "--rule", "loudest@1"), 1, "latest-per-claimant@1"),
        (("situation", "--at", "soon"), 1, '"soon" cannot be a cut-off'),
        (("claims", "--since", "soon"), 1, "which mean their first instant"),
        (("person", "Nobody"), 1, "there is no person 'Nobody'"),
        (("merge", "sohr", "reuters", "-r", "x"), 2, "say which kind of item 'sohr' is: source/sohr, actor/sohr"),
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


def test_today_yesterday_and_now_are_clocks(desk: Ask) -> None:
    """Of the dossier, which is as old as these tests are: by its days, or by ours around midnight, older by none."""
    everything = json.loads(desk("claims", "--as-of", "now", "--json").splitlines()[0])["id"]
    for words in (("claims",), ("control", "hajin"), ("changes", "--from-as-of", "yesterday", "--to-as-of", "today")):
        if words[0] != "changes":
            today = desk(*words, "--as-of", "today", COLUMNS="200")
            assert today.replace("as of today: position", "as of position") == desk(*words, COLUMNS="200")
    assert "0 claims · as of yesterday: position 0" in desk("claims", "--as-of", "yesterday")
    told = desk("changes", "--from-as-of", "yesterday", "--to-as-of", "today")
    assert told.splitlines()[0] == "from  as of yesterday: position 0"
    assert everything in told
    assert "at 2018-06-10 in the world" in desk("situation", "--at", "2018-06-10", "--reported-by", "today")
    assert "published by" in desk("claims", "--reported-by", "now")


def test_made_up_ids_are_short_in_tables_and_what_is_left_of_one_is_taken(kroniek: Kroniek) -> None:
    copy = {"KRONIEK_DOSSIER": "made", "COLUMNS": "80"}
    made = {"per-5f0c92ab4e1d7a30": "A.", "per-5f0c92ab4e1d7b31": "B.", "per-77aa92ab4e1d7b31": "C."}
    persons = [{"id": id_, "name": name} for id_, name in made.items()]
    file = {"format": "kroniek/dossier@1", "dossier": {"id": "made", "title": "Made"}, "persons": persons}
    (kroniek.folder / "made.json").write_text(json.dumps(file))
    kroniek.ok("import", "made.json")
    told = kroniek.ok("persons", **copy)
    assert [line.split()[0] for line in told.splitlines()[:3]] == [
        "per-5f0c92ab4e1d7a",
        "per-5f0c92ab4e1d7b",
        "per-77aa92ab",
    ]
    # Of what is asked for and of what is changed; the whole id is told.
    done = kroniek.run("person", "per-77aa92ab", **copy)
    assert (done.returncode, done.stderr) == (0, "person per-77aa92ab is per-77aa92ab4e1d7b31\n")
    assert done.stdout.startswith("C.  per-77aa92ab4e1d7b31\n")
    kroniek.ok("retract", "person/per-77aa92ab", "-r", "Nobody", **copy)
    assert "retracted by us: Nobody" in kroniek.ok("person", "per-77aa92ab4e1d7b31", **copy)
    done = kroniek.run("merge", "person/per-5f0c92ab4e1d7a", "per-5f0c92ab4e1d7b", "-r", "One", **copy)
    assert (done.returncode, done.stderr.splitlines()) == (
        0,
        [f"person {id_[:-2]} is {id_}" for id_ in ("per-5f0c92ab4e1d7a30", "per-5f0c92ab4e1d7b31")],
    )
    kroniek.ok("split", "person/per-5f0c92ab4e1d7a30", "-r", "Two", **copy)
    # Which of two is meant nobody guesses.
    done = kroniek.run("person", "per-5f0c92ab", **copy)
    assert done.returncode == 1
    assert "per-5f0c92ab4e1d7a30 or per-5f0c92ab4e1d7b31" in done.stderr


def test_a_position_that_reads_as_a_year_is_told_as_one(kroniek: Kroniek) -> None:
    done = kroniek.run("claims", "--as-of", "2018", KRONIEK_DOSSIER="desk")
    assert done.returncode == 1
    advice, refusal = done.stderr.splitlines()
    assert advice == "2018 is a position. As a date, write 2018-12-31."
    assert "position 2018 is still to come. Digits alone are a position: as a date, write 2018-12-31" in refusal


def test_a_date_that_is_none_is_no_position(capsys: pytest.CaptureFixture[str]) -> None:
    for typed in ("29 Nov 2026", "17/12/2018", "2018-12", None):
        assert as_typed(typed) == typed
    assert capsys.readouterr().err == ""


def test_every_position_that_is_typed_is_read_so() -> None:
    found = 0
    for one in (app, *(group.typer_instance for group in app.registered_groups if group.typer_instance)):
        for command in one.registered_commands:
            assert command.callback is not None
            for name, parameter in inspect.signature(command.callback).parameters.items():
                if name.endswith("as_of"):
                    (option,) = (each for each in parameter.annotation.__metadata__ if hasattr(each, "callback"))
                    assert option.callback is as_typed, (command.callback, name)
                    found += 1
    assert found > 10


def test_an_item_may_be_named_by_what_it_is_called(kroniek: Kroniek) -> None:
    for words, told in (
        (("claims", "--place", "الباغوز"), "place ⁨الباغوز⁩\u200e is baghouz\n"),
        (("control", "BAGHOUZ"), ""),
        (("figures", "--place", "Bağhouz"), "place Bağhouz is baghouz\n"),
    ):
        done = kroniek.run(*words, KRONIEK_DOSSIER="hajin-baghouz")
        assert (done.returncode, done.stderr) == (0, told)
        assert "Baghouz" in done.stdout


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
