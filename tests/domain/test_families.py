"""The four families of change."""

from domain.events import EVENT_TYPES
from domain.families import FAMILIES


def test_every_event_belongs_to_one_family() -> None:
    assert FAMILIES.keys() == EVENT_TYPES.keys()
