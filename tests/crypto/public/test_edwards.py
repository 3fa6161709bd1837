"""The arithmetic of the key check, against full points."""

from hypothesis import given
from hypothesis import strategies as st

from crypto.public import edwards
from tests.vectors import reference_ed25519 as ed

YS = st.integers(0, edwards.P - 1)


@given(YS)
def test_on_curve(y: int) -> None:
    assert edwards.on_curve(y) == (ed.with_y(y, 0) is not None)


@given(st.integers(1, ed.L - 1), st.integers(0, 7))
def test_only_points_of_small_order_are_of_small_order(scalar: int, torsion: int) -> None:
    point = ed.add(ed.times(scalar, ed.B), ed.small_order_points()[torsion])
    assert edwards.on_curve(point[1])
    assert not edwards.small_order(point[1])


def test_all_points_of_small_order() -> None:
    points = ed.small_order_points()
    assert len(set(points)) == 8
    assert all(ed.times(8, point) == ed.NEUTRAL for point in points)
    assert all(edwards.on_curve(y) and edwards.small_order(y) for _, y in points)


def test_y_drops_the_sign_only() -> None:
    assert edwards.y_coordinate(b"\xff" * 32) == 2**255 - 1
    assert edwards.y_coordinate(bytes(31) + b"\x80") == 0
    assert edwards.y_coordinate(b"\1" + bytes(31)) == 1
