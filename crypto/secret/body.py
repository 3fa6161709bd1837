"""The committing sealed body of an entry: `salt(32) | commitment(32) | AES-256-GCM ciphertext and tag`.

`key(32) | nonce(12) | commitment(32) = HKDF-SHA256(epoch key, salt, ctx("seal") | header fields, 76)`. The
header fields are the encoding of the header without its body hash; they are the associated data as well
(docs/protocol/5-sealed.md).
"""

from hmac import compare_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import BodyTooLarge, OpenFailed
from crypto.public.hashing import hkdf
from crypto.secret.padding import pad, unpad

RUNGS = (4096, 16384, 65536, 262144, 1048576)
SALT_SIZE = 32

_PREFIX = SALT_SIZE + 32
_OVERHEAD = _PREFIX + 16


def capacity(rung: int) -> int:
    """Bytes of plaintext that a body of `rung` bytes takes at most: one byte of padding is always there."""
    return rung - _OVERHEAD - 1


def seal(epoch_key: bytes, salt: bytes, header_fields: bytes, plaintext: bytes) -> bytes:
    """A body as long as the smallest rung that fits.

    `salt`: 32 fresh random bytes; key and nonce derive from it, so that a cloned phone repeats neither.
    Raises BodyTooLarge beyond `capacity(RUNGS[-1])`, ValueError for a wrong size of key or salt.
    """
    rung = next((rung for rung in RUNGS if len(plaintext) <= capacity(rung)), None)
    if rung is None:
        raise BodyTooLarge(f"{len(plaintext)} bytes, more than {capacity(RUNGS[-1])}")
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt has 32 bytes")
    aead, nonce, commitment = _derive(epoch_key, salt, header_fields)
    return salt + commitment + aead.encrypt(nonce, pad(plaintext, rung - _OVERHEAD), header_fields)


def open(epoch_key: bytes, header_fields: bytes, body: bytes) -> bytes:  # noqa: A001 (always body.open)
    """The plaintext of `body`. Raises OpenFailed.

    `body-size`: no rung. `commitment`: another key or header. `tag`: changed ciphertext. `padding`: a defect
    or malice of the author, who alone can have made it.
    """
    if len(body) not in RUNGS:
        raise OpenFailed("body-size")
    aead, nonce, commitment = _derive(epoch_key, body[:SALT_SIZE], header_fields)
    # AES-GCM alone opens one ciphertext under two keys, to two plaintexts.
    if not compare_digest(commitment, body[SALT_SIZE:_PREFIX]):
        raise OpenFailed("commitment")
    try:
        padded = aead.decrypt(nonce, body[_PREFIX:], header_fields)
    except InvalidTag:
        raise OpenFailed("tag") from None
    return unpad(padded)


def _derive(epoch_key: bytes, salt: bytes, header_fields: bytes) -> tuple[AESGCM, bytes, bytes]:
    if len(epoch_key) != 32:
        raise ValueError("an epoch key has 32 bytes")
    material = hkdf(epoch_key, "seal", header_fields, length=76, salt=salt)
    return AESGCM(material[:32]), material[32:44], material[44:]
