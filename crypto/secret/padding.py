"""Padding with 0x80 and zeros (ISO/IEC 7816-4), which hides the length of what is sealed."""

from crypto.errors import OpenFailed


def pad(data: bytes, size: int) -> bytes:
    """`data | 0x80 | zeros`, `size` bytes in all. Raises ValueError unless `size > len(data)`."""
    if len(data) >= size:
        raise ValueError("no room for padding")
    return (data + b"\x80").ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """What was padded. Raises OpenFailed `padding`."""
    marked = padded.rstrip(b"\0")
    if not marked.endswith(b"\x80"):
        raise OpenFailed("padding")
    return marked[:-1]
