"""Files that never end, or are larger than anybody means: refused in a line, and soon."""

import gzip
import os
import threading
from pathlib import Path

import pytest

from interfaces.cli.dataset_file import read_rows
from interfaces.cli.files import read_file
from interfaces.cli.importing import LARGEST_FILE
from interfaces.cli.mapping_files import LARGEST_MAPPING
from interfaces.cli.output import Failed
from tests.interfaces.running_kroniek import command

EDITION = ("--edition", "1", "--published", "2026-01-01")


@pytest.mark.parametrize(
    "arguments",
    [("import", "/dev/zero"), ("import", "/dev/zero", "--dry-run"),
     ("import-edition", "/dev/zero", "--mapping", "ucdp-ged@1", "--format", "csv", *EDITION),
     ("import-edition", "toll.csv", "--mapping", "/dev/zero", *EDITION),
     ("import-edition", "--show-mapping", "/dev/zero")],
    ids=" ".join,
)  # fmt: skip
def test_an_endless_file_is_refused_in_a_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = command(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "/dev/zero is a device, not a file.\n")


def test_a_dossier_that_is_too_large_is_refused_without_being_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    done = command("import", str(huge), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"{huge} has more than 200 MB: split it\n"


def test_a_mapping_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "huge.yaml").write_bytes(b"#" * (LARGEST_MAPPING + 1))
    done = command("import-edition", "toll.csv", "--mapping", "huge.yaml", *EDITION, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "huge.yaml has more than 2 MB: is it a mapping?\n"


def test_a_folder_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    for name, why in ((".", "Is a directory"), ("nothing.yaml", "No such file or directory")):
        done = command("import", name, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (2, f"{name} cannot be read: {why}\n")


def test_a_pipe_that_ends_is_read_and_one_that_does_not_only_up_to_the_limit(tmp_path: Path) -> None:
    def written(number: int) -> Path:
        pipe = tmp_path / f"pipe-{number}"
        os.mkfifo(pipe)
        threading.Thread(target=lambda: pipe.write_bytes(b"x" * number), daemon=True).start()
        return pipe

    assert read_file(written(10), 10) == b"x" * 10
    with pytest.raises(Failed, match="has more than"):
        read_file(written(11), 10)


def test_what_is_compressed_is_read_as_before(tmp_path: Path) -> None:
    (tmp_path / "toll.csv.gz").write_bytes(gzip.compress(b"id,dead\na,1\n"))
    given = read_rows(
        tmp_path / "toll.csv.gz",
        {"id": "key", "dead": "claims.dead.best"},
        format=None,
        delimiter=",",
        encoding="utf-8",
    )
    assert [row for _, row in given.rows] == [{"id": "a", "dead": "1"}]
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"id,dead\na,1\n")[:-9])
    with pytest.raises(Failed, match="not a whole gzip file"):
        read_rows(
            tmp_path / "cut.csv.gz",
            {"id": "key", "dead": "claims.dead.best"},
            format=None,
            delimiter=",",
            encoding="utf-8",
        )
