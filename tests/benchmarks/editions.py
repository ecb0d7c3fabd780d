"""One edition of a real dataset: from an empty dossier to readable, and the same edition again."""

import gzip
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import psutil
import uvloop

from infrastructure.database import engine
from tests.benchmarks.measured import QUICK, Measured
from tests.benchmarks.running import Connection, percentile, running_api, running_worker, valkey
from tests.benchmarks.servers import postgres
from tests.holders import new_holder

ROOT = Path(__file__).parents[2]
# UCDP GED 19.1 for Syria, 2016 to 2019: 16,566 rows. Uppsala Conflict Data Program, CC BY 4.0.
FILE = Path(os.environ.get("KRONIEK_UCDP_FILE", ROOT.parent / "shared" / "data" / "ucdp-ged-syria-2016-2019.csv.gz"))
FIRST_TARGET_S = 60
AGAIN_TARGET_S = 10
SITUATION_TARGET_MS = 300


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
        situations = uvloop.run(_situations(address))
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
    p95 = percentile([ms for ms, _ in situations], 95)
    size = percentile([size for _, size in situations], 50)
    yield Measured(
        "situation of that dossier, any day and cut-off, over HTTP",
        f"p95 {p95:.0f} ms, {size / 1024:.0f} KB",
        f"p95 {SITUATION_TARGET_MS} ms",
        p95 <= SITUATION_TARGET_MS,
    )


async def _situations(address: str) -> list[tuple[float, int]]:
    """Milliseconds and bytes of each answer."""
    client = await Connection.open(address)
    chance, asked = random.Random(4), []
    for nth in range(30 if QUICK else 120):
        day = date(2016, 1, 1) + timedelta(chance.randrange(1461))
        begun = time.perf_counter()
        status, body = await client.request("GET", f"/api/v1/dossiers/ucdp/situation?at={day}&reported_by=2020-12-31")
        assert status == 200, body[:500]
        if nth >= 20:
            asked.append(((time.perf_counter() - begun) * 1000, len(body)))
    await client.close()
    return asked


async def _token(url: str) -> str:
    pool = engine(url, connections=2)
    try:
        token, _ = await new_holder(pool, "benchmark")
        return token
    finally:
        await pool.dispose()


def _few_rows(folder: Path) -> str:
    few = folder / FILE.name.removesuffix(".gz")
    with gzip.open(FILE, "rt", encoding="utf-8") as rows:
        few.write_text("".join(islice(rows, 300)), "utf-8")
    return str(few)


def _import(access: dict[str, str]) -> tuple[float, float]:
    """How long the command takes, in seconds, its start and end included; its most memory in MB."""
    options = [
        "import-edition", str(FILE), "--mapping", "ucdp-ged@1", "--edition", "19.1", "--published", "2020-02-01",
        "--dossier", "ucdp", "--title", "UCDP",
    ]  # fmt: skip
    most = 0
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        if QUICK:
            options[1] = _few_rows(Path(folder))
        begun = time.perf_counter()
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
