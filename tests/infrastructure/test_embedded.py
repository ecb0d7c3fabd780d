"""The embedded servers, for real: what they keep and what they survive."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import redis
from sqlalchemy import create_engine, text

from infrastructure.embedded.data_folder import (
    DataFolder,
)
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.process import Program, end_leftovers
from infrastructure.embedded.valkey import EmbeddedValkey
from tests.infrastructure import embedded_folders
from tests.infrastructure.embedded_folders import (
    AS_ROOT,
    START_AND_HANG,
    kill,
    line_of,
    run_python,
    servers_below,
    words,
    write,
)

folder = embedded_folders.folder
open_folder = embedded_folders.open_folder


def test_a_restart_keeps_the_data_and_the_address(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = postgres.start()
    write(url, "before")
    postgres.stop()
    assert postgres.process is None

    assert postgres.start() == url
    assert words(url) == ["before"]
    postgres.stop()


def test_an_open_data_folder_is_used_by_its_own_path(open_folder: Path) -> None:
    postgres = EmbeddedPostgres(open_folder)
    url = postgres.start()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW data_directory")) == str(open_folder / "postgres")
    engine.dispose()
    assert str(open_folder / "run") in url
    postgres.stop()


def test_starting_twice_is_starting_once(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = postgres.start()
    process = postgres.process
    assert postgres.start() == url
    assert postgres.process is process
    postgres.stop()
    postgres.stop()


def test_text_sorts_by_code_point_and_knows_the_case_of_all_scripts(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, settings={"work_mem": "7MB"}, environment={"KRONIEK_SHIM": "there"})
    url = postgres.start()
    for word in ("ä", "b", "A", "a"):
        write(url, word)
    assert words(url) == ["A", "a", "b", "ä"]
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT lower('ÉÎŞ')")) == "éîş"
        assert connection.scalar(text("SHOW work_mem")) == "7MB"
        assert connection.scalar(text("SHOW listen_addresses")) == ""
        connection.execute(text("CREATE TEMP TABLE told (line text)"))
        connection.execute(text("COPY told FROM PROGRAM 'printenv KRONIEK_SHIM'"))
        assert connection.scalar(text("SELECT line FROM told")) == "there"
    engine.dispose()
    postgres.stop()


def test_a_killed_server_starts_again_with_what_was_committed(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = postgres.start()
    write(url, "committed")
    kill(postgres.process)
    assert postgres.exit_code() == -signal.SIGKILL

    assert postgres.start() == url
    assert words(url) == ["committed"]
    postgres.stop()


def test_a_killed_supervising_process_takes_its_servers_along_and_the_next_start_works(folder: Path) -> None:
    supervising = run_python(START_AND_HANG, str(folder))
    url, _ = line_of(supervising), line_of(supervising)
    write(url, "kept")
    kill(supervising)

    began = time.monotonic()
    with DataFolder(folder) as held:
        postgres, valkey = EmbeddedPostgres(held.path), EmbeddedValkey(held.path)
        assert postgres.start() == url
        valkey.start()
        assert time.monotonic() - began < 10
        assert words(url) == ["kept"]
        assert len([line for line in servers_below(folder) if "valkey" in line]) == 1
        valkey.stop()
        postgres.stop()


def test_a_server_that_outlived_its_supervisor_is_stopped_first(folder: Path) -> None:
    left = EmbeddedPostgres(folder)
    url = left.start()
    write(url, "kept")
    assert left._lock
    left._lock.release()  # as where the kernel does not end it together with its supervisor

    told: list[str] = []
    postgres = EmbeddedPostgres(folder)
    assert postgres.start(told.append) == url
    assert any("earlier run" in line for line in told)
    assert left.exit_code() == 0
    assert words(url) == ["kept"]
    postgres.stop()


def test_a_process_number_that_went_to_another_process_is_no_obstacle(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    kill(postgres.process)
    noted = folder / "postgres" / "postmaster.pid"
    owner = noted.stat().st_uid
    other = subprocess.Popen(["sleep", "60"], **({"user": owner} if AS_ROOT else {}))  # type: ignore[call-overload]
    noted.write_text("\n".join([str(other.pid), *noted.read_text().splitlines()[1:]]) + "\n")

    postgres.start()
    postgres.stop()
    assert other.poll() is None
    kill(other)


def test_a_kill_while_the_database_is_made_leaves_nothing_in_the_way(folder: Path) -> None:
    supervising = run_python(START_AND_HANG, str(folder))
    while not list(folder.glob("postgres.partial-*/base")):
        time.sleep(0.005)
    kill(supervising)
    assert not (folder / "postgres").exists()

    postgres = EmbeddedPostgres(folder)
    write(postgres.start(), "fresh")
    postgres.stop()
    assert list(folder.glob("postgres.partial-*")) == []


def test_a_path_too_long_for_sockets_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "data"
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    url = postgres.start()
    write(url, "reached")
    sockets = Path(psycopg.conninfo.conninfo_to_dict(f"postgresql://{url.split('://')[1]}")["host"])  # type: ignore[arg-type]
    assert not sockets.is_relative_to(folder)
    assert sockets.stat().st_mode & 0o777 == 0o700
    redis.Redis.from_url(valkey.start()).ping()
    valkey.stop()
    postgres.stop()
    assert not sockets.exists()
    assert postgres.start() == url
    postgres.stop()


def test_valkey_answers_on_its_socket_only_and_stops(folder: Path) -> None:
    valkey = EmbeddedValkey(folder)
    url = valkey.start()
    client = redis.Redis.from_url(url)
    assert client.ping()
    assert client.config_get("port") == {"port": "0"}
    assert client.config_get("save") == {"save": ""}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    kill(valkey.process)
    assert valkey.start() == url
    assert client.ping()
    client.close()
    valkey.stop()
    assert valkey.process is None


def test_what_a_killed_run_left_is_found_by_its_pid_file_and_ended(tmp_path: Path) -> None:
    for part in ("run", "logs"):
        (tmp_path / part).mkdir()
    left = Program(tmp_path, "worker", ["/bin/sh", "-c", "sleep 60 & sleep 60"])
    left.start()
    assert left.process
    while len(psutil.Process(left.process.pid).children()) < 2:
        time.sleep(0.01)
    session = [left.process.pid, *(child.pid for child in psutil.Process(left.process.pid).children())]
    end_leftovers(tmp_path / "run")
    assert left.exit_code() == -signal.SIGTERM
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in session)
    assert list((tmp_path / "run").iterdir()) == []


def test_a_pid_file_that_names_another_process_by_now_ends_nothing(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    (tmp_path / "worker.json").write_text(f'{{"pid": {other.pid}, "created": 1000000.0}}')
    (tmp_path / "api.json").write_text('{"pid": ')
    end_leftovers(tmp_path)
    assert other.poll() is None
    assert list(tmp_path.iterdir()) == []
    kill(other)
