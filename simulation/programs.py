"""Which version of the program runs: phones are updated one by one, and the server when its operator thinks of it.

Nothing of the product asks for the rules version that it implements but by this one number, in these modules.
"""

from device import repairing, writer
from device.ceremonies import announcing
from store import admission
from sync import history
from sync.device import replica
from sync.state import FIRST_RULES

MODULES = (admission, announcing, history, repairing, replica, writer)
NEWEST = FIRST_RULES + 2


def run(rules: int) -> None:
    """From now on a program runs that implements these."""
    for module in MODULES:
        vars(module)["RULES"] = rules


def running() -> int:
    rules: int = vars(replica)["RULES"]
    return rules
