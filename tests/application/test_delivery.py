"""What follows an attempt to deliver a message."""

from datetime import UTC, datetime, timedelta

import pytest

from application.delivery import SCHEDULE, Again, Attempt, Delivered, Ended, Paused, after, another_log

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINCE = datetime(2026, 2, 26, 9, tzinfo=UTC)
MIDDLE = 0.5


def attempt(
    status: int | None = None,
    *,
    number: int = 1,
    error: str | None = None,
    retry_after_s: float | None = None,
    duration_ms: int = 0,
) -> Attempt:
    return Attempt("m-1", 7, "claim.recorded", number, AT, duration_ms, status, error, None, retry_after_s)


def wait(given: Attempt, jitter: float = MIDDLE) -> timedelta:
    then = after(given, SINCE, jitter)
    assert isinstance(then, Again)
    return then.at - AT


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert after(attempt(status), None, MIDDLE) == Delivered()


def test_a_2xx_whose_body_went_wrong_is_delivered() -> None:
    assert after(attempt(200, error="the connection broke"), None, MIDDLE) == Delivered()


def test_410_ends_the_subscription_at_the_first_attempt_and_at_the_last() -> None:
    for number in (1, len(SCHEDULE)):
        then = after(attempt(410, number=number), None, MIDDLE)
        assert isinstance(then, Ended)
        assert "410" in then.because and "2026-03-01T12:00:00.000000Z" in then.because


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 307, 400, 401, 404, 408, 429, 500, 503, 599, 999])
def test_everything_else_goes_on_in_the_schedule(status: int | None) -> None:
    waits = [wait(attempt(status, number=number)) for number in range(1, len(SCHEDULE))]
    assert waits == [
        timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
        timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
    ]  # fmt: skip


def test_the_schedule_takes_about_three_days() -> None:
    assert timedelta(days=3) < sum(SCHEDULE, timedelta()) < timedelta(days=3.5)


def test_the_wait_begins_when_the_attempt_ended() -> None:
    assert wait(attempt(500, duration_ms=20_000)) == timedelta(seconds=25)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 4), (0.25, 4.5), (0.5, 5), (1.0, 6)])
def test_jitter_spreads_the_waits_by_a_fifth(jitter: float, seconds: float) -> None:
    assert wait(attempt(500), jitter) == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_says_when_is_obeyed(status: int) -> None:
    assert wait(attempt(status, retry_after_s=60), jitter=0.0) == timedelta(seconds=60)


def test_a_receiver_cannot_shorten_the_schedule() -> None:
    assert wait(attempt(429, number=2, retry_after_s=1)) == timedelta(minutes=5)


@pytest.mark.parametrize("asked_s", [86_401.0, 1e15])
def test_nobody_is_waited_for_longer_than_a_day(asked_s: float) -> None:
    assert wait(attempt(429, retry_after_s=asked_s)) == timedelta(hours=24)


@pytest.mark.parametrize("status", [500, 400, None])
def test_retry_after_of_another_status_is_not_meant(status: int | None) -> None:
    assert wait(attempt(status, retry_after_s=3600)) == timedelta(seconds=5)


@pytest.mark.parametrize("number", [len(SCHEDULE), len(SCHEDULE) + 5])
def test_after_the_last_of_the_schedule_it_is_paused_and_says_since_when_and_why(number: int) -> None:
    then = after(attempt(502, number=number, error="bad gateway"), SINCE, MIDDLE)
    assert isinstance(then, Paused)
    since, why = "since 2026-02-26T09:00:00.000000Z", "502: bad gateway"
    for said in (since, f"{number} attempts", "m-1", "position 7", why, "Resume"):
        assert said in then.because


def test_why_it_waits_is_told_with_status_error_or_both() -> None:
    def because(given: Attempt) -> str:
        then = after(given, None, MIDDLE)
        assert isinstance(then, Again)
        return then.because

    assert because(attempt(500)) == "the receiver answered 500"
    assert because(attempt(error="Connection refused")) == "Connection refused"
    assert because(attempt(302, error="redirects are not followed")) == (
        "the receiver answered 302: redirects are not followed"
    )


def test_another_log_is_told_with_the_cursor_that_it_does_not_hold() -> None:
    assert "12.00ff00ff" in another_log("12.00ff00ff").because
