"""`--language`: taken before the name of a command, and after it, where people type it."""

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption

from interfaces.cli.output import Failed, say
from interfaces.messages.wording import LANGUAGES, wording_in
from interfaces.messages.words import clean, joined
from interfaces.version import VERSION

SETTING = "KRONIEK_LANGUAGE"
_HELP = f"What answers are told in: {joined(LANGUAGES, 'or')}."


def told_in(language: str | None) -> str | None:
    """Has all that is printed from here on told in a language; that of the setting where none is given."""
    if language is not None:
        if wording_in(language) is None:
            raise Failed(f"--language: there is no wording in {clean(language)!r}, only in {joined(LANGUAGES)}", 2)
        os.environ[SETTING] = language
    return language


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"kroniek {VERSION}")
        raise typer.Exit


def begin(
    language: Annotated[
        str | None, typer.Option(callback=told_in, show_default=f"{SETTING}, or en", help=_HELP)
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version, and end.")
    ] = False,
) -> None:
    """Whatever comes before the name of a command."""


class Commands(TyperGroup):
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if (
            found is not None
            and not isinstance(found, TyperGroup)
            and "language" not in {one.name for one in found.params}
        ):
            found.params.append(_option())
        return found


def _option() -> TyperOption:
    return TyperOption(
        param_decls=["--language"],
        callback=lambda ctx, param, language: told_in(language),
        expose_value=False,
        show_default=f"{SETTING}, or en",
        help=_HELP,
    )
