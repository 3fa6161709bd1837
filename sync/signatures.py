"""Strict signature checks that speak the protocol's language."""

from crypto.errors import KeyRefused, SignatureInvalid
from crypto.public.signing import check_public_key, verify
from sync.errors import Refused


def check_signature(
    key: bytes, name: str, message: bytes, signature: bytes, problem: str = "signature-invalid"
) -> None:
    """Verify under context `name`; raises Refused `key-refused` or the given problem."""
    check_key(key)
    try:
        verify(key, name, message, signature)
    except SignatureInvalid:
        raise Refused(problem, f"the signature under context `{name}` does not verify") from None


def check_key(key: bytes) -> None:
    """Every key passes here before it is enrolled or used; raises Refused `key-refused`."""
    try:
        check_public_key(key)
    except KeyRefused as error:
        raise Refused("key-refused", str(error)) from None
