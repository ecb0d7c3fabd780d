"""The API and the worker as programs that `kroniek up` starts."""

import sys
from pathlib import Path

from infrastructure.embedded.process import Program
from interfaces.bootstrap import Settings, database_url, redis_url

# Uvicorn and Dramatiq take every option from such variables too, and some that were meant for another program on this
# machine would start seven APIs, reload them, or end a worker. What we mean is among the arguments.
_OF_OTHERS = ("UVICORN_", "WEB_CONCURRENCY", "DRAMATIQ_")


def api_program(folder: Path, settings: Settings, host: str, port: int) -> Program:
    arguments = [
        "uvicorn", "--factory", "interfaces.api.app:create_app", "--host", host, "--port", str(port),
        "--http", "interfaces.api.wire:GuardedHttp", "--no-access-log", "--timeout-graceful-shutdown", "5",
    ]  # fmt: skip
    settings = settings.model_copy(update={"host": host})
    return _program(folder, "api", [*arguments, "--loop", "asyncio" if sys.platform == "win32" else "uvloop"], settings)


def worker_program(folder: Path, settings: Settings, host: str) -> Program:
    settings = settings.model_copy(update={"host": host})
    arguments = ["dramatiq", "interfaces.worker.main", "--processes", "1", "--threads", "4"]
    return _program(folder, "worker", arguments, settings)


def _program(folder: Path, name: str, arguments: list[str], settings: Settings) -> Program:
    addresses = {"KRONIEK_DATABASE_URL": database_url(settings), "KRONIEK_REDIS_URL": redis_url(settings)}
    addresses["KRONIEK_EMBEDDED"] = str(settings.embedded).lower()
    addresses["KRONIEK_HOST"] = settings.host
    if settings.webhook_ca_file is not None:
        # They run in a folder of their own.
        addresses["KRONIEK_WEBHOOK_CA_FILE"] = str(settings.webhook_ca_file.resolve())
    # -P: what lies in the folder that we were started in is no module of ours.
    argv = [sys.executable, "-P", "-m", *arguments]
    program = Program(folder, name, argv, {**addresses, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"})
    program.environment = {
        name: value for name, value in program.environment.items() if not name.upper().startswith(_OF_OTHERS)
    }
    program.cwd = folder / "run"
    return program
