"""One origin counts once: which voices that say the same took it from one another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.in_force import InForce, Voice


class OriginsCounted(NamedTuple):
    """`voices` of claimants of whom none has it from another; `unattributed` origins that none of them vouches for."""

    voices: int
    unattributed: int


def origins_counted(
    words: Sequence[InForce], alike: Callable[[InForce, InForce], bool], told: Iterable[InForce] = ()
) -> OriginsCounted:
    """How many independent voices say something.

    `alike`: whether one may have taken from the other what it says, which is so if they say what may be the same.
    `told`: all claims about that, those that were superseded too: what a report took over from another one may be its
    claimant's own word there.
    """
    by_voice: dict[Voice, list[InForce]] = {}
    for word in words:
        by_voice.setdefault(word.voice, []).append(word)
    takes = _taking(words, by_voice, alike, told)
    if not takes:
        attributed = sum(voice.attributed for voice in by_voice)
        return OriginsCounted(attributed, len(by_voice) - attributed)
    reached = {voice: _reached(voice, takes) for voice in by_voice}
    # Those that go back to one another are one origin, and so is whoever goes back to nobody.
    ends = {voice for voice, others in reached.items() if all(voice in reached[other] for other in others)}
    origins = {voice: {min(reached[end], key=_in_order) for end in others & ends} for voice, others in reached.items()}
    independent: set[Voice] = set()
    vouched: set[Voice] = set()
    voices = 0
    for voice in sorted(by_voice, key=lambda voice: (len(origins[voice]), _in_order(voice))):
        if voice.attributed:
            vouched |= origins[voice]
            if not independent & origins[voice]:
                independent |= origins[voice]
                voices += 1
    return OriginsCounted(voices, len({one for found in origins.values() for one in found} - vouched))


def _in_order(voice: Voice) -> tuple[str, ...]:
    return tuple(name or "" for name in voice)


def _reached(voice: Voice, takes: Mapping[Voice, set[Voice]]) -> set[Voice]:
    found = {voice}
    ahead = [voice]
    while ahead:
        further = takes.get(ahead.pop(), set()) - found
        found |= further
        ahead += further
    return found


def _taking(
    words: Sequence[InForce],
    by_voice: Mapping[Voice, Sequence[InForce]],
    alike: Callable[[InForce, InForce], bool],
    told: Iterable[InForce],
) -> dict[Voice, set[Voice]]:
    """The voices of which every word may be another's, with those others."""
    if not any(_names_an_origin(word) for word in words):
        return {}
    by_report: dict[str, list[InForce]] = {}
    by_origin: dict[str, list[InForce]] = {}
    for word in words:
        by_report.setdefault(word.report, []).append(word)
        if word.same_origin is not None:
            by_origin.setdefault(word.same_origin, []).append(word)
    own = {(claim.voice, claim.report, claim.so) for claim in (*told, *words)}
    takes: dict[Voice, set[Voice]] = {}
    for voice, mine in by_voice.items():
        taken: set[Voice] = set()
        for word in mine:
            sources = [other for report in word.based_on.rests_on for other in by_report.get(report, ())]
            if not any((voice, report, word.so) in own for report in word.based_on.derived_from):
                sources += (other for report in word.based_on.derived_from for other in by_report.get(report, ()))
            if voice.claimant not in word.based_on.credits:
                credited = (by_voice.get(Voice(source), ()) for source in word.based_on.credits)
                sources += (other for theirs in credited for other in theirs)
            if word.same_origin is not None:
                sources += by_origin[word.same_origin]
            found = {other.voice for other in sources if other.voice != voice and alike(word, other)}
            if not found:
                break
            taken |= found
        else:
            takes[voice] = taken
    return takes


def _names_an_origin(word: InForce) -> bool:
    return any(word.based_on) or word.same_origin is not None


def shared_origins(held: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Claims that share an origin, each with the assessment that stands for all that do: the one whose id comes first.

    `held`: a claim and an assessment that holds it to share its origin with the others that it names. Of two that name
    one claim, all share it.
    """
    return representatives(held)


def representatives(held: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is one by way of others: each first of a pair with the seconds that it is reached by, of which the least
    stands for all.
    """
    stands_for: dict[str, str] = {}

    def found(group: str) -> str:
        while (other := stands_for.get(group, group)) != group:
            group = other
        return group

    by_member: dict[str, str] = {}
    for member, group in held:
        one, other = found(by_member.setdefault(member, group)), found(group)
        stands_for[max(one, other)] = min(one, other)
    return {member: found(group) for member, group in by_member.items()}
