"""What a demonstration claims while it runs."""


class DemoFailed(Exception):
    """Something is not as it must be; the message says what."""

    def __init__(self, claim: str) -> None:
        super().__init__(f"not so: {claim}")


def must(holds: object, claim: str) -> None:
    """Raises DemoFailed unless it holds."""
    if not holds:
        raise DemoFailed(claim)
