"""What the person should know of a phone that cannot do all it is asked: why, and what to do next."""

from typing import Any

from crypto.public.encoding import encode
from device import omissions, unwrapped
from device.ceremonies import reissuing, rotating
from device.engine import Engine
from device.records import Records
from device.witnessed import alarms

_REFUSED = "refused_on"
SHUT_OUT = (
    "the server does not know this phone: it was revoked, or the server came back from a backup. Ask your programme's"
    " lead; if it was revoked, link or recover it again here. Its unsent changes are kept"
)


def is_shut_out(engine: Engine) -> bool:
    """Whether only a link ticket, or a code, of its account helps this phone; or a ticket for a new one, if its
    account itself is what the server lost.
    """
    row: Any = engine.vault.read().execute("SELECT 1 FROM meta WHERE key = ?", (_REFUSED,)).fetchone()
    return bool(engine.writer.barred) or row is not None


def remember_refusal(engine: Engine) -> None:
    """The server refuses this phone's session; the next answer that is believed ends it."""
    with engine.vault.write() as connection:
        day = encode(engine.writer.day())
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (_REFUSED, day))


def wait_for_lead(records: Records) -> str:
    number = records.unsent()
    waits = f"your {number} entries wait" if number > 1 else "your entry waits" if number else "what you write waits"
    return f"the server is being restored; {waits} until your lead says that it is done"


def notes(engine: Engine, records: Records) -> list[str]:
    """That this phone is shut out; faults, contradictions, a server that is behind; what is overdue."""
    connection = engine.vault.read()
    rows = connection.execute("SELECT name, note FROM logs WHERE note <> '' ORDER BY name").fetchall()
    shut = engine.writer.silenced or (SHUT_OUT if is_shut_out(engine) else "")
    shut = shut or (wait_for_lead(records) if engine.healing else "")
    told = [
        *omissions.notes(connection),
        *alarms(connection, engine.roster),
        *reissuing.overdue(engine),
        *rotating.audit(engine.roster),
        *unwrapped.notes(connection, engine.roster),
    ]
    return [*([shut] if shut else []), *(f"{name}: {note}" for name, note in rows), *told]
