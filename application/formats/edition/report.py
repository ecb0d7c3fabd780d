"""The report that an edition is filed as, and whether another one may be taken in beside those that are there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from application.formats.edition.named import Edition
from domain import when


class EditionRefused(Exception):
    """This edition cannot be taken in."""


@dataclass(frozen=True, slots=True)
class EditionMake:
    """What an edition was made of, in the note of its report: by that a second import of it is known for the same.

    `statements` is how many statements it makes: fewer in the record say that an import of it was interrupted.
    """

    mapping: str
    file_digest: str
    mapping_digest: str
    statements: int

    def note(self) -> str:
        return (
            f"Imported with mapping {self.mapping}, {self.statements} statements. "
            f"SHA-256 of the file {self.file_digest}, of the mapping {self.mapping_digest}"
        )

    @classmethod
    def read(cls, note: str | None) -> "EditionMake | None":
        """None for a note that is not one of ours: nothing can be told of what the edition was made of."""
        found = _NOTE.search(note or "")
        return cls(found[1], found[3], found[4], int(found[2])) if found else None


_NOTE = re.compile(
    r"Imported with mapping (\S{1,200}), (\d{1,12}) statements\. "
    r"SHA-256 of the file ([0-9a-f]{64}), of the mapping ([0-9a-f]{64})"
)


def report_of(edition: Edition, label: str, made: EditionMake) -> dict[str, Any]:
    """The command that files an edition."""
    return {
        "command": "file_report",
        "id": edition.report,
        "label": label.replace("{edition}", edition.name),
        "publisher": edition.source,
        "published": edition.published,
        "dataset": edition.dataset,
        "edition": edition.name,
        "note": made.note(),
    }


def standing(editions: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Those that were not retracted: of the others all is as if they had never been."""
    return [other for other in editions if not other["retracted"]]


def filed_as(editions: Sequence[Mapping[str, Any]], edition: Edition) -> Edition:
    """The edition under the first id of its own that no report has which was retracted."""
    gone = {other["report"] for other in editions if other["retracted"]}
    while edition.report in gone:
        edition = replace(edition, filing=edition.filing + 1)
    return edition


def place_among(
    editions: Sequence[Mapping[str, Any]], edition: Edition, file_digest: str, mapping_digest: str, time_zone: str
) -> Mapping[str, Any] | None:
    """The edition of that name if it is there already, made of the same; None if it is a new one.

    `editions` are those that stand.

    Raises:
        EditionRefused: it is there, made of something else; or one that is there came out no earlier.
    """
    same = next((other for other in editions if other["report"] == edition.report), None)
    if same is not None:
        _refuse_other_content(same, edition, file_digest, mapping_digest)
    comes_out = when.bounds(edition.published, time_zone).latest
    for other in editions:
        if other["report"] != edition.report and _latest(other) >= comes_out:
            what = "cannot be finished any more" if same else "cannot be taken in after it"
            raise EditionRefused(
                f"edition {other['edition']!r}, published {other['published']}, is there, and {edition.name!r} was "
                f"published {edition.published}, no later: it {what}. Editions are taken in in the order in which "
                "they came out; for two of one day give --published with the time"
            )
    return same


def _latest(other: Mapping[str, Any]) -> int:
    return when.cut_off(other["publication"]["latest"], field="published")


def _refuse_other_content(same: Mapping[str, Any], edition: Edition, file_digest: str, mapping_digest: str) -> None:
    for field, name, given in (
        ("edition", "the name", edition.name),
        ("published", "the date", edition.published),
        ("publisher", "the source", edition.source),
    ):
        if same[field] != given:
            raise EditionRefused(
                f"edition {same['edition']!r} is there as {edition.report}, and {name} differs: it is recorded as "
                f"{same[field]!r}, given as {given!r}. Give what is recorded, or another --edition"
            )
    made = EditionMake.read(same["note"])
    if made is None:
        raise EditionRefused(
            f"edition {edition.name!r} is there, and what it was made of cannot be told from its note: "
            "give another --edition"
        )
    for what, ours, theirs in (
        ("file", file_digest, made.file_digest),
        ("mapping", mapping_digest, made.mapping_digest),
    ):
        if ours != theirs:
            raise EditionRefused(
                f"edition {edition.name!r} is there, made with another {what} (SHA-256 {theirs[:12]}…, this one has "
                f"{ours[:12]}…): what is published anew is another edition, so give another --edition"
            )


def unfinished(editions: Sequence[Mapping[str, Any]], edition: Edition) -> str | None:
    """Why another edition cannot follow the last one that stands yet: its import was interrupted. None if it was not.

    What the desk took back since was there.
    """
    if not editions or any(other["report"] == edition.report for other in editions):
        return None
    last = editions[-1]
    made = EditionMake.read(last["note"])
    there = last["statements"]
    if made is None or there >= made.statements:
        return None
    return (
        f"the import of edition {last['edition']!r} was not finished: {there:,} of its {made.statements:,} statements "
        "are there. Run it again first; what is there already is not taken twice"
    )
