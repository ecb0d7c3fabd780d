"""One edition of a real dataset: from an empty dossier to readable, and the same edition again."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import uvloop

from infrastructure.database import engine
from infrastructure.tokens import Tokens
from tests.benchmarks.measured import Measured
from tests.benchmarks.running import running_api, running_worker, valkey
from tests.benchmarks.servers import postgres

ROOT = Path(__file__).parents[2]
# UCDP GED 19.1 for Syria, 2016 to 2019: 16,566 rows. Uppsala Conflict Data Program, CC BY 4.0.
FILE = Path(os.environ.get("KRONIEK_UCDP_FILE", ROOT.parent / "shared" / "data" / "ucdp-ged-syria-2016-2019.csv.gz"))
FIRST_TARGET_S = 60
AGAIN_TARGET_S = 10


def benchmark() -> Iterator[Measured]:
    if not FILE.exists():
        yield Measured(
            "UCDP edition of 16,566 rows",
            f"not measured: there is no {FILE}; KRONIEK_UCDP_FILE names the file",
            f"under {FIRST_TARGET_S} s",
        )
        return
    with (
        postgres() as url,
        valkey() as redis_url,
        running_api(url, redis_url) as address,
        running_worker(url, redis_url),
    ):
        access = {"KRONIEK_URL": f"http://{address}", "KRONIEK_TOKEN": uvloop.run(_token(url))}
        first_s, client_mb = _import(access)
        again_s, again_mb = _import(access)
    yield Measured(
        "UCDP edition of 16,566 rows, empty dossier to readable",
        f"{first_s:.1f} s; client at most {client_mb:.0f} MB",
        f"under {FIRST_TARGET_S} s",
        first_s < FIRST_TARGET_S,
    )
    yield Measured(
        "the same edition again",
        f"{again_s:.1f} s; client at most {again_mb:.0f} MB",
        f"under {AGAIN_TARGET_S} s",
        again_s < AGAIN_TARGET_S,
    )


async def _token(url: str) -> str:
    pool = engine(url, connections=2)
    try:
        token, _ = await Tokens(pool).create("benchmark")
        return token
    finally:
        await pool.dispose()


def _import(access: dict[str, str]) -> tuple[float, float]:
    """How long the command takes, in seconds, its start and end included; its most memory in MB."""
    options = [
        "import-edition", str(FILE), "--mapping", "ucdp-ged@1", "--edition", "19.1", "--published", "2020-02-01",
        "--dossier", "ucdp", "--title", "UCDP",
    ]  # fmt: skip
    begun = time.perf_counter()
    most = 0
    with tempfile.TemporaryFile() as said:
        argv = [sys.executable, "-m", "interfaces.cli.main", *options]
        process = subprocess.Popen(argv, cwd=ROOT, env=os.environ | access, stdout=said, stderr=said)
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                most = max(most, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.1)
        said.seek(0)
        assert process.wait() == 0, said.read().decode()
    return time.perf_counter() - begun, most / 2**20
