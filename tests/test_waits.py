"""Every wait has an end: what waits for a task, a thread, a process or a queue says for how long."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("domain", "application", "infrastructure", "interfaces")
# Waits that end by something else, by file and function, each with what ends it.
ENDED_OTHERWISE = {
    ("infrastructure/log/epochs.py", "settled"): "while there is a doubt nothing may be told: whoever waits is ended",
    ("interfaces/api/asked.py", "question_digest"): "a context variable answers at once",
    ("interfaces/lines.py", "_write_all"): "the thread has nothing else to do, and nobody waits for it",
}
# These wait for ever where they are not told how long; `wait` and `join` are of tasks, threads, events and processes.
WAITING = {"wait", "join", "get", "communicate"}
OF_PROCESSES = {"run", "call", "check_call", "check_output"}
LIMITS = {"asyncio.wait_for", "asyncio.timeout", "asyncio.timeout_at"}


class Waits(ast.NodeVisitor):
    """Finds, of one file, the functions with a wait that nothing ends."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int, str]] = []
        self._function, self._limited, self._cancels = "", 0, set[str]()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before = self._function, self._limited, self._cancels
        self._function, self._limited, self._cancels = node.name, 0, _cancelled(node)
        self.generic_visit(node)
        self._function, self._limited, self._cancels = before

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        limits = any(isinstance(item.context_expr, ast.Call) and _is_limit(item.context_expr) for item in node.items)
        self._limited += limits
        self.generic_visit(node)
        self._limited -= limits

    def visit_Await(self, node: ast.Await) -> None:
        if isinstance(node.value, ast.Name | ast.Attribute) and ast.unparse(node.value) in self._cancels:
            self._add(node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _is_endless(node):
            self._add(node)
        if _is_limit(node) or _makes_a_task(node):
            # What is begun as a task is ended as one.
            self._limited += 1
            self.generic_visit(node)
            self._limited -= 1
            return
        # One that is handed over is called with what is handed over beside it.
        for nth, given in enumerate(node.args):
            if isinstance(given, ast.Attribute) and given.attr in {"wait", "join"} and nth == len(node.args) - 1:
                self._add(given)
        self.generic_visit(node)

    def _add(self, node: ast.expr) -> None:
        if not self._limited:
            self.found.append((self._function, node.lineno, ast.unparse(node)))


def _cancelled(function: ast.AST) -> set[str]:
    return {
        ast.unparse(node.func.value)
        for node in _own(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cancel"
    }


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, and not in one inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own(child)


def _is_limit(node: ast.Call) -> bool:
    return ast.unparse(node.func) in LIMITS


def _makes_a_task(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "create_task"


def _is_endless(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Attribute) or any(each.arg in {"timeout", None} for each in node.keywords):
        return False
    owner, name = ast.unparse(node.func.value), node.func.attr
    if owner == "asyncio":
        return name == "wait"
    if owner == "subprocess":
        return name in OF_PROCESSES
    if name == "result":
        # Of a task that is done there is nothing to wait for; of another thread's there is.
        return not node.args and isinstance(node.func.value, ast.Call)
    return name in WAITING and not node.args


def endless(text: str) -> list[tuple[str, int, str]]:
    waits = Waits()
    waits.visit(ast.parse(text))
    return waits.found


def waiting() -> Iterator[tuple[str, str, int, str]]:
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            for function, line, wait in endless(path.read_text("utf-8")):
                yield str(path.relative_to(ROOT)), function, line, wait


def test_every_wait_says_for_how_long() -> None:
    found = list(waiting())
    assert [each for each in found if each[:2] not in ENDED_OTHERWISE] == []
    assert {each[:2] for each in found} == set(ENDED_OTHERWISE)


@pytest.mark.parametrize(
    "wait",
    [
        "await asyncio.wait([task])",
        "task.cancel()\n    await task",
        "self.task.cancel()\n    await self.task",
        "thread.join()",
        "process.wait()",
        "await event.wait()",
        "waiting.get()",
        "process.communicate()",
        "pool.submit(work).result()",
        "subprocess.run(argv)",
        "stack.callback(thread.join)",
        "await asyncio.to_thread(thread.join)",
    ],
)
def test_a_wait_without_an_end_is_found(wait: str) -> None:
    assert [name for name, *_ in endless(f"async def stop(self):\n    {wait}")] == ["stop"]


@pytest.mark.parametrize(
    "wait",
    [
        "await asyncio.wait([task], timeout=2)",
        "await asyncio.wait_for(event.wait(), 2)",
        "async with asyncio.timeout(2):\n        await event.wait()",
        "loop.create_task(event.wait())",
        "await other",
        "thread.join(2.0)",
        "process.wait(timeout=2)",
        "task.result()",
        "', '.join(words)",
        "words.get('a')",
        "subprocess.run(argv, timeout=2)",
        "stack.callback(thread.join, 2.0)",
        "await asyncio.to_thread(thread.join, 2.0)",
    ],
)
def test_a_wait_with_an_end_is_left_alone(wait: str) -> None:
    assert endless(f"async def stop(self):\n    {wait}") == []
