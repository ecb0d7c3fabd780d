"""The naive evaluator: what a dossier says, worked out from DESIGN over the plain text of its events.

It shares nothing with the folds and the queries but the arithmetic of dates. Slow and plain on purpose.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from application.event_log import Recorded
from domain import when
from tests import naive_taken
from tests.naive_rules import closed

Row = dict[str, Any]

# What an item holds where nothing was said.
UNSAID: dict[str, Row] = {
    "source": {"names": {}, "dated_names": [], "speaks_for": None, "url": None, "note": None},
    "actor": {"names": {}, "dated_names": [], "part_of": None, "external_ids": {}, "note": None},
    "place": {
        "names": {}, "dated_names": [], "within": None, "areas": [], "latitude": None, "longitude": None,
        "location_precision": None, "external_ids": {}, "note": None,
    },
    "report": {
        "published_bounds": None, "publisher": None, "author": None, "language": None, "url": None,
        "derived_from": [], "credits": [], "cited_in": [], "dataset": None, "edition": None, "note": None,
    },
    "dossier": {
        "summary": None, "group_labels": {}, "cause_labels": {}, "dimension_labels": {}, "value_labels": {},
        "method_labels": {}, "occurrence_types": {}, "measures": {}, "units": {},
    },
    "incident": {"place": None, "when": None, "type": None, "note": None},
    "person": {
        "name": None, "names": {}, "age": None, "age_low": None, "age_high": None, "sex": None,
        "civilian_status": [], "fates": [], "note": None,
    },
    "fate": {"incident": None, "place": None, "when": None, "claim": None},
    "status": {"source": None, "claim": None},
    "assessment": {"topic": None, "place": None, "when": None, "same_origin": []},
}  # fmt: skip

FLOWS = {
    "killed",
    "died",
    "injured",
    "casualties",
    "captured",
    "surrendered",
    "taken_hostage",
    "evacuated",
    "displaced",
    "affected",
    "damaged",
    "destroyed",
}
FROM_THE_OTHER_SIDE = {
    "disputes": "disputed_by",
    "alternative_to": "alternative_to",
    "part_of": "has_part",
    "overlaps": "overlaps",
    "resolves": "resolved_by",
}


@dataclass(frozen=True)
class Asked:
    """A question about claims: the two clocks that are not the position, and what the claims must be."""

    at: int | None = None
    reported_by: int | None = None
    certainty: str = "certain"
    kind: str | None = None
    measure: str | None = None
    place: str | None = None
    actor: str | None = None
    claimant: str | None = None
    report: str | None = None
    status: str | None = None
    unattributed: bool | None = None
    credibility: int | None = None


class Dossier:
    """Everything that a dossier held as of a position."""

    def __init__(self, log: Sequence[Recorded], position: int) -> None:
        self.time_zone = "UTC"
        self.log = [recorded for recorded in log if recorded.position <= position]
        self.items: dict[str, dict[str, Row]] = {
            kind: {}
            for kind in ("dossier", "source", "actor", "place", "report", "claim", "incident", "person", "assessment")
        }
        for recorded in self.log:
            self._take(recorded)

    def _take(self, recorded: Recorded) -> None:
        kind, verb = recorded.event.type.split(".")
        items, data = self.items[kind], json.loads(recorded.data)
        item = items.setdefault(recorded.stream.id, {"id": recorded.stream.id, "from": recorded.position})
        item["version"] = recorded.version
        match kind:
            case "claim":
                self._take_claim(item, verb, data)
            case "incident":
                self._take_incident(item, verb, data)
            case "person":
                self._take_person(item, verb, data)
            case "assessment":
                self._take_assessment(item, verb, data, recorded.position)
            case _:
                self._take_thing(kind, item, verb, data)

    def _take_thing(self, kind: str, item: Row, verb: str, data: Row) -> None:
        match verb:
            case "opened" | "registered" | "filed":
                item |= {"details": data["details"], "retracted": False}
                if kind == "dossier":
                    self.time_zone = item["time_zone"] = data.get("time_zone") or "UTC"
            case "corrected" | "described":
                item["details"] = amended(item["details"], data["set"])
            case "declared":
                for field, words in data["set"].items():
                    item["details"] = item["details"] | {field: item["details"].get(field, {}) | words}
            case "graded":
                item |= {"grade": data["reliability"], "graded_because": data["reliability"] and data["reason"]}
            case "merged":
                item["merged_into"] = data["into"]
            case "split":
                item["merged_into"] = None
            case "withdrawn":
                item["withdrawn"] = data
            case "withdrawal_retracted":
                del item["withdrawn"]
            case "discredited":
                item["discredited"] = data["reason"]
            case "discrediting_lifted":
                del item["discredited"]
            case "retracted":
                item["retracted"] = True
            case "reinstated":
                item["retracted"] = False

    def _take_person(self, item: Row, verb: str, data: Row) -> None:
        match verb:
            case "registered":
                item |= {"details": data["details"], "claims": set(), "merged_into": None, "retracted": None}
            case "fate_recorded":
                fates = [*item["details"].get("fates", []), data["fate"]]
                item["details"] = item["details"] | {"fates": fates}
            case "corrected":
                item["details"] = amended(item["details"], data["set"])
            case "retracted":
                item["retracted"] = data["reason"]
            case "reinstated":
                item["retracted"] = None
            case "linked":
                item["claims"] |= set(data["claims"])
            case "unlinked":
                item["claims"] -= set(data["claims"])
            case "merged":
                item["merged_into"] = data["into"]
            case "split":
                item["merged_into"] = None

    def _take_incident(self, item: Row, verb: str, data: Row) -> None:
        match verb:
            case "opened":
                item |= {"details": data["details"], "claims": set(), "merged_into": None, "retracted": False}
            case "described":
                item["details"] = amended(item["details"], data["set"])
            case "linked":
                item["claims"] |= set(data["claims"])
            case "unlinked":
                item["claims"] -= set(data["claims"])
            case "merged":
                item["merged_into"] = data["into"]
            case "split":
                item["merged_into"] = None
            case "retracted":
                item["retracted"] = True
            case "reinstated":
                item["retracted"] = False

    def _take_assessment(self, item: Row, verb: str, data: Row, position: int) -> None:
        match verb:
            case "issued":
                item |= {"details": data["details"], "withdrawn": None, "assessed": position, "undo": [], "redo": []}
            case "revised" | "upheld":
                item["undo"].append((item["details"], item["assessed"]))
                item |= {"details": amended(item["details"], data.get("set", {})), "assessed": position, "redo": []}
            case "revision_retracted" | "revision_reinstated":
                taken, kept = ("undo", "redo") if verb == "revision_retracted" else ("redo", "undo")
                item[kept].append((item["details"], item["assessed"]))
                item["details"], item["assessed"] = item[taken].pop()
            case "withdrawn":
                item["withdrawn"] = data["reason"]
            case "reinstated":
                item["withdrawn"] = None

    def _take_claim(self, item: Row, verb: str, data: Row) -> None:
        said: list[Row] = item.setdefault("said", [])
        match verb:
            case "recorded":
                said.append({"number": 1, "report": data["report"], "content": data["content"], "ended": False})
                item |= {"retracted": None, "relations": set()}
            case "revised" | "withdrawn":
                place = next(nth for nth, one in enumerate(said) if one["number"] == data["after"])
                content = amended(said[place]["content"], data.get("set", {}))
                # What was unsaid there was recorded before this.
                while place + 1 < len(said) and said[place + 1].get("unsaid"):
                    place += 1
                said.insert(
                    place + 1,
                    {
                        "number": data["statement"],
                        "report": data["report"],
                        "content": content,
                        "ended": verb == "withdrawn",
                        "after": data["after"],
                        "changed_by": data.get("changed_by"),
                        "without_notice": data.get("without_notice", False),
                        "reason": data.get("reason"),
                    },
                )
            case "corrected":
                for mend in data["mends"]:
                    one = next(one for one in said if one["number"] == mend["statement"])
                    change = dict(mend["set"])
                    one["report"] = change.pop("report", one["report"])
                    one["content"] = amended(one["content"], change)
            case "statement_retracted" | "statement_reinstated":
                one = next(one for one in said if one["number"] == data["statement"])
                one["unsaid"] = verb == "statement_retracted"
            case "retracted":
                item["retracted"] = data["reason"]
            case "reinstated":
                item["retracted"] = None
            case "graded":
                item |= {"grade": data["credibility"], "graded_because": data["credibility"] and data["reason"]}
            case "related":
                named = {(data["relation"], other) for other in data["to"]}
                if data.get("removed"):
                    item["relations"] -= named
                else:
                    item["relations"] |= named

    def bounds(self, date: str) -> when.Bounds:
        return when.bounds(date, self.time_zone)

    def publication(self, report: Row) -> when.Bounds:
        details = report["details"]
        return self.bounds(details.get("published_bounds") or details["published"])

    def out(self, report_id: str, asked: Asked) -> bool:
        """Whether a report was there for a reader by the cut-off. What we mis-filed never was."""
        report = self.filed(report_id)
        return not report["retracted"] and passed(self.publication(report), asked)

    def changed_a_word(self, claim: Row, said: Row) -> bool:
        """Whether there was a word before: a report that we mis-filed said nothing."""
        before = claim["said"][: claim["said"].index(said)]
        return any(not one.get("unsaid") and not self.filed(one["report"])["retracted"] for one in before)

    def filed(self, report_id: str) -> Row:
        """The report by which it goes what was said in one: what that goes on as."""
        return self.items["report"][self.survivor("report", report_id)]

    def so(self, content: Row, report: str | None = None) -> when.Span | None:
        """As it is dated; as a report tells it, if one is given: no later than that came out."""
        if "when" not in content:
            return None
        counts_a_period = content["kind"] == "figure" and content["measure"] in FLOWS
        dated = when.span(content["when"], self.time_zone, period=counts_a_period)
        if report is None:
            return dated
        return closed(dated, content["when"], self.publication(self.filed(report)), self.time_zone)

    def listed(self, kind: str) -> list[Row]:
        return [
            getattr(self, f"_{kind}")(item) for item in sorted(self.items[kind].values(), key=lambda item: item["from"])
        ]

    def _dossier(self, item: Row) -> Row:
        return self._shown("dossier", item, time_zone=item["time_zone"])

    def _source(self, item: Row) -> Row:
        graded = {"reliability": item.get("grade"), "graded_because": item.get("graded_because")}
        return self._thing("source", item, **graded, **self._merges_shown("source", item))

    def _actor(self, item: Row) -> Row:
        return self._thing("actor", item, **self._merges_shown("actor", item)) | self._dated(item, "part_of")

    def _place(self, item: Row) -> Row:
        return self._thing("place", item, **self._merges_shown("place", item)) | self._dated(item, "within", "areas")

    def _dated(self, item: Row, *names: str) -> Row:
        """Lists of memberships, as they are shown: without a date too."""
        held = {name: item["details"].get(name) for name in names}
        return {
            name: [{"when": None} | one for one in members]
            for name, members in held.items()
            if isinstance(members, list)
        }

    def _report(self, item: Row) -> Row:
        taken_back = item.get("withdrawn")
        return self._thing(
            "report",
            item,
            publication=self._publication_shown(item),
            withdrawn={"when": None, "report": None} | taken_back if taken_back else None,
            discredited_because=item.get("discredited"),
            **self._merges_shown("report", item),
            **({"taken_from": taken} if (taken := naive_taken.of_report(self, item, Asked())) else {}),
        )

    def goes_into(self, kind: str, id_: str) -> str | None:
        """What an item is merged into, while neither of the two is retracted."""
        items = self.items[kind]
        into = items.get(id_, {}).get("merged_into")
        return None if into is None or items[id_]["retracted"] or items[into]["retracted"] else str(into)

    def survivor(self, kind: str, id_: str) -> str:
        into = self.goes_into(kind, id_)
        return id_ if into is None else self.survivor(kind, into)

    def is_in(self, kind: str, id_: str, other: str) -> bool:
        """Whether an item is merged into another, from however far."""
        into = self.goes_into(kind, id_)
        return into is not None and (into == other or self.is_in(kind, into, other))

    def are_one(self, kind: str, one: str | None, other: str) -> bool:
        if one is None or not {one, other} <= self.items[kind].keys():
            return False
        return self.survivor(kind, one) == self.survivor(kind, other)

    def _merges_shown(self, kind: str, item: Row) -> Row:
        return {
            "merged": sorted(id_ for id_ in self.items[kind] if self.is_in(kind, id_, item["id"])),
            "merged_into": item.get("merged_into"),
            "survivor": self.survivor(kind, item["id"]),
        }

    def _thing(self, kind: str, item: Row, **more: Any) -> Row:
        shown = self._shown(kind, item, **more) | {"retracted": item["retracted"], "recorded_position": item["from"]}
        if "dated_names" in shown:
            shown["dated_names"] = [{"language": None} | one for one in shown["dated_names"]]
        return shown

    def _shown(self, kind: str, item: Row, **more: Any) -> Row:
        return {"id": item["id"], **UNSAID[kind], **as_text(item["details"]), "version": item["version"], **more}

    def _publication_shown(self, report: Row) -> Row:
        published = self.publication(report)
        return {
            "earliest": when.rfc3339(published.earliest),
            "latest": when.rfc3339(published.latest),
            "inferred": "published_bounds" in report["details"],
        }

    def claims(self, asked: Asked) -> list[Row]:
        found = []
        for claim in sorted(self.items["claim"].values(), key=lambda claim: claim["from"]):
            said = self.in_force(claim, asked)
            if said is not None and self._wanted(claim, said, asked):
                found.append(self._claim(claim, said, asked))
        return found

    def claim(self, claim_id: str, asked: Asked) -> Row | None:
        claim = self.items["claim"].get(claim_id)
        said = self.in_force(claim, asked) if claim else None
        return self._claim(claim, said, asked) if claim and said else None

    def in_force(self, claim: Row, asked: Asked) -> Row | None:
        """The last statement whose report was out by the cut-off, and stands if that of any of them does; or else is
        relied on, if that of any of them is.
        """
        out: list[Row] = [one for one in claim["said"] if not one.get("unsaid") and self.out(one["report"], asked)]
        standing = [
            one
            for one in out
            if "discredited" not in self.filed(one["report"]) and not self.report_taken_back(one["report"], asked)
        ]
        relied_on = [one for one in out if "discredited" not in self.filed(one["report"])]
        return next(reversed(standing or relied_on or out), None)

    def report_taken_back(self, report_id: str, asked: Asked) -> bool:
        taken_back = self.filed(report_id).get("withdrawn")
        if taken_back is None:
            return False
        if "report" in taken_back:
            return self.out(taken_back["report"], asked) and "discredited" not in self.filed(taken_back["report"])
        return passed(self.bounds(taken_back["when"]), asked)

    def said_in(self, claim: Row, said: Row) -> str:
        """The report whose words a statement has: of a withdrawal that of what it took back, if that stands."""
        if said["ended"]:
            for one in claim["said"]:
                if one["number"] == said["after"] and not one.get("unsaid"):
                    return str(one["report"])
        return str(said["report"])

    def filed_in(self, claim: Row, said: Row) -> str:
        """The report as it was filed, whatever it was merged into."""
        return self.said_in(claim, said)

    def taken_back(self, claim: Row, said: Row, asked: Asked) -> tuple[str | None, str | None]:
        """In which report a claim was withdrawn, or when."""
        if said["ended"]:
            return said["report"], None
        if not self.report_taken_back(said["report"], asked):
            return None, None
        end = self.filed(said["report"])["withdrawn"]
        return end.get("report"), None if "report" in end else end["when"]

    def status(self, claim: Row, said: Row, asked: Asked) -> str:
        if claim["retracted"] is not None:
            return "retracted"
        return "withdrawn" if said["ended"] or self.report_taken_back(said["report"], asked) else "stands"

    def _wanted(self, claim: Row, said: Row, asked: Asked) -> bool:
        content = said["content"]
        status = self.status(claim, said, asked)
        if status != asked.status if asked.status else status == "retracted":
            return False
        for name in ("kind", "measure"):
            value = getattr(asked, name)
            if value is not None and content.get(name) != value:
                return False
        if asked.claimant is not None and not self.are_one("source", content.get("claimant"), asked.claimant):
            return False
        if asked.report is not None and not self.are_one("report", said["report"], asked.report):
            return False
        if asked.credibility is not None and claim.get("grade") != asked.credibility:
            return False
        if asked.unattributed is not None and ("claimant" not in content) != asked.unattributed:
            return False
        if asked.actor is not None and not any(self.are_one("actor", one, asked.actor) for one in actors_in(content)):
            return False
        so = self.so(content, said["report"])
        if asked.at is not None and so is not None and held(content, so, asked.at, self.time_zone) == "no":
            return False
        return asked.place is None or self._is_about(content.get("place"), so, asked.place)

    def _is_about(self, place: str | None, so: when.Span | None, wanted: str) -> bool:
        """Whether a place is the one wanted, or was inside it at the time, by some way up."""
        if place is None:
            return False
        for earliest, latest in self.ways_up(place, wanted, when.EARLIEST, when.LATEST, ()):
            if so is None or (so.earliest_start <= latest and so.latest_end >= earliest):
                return True
        return False

    def ways_up(
        self, place: str, wanted: str, earliest: int, latest: int, below: tuple[str, ...]
    ) -> Iterator[tuple[int, int]]:
        """Each place stands for all that are one with it, and lies where the one lies that they go on as."""
        place = self.survivor("place", place)
        if earliest > latest or place in below:
            return
        if place == self.survivor("place", wanted):
            yield earliest, latest
        details = self.items["place"][place]["details"]
        parents = self.memberships(details.get("within"), "place")
        for outer, first, last in [*parents, *self.memberships(details.get("areas"), "area")]:
            yield from self.ways_up(outer, wanted, max(earliest, first), min(latest, last), (*below, place))

    def ways_surely(
        self, place: str, wanted: str, way: tuple[int, int], sure: tuple[int, int] | None, below: tuple[str, ...]
    ) -> Iterator[tuple[tuple[int, int], tuple[int, int] | None]]:
        """As `ways_up`, each with that part of its time in which it certainly lay there."""
        place = self.survivor("place", place)
        if way[0] > way[1] or place in below:
            return
        if place == self.survivor("place", wanted):
            yield way, sure if sure and sure[0] <= sure[1] else None
        details = self.items["place"][place]["details"]
        within = details.get("within") or []
        parents = [{"place": within}] if isinstance(within, str) else within
        held = [(one["place"], one.get("when")) for one in parents]
        held += [(one["area"], one.get("when")) for one in details.get("areas", [])]
        for outer, date in held:
            first, last = (when.EARLIEST, when.LATEST)
            its = (first, last) if date is None else self.for_sure(date)
            if date is not None:
                first, last = self.bounds(date).earliest, self.bounds(date).latest
            both = (max(sure[0], its[0]), min(sure[1], its[1])) if sure and its else None
            yield from self.ways_surely(outer, wanted, (max(way[0], first), min(way[1], last)), both, (*below, place))

    def for_sure(self, date: str) -> tuple[int, int] | None:
        """When what is dated so certainly held: an end that is a day is that whole day, other ends may be any time."""
        if "?" in date or "%" in date:
            return None
        two = date.split("/")
        known = [None if end in ("", "..") else self.bounds(end) for end in two]
        ends = [(when.EARLIEST, when.LATEST) if end is None else (end.earliest, end.latest) for end in known]
        short = [last - first < 2 * 86_400_000_000 for first, last in ends]
        if len(two) == 1:
            return ends[0] if short[0] else None
        first = ends[0][0] if short[0] or two[0] in ("", "..") else ends[0][1]
        last = ends[1][1] if short[1] or two[1] in ("", "..") else ends[1][0]
        return (first, last) if first <= last else None

    def memberships(self, held: Any, names: str) -> list[tuple[str, int, int]]:
        """An id alone is one that always held; else a list."""
        found = []
        for one in [] if held is None else [{names: held}] if isinstance(held, str) else held:
            so = self.bounds(one["when"]) if "when" in one else when.Bounds(when.EARLIEST, when.LATEST)
            found.append((one[names], so.earliest, so.latest))
        return found

    def _claim(self, claim: Row, said: Row, asked: Asked) -> Row:
        report = self.filed(self.said_in(claim, said))
        details = report["details"]
        so = self.so(said["content"], said["report"])
        shown = {
            "id": claim["id"],
            "status": self.status(claim, said, asked),
            "statement": said["number"],
            "content": as_text(said["content"]),
            "report": {
                "id": report["id"],
                "label": as_text(details["label"]),
                "publisher": details.get("publisher"),
                "published": details["published"],
                "publication": self._publication_shown(report),
                "cited_in": details.get("cited_in", []),
                "withdrawn": self.report_taken_back(report["id"], asked),
                "discredited_because": report.get("discredited"),
            },
            "credibility": claim.get("grade"),
            "graded_because": claim.get("graded_because"),
            "relations": self._relations(claim),
            "version": claim["version"],
            "recorded_position": claim["from"],
        }
        out = self.publication(self.filed(said["report"]))
        if asked.reported_by is not None:
            shown["reported"] = "certain" if out.latest <= asked.reported_by else "possible"
        if asked.at is not None:
            shown["holds"] = (
                "undated" if so is None else held(said["content"], so, asked.at, self.time_zone, out.latest)
            )
        if said["ended"] or self.changed_a_word(claim, said):
            shown["changed"] = {
                "kind": "withdrawn" if said["ended"] else "revised",
                "changed_by": said["changed_by"],
                "reason": said["reason"],
            } | ({"without_notice": True} if said["without_notice"] else {})
        ended_in, ended_when = self.taken_back(claim, said, asked)
        if ended_in is not None:
            end = self.filed(ended_in)
            shown["withdrawn_in"] = {
                "id": end["id"],
                "label": as_text(end["details"]["label"]),
                "published": end["details"]["published"],
                "publication": self._publication_shown(end),
                "discredited_because": end.get("discredited"),
            }
        elif ended_when is not None:
            shown["withdrawn_when"] = ended_when
        if taken := naive_taken.of_claim(self, claim, said, asked):
            shown["taken_from"] = taken
        if claim["retracted"] is not None:
            shown["retracted_because"] = claim["retracted"]
        named = (
            self.named_by(said["content"])
            | {("report", report["id"])}
            | {("report", id_) for id_ in shown["report"]["cited_in"]}
        )
        named |= {("source", shown["report"]["publisher"])}
        named |= {("report", shown["withdrawn_in"]["id"])} if ended_in else set()
        named |= {("claim", id_) for ids in shown["relations"].values() for id_ in ids}
        gone = [(kind, id_) for kind, id_ in named if self.items[kind].get(id_, {}).get("retracted")]
        if gone:
            shown["names_retracted"] = sorted(f"{kind}/{id_}" for kind, id_ in gone)
        return shown

    def named_by(self, content: Row) -> set[tuple[str, str]]:
        """Every item that a statement names, by its kind."""
        kinds = {"claimant": "source", "via": "source", "place": "place", "rests_on": "report"}
        named = {("actor", id_) for id_ in actors_in(content)}
        for field, kind in kinds.items():
            given = content.get(field) or []
            named |= {(kind, id_) for id_ in ([given] if isinstance(given, str) else given)}
        return named

    def _relations(self, claim: Row) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for relation, other in claim["relations"]:
            found.setdefault(relation, set()).add(other)
        for other in self.items["claim"].values():
            for relation, to in other["relations"]:
                if to == claim["id"] and other["retracted"] is None:
                    found.setdefault(FROM_THE_OTHER_SIDE[relation], set()).add(other["id"])
        return {relation: sorted(others) for relation, others in found.items()}


def held(content: Row, so: when.Span, at: int, time_zone: str, out: int | None = None) -> str:
    """A state is so at the moment, all of the day of which it is told; what happened, at an hour of that day by then.

    What is not vouched for is possible at most.
    """
    zone = ZoneInfo(time_zone)
    then, moment = (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(zone).date()
        if -(2**55) < instant < 2**55
        else None
        for instant in (so.latest_end, at)
    )
    to_the_second = so.earliest_end == so.latest_end
    today = to_the_second and so.latest_end < at and then is not None and then == moment
    if not so.earliest_start <= at or not (at <= so.latest_end or today):
        return "no"
    if {"?", "%"} & {*content["when"]}:
        return "possible"
    if content.get("hedge") == "intended" or ("hedge" in content and content["kind"] != "figure"):
        return "possible"
    if content["kind"] == "control" or (content["kind"] == "figure" and content["measure"] not in FLOWS):
        if content["kind"] == "control" and out is not None and beyond(so, at, out):
            return "possible"
        all_time = at <= so.latest_end and of_its_days(so, at)
        return "certain" if all_time or so.latest_start <= at <= so.earliest_end else "possible"
    midnight = datetime.combine(moment, time(), zone).astimezone(UTC) if moment else datetime.max.replace(tzinfo=UTC)
    day_begun = (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return "certain" if so.latest_start <= at and so.earliest_end >= min(day_begun, at) else "possible"


def beyond(so: when.Span, at: int, out: int) -> bool:
    """Whether a report that had begun to tell of it was out by then, and names no day of it that was not over."""
    two_days = 2 * 86_400_000_000
    edges = ((so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end))
    named = any(first <= out and last - first < two_days and at <= last for first, last in edges)
    return so.earliest_start <= out < at and not named


def of_its_days(so: when.Span, at: int) -> bool:
    """Whether it was so at a moment for certain: on all of its last day too, and on its first if that is all."""
    two_days = 2 * 86_400_000_000
    begun, last = sorted((so.latest_start, so.earliest_end))
    if so.latest_end - so.earliest_end < two_days:
        return at >= begun
    return (begun, last) != (so.latest_start, so.earliest_end) and last - so.earliest_start < two_days and at <= last


def passed(date: when.Bounds, asked: Asked) -> bool:
    """Whether a moment within these bounds was by the cut-off, certainly or possibly."""
    if asked.reported_by is None:
        return True
    return (date.latest if asked.certainty == "certain" else date.earliest) <= asked.reported_by


def actors_in(content: Row) -> Iterator[str]:
    for role in {"figure": ("subject", "by"), "control": ("actor", "against"), "statement": ("actor",)}.get(
        content["kind"], ()
    ):
        if role in content:
            yield content[role]
    for actors in content.get("actors", {}).values():
        yield from actors


def amended(before: Row, change: Row) -> Row:
    return {name: value for name, value in (before | change).items() if value is not None}


def as_text(stored: Any) -> Any:
    """Personal words are kept in an object, and read as text."""
    if isinstance(stored, dict):
        if list(stored) == ["value"]:
            return stored["value"]
        return {name: as_text(value) for name, value in stored.items()}
    return [as_text(value) for value in stored] if isinstance(stored, list) else stored
