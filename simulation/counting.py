"""What was reported in a run, and what came of it: an account of statistics that knows nothing of shares and proofs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.keyfile import noise_key
from device.statistics.reported import COUNTED, LEFT_OUT, reported
from simulation.randomness import seeded
from simulation.violation import Violation
from stats.noise import noise
from stats.release import Release
from sync.report import Report, Submission, receipt

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World


@dataclass(frozen=True)
class Shared:
    """A report as it left a phone. `content`: the very bytes; `cells`: what it says; `counted`: ids of the records."""

    account: bytes
    opening: bytes
    content: bytes
    cells: dict[int, int]
    counted: frozenset[bytes]


class Counting:
    """`shared`: by nonce; `closed`: the receipts with which an opening was closed, by the leaf of `close_period`."""

    def __init__(self) -> None:
        self.shared: dict[bytes, Shared] = {}
        self.closed: dict[bytes, list[bytes]] = {}

    def sends(self, handset: "Handset", content: bytes) -> None:
        """Raises Violation if shares of another measurement leave under a nonce that has been used."""
        report = Report.decode(Submission.decode(content).report)
        before = self.shared.get(report.nonce)
        if before is not None:
            if before.content != content:
                raise Violation("no_report_is_shared_twice", f"phone {handset.slot} shares another under one nonce")
            return
        records = reported(handset.phone.records.view, handset.phone.vault.read())
        said = next((one for one in records if one.record == report.nonce), None)
        if said is None:
            raise Violation("no_report_is_shared_twice", f"phone {handset.slot} has no record of what it reports")
        self.shared[report.nonce] = Shared(
            handset.account, report.opening, content, dict(said.cells), frozenset(said.counted)
        )

    def counted(self, opening: bytes, closing: bytes) -> list[Shared]:
        """The reports that were added up. Raises Violation for a report that nobody made, or two of an account."""
        found = list[Shared]()
        for one in self.closed[closing]:
            made = [each for nonce, each in self.shared.items() if receipt(opening, each.account, nonce) == one]
            if len(made) != 1 or made[0].account in {each.account for each in found}:
                raise Violation("nobody_counts_twice", "a period was closed with a report too many")
            found += made
        return found


def check_release(world: "World", handset: "Handset", release: Release) -> None:
    """The table is what the counted reports say, and the noise of the server. Raises Violation."""
    roster = handset.phone.engine.roster
    closing = roster.openings[release.opening].closed
    if closing is None or closing not in world.counting.closed:
        raise Violation("a_release_is_the_sum", "it was released, and never closed")
    counted = world.counting.counted(release.opening, closing)
    key = noise_key(world.server.settings.noise_key_path, seeded("none"))
    added = noise(key, closing, 0, release.task.cells, release.task.scale)
    sums = [sum(one.cells.get(cell, 0) for one in counted) for cell in range(release.task.cells)]
    if list(release.cells) != [one + more for one, more in zip(sums, added, strict=True)]:
        raise Violation("a_release_is_the_sum", f"{release.cells} is not {sums} and {added}")
    if release.reports != len(counted):
        raise Violation("a_release_is_the_sum", f"{release.reports} reports are said to be counted of {len(counted)}")


def receipts_say_the_truth(world: "World", back: "list[Handset]") -> None:
    """Who is told that a report counts, or does not, is told so by the list that was added up."""
    for handset in back:
        engine = handset.phone.engine
        for one in reported(handset.phone.records.view, engine.vault.read()):
            made = engine.roster.openings.get(one.opening)
            listed = None if made is None or made.closed is None else world.counting.closed.get(made.closed)
            if listed is None or one.outcome not in (COUNTED, LEFT_OUT) or one.record not in world.counting.shared:
                continue
            account = world.counting.shared[one.record].account
            if (receipt(one.opening, account, one.record) in listed) != (one.outcome == COUNTED):
                raise Violation("receipts_say_the_truth", f"phone {handset.slot} says {one.outcome}")


def nothing_counts_twice(world: "World", _: "list[Handset]") -> None:
    """No contact is in two totals of one table."""
    roster, seen = world.truth.roster(), set[tuple[bytes, bytes]]()
    for id_, made in roster.openings.items():
        if made.closed is None or made.closed not in world.counting.closed:
            continue
        for one in world.counting.counted(id_, made.closed):
            again = {(made.task, record) for record in one.counted}
            if again & seen:
                raise Violation("nothing_counts_twice", "a contact is in two totals of one table")
            seen |= again
