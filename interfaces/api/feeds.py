"""Corrections as newsrooms publish them: an Atom feed (RFC 4287, paged by RFC 5005) and a JSON Feed 1.1."""

import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from application.event_log import Stored
from application.reading import Reading
from application.shown import Moment
from application.watch import StreamKind
from domain.families import Family
from domain.when import moment_text
from infrastructure.questions.corrections import corrections
from infrastructure.read_models.dossiers import dossier_as_of
from interfaces.api.access import signers, system_of
from interfaces.api.answer import Answer, declares
from interfaces.api.correction_told import CorrectionItem, HeldFor, told_whole
from interfaces.api.corrections import entries_of
from interfaces.api.heavy import heavy
from interfaces.api.languages import language_of, told_in
from interfaces.api.reading import Id, PositionQuery, Viewer, connected, no_such_item, reading_of
from interfaces.messages.wording import WORDINGS, Language, Wording
from interfaces.messages.words import ByWhom, clean, completes, family_in_words

router = APIRouter(tags=["follow"])

ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
ATOM_NAMESPACE, OUR_NAMESPACE = "http://www.w3.org/2005/Atom", "urn:kroniek:feed:1"
# What was recorded within one second has one Last-Modified: it is told once no more can be recorded in that second,
# by a clock as far behind as the log allows.
SETTLED_AFTER = timedelta(seconds=6)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Form = Literal["atom", "json"]
VALIDATORS = ("ETag", "Cache-Control", "Last-Modified", "Content-Language", "Vary")


class FeedQuery(PositionQuery):
    family: Literal["source", "record", "judgement", "declared"] | None = Field(
        None, description="source, record, judgement or declared; what unsays one of it is among them"
    )
    kind: StreamKind | None = Field(None, description="of what: claim, report, place ...")
    id: Id | None = Field(None, description="of this item")
    before: int | None = Field(None, ge=0, lt=10**18, description="older ones: recorded before this position")
    limit: int = Field(50, ge=1, le=100, description="how many items a page has at most")


class JsonFeedLink(TypedDict):
    id: str
    updated: Moment


JsonFeedLink.__doc__ = """The feed as Atom knows it."""


class Author(TypedDict):
    """Who made a correction."""

    name: str


class CorrectionInFeed(CorrectionItem):
    """A correction as its own address tells it, without its words."""

    holds_for: HeldFor


class JsonFeedItem(TypedDict):
    """One correction. `_kroniek` has it as data."""

    id: str
    url: str
    title: str
    content_text: str
    date_published: Moment
    date_modified: Moment
    authors: list[Author]
    tags: list[Family]
    _kroniek: CorrectionInFeed


class JsonFeed(TypedDict):
    """JSON Feed 1.1. Older corrections are at `next_url`."""

    version: Literal["https://jsonfeed.org/version/1.1"]
    title: str
    home_page_url: str
    feed_url: str
    next_url: NotRequired[str]
    description: str
    authors: list[Author]
    language: Language
    items: list[JsonFeedItem]
    _kroniek: JsonFeedLink


@dataclass(frozen=True)
class Feed:
    """A page of corrections, the newest first. `items` are as `read_correction` tells them, with `event` and `url`."""

    id: str
    language: Language
    title: str
    about: str
    updated: str
    addresses: Mapping[str, str]
    items: Sequence[Mapping[str, Any]]


@router.get(
    "/dossiers/{dossier}/corrections.atom",
    summary="Corrections as an Atom feed",
    operation_id="read_corrections_atom",
    response_class=Response,
)
@declares(Answer(str, media_type=ATOM), Answer(None, 304), headers=VALIDATORS)
@heavy
async def read_corrections_atom(
    request: Request, dossier: str, query: Annotated[FeedQuery, Query()], viewer: Viewer
) -> Response:
    """The newest first, each with what it says in plain words. Older ones are linked with `rel="next"`.

    Words are in the language that `Accept-Language` takes best: English, Dutch or Arabic.
    """
    return await _answer(request, dossier, query, viewer, "atom")


@router.get(
    "/dossiers/{dossier}/corrections.json",
    summary="Corrections as a JSON Feed",
    operation_id="read_corrections_json",
    response_class=Response,
)
@declares(Answer(JsonFeed, media_type=JSON_FEED), Answer(None, 304), headers=VALIDATORS)
@heavy
async def read_corrections_json(
    request: Request, dossier: str, query: Annotated[FeedQuery, Query()], viewer: Viewer
) -> Response:
    """The same as `corrections.atom`; the data of each correction is in `_kroniek`. Older ones are in `next_url`.

    Words are in the language that `Accept-Language` takes best: English, Dutch or Arabic.
    """
    return await _answer(request, dossier, query, viewer, "json")


async def _answer(request: Request, dossier: str, query: FeedQuery, viewer: str | None, form: Form) -> Response:
    reading = await reading_of(request, dossier, query.question(), viewer)
    wanted, language = (query.kind, query.id), language_of(request)
    async with connected(request) as connection:
        newest = await corrections(connection, reading, query.family, wanted, query.before, 1, newest_first=True)
        held: Mapping[str, Any] | None = await dossier_as_of(connection, reading)
    if held is None:
        raise no_such_item(reading, "dossier", dossier)
    changed = await _stored(request, reading, newest[0].position if newest else 1)
    headers = _validators(request, reading, changed, held["version"], language)
    if _is_known(request, headers):
        del headers["Content-Language"]
        return Response(status_code=304, headers=headers)
    feed = await _feed(request, reading, query, held["title"], changed, language)
    body = _atom(feed, request.app.version) if form == "atom" else to_json(_json_feed(feed))
    return Response(body, media_type=ATOM if form == "atom" else JSON_FEED, headers=headers)


async def _stored(request: Request, reading: Reading, position: int) -> Stored:
    (found,) = await system_of(request).log.stored(reading.dossier_id, position - 1, 1)
    return found


def _validators(
    request: Request, reading: Reading, changed: Stored, version: int, language: Language
) -> dict[str, str]:
    """The headers by which a reader learns without asking for more that nothing changed.

    An entry is as of its own position, so it is the newest one and the title that decide.
    """
    decides = [
        str(request.url), request.app.version, changed.cursor, version, sorted(reading.generations.items()),
        reading.stands_still, language,
    ]  # fmt: skip
    tag = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", **told_in(language)}
    if datetime.now(UTC) - changed.recorded_at > SETTLED_AFTER:
        headers["Last-Modified"] = format_datetime(changed.recorded_at.astimezone(UTC), usegmt=True)
    return headers


def _is_known(request: Request, headers: Mapping[str, str]) -> bool:
    """Whether the reader has this page (RFC 9110, section 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return any(tag.strip().removeprefix("W/") in ("*", headers["ETag"]) for tag in tags.split(","))
    since = request.headers.get("if-modified-since")
    if since is None or "Last-Modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


async def _feed(
    request: Request, reading: Reading, query: FeedQuery, title: str, changed: Stored, language: Language
) -> Feed:
    # One more than the page tells whether there is a next one.
    entries = await entries_of(request, reading, query, query.before, query.limit + 1, newest_first=True)
    page = entries[: query.limit]
    opened = await _stored(request, reading, 1)
    called = await signers(request, (entry.recorded for entry in page))
    items: list[Mapping[str, Any]] = []
    async with connected(request) as connection:
        for entry in page:
            told = await told_whole(connection, reading, entry, called, language)
            link = request.url_for("read_correction", dossier=reading.dossier_id, position=entry.recorded.position)
            items.append({**told, "event": f"urn:uuid:{entry.recorded.id}", "url": str(link)})
    more = page[-1].recorded.position if len(entries) > len(page) else None
    narrowed = {name: getattr(query, name) for name in ("family", "kind", "id") if getattr(query, name) is not None}
    return Feed(
        # Its own for each dossier of any installation, and for each choice of corrections; the same on all pages.
        id=f"urn:uuid:{uuid5(opened.id, json.dumps(narrowed, sort_keys=True))}",
        language=language,
        title=_title(title, query, WORDINGS[language]),
        about=_about(reading, WORDINGS[language]),
        updated=items[0]["recorded_at"] if items else moment_text(changed.recorded_at),
        addresses=_addresses(request, reading, query, narrowed, more),
        items=items,
    )


def _title(title: str, query: FeedQuery, wording: Wording) -> str:
    said, told = wording.sentences, clean(title, right_to_left=True) if wording.right_to_left else title
    if query.kind is None and query.id is None:
        told = said["feed"].format(told)
    else:
        told = said["feed_of"].format(told, " ".join(filter(None, (query.kind or said["feed_item"], query.id))))
    return told if query.family is None else said["feed_family"].format(told, wording.families[query.family])


def _about(reading: Reading, wording: Wording) -> str:
    told = wording.sentences["feed_about"]
    if reading.stands_still is not None:
        position = wording.number(reading.position)
        told += f" {wording.sentences['feed_still'].format(position=position, why=reading.stands_still)}"
    return told


def _addresses(
    request: Request, reading: Reading, query: FeedQuery, narrowed: dict[str, Any], more: int | None
) -> dict[str, str]:
    """Of this page in both forms, of the next one, and of the corrections as a list."""
    dossier = reading.dossier_id
    asked = query.model_dump(include={"as_of", "before"}, exclude_none=True) | narrowed
    asked |= {"limit": query.limit} if "limit" in query.model_fields_set else {}

    def address(name: str, **given: Any) -> str:
        return str(request.url_for(name, dossier=dossier).include_query_params(**given))

    found = {
        "atom": address("read_corrections_atom", **asked),
        "json": address("read_corrections_json", **asked),
        "list": address("list_corrections", **narrowed, order="newest"),
    }
    if more is not None:
        found["next_atom"] = address("read_corrections_atom", **asked | {"before": more})
        found["next_json"] = address("read_corrections_json", **asked | {"before": more})
    return found


def _json_feed(feed: Feed) -> JsonFeed:
    told: JsonFeed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.addresses["list"],
        "feed_url": feed.addresses["json"],
        "description": feed.about,
        "authors": [{"name": "Kroniek"}],
        "language": feed.language,
        "_kroniek": {"id": feed.id, "updated": feed.updated},
        "items": [_json_item(item) for item in feed.items],
    }
    if "next_json" in feed.addresses:
        told["next_url"] = feed.addresses["next_json"]
    return told


def _json_item(item: Mapping[str, Any]) -> JsonFeedItem:
    data: Any = {name: value for name, value in item.items() if name not in ("event", "url", "title", "text")}
    return {
        "id": item["event"],
        "url": item["url"],
        "title": item["title"],
        "content_text": item["text"],
        "date_published": item["recorded_at"],
        "date_modified": item["recorded_at"],
        "authors": [{"name": _who(item)}],
        "tags": [item["family"]],
        "_kroniek": data,
    }


def _who(item: Mapping[str, Any]) -> str:
    return str(item["principal_name"] or item["principal"])


def _atom(feed: Feed, version: str) -> bytes:
    root = Element("feed", {"xmlns": ATOM_NAMESPACE, "xmlns:kroniek": OUR_NAMESPACE, "xml:lang": feed.language})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.about)
    _add(root, "updated", feed.updated)
    _add(SubElement(root, "author"), "name", "Kroniek")
    _add(root, "generator", "Kroniek", version=version)
    _add(root, "link", rel="self", type=ATOM, href=feed.addresses["atom"])
    _add(root, "link", rel="alternate", type=JSON_FEED, href=feed.addresses["json"])
    _add(root, "link", rel="alternate", type="application/json", href=feed.addresses["list"])
    if "next_atom" in feed.addresses:
        _add(root, "link", rel="next", type=ATOM, href=feed.addresses["next_atom"])
    for item in feed.items:
        _atom_entry(SubElement(root, "entry"), item, WORDINGS[feed.language])
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _atom_entry(entry: Element, item: Mapping[str, Any], wording: Wording) -> None:
    _add(entry, "id", item["event"])
    _add(entry, "title", item["title"])
    _add(entry, "link", rel="alternate", type="application/json", href=item["url"])
    _add(entry, "published", item["recorded_at"])
    _add(entry, "updated", item["recorded_at"])
    _add(SubElement(entry, "author"), "name", _who(item))
    label = family_in_words(item["family"], item["type"], ByWhom.of(item), wording)
    if completes(item["type"], ((each["before"], each["after"]) for each in item["changes"])):
        label = wording.families["incomplete"]
    _add(entry, "category", term=item["family"], label=label)
    begins = '<p dir="rtl">' if wording.right_to_left else "<p>"
    paragraphs = (f"{begins}{html.escape(each)}</p>" for each in item["text"].split("\n\n"))
    _add(entry, "content", "".join(paragraphs), type="html")
    _our_own(SubElement(entry, "kroniek:correction"), item)


def _our_own(told: Element, item: Mapping[str, Any]) -> None:
    """The data of a correction; what it changed is JSON, as in the other answers."""
    for name in ("position", "family", "type", "kind", "id", "report"):
        if item[name] is not None:
            told.set(name, str(item[name]))
    for clock, value in item["holds_for"].items():
        held = {name: json.dumps(each) if isinstance(each, bool) else each for name, each in (value or {}).items()}
        _add(told, f"kroniek:{clock}", **held)
    for change in item["changes"]:
        about = {name: change[name] for name in ("field", "statement") if name in change}
        changed = _add(told, "kroniek:change", **about)
        for side in ("before", "after"):
            _add(changed, f"kroniek:{side}", json.dumps(change[side], ensure_ascii=False))
    for kind, ids in item["touches"].items():
        for id_ in ids:
            _add(told, "kroniek:touches", id_, kind=kind)


def _add(parent: Element, name: str, text: str | None = None, /, **attributes: Any) -> Element:
    given = {key: _xml_text(str(value)) for key, value in attributes.items() if value is not None}
    added = SubElement(parent, name, given)
    added.text = None if text is None else _xml_text(text)
    return added


def _xml_text(text: str) -> str:
    """XML cannot carry every character that a record can hold."""
    return _NOT_XML.sub("�", text)
