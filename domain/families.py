"""The four families of change, never mixed: to which of them each event belongs."""

from typing import Literal

Family = Literal["source", "record", "judgement", "world"]

# The source changed its word; our record was wrong; our judgement changed; the world did, or we learned of more of it.
FAMILIES: dict[str, Family] = {
    "claim.revised": "source",
    "claim.withdrawn": "source",
    "report.withdrawn": "source",
    "dossier.described": "record",
    "source.corrected": "record",
    "source.retracted": "record",
    "actor.corrected": "record",
    "actor.retracted": "record",
    "place.corrected": "record",
    "place.retracted": "record",
    "report.corrected": "record",
    "report.retracted": "record",
    "claim.corrected": "record",
    "claim.statement_retracted": "record",
    "claim.statement_reinstated": "record",
    "claim.retracted": "record",
    "claim.reinstated": "record",
    "source.graded": "judgement",
    "report.discredited": "judgement",
    "claim.graded": "judgement",
    "claim.related": "judgement",
    "incident.opened": "judgement",
    "incident.described": "judgement",
    "incident.linked": "judgement",
    "incident.unlinked": "judgement",
    "incident.merged": "judgement",
    "incident.split": "judgement",
    "assessment.issued": "judgement",
    "assessment.revised": "judgement",
    "assessment.withdrawn": "judgement",
    "dossier.opened": "world",
    "source.registered": "world",
    "actor.registered": "world",
    "place.registered": "world",
    "report.filed": "world",
    "claim.recorded": "world",
}
# What is appended together with the first word about an item is no change of it.
SAID_AT_ONCE = ("claim.related", "incident.linked")
