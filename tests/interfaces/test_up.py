"""`kroniek demo` and `kroniek up` as processes: what they print works, and they end and come back as they should."""

import json
import os
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

from tests.interfaces.running_kroniek import KRONIEK, Kroniek, environment, free_port, living, process


def bash(line: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, text=True, timeout=30)


def test_what_it_prints_works_and_it_ends_and_resumes_and_survives_a_kill(tmp_path: Path) -> None:
    kroniek = Kroniek.start(tmp_path, "demo")
    port, base = kroniek.port, tmp_path / ".kroniek"
    assert "\x1b" not in kroniek.told
    assert f"Kroniek runs at http://127.0.0.1:{port}" in kroniek.told
    assert stat.S_IMODE((base / "token").stat().st_mode) == 0o600
    token = (base / "token").read_text().strip()
    assert f"Token for writing: {token}" in kroniek.told
    _every_curl_line_works(kroniek)

    everything = kroniek.everything()
    assert len(everything) > 8
    assert "Stopped" in kroniek.stop(signal.SIGINT)
    assert kroniek.process.returncode == 0
    assert living(everything) == []
    assert not (base / "run" / "addresses").exists()

    again = Kroniek.start(tmp_path, "demo", port)
    assert f"Token for writing: {token}" in again.told
    # The sample again changed nothing: there is the correction of before, and no more.
    assert [row["position"] for row in again.rows("dossiers")] == [171]

    everything = again.everything()
    again.process.kill()
    again.process.wait()
    third = Kroniek.start(tmp_path, "up", port)
    assert living(everything) == []
    assert [row["position"] for row in third.rows("dossiers")] == [171]
    everything = third.everything()
    third.stop(signal.SIGTERM)
    assert third.process.returncode == 0
    assert living(everything) == []


def _every_curl_line_works(kroniek: Kroniek) -> None:
    claims, control, history, correction, following = kroniek.curl_lines
    told = bash(claims)
    assert told.returncode == 0, told.stderr
    assert {"c108", "c207"} <= {item["id"] for item in json.loads(told.stdout)["items"]}
    told = bash(control)
    assert told.returncode == 0, told.stderr
    before, after = json.loads("[" + told.stdout.replace("\n}\n{", "\n},\n{") + "]")
    assert before["items"] == []
    assert {"c102", "c201"} <= {item["id"] for item in after["items"]}
    told = bash(history)
    assert [item["type"] for item in json.loads(told.stdout)["items"]] == ["claim.recorded", "claim.corrected"]
    with subprocess.Popen(["bash", "-c", f"exec {following}"], stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        told = bash(correction)
        assert json.loads(told.stdout)["changed"] is True, told.stdout
        assert any("claim/c302" in line for line in follower.stdout)
        follower.terminate()
    # Pasted a second time it meets a version that has moved on, and says so.
    assert json.loads(bash(correction).stdout)["code"] == "version_moved"


def test_without_a_sample_it_shows_first_steps_that_work(tmp_path: Path) -> None:
    kroniek = Kroniek.start(tmp_path, "up")
    try:
        *lines, following = kroniek.curl_lines
        for line in lines:
            told = bash(line)
            assert told.returncode == 0, told.stderr
            assert "code" not in json.loads(told.stdout), told.stdout
            time.sleep(0.3)
        assert [row["id"] for row in kroniek.rows("dossiers")] == ["first"]
        told = bash(f"timeout 2 {following}")
        assert "dossier.opened" in told.stdout

        # A part that dies is told of, and started again.
        noted = json.loads((tmp_path / ".kroniek" / "run" / "worker.json").read_text())
        os.kill(noted["pid"], signal.SIGKILL)
        assert kroniek.process.stdout
        lines_told = [kroniek.process.stdout.readline() for _ in range(2)]
        assert "The worker ended unexpectedly" in lines_told[0]
        assert "The worker runs again" in lines_told[1]

        second = process("up", "--port", str(free_port()), cwd=tmp_path)
        assert second.returncode == 2
        assert "in use by another Kroniek" in second.stderr
        assert second.stderr.count("\n") == 1
    finally:
        kroniek.stop()


def refused(tmp_path: Path, *arguments: str, **more: str) -> str:
    """The one line in which a start is refused."""
    done = process("up", "--port", str(free_port()), *arguments, cwd=tmp_path, **more)
    assert done.returncode == 2, done.stdout
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_port_in_use_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is in use" in refused(tmp_path, "--port", str(port))


def test_a_data_folder_that_cannot_be_used_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a file and not a folder" in refused(tmp_path, "--data-dir", str(tmp_path / "file"))


def test_a_database_or_a_queue_that_does_not_answer_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    said = refused(tmp_path, KRONIEK_DATABASE_URL=f"postgresql://u:secret@{nobody}/d")
    assert "does not let us in" in said
    assert "secret" not in said
    assert "of a mysql" in refused(tmp_path, KRONIEK_DATABASE_URL="mysql://u:secret@h/d")
    assert "not the address of a database" in refused(tmp_path, KRONIEK_DATABASE_URL="nonsense")
    assert "KRONIEK_LOG_FORMAT" in refused(tmp_path, KRONIEK_LOG_FORMAT="loud")


def test_ctrl_c_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    starting = subprocess.Popen(
        [KRONIEK, "up", "--port", str(free_port())],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert starting.stdout
    for line in starting.stdout:
        if "the database" in line:
            break
    kroniek = Kroniek(tmp_path, 0, starting, 0, "")
    everything = kroniek.everything()
    told = kroniek.stop()
    assert starting.returncode == 128 + signal.SIGINT
    assert "Traceback" not in told
    assert living(everything) == []
