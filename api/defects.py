"""Which kinds of failures there were: for metrics, which tell of each hour and never of a request."""

from store.errors import StorageFailed


class Defects:
    """May be used from any thread. A kind is the class of an exception, as in the log; no message, place or time."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()

    def note(self, error: BaseException) -> None:
        """Keep its kind; of a failure of the storage the kind of what caused it."""
        cause = error.__cause__ if isinstance(error, StorageFailed) else None
        self._kinds.add(type(cause or error).__name__)

    def take(self) -> set[str]:
        """The kinds noted since the last call."""
        taken, self._kinds = self._kinds, set()
        return taken
