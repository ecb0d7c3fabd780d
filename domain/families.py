"""The families of change, never mixed: to which of them each event belongs."""

from typing import Literal

Family = Literal["source", "record", "judgement", "declared", "world"]

# The source changed its word; our record was wrong; our judgement changed; we have words more; the world changed, or we
# learned of more of it.
FAMILIES: dict[str, Family] = {
    "claim.revised": "source",
    "claim.withdrawn": "source",
    "report.withdrawn": "source",
    "dossier.described": "record",
    "source.corrected": "record",
    "source.retracted": "record",
    "source.reinstated": "record",
    "actor.corrected": "record",
    "actor.retracted": "record",
    "actor.reinstated": "record",
    "place.corrected": "record",
    "place.retracted": "record",
    "place.reinstated": "record",
    "report.corrected": "record",
    "report.withdrawal_retracted": "record",
    "report.retracted": "record",
    "report.reinstated": "record",
    "claim.corrected": "record",
    "claim.statement_retracted": "record",
    "claim.statement_reinstated": "record",
    "claim.retracted": "record",
    "claim.reinstated": "record",
    "assessment.revision_retracted": "record",
    "assessment.revision_reinstated": "record",
    "incident.retracted": "record",
    "incident.reinstated": "record",
    "person.corrected": "record",
    "person.retracted": "record",
    "person.reinstated": "record",
    "source.graded": "judgement",
    "source.merged": "judgement",
    "source.split": "judgement",
    "actor.merged": "judgement",
    "actor.split": "judgement",
    "place.merged": "judgement",
    "place.split": "judgement",
    "report.merged": "judgement",
    "report.split": "judgement",
    "report.discredited": "judgement",
    "report.discrediting_lifted": "judgement",
    "claim.graded": "judgement",
    "claim.related": "judgement",
    "incident.opened": "judgement",
    "incident.described": "judgement",
    "incident.linked": "judgement",
    "incident.unlinked": "judgement",
    "incident.merged": "judgement",
    "incident.split": "judgement",
    "person.linked": "judgement",
    "person.unlinked": "judgement",
    "person.merged": "judgement",
    "person.split": "judgement",
    "assessment.issued": "judgement",
    "assessment.revised": "judgement",
    "assessment.upheld": "judgement",
    "assessment.withdrawn": "judgement",
    "assessment.reinstated": "judgement",
    "dossier.opened": "world",
    "dossier.declared": "declared",
    "source.registered": "world",
    "actor.registered": "world",
    "place.registered": "world",
    "report.filed": "world",
    "claim.recorded": "world",
    "person.registered": "world",
    "person.fate_recorded": "world",
}
# Which events one unsays, or says again after all; of one of another family whoever follows that must hear too.
UNSAYS: dict[str, tuple[str, ...]] = {
    "dossier.described": ("dossier.declared",),
    "source.retracted": ("source.registered",),
    "source.reinstated": ("source.registered",),
    "actor.retracted": ("actor.registered",),
    "actor.reinstated": ("actor.registered",),
    "place.retracted": ("place.registered",),
    "place.reinstated": ("place.registered",),
    "report.retracted": ("report.filed", "report.withdrawn"),
    "report.reinstated": ("report.filed", "report.withdrawn"),
    "report.withdrawn": ("report.withdrawal_retracted",),
    "report.withdrawal_retracted": ("report.withdrawn",),
    "claim.statement_retracted": ("claim.revised", "claim.withdrawn"),
    "claim.statement_reinstated": ("claim.revised", "claim.withdrawn"),
    "claim.retracted": ("claim.recorded", "claim.revised", "claim.withdrawn"),
    "claim.reinstated": ("claim.recorded", "claim.revised", "claim.withdrawn"),
    "incident.retracted": ("incident.opened",),
    "incident.reinstated": ("incident.opened",),
    "assessment.revision_retracted": ("assessment.revised", "assessment.upheld"),
    "assessment.revision_reinstated": ("assessment.revised", "assessment.upheld"),
    "person.corrected": ("person.fate_recorded",),
    "person.retracted": ("person.registered", "person.fate_recorded"),
    "person.reinstated": ("person.registered", "person.fate_recorded"),
}
# What is appended together with the first word about an item is no change of it.
SAID_AT_ONCE = ("claim.related", "incident.linked", "person.linked")


def unsaid_of(family: Family) -> dict[str, tuple[str, ...]]:
    """The events of other families that unsay some of this one, each with those that it unsays."""
    found = {type_: tuple(one for one in said if FAMILIES[one] == family) for type_, said in UNSAYS.items()}
    return {type_: said for type_, said in found.items() if said and FAMILIES[type_] != family}


def is_heard_in(type_: str, family: Family) -> bool:
    """Whether whoever follows a family hears of events of this type."""
    return FAMILIES.get(type_) == family or type_ in unsaid_of(family)
