"""Which fields of the Python client's models the answers of a server held, and what they held beside."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from interfaces.client import Listing


class Met:
    """The fields of each model that answers held; and whatever they held beside."""

    def __init__(self) -> None:
        self.fields: dict[str, set[str]] = defaultdict(set)
        self.beside: set[str] = set()

    def look(self, told: Any) -> None:
        match told:
            case BaseModel():
                name = type(told).__name__.partition("[")[0]
                self.fields[name] |= told.model_fields_set
                self.beside |= {f"{name}.{field}" for field in told.model_extra or {}}
                for field in type(told).model_fields:
                    self.look(getattr(told, field))
            case Listing():
                for page in told.pages():
                    self.look(page)
            case dict():
                self.look(told.values())
            case str() | None:
                pass
            case Iterable():
                for one in told:
                    self.look(one)
            case _:
                pass
