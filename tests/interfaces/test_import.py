"""Importing a dossier file: checked whole, taken once, finished when interrupted, refused when it differs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from interfaces.cli import importing
from tests.interfaces.running_kroniek import SAMPLE, Kroniek, command

TEXT = SAMPLE.read_text()
TOTAL = 170


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    running = Kroniek.start(tmp_path_factory.mktemp("kroniek"), "up")
    yield running
    running.stop()


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path = folder / "changed.yaml"
    path.write_text(text)
    return path


def line_of(words: str, text: str = TEXT) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_file_is_imported_once_and_the_same_again_changes_nothing(kroniek: Kroniek) -> None:
    assert f"Imported {TOTAL} entries of {TOTAL} into once" in kroniek.ok("import", str(SAMPLE), "--dossier", "once")
    assert f"Nothing new: {TOTAL} of {TOTAL} were there." in kroniek.ok("import", str(SAMPLE), "--dossier", "once")
    assert len(kroniek.rows("claims", "--dossier", "once")) == 97
    assert [row["position"] for row in kroniek.rows("dossiers") if row["id"] == "once"] == [TOTAL]


def test_an_interrupted_import_is_finished_by_running_it_again(kroniek: Kroniek, tmp_path: Path) -> None:
    # The change of a claim that had been recorded otherwise: the batches before it are taken, this one is not.
    first = changed(tmp_path, ("{id: c301, ", "{id: c301, hedge: possible, "))
    cut = tmp_path / "cut.yaml"
    text = first.read_text()
    cut.write_text(text[: text.index("  # published in January 2024")])
    kroniek.ok("import", str(cut), "--dossier", "cut", "--batch-size", "7")
    done = kroniek.run("import", str(SAMPLE), "--dossier", "cut", "--batch-size", "20")
    assert done.returncode == 1
    kroniek.ok("correct", "c301", "--dossier", "cut", "--set", "hedge=", "-r", "Not in the report")
    told = kroniek.ok("import", str(first), "--dossier", "cut")
    assert "were there" in told
    assert len(kroniek.rows("claims", "--dossier", "cut")) == 97
    assert "Nothing new" in kroniek.ok("import", str(first), "--dossier", "cut")


def test_the_same_id_with_other_content_is_refused_with_the_difference(kroniek: Kroniek, tmp_path: Path) -> None:
    kroniek.ok("import", str(SAMPLE), "--dossier", "differs")
    other = changed(
        tmp_path,
        ("best: 5000, qualifier: about, original: naar schatting 5.000", "best: 5500, qualifier: about"),
        ("{id: hajin, name: Hajin,", "{id: hajin, name: Hadschin,"),
        ("  - {id: c317,", "  - {id: c320, report: baghouz-2019-03, kind: control, status: absent}\n  - {id: c317,"),
    )
    done = kroniek.run("import", str(other), "--dossier", "differs")
    assert done.returncode == 1
    assert f"changed.yaml:{line_of('{id: c207,')}: claim 'c207' is in the dossier already" in done.stderr
    assert "recorded 5000 | in the file 5500" in done.stderr
    assert "recorded naar schatting 5.000 | in the file nothing" in done.stderr
    assert f"name (line {line_of('{id: hajin,')}): recorded Hajin | in the file Hadschin" in done.stderr
    assert "nothing of this batch was taken" in done.stderr
    assert "there is no claim 'c320'" in kroniek.run("history", "c320", "--dossier", "differs").stderr


def test_what_a_file_adds_is_taken_and_what_the_desk_changed_since_stays(kroniek: Kroniek, tmp_path: Path) -> None:
    kroniek.ok("import", str(SAMPLE), "--dossier", "grows")
    kroniek.ok("grade", "c003", "4", "-r", "A second outlet has it", "--dossier", "grows")
    kroniek.ok("correct", "c314", "--set", "measure=casualties", "-r", "Some were hurt", "--dossier", "grows")
    more = changed(
        tmp_path,
        ("grades:\n  - {claim: c003", "grades:\n  - {claim: c011, credibility: 2, reason: Seen}\n  - {claim: c003"),
        ("disputes: c308}", "disputes: [c308, c303]}"),
        ("reason: The report names only the coalition}",
         "reason: The report names only the coalition}\n  - {claim: c401, change: retracted, reason: Out of scope}"),
    )  # fmt: skip
    # By a colleague: command ids are each token's own, and still nothing is taken twice.
    token = kroniek.ok("token", "create", "Colleague").strip()
    told = kroniek.ok("import", str(more), "--dossier", "grows", KRONIEK_TOKEN=token)
    assert f"Imported 3 entries of {TOTAL + 2} into grows" in told
    held = {row["id"]: row for row in kroniek.rows("claims", "--dossier", "grows")}
    assert held["c003"]["credibility"] == 4
    assert held["c314"]["content"]["measure"] == "casualties"
    assert held["c317"]["relations"]["disputes"] == ["c303", "c308"]
    assert "c401" not in held
    assert "Nothing new" in kroniek.ok("import", str(more), "--dossier", "grows", KRONIEK_TOKEN=token)
    assert "Nothing new" in kroniek.ok("import", str(more), "--dossier", "grows")


def test_every_error_is_shown_with_its_line_and_nothing_is_sent(kroniek: Kroniek, tmp_path: Path) -> None:
    wrong = changed(
        tmp_path,
        ("kind: village,", "kind: vilage,"),
        ("best: 15000", "best: 15000, low: 16000"),
        ("claimant: reliefweb", "claimant: relief"),
        ("when: ../2018-12-17", "when: 2018-12-45"),
        ("{id: c302,", "{id: c301, id: c302,"),
        ("latitude: 34.74", "latitude: 134.74"),
        ("change: corrected, set: {actors", "change: corrected, set: {actrs"),
    )
    done = kroniek.run("import", str(wrong), "--dossier", "wrong")
    assert done.returncode == 1
    lines, text = done.stderr.splitlines(), wrong.read_text()
    for words, said in (
        ("kind: vilage", "place baghouz, kind: 'vilage' is not in the vocabulary: did you mean 'village'?"),
        ("latitude: 134", "place al-bahra-camp, latitude: latitude 134.744167 is not between"),
        ("claimant: relief,", "claim c011, claimant: there is no source 'relief' in this file"),
        ("low: 16000", "claim c107, low: low 16000 is above best 15000"),
        ("2018-12-45", "claim c202, when: "),
        ("{id: c301, id", "'id' stands twice in one entry"),
        ("actrs", "change c406, set.actrs: "),
    ):
        assert any(each.startswith(f"{wrong}:{line_of(words, text)}:") and said in each for each in lines), said
    assert "7 errors" in done.stderr
    assert "there is no dossier 'wrong'" in kroniek.run("claims", "--dossier", "wrong").stderr


def test_a_file_adds_to_what_the_dossier_holds(
    kroniek: Kroniek, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has a new claim of a report that is there writes down no more than that, and what the dossier is called."""
    opened = tmp_path / "opened.yaml"
    opened.write_text(
        "format: kroniek/dossier@1\n"
        "dossier: {id: grown, title: Grown, summary: All, time_zone: Asia/Aden, group_labels: {women: {en: Women}}}\n"
        "places: [{id: shibam, name: Shibam, kind: town}]\n"
        "sources: [{id: ocha, name: OCHA, kind: international_organization}]\n"
        "reports: [{id: ocha-3, label: Third, publisher: ocha, published: 2024-06-04}]\n"
        "claims: [{id: q0, kind: statement, report: ocha-3, nature: warning, text: Later}]\n"
    )
    added = tmp_path / "added.yaml"
    text = (
        "format: kroniek/dossier@1\ndossier: {id: grown, title: Grown}\n"
        "claims:\n  - {id: q1, kind: figure, report: ocha-3, claimant: ocha, measure: affected, unit: people,"
        " place: shibam, when: 2024-05, best: 800, qualifier: stated}\n"
        "changes: [{claim: q0, change: corrected, set: {text: Sooner}, reason: Misread}]\n"
    )
    added.write_text(text)
    # There is nothing yet to add to.
    refused = kroniek.run("import", str(added))
    assert (refused.returncode, refused.stderr.count("in this file\n")) == (1, 4)
    kroniek.ok("import", str(opened))
    assert "is in order: 1 claim, 1 change" in kroniek.ok("import", str(added), "--dry-run")
    assert "Imported 2 entries of 3 into grown" in kroniek.ok("import", str(added))
    assert "Nothing new: 3 of 3" in kroniek.ok("import", str(added))
    added.write_text(text.replace("ocha-3", "ocha-4"))
    refused = kroniek.run("import", str(added))
    assert "claim q1, report: there is no report 'ocha-4' in this file, nor in the dossier\n" in refused.stderr
    assert "1 error in" in refused.stderr
    # Of more than are asked about one by one nobody says that the dossier has not one of them.
    monkeypatch.setattr(importing, "MOST_ASKED", 2)
    refused = kroniek.run("import", str(added))
    assert (refused.returncode, refused.stderr.count("in this file\n"), "nor in" in refused.stderr) == (1, 4, False)
    monkeypatch.undo()
    # What it does say of the dossier is held against it.
    added.write_text(text.replace("title: Grown", "title: Other"))
    assert "title (line 2): recorded Grown | in the file Other" in kroniek.run("import", str(added)).stderr


def test_a_dry_run_needs_no_server(tmp_path: Path) -> None:
    done = command("import", str(SAMPLE), "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    told = "97 claims, 6 reports, 22 sources, 11 actors, 17 places, 4 grades, 2 changes"
    assert f"is in order: {told}. Nothing was sent." in done.stdout


def test_json_will_do_as_well(kroniek: Kroniek, tmp_path: Path) -> None:
    small = {
        "format": "kroniek/dossier@1",
        "dossier": {"id": "small", "title": "مخيم الهول 😀"},
        "reports": [{"id": "r", "label": "R", "published": "2018"}],
        "claims": [
            {"id": "c", "report": "r", "kind": "statement", "nature": "warning", "text": "Later", "when": "2019"}
        ],
    }
    path = tmp_path / "small.json"
    path.write_text(json.dumps(small, indent="\t"))
    done = kroniek.run("import", str(path))
    assert (done.returncode, done.stdout) == (0, "Imported 3 entries of 3 into small, position 3.\n")
    line = line_of('"kind"', path.read_text()) - 2
    assert f"look twice: {path}:{line + 5}: claim c: " in done.stderr
    assert "مخيم الهول 😀" in kroniek.ok("dossiers")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", b"format: x: y", "a.yaml:1:10: this is not YAML"),
        ("a.json", b'{\n"format": }', "a.json:2:11: this is not JSON"),
        ("a.yaml", b"format: kroniek/dossier@1\ndossier: \xff", "a.yaml:2:10: this is not UTF-8"),
        ("a.yaml", b"- 1", "a.yaml:1:1: a dossier file is a mapping"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    done = command("import", name, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_file_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    done = command("import", "nowhere.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "nowhere.yaml cannot be read: No such file or directory\n")


def test_the_schema_is_printed_as_json(tmp_path: Path) -> None:
    schema = json.loads(command("schema", cwd=tmp_path).stdout)
    assert schema["properties"]["format"]["const"] == "kroniek/dossier@1"
    assert yaml.safe_load(TEXT)["format"] == "kroniek/dossier@1"


WORDS = """
  occurrence_types: {looting: {en: Looting of shops}}
  measures: {hungry: {nature: stock, units: [people, tents], labels: {en: without enough food}}}
  units: {tents: {whole: true, labels: {en: tents}}}
"""
OWN_WORDS = """
format: kroniek/dossier@1
dossier:
  id: words
  title: Words of its own
  WORDS
sources:
  - {id: s, name: S, kind: monitor}
  - {id: t, name: T, kind: monitor}
places:
  - {id: town, name: Town, kind: town}
reports:
  - {id: r, publisher: s, label: R, published: 2020-02-01}
claims:
  - {id: h1, report: r, kind: figure, measure: hungry, unit: people, best: 320, qualifier: stated,
     place: town, when: 2020-01-05, claimant: s}
  - {id: h2, report: r, kind: figure, measure: hungry, unit: people, best: 500, qualifier: stated,
     place: town, when: 2020-01-05, claimant: t}
  - {id: h3, report: r, kind: figure, measure: hungry, unit: tents, best: 40, qualifier: stated,
     place: town, when: 2020-01-05, claimant: s}
  - {id: o1, report: r, kind: occurrence, type: looting, place: town, when: 2020-01-05, claimant: s}
changes:
  - {claim: h3, change: corrected, set: {best: 41}, reason: Misread}
"""


def own_words(folder: Path, name: str, words: str = WORDS, *changes: tuple[str, str]) -> str:
    text = OWN_WORDS.replace("\n  WORDS", words.rstrip())
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_file_declares_the_words_that_it_uses(tmp_path: Path) -> None:
    own_words(tmp_path, "silent.yaml", "")
    silent = command("import", "silent.yaml", "--dry-run", cwd=tmp_path)
    assert silent.returncode == 1
    assert "claim h1, measure: measure 'hungry' is not one of the house's" in silent.stderr
    assert "claim o1, type: type 'looting' is not one of the house's" in silent.stderr


def test_a_file_goes_into_a_dossier_that_declared_its_words_itself(kroniek: Kroniek, tmp_path: Path) -> None:
    bare, at = tmp_path / "bare.yaml", ("--dossier", "later")
    bare.write_text("format: kroniek/dossier@1\ndossier: {id: later, title: Words of its own}\n")
    kroniek.ok("import", str(bare))
    path = own_words(tmp_path, "words.yaml")
    kroniek.ok("declare", "unit", "tents", "--label", "en=tents", *at)
    hungry = ("--as", "stock", "--unit", "people", "--unit", "tents", "--label", "en=without enough food")
    kroniek.ok("declare", "measure", "hungry", *hungry, *at)
    assert "measures (line 7): recorded nothing | in the file" in kroniek.run("import", path, *at).stderr
    kroniek.ok("declare", "type", "looting", "--label", "en=Looting of shops", *at)
    assert "into later" in kroniek.ok("import", path, *at)
    assert "Nothing new" in kroniek.ok("import", path, *at)
    # It answers as one does that was opened by the file.
    kroniek.ok("import", path)
    assert "Nothing new" in kroniek.ok("import", path)
    for topic, told in (("hungry,people,place:town", "disagree"), ("hungry,tents,place:town", "41")):
        answers = [json.loads(kroniek.ok("figures", topic, "--dossier", name, "--json")) for name in ("later", "words")]
        assert answers[0]["picture"] == answers[1]["picture"]
        assert told in json.dumps(answers[0]["picture"])
    # What counts otherwise is another word.
    flow = own_words(tmp_path, "flow.yaml", WORDS, ("nature: stock", "nature: flow"))
    assert "measures (line 7): recorded nothing | in the file" in kroniek.run("import", flow, *at).stderr
