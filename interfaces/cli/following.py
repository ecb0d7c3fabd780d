"""`kroniek follow`: the log of a dossier as it grows."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx
import typer

from domain.fields import plain
from interfaces.cli import words
from interfaces.cli.client import Client, Event, NobodyAnswers, path_of
from interfaces.cli.output import Failed, clean, out, say, tell
from interfaces.cli.reading import Dossier, dossier_of, names_of
from interfaces.cli.words import Names

COME_BACK_AFTER_S = 1.0


def follow(
    dossier: Dossier = None,
    after: Annotated[str | None, typer.Option(help="A position or cursor; from now on if left out, 0 for all.")] = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only events of this type; repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Each event as a CloudEvent, one a line.")] = False,
) -> None:
    """Follow the log live: every change as it is recorded, in order, none missing. Ctrl-C ends it.

    Examples:

        kroniek follow

        kroniek follow --after 0 --type claim.corrected --type claim.retracted
    """
    client = Client()
    name = dossier_of(client, dossier)
    if after is None:
        after = str(client.get(path_of("dossiers", name))["head"])
    told = _Telling(client, name)
    try:
        for event in _without_end(client, path_of("dossiers", name, "events"), after, type_ or None):
            if as_json:
                say(event.data)
                out().file.flush()
            else:
                told.tell(json.loads(event.data))
    except KeyboardInterrupt:
        return


def _without_end(client: Client, path: str, after: str, types: list[str] | None) -> Iterator[Event]:
    """Every event after a position, over as many connections as it takes, each beginning where the last broke off."""
    last_id: str | None = None
    connected = broken = False
    while True:
        try:
            for event in client.stream(path, after=after, type=types, last_id=last_id):
                connected = True
                if broken:
                    broken = False
                    tell(("connected again", "dim"))
                if event.name == "reset":
                    tell(("The log is not the one that was followed; it is told anew from the start.", "yellow"))
                    after, last_id = "0", None
                    continue
                last_id = event.id or last_id
                if event.data:
                    yield event
        except httpx.TransportError as error:
            if not connected:
                raise NobodyAnswers(client.url, str(error) or type(error).__name__) from None
        except Failed as refused:
            # While it starts again, or its log cannot be reached, a server says 503.
            if not connected or getattr(refused, "status", 0) < 500:
                raise
        if not broken:
            broken = True
            tell(("the connection broke; trying again ...", "dim"))
        time.sleep(COME_BACK_AFTER_S)


class _Telling:
    """Prints events of a dossier, each on a line, with the names that it knows so far."""

    def __init__(self, client: Client, dossier: str) -> None:
        self._client = client
        self._dossier = dossier
        self._names = names_of(client, dossier)
        self._principals = self._held_tokens()

    def _held_tokens(self) -> dict[str, str]:
        if not self._client.may_write:
            return {}
        try:
            return {item["principal"]: item["name"] for item in self._client.get("/tokens")["items"]}
        except Failed:
            return {}

    def tell(self, event: Mapping[str, Any]) -> None:
        principal = str(event["principal"])
        say(
            (f"{event['position']:>6}  ", "dim"),
            (event["time"][11:19] + "  ", "dim"),
            (clean(self._principals.get(principal, principal)), "cyan"),
            f"  {what_happened(event, self._names)}",
        )
        out().file.flush()


def what_happened(event: Mapping[str, Any], names: Names) -> str:
    """One event of the log in a line."""
    kind, _, id_ = str(event["subject"]).partition("/")
    verb, data = str(event["type"]).partition(".")[2], plain(event["data"])
    told = f"{kind} {id_} {verb}"
    match event["type"]:
        case "claim.recorded":
            place = data["content"].get("place")
            where = f", {names.place(place)}" if place else ""
            told += f": {words.said(data['content'], names)}{where} [{words.who(data['content'], names)}]"
        case "claim.corrected":
            sets = {name: given for mend in data["mends"] for name, given in mend["set"].items()}
            told += f": {_sets(sets, names)}"
        case "claim.related":
            told += f": {'no longer ' if data.get('removed') else ''}{data['relation'].replace('_', ' ')} "
            told += ", ".join(data["to"])
        case "claim.graded":
            told += f": credibility {data['credibility']}"
        case "source.graded":
            told += f": reliability {data['reliability']}"
        case _ if "set" in data:
            told += f": {_sets(data['set'], names)}"
        case _ if "details" in data:
            details = data["details"]
            told += f": {clean(details.get('name') or details.get('label') or details.get('title') or '')}"
        case _:
            pass
    if data.get("report") and event["type"] in ("claim.revised", "claim.withdrawn"):
        told += f", in {data['report']}"
    return told + (f" (because: {clean(data['reason'])})" if data.get("reason") else "")


def _sets(changes: Mapping[str, Any], names: Names) -> str:
    return ", ".join(f"{name} is now {words.value(name, given, names)}" for name, given in changes.items())
