"""One origin counts once: which voices that say the same took it from one another, or from one that is not there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.in_force import InForce, Voice
from domain.when import Span


class OriginsCounted(NamedTuple):
    """`voices` of claimants of whom none has it from another; `unattributed` origins that none of them vouches for."""

    voices: int
    unattributed: int


def origins_counted(
    words: Sequence[InForce], alike: Callable[[InForce, InForce], bool], told: Iterable[InForce] = ()
) -> OriginsCounted:
    """How many independent voices say something.

    `alike`: whether one may have taken from the other what it says, which is so if they say what may be the same.
    `told`: all claims about that, those that were superseded or set aside too. Who has it from whom is the same whether
    we rely on that one or not; and what a report took over from another one may be its claimant's own word there.
    """
    by_voice = _by_voice(words)
    if not any(map(names_an_origin, words)):
        attributed = sum(voice.attributed for voice in by_voice)
        return OriginsCounted(attributed, len(by_voice) - attributed)
    takes = _Taking(by_voice, alike, [*told, *words]).from_whom()
    nodes = {_Origin(voice) for voice in by_voice}.union(takes, *takes.values())
    reached = {one: _reached(one, takes) for one in nodes}
    # Those that go back to one another are one origin, and so is whoever goes back to nobody.
    ends = {one for one, others in reached.items() if all(one in reached[other] for other in others)}
    origins = {
        voice: {min(reached[end], key=_Origin.in_order) for end in reached[_Origin(voice)] & ends}
        for voice in sorted(by_voice, key=lambda voice: _Origin(voice).in_order())
    }
    fewest_first = sorted(origins.items(), key=lambda one: len(one[1]))
    attributed_to = [found for voice, found in fewest_first if voice.attributed]
    to_nobody = [found for voice, found in fewest_first if not voice.attributed]
    vouched = {one for found in attributed_to for one in found}
    return OriginsCounted(_apart(attributed_to, set()), _apart(to_nobody, vouched))


def names_an_origin(word: InForce) -> bool:
    return any(word.based_on) or word.same_origin is not None


class _Origin(NamedTuple):
    """A voice; or, with `as_in`, one that words name and that does not say so here: that claim and those like it are of
    what it said.
    """

    voice: Voice
    as_in: str = ""

    def in_order(self) -> tuple[str, ...]:
        return (*(name or "" for name in self.voice), self.as_in)


def _apart(every: Iterable[set[_Origin]], taken: set[_Origin]) -> int:
    """How many of some origins share none with those before them, or with what is `taken`."""
    count = 0
    for origins in every:
        if not taken & origins:
            taken = taken | origins
            count += 1
    return count


def _reached(begun: _Origin, takes: Mapping[_Origin, set[_Origin]]) -> set[_Origin]:
    found = {begun}
    ahead = [begun]
    while ahead:
        further = takes.get(ahead.pop(), set()) - found
        found |= further
        ahead += further
    return found


def _by_voice(words: Iterable[InForce]) -> dict[Voice, list[InForce]]:
    found: dict[Voice, list[InForce]] = {}
    for word in words:
        found.setdefault(word.voice, []).append(word)
    return found


def _where_it_says(word: InForce, report: str) -> tuple[Voice, str, str | None, Span | None]:
    """Of a word in a report: who says something there, of which place and time."""
    return word.voice, report, word.content.place, word.so


class _Named(NamedTuple):
    """A voice that a word may be taken from, and whether it says what may be the same."""

    voice: Voice
    says_so: bool


class _Taking:
    """From whom voices may have every word that they say."""

    def __init__(
        self,
        by_voice: Mapping[Voice, Sequence[InForce]],
        alike: Callable[[InForce, InForce], bool],
        told: Iterable[InForce],
    ) -> None:
        every = {claim.claim: claim for claim in told}.values()
        self._alike = alike
        self._counted = by_voice
        # Of whom no word counts, all words that were told.
        self._said = {**_by_voice(every), **by_voice}
        self._in_report: dict[str, list[InForce]] = {}
        self._of_one_origin: dict[str | None, list[InForce]] = {}
        for claim in every:
            self._in_report.setdefault(claim.report, []).append(claim)
            self._of_one_origin.setdefault(claim.same_origin, []).append(claim)
        relied_on = (claim for claim in every if not (claim.withdrawn or claim.discredited))
        self._own = {_where_it_says(claim, claim.report) for claim in relied_on}

    def from_whom(self) -> dict[_Origin, set[_Origin]]:
        """For those whose words count, and for whomever these go back to."""
        named: dict[Voice, list[tuple[InForce, list[_Named]]]] = {}
        ahead = list(self._counted)
        while ahead:
            voice = ahead.pop()
            if voice in named:
                continue
            each = [(word, list(self._named_by(word))) for word in self._said[voice]]
            named[voice] = each if all(others for _, others in each) else []
            ahead += [other.voice for _, others in named[voice] for other in others if other.says_so]
        unsaid: dict[Voice, list[InForce]] = {}
        for each in named.values():
            for word, others in each:
                for other in others:
                    if not other.says_so:
                        unsaid.setdefault(other.voice, []).append(word)
        as_in = {voice: self._as_one(words) for voice, words in unsaid.items()}
        return {
            _Origin(voice): {
                _Origin(other.voice) if other.says_so else _Origin(other.voice, as_in[other.voice][word.claim])
                for word, others in each
                for other in others
            }
            for voice, each in named.items()
            if each
        }

    def _as_one(self, words: Sequence[InForce]) -> dict[str, str]:
        """What some words have from one origin: of those that may be the same, one claim stands for all."""
        return representatives(
            (word.claim, other.claim) for word in words for other in words if word is other or self._alike(word, other)
        )

    def _named_by(self, word: InForce) -> Iterator[_Named]:
        based_on = word.based_on
        for report in sorted(based_on.rests_on):
            yield from self._speaking_in(report, word, unless_own=True)
        originals = based_on.derived_from - {word.report}
        if not any(_where_it_says(word, report) in self._own for report in originals):
            for report in sorted(originals):
                yield from self._speaking_in(report, word)
        if word.voice.claimant not in based_on.credits:
            for voice in map(Voice, sorted(based_on.credits)):
                yield _Named(voice, any(self._alike(word, other) for other in self._said.get(voice, ())))
        if word.same_origin is not None:
            for other in self._of_one_origin[word.same_origin]:
                if self._may_be_of(word, other):
                    yield _Named(other.voice, True)

    def _speaking_in(self, report: str, word: InForce, *, unless_own: bool = False) -> Iterator[_Named]:
        """Who says so in a report; if nobody does, who says something else there; if nobody, the report itself."""
        told = self._in_report.get(report, ())
        others = dict.fromkeys(other.voice for other in told if other.voice != word.voice)
        saying = dict.fromkeys(other.voice for other in told if self._may_be_of(word, other))
        if saying:
            yield from (_Named(voice, True) for voice in saying)
        elif not (
            unless_own
            and any(_where_it_says(other, report) in self._own for other in told if other.voice == word.voice)
        ):
            yield from (_Named(voice, False) for voice in others or [Voice(None, report)])

    def _may_be_of(self, word: InForce, other: InForce) -> bool:
        """Whether a word may be what another voice said in a claim, and does not take back in those that count."""
        if other.voice == word.voice or not self._alike(word, other):
            return False
        counted = self._counted.get(other.voice)
        return counted is None or any(self._alike(word, one) for one in counted)


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
