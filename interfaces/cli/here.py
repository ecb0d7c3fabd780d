"""What a data folder keeps for whoever owns it: where its Kroniek is to be found, and a token."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from interfaces.bootstrap import Settings, records


@dataclass(frozen=True)
class Addresses:
    """Where a Kroniek that runs from a data folder is to be found, for the other commands."""

    url: str
    database_url: str
    redis_url: str

    def write(self, folder: Path) -> None:
        path = _addresses_file(folder)
        path.touch(mode=0o600)
        path.write_text(json.dumps(vars(self)))

    @classmethod
    def read(cls, folder: Path) -> "Addresses | None":
        """None where none runs, or none that we may see."""
        try:
            return cls(**json.loads(_addresses_file(folder).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def forget(folder: Path) -> None:
        _addresses_file(folder).unlink(missing_ok=True)


def _addresses_file(folder: Path) -> Path:
    # Not `.json`: those in this folder are the pid files of processes.
    return folder / "run" / "addresses"


TOKEN_FILE = "token"  # noqa: S105


async def token_of_folder(folder: Path, settings: Settings, name: str) -> str:
    """The token that a data folder keeps for whoever owns it; a new one where it has none that still holds."""
    path = folder / TOKEN_FILE
    async with records(settings) as held:
        if path.exists():
            token = path.read_text("utf-8").strip()
            if await held.tokens.principal_of(token) is not None:
                return token
        token, _ = await held.tokens.create(name)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    return token
