"""What can be wrong with bytes from outside. A caller's own mistakes are `ValueError` or `TypeError`."""


class CryptoError(Exception):
    """Base of everything this room raises about its input."""


class EncodingError(CryptoError):
    """Not canonical: CBOR, base64url or padding outside the one accepted form."""


class KeyRefused(CryptoError):
    """A public key that must not be enrolled or used."""


class SignatureInvalid(CryptoError):
    """The signature does not belong to this key, context and data."""


class BodyTooLarge(CryptoError):
    """The plaintext fits no rung; split the flush."""


class OpenFailed(CryptoError):
    """A sealed message that cannot be opened.

    `reason`: `size`, `body-size`, `commitment`, `tag`, `padding` or `text`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CodeWrong(CryptoError):
    """A recovery code that was typed wrong.

    `group`: the first wrong group, counted from 1; None when every group passes, yet not the whole.
    """

    def __init__(self, group: int | None) -> None:
        super().__init__("the code as a whole is wrong" if group is None else f"group {group} is wrong")
        self.group = group


class PasscodeWrong(CryptoError):
    """The passcode does not open this phone."""
