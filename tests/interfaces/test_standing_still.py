"""A dossier whose read models cannot take an event: it says so, and goes on when it is told to."""

import os
import subprocess

import psycopg
from sqlalchemy.engine import make_url

from tests.interfaces.running import Dossier, Running, assert_problem, eventually, figure
from tests.interfaces.running_kroniek import KRONIEK


def kroniek(installation: Running, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "KRONIEK_URL": installation.url,
        "KRONIEK_DATABASE_URL": installation.database_url,
        "KRONIEK_REDIS_URL": installation.redis_url,
        "COLUMNS": "160",
    }
    return subprocess.run([KRONIEK, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_it_says_so_and_goes_on_after_a_retry(furnished: Dossier, installation: Running) -> None:
    reached = furnished.read()["position"]
    why = "claims cannot take claim.recorded"
    conninfo = make_url(installation.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        # As a worker keeps it when a fold refuses the next event.
        connection.execute(
            "update checkpoints set refused_position = position + 1, refused_because = %s where dossier_id = %s",
            [why, furnished.id],
        )
    position = furnished.record("claims", id="c-new", **figure())["position"]

    answer = furnished.http.get(f"{furnished.path}/claims").json()
    assert (answer["position"], answer["stands_still"]) == (reached, why)
    pinned = furnished.http.get(f"{furnished.path}/claims", params={"as_of": reached}).json()
    assert "stands_still" not in pinned, "a position that is named has the same answer for good"
    later = furnished.http.get(f"{furnished.path}/claims", params={"min_position": position})
    assert why in assert_problem(later, 503, "picture_refused", None)["detail"]
    eventually(
        lambda: any(
            (line.get("event"), line.get("dossier"), line.get("because")) == ("dossier_stands_still", furnished.id, why)
            for line in installation.log_lines("worker")
        ),
        "the worker says so",
    )
    told = kroniek(installation, "claims", "--dossier", furnished.id)
    assert told.returncode == 0
    assert why in told.stderr

    assert kroniek(installation, "retry", furnished.id).returncode == 0
    eventually(lambda: furnished.http.get(f"{furnished.path}/claims").json()["position"] >= position, "it goes on")
    assert "stands_still" not in furnished.http.get(f"{furnished.path}/claims").json()
