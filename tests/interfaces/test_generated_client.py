"""A client that is generated from the contract: `openapi-python-client` takes all of it, and what it makes works."""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from interfaces.api.app import create_app
from tests.interfaces.running import Dossier, Running

# The generator knows no streams of lines and no XML: as bytes and text they come through whole.
CONFIG = {
    "content_type_overrides": {
        "application/x-ndjson": "application/octet-stream",
        "application/atom+xml": "text/html",
        "text/event-stream": "text/html",
    }
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The package, with everything in it imported."""
    there = tmp_path_factory.mktemp("generated")
    (there / "contract.json").write_text(json.dumps(create_app().openapi()))
    (there / "config.json").write_text(json.dumps(CONFIG))
    made = subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--path", "contract.json", "--meta", "none",
            "--output-path", "kroniek_generated", "--config", "config.json",
        ],
        cwd=there, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout, made.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(there)
        package = importlib.import_module("kroniek_generated")
        for module in pkgutil.walk_packages(package.__path__, "kroniek_generated."):
            importlib.import_module(module.name)
        yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "kroniek_generated"]:
        del sys.modules[name]


def test_every_operation_is_generated(generated: Any) -> None:
    made = {path.stem for path in Path(generated.__path__[0], "api").glob("*/*.py")} - {"__init__"}
    operations = create_app().openapi()["paths"].values()
    assert made == {one["operationId"] for on_path in operations for one in on_path.values()}


def test_what_is_recorded_with_it_is_read_with_it(generated: Any, installation: Running, furnished: Dossier) -> None:
    models = importlib.import_module("kroniek_generated.models")

    def ask(name: str, **asked: Any) -> Any:
        return importlib.import_module(f"kroniek_generated.api.{name}").sync(client=client, **asked)

    client = importlib.import_module("kroniek_generated").AuthenticatedClient(installation.url, installation.token)
    source = models.RegisterSource(id="ocha", name="OCHA", kind=models.RegisterSourceKind.INTERNATIONAL_ORGANIZATION)
    done = ask("record_and_correct.register_source", dossier=furnished.id, body=source)
    assert (done.id, done.version, done.changed) == ("ocha", 1, True)
    furnished.position = done.position

    read = ask("read.read_source", dossier=furnished.id, id="ocha", min_position=done.position)
    assert (read.name, read.kind.value, read.position) == ("OCHA", "international_organization", done.position)
    page = ask("read.list_claims", dossier=furnished.id, kind=models.ListClaimsKind.FIGURE)
    (figure,) = page.items
    assert (figure.content.measure, figure.content.best, figure.report.label) == ("fighters", 2000, "October")
    held = ask("ask.read_control", dossier=furnished.id, id="hajin")
    assert [state.actor for state in held.picture.states] == ["is"]
    refused = ask("read.read_source", dossier=furnished.id, id="nobody")
    assert (type(refused), refused.code.value) == (models.Problem404, "no_such_item")
