"""The API as `schemathesis` tries it from its contract alone: every address, what is valid and what is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.histories import THOROUGH
from tests.interfaces.running import PATIENCE_S, ROOT, Dossier, Running

HERE = Path(__file__).parent
ITEMS = {
    "source": ["sohr", "reuters"],
    "actor": ["is", "sdf"],
    "place": ["hajin", "syria"],
    "report": ["oct", "nov"],
    "claim": ["c1", "c2"],
    "incident": ["i1"],
    "assessment": ["a1"],
}

IN_SHORT = ["--max-examples", "2", "--phases", "coverage,fuzzing", "--max-time", "20"]
EVERYTHING = ["--max-examples", "50"]


def test_nothing_valid_is_refused_nothing_invalid_taken_and_nothing_undeclared_answered(
    installation: Running, furnished: Dossier, tmp_path: Path
) -> None:
    furnished.record("incidents", id="i1", title="An incident")
    furnished.record("assessments", id="a1", place="hajin", finding="It is so", grade="fair", claims="c1", because="c1")
    known = {"CONTRACT_DOSSIER": furnished.id, "CONTRACT_ITEMS": json.dumps(ITEMS)}
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run",
        installation.url + "/openapi.json", "--header", f"Authorization: Bearer {installation.token}",
        "--checks", "all", "--seed", "1", "--continue-on-failure",
        "--no-color", "--generation-database", "none",
        *(EVERYTHING if THOROUGH else IN_SHORT),
    ]  # fmt: skip
    tried = subprocess.run(
        command,
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.interfaces.schemathesis_hooks",
            "PYTHONPATH": str(ROOT),
            **known,
        },
        capture_output=True,
        text=True,
        timeout=3600 if THOROUGH else 4 * PATIENCE_S,
    )
    assert tried.returncode == 0, tried.stdout[-20_000:] + tried.stderr[-2_000:]
    assert "generated" in tried.stdout
