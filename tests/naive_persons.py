"""The naive evaluator's register of persons: who stands in it by the clocks, and counts from it."""

from collections import Counter
from typing import Any

from domain import when
from tests import naive_incidents, naive_questions, naive_rules
from tests.naive import UNSAID, Asked, Dossier, Row, as_text

GRAVEST_FIRST = ["killed", "injured", "missing", "held"]


def way_up(dossier: Dossier, person_id: str) -> list[str]:
    """A person, whom they are merged into, and so on."""
    persons = dossier.items["person"]
    into = persons[person_id]["merged_into"]
    gone = persons[person_id]["retracted"] is not None or (into is not None and persons[into]["retracted"] is not None)
    return [person_id] if into is None or gone else [person_id, *way_up(dossier, into)]


def shown(dossier: Dossier, person: Row) -> Row:
    """With what is merged into it, from however far."""
    within = [id_ for id_ in dossier.items["person"] if person["id"] in way_up(dossier, id_)]
    details = as_text(person["details"])
    for name, unsaid in (("fates", UNSAID["fate"]), ("civilian_status", UNSAID["status"])):
        details[name] = [unsaid | one for one in details.get(name, [])]
    return {
        "id": person["id"],
        **UNSAID["person"],
        **details,
        "claims": sorted({claim for id_ in within for claim in dossier.items["person"][id_]["claims"]}),
        "merged": sorted(set(within) - {person["id"]}),
        "merged_into": person["merged_into"],
        "survivor": way_up(dossier, person["id"])[-1],
        "retracted_because": person["retracted"],
        "version": person["version"],
        "recorded_position": person["from"],
    }


def every(dossier: Dossier) -> list[Row]:
    return [shown(dossier, each) for each in sorted(dossier.items["person"].values(), key=lambda each: each["from"])]


def holds(dossier: Dossier, claim_id: str, asked: Asked) -> bool:
    """Whether a claim says something by the cut-off, in a report that is relied on."""
    claim = dossier.items["claim"][claim_id]
    said = dossier.in_force(claim, asked)
    if said is None or dossier.status(claim, said, asked) != "stands":
        return False
    return "discredited" not in dossier.filed(said["report"])


def incidents_in(dossier: Dossier, incident: str) -> set[str]:
    """An incident and what is merged into it."""
    return {id_ for id_ in dossier.items["incident"] if incident in naive_incidents.way_up(dossier, id_)} | {incident}


def unsure(told: str) -> bool:
    return "?" in told or "%" in told


class Of:
    """Someone who stands in the register: a person and those who are merged into it, without retracted ones."""

    def __init__(self, dossier: Dossier, person: Row, asked: Asked) -> None:
        persons = dossier.items["person"]
        counted = [id_ for id_ in sorted(persons) if person["id"] in way_up(dossier, id_)]
        self.dossier, self.asked = dossier, asked
        self.own = person["details"]
        self.others = [persons[id_]["details"] for id_ in counted if id_ != person["id"]]
        self.claims = {claim for id_ in counted for claim in persons[id_]["claims"]}
        self.named_by = sorted(claim for claim in self.claims if holds(dossier, claim, asked))

    def fates(self, incident: str | None, place: str | None) -> list[list[Row]]:
        """Those that are asked about: the person's own, and those of each that was merged into it."""
        found = []
        for details in (self.own, *self.others):
            mine = []
            for fate in map(self.dated, details.get("fates", [])):
                if incident is not None and fate.get("incident") not in incidents_in(self.dossier, incident):
                    continue
                if place is not None and not self.was_inside(fate, place):
                    continue
                mine.append(fate)
            found.append(mine)
        return found

    def dated(self, fate: Row) -> Row:
        """With when its incident was, where it has no time itself."""
        if "when" in fate or "incident" not in fate:
            return fate
        there: str | None = fate["incident"]
        while there is not None:
            if "when" in (described := self.dossier.items["incident"][there]["details"]):
                return fate | {"when_of_incident": described["when"]}
            there = naive_incidents.goes_into(self.dossier, there)
        return fate

    def where(self, fate: Row) -> str | None:
        if "place" in fate or "incident" not in fate:
            return fate.get("place")
        there: str | None = fate["incident"]
        while there is not None:
            place: str | None = self.dossier.items["incident"][there]["details"].get("place")
            if place is not None:
                return place
            there = naive_incidents.goes_into(self.dossier, there)
        return None

    def was_inside(self, fate: Row, place: str) -> bool:
        """Whether where it befell them may have been in the place at the moment asked for, or else when it did."""
        where = self.where(fate)
        if where is None:
            return False
        windows = naive_questions.windows(self.dossier, where).get(place, [])
        if self.asked.at is not None:
            return any(first <= self.asked.at <= last for first, last in windows)
        told = fate.get("when") or fate.get("when_of_incident")
        if told is None:
            return bool(windows)
        then = self.dossier.bounds(told)
        lasts = fate["fate"] in ("missing", "held") and "/" not in fate.get("when", "")
        ended = when.LATEST if lasts else then.latest
        return any(first <= ended and then.earliest <= last for first, last in windows)

    def backed(self, told: Row) -> bool:
        return "claim" not in told or holds(self.dossier, told["claim"], self.asked)

    def alive(self) -> list[int]:
        """When somebody was alive still, by whatever is told of them anywhere on some word that stands."""
        every = [self.dated(fate) for details in (self.own, *self.others) for fate in details.get("fates", [])]
        told = [
            fate.get("when") or fate.get("when_of_incident")
            for fate in every
            if self.backed(fate) and fate["fate"] in ("injured", "missing", "held")
        ]
        return [self.dossier.bounds(so).earliest for so in told if so is not None and not unsure(so)]

    def at_odds(self, fate: Row) -> bool:
        told = fate.get("when") or fate.get("when_of_incident")
        return fate["fate"] == "killed" and told is not None and max(self.alive(), default=0) > self.over(told)

    def over(self, told: str | None) -> int:
        return when.LATEST if told is None else self.dossier.bounds(told).latest

    def surely(self, fate: Row) -> bool:
        """That it had befallen them by then, at whatever time it was of those that it may have been at."""
        told, at = fate.get("when") or fate.get("when_of_incident"), self.asked.at
        if told is None or unsure(told):
            return False
        assert at is not None
        if fate["fate"] not in ("missing", "held") or "when" not in fate:
            return self.over(told) <= at
        then = when.parse(told, self.dossier.time_zone)
        if then.start.latest > at or "/" not in told or then.end.latest == when.LATEST:
            return then.start.latest <= at
        days = (then.end.latest - then.end.earliest) / 3_600_000_000
        return at <= (then.end.latest if days < 48 else then.end.earliest) or days == 0

    def holds(self, known: str, befallen: list[Row]) -> str | None:
        such = [fate for fate in befallen if fate["fate"] == known]
        if not such:
            return None
        if any(self.surely(fate) and not self.at_odds(fate) for fate in such):
            return "certain"
        return "possible" if any("when" in fate or "when_of_incident" in fate for fate in such) else "undated"

    def last_by_then(self, lists: list[list[Row]]) -> tuple[str, list[str]]:
        """What certainly was the last by then, and what may have befallen them as well and have been it."""
        if self.asked.at is None:
            return self.last(lists)
        sure = [[fate for fate in fates if fate["fate"] != "unknown" and self.surely(fate)] for fates in lists]
        certain = [fate for fates in sure for fate in fates]
        if any(fate["fate"] == "killed" for fate in certain):
            return self.last(lists)
        fate, or_else = self.last(sure if certain else lists)
        for fates in lists:
            for nth, each in enumerate(fates):
                after = any(self.is_after(one, each) for one in certain)
                after = after or any(one in certain and not self.is_after(each, one) for one in fates[nth + 1 :])
                if each["fate"] != "unknown" and each not in certain and (each["fate"] == "killed" or not after):
                    or_else.append(each["fate"])
        return fate, sorted({*or_else} - {fate}, key=GRAVEST_FIRST.index)

    def by_then(self, fate: Row) -> bool:
        at = self.asked.at
        if at is None:
            return True
        over = self.over(fate.get("when") or fate.get("when_of_incident"))
        if fate["fate"] == "killed" and any(at < first <= over for first in self.alive()):
            return False
        if "when" not in fate:
            return "when_of_incident" not in fate or self.dossier.bounds(fate["when_of_incident"]).earliest <= at
        then = when.parse(fate["when"], self.dossier.time_zone)
        so = when.Span(then.start.earliest, then.start.latest, then.end.earliest, then.end.latest)
        lasted = fate["fate"] in ("missing", "held") and "/" in fate["when"]
        if lasted and not naive_rules.may_be_of({"so": so, "time_zone": self.dossier.time_zone}, at):
            return False
        return so.earliest_start <= at

    def last(self, lists: list[list[Row]]) -> tuple[str, list[str]]:
        """A death if there is one, else the last by the dates, then by the list, the person's own list first."""
        everything = [fate for fates in lists for fate in fates if fate["fate"] != "unknown"]
        deaths = [fate for fate in everything if fate["fate"] == "killed"]
        if deaths:
            alive = {fate["fate"] for fate in everything if any(self.is_after(fate, death) for death in deaths)}
            return "killed", sorted(alive - {"killed"}, key=GRAVEST_FIRST.index)
        ends = []
        for number, fates in enumerate(lists):
            open_ = [fate for fate in fates if fate["fate"] != "unknown"]
            open_ = [fate for fate in open_ if not any(self.is_after(later, fate) for later in everything)]
            if open_:
                ends.append((number > 0, GRAVEST_FIRST.index(open_[-1]["fate"])))
        told = [GRAVEST_FIRST[grave] for _, grave in sorted(ends)]
        if not told:
            return "unknown", []
        return told[0], sorted(set(told) - {told[0]}, key=GRAVEST_FIRST.index)

    def is_after(self, later: Row, earlier: Row) -> bool:
        begins, ended = (one.get("when") or one.get("when_of_incident") for one in (later, earlier))
        if begins is None or ended is None:
            return False
        over = when.parse(ended, self.dossier.time_zone)
        # In an incident that took some time it may have been at the end of that.
        to_the_end = earlier["fate"] == "killed" or "when" not in earlier
        first = when.parse(begins, self.dossier.time_zone).start.earliest
        return first > (over.end.latest if to_the_end else over.start.latest)

    def known(self, incident: str | None, place: str | None) -> Row | str:
        """What is known, or `not_reported`, or `not_then`."""
        if self.asked.reported_by is not None and not self.named_by:
            return "not_reported"
        backed = [[fate for fate in fates if self.backed(fate)] for fates in self.fates(incident, place)]
        befallen = [[fate for fate in fates if self.by_then(fate)] for fates in backed]
        nothing_was_told = not any(details.get("fates") for details in (self.own, *self.others))
        if not any(befallen) and not (incident is None and place is None and nothing_was_told):
            return "not_then" if any(backed) else "not_reported"
        fate, or_else = self.last_by_then(befallen)
        holds = None if self.asked.at is None else self.holds(fate, [one for fates in befallen for one in fates])
        statuses = {
            said["status"]
            for details in (self.own, *self.others)
            for said in details.get("civilian_status", [])
            if self.backed(said)
        }
        low, high = self.ages()
        sexes = [details["sex"] for details in (self.own, *self.others) if "sex" in details]
        sex = sexes[0] if sexes else None
        child = "yes" if high is not None and high < 18 else "no" if low is not None and low >= 18 else "unknown"
        woman = {"female": {"yes": "no", "no": "yes"}.get(child, "unknown"), None: "unknown"}.get(sex, "no")
        return {
            "fate": fate,
            "or_else": or_else,
            "fates": [
                UNSAID["fate"] | {"when_of_incident": None} | as_text(one) for fates in befallen for one in fates
            ],
            "civilian": {0: "unknown", 2: "disputed"}.get(len(statuses), "yes" if "civilian" in statuses else "no"),
            "sex": sex,
            "age_low": low,
            "age_high": high,
            "child": child,
            "woman": "no" if child == "yes" else woman,
            "named_by": self.named_by,
            **({} if holds is None else {"holds": holds}),
        }

    def ages(self) -> tuple[int | None, int | None]:
        for details in (self.own, *self.others):
            if "age" in details:
                return details["age"], details["age"]
            if "age_low" in details or "age_high" in details:
                return details.get("age_low"), details.get("age_high")
        return None, None

    @property
    def named(self) -> bool:
        return any(details.get("name") or details.get("names") for details in (self.own, *self.others))


def standing(dossier: Dossier, asked: Asked) -> list[tuple[Row, Of]]:
    rows = sorted(dossier.items["person"].values(), key=lambda each: each["from"])
    return [
        (row, Of(dossier, row, asked))
        for row in rows
        if way_up(dossier, row["id"]) == [row["id"]] and row["retracted"] is None
    ]


def listed(
    dossier: Dossier,
    asked: Asked,
    *,
    incident: str | None = None,
    place: str | None = None,
    fate: str | None = None,
    claim: str | None = None,
) -> list[Row]:
    found = []
    for row, of in standing(dossier, asked):
        known = of.known(incident, place)
        if isinstance(known, str) or (fate is not None and known["fate"] != fate):
            continue
        if claim is None or claim in of.claims:
            found.append({**shown(dossier, row), "known": known})
    return found


def counted(dossier: Dossier, asked: Asked, incident: str) -> Row:
    """Those of whom a fate in the incident is on the list, whether it is known by the clocks or not."""
    mine = [of for _, of in standing(dossier, asked) if any(of.fates(incident, None))]
    known = [(of, found) for of in mine if not isinstance(found := of.known(incident, None), str)]
    fates = []
    for fate in sorted({found["fate"] for _, found in known}):
        persons = [(of, found) for of, found in known if found["fate"] == fate]
        split: dict[str, Any] = {
            name: Counter(found[of_each] for _, found in persons)
            for name, of_each in (("civilians", "civilian"), ("women", "woman"), ("children", "child"))
        }
        answers = {"civilians": ("yes", "no", "disputed", "unknown")}
        fates.append(
            {
                "fate": fate,
                "persons": len(persons),
                "named": sum(of.named for of, _ in persons),
                "in_doubt": len([found for _, found in persons if found["or_else"]]),
                "possible": len([found for _, found in persons if found.get("holds", "certain") != "certain"]),
                **{
                    name: {each: number[each] for each in answers.get(name, ("yes", "no", "unknown"))}
                    for name, number in split.items()
                },
            }
        )
    return {
        "persons": len(known),
        "fates": fates,
        "without_claims": sum(not found["named_by"] for _, found in known),
        "not_reported": sum(of.known(incident, None) == "not_reported" for of in mine),
    }
