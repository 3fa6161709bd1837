"""What leads may hear of numbers that did not work: an account of slips that knows nothing of how they travel."""

from typing import TYPE_CHECKING

from device.failures import OWN, TOLD
from device.view import Record
from simulation.violation import Violation

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

HEARD = frozenset({"resource", "failure", "number", "checked", "occurred_on"})
"""All that a lead's note may say: nothing of whose it is."""
SAME = "resource", "failure", "number"


class Telling:
    """`told`: by the id under which it is told, what its owner noted."""

    def __init__(self) -> None:
        self.told: dict[bytes, Record] = {}

    def note(self, record: Record) -> None:
        """Something was written on a phone."""
        report = record.fields.get("report")
        if record.type == OWN and isinstance(report, bytes):
            self.told[report] = record


def nobody_hears_what_nobody_told(world: "World", back: "list[Handset]") -> None:
    """Each note of a lead's phone is what somebody noted and did not keep to themselves, once."""
    for handset in back:
        for heard in handset.phone.records.list(TOLD):
            told = world.ledger.telling.told.get(heard.id)
            if told is None:
                raise Violation("nobody_hears_what_nobody_told", f"phone {handset.slot} was told {heard.fields}")
            if heard.fields.keys() - HEARD or any(heard.fields.get(name) != told.fields.get(name) for name in SAME):
                raise Violation("nobody_hears_what_nobody_told", f"{heard.fields} is not {told.fields}")
