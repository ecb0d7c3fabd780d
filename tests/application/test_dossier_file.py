"""The dossier file: what is wrong with one, all of it, and the commands that a good one stands for."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from application.execute import Asked, Executor, GroupRefused
from application.formats.dossier.check import check_commands, read_dossier
from application.formats.dossier.file import commands_of, json_schema
from domain.events import read_command
from infrastructure.log.memory import MemoryLog

SAMPLE = Path(__file__).parents[2] / "examples" / "hajin-baghouz.yaml"


def a_file(**sections: Any) -> dict[str, Any]:
    return {
        "format": "kroniek/dossier@1",
        "dossier": {"id": "d", "title": "D"},
        "sources": [{"id": "reuters", "name": "Reuters", "kind": "news_agency"}],
        "reports": [{"id": "r1", "label": "R", "publisher": "reuters", "published": "2018-12"}],
        **sections,
    }


def a_figure(id_: str, **more: Any) -> dict[str, Any]:
    figure = {"measure": "killed", "unit": "people", "best": 3, "qualifier": "stated"}
    return {"id": id_, "report": "r1", "kind": "figure", **figure, **more}


def faults(file: Any) -> list[tuple[str, str]]:
    """Every fault: its path, and what it says."""
    contents = read_dossier(file)
    commands = commands_of(contents)
    dossier_id = contents.dossier.id if contents.dossier else "d"
    found = [*contents.faults, *asyncio.run(check_commands(Executor(MemoryLog()), dossier_id, commands))]
    return [(".".join(map(str, fault.path)), fault.message) for fault in found]


def named(file: Any) -> list[str]:
    return [f"{command.given['command']} {command.given['id']}" for command in commands_of(read_dossier(file))]


class _JsonLike(yaml.SafeLoader):
    """PyYAML's loader without its dates and its yes and no."""

    yaml_implicit_resolvers = {
        letter: [each for each in resolvers if each[0].rpartition(":")[2] in ("int", "float", "null")]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def the_sample() -> Any:
    return yaml.load(SAMPLE.read_text(), _JsonLike)


def test_the_sample_has_no_fault_and_fits_the_schema() -> None:
    sample = the_sample()
    assert faults(sample) == []
    jsonschema.validate(sample, json_schema())
    assert len(sample["claims"]) == 97


def test_the_schema_refuses_what_the_format_does_not_know() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not list(validator.iter_errors(a_file(claims=[a_figure("c1")])))
    for wrong in (
        a_file(claims=[a_figure("c1", bst=3)]),
        a_file(claims=[a_figure("c1", qualifier="circa")]),
        a_file(format="kroniek/dossier@2"),
        a_file(changes=[{"claim": "c1", "change": "improved"}]),
    ):
        assert list(validator.iter_errors(wrong))


def test_one_bad_entry_does_not_hide_what_is_wrong_with_the_others() -> None:
    found = dict(
        faults(
            a_file(
                places=[{"id": "p", "name": "P", "kind": "vilage"}],
                claims=[
                    a_figure("c1", bst=3, claimant="reuter"),
                    a_figure("c2", low=5),
                    a_figure("c3", when="2018-13"),
                    a_figure("c4", place="p", unit="km2"),
                    a_figure("c5", best="x"),
                    {"id": "c6", "report": "r1", "kind": "rumour"},
                    a_figure("C7"),
                ],
                grades=[
                    {"claim": "c1", "credibility": 7, "reason": "So"},
                    {"claim": "c9", "credibility": 1, "reason": ""},
                ],
            )
        )
    )
    assert "did you mean 'village'?" in found["places.0.kind"]
    assert found["claims.0.bst"] == "'bst' is not a field here; did you mean 'best'?"
    assert found["claims.0.claimant"] == "there is no source 'reuter' in this file; did you mean 'reuters'?"
    assert found["claims.1.low"] == "low 5 is above best 3"
    assert "month 13 does not exist" in found["claims.2.when"]
    assert found["claims.3.unit"] == "killed is not measured in km2, but in people or families"
    assert found["claims.4.best"] == "should be a number, not 'x'"
    assert found["claims.5.kind"].startswith("'rumour' is not in the vocabulary")
    assert "is not an id" in found["claims.6.id"]
    assert "7 is not in the vocabulary" in found["grades.0.credibility"]
    assert found["grades.1.claim"].startswith("there is no claim 'c9' in this file")
    assert found["grades.1.reason"].startswith("a reason is needed")
    assert len(found) == 12


def test_an_entry_that_names_a_bad_one_is_not_blamed_for_it() -> None:
    found = faults(
        a_file(
            reports=[{"id": "r1", "label": "R", "published": "2018-99"}],
            claims=[a_figure("c1")],
            grades=[{"claim": "c1", "credibility": 2, "reason": "So"}],
        )
    )
    assert [path for path, _ in found] == ["reports.0.published"]


def test_what_the_rules_refuse_is_told_at_its_place_in_the_file() -> None:
    found = faults(
        a_file(
            places=[{"id": "p", "name": "P", "kind": "town", "latitude": 91, "longitude": 1}],
            claims=[a_figure("c1"), a_figure("c2", disputes="c2")],
            changes=[
                {"claim": "c1", "change": "corrected", "set": {"best": 3}, "reason": "So"},
                {"claim": "c1", "change": "corrected", "set": {"best": -3}, "reason": "So"},
                {"claim": "c1", "change": "reinstated", "reason": "So"},
            ],
        )
    )
    assert sorted(path for path, _ in found) == [
        "changes.0.set",
        "changes.1.set.best",
        "changes.2",
        "claims.1.disputes",
        "places.0.latitude",
    ]


def test_a_file_that_is_no_dossier_says_what_is_missing() -> None:
    assert "begins with `format: kroniek/dossier@1`" in faults("words")[0][1]
    assert dict(faults({"claims": {}, "clams": []})) == {
        "clams": "'clams' is not a section; did you mean 'claims'?",
        "format": "this reads the format kroniek/dossier@1, not None",
        "": "'dossier' is needed: its id and its title",
        "claims": "should be a list",
    }


def test_an_id_that_stands_twice_is_told_with_the_first() -> None:
    contents = read_dossier(a_file(claims=[a_figure("c1"), a_figure("c2"), a_figure("c1")]))
    (fault,) = contents.faults
    assert (fault.path, fault.other) == (("claims", 2, "id"), ("claims", 0, "id"))


def test_items_come_after_those_that_they_name() -> None:
    order = named(
        a_file(
            actors=[
                {"id": "ypg", "name": "YPG", "kind": "armed_group", "part_of": "sdf"},
                {
                    "id": "sdf",
                    "name": "SDF",
                    "kind": "armed_group",
                    "part_of": ["us", {"actor": "army", "when": "2026"}],
                },
                {"id": "us", "name": "US", "kind": "state"},
                {"id": "army", "name": "The army", "kind": "state"},
            ],
            places=[
                {"id": "town", "name": "T", "kind": "town", "within": "region", "areas": [{"area": "enclave"}]},
                {"id": "region", "name": "R", "kind": "region", "within": {"place": "country", "when": "2011/.."}},
                {"id": "country", "name": "C", "kind": "country"},
                {"id": "enclave", "name": "E", "kind": "area"},
            ],
            reports=[
                {"id": "unseen", "label": "U", "published": "2018", "cited_in": "seen"},
                {"id": "seen", "label": "S", "published": "2018", "derived_from": "wire"},
                {"id": "wire", "label": "W", "published": "2018"},
                {"id": "r1", "label": "R", "published": "2018"},
            ],
            claims=[a_figure("c1", alternative_to="c2"), a_figure("c2", alternative_to="c1")],
        )
    )
    assert order == [
        "open_dossier d",
        "register_actor us",
        "register_actor army",
        "register_actor sdf",
        "register_actor ypg",
        "register_source reuters",
        "register_place country",
        "register_place region",
        "register_place enclave",
        "register_place town",
        "file_report wire",
        "file_report seen",
        "file_report unseen",
        "file_report r1",
        "record_claim c1",
        "record_claim c2",
        "relate_claim c1",
        "relate_claim c2",
    ]


def test_a_circle_is_told_once_with_both_its_ends() -> None:
    places = [
        {"id": "a", "name": "A", "kind": "area", "within": "b"},
        {"id": "b", "name": "B", "kind": "area", "within": "c"},
        {"id": "c", "name": "C", "kind": "area", "within": "a"},
        {"id": "d", "name": "D", "kind": "area", "within": "d"},
    ]
    found = read_dossier(a_file(places=places)).faults
    assert [(f.path, f.other) for f in found] == [
        (("places", 2, "within"), ("places", 0, "id")),
        (("places", 3, "within"), ("places", 3, "id")),
    ]
    assert found[0].message == "a circle: a → b → c → a; one of them has to come first"


def test_a_plain_number_is_the_text_that_was_written_where_text_is_wanted() -> None:
    file = a_file(claims=[a_figure("c1", when=2018, note=1.50)])
    written: dict[Any, str] = {("claims", 0, "when"): "2018", ("claims", 0, "note"): "1.50"}
    contents = read_dossier(file, lambda path: written.get(path))
    assert contents.faults == []
    assert contents.entries["claims"][0].when == "2018"
    assert str(contents.entries["claims"][0].note) == "1.50"
    assert commands_of(contents)[-1].given["when"] == "2018"


def ids(file: Any) -> Iterator[str]:
    return (command.command_id for command in commands_of(read_dossier(file)))


def test_command_ids_follow_from_the_file_alone() -> None:
    first, again = a_file(claims=[a_figure("c1")]), a_file(claims=[a_figure("c1")])
    assert list(ids(first)) == list(ids(again))
    assert all(each.startswith("import:") and len(each) <= 200 and each.isascii() for each in ids(first))
    changed = a_file(claims=[a_figure("c1", best=4)])
    assert len(set(ids(first)) ^ set(ids(changed))) == 2


def test_the_same_change_made_twice_is_two_commands() -> None:
    away = {"claim": "c1", "change": "retracted", "reason": "Not in it"}
    back = {"claim": "c1", "change": "reinstated", "reason": "It was"}
    file = a_file(claims=[a_figure("c1")], changes=[away, back, away])
    assert len(set(ids(file))) == len(list(ids(file)))
    assert faults(file) == []


def test_every_change_of_the_format_becomes_its_command() -> None:
    changes = [
        {"claim": "c1", "change": "revised", "report": "r1", "set": {"best": 4}, "changed_by": "publisher"},
        {"claim": "c1", "change": "withdrawn", "report": "r1", "reason": "Taken back"},
        {"claim": "c1", "change": "corrected", "set": {"best": 5}, "statement": 1, "reason": "Misread"},
        {"claim": "c1", "change": "retracted", "reason": "Not in it"},
        {"claim": "c1", "change": "reinstated", "reason": "It was"},
    ]
    file = a_file(claims=[a_figure("c1")], changes=changes)
    assert faults(file) == []
    assert [each.partition(" ")[0] for each in named(file)[-5:]] == [
        "revise_claim",
        "withdraw_claim",
        "correct_claim",
        "retract_claim",
        "reinstate_claim",
    ]


FOUND: dict[str, Any] = {
    "id": "a1", "topic": "killed,people,incident:i1", "finding": "Three", "grade": "fair", "claims": ["c1", "c2"],
    "because": "Both say so",
}  # fmt: skip


def assessed(**more: Any) -> dict[str, Any]:
    sections: dict[str, Any] = {
        "claims": [a_figure("c1"), a_figure("c2", best=4)],
        "incidents": [{"id": "i1", "title": "A strike", "when": "2018-12-17", "claims": "c1"}],
        "assessments": [FOUND],
    }
    return a_file(**(sections | more))


def test_incidents_come_after_claims_and_assessments_after_all_that_changed() -> None:
    changes = [{"claim": "c1", "change": "retracted", "reason": "Not in it"}]
    file = assessed(changes=changes, assessments=[FOUND | {"claims": "c2"}])
    assert faults(file) == []
    jsonschema.validate(file, json_schema())
    assert named(file)[-5:] == [
        "record_claim c1",
        "record_claim c2",
        "open_incident i1",
        "retract_claim c1",
        "issue_assessment a1",
    ]


def test_what_incidents_and_assessments_name_is_looked_for_in_the_file() -> None:
    file = assessed(
        incidents=[{"id": "i1", "title": "A strike", "claims": ["c1", "c9"]}, {"id": "i2", "title": "", "whn": "2018"}],
        assessments=[
            FOUND | {"topic": "killed,people,incident:i3", "place": "nowhere"},
            FOUND | {"id": "a2", "topic": "rumours,people"},
            FOUND | {"id": "a3", "topic": None, "claims": ["c2"]},
            FOUND | {"id": "a4", "grade": "fare"},
            FOUND | {"id": "a4"},
        ],
    )
    found = dict(faults(file))
    assert found.keys() == {
        "incidents.0.claims.1", "incidents.1.title", "incidents.1.whn", "assessments.0.topic", "assessments.0.place",
        "assessments.1.topic", "assessments.2.topic", "assessments.3.grade", "assessments.4.id",
    }  # fmt: skip
    assert found["incidents.1.whn"] == "'whn' is not a field here; did you mean 'when'?"
    assert found["assessments.0.topic"].startswith("there is no incident 'i3' in this file")
    assert "measure 'rumours' is not one of the house's" in found["assessments.1.topic"]
    assert "answers a question" in found["assessments.2.topic"]
    assert "did you mean 'fair'?" in found["assessments.3.grade"]
    assert found["assessments.4.id"] == "assessment 'a4' stands twice"


SOMEBODY: dict[str, Any] = {
    "id": "per-00000000000000a1", "name": "A", "names": {"ar": "أ"}, "age": 40, "claims": "c1",
    "civilian_status": {"status": "civilian", "source": "reuters"},
    "fates": [{"fate": "killed", "incident": "i1", "claim": "c1"}],
}  # fmt: skip


def test_persons_come_after_incidents_and_what_became_of_their_entries_after_them() -> None:
    other = {"id": "per-00000000000000a2", "fates": {"fate": "killed", "incident": "i1"}}
    changes = [
        {"person": other["id"], "change": "merged", "into": SOMEBODY["id"], "reason": "The same"},
        {"person": other["id"], "change": "split", "reason": "Brothers"},
        {"person": other["id"], "change": "retracted", "reason": "Nobody"},
        {"person": other["id"], "change": "reinstated", "reason": "Somebody"},
    ]
    file = assessed(persons=[SOMEBODY, other], person_changes=changes)
    assert faults(file) == []
    jsonschema.validate(file, json_schema())
    assert [each.partition(" ")[0] for each in named(file)[-8:]] == [
        "open_incident", "register_person", "register_person", "merge_person", "split_person", "retract_person",
        "reinstate_person", "issue_assessment",
    ]  # fmt: skip


def test_what_is_wrong_with_a_person_is_told_at_its_place_in_the_file() -> None:
    wrong = [
        SOMEBODY,
        SOMEBODY | {"age_low": 3},
        SOMEBODY | {"fates": [{"fate": "killed", "incident": "i1"}, {"fate": "lost"}]},
        SOMEBODY | {"fates": [{"fate": "killed", "incident": "i9"}]},
        {"civilian_status": {"status": "civilian"}},
    ]
    persons = [each | {"id": f"per-{nth:016x}"} for nth, each in enumerate(wrong)]
    persons[0]["id"] = "ahmad"
    found = dict(faults(assessed(persons=persons)))
    assert found.keys() == {
        "persons.0.id", "persons.1.age", "persons.2.fates.1.fate", "persons.3.fates.0.incident",
        "persons.4.civilian_status.0",
    }  # fmt: skip
    assert "can never be erased" in found["persons.0.id"]


def test_a_file_imported_again_changes_nothing_whatever_became_of_it() -> None:
    """Its incident was linked further, its assessment revised: both are there as the file has them."""
    executor = Executor(MemoryLog())

    def import_(file: Any) -> list[bool]:
        commands = commands_of(read_dossier(file))
        # Under ids of its own: what it holds must tell, not that it was asked before.
        asked = [Asked(read_command(dict(each.given))) for each in commands]
        answers = asyncio.run(executor.execute_group("d", "desk", asked))
        return [answer.changed for answer in answers]

    assert all(import_(assessed(persons=[SOMEBODY])))
    later: list[Any] = [
        {"command": "link_claims", "id": "i1", "claims": ["c2"]},
        {"command": "revise_assessment", "id": "a1", "set": {"grade": "weak"}, "reason": "So"},
        {"command": "correct_person", "id": SOMEBODY["id"], "set": {"age": 41}, "reason": "So"},
        {"command": "unlink_person", "id": SOMEBODY["id"], "claims": ["c1"], "reason": "So"},
    ]
    asyncio.run(executor.execute_group("d", "desk", [Asked(read_command(each)) for each in later]))
    assert not any(import_(assessed(persons=[SOMEBODY])))
    with pytest.raises(GroupRefused) as refused:
        import_(assessed(incidents=[{"id": "i1", "title": "A strike", "when": "2018-12-17", "claims": "c2"}]))
    ((_, refusal),) = refused.value.refusals
    assert refusal.details["differences"] == [{"field": "claims", "recorded": ["c1"], "given": ["c2"]}]
