"""Subscriptions through the Python client, on an installation that may send to this machine."""

from collections.abc import Callable, Iterator

import pytest

from interfaces.client import Conflict, Dossier, Kroniek, NotFound, OpenDossier, Refused, RegisterPlace, subscriptions
from tests.interfaces.met import Met
from tests.interfaces.receiving import Receiver, receiver
from tests.interfaces.running import Running, eventually, running


@pytest.fixture(scope="module")
def embedded(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("embedded")
    settings = {"KRONIEK_EMBEDDED": "true"}
    with running(new_database(), valkey_url.replace("db=0", "db=12"), folder, settings=settings) as there:
        yield there


@pytest.fixture
def dossier(embedded: Running) -> Iterator[Dossier]:
    """An empty dossier."""
    with Kroniek(embedded.url, embedded.token) as kroniek:
        yield kroniek.dossier(kroniek.open(OpenDossier(title="One")).id)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


def place(number: int) -> RegisterPlace:
    return RegisterPlace(id=f"p{number}", name="الباغوز", kind="village")


def distinct(hook: Receiver) -> list[int]:
    """Whose messages came, in order. One may come twice, with the id that it had."""
    return list({received.id: received.position for received in list(hook.received)}.values())


def at_end(dossier: Dossier) -> bool:
    return dossier.subscription("desk").behind == 0


def test_a_subscription_is_made_paused_resumed_replayed_and_deleted(dossier: Dossier, hook: Receiver) -> None:
    head = dossier.batch([place(1), place(2)]).position
    made = dossier.subscribe(f"{hook.url}/desk", {"type": "place.registered"}, after=0, id="desk", name="The desk")
    assert (made.id, made.name, made.status, made.position) == ("desk", "The desk", "active", 0)
    assert made.watch == {"type": ["place.registered"]}
    eventually(lambda: at_end(dossier) and distinct(hook) == [2, 3], "both are delivered")
    assert all(received.verified(made.secret) for received in hook.received)

    assert dossier.pause("desk", because="lunch").because == "lunch"
    dossier.send(place(3))
    assert dossier.subscription("desk").behind >= 1
    assert dossier.resume("desk").status == "active"
    eventually(lambda: at_end(dossier) and distinct(hook) == [2, 3, 4], "the third is delivered")
    so_far = len(hook.received)
    dossier.replay("desk", head - 1)
    eventually(lambda: at_end(dossier) and len(hook.received) >= so_far + 2, "two are delivered again")
    # With the ids that they had.
    assert distinct(hook) == [2, 3, 4]

    rotated = dossier.rotate("desk", overlap_s=0)
    dossier.send(place(4))
    eventually(lambda: at_end(dossier) and distinct(hook) == [2, 3, 4, 5], "the fourth is delivered")
    assert hook.received[-1].verified(rotated.secret)
    assert not hook.received[-1].verified(made.secret)

    assert dossier.change_subscription("desk", name="Night desk").name == "Night desk"
    (listed,) = dossier.subscriptions()
    assert (listed.id, listed.name) == ("desk", "Night desk")
    attempts = [*dossier.deliveries("desk", limit=2)]
    assert [(one.position, one.status) for one in attempts[:1]] == [(5, 204)]
    assert {one.id for one in attempts} == set(hook.ids)
    dossier.unsubscribe("desk")
    with pytest.raises(NotFound):
        dossier.subscription("desk")


def test_what_cannot_be_subscribed_to_is_refused(dossier: Dossier, hook: Receiver) -> None:
    for url, watch, code in (
        ("ftp://example.com/x", {}, "target_refused"),
        (hook.url, {"place": "nowhere"}, "unknown_reference"),
        (hook.url, {"question": "control"}, "missing_field"),
    ):
        with pytest.raises(Refused) as refused:
            dossier.subscribe(url, watch)
        assert refused.value.code == code
    dossier.subscribe(hook.url, id="once")
    with pytest.raises(Conflict):
        dossier.subscribe(hook.url, id="once")
    dossier.unsubscribe("once")


def test_the_models_of_subscriptions_hold_every_field_and_no_other(dossier: Dossier, hook: Receiver) -> None:
    met = Met()
    head = dossier.send(place(9)).position
    met.look(dossier.subscribe(hook.url, {"question": "control", "place": "p9", "at": "latest"}, id="m1"))
    met.look([dossier.subscribe(hook.url, after=head - 1, id="m2"), dossier.rotate("m2")])
    eventually(lambda: [*dossier.deliveries("m2")], "one was delivered")
    met.look([dossier.subscription("m1"), dossier.pause("m1"), dossier.subscriptions(), dossier.deliveries("m2")])
    assert met.beside == set()
    for model in (subscriptions.Subscription, subscriptions.NewSubscription, subscriptions.Delivery):
        assert set(model.model_fields) - met.fields[model.__name__] == set()
