"""News as it leaves the house, the same whoever carries it: CloudEvents, structured JSON."""

import json
from hashlib import sha256
from typing import Any, assert_never, get_args
from urllib.parse import quote, urlencode

from application.event_log import Stored, canonical
from application.following.news import AnswerChanged, Cause, EventPassed, News
from application.following.sending import Message
from application.watch import (
    LATEST,
    BasisOfAssessment,
    ControlOfPlace,
    DisagreementsOfPlace,
    FiguresOfTopic,
    RecordOfSource,
    Watched,
    WatchedQuestion,
    told_watch,
)
from domain.families import Family
from domain.when import moment_text
from interfaces.messages.cloud_events import ANSWER_CHANGED, cloud_event

# Of a message: larger answers are left out of it, and of so many events that may have changed one the later ones.
LARGEST_ANSWERS = 512 * 1024
MOST_EVENTS = 1000

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def message_of(news: News, epoch: str | None = None) -> Message:
    """For one watch, place and epoch always the same."""
    match news:
        case EventPassed(event, place):
            return Message(place, event.type, cloud_event(event, place.cursor, epoch))
        case AnswerChanged():
            return Message(news.place, ANSWER_CHANGED, _json.encode(_envelope(news, epoch)))
        case unknown:
            assert_never(unknown)


def _envelope(news: AnswerChanged, epoch: str | None) -> dict[str, Any]:
    watched, last = news.watched, news.place.position
    families = {cause.family for cause in news.causes}
    data: dict[str, Any] = {
        "question": told_watch(watched),
        "families": [family for family in get_args(Family) if family in families],
        "events": [_cause(cause) for cause in news.causes[:MOST_EVENTS]],
    }
    if len(news.causes) > MOST_EVENTS:
        data["more_events"] = len(news.causes) - MOST_EVENTS
    answers = {"before": news.before, "after": news.after}
    data |= {"too_large": True} if len(_json.encode(answers).encode()) > LARGEST_ANSWERS else answers
    asked = (("before", news.since), ("after", last))
    data["ask"] = {name: address_of(news.dossier_id, watched, position) for name, position in asked}
    return {
        "specversion": "1.0",
        "id": _id(news.end, watched),
        "source": f"/api/v1/dossiers/{news.dossier_id}",
        "type": ANSWER_CHANGED,
        "subject": path_of(watched),
        "time": moment_text(news.end.recorded_at),
        "datacontenttype": "application/json",
        "position": last,
        "cursor": news.place.cursor,
        **({"epoch": epoch} if epoch else {}),
        "data": data,
    }


def _id(end: Stored, watched: Watched) -> str:
    """The same whenever it is told. An event of another log that took its position has another id."""
    return sha256(canonical([str(end.id), told_watch(watched)]).encode()).hexdigest()[:32]


def _cause(cause: Cause) -> dict[str, Any]:
    one = cause.event
    data = json.loads(one.data)
    changed_by = data.get("changed_by")
    return {
        "position": one.position,
        "type": one.type,
        "family": cause.family,
        "subject": str(one.stream),
        "reason": data.get("reason"),
        "principal": one.principal,
        **({"changed_by": changed_by} if changed_by else {}),
        **({"without_notice": True} if data.get("without_notice") else {}),
    }


def path_of(watched: Watched) -> str:
    """The address of a question below its dossier, without clocks: what a message about its answer is about."""
    match watched:
        case ControlOfPlace(place=place):
            return f"places/{place}/control"
        case FiguresOfTopic(topic=topic):
            return f"figures/{topic}"
        case DisagreementsOfPlace(place=place):
            return f"disagreements/{place}"
        case BasisOfAssessment(assessment=assessment):
            return f"assessments/{assessment}"
        case RecordOfSource(source=source):
            return f"sources/{source}/record"
        case unknown:
            assert_never(unknown)


def address_of(dossier_id: str, watched: Watched, position: int) -> str:
    """Where the answer as of a position is to be had, by the same clocks."""
    asked: dict[str, Any] = {}
    match watched:
        case ControlOfPlace(rule=rule, undated=undated):
            path, asked = path_of(watched), {"rule": rule, "undated": "true" if undated else None}
        case FiguresOfTopic(topic=topic, rule=rule):
            path, asked = "figures", {"topic": topic, "rule": rule}
        case DisagreementsOfPlace(place=place, kind=kind):
            path, asked = "disagreements", {"place": place, "kind": kind}
        case _:
            path = path_of(watched)
    if isinstance(watched, WatchedQuestion) and watched.at != LATEST:
        asked["at"] = watched.at
    if watched.reported_by is not None:
        asked |= {"reported_by": watched.reported_by, "certainty": watched.certainty}
    asked["as_of"] = position
    query = urlencode({name: value for name, value in asked.items() if value is not None}, safe=",:")
    return f"/api/v1/dossiers/{quote(dossier_id)}/{path}?{query}"
