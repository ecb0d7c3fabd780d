"""What a refusal is. Each rule's own error stands beside the rule that raises it."""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal: it changes nothing, names its place and says the way out.

    `code` is stable for ever (clients match on it); `field` is the path of the offending field, parts joined
    by dots (`best`, `areas.0.when`), or empty where no single field is at fault; `details` are JSON values.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, field: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details: Mapping[str, Any] = details
