"""base64url without padding, canonical (RFC 4648 section 5)."""

from pybase64 import b64decode, b64encode_as_string

from crypto.errors import EncodingError

_ALPHABET = b"-_"

# By what stands in the last, incomplete group of four: its last character carries 4 or 2 unused bits, which are zero.
_LAST = {0: "", 2: "AQgw", 3: "AEIMQUYcgkosw048"}


def b64(data: bytes) -> str:
    """`data` as unpadded base64url."""
    return b64encode_as_string(data, altchars=_ALPHABET).rstrip("=")


def unb64(text: str, length: int | None = None) -> bytes:
    """The bytes that `text` is the one spelling of; exactly `length` of them if given.

    Raises EncodingError for padding, white space, `+`, `/` and any other character, for unused bits that are
    not zero, and for another length.
    """
    # The library takes the first two as well, with a warning; padding is ours alone.
    if "+" in text or "/" in text or "=" in text:
        raise EncodingError("not base64url")
    group = len(text) % 4
    try:
        data = b64decode(text + "=" * (-group % 4), altchars=_ALPHABET, validate=True)
    except ValueError:
        raise EncodingError("not base64url") from None
    # The library ignores unused bits: two spellings of one id would be two ids.
    if group and text[-1] not in _LAST[group]:
        raise EncodingError("not canonical base64url")
    if length is not None and len(data) != length:
        raise EncodingError(f"{len(data)} bytes instead of {length}")
    return data
