"""HPKE with MLKEM768-X25519 a second time, from the texts alone, with the sender's randomness as an argument.

For vectors and tests: the library seals with randomness of its own, so nothing it seals can be written down in
advance. Sources: FIPS 203 (algorithms 7, 8, 9, 10, 14, 17), draft-connolly-cfrg-xwing-kem, RFC 9180 section 5.
Neither constant-time nor quick; ML-KEM is slow sums instead of the fast transform.
"""

import hmac
from hashlib import sha3_256, sha3_512, sha256, shake_128, shake_256

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Poly = list[int]

Q = 3329
K = 3
# The NTT maps a polynomial to its remainders modulo X^2 - g, for these 128 g in the order of FIPS 203.
ROOTS = [pow(17, 2 * int(f"{i:07b}"[::-1], 2) + 1, Q) for i in range(128)]
SUITE = b"HPKE" + bytes.fromhex("647a00010002")
XWING_LABEL = rb"\.//^" + b"\\"


def seal(public: bytes, info: bytes, plaintext: bytes, eseed: bytes) -> bytes:
    """`enc | ciphertext`, RFC 9180 base mode, single shot, no associated data. `eseed`: 64 bytes."""
    secret, enc = xwing_encapsulate(public, eseed)
    key, nonce = key_schedule(secret, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, b"")


def open_sealed(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    """The plaintext of `enc | ciphertext`; `seed`: the reader's 32 bytes. Raises InvalidTag."""
    key, nonce = key_schedule(xwing_decapsulate(seed, sealed[:1120]), info)
    return AESGCM(key).decrypt(nonce, sealed[1120:], b"")


def key_schedule(shared_secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    """(key, base nonce) of RFC 9180 section 5.1, mode_base."""
    context = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared_secret, b"secret", b"")
    return _expand(secret, b"key", context, 32), _expand(secret, b"base_nonce", context, 12)


def xwing_encapsulate(public: bytes, eseed: bytes) -> tuple[bytes, bytes]:
    """(shared secret, 1,120 bytes), EncapsulateDerand of the draft."""
    secret_m, ct_m = mlkem_encapsulate(public[:1184], eseed[:32])
    ephemeral = X25519PrivateKey.from_private_bytes(eseed[32:])
    ct_x = ephemeral.public_key().public_bytes_raw()
    secret_x = ephemeral.exchange(X25519PublicKey.from_public_bytes(public[1184:]))
    return _combine(secret_m, secret_x, ct_x, public[1184:]), ct_m + ct_x


def xwing_decapsulate(seed: bytes, enc: bytes) -> bytes:
    """The shared secret; ML-KEM by the library."""
    expanded = shake_256(seed).digest(96)
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    secret_m = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).decapsulate(enc[:1088])
    secret_x = x25519.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    return _combine(secret_m, secret_x, enc[1088:], x25519.public_key().public_bytes_raw())


def mlkem_encapsulate(ek: bytes, m: bytes) -> tuple[bytes, bytes]:
    """(shared secret, 1,088 bytes) of ML-KEM-768 with the sender's 32 random bytes `m`."""
    expanded = sha3_512(m + sha3_256(ek).digest()).digest()
    return expanded[:32], _encrypt(ek, m, expanded[32:])


def _encrypt(ek: bytes, m: bytes, r: bytes) -> bytes:
    t_hat = [_unpack(ek[384 * i : 384 * (i + 1)], 12) for i in range(K)]
    y_hat = [_ntt(_noise(r, i)) for i in range(K)]
    u = [
        _add(_inverse_ntt(_dot([_matrix(ek[1152:], j, i) for j in range(K)], y_hat)), _noise(r, K + i))
        for i in range(K)
    ]
    message = [bit * 1665 for bit in _unpack(m, 1)]
    v = _add(_add(_inverse_ntt(_dot(t_hat, y_hat)), _noise(r, 2 * K)), message)
    return b"".join(_pack(_compress(poly, 10), 10) for poly in u) + _pack(_compress(v, 4), 4)


def _matrix(rho: bytes, i: int, j: int) -> Poly:
    stream = shake_128(rho + bytes([j, i])).digest(3 * 1024)
    return [number for number in _unpack(stream, 12) if number < Q][:256]


def _noise(r: bytes, n: int) -> Poly:
    bits = _unpack(shake_256(r + bytes([n])).digest(128), 1)
    return [bits[i] + bits[i + 1] - bits[i + 2] - bits[i + 3] for i in range(0, 1024, 4)]


def _ntt(f: Poly) -> Poly:
    powers = [[pow(root, j, Q) for j in range(128)] for root in ROOTS]
    return [sum(map(int.__mul__, f[half::2], row)) % Q for row in powers for half in (0, 1)]


def _inverse_ntt(f_hat: Poly) -> Poly:
    scale = pow(128, -1, Q)
    powers = [[pow(root, -j, Q) for root in ROOTS] for j in range(128)]
    return [sum(map(int.__mul__, f_hat[half::2], row)) * scale % Q for row in powers for half in (0, 1)]


def _dot(left: list[Poly], right: list[Poly]) -> Poly:
    total = [0] * 256
    for a, b in zip(left, right, strict=True):
        for i, root in enumerate(ROOTS):
            a0, a1, b0, b1 = a[2 * i], a[2 * i + 1], b[2 * i], b[2 * i + 1]
            total[2 * i] += a0 * b0 + a1 * b1 * root
            total[2 * i + 1] += a0 * b1 + a1 * b0
    return total


def _add(left: Poly, right: Poly) -> Poly:
    return [(a + b) % Q for a, b in zip(left, right, strict=True)]


def _compress(poly: Poly, bits: int) -> Poly:
    return [((value << bits) + Q // 2) // Q % (1 << bits) for value in poly]


def _pack(values: Poly, bits: int) -> bytes:
    number = sum(value << bits * i for i, value in enumerate(values))
    return number.to_bytes(len(values) * bits // 8, "little")


def _unpack(data: bytes, bits: int) -> Poly:
    number = int.from_bytes(data, "little")
    return [number >> bits * i & (1 << bits) - 1 for i in range(len(data) * 8 // bits)]


def _combine(secret_m: bytes, secret_x: bytes, ct_x: bytes, pk_x: bytes) -> bytes:
    return sha3_256(secret_m + secret_x + ct_x + pk_x + XWING_LABEL).digest()


def _extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + SUITE + label + ikm, "sha256")


def _expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    # One block is enough for every length here.
    return hmac.new(secret, labelled + b"\x01", sha256).digest()[:length]
