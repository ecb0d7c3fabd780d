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
        # Among the others, however far from the middle.
        (Point(10.0, 10.0), Whole("adm4", HAJIN, [Point(9.9, 10), Point(10.1, 10), Point(10, 9.9)]), None),
        # Longitudes past 90 cannot be latitudes.
        (Point(34.69, 140.83), Whole("adm2", Point(35.0, 38.5)), "far_off"),
    ],
)
def test_a_place_lies_where_what_it_lies_within_may_be(point: Point, whole: Whole, why: FarOff | None) -> None:
    assert far_off(point, whole) == why
