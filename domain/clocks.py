"""The two clocks besides the log's own position: when it was so in the world, and when it was reported."""

from dataclasses import dataclass
from typing import Literal

from domain import when

Certainty = Literal["certain", "possible"]


@dataclass(frozen=True, slots=True)
class Clocks:
    """`at`: when it was so in the world. `reported_by`: what a reader could have known by then, certainly or possibly.

    Instants in microseconds since 1970 UTC; None takes everything.
    """

    at: when.Instant | None = None
    reported_by: when.Instant | None = None
    certainty: Certainty = "certain"

    def has_passed(self, moment: when.Bounds) -> bool:
        """Whether what happened at some moment within these bounds was known by `reported_by`."""
        bound = moment.latest if self.certainty == "certain" else moment.earliest
        return self.reported_by is None or bound <= self.reported_by
