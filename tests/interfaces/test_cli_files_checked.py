"""What is wrong with a file is told once, with what may have been meant."""

from pathlib import Path

from tests.interfaces.running_kroniek import command


def test_one_mistake_in_a_file_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "format: kroniek/dossier@1\ndossier: {id: bad, title: B, timezone: Asia/Damascus}\n"
    )
    done = command("import", "bad.yaml", "--dry-run", cwd=tmp_path)
    assert done.returncode != 0
    assert done.stderr.count("timezone") == 2, done.stderr
    assert "did you mean 'time_zone'?" in done.stderr
    assert "1 error in" in done.stderr
