"""Claims of every kind, changed in every field that they have: all that tells of them does, in every language."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from domain.changes import differing_fields
from domain.content import CONTENTS
from interfaces.messages.wording import LANGUAGES, Language
from interfaces.messages.words import Names
from tests.interfaces.running_kroniek import Kroniek

# Of each kind what a claim says at first, and what it says then: between them they say every field.
SAID: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "figure": (
        {"measure": "killed", "unit": "people", "subject": "a", "group": "women", "by": "b", "cause": "cold",
         "dimensions": {"origin": "idlib"}, "low": 1, "best": 2, "high": 3, "qualifier": "stated"},
        {"measure": "in_need", "unit": "families", "subject": "b", "group": "men", "by": "a", "cause": "heat",
         "dimensions": {"origin": "homs"}, "low": None, "best": None, "high": None, "qualifier": "vague",
         "magnitude": "dozens"},
    ),
    "control": (
        {"status": "controls", "actor": "a", "against": "b", "side": ["north"], "extent": "most"},
        {"status": "contests", "actor": "b", "against": "a", "side": ["south", "east"], "extent": "part"},
    ),
    "occurrence": (
        {"type": "attack", "actors": {"by": "a"}, "methods": ["mortar"]},
        {"type": "siege", "actors": {"by": "b", "against": ["a"]}, "methods": ["ied", "drone"]},
    ),
    "statement": (
        {"nature": "prediction", "actor": "a", "due": "2018-12-31"},
        {"nature": "prediction", "actor": "b", "due": "2019-12-31"},
    ),
}  # fmt: skip
BESIDE: tuple[dict[str, Any], dict[str, Any]] = (
    {"claimant": "s", "via": ["t"], "place": "p", "when": "2018-01-05", "said": "2018-01-06", "hedge": "hearsay",
     "inferred": ["when"], "rests_on": ["r0"], "coded": {"code": 1}, "original": "ten words", "text": "So it is",
     "note": "A note"},
    {"claimant": "t", "via": ["s"], "place": "q", "when": "2018-02-05", "said": "2018-02-06", "hedge": "possible",
     "inferred": ["place"], "rests_on": ["r1"], "coded": {"code": 2}, "original": "ten others", "text": "So it was",
     "note": "Another note"},
)  # fmt: skip
DOSSIER: dict[str, Any] = {
    "format": "kroniek/dossier@1",
    "dossier": {
        "id": "d", "title": "D", "measures": {"in_need": {"nature": "stock", "units": ["people", "families"]}},
    },
    "actors": [{"id": "a", "name": "Alpha", "kind": "state"}, {"id": "b", "name": "Beta", "kind": "militia"}],
    "sources": [{"id": "s", "name": "Sigma", "kind": "monitor"}, {"id": "t", "name": "Tau", "kind": "ngo"}],
    "places": [{"id": "p", "name": "Pi", "kind": "town"}, {"id": "q", "name": "Qoppa", "kind": "town"}],
    "reports": [
        {"id": f"r{n}", "label": f"Report {n}", "published": f"2018-0{n + 1}-10", "publisher": "s"} for n in range(5)
    ],
    "claims": [
        {"id": id_, "kind": kind, "report": "r1", **BESIDE[0], **SAID[kind][0]}
        for kind in SAID for id_ in (f"{kind}-mended", f"{kind}-revised", f"{kind}-ended")
    ],
}  # fmt: skip


def test_what_is_changed_here_is_every_field_of_every_kind() -> None:
    assert {model.model_fields["kind"].annotation.__args__[0] for model in CONTENTS} == set(SAID)  # type: ignore[union-attr]
    for model in CONTENTS:
        kind = model.model_fields["kind"].annotation.__args__[0]  # type: ignore[union-attr]
        first, then = ({**said, **beside} for said, beside in zip(SAID[kind], BESIDE, strict=True))
        # What a measure of the dossier's own is counted as is not said with it.
        assert {*first, *then} == set(model.model_fields) - {"kind", "counted_as"}
        assert [name for name in then if first.get(name) == then[name] and name != "nature"] == []


def test_no_field_of_a_claim_has_two_meanings() -> None:
    """A claim says a field, and is changed in others: that it stands no more, its grade, its relations."""
    fields = {name for model in CONTENTS for name in model.model_fields}
    beside = {"report", "standing", "credibility", "graded_because", "statement", "changed", "withdrawn_in",
              "withdrawn_when", "disputes", "alternative_to", "part_of", "overlaps", "resolves"}  # fmt: skip
    assert fields & beside == set()
    held: dict[str, Any] = dict.fromkeys(("status", "statement", "credibility", "graded_because", "changed",
                                          "withdrawn_when", "report", "withdrawn_in"), 1)  # fmt: skip
    now = dict.fromkeys(held, 2)
    assert set(differing_fields({**held, "content": {}}, {**now, "content": {}})) <= beside


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    """One claim of each kind that was corrected, one that was revised, and one that was taken back."""
    folder = tmp_path_factory.mktemp("every_field")
    (folder / "d.yaml").write_text(yaml.safe_dump(DOSSIER))
    kroniek = Kroniek.start(folder, "up")
    try:
        kroniek.ok("import", "d.yaml")
        for kind, (_, then) in SAID.items():
            sets = [f"{name}={_typed(value)}" for name, value in {**then, **BESIDE[1]}.items() if name != "nature"]
            given = [each for one in sets for each in ("--set", one)]
            kroniek.ok("correct", f"{kind}-mended", *given, "--reason", "Read anew")
            kroniek.ok("revise", f"{kind}-revised", "--report", "r2", *given)
            kroniek.ok("revise", f"{kind}-ended", "--report", "r2", *given)
            kroniek.ok("withdraw", f"{kind}-ended", "--report", "r3", "--reason", "Taken back")
            kroniek.ok("retract", f"{kind}-ended", "--statement", "3", "--reason", "It never was")
            kroniek.ok("reinstate", f"{kind}-ended", "--statement", "3", "--reason", "It was")
            kroniek.ok("grade", f"{kind}-revised", "2", "--reason", "So")
        yield kroniek
    finally:
        kroniek.stop()


def _typed(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAID)
def test_the_account_of_any_claim_tells_every_field(told: Kroniek, kind: str, language: Language) -> None:
    names = Names(language=language)
    for which in ("mended", "revised", "ended"):
        account = told.ok("history", f"{kind}-{which}", "--language", language)
        assert fields_not_told(account, kind, names) == []
    assert f"{names.field('standing')} (" not in told.ok("history", f"{kind}-mended", "--language", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_corrections_and_changes_tell_every_field(told: Kroniek, language: Language) -> None:
    names = Names(language=language)
    recorded = told.rows("corrections")[0]["items"][0]["position"] - 1
    for kind in SAID:
        corrected = told.ok("corrections", "--kind", "claim", "--id", f"{kind}-mended", "--language", language)
        assert fields_not_told(corrected, kind, names) == []
    changed = told.ok("changes", "--from-as-of", str(recorded), "--language", language)
    of_claim = {part.split()[1]: part for part in re.split(r"\n(?=[~+-]  ?\S+-(?:mended|revised|ended))", changed)[1:]}
    for kind in SAID:
        for which in ("mended", "revised"):
            assert fields_not_told(of_claim[f"{kind}-{which}"], kind, names) == []
        ended = of_claim[f"{kind}-ended"]
        was_and_is = names.put("became", before=names.put("stands"), after=names.put("withdrawn"))
        assert f"{names.field('standing')}: {was_and_is}" in ended


def fields_not_told(account: str, kind: str, names: Names) -> list[str]:
    changed = [name for name in {**SAID[kind][1], **BESIDE[1]} if name != "nature"]
    return [name for name in changed if f"{names.field(name)}" not in account]
