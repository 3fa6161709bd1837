"""What a sync did, for the screen."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """`notes` are sentences for the person; `waiting` entries have not come back from the server yet.

    `given_back`: entries that a restored server had lost; `healed`: logs that were offered to it.
    """

    pulled: int = 0
    landed: int = 0
    waiting: int = 0
    quarantined: int = 0
    given_back: int = 0
    healed: set[bytes] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def join(self, later: "Report") -> None:
        """Add what one more round did, and what it says that was not said."""
        self.pulled += later.pulled
        self.landed += later.landed
        self.given_back += later.given_back
        self.healed |= later.healed
        self.waiting, self.quarantined = later.waiting, later.quarantined
        self.notes += [note for note in later.notes if note not in self.notes]
