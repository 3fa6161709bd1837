"""Slips: how the leads hear that a number did not work, and not from whom (docs/protocol/7-ceremonies.md).

A slip goes with each sealed entry of the personal space, of one size and nearly always empty: neither that one was
written nor when can be told from outside. One tells of one failure, drawn anew each time: two in one slip, or in one
order, would be known to come from one person.
"""

from typing import TYPE_CHECKING, Any

from crypto.errors import KeyRefused, OpenFailed
from crypto.public.encoding import Canonical, decode, encode
from crypto.secret.epoch import inbox_key
from crypto.secret.hpke import HpkeKey
from crypto.secret.slip import Slip, open_slip, seal_slip
from device import public_keys
from device.days import calendar_day
from device.failures import OWN, TOLD, numbers_of, stands
from device.keyring import epoch_key
from device.pending import stage
from device.transport import Malformed, ServerProblem, Unreachable
from device.view import View
from schemas.records import Sentence, code_list, record_type
from schemas.wire import SyncRequest
from sync.device.changes import Change
from sync.log import Header
from sync.space import SEALED
from sync.state import RosterState

if TYPE_CHECKING:
    from device.engine import Engine

TOLD_FOR = 30
"""Days for which a failure is told: by then it has reached whichever lead still looks."""
RESOURCE = "resource"


async def before_flush(engine: "Engine") -> list[str]:
    """Ask for the leads' inbox of this epoch, if it is not here; on a lead's phone, once a day, for the slips.

    Each phone does, whatever it has to tell. What goes wrong here holds up no sync. Returns sentences for the owner.
    """
    try:
        wanted = _inbox_hash(engine.roster)
        if public_keys.load(engine.vault.read(), wanted) is None:
            await engine.known_publics([wanted])
        return await _take_slips(engine)
    except (Unreachable, Malformed, ServerProblem):
        return []


def with_slip(engine: "Engine", request: SyncRequest) -> SyncRequest:
    """The request, with a slip if it pushes a sealed entry of the own space.

    None while the inbox is withheld, or lost by the server: that too is so whether or not there is something to tell.
    """
    if not engine.enrolled:
        return request
    entries = next((one.entries for one in request.logs if one.log == engine.writer.personal), [])
    if not any(Header.decode(entry.header).kind == SEALED for entry in entries):
        return request
    public = public_keys.load(engine.vault.read(), _inbox_hash(engine.roster))
    if public is None:
        return request
    try:
        sealed = seal_slip(public, engine.identity.programme, _drawn(engine))
    except KeyRefused:
        return request
    return request.model_copy(update={"slip": sealed})


async def _take_slips(engine: "Engine") -> list[str]:
    """Note what the slips tell; a sentence if there is something new.

    It is kept in the lead's own space, with the flush that follows at once and would be there anyway: an entry in
    `leads`, or one more of the own space, would say that a slip had not been empty.
    """
    roster, log, day = engine.roster, engine.roster.space_log("leads"), engine.writer.day()
    if engine.identity.account not in roster.leads or _taken_on(engine.vault.read()) == day:
        return []
    answer = await engine.session.call(engine.transport.slips)
    inboxes = _inboxes(engine.vault.read(), roster, log)
    opened = [_opened(inboxes, roster.programme, sealed) for sealed in answer.slips]
    view = View(engine.vault, engine.identity)
    new = {slip.report: slip for slip in opened if slip is not None and _is_news(view, slip)}
    with engine.vault.write() as connection:
        for slip in new.values():
            stage(connection, engine.writer.personal, _told(view, slip, day))
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('slips_on', ?)", (encode(day),))
    return [Sentence("note_number_told", number=len(new))] if new else []


def _drawn(engine: "Engine") -> Slip | None:
    """One of the failures to be told that still stand."""
    view, since = View(engine.vault, engine.identity), calendar_day(engine.writer.day() - TOLD_FOR)
    slips = list[Slip]()
    for note in view.records("personal", OWN):
        fields, resource = note.fields, view.record(_bytes(note.fields.get("resource")))
        if resource is None or not stands(note, resource) or str(fields.get("occurred_on", "")) < since:
            continue
        number = str(fields.get("number", ""))
        slip = Slip(
            _bytes(fields.get("report")),
            resource.id,
            str(fields.get("failure", "")),
            # A number that its owner typed may be anybody's.
            number if number in numbers_of(resource) else "",
            str(resource.fields.get("assured_date", "")),
        )
        if slip.is_valid():
            slips.append(slip)
    return slips[int.from_bytes(engine.randomness(4), "big") % len(slips)] if slips else None


def _is_news(view: View, slip: Slip) -> bool:
    """Whether it is about a resource that was not checked since, and was not noted before, be it deleted by now."""
    resource = view.record(slip.resource)
    if resource is None or resource.type != RESOURCE or view.state(slip.report) is not None:
        return False
    return str(resource.fields.get("assured_date", "")) <= slip.checked


def _told(view: View, slip: Slip, day: int) -> Change:
    resource = view.record(slip.resource)
    assured = "" if resource is None else str(resource.fields.get("assured_date", ""))
    # Any member may write a slip: words of their own in it would be a letter to the leads.
    fields: dict[str, Canonical] = {
        "resource": slip.resource,
        "failure": slip.failure if slip.failure in code_list("call_failure").codes else "other",
        "occurred_on": calendar_day(day),
    }
    if slip.checked:
        # A day far ahead would outlive every check by another lead.
        fields["checked"] = min(slip.checked, max(assured, calendar_day(day + 1)))
    if resource is not None and slip.number in numbers_of(resource):
        fields["number"] = slip.number
    return Change(slip.report, TOLD, record_type(TOLD).version, deleted=False, fields=fields, removed=())


def _inboxes(connection: Any, roster: RosterState, log: bytes) -> list[HpkeKey]:
    """Of this epoch and the one before: what was sealed to an older one is of a phone that has long been silent."""
    epoch = roster.spaces[log].epoch
    keys = [epoch_key(connection, log, each) for each in range(epoch, max(0, epoch - 2), -1)]
    return [inbox_key(key) for key in keys if key is not None]


def _opened(inboxes: list[HpkeKey], programme: bytes, sealed: bytes) -> Slip | None:
    """None for one that says nothing, or opens with no key: whoever writes such a one only spoils their own."""
    for inbox in inboxes:
        try:
            return open_slip(inbox, programme, sealed)
        except OpenFailed:
            continue
    return None


def _inbox_hash(roster: RosterState) -> bytes:
    return roster.spaces[roster.space_log("leads")].current.inbox_hash


def _taken_on(connection: Any) -> int:
    """The day on which this phone last looked; 0 before."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'slips_on'").fetchone()
    day = 0 if row is None else decode(row[0])
    return day if isinstance(day, int) else 0


def _bytes(value: Canonical | None) -> bytes:
    return value if isinstance(value, bytes) else b""
