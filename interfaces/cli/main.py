"""The command `kroniek`: everything an operator or a desk does without writing code."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli import (
    changed,
    declaring,
    findings,
    following,
    granting,
    import_edition,
    items,
    operate,
    people,
    persons,
    questions,
    reading,
    subscriptions,
    writing,
)
from interfaces.cli.languages import Commands, begin
from interfaces.cli.output import Failed, err, say, shown_to_people, tell, write_json
from interfaces.cli.stopping import STOPPED_CODE, CtrlC, Stopped
from interfaces.messages.words import counted

app = typer.Typer(
    name="kroniek",
    cls=Commands,
    callback=begin,
    help="The record of what was reported about a conflict, and of everything corrected since.\n\n"
    "`kroniek demo` starts everything with a sample dossier. The other commands talk to the server at KRONIEK_URL "
    "(the one that runs from .kroniek, or http://127.0.0.1:8000), writing with the token KRONIEK_TOKEN.\n\n"
    "Examples:\n\n    kroniek demo\n\n    kroniek claims --place hajin\n\n    kroniek control --help",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Host = Annotated[str, typer.Option(help="The address to listen at; 0.0.0.0 for every one that this machine has.")]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, show_default="8000, or the next one that is free", help="The port to listen at."),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="KRONIEK_DATA_DIR",
        show_default=".kroniek",
        help="Where database, logs and token are kept. An existing one is resumed.",
    ),
]


@app.command()
def up(host: Host = "127.0.0.1", port: Port = None, data_dir: DataDir = None) -> None:
    """Start everything on this machine, in the foreground: database, queue, API and worker.

    KRONIEK_DATABASE_URL and KRONIEK_REDIS_URL take the place of the embedded ones. Ctrl-C stops it all.

    Examples:

        kroniek up

        kroniek up --port 9000 --data-dir /var/lib/kroniek
    """
    _run(host, port, data_dir, sample=False)


@app.command()
def demo(host: Host = "127.0.0.1", port: Port = None, data_dir: DataDir = None) -> None:
    """Start everything and load the sample dossier; a second time changes nothing.

    Example:

        kroniek demo
    """
    _run(host, port, data_dir, sample=True)


def _run(host: str, port: int | None, data_dir: Path | None, *, sample: bool) -> None:
    from interfaces.cli import up

    with operate.settings_of(data_dir) as settings:
        up.run(settings, host, port, sample=sample)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A dossier in the format kroniek/dossier@1, YAML or JSON.")],
    dossier: Annotated[str | None, typer.Option(help="Import it under this id instead of its own.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and send nothing.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=10_000, help="Commands sent at once.")] = 500,
) -> None:
    """Import a dossier file.

    The whole file is checked first, and every error is shown with its line. What it names is in it, or in the dossier
    already. The same file again changes nothing; an import that was interrupted is finished by running it again; an
    entry that is recorded with other content is refused, with the difference.

    Examples:

        kroniek import examples/hajin-baghouz.yaml

        kroniek import mine.yaml --dry-run
    """
    from interfaces.cli.client import Client
    from interfaces.cli.importing import check_file, progress_bar, send

    client = Client()
    checked = check_file(file, dossier, client)
    if dry_run:
        say(f"{file} is in order: {checked.told()}. Nothing was sent.")
        return
    try:
        with progress_bar() as bar:
            sent = send(client, checked, batch_size=batch_size, bar=bar)
    except Stopped:
        again = "Stopped. What was sent is recorded; the same import again sends the rest."
        raise Failed(again, STOPPED_CODE) from None
    for warning in sent.warnings:
        tell(("look twice: ", "yellow"), warning)
    total = len(checked.commands)
    if not sent.new:
        say(f"Nothing new: {sent.there} of {total} were there.")
    else:
        there = f"; {sent.there} were there" if sent.there else ""
        say(f"Imported {counted(sent.new, 'entry', 'entries')} of {total} into {checked.dossier_id}{there}, "
            f"position {sent.position}.")  # fmt: skip


@app.command()
def schema() -> None:
    """Print the JSON Schema of the format kroniek/dossier@1.

    Example:

        kroniek schema > dossier.schema.json
    """
    import json

    from application.formats.dossier.file import json_schema

    write_json(json.dumps(json_schema(), ensure_ascii=False, indent=2))


import_edition.add_to(app)
reading.add_to(app)
items.add_to(app)
questions.add_to(app)
changed.add_to(app)
findings.add_to(app)
persons.add_to(app)
app.command(rich_help_panel="Subscribe")(following.follow)
subscriptions.add_to(app)
writing.add_to(app)
people.add_to(app)
granting.add_to(app)
app.command(rich_help_panel="Record and correct")(declaring.declare)
operate.add_to(app)


def _read_files_as_they_are() -> None:
    """Begin anew in Python's UTF-8 mode where the locale has another encoding for files and their names.

    What people record is in UTF-8, whatever terminal they sit at; that goes on being written in its own encoding.
    """
    if sys.getfilesystemencoding() != "utf-8":
        os.environ.setdefault("PYTHONIOENCODING", sys.stdout.encoding)
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _forget_what_was_meant_for_dramatiq() -> None:
    """It reads variables of that name as numbers when it is imported, and ends whoever imported it where one is none.

    A command works off no queue, and what `kroniek up` starts is told by arguments.
    """
    for name in list(os.environ):
        if name.lower().startswith("dramatiq_"):
            del os.environ[name]


def main() -> None:
    """Run the command; what it cannot do is said in a line, and told by the exit code."""
    _read_files_as_they_are()
    _forget_what_was_meant_for_dramatiq()
    with CtrlC() as ctrl_c, shown_to_people():
        try:
            app()
        except Failed as failed:
            sys.stdout.flush()
            with ctrl_c.telling():
                say(failed.message, to=err())
            raise SystemExit(failed.code) from None
        except Stopped:
            with ctrl_c.telling():
                say("Stopped.", to=err())
            raise


if __name__ == "__main__":
    main()
