"""`kroniek declare`: words of a dossier's own, which the house has none for."""

from typing import Annotated, Any

import typer

from interfaces.cli.client import Client, path_of
from interfaces.cli.output import Failed, paragraph, say, tell
from interfaces.cli.reading import Dossier, dossier_of
from interfaces.messages import words
from interfaces.messages.words import Names, clean

_SORTS = ("type", "measure", "unit", "group", "cause", "dimension", "value", "method")


def declare(
    sort: Annotated[str, typer.Argument(metavar="SORT", help=f"What it is a word for: {words.joined(_SORTS, 'or')}.")],
    word: Annotated[str, typer.Argument(help="The word, as claims have it: looting.")],
    label: Annotated[
        list[str],
        typer.Option("--label", "-l", metavar="LANGUAGE=TEXT", help="What people read for it; several times."),
    ] = [],  # noqa: B006
    nature: Annotated[
        str | None, typer.Option("--as", help="Of a measure: stock (true at a moment), or flow (counted over a time).")
    ] = None,
    unit: Annotated[
        list[str], typer.Option("--unit", "-u", help="Of a measure: a unit that it takes; several times.")
    ] = [],  # noqa: B006
    in_parts: Annotated[
        bool, typer.Option("--in-parts", help="Of a unit: not counted one by one, there are halves of it.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it back: nothing more is recorded with it.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", "-r", help="Why, in a few words.")] = None,
    dossier: Dossier = None,
) -> None:
    """Declare a word of the dossier's own, for what the house has none.

    Declared again it is described anew: what is left out stays as it was. Groups, causes, methods, dimensions and their
    values need no declaration: of these it is what people read.

    Examples:

        kroniek declare type looting --label "en=Looting of shops" --label nl=Plundering

        kroniek declare measure hungry --as stock --unit people --label "en=without enough food"

        kroniek declare unit tents --label en=tents

        kroniek declare value ye1902 --label en=Sayun

        kroniek declare type looting --remove --reason "No report tells of it"
    """
    from domain.labels import LABELS_OF
    from domain.vocabulary import DECLARED_IN

    if sort not in _SORTS:
        raise Failed(f"a word is declared for {words.joined(_SORTS, 'or')}, not for {clean(sort)!r}", 2)
    client = Client()
    name = dossier_of(client, dossier)
    home = client.get(path_of("dossiers", name))
    field = DECLARED_IN.get(sort) or LABELS_OF[sort]
    held: dict[str, Any] = home[field]
    if remove:
        if word not in held:
            raise Failed(f"{sort} {clean(word)!r} is not declared in this dossier")
        held.pop(word)
    else:
        held[word] = _declared(sort, held.get(word, {}), _labels(label), nature, unit, in_parts=in_parts)
    answer = client.post(
        path_of("dossiers", name, "descriptions"),
        {"set": {field: held or None}, **({"reason": reason} if reason else {})},
        if_match=f'"{home["etag"]}"',
    )
    # The next word is declared beside this one.
    client.await_shown(name, answer["position"])
    say(f"{sort} {word}: {'taken back' if remove else 'declared'} (position {answer['position']})")
    if not remove:
        paragraph(words.value(field, {word: held[word]}, Names()), indent=4)
    for warning in answer["warnings"]:
        tell(("look twice: ", "yellow"), clean(warning["message"]))


def _declared(
    sort: str, held: dict[str, Any], labels: dict[str, str], nature: str | None, units: list[str], *, in_parts: bool
) -> dict[str, Any]:
    """A word as it is declared, by what it was declared as before."""
    given = {"--as": nature, "--unit": units, "--in-parts": in_parts}
    taken = {"measure": ("--as", "--unit"), "unit": ("--in-parts",)}.get(sort, ())
    for option, value in given.items():
        if value and option not in taken:
            raise Failed(f"{option} is nothing that a {sort} takes", 2)
    if sort not in ("measure", "unit"):
        if not held | labels:
            raise Failed(f"a {sort} has at least one --label", 2)
        return held | labels
    labelled = held | {"labels": held.get("labels", {}) | labels}
    if sort == "unit":
        return labelled | ({"whole": False} if in_parts else {})
    nature, units = nature or held.get("nature"), units or held.get("units", [])
    if nature is None or not units:
        raise Failed("a measure has --as stock or --as flow, and at least one --unit", 2)
    return labelled | {"nature": nature, "units": units}


def _labels(given: list[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for one in given:
        language, equals, text = one.partition("=")
        if not equals or not language:
            raise Failed(f"--label takes LANGUAGE=TEXT, not {one!r}", 2)
        labels[language] = text
    return labels
