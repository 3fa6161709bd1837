"""base64url without padding, canonical (RFC 4648 section 5)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from crypto.errors import EncodingError


def b64(data: bytes) -> str:
    """`data` as unpadded base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str, length: int | None = None) -> bytes:
    """The bytes that `text` is the one spelling of; exactly `length` of them if given.

    Raises EncodingError for padding, white space, `+`, `/` and any other character, for unused bits that are
    not zero, and for another length.
    """
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise EncodingError("not base64url") from None
    # The library skips foreign characters and ignores unused bits: two spellings of one id would be two ids.
    if b64(data) != text:
        raise EncodingError("not canonical base64url")
    if length is not None and len(data) != length:
        raise EncodingError(f"{len(data)} bytes instead of {length}")
    return data
