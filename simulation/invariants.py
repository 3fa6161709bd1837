"""What holds in the end of every run, whatever happened. Those that hold at every step are checked there:

`no_number_is_signed_twice` (handset), `cursors_only_grow`, `nobody_is_accused`, `nobody_is_refused` (world),
`a_rotated_key_shuts_out` also at each acceptance (epochs).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from crypto.errors import OpenFailed
from crypto.public.ids import genesis, leaf, next_head
from demo.scan import encodings
from device.debt import load_debt, treated
from device.keyring import epoch_key, reach
from device.voided import load_void
from simulation.answers import nobody_is_accused
from simulation.counting import nothing_counts_twice, receipts_say_the_truth
from simulation.erased import only_what_was_erased_is_missing
from simulation.ledger import said_of, shown
from simulation.paper import code_of, is_lost
from simulation.standing import anew, void
from simulation.telling import nobody_hears_what_nobody_told
from simulation.violation import Violation
from simulation.wraps import beyond_repair
from sync.device.author import open_entry
from sync.device.changes import Change, Group, decode_content
from sync.log import Entry, Header
from sync.readers import readers
from sync.space import SEALED
from sync.state import RosterState

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World


WAITING = {"outbox": "TRUE", "pending": "NOT (type = 'report' AND field IS 'outcome')"}
"""Tables of what a phone has not sent, and which of their rows should not be there in the end."""


def nothing_is_lost(world: "World", back: "list[Handset]") -> None:
    """All that was acknowledged, or written offline on a phone that is still there, is shown.

    Of `commons` not by who takes one of its writers for gone, as under `phones_converge`.
    """
    roster = world.truth.roster()
    for handset in back:
        spaces = {"personal"} if _takes_for_gone(handset, roster) else {"personal", "commons"}
        here = {id_: record for id_, record in shown(handset.phone).items() if record.space in spaces}
        problem = world.ledger.lost(handset.account, spaces, here)
        if problem:
            raise Violation("nothing_is_lost", f"phone {handset.slot}: {problem}")


def phones_converge(world: "World", back: "list[Handset]") -> None:
    """Nothing waits or is set aside, and phones that read a log hold the same log and the same records.

    Whoever knows of a departure that a restore lost, and that nobody may state again, goes on taking that device's
    entries for void (threat model): they agree with those who know of the same. What became of a report goes up with
    the next flush (`reporting.settle`), and a sync that only looks may have brought it.
    """
    heads: dict[tuple[bytes, frozenset[bytes]], tuple[int, object, object]] = {}
    roster = world.truth.roster()
    for handset in back:
        # Whose newest key nobody has, and who has no paper, writes for themselves alone (threat model).
        closed = is_lost(handset, back) and not code_of(world, handset.account)
        for table, counts in WAITING.items():
            own = handset.phone.engine.writer.personal if closed else b""
            if rows := handset.query(f"SELECT COUNT(*) FROM {table} WHERE log <> ? AND {counts}", own)[0][0]:
                raise Violation("phones_converge", f"phone {handset.slot} has {rows} rows in {table}")
        _opens_all(handset)
        gone = _takes_for_gone(handset, roster)
        for log in handset.phone.engine.logs():
            head = handset.query("SELECT position, head FROM logs WHERE log = ?", log)
            records = handset.query("SELECT record, state FROM records WHERE log = ? ORDER BY record", log)
            slot, *known = heads.setdefault((log, gone), (handset.slot, head, records))
            if known != [head, records]:
                what = "logs" if known[0] != head else "records"
                raise Violation("phones_converge", f"phones {slot} and {handset.slot} hold different {what}")


def _takes_for_gone(handset: "Handset", roster: RosterState) -> frozenset[bytes]:
    return frozenset(set(treated(handset.phone.vault.read(), roster).former) - set(roster.former))


def _opens_all(handset: "Handset") -> None:
    """But for what stands under a key that none of today leads to: a repack says it (docs/protocol/7-ceremonies.md,
    *Recovering from paper*).
    """
    quarantined = handset.query(
        "SELECT log, position, header FROM quarantine JOIN entries USING (log, position) ORDER BY log, position"
    )
    for log, position, header in quarantined:
        if _leads_to(handset, log, Header.decode(header).epoch):
            raise Violation("phones_converge", f"phone {handset.slot} does not open entry {position}")


def _leads_to(handset: "Handset", log: bytes, epoch: int) -> bool:
    engine = handset.phone.engine
    return epoch >= reach(engine.vault.read(), engine.roster, log)


def nothing_is_applied_twice(world: "World", back: "list[Handset]") -> None:
    """No change stands in a log twice under one device and stamp, and no ceremony was carried out twice."""
    for handset in back:
        for log in (log for log in handset.phone.engine.logs() if log in handset.phone.engine.roster.spaces):
            _check_once(handset, log)
    if back:
        roster = back[0].query("SELECT header FROM entries WHERE log = ?", back[0].phone.engine.identity.programme)
        kinds = Counter(Header.decode(header).kind for (header,) in roster)
        for kind in ("invite", "join", "rotate", "policy", "revoke", "remove", "rules", "server"):
            if kinds[kind] > world.asked.get(kind, 0):
                raise Violation("nothing_is_applied_twice", f"{kinds[kind]} statements `{kind}` of {world.asked}")


def _check_once(handset: "Handset", log: bytes) -> None:
    found = list[tuple[bytes, Sequence[Group]]]()
    rows = handset.query("SELECT header, signature, body FROM entries WHERE log = ? ORDER BY position", log)
    for header, signature, body in rows:
        entry = Entry(header, signature, body)
        if body is None or entry.header.kind != SEALED:
            continue
        key = epoch_key(handset.phone.vault.read(), log, entry.header.epoch)
        if key is None:
            if _leads_to(handset, log, entry.header.epoch):
                raise Violation("phones_converge", f"phone {handset.slot} lacks the key of epoch {entry.header.epoch}")
            continue
        found.append((entry.header.device, decode_content(open_entry(entry, key)).groups))
    if change := said_twice(found):
        raise Violation("nothing_is_applied_twice", f"a change of {change.type} stands in the log twice")


def said_twice(entries: Iterable[tuple[bytes, Sequence[Group]]]) -> Change | None:
    """The first change of which its device says something again, of entries of a log: their devices and what they say.

    One device may say again, of one field and under one stamp, what two phones had written; and later, of the same
    flush, what the void entry of another had said in its stead. Its own word goes along with that, and never alone:
    of two entries of one device the later hides the earlier (docs/protocol/9-distrust.md, *After a contradiction*).
    """
    ever = set[tuple[bytes, int, bytes, int, str, bytes]]()
    for device, groups in entries:
        # A repack says again what stands, and says so.
        changes = [(group, change) for group in groups if group.origin is None for change in group.changes]
        now = [
            (change, (device, group.stamp, change.record, group.seen, *each))
            for group, change in changes
            for each in (said_of(change) or {"": b""}).items()
        ]
        news = {(one.record, this[4]) for one, this in now if this not in ever and this[4]}
        once = set[tuple[bytes, int, bytes, int, str, bytes]]()
        for change, this in now:
            if this in once or (this in ever and (change.record, this[4]) not in news):
                return change
            once.add(this)
        ever |= once
    return None


def server_holds_one_chain(world: "World", _: "list[Handset]") -> None:
    """Positions are consecutive from 1, and each head follows from the one before."""
    rows = world.server.rows(
        "SELECT programme, log, position, header, signature, head FROM entries ORDER BY programme, log, position"
    )
    at: dict[bytes, tuple[int, bytes]] = {}
    for programme, log, position, header, signature, head in rows:
        before, running = at.get(log, (0, genesis(programme, log)))
        if position != before + 1 or next_head(running, leaf(header, signature)) != head:
            raise Violation("server_holds_one_chain", f"position {position} does not follow {before}")
        at[log] = position, head


def a_rotated_key_shuts_out(world: "World", back: "list[Handset]") -> None:
    """The wraps of a space are those of its readers, under its newest key: whoever is none finds nothing to open.

    A code on paper keeps those of older keys, which it may read anyway. What a server lost that was put back is given
    back by phones that may write the space and hold the reader's public key: else it stays lost
    (docs/protocol/9-distrust.md, *Healing*).
    """
    roster = world.truth.roster()
    expected = {(log, reader, space.epoch) for log, space in roster.spaces.items() for reader in readers(roster, log)}
    stored = {(log, reader, epoch) for log, reader, epoch in world.server.rows("SELECT log, reader, epoch FROM wraps")}
    current = {(log, epoch) for log, _, epoch in expected}
    for log, reader, epoch in sorted(stored - expected):
        # An invite that ran out by its day alone keeps its row until the next rotation; nothing reads it.
        invite = roster.invites.get(reader)
        on_paper = invite is not None and invite.role == "recovery"
        if (log, epoch) not in current and not on_paper:
            raise Violation("a_rotated_key_shuts_out", f"a wrap of {roster.spaces[log].name} is left, epoch {epoch}")
        if reader not in roster.invites:
            raise Violation("a_rotated_key_shuts_out", f"a stranger has a wrap of {roster.spaces[log].name}")
    missing = {(log, reader) for log, reader, _ in expected - stored}
    gone = beyond_repair(world, back) if missing and world.restores else set[tuple[bytes, bytes]]()
    if missing - gone:
        raise Violation("a_rotated_key_shuts_out", f"{len(missing - gone)} readers have no wrap of the newest key")


def void_entries_count_for_nothing(world: "World", back: "list[Handset]") -> None:
    """What is void is void to every phone, and all records are what the other entries make of them.

    To a phone that knows of a departure which nobody may state again, that device has departed all the same
    (docs/protocol/9-distrust.md, *After a contradiction*).
    """
    roster = world.truth.roster()
    for log in sorted(roster.spaces):
        entries = dict(world.truth.entries(log))
        for handset in back:
            if log not in handset.phone.engine.logs():
                continue
            ignored = void(treated(handset.phone.vault.read(), roster), log, entries)
            _, known = load_void(handset.phone.vault.read(), log)
            if known != ignored:
                raise Violation("void_entries_count_for_nothing", f"phone {handset.slot}: {known} is not {ignored}")
            records = handset.query("SELECT record, state FROM records WHERE log = ? ORDER BY record", log)
            if records != anew(handset, log, ignored, len(entries)):
                raise Violation("void_entries_count_for_nothing", f"phone {handset.slot} shows what does not stand")


def departures_are_answered(world: "World", back: "list[Handset]") -> None:
    """The leads' phones have replaced the shared keys that those who left still hold."""
    roster = world.truth.roster()
    if any(handset.account in roster.leads for handset in back) and (roster.commons_due or roster.leads_due):
        raise Violation("departures_are_answered", "a shared key is still that of somebody who left")


def no_departure_is_unlearnt(world: "World", back: "list[Handset]") -> None:
    """Who was known to have left has left again, unless the rules let nobody say so: that is said to people.

    Not whom a thief's phone had revoked, once the paper has cancelled that (docs/protocol/4-roster.md, `revoke`).
    """
    roster = world.truth.roster()
    for device in world.losses.departures.keys() & roster.devices.keys():
        account = roster.devices[device].account
        departed = world.losses.departures[device]
        sayers = {account} | (roster.leads if departed.removed else set())
        for handset in back:
            knew = handset.slot in departed.slots and handset.account in sayers
            if knew and not load_debt(handset.phone.vault.read()).owed:
                raise Violation("no_departure_is_unlearnt", f"phone {handset.slot} knew that {device.hex()[:8]} left")


def no_statement_is_lost(world: "World", back: "list[Handset]") -> None:
    """What a restored server has no more of the roster, its holders gave back, unless another history began there."""
    if position := world.losses.missing(world, back):
        raise Violation("no_statement_is_lost", f"nobody gave statement {position} back")


def what_was_stated_is_done(world: "World", back: "list[Handset]") -> None:
    """Phones are with the server that the roster names, and the roster says what their programs can do."""
    roster = world.truth.roster()
    for handset in back:
        identity, device = handset.phone.engine.identity, roster.devices.get(handset.device)
        if identity.place != (roster.address, roster.server_key):
            raise Violation("what_was_stated_is_done", f"phone {handset.slot} is with {identity.address}")
        if device is not None and device.rules < handset.program and not handset.silenced:
            raise Violation("what_was_stated_is_done", f"phone {handset.slot} has announced rules {device.rules} alone")


def who_left_reads_nothing_new(world: "World", _: "list[Handset]") -> None:
    """No key on a phone that was taken off opens an entry sealed under a key that came after it had left."""
    roster = world.truth.roster()
    for handset in world.living:
        former = roster.former.get(handset.device)
        if former is None:
            continue
        keys = [key for (key,) in handset.query("SELECT key FROM epoch_keys")]
        for log, space in roster.spaces.items():
            newer = {number for number, one in enumerate(space.epochs, start=1) if one.since >= former.position}
            for position, entry in world.truth.entries(log) if newer else ():
                if entry.body is not None and entry.header.epoch in newer and any(_opens(entry, key) for key in keys):
                    raise Violation("who_left_reads_nothing_new", f"phone {handset.slot}: {space.name} {position}")


def _opens(entry: Entry, key: bytes) -> bool:
    try:
        open_entry(entry, key)
    except OpenFailed:
        return False
    return True


def server_holds_no_marker(world: "World", _: "list[Handset]") -> None:
    """The run's tag, which stands in every text, every name and every contact, is nowhere on the server's disk."""
    files = world.server.files()
    for data in (world.tag, world.tag.hex().encode()):
        for name, pattern in encodings(data):
            if pattern in files:
                raise Violation("server_holds_no_marker", f"the tag stands there as {name}")


INVARIANTS: tuple["Callable[[World, list[Handset]], None]", ...] = (
    server_holds_one_chain,
    phones_converge,
    nothing_is_lost,
    nothing_is_applied_twice,
    a_rotated_key_shuts_out,
    void_entries_count_for_nothing,
    departures_are_answered,
    no_departure_is_unlearnt,
    no_statement_is_lost,
    what_was_stated_is_done,
    who_left_reads_nothing_new,
    only_what_was_erased_is_missing,
    receipts_say_the_truth,
    nothing_counts_twice,
    server_holds_no_marker,
    nobody_is_accused,
    nobody_hears_what_nobody_told,
)
