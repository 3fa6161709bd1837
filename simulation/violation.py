"""What a run may end with instead of an answer."""


class Violation(Exception):
    """Something that must never happen has happened. `invariant` names the promise."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.detail = detail


class Crash(BaseException):
    """The process of a phone is gone; only its files are left. No `except Exception` outlives it."""
