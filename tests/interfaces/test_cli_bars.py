"""Ranges and times as bars: what is longer is more, what is later is further right, and nothing leaves its width."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from interfaces.cli.bars import DRAWN, BarStretch, Scale, range_bar, together, top_of

NUMBERS = st.integers(0, 100_000)
WIDTHS = st.integers(14, 60)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28), timezones=st.just(UTC))
STRETCHES = st.lists(
    st.tuples(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)), st.booleans(), st.sampled_from(list(DRAWN))),
    min_size=1, max_size=5,
).map(
    lambda found: [
        BarStretch(begin, None if is_open else begin + min(lasting, datetime(9999, 12, 29, tzinfo=UTC) - begin), how)
        for begin, lasting, is_open, how in found
    ]
)  # fmt: skip


def day(month: int, number: int = 1) -> datetime:
    return datetime(2018, month, number, tzinfo=UTC)


def test_a_range_is_solid_to_its_lowest_and_light_to_its_highest() -> None:
    assert range_bar(1500, 2000, 2500, 5000, 20) == "██████░┃░░"
    assert range_bar(1500, None, 2500, 5000, 20) == "██████░░░░"
    assert range_bar(500, 500, 500, 1000, 20) == "█" * 10
    assert range_bar(200, None, None, 250, 20) == "█" * 16 + "░░░▶"
    assert range_bar(0, None, 500, 1000, 20) == "░" * 10
    assert range_bar(None, None, None, 1000, 20) == ""
    assert range_bar(0, 0, 0, 1000, 20) == "▏"


def test_a_range_too_narrow_for_its_best_is_still_seen_to_be_one() -> None:
    assert range_bar(9990, 9995, 9999, 10_000, 20) == "█" * 19 + "░"
    assert range_bar(1, 2, 3, 10_000, 20) == "░"


def test_some_and_many_are_outlines() -> None:
    for low in (0, 1, 2):
        # Alone, and beside numbers: nothing of it is solid.
        assert range_bar(low, None, None, top_of([(low, None, None)]), 20) == "░" * 19 + "▶"
        assert range_bar(low, None, None, 1000, 20) == "░" * 19 + "▶"
    assert range_bar(3, None, None, top_of([(3, None, None)]), 20) == "█" * 16 + "░░░▶"
    assert range_bar(2, 2, 2, 4, 20) == "█" * 10
    assert range_bar(1, 2, None, 4, 20).startswith("█")


def test_a_scale_ends_at_the_highest_number_and_beyond_it_for_what_has_no_bound() -> None:
    assert top_of([(1, 2, 3), (4, None, 8), (None, None, None)]) == 8
    assert top_of([(200, None, None)]) == 250
    assert top_of([]) == top_of([(0, 0, 0)]) == 1


@given(st.lists(NUMBERS, min_size=3, max_size=3).map(sorted), st.booleans(), NUMBERS, WIDTHS)
def test_a_bar_keeps_its_width_and_never_shrinks_with_its_numbers(
    numbers: list[int], bounded: bool, more: int, width: int
) -> None:
    low, best, highest = numbers
    high = highest if bounded else None
    top = top_of([(low, best, high), (highest + more, None, highest + more)])
    bar = range_bar(low, best, high, top, width)
    assert 1 <= len(bar) <= width
    assert bar.startswith("█" * bar.count("█"))
    assert len(bar) <= len(range_bar(low, best, None if high is None else high + more, top, width))
    exact, larger = (range_bar(number, number, number, top + more, width) for number in (low, low + more))
    assert exact in ("▏", "█" * len(exact))
    assert exact == "▏" or len(exact) <= len(larger)


def test_stretches_stand_on_one_scale_in_the_order_of_time() -> None:
    stretches = [
        BarStretch(day(1), day(2), "stated"), BarStretch(day(2), day(3), "presumed"),
        BarStretch(day(3), day(4), "last_known"),
        BarStretch(day(4), None, "ended"),
    ]  # fmt: skip
    scale = Scale.over(stretches, [], 40)
    assert scale is not None
    bar = scale.bar(stretches)
    assert "".join(dict.fromkeys(bar)) == "█░·×"
    assert bar.count("×") == 1
    # A day that two share is drawn as what is surer.
    assert scale.mark(day(3)).index("▼") == bar.rindex("░")
    assert scale.labels() == "╷2018-01    ╷2018-02   ╷2018-03"


def test_what_is_stated_hides_what_is_only_last_known() -> None:
    stretches = [BarStretch(day(1), day(3), "last_known"), BarStretch(day(2), day(2, 5), "stated")]
    scale = Scale.over(stretches, [], 30)
    assert scale is not None
    assert scale.bar(stretches).strip("·").strip("█") == ""
    assert "█" in scale.bar(stretches)


def test_stretches_that_follow_one_another_alike_are_one() -> None:
    whole = [
        BarStretch(day(1), day(2), "stated"),
        BarStretch(day(2), day(3), "stated"),
        BarStretch(day(4), None, "stated"),
    ]
    assert together(whole) == [BarStretch(day(1), day(3), "stated"), BarStretch(day(4), None, "stated")]


def test_time_without_a_moment_has_no_scale() -> None:
    assert Scale.over([BarStretch(None, None, "stated")], [], 30) is None
    assert Scale.over([], [], 30) is None


@given(STRETCHES, WIDTHS)
def test_every_time_is_drawn_within_the_width(stretches: list[BarStretch], width: int) -> None:
    scale = Scale.over(stretches, [], width)
    assert scale is not None
    assert 1 <= len(scale.bar(stretches)) <= width
    assert len(scale.labels()) <= width
    for one in stretches:
        assert DRAWN[one.how] in scale.bar([one])
