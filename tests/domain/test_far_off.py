import pytest

from domain.far_off import FarOff, Point, Whole, distance_km, far_off

SYRIA = Whole("country", Point(35.0, 38.5))
HAJIN, ABU_HAMAM, BAGHOUZ = Point(34.69, 40.83), Point(34.78, 40.68), Point(34.46, 40.95)


def test_the_distance_between_two_cities_is_known() -> None:
    damascus, aleppo = Point(33.51, 36.29), Point(36.20, 37.16)
    assert distance_km(damascus, aleppo) == pytest.approx(309, abs=3)
    assert distance_km(Point(0, 179.9), Point(0, -179.9)) == pytest.approx(22, abs=1)


@pytest.mark.parametrize(
    ("point", "whole", "why"),
    [
        (HAJIN, SYRIA, None),
        (HAJIN.swapped, Whole("adm2", HAJIN), "swapped"),
        (Point(64.69, 40.83), SYRIA, "far_off"),
        (Point(34.69, 140.83), SYRIA, "far_off"),
        # Within a country, and yet elsewhere.
        (HAJIN.swapped, SYRIA, "swapped"),
        (HAJIN.swapped, Whole("country", None, [HAJIN, Point(33.51, 36.29), Point(36.2, 42.0)]), "swapped"),
        # What it lies within says nothing of where that is, or of how far it reaches.
        (Point(-34.69, 40.83), Whole("adm2"), None),
        (Point(-34.69, 40.83), Whole("river", HAJIN), None),
        # The others within it say it.
        (BAGHOUZ, Whole("area", None, [HAJIN, ABU_HAMAM, HAJIN]), None),
        (BAGHOUZ, Whole("area", None, [HAJIN, ABU_HAMAM]), None),
        (Point(36.2, 37.16), Whole("area", None, [HAJIN, ABU_HAMAM, BAGHOUZ]), "far_off"),
        (HAJIN.swapped, Whole("area", None, [HAJIN, ABU_HAMAM, BAGHOUZ]), "swapped"),
        # Where several others lie, though further from the middle than most do; no more than a country may be across.
        (Point(35.6, 40.83), Whole("adm4", HAJIN, [Point(35.5, 40.8), Point(35.6, 40.9), Point(35.7, 40.8)]), None),
        (
            Point(35.6, 40.83),
            Whole("adm4", HAJIN, [Point(35.5, 40.8), Point(34.6, 40.9), Point(34.7, 40.8)]),
            "far_off",
        ),
        (Point(10.0, 10.0), Whole("adm4", HAJIN, [Point(9.9, 10), Point(10.1, 10), Point(10, 9.9)]), "far_off"),
        # Longitudes past 90 cannot be latitudes.
        (Point(34.69, 140.83), Whole("adm2", Point(35.0, 38.5)), "far_off"),
    ],
)
def test_a_place_lies_where_what_it_lies_within_may_be(point: Point, whole: Whole, why: FarOff | None) -> None:
    assert far_off(point, whole) == why


DISTRICT = Point(35.0, 40.0)
TOWNS = [Point(35.1, 40.1), Point(34.9, 40.1)]


@pytest.mark.parametrize("kind", ["adm2", "country"])
@pytest.mark.parametrize("right", [[], TOWNS])
def test_of_a_file_with_swapped_columns_every_row_is_told(kind: str, right: list[Point]) -> None:
    rows = [Point(40.1 + nth / 30, 35.1 + nth / 30) for nth in range(30)]
    for nth, row in enumerate(rows):
        assert far_off(row, Whole(kind, DISTRICT, right + rows[:nth])) == "swapped"
    assert far_off(Point(36.0, 41.0), Whole(kind, DISTRICT, right + rows)) is None


@pytest.mark.parametrize("wrong", [Point(-35.1, 40.1), Point(38.0, 37.0), Point(40.1, 35.1), Point(3.51, 40.1)])
@pytest.mark.parametrize("middle", [DISTRICT, None])
def test_what_was_found_wrong_is_no_proof_that_the_next_is_right(middle: Point | None, wrong: Point) -> None:
    right = [*TOWNS, Point(35.0, 40.2), Point(35.05, 40.0)]
    among = Whole("adm2", middle, [*right, wrong, wrong])
    for other in (Point(-20.0, 40.1), Point(38.0, 36.0), Point(38.0, 44.0), Point(20.0, 38.0)):
        assert far_off(other, among) == far_off(other, Whole("adm2", middle, right)) == "far_off"
    assert far_off(DISTRICT, among) is None


def test_of_a_file_with_a_wrong_sign_every_row_is_told() -> None:
    rows = [Point(-35.1 - nth / 10, 40.1) for nth in range(30)]
    for nth, row in enumerate(rows):
        assert far_off(row, Whole("adm2", DISTRICT, rows[:nth])) == "far_off"


def test_of_places_without_a_middle_the_most_decide() -> None:
    right = [Point(35.0 + nth / 50, 40.0 - nth / 50) for nth in range(9)]
    rows = [Point(-one.latitude, one.longitude) for one in right]
    for nth, row in enumerate(rows):
        assert far_off(row, Whole("area", None, right + rows[:nth])) == "far_off"
        assert far_off(right[nth], Whole("area", None, right + rows[:nth])) is None
