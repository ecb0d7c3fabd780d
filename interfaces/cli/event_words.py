"""Events of the log in words, each on a line, for whoever follows it at a terminal."""

from collections.abc import Callable, Mapping
from typing import Any

from interfaces.cli.account import second
from interfaces.cli.client import Client
from interfaces.cli.output import say
from interfaces.cli.reading import name_of_signer, names_of
from interfaces.client import Event
from interfaces.messages import words
from interfaces.messages.words import Names, clean, counted


class EventTelling:
    """Prints events of a dossier, each on a line, with the names that it knows so far."""

    def __init__(self, client: Client, dossier: str) -> None:
        self._client, self._dossier = client, dossier
        self._names = names_of(client, dossier)
        self._signers: dict[str, str] = {}

    def _signed(self, principal: str) -> str:
        """What whoever signs is called; whoever has no token is told the id."""
        if principal not in self._signers:
            name = name_of_signer(self._client, principal) if self._client.may_write else principal
            self._signers[principal] = clean(name)
        return self._signers[principal]

    def tell(self, event: Event) -> None:
        say(
            (f"{event.position:>6}  ", "dim"),
            (f"{second(event.time, self._client.zone(self._dossier))}  ", "dim"),
            (self._signed(event.principal), "cyan"),
            f"  {what_happened(event, self._names)}",
        )


def what_happened(event: Event, names: Names) -> str:
    """One event of the log in a line. Of a type that a later release records, only that it happened."""
    kind, _, id_ = event.subject.partition("/")
    data = event.plain()
    what = WHAT.get(event.type, _nothing)(data, names)
    told = f"{kind} {id_} {event.type.partition('.')[2].replace('_', ' ')}" + (f": {what}" if what else "")
    return told + (f" (because: {clean(data['reason'])})" if data.get("reason") else "")


def _nothing(data: Mapping[str, Any], names: Names) -> str:
    return ""


def _called(data: Mapping[str, Any], names: Names) -> str:
    details = data["details"]
    return clean(details.get("name") or details.get("label") or details.get("title"))


def _person(data: Mapping[str, Any], names: Names) -> str:
    details = data["details"]
    fates = [words.fate(each, names) for each in details.get("fates", ())]
    return "; ".join([clean(details.get("name") or "nobody knows the name"), *fates])


def _fate(data: Mapping[str, Any], names: Names) -> str:
    return words.fate(data["fate"], names)


def _set(data: Mapping[str, Any], names: Names) -> str:
    return _sets(data["set"], names)


def _sets(changes: Mapping[str, Any], names: Names) -> str:
    return ", ".join(f"{name} is now {words.value(name, given, names)}" for name, given in changes.items())


def _declared(data: Mapping[str, Any], names: Names) -> str:
    """The words that are new, and no others."""
    return "; ".join(f"{names.field(name)}: {words.value(name, given, names)}" for name, given in data["set"].items())


def _recorded(data: Mapping[str, Any], names: Names) -> str:
    content = data["content"]
    where = f", {names.place(content['place'])}" if content.get("place") else ""
    return f"{words.said(content, names)}{where} [{words.who(content, names)}]"


def _revised(data: Mapping[str, Any], names: Names) -> str:
    changed = _sets(data["set"], names) if data.get("set") else "said again"
    return f"{changed}, in {data['report']}{_by_whom(data)}"


def _withdrawn(data: Mapping[str, Any], names: Names) -> str:
    told = "dropped without notice, not to be found any more in" if data.get("without_notice") else "in"
    return f"{told} {data['report']}{_by_whom(data)}"


def _by_whom(data: Mapping[str, Any]) -> str:
    """Who changed what a claim said, where that is recorded: its claimant, a relay or the publisher of its report."""
    return f", by its {clean(data['changed_by'])}" if data.get("changed_by") else ""


def _corrected(data: Mapping[str, Any], names: Names) -> str:
    """What each statement says now; those that say the same together."""
    mended = dict[str, list[str]]()
    for mend in data["mends"]:
        mended.setdefault(_sets(mend["set"], names), []).append(str(mend["statement"]))
    told = []
    for sets, numbers in mended.items():
        which = f"statement{'' if len(numbers) == 1 else 's'} {words.joined(numbers)}"
        told.append(f"{sets} in {which}")
    return "; ".join(told)


def _statement(data: Mapping[str, Any], names: Names) -> str:
    return f"statement {data['statement']}"


def _related(data: Mapping[str, Any], names: Names) -> str:
    held = "no longer " if data.get("removed") else ""
    return f"{held}{data['relation'].replace('_', ' ')} {', '.join(data['to'])}"


def _report_withdrawn(data: Mapping[str, Any], names: Names) -> str:
    return f"in {data['report']}" if data.get("report") else clean(data.get("when") or "")


def _claims(data: Mapping[str, Any], names: Names) -> str:
    claims = data["claims"]
    more = [f"and {len(claims) - TOLD_OF_MANY:,} more"] if len(claims) > TOLD_OF_MANY else []
    return f"{counted(len(claims), 'claim')} ({', '.join([*claims[:TOLD_OF_MANY], *more])})"


def _finding(data: Mapping[str, Any], names: Names) -> str:
    return f"{clean(data['details']['finding'])} ({data['details']['grade']})"


# The first of many are named.
TOLD_OF_MANY = 5
# What there is to say of each type of event, besides its reason.
WHAT: Mapping[str, Callable[[Mapping[str, Any], Names], str]] = {
    "dossier.opened": _called,
    "dossier.declared": _declared,
    "dossier.described": _set,
    "source.registered": _called,
    "source.corrected": _set,
    "source.graded": lambda data, names: f"reliability {data['reliability'] or 'not graded'}",
    "source.retracted": _nothing,
    "source.reinstated": _nothing,
    "source.merged": lambda data, names: f"into {data['into']}",
    "source.split": _nothing,
    "actor.registered": _called,
    "actor.corrected": _set,
    "actor.retracted": _nothing,
    "actor.reinstated": _nothing,
    "actor.merged": lambda data, names: f"into {data['into']}",
    "actor.split": _nothing,
    "place.registered": _called,
    "place.corrected": _set,
    "place.retracted": _nothing,
    "place.reinstated": _nothing,
    "place.merged": lambda data, names: f"into {data['into']}",
    "place.split": _nothing,
    "report.filed": _called,
    "report.corrected": _set,
    "report.withdrawn": _report_withdrawn,
    "report.withdrawal_retracted": _nothing,
    "report.discredited": _nothing,
    "report.discrediting_lifted": _nothing,
    "report.retracted": _nothing,
    "report.reinstated": _nothing,
    "report.merged": lambda data, names: f"into {data['into']}",
    "report.split": _nothing,
    "claim.recorded": _recorded,
    "claim.revised": _revised,
    "claim.withdrawn": _withdrawn,
    "claim.corrected": _corrected,
    "claim.statement_retracted": _statement,
    "claim.statement_reinstated": _statement,
    "claim.retracted": _nothing,
    "claim.reinstated": _nothing,
    "claim.graded": lambda data, names: f"credibility {data['credibility'] or 'not graded'}",
    "claim.related": _related,
    "incident.opened": _called,
    "incident.described": _set,
    "incident.linked": _claims,
    "incident.unlinked": _claims,
    "incident.merged": lambda data, names: f"into {data['into']}",
    "incident.split": _nothing,
    "incident.retracted": _nothing,
    "incident.reinstated": _nothing,
    "person.registered": _person,
    "person.fate_recorded": _fate,
    "person.corrected": _set,
    "person.retracted": _nothing,
    "person.reinstated": _nothing,
    "person.linked": _claims,
    "person.unlinked": _claims,
    "person.merged": lambda data, names: f"into {data['into']}",
    "person.split": _nothing,
    "assessment.issued": _finding,
    "assessment.revised": _set,
    "assessment.upheld": _nothing,
    "assessment.revision_retracted": _set,
    "assessment.revision_reinstated": _set,
    "assessment.withdrawn": _nothing,
    "assessment.reinstated": _nothing,
}
