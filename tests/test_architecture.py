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


def test_no_conflict_was_left_in_a_file() -> None:
    left = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
    texts = [path for path in kept() if path.suffix in {".py", ".sql", ".md", ".yaml", ".toml", ".lock", ".json"}]
    assert [str(path) for path in texts if left.search((ROOT / path).read_text("utf-8"))] == []


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


def test_nothing_reaches_into_what_a_library_keeps_to_itself() -> None:
    """Names with an underscore are of the file that uses them, but for those that Python documents."""
    documented = {"_make", "_replace", "_exit"}
    reached = [
        f"{path.relative_to(ROOT)}: {name}"
        for layer in (*LAYERS, "migrations")
        for path in (ROOT / layer).rglob("*.py")
        for name in private_names_of_others(ast.parse(path.read_text("utf-8")))
        if name not in documented
    ]
    assert reached == []


def test_what_a_library_keeps_to_itself_is_found() -> None:
    own = "class A:\n _c: int\n def _b(self):\n  self._a = 1\n  return other._a, other._b, other._c, other.__doc__\n"
    assert list(private_names_of_others(ast.parse(own))) == []
    for theirs in ("x._a", "getattr(x, '_a')", "from m import _a", "from m._a import b", "import m._a"):
        assert list(private_names_of_others(ast.parse(theirs))) == ["_a"], theirs


def private_names_of_others(file: ast.Module) -> Iterator[str]:
    def is_private(name: str) -> bool:
        return name.startswith("_") and not name.startswith("__") and name not in own

    own: set[str] = set()
    for node in ast.walk(file):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                own.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Name(id=name, ctx=ast.Store()):
                own.add(name)
    for node in ast.walk(file):
        match node:
            case ast.Attribute(attr=name) if is_private(name):
                yield name
            case ast.Call(func=ast.Name(id="getattr" | "setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield from filter(is_private, [name])
            case ast.Import(names=names):
                yield from filter(is_private, [part for one in names for part in one.name.split(".")])
            case ast.ImportFrom(module=module, names=names):
                parts = [*(module or "").split("."), *(one.name for one in names)]
                yield from filter(is_private, parts)
