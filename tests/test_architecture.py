"""What the import contracts cannot say: which rooms there are, and what their names may be."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import DomainError

ROOT = Path(__file__).parents[1]
LAYERS = ("domain", "application", "infrastructure", "interfaces")
FOLDERS = {*LAYERS, "migrations", "tests", "docs", "examples", ".ci"}
FILES = {
    "pyproject.toml", "compose.yaml", "Dockerfile", "README.md", "Makefile", "CHANGELOG.md", "LICENSE", "NOTICE",
    "CONTRIBUTING.md", "SECURITY.md",
    "requirements.lock", "requirements-dev.lock", ".gitignore", ".dockerignore",
}  # fmt: skip
NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "core", "helpers", "helper", "services", "dto", "ports", "base"}


def kept() -> list[Path]:
    """What git keeps, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout, so what was put there by whom cannot be told")
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def test_the_top_level_holds_what_the_house_has_and_nothing_else() -> None:
    folders = {path.parts[0] for path in kept() if len(path.parts) > 1}
    files = {path.name for path in kept() if len(path.parts) == 1}
    assert folders - FOLDERS == set()
    assert files - FILES == set()


def test_no_name_says_nothing() -> None:
    named = [path for path in kept() if {path.stem, *path.parts} & NAMES_THAT_SAY_NOTHING]
    assert named == []


def test_no_banner_parts_a_file_that_should_be_two() -> None:
    banner = re.compile(r"^\s*(?:#|--|//)\s*[-=]{3,}", re.MULTILINE)
    sources = [path for path in kept() if path.suffix in {".py", ".sql", ".mjs"}]
    assert [str(path) for path in sources if banner.search((ROOT / path).read_text("utf-8"))] == []


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_the_domain_knows_pydantic_and_edtf_and_no_other_package() -> None:
    found = {name for path in (ROOT / "domain").rglob("*.py") for name in imported(path)}
    # Pydantic's own core types are Pydantic.
    assert found - set(sys.stdlib_module_names) - {"domain", "pydantic", "pydantic_core", "edtf"} == set()


@pytest.mark.parametrize("module", ["random", "uuid", "secrets", "time", "os", "socket", "asyncio", "logging"])
def test_the_domain_has_no_clock_no_dice_and_no_way_out(module: str) -> None:
    assert module not in {name for path in (ROOT / "domain").rglob("*.py") for name in imported(path)}


def refusals() -> set[type[DomainError]]:
    for layer in LAYERS:
        package = importlib.import_module(layer)
        for found in pkgutil.walk_packages(package.__path__, f"{layer}."):
            # Programs do things when they are imported, and refuse nothing themselves.
            if not found.name.endswith(("__main__", ".main")):
                importlib.import_module(found.name)

    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for one in kind.__subclasses__():
            if one.__module__.split(".")[0] in LAYERS:
                yield one
                yield from below(one)

    return set(below(DomainError))


def test_every_refusal_has_a_code_of_its_own() -> None:
    found = refusals()
    assert len(found) > 20
    assert [kind.__name__ for kind in found if "code" not in vars(kind)] == []
    assert [code for code, times in Counter(kind.code for kind in found).items() if times > 1] == []
    assert [kind.code for kind in found if not kind.code.replace("_", "").isalpha() or not kind.code.islower()] == []


def test_one_function_writes_moments() -> None:
    """Four precisions of one moment look like four moments. Hashes and what is stored keep the form they have."""
    allowed = {"application/event_log.py", "infrastructure/webhooks/subscription_rows.py", "interfaces/cli/answers.py"}
    written = {
        str(path.relative_to(ROOT))
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
        if "interfaces/client" not in str(path) and re.search(r"(?<!from)isoformat\(", path.read_text("utf-8"))
    }
    assert written <= allowed


def test_one_file_says_in_which_positions_a_row_is_seen() -> None:
    """Who may see a row will be decided at that one door too."""
    # Rows are written and closed here, and what a build shows is compared with what another does.
    allowed = {"infrastructure/rows/versioned.py", "infrastructure/rows/comparison.py"}
    compared = re.compile(r"(from_position|to_position)\s*([<>]|between)|[<>]=?\s*[\w.]*(from_position|to_position)")
    written = {
        str(path.relative_to(ROOT))
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
        if compared.search(path.read_text("utf-8"))
    }
    assert written == allowed
