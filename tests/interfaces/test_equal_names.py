"""Where two items are called the same, what tells them apart stands beside their names: wherever either is named."""

from pathlib import Path
from typing import Any

import pytest

from interfaces.cli.answer_changed import both_answers
from interfaces.cli.answers import Told
from interfaces.messages import words
from interfaces.messages.words import Names
from tests.interfaces.running import WHY, Dossier, Running, control, done, eventually, figure
from tests.interfaces.running_kroniek import command

EAST, WEST = "Bir (35.1, 40.2)", "Bir (35.3, 40.1)"

TOLD = Told({}, "UTC", Names())


@pytest.fixture
def twice(furnished: Dossier) -> Dossier:
    """Two of each kind, of one name."""
    done(furnished.batch([
        *({"command": "register_place", "id": id_, "name": "Bir", "kind": "village", "latitude": north,
           "longitude": east} for id_, north, east in (("bir", 35.1, 40.2), ("bir-2", 35.3, 40.1))),
        *({"command": "register_actor", "id": id_, "name": "The brigade", "kind": "armed_group"}
          for id_ in ("brigade", "brigade-2")),
        *({"command": "register_source", "id": id_, "name": "The office", "kind": "monitor"}
          for id_ in ("office", "office-2")),
        *({"command": "file_report", "id": id_, "label": "Spring", "published": "2018-11", "publisher": "reuters"}
          for id_ in ("spring", "spring-2")),
        *({"command": "open_incident", "id": id_, "title": "One strike"} for id_ in ("strike", "strike-2")),
        {"command": "record_claim", "id": "k1",
         **figure("spring", subject="brigade", claimant="office", place="bir", best=30)},
        {"command": "record_claim", "id": "k2",
         **figure("spring", subject="brigade", claimant="office", place="bir", best=30)},
        {"command": "record_claim", "id": "k3",
         **control("spring", actor="brigade", claimant="office", place="bir", when="2018-11-01")},
    ]))  # fmt: skip
    return furnished


MOVES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("claims/k1/corrections", {"set": {"place": "bir-2"}, **WHY}, (EAST, WEST)),
    ("claims/k1/corrections", {"set": {"subject": "brigade-2"}, **WHY}, ("The brigade (brigade)", "(brigade-2)")),
    ("claims/k1/corrections", {"set": {"claimant": "office-2"}, **WHY}, ("The office (office)", "(office-2)")),
    ("claims/k1/corrections", {"set": {"report": "spring-2"}, **WHY}, ("(spring)", "(spring-2)")),
    ("claims/k3/corrections", {"set": {"actor": "brigade-2"}, **WHY}, ("The brigade (brigade)", "(brigade-2)")),
    ("claims/k2/relations", {"relation": "disputes", "to": ["c1", "k1"], **WHY}, ("(brigade)", "(brigade-2)")),
    ("places/hajin/corrections", {"set": {"within": "bir"}, **WHY}, ("Bir",)),
    ("places/hajin/corrections", {"set": {"within": "bir-2"}, **WHY}, (EAST, WEST)),
    ("actors/is/corrections", {"set": {"part_of": "brigade"}, **WHY}, ("The brigade",)),
    ("actors/is/corrections", {"set": {"part_of": "brigade-2"}, **WHY}, ("The brigade (brigade)", "(brigade-2)")),
    ("reports/oct/corrections", {"set": {"publisher": "office"}, **WHY}, ("The office",)),
    ("reports/oct/corrections", {"set": {"publisher": "office-2"}, **WHY}, ("The office (office)", "(office-2)")),
    ("reports/spring/withdrawals", {"report": "spring-2", **WHY}, ("(spring)", "(spring-2)")),
    ("places/bir-2/merges", {"into": "bir", **WHY}, (EAST, WEST)),
    ("actors/brigade-2/merges", {"into": "brigade", **WHY}, ("The brigade (brigade)", "(brigade-2)")),
    ("sources/office-2/merges", {"into": "office", **WHY}, ("The office (office)", "(office-2)")),
    ("incidents/strike-2/merges", {"into": "strike", **WHY}, ("“One strike” (strike)", "“One strike” (strike-2)")),
]


def test_every_correction_tells_items_of_one_name_apart(twice: Dossier) -> None:
    positions = [twice.change(below, **body)["position"] for below, body, _ in MOVES]
    eventually(lambda: twice.get("corrections", limit=1).is_success, "the read models are there")
    for position, (below, body, apart) in zip(positions, MOVES, strict=True):
        told = done(twice.http.get(f"/dossiers/{twice.id}/corrections/{position}"))
        for each in apart:
            assert each in f"{told['title']}\n{told['text']}", (below, body, told["title"], told["text"])


def test_the_command_line_tells_them_apart_wherever_it_names_them(
    twice: Dossier, installation: Running, tmp_path: Path
) -> None:
    before = twice.head()
    twice.change("claims/k1/corrections", set={"place": "bir-2", "subject": "brigade-2", "claimant": "office-2"}, **WHY)
    twice.change("claims/k3/corrections", set={"actor": "brigade-2"}, **WHY)

    def ask(*arguments: str) -> str:
        twice.read()
        asked = command(*arguments, cwd=tmp_path, KRONIEK_URL=installation.url, KRONIEK_TOKEN=installation.token,
                        KRONIEK_DOSSIER=twice.id)  # fmt: skip
        assert asked.returncode == 0, asked.stderr
        return asked.stdout

    for told in (ask("corrections"), ask("history", "k1"), ask("changes", "--from-as-of", str(before))):
        assert f"place: {EAST} → {WEST}" in told, told
        assert "subject: The brigade (brigade) → The brigade (brigade-2)" in told
        assert "claimant: The office (office) → The office (office-2)" in told
    held = f"control of {EAST}"
    twice.change("places/bir/corrections", set={"latitude": 35.4}, **WHY)
    twice.change("reports/spring/corrections", set={"published": "2018-11-12"}, **WHY)
    told = ask("changes", "--from-as-of", str(before))
    assert "~  place bir: Bir\n   latitude: 35.1 → 35.4\n" in told
    assert "~  report spring: Spring\n   published: 2018-11 → 2018-11-12\n" in told
    (of_claim,) = [each for each in told.split("\n\n") if each.startswith("~ k2")]
    assert "published: 2018-11 → 2018-11-12" in of_claim
    held = held.replace("35.1", "35.4")
    assert held in told
    assert " → The brigade (brigade-2) (last known" in told
    assert WEST in ask("claims", "--place", "bir-2")


def test_equal_words_for_what_differs_stand_beside_what_is_recorded() -> None:
    change = {"field": "claimant", "before": "office", "after": "bureau"}
    (told,) = words.changes([change], Names(sources={"office": "The office", "bureau": "The office"}))
    assert told == "claimant: The office (office) → The office (bureau)"


def test_coordinates_keep_their_order_amid_arabic_words() -> None:
    names = Names(places={"bir": "بئر"}, language="ar", apart={"places": {"bir": "35.1, 40.2"}})
    assert names.place("bir").endswith(" (\u206835.1, 40.2\u2069)")


def test_an_answer_that_is_told_in_the_same_words_says_on_which_other_grounds_it_is_that() -> None:
    def held(*states: dict[str, Any]) -> dict[str, Any]:
        return {"verdict": "one_voice", "states": list(states)}

    one = {"claim": "c1", "voice": {"claimant": "sohr"}, "when": "2018-11-10"}
    other = {"claim": "c2", "voice": {"claimant": "reuters"}, "when": "2018-11-10"}
    told = both_answers("nobody", "nobody", held(one), held(other), TOLD)
    assert told == "nobody, on other grounds: no longer c1; also c2"
    told = both_answers("nobody", "nobody", held(one), held({**one, "when": "2018-11-12"}), TOLD)
    assert told == "nobody, on other grounds: c1 with when: 2018-11-10 → 2018-11-12"
    assert both_answers("nobody", "red", held(one), held(other), TOLD) == "nobody → red"


def test_what_changed_below_a_claim_is_not_told_of_that_claim() -> None:
    def counted(*below: dict[str, Any], **more: Any) -> dict[str, Any]:
        line = {"claim": "c207", "low": 5_000, "parts": [*below]} | more
        return {"groups": [{"verdict": "one_voice", "lines": [line]}], "set_aside": []}

    part = {"claim": "c208", "low": 1_500}
    told = both_answers("5,000", "5,000", counted(part), counted({**part, "low": 2_000}), TOLD)
    assert told == "5,000, on other grounds: c208 with low: 1,500 → 2,000"
    gone = {"parts_set_aside": [{"claim": "c208", "why": "withdrawn"}]}
    told = both_answers("5,000", "5,000", counted(part), counted(**gone), TOLD)
    assert told == "5,000, on other grounds: c208 set aside (withdrawn)"
    assert both_answers("5,000", "5,000", counted(**gone), counted(part), TOLD).endswith("c208 counts again")
    assert both_answers("5,000", "5,000", counted(part), counted(), TOLD).endswith("no longer c208")


def test_what_differs_besides_its_claims_is_told_value_by_value() -> None:
    def counted(*voices: int) -> dict[str, Any]:
        lines = [{"claim": "c1", "low": 1}]
        return {"groups": [{"period": {"from": "2018", "to": None}, "voices": each, "lines": lines} for each in voices]}

    told = both_answers("1", "1", counted(3, 2), counted(3, 1), TOLD)
    assert told == "1, on other grounds: voices: 2 → 1"
    assert both_answers("1", "1", counted(3, 2), counted(2, 3), TOLD) == "1, on other grounds"
