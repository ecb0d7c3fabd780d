"""The list of rules is the table of docs/rules.md, and what each rule answers with is its name."""

import re
from pathlib import Path

from domain.control import control
from domain.edition_sums import EditionSums, FirstEditionSums, SumAsked
from domain.figures import latest_per_claimant, widest_range
from domain.rules import RULES
from domain.sides import Sides

PAGE = (Path(__file__).parents[2] / "docs/rules.md").read_text()


def test_the_list_is_the_table_of_the_page() -> None:
    table = re.findall(r"^\| `([a-z-]+@\d+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in table] == list(RULES)
    assert [words.replace('"', "") for _, words in table] == [rule.decides for rule in RULES.values()]
    assert set(re.findall(r"^## `([a-z-]+@\d+)`", PAGE, re.MULTILINE)) == set(RULES)


def test_every_answer_names_its_rule() -> None:
    assert [(rule.name, rule.version) for rule in RULES.values()][1] == ("latest-per-claimant", 1)
    named = {
        latest_per_claimant: latest_per_claimant([], None).rule,
        widest_range: widest_range([], None).rule,
        control: control("town", [], {}, Sides({}), None).rule,
        EditionSums: EditionSums(SumAsked()).result().rule,
        FirstEditionSums: FirstEditionSums(SumAsked()).result().rule,
    }
    for rule in RULES.values():
        if rule.function in named:
            assert named.pop(rule.function) == rule.id
    assert named == {}
