"""Webhooks: subscriptions, what becomes of them, and every attempt to deliver."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from application.delivery import PausedFor, SubscriptionStatus
from application.event_log import canonical
from application.execute import NoSuchDossier
from application.following.subscription import Delivery, Subscription, no_such_subscription
from application.reading import NotInThePast
from application.shown import Moment, ShownWatch
from application.watch import EventFilter, Watched, read_watch, told_watch
from domain.events import EventType
from domain.fact import Value
from domain.fields import AS_WHOLE, NotASlug, NothingChanges, Slug, Text
from domain.when import moment_text
from interfaces.api.access import SignedIn, signed_in, system_of
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.bodies import given_body
from interfaces.api.declared import own_words_in_watch, refuse_undeclared
from interfaces.api.named_items import (
    called_in_watch,
    ids_of_names,
    in_ids,
    named_in_watch,
    refuse_unknown,
    refuse_unused_words,
    words_in_watch,
)
from interfaces.api.reading import Cursor, Name, Position, begun_after, cursor_of
from interfaces.bootstrap import System

LARGEST_BODY = 64 * 1024
PATH = "/dossiers/{dossier}/subscriptions"
ONE = PATH + "/{id}"

router = APIRouter(tags=["subscribe"])
Asking = Annotated[SignedIn, Depends(signed_in)]
_WATCH = {"anyOf": [model.model_json_schema() for model in (EventFilter, *get_args(Watched))]}
_SECRET = {"Cache-Control": "no-store"}
_At = Annotated[int, Field(strict=True, ge=0, lt=2**63), AS_WHOLE]


def _start(given: Any) -> Any:
    if given == "now":
        return given
    if type(given) in (int, float) and 0 <= given < 2**63 and given == int(given):
        return int(given)
    raise PydanticCustomError("start", "a position, or `now`")


_STARTS = {"anyOf": [{"const": "now"}, {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63}]}
Start = Annotated[Literal["now"] | int, PlainValidator(_start), WithJsonSchema(_STARTS)]


class NewSubscription(Value):
    """What is to be told, and where to. `from`: after which position, 0 for all that there is."""

    url: Annotated[str, Text(2000)]
    watch: Annotated[dict[str, Any], WithJsonSchema(_WATCH)]
    from_: Start = Field("now", alias="from")
    id: Slug | None = None
    name: Annotated[str, Text(200)] | None = None


class ChangedSubscription(Value):
    """What is to be changed of it."""

    url: Annotated[str, Text(2000)] | None = None
    name: Annotated[str, Text(200)] | None = None


class Replay(Value):
    """After which position it goes on."""

    from_: _At = Field(alias="from")


class Pause(Value):
    """Why, if it is to be told."""

    because: Annotated[str, Text(2000)] | None = None


class NewSecret(Value):
    """For so long the secret before signs too."""

    overlap_s: Annotated[int, Field(strict=True, ge=0, le=30 * 86400), AS_WHOLE] = 86400


class SubscriptionItem(TypedDict):
    """Where a subscription stands: everything up to `position` is delivered, or was not asked for.

    `behind` says how much of the log there is after it, `because` why it is not active, and `paused_for` in one word:
    somebody `asked`, its receiver was `failing`, the log was `restored` or holds other events (`another_log`), or the
    token of whoever vouched for it was `revoked`. `vouched_by` is who made it, or last resumed, replayed or redirected
    it. `tries` says how often the message under way was tried.
    """

    id: str
    name: str | None
    url: str
    watch: ShownWatch
    status: SubscriptionStatus
    because: str | None
    paused_for: PausedFor | None
    position: int
    behind: int
    tries: int
    failing_since: Moment | None
    next_attempt_at: Moment | None
    created_at: Moment
    created_by: str
    vouched_by: str


class SubscriptionMade(SubscriptionItem):
    """A new subscription, with the secret that its messages are signed with: shown this once."""

    secret: str


class Subscriptions(TypedDict):
    """The subscriptions of a dossier, in the order of their ids. `head` is the last position of its log."""

    head: int
    items: list[SubscriptionItem]
    next: str | None


class SecretMade(TypedDict):
    """The new secret, shown this once. For `overlap_s` the one before signs too."""

    id: str
    secret: str
    overlap_s: int


class DeliveryItem(TypedDict):
    """One attempt at one message, `id`. Where nothing was answered `status` is null, and `error` says why."""

    id: str
    position: int
    type: EventType | Literal["answer.changed"]
    attempt: int
    time: Moment
    status: int | None
    duration_ms: int
    response: str | None
    error: str | None
    next_attempt_at: Moment | None


class Deliveries(TypedDict):
    """Attempts to deliver, the newest first. `next` is the cursor of the page after it, null where the list ends."""

    items: list[DeliveryItem]
    next: str | None


_AFTER_ID: TypeAdapter[str] = TypeAdapter(Name)
_BEFORE_ENTRY: TypeAdapter[int] = TypeAdapter(Position)


class SubscriptionsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before")


class DeliveriesQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before")


async def of_mine(request: Request, dossier: str, id: str, asking: Asking) -> SignedIn:
    """Who asks about a subscription that is theirs to look after: they made it, or vouch for it, or are an admin.

    Raises:
        NoSuchItem: it is another's, or there is none.
    """
    system = system_of(request)
    await _head(system, dossier)
    found = await system.subscriptions.one(dossier, id)
    if asking.principal not in (found.created_by, found.vouched_by) and "admin" not in asking.caller.roles(dossier):
        raise no_such_subscription(dossier, id)
    return asking


OfMine = Annotated[SignedIn, Depends(of_mine)]


@router.post(
    PATH,
    status_code=201,
    summary="Subscribe",
    operation_id="create_subscription",
)
@declares(takes=NewSubscription, headers=("Location", "Cache-Control"))
async def create_subscription(request: Request, dossier: str, asking: Asking) -> JsonAnswer[SubscriptionMade]:
    """Tells a URL of events, or of the changes of an answer. The secret that messages are signed with is shown here."""
    new = await given_body(request, NewSubscription, LARGEST_BODY)
    if new.id is not None and "." in new.id:
        raise NotASlug("the id of a subscription has no dots: it begins the ids of its messages", field="id")
    system = system_of(request)
    head = await _head(system, dossier)
    ids = await ids_of_names(system, dossier, called_in_watch(new.watch, "watch"), in_body=True)
    watch = read_watch(in_ids(new.watch, ids, "watch"), prefix="watch")
    await refuse_unknown(system, dossier, named_in_watch(watch, "watch"), in_body=True)
    await refuse_undeclared(system, dossier, own_words_in_watch(watch, "watch"), in_body=True)
    await refuse_unused_words(system, dossier, words_in_watch(watch, "watch"), in_body=True)
    position = head if new.from_ == "now" else _reached(new.from_, head)
    await system.targets.check(new.url)
    made = await system.subscriptions.create(
        dossier,
        new.id,
        url=new.url,
        watch=canonical(told_watch(watch)),
        needs_rows=not isinstance(watch, EventFilter) or watch.asks_for_touches,
        name=new.name,
        position=position,
        cursor=await _cursor(system, dossier, position),
        created_by=asking.principal,
    )
    system.wakeups.advanced(dossier)
    headers = {"Location": f"{request.url.path.rstrip('/')}/{made.id}", **_SECRET}
    return JsonAnswer({**_item_of(made, head), "secret": made.secrets[0].secret}, 201, headers)


@router.get(PATH, summary="Who is told", operation_id="list_subscriptions")
async def list_subscriptions(
    request: Request, dossier: str, query: Annotated[SubscriptionsQuery, Query()], asking: Asking
) -> JsonAnswer[Subscriptions]:
    """Where each stands that you look after, in the order of their ids; for an admin of the dossier, all."""
    system = system_of(request)
    head = await _head(system, dossier)
    owner = None if "admin" in asking.caller.roles(dossier) else asking.principal
    found = await system.subscriptions.all(dossier, begun_after(query.cursor, _AFTER_ID), query.limit + 1, owner)
    more = cursor_of(None, found[query.limit - 1].id) if len(found) > query.limit else None
    return JsonAnswer({"head": head, "items": [_item_of(each, head) for each in found[: query.limit]], "next": more})


@router.get(ONE, summary="Where a subscription stands", operation_id="read_subscription")
async def read_subscription(request: Request, dossier: str, id: str, asking: OfMine) -> JsonAnswer[SubscriptionItem]:
    """Everything up to `position` is delivered, or was not asked for; `behind` says how much there is after it."""
    system = system_of(request)
    head = await _head(system, dossier)
    return JsonAnswer(_item_of(await system.subscriptions.one(dossier, id), head))


@router.patch(
    ONE,
    summary="Change a subscription",
    operation_id="change_subscription",
)
@declares(takes=ChangedSubscription)
async def change_subscription(request: Request, dossier: str, id: str, asking: OfMine) -> JsonAnswer[SubscriptionItem]:
    """Another URL, or another name. Another URL is tried at once."""
    changes = await given_body(request, ChangedSubscription, LARGEST_BODY)
    if changes.url is None and changes.name is None:
        raise NothingChanges("name at least one of `url` and `name`")
    system = system_of(request)
    head = await _head(system, dossier)
    if changes.url is not None:
        await system.targets.check(changes.url)
    changed = await system.subscriptions.change(dossier, id, by=asking.principal, url=changes.url, name=changes.name)
    return _done(system, changed, head)


@router.delete(ONE, status_code=204, summary="Delete a subscription", operation_id="delete_subscription")
@declares(Answer(None, 204))
async def delete_subscription(request: Request, dossier: str, id: str, asking: OfMine) -> Response:
    """Nothing more is sent, and its deliveries are forgotten."""
    system = system_of(request)
    await system.subscriptions.delete(dossier, id)
    return Response(status_code=204)


@router.post(
    ONE + "/pause",
    summary="Pause a subscription",
    operation_id="pause_subscription",
)
@declares(takes=Pause, body_needed=False)
async def pause_subscription(request: Request, dossier: str, id: str, asking: OfMine) -> JsonAnswer[SubscriptionItem]:
    """Nothing more is sent until it is resumed, and nothing is passed over meanwhile."""
    pause = await given_body(request, Pause, LARGEST_BODY, may_be_empty=True)
    system = system_of(request)
    head = await _head(system, dossier)
    return JsonAnswer(_item_of(await system.subscriptions.pause(dossier, id, pause.because), head))


@router.post(ONE + "/resume", summary="Resume a subscription", operation_id="resume_subscription")
async def resume_subscription(request: Request, dossier: str, id: str, asking: OfMine) -> JsonAnswer[SubscriptionItem]:
    """Goes on where it stands, at once."""
    system = system_of(request)
    head = await _head(system, dossier)
    return _done(system, await system.subscriptions.resume(dossier, id, by=asking.principal), head)


@router.post(
    ONE + "/replay",
    summary="Deliver again",
    operation_id="replay_subscription",
)
@declares(takes=Replay)
async def replay_subscription(request: Request, dossier: str, id: str, asking: OfMine) -> JsonAnswer[SubscriptionItem]:
    """Goes on after a position, whatever its status was. Messages have the ids that they had before."""
    replay = await given_body(request, Replay, LARGEST_BODY)
    system = system_of(request)
    head = await _head(system, dossier)
    position = _reached(replay.from_, head)
    cursor = await _cursor(system, dossier, position)
    return _done(system, await system.subscriptions.replay(dossier, id, position, cursor, by=asking.principal), head)


@router.post(
    ONE + "/secret",
    summary="Replace the secret",
    operation_id="rotate_secret",
)
@declares(takes=NewSecret, body_needed=False, headers=("Cache-Control",))
async def rotate_secret(request: Request, dossier: str, id: str, asking: OfMine) -> JsonAnswer[SecretMade]:
    """The new secret is shown here. The one before signs too until the overlap (a day) is over."""
    new = await given_body(request, NewSecret, LARGEST_BODY, may_be_empty=True)
    system = system_of(request)
    secret = await system.subscriptions.rotate(dossier, id, timedelta(seconds=new.overlap_s))
    return JsonAnswer({"id": id, "secret": secret, "overlap_s": new.overlap_s}, headers=_SECRET)


@router.get(ONE + "/deliveries", summary="Every attempt to deliver", operation_id="list_deliveries")
async def list_deliveries(
    request: Request, dossier: str, id: str, query: Annotated[DeliveriesQuery, Query()], asking: OfMine
) -> JsonAnswer[Deliveries]:
    """Newest first: when, what the receiver answered and how soon, and when it is tried again."""
    system = system_of(request)
    before = begun_after(query.cursor, _BEFORE_ENTRY)
    found = await system.subscriptions.deliveries(dossier, id, before, query.limit + 1)
    more = cursor_of(None, found[query.limit - 1].entry) if len(found) > query.limit else None
    return JsonAnswer({"items": [_delivery_item_of(each) for each in found[: query.limit]], "next": more})


async def _head(system: System, dossier: str) -> int:
    head = await system.log.head(dossier)
    if head == 0:
        raise NoSuchDossier(f"there is no dossier {dossier!r}")
    return head


def _reached(position: int, head: int) -> int:
    if position > head:
        raise NotInThePast(
            f"the dossier has {head} events; position {position} is still to come", field="from", head=head
        )
    return position


async def _cursor(system: System, dossier: str, position: int) -> str | None:
    """The cursor of the event at a position, by which another log is known."""
    if position == 0:
        return None
    (event,) = await system.log.stored(dossier, position - 1, 1, upto=position)
    return event.cursor


def _done(system: System, changed: Subscription, head: int) -> JsonAnswer[SubscriptionItem]:
    """A worker looks at once."""
    system.wakeups.advanced(changed.dossier_id)
    return JsonAnswer(_item_of(changed, head))


def _item_of(subscription: Subscription, head: int) -> SubscriptionItem:
    return {
        "id": subscription.id,
        "name": subscription.name,
        "url": subscription.url,
        "watch": json.loads(subscription.watch),
        "status": subscription.status,
        "because": subscription.because,
        "paused_for": subscription.paused_for,
        "position": subscription.position,
        "behind": head - subscription.position,
        "tries": subscription.tries,
        "failing_since": _moment(subscription.failing_since),
        "next_attempt_at": _moment(subscription.next_attempt_at),
        "created_at": moment_text(subscription.created_at),
        "created_by": subscription.created_by,
        "vouched_by": subscription.vouched_by,
    }


def _delivery_item_of(delivery: Delivery) -> DeliveryItem:
    attempt = delivery.attempt
    return {
        "id": attempt.message_id,
        "position": attempt.position,
        "type": attempt.type,
        "attempt": attempt.number,
        "time": moment_text(attempt.attempted_at),
        "status": attempt.status,
        "duration_ms": attempt.duration_ms,
        "response": attempt.response,
        "error": attempt.error,
        "next_attempt_at": _moment(delivery.next_attempt_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)
