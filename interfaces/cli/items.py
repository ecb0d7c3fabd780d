"""Commands that list what a dossier has: its places, actors, sources and reports."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import typer

from interfaces.cli.account import published
from interfaces.cli.answers import Told
from interfaces.cli.client import Client, path_of
from interfaces.cli.output import print_json
from interfaces.cli.questions import Limit, how_many, pages_of
from interfaces.cli.reading import AsJson, AsOf, Dossier, dossier_of, names_in_language
from interfaces.cli.sheet import Part, Sheet
from interfaces.messages import words
from interfaces.messages.words import Names

ExternalId = Annotated[
    str | None, typer.Option(help="Known elsewhere by this id: the register and the id, as wikidata:Q858.")
]


def add_to(app: typer.Typer) -> None:
    for command in (places, actors, sources, reports):
        app.command(rich_help_panel="Read")(command)


def places(
    dossier: Dossier = None,
    external_id: ExternalId = None,
    as_of: AsOf = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List the places of a dossier: what each is called, of which kind it is, in which it lies, and what others know
    it by.

    Examples:

        kroniek places

        kroniek places --external-id wikidata:Q858 --json
    """
    about = _with_fields("within", "external_ids")
    _list(dossier, "places", about, limit, as_json=as_json, as_of=as_of, external_id=external_id)


def actors(
    dossier: Dossier = None,
    external_id: ExternalId = None,
    as_of: AsOf = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List the actors of a dossier: what each is called, of which kind it is, what it is part of, and what others know
    it by.

    Examples:

        kroniek actors

        kroniek actors --external-id wikidata:Q2429253
    """
    about = _with_fields("part_of", "external_ids")
    _list(dossier, "actors", about, limit, as_json=as_json, as_of=as_of, external_id=external_id)


def sources(dossier: Dossier = None, as_of: AsOf = None, limit: Limit = None, as_json: AsJson = False) -> None:
    """List the sources of a dossier: what each is called, of which kind it is, and how far we rely on it.

    Example:

        kroniek sources
    """

    def about(item: Mapping[str, Any], names: Names) -> Iterator[str]:
        yield names.put("reliability", item["reliability"]) if item["reliability"] else ""

    _list(dossier, "sources", about, limit, as_json=as_json, as_of=as_of)


def reports(dossier: Dossier = None, as_of: AsOf = None, limit: Limit = None, as_json: AsJson = False) -> None:
    """List the reports of a dossier: what each is called, when it came out, who published it, and from what it is
    taken.

    Example:

        kroniek reports
    """

    def about(item: Mapping[str, Any], names: Names) -> Iterator[str]:
        yield names.whole(published(item))
        yield names.source(item["publisher"]) if item["publisher"] else ""
        yield from words.taken_from(item, names)

    _list(dossier, "reports", about, limit, as_json=as_json, as_of=as_of)


_About = Callable[[Mapping[str, Any], Names], Iterator[str]]


def _with_fields(*fields: str) -> _About:
    """What some fields of an item say, in words, where it has them."""

    def about(item: Mapping[str, Any], names: Names) -> Iterator[str]:
        for field in fields:
            yield words.value(field, item[field], names) if item[field] else ""

    return about


def _list(
    dossier: str | None,
    what: str,
    about: _About,
    limit: int | None,
    *,
    as_json: bool,
    **asked: str | None,
) -> None:
    client = Client()
    name = dossier_of(client, dossier)
    found: list[Any] = []
    for page in pages_of(client, path_of("dossiers", name, what), limit, **asked):
        for item in page["items"]:
            if as_json:
                print_json(item)
            else:
                found.append(item)
    if as_json:
        return
    names = names_in_language(client, name, as_of=str(page["position"]))
    sheet = Sheet()
    for item in found:
        # A report is called by its label, and of no kind.
        called = names.clean(item["label"]) if what == "reports" else getattr(names, what.removesuffix("s"))(item["id"])
        kind = words.value("kind", item["kind"], names) if "kind" in item else ""
        details: list[Part] = [kind, *about(item, names)]
        sheet.row((item["id"], "cyan"), called, details=[*details, ("; ".join(_gone(item, names)), "yellow")])
    sheet.print()
    told = Told(page, client.zone(name).key, names, asked)
    told.closing(how_many(len(found), what, page, names), gap=bool(found))


def _gone(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    """What became of an item, where it is no longer one to go by."""
    if item["retracted"]:
        yield names.put("retracted")
    if item["merged_into"]:
        yield names.put("merged_into", names.whole(item["merged_into"]))
    if item.get("withdrawn"):
        yield names.put("withdrawn")
    if item.get("discredited_because"):
        yield names.put("report_discredited")
