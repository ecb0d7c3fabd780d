"""That README and docs speak of what there is: files, links, make targets, commands, addresses, fields, refusals."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_args
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer.main
from pydantic import BaseModel

from application.watch import read_watch
from domain import claim
from domain.content import Control, FigureGiven, Occurrence, Said, Utterance
from domain.dossier import OpenDossier
from domain.errors import DomainError
from domain.estimate import _EXCLUDES, _NEEDS, MEASURES
from domain.events import read_command
from domain.fact import Creation
from domain.fields import read
from domain.second_looks import SecondLook
from interfaces.api import errors, subscriptions
from interfaces.api.app import API, create_app
from interfaces.api.writing import ROUTES, WriteRoute
from interfaces.bootstrap import Settings
from interfaces.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
RECORDING = ROOT / "docs" / "recording.md"
OPERATING = ROOT / "docs" / "operating.md"
CODES_OF_NO_CLASS = {
    "batch_refused": 422,
    "clock_behind": 503,
    "database_unavailable": 503,
    "event_not_storable": 422,
    "internal_error": 500,
    "method_not_allowed": 405,
    "no_such_address": 404,
    "too_slow": 408,
    "head_too_large": 431,
}


class Line(NamedTuple):
    """A command of a `sh` block, its words as the shell would make them."""

    page: Path
    words: tuple[str, ...]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def lines() -> Iterator[Line]:
    """Every command of every `sh` block, and of every span of code that begins as one."""
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL):
            for command in commands_of(block):
                yield Line(page, command)
        for span in re.findall(r"`((?:curl|kroniek|make) [^`\n]+)`", prose(page)):
            yield Line(page, tuple(shlex.split(span)))


def commands_of(block: str) -> Iterator[tuple[str, ...]]:
    """Line by line, where a line goes on until its quotes are closed and no pipe ends it."""
    text = ""
    for line in block.replace("\\\n", " ").splitlines():
        text += line + "\n"
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        text = ""
        ends = [-1, *(n for n, word in enumerate(words) if word in ("|", "&&")), len(words)]
        yield from (tuple(words[before + 1 : end]) for before, end in pairwise(ends) if end > before + 1)
    assert not text, f"this quote is never closed: {text}"


def lines_of(program: str) -> list[Line]:
    found = [line for line in lines() if line.words[0] == program]
    assert found, f"no page shows {program}"
    return found


def table(page: Path, marker: str) -> list[list[str]]:
    """The rows of the table after a marker, as cells."""
    _, found, after = page.read_text().partition(f"<!-- {marker} -->")
    assert found, f"{named(page)} has no table marked {marker}"
    rows = []
    for line in after.strip().splitlines():
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(page).replace("\n", " ")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{named(page)} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    folders = "domain|application|infrastructure|interfaces|migrations|tests|examples|docs"
    for path in re.findall(
        rf"[`\"\[ ]((?:{folders})/(?!problem|geo|cloudevents|x-ndjson|json)[\w./-]*)", page.read_text()
    ):
        assert (ROOT / path.rstrip(".")).exists(), f"{named(page)} names {path}"


def test_pages_come_without_pictures_from_elsewhere() -> None:
    assert not [named(page) for page in PAGES if re.search(r"!\[[^\]]*\]\(http|<img|<script", page.read_text())]


def test_every_make_target_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for page, words in lines_of("make"):
        assert {word for word in words[1:] if "=" not in word} <= targets, f"{named(page)}: {' '.join(words)}"


def test_every_command_of_kroniek_takes_what_is_shown() -> None:
    for page, words in lines_of("kroniek"):
        # Typer's own Click, of which it exports no types.
        command: Any = typer.main.get_command(app)
        rest = list(words[1:])
        while hasattr(command, "commands"):
            assert rest and rest[0] in command.commands, f"{named(page)}: {' '.join(words)}"
            command = command.commands[rest.pop(0)]
        try:
            command.make_context("kroniek", rest)
        except Exception as refused:
            raise AssertionError(f"{named(page)}: {' '.join(words)}") from refused


def test_all_commands_of_kroniek_are_in_the_changelog() -> None:
    commands: Any = typer.main.get_command(app)
    told = code((ROOT / "CHANGELOG.md").read_text())
    assert [name for name in commands.commands if name not in told] == []


def test_every_module_that_is_run_is_there() -> None:
    for page, words in lines():
        if words[0] in ("uvicorn", "dramatiq"):
            module = next(word.partition(":")[0] for word in words if word.startswith("interfaces."))
            assert (ROOT / f"{module.replace('.', '/')}.py").exists(), f"{named(page)}: {' '.join(words)}"


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    found: dict[str, Any] = create_app().openapi()["paths"]
    return found


def operation(paths: dict[str, Any], method: str, path: str) -> tuple[str, Any]:
    """The template of an address and what the contract says of it."""
    if path in ("/healthz", "/readyz"):
        path = API + path
    for template, methods in paths.items():
        if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), path) and method.lower() in methods:
            return template, methods[method.lower()]
    raise AssertionError(f"there is no {method} {path}")


def option(words: Sequence[str], *names: str) -> str | None:
    return next((value for name, value in pairwise(words) if name in names), None)


def test_every_curl_line_fits_the_contract(paths: dict[str, Any]) -> None:
    for page, words in lines_of("curl"):
        url = urlsplit(next(word for word in words if word.startswith("http")))
        if url.path == API + "/openapi.json":
            continue
        body = option(words, "-d", "--json", "--data-binary")
        template, found = operation(paths, option(words, "-X") or ("POST" if body else "GET"), url.path)
        known = {parameter["name"] for parameter in found.get("parameters", [])} | {"dry_run"}
        assert {name for name, _ in parse_qsl(url.query)} <= known, f"{named(page)}: {url.query}"
        if body and body.startswith("{"):
            readable(template, url.path, json.loads(body))


def readable(template: str, path: str, body: dict[str, Any]) -> None:
    """That the body of a write is one that its address takes."""
    if template == API + subscriptions.PATH:
        read_watch(read(subscriptions.NewSubscription, body).watch)
        return
    (route,) = [route for route in ROUTES if API + route.path == template]
    item = {"id": "made-by-the-server"} if route.creates else {"id": path.split("/")[-2]}
    read_command({**item, **body, "command": route.command})


def test_every_batch_line_is_a_command() -> None:
    for _, words in lines_of("printf"):
        for line in words[2:]:
            read_command(json.loads(line))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_address_that_is_named_is_there(page: Path, paths: dict[str, Any]) -> None:
    for method, path in re.findall(r"`(GET|POST|DELETE) (/(?:api/v1/|healthz|readyz)[^`?]*)", prose(page)):
        if path != API + "/openapi.json":
            operation(paths, method, path)


FIELDS: dict[str, tuple[type[BaseModel], set[str]]] = {
    "claim": (claim.RecordFigure, {*FigureGiven.model_fields} - {*Said.model_fields, "kind"}),
    "figure": (FigureGiven, {*Said.model_fields, "kind"}),
    "control": (Control, {*Said.model_fields, "kind"}),
    "occurrence": (Occurrence, {*Said.model_fields, "kind"}),
    "statement": (Utterance, {*Said.model_fields, "kind"}),
    **{
        kind: (next(r.models[0] for r in ROUTES if r.creates and r.models[0].stream_kind == kind), set())
        for kind in ("report", "source", "actor", "place", "incident", "person", "assessment")
    },
    "dossier": (OpenDossier, set()),
}


@pytest.mark.parametrize("marker", FIELDS)
def test_the_fields_are_those_of_the_models(marker: str) -> None:
    model, elsewhere = FIELDS[marker]
    rows = {code(row[0])[0]: row for row in table(RECORDING, f"fields: {marker}")}
    assert set(rows) == set(model.model_fields) - elsewhere - {"command"}
    for name, (_, needed, takes) in rows.items():
        info = model.model_fields[name]
        # An id that is left out is made by the server.
        assert (needed == "yes") == (info.is_required() and name != "id"), name
        words = literals(info.annotation) if name != "kind" or marker != "claim" else set()
        assert words <= set(code(takes)), f"{marker}.{name} lacks {words - set(code(takes))}"


def literals(annotation: Any) -> set[str]:
    if isinstance(annotation, str):
        return {annotation}
    return {word for part in get_args(annotation) for word in literals(part)}


def test_every_change_is_told_with_its_body() -> None:
    """In the tables of Creating and Changing: the address, the command, the fields, those in italics not needed."""
    told = {}
    for line in RECORDING.read_text().splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if len(row) >= 3 and re.fullmatch(r"`/[\w/{}-]+`", row[0]):
            told[code(row[0])[0]] = row
    shown = {route.path: route.path.removeprefix("/dossiers/{dossier}") for route in ROUTES}
    shown["/dossiers"] = API + "/dossiers"
    assert set(told) == set(shown.values())
    for route in ROUTES:
        row = told[shown[route.path]]
        assert code(row[1]) == [route.command]
        if not route.creates:
            assert body_told(row[2]) == body_of(route), route.path


def body_told(cell: str) -> dict[str, bool]:
    """Field to whether it is needed, the words in brackets left out."""
    cell = re.sub(r"\([^)]*\)", "", cell)
    return {name: f"*`{name}`*" not in cell for name in code(cell)}


def body_of(route: WriteRoute) -> dict[str, bool]:
    fields = route.models[0].model_fields
    return {name: info.is_required() for name, info in fields.items() if name not in ("command", "id")}


def test_the_measures_are_those_of_the_domain() -> None:
    told = {code(name)[0]: (nature, tuple(code(units))) for name, nature, units in table(RECORDING, "measures")}
    assert told == {name: (kind.nature, kind.units) for name, kind in MEASURES.items()}


def test_the_qualifiers_are_those_of_the_domain() -> None:
    told = {code(row[0])[0]: row for row in table(RECORDING, "qualifiers")}
    assert set(told) == set(_EXCLUDES)
    for name, (_, _, needs, excludes) in told.items():
        assert set(code(excludes)) == set(_EXCLUDES[name]), name
        numbers = {"low", "best", "high"} if name in ("stated", "about") else set(_NEEDS.get(name, ()))
        assert set(code(needs)) == ({"magnitude"} if name == "vague" else numbers), name


def test_the_warnings_are_those_of_the_domain() -> None:
    told = {code(row[0])[0] for row in table(RECORDING, "warnings")}
    assert told == literals(SecondLook.__annotations__["code"])


def test_every_refusal_has_its_status_and_a_way_out() -> None:
    refusals = {kind.code: status for kind, status in errors.STATUS.items() if kind is not DomainError}
    rows = table(RECORDING, "refusals")
    assert {code(name)[0]: int(status) for name, status, _, _ in rows} == refusals | CODES_OF_NO_CLASS
    assert all(wrong and way_out for _, _, wrong, way_out in rows)


def test_codes_of_no_class_are_in_the_code() -> None:
    written = (ROOT / "interfaces" / "api" / "errors.py").read_text() + (
        ROOT / "interfaces" / "api" / "batches.py"
    ).read_text()
    assert [name for name in CODES_OF_NO_CLASS if f'"{name}"' not in written] == []


def test_every_setting_is_told_with_its_default() -> None:
    told = {code(row[0])[0]: row[1] for row in table(OPERATING, "settings")}
    assert set(told) == {f"KRONIEK_{name.upper()}" for name in Settings.model_fields}
    for name, info in Settings.model_fields.items():
        nothing = "embedded" if name.endswith("_url") else "none"
        default = f"`{str(info.default).lower()}`" if info.default is not None else nothing
        assert told[f"KRONIEK_{name.upper()}"] == default


def test_every_variable_that_is_named_is_read_somewhere() -> None:
    sources = [*ROOT.glob("interfaces/**/*.py"), ROOT / "compose.yaml", ROOT / "Dockerfile"]
    read = set(re.findall(r"\bKRONIEK_[A-Z_]+", " ".join(source.read_text() for source in sources)))
    read |= {f"KRONIEK_{name.upper()}" for name in Settings.model_fields}
    for page in PAGES:
        assert set(re.findall(r"\bKRONIEK_[A-Z_]+", page.read_text())) <= read, named(page)


def test_creations_are_what_the_tables_take_them_for() -> None:
    assert all(issubclass(model, Creation) for model, _ in FIELDS.values() if not issubclass(model, Said))
    assert issubclass(claim.RecordFigure, Creation)


def test_every_table_is_said_to_be_a_fold_or_state_of_its_own() -> None:
    told = {
        name for row in table(ROOT / "docs" / "architecture.md", "tables") for name in code(row[1]) if "/" not in name
    }
    made = {name for path in (ROOT / "migrations" / "sql").glob("*.sql")
            for name in re.findall(r"create table (?:if not exists )?(\w+)", path.read_text("utf-8"))}  # fmt: skip
    assert told == made
