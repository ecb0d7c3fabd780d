"""The examples in the contract are real answers: asked for again they are the same."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from domain.roles import Role
from interfaces.api.app import create_app
from interfaces.api.openapi import EXAMPLES
from tests.interfaces.examples_written import ASKED, asked
from tests.interfaces.running import ROOT, Running, running
from tests.interfaces.test_client_contract import READS

DOCUMENT: dict[str, Any] = create_app().openapi()
WRITTEN: dict[str, Any] = json.loads(EXAMPLES.read_text())


@pytest.fixture(scope="module")
def with_sample(new_database: Callable[[], str], valkey_url: str, tmp_path_factory: Any) -> Iterator[Running]:
    """An installation of its own, with the sample dossier and nothing else in it."""
    log_dir: Path = tmp_path_factory.mktemp("examples")
    # Webhooks go to receivers on this machine.
    settings = {"KRONIEK_EMBEDDED": "true"}
    redis = valkey_url.replace("db=0", "db=9")
    roles: tuple[Role, ...] = ("admin", "editor", "auditor")
    # As one's own is, on one's own machine.
    with running(new_database(), redis, log_dir, settings=settings, roles=roles, open_to_anyone=False) as there:
        environment = os.environ | {"KRONIEK_URL": there.url, "KRONIEK_TOKEN": there.token}
        sample = str(ROOT / "examples" / "hajin-baghouz.yaml")
        command = [sys.executable, "-m", "interfaces.cli.main", "import", sample]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
        yield there


def test_every_example_is_what_is_answered(with_sample: Running) -> None:
    """`python -m tests.interfaces.examples_written` writes them anew."""
    with with_sample.client() as http:
        found = asked(http)
    for component in ASKED:
        assert found[component] == WRITTEN[component], component


def test_every_answer_has_an_example() -> None:
    answers = {
        one["$ref"].rpartition("/")[2]
        for on_path in DOCUMENT["paths"].values()
        for operation in on_path.values()
        for told in operation["responses"].values()
        for content in told.get("content", {}).values()
        for shown in [content.get("x-itemSchema", content["schema"])]
        for one in shown.get("anyOf", [shown])
        if "$ref" in one
    }
    answers = {name for name in answers if not name.startswith("Problem")}
    assert answers == set(ASKED) == set(WRITTEN)


@pytest.mark.parametrize("component", ASKED)
def test_an_example_is_of_its_schema(component: str) -> None:
    (example,) = DOCUMENT["components"]["schemas"][component]["examples"]
    whole = {"$ref": f"#/components/schemas/{component}", "components": DOCUMENT["components"]}
    Draft202012Validator(whole, validate_formats=True).validate(example)


@pytest.mark.parametrize(
    ("model", "component"),
    [(model, name) for model, names in READS.items() for name in names if name in ASKED],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_the_shipped_client_reads_every_example(model: Any, component: str) -> None:
    read = model.model_validate(WRITTEN[component])
    assert not read.model_extra
