"""The part of edwards25519 (RFC 8032 section 5.1) that a strict check of public keys needs."""

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P

_SIGN_BIT = 1 << 255


def y_coordinate(key: bytes) -> int:
    """The y coordinate of 32 encoded bytes, with the sign of x dropped; P or more if not canonical."""
    return int.from_bytes(key, "little") & ~_SIGN_BIT


def on_curve(y: int) -> bool:
    """Whether a point with this y exists: x^2 = (y^2 - 1) / (d y^2 + 1) is a square (Euler's criterion)."""
    return pow((y * y - 1) * (D * y * y + 1), (P - 1) // 2, P) != P - 1


def small_order(y: int) -> bool:
    """Whether eight times a point with this y is the neutral element, the only point with y = 1."""
    for _ in range(3):
        y = _double(y)
    return y == 1


def _double(y: int) -> int:
    yy = y * y % P
    xx = (yy - 1) * pow(D * yy + 1, -1, P) % P
    return (yy + xx) * pow(1 - D * xx * yy, -1, P) % P
