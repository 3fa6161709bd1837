"""What can be wrong with a measurement or a share. A caller's own mistakes are `ValueError` or `TypeError`."""


class StatsError(Exception):
    """Base of everything this room raises about its input."""


class MeasurementRefused(StatsError):
    """A measurement that the circuit does not accept; nothing was sharded."""


class Malformed(StatsError):
    """Bytes that are no share, nonce, key or message of this instance: a wrong length or an element out of range."""


class ReportRefused(StatsError):
    """A report that does not verify. It must not be aggregated.

    `reason`: `proof`, `joint-randomness` or `test-point`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
