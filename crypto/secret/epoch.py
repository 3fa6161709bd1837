"""Epoch keys of a space, and the leads' inbox, which derives from one (docs/protocol/2-keys.md)."""

from hmac import compare_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import EncodingError, KeyRefused, OpenFailed, SignatureInvalid
from crypto.public.encoding import encode, u64
from crypto.public.hashing import H, hkdf
from crypto.public.signing import SigningKey, verify
from crypto.secret import hpke
from crypto.secret.hpke import HpkeKey
from crypto.secret.padding import pad, unpad

EPOCH_KEY_SIZE = 32
WRAP_SIZE = EPOCH_KEY_SIZE + hpke.OVERHEAD
SEALED_PREVIOUS_SIZE = EPOCH_KEY_SIZE + 16
SIGNATURE_SIZE = 64
MAX_NAME_BYTES = 176
SEALED_NAME_SIZE = 256 + hpke.OVERHEAD


def commitment(epoch: int, key: bytes) -> bytes:
    """What the roster says of an epoch key. Raises ValueError unless `key` has 32 bytes."""
    _check_key(key)
    return H("epoch", u64(epoch), key)


def seal_previous(new_key: bytes, new_epoch: int, log: bytes, previous_key: bytes, previous_epoch: int) -> bytes:
    """The previous epoch key, sealed under the new one: 48 bytes.

    Once per `new_key` only: key and nonce derive from it.
    """
    aead, nonce = _previous_cipher(new_key, new_epoch, log)
    return aead.encrypt(nonce, previous_key, commitment(previous_epoch, previous_key))


def open_previous(
    new_key: bytes, new_epoch: int, log: bytes, sealed: bytes, previous_epoch: int, expected_commitment: bytes
) -> bytes:
    """The previous epoch key. Raises OpenFailed: `size`, `tag`, `commitment` (not the roster's key)."""
    if len(sealed) != SEALED_PREVIOUS_SIZE:
        raise OpenFailed("size")
    aead, nonce = _previous_cipher(new_key, new_epoch, log)
    try:
        key = aead.decrypt(nonce, sealed, expected_commitment)
    except InvalidTag:
        raise OpenFailed("tag") from None
    return _committed(key, previous_epoch, expected_commitment)


def wrap(epoch_key: bytes, programme: bytes, log: bytes, epoch: int, reader_id: bytes, reader_public: bytes) -> bytes:
    """The epoch key, sealed to one reader: 1,168 bytes. Raises KeyRefused for a bad `reader_public`."""
    _check_key(epoch_key)
    return hpke.seal(reader_public, "wrap", encode([programme, log, epoch, reader_id]), epoch_key)


def unwrap(
    hpke_key: HpkeKey,
    programme: bytes,
    log: bytes,
    epoch: int,
    reader_id: bytes,
    sealed: bytes,
    expected_commitment: bytes,
) -> bytes:
    """The epoch key of a wrap. Raises OpenFailed: `size`, `tag`, `commitment` (not the roster's key)."""
    if len(sealed) != WRAP_SIZE:
        raise OpenFailed("size")
    key = hpke_key.open("wrap", encode([programme, log, epoch, reader_id]), sealed)
    return _committed(key, epoch, expected_commitment)


def inbox_key(leads_epoch_key: bytes) -> HpkeKey:
    """The leads' inbox of one epoch of `leads`."""
    _check_key(leads_epoch_key)
    return HpkeKey.from_seed(hkdf(leads_epoch_key, "inbox", length=32))


def seal_name(inbox_public: bytes, programme: bytes, account: bytes, name: str, device: SigningKey) -> bytes:
    """`name`, signed by the joining device and sealed to the inbox: 1,392 bytes whatever its length.

    Raises EncodingError for more than 176 bytes of UTF-8 or lone surrogates, KeyRefused for a bad inbox key.
    """
    try:
        text = name.encode()
    except UnicodeEncodeError:
        raise EncodingError("the name is not valid Unicode") from None
    if len(text) > MAX_NAME_BYTES:
        raise EncodingError(f"the name has {len(text)} bytes of UTF-8, more than {MAX_NAME_BYTES}")
    signature = device.sign("display-name", encode([programme, account, name]))
    return hpke.seal(inbox_public, "name", encode([programme, account]), pad(signature + text, 256))


def open_name(inbox: HpkeKey, programme: bytes, account: bytes, sealed: bytes, device_key: bytes) -> str:
    """The name, signed by `device_key` (32 bytes). Raises OpenFailed: `size`, `tag`, `padding`, `text`, `signature`."""
    if len(sealed) != SEALED_NAME_SIZE:
        raise OpenFailed("size")
    content = unpad(inbox.open("name", encode([programme, account]), sealed))
    if not SIGNATURE_SIZE <= len(content) <= SIGNATURE_SIZE + MAX_NAME_BYTES:
        raise OpenFailed("padding")
    try:
        name = content[SIGNATURE_SIZE:].decode()
        verify(device_key, "display-name", encode([programme, account, name]), content[:SIGNATURE_SIZE])
    except UnicodeDecodeError:
        raise OpenFailed("text") from None
    except (SignatureInvalid, KeyRefused):
        raise OpenFailed("signature") from None
    return name


def _previous_cipher(new_key: bytes, new_epoch: int, log: bytes) -> tuple[AESGCM, bytes]:
    _check_key(new_key)
    material = hkdf(new_key, "previous", log + u64(new_epoch), length=44)
    return AESGCM(material[:32]), material[32:]


def _committed(key: bytes, epoch: int, expected: bytes) -> bytes:
    if not compare_digest(commitment(epoch, key), expected):
        raise OpenFailed("commitment")
    return key


def _check_key(key: bytes) -> None:
    if len(key) != EPOCH_KEY_SIZE:
        raise ValueError("an epoch key has 32 bytes")
