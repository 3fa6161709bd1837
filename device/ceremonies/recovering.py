"""After a recovery from paper: a new code, a new key, and the old code closed when the new one is typed back."""

from crypto.public.encoding import decode, encode
from device.ceremonies.inviting import close_codes, new_code, old_code, pending_code
from device.ceremonies.rotating import rotate
from device.engine import Engine


async def renew(engine: Engine) -> str:
    """New code, co-signed by the old one, then rotation of the personal space; each step once, whatever was lost.

    Returns the new code as it is printed. `confirm_code` ends the ceremony.
    """
    await engine.settle()
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'renewed_from'").fetchone()
    if row is None:
        started = engine.roster.spaces[engine.writer.personal].epoch
        with engine.vault.write() as writing:
            writing.execute("INSERT INTO meta(key, value) VALUES ('renewed_from', ?)", (encode(started),))
    else:
        value = decode(row[0])
        started = value if isinstance(value, int) else 0
    old, pending = old_code(engine), pending_code(engine)
    if old is not None:
        # A code that a thief's phone made would outlive the old one, and outrank its successor.
        await close_codes(engine, {old.id, *([pending.id] if pending else [])}, younger=True)
    printed = await new_code(engine, old)
    if engine.roster.spaces[engine.writer.personal].epoch <= started:
        await rotate(engine, "personal")
    return printed


def renewal_due(engine: Engine) -> bool:
    """Whether this phone came in from paper and the old code is still to be replaced."""
    return old_code(engine) is not None
