"""Ed25519 (RFC 8032 section 5.1) a second time, for signatures no library makes: forged, malleated, off by torsion."""

from hashlib import sha512

from crypto.public.edwards import D, P

Point = tuple[int, int]

L = 2**252 + 27742317777372353535851937790883648493
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P
    return x, y


def times(scalar: int, point: Point) -> Point:
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def encode_point(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def with_y(y: int, sign: int) -> Point | None:
    """The point with this y and this lowest bit of x, or None if there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_MINUS_1 % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y % P


def small_order_points() -> list[Point]:
    """The eight points of order 1, 2, 4 and 8: the multiples of one of order 8."""
    y = 2
    while True:
        point = with_y(y, 0)
        torsion = times(L, point) if point else NEUTRAL
        if times(4, torsion) != NEUTRAL:
            return [times(n, torsion) for n in range(8)]
        y += 1


def base_point() -> Point:
    point = with_y(4 * pow(5, -1, P) % P, 0)
    assert point
    return point


B = base_point()


def secret_scalar(seed: bytes) -> int:
    number = int.from_bytes(sha512(seed).digest()[:32], "little")
    return number & (1 << 254) - 8 | 1 << 254


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    return int.from_bytes(sha512(r + public + message).digest(), "little") % L


def signature(r: bytes, nonce: int, scalar: int, public: bytes, message: bytes) -> bytes:
    """`r | S` with `S = nonce + challenge * scalar`: valid if `r` encodes nonce * B and `public` scalar * B."""
    s = (nonce + challenge(r, public, message) * scalar) % L
    return r + s.to_bytes(32, "little")
