"""Which day it is: the phone's own, unless it is more than one day off the server's last signed word."""

from datetime import date, timedelta
from typing import Any

from crypto.public.encoding import decode, encode

SECONDS = 86_400


def day_of(seconds: float) -> int:
    """Days since 1970-01-01, UTC."""
    return int(seconds // SECONDS)


def calendar_day(day: int) -> str:
    """A day of roster time as people write it."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def today(connection: Any, seconds: float) -> int:
    """The day to write into statements. A wrong clock must not make the server refuse them."""
    return day_of(seconds) - ahead(connection)


def ahead(connection: Any) -> int:
    """By how many days the phone's clock was ahead of the server's newest signed word; 0 within one day of it."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'clock_error'").fetchone()
    error = 0 if row is None else decode(row[0])
    return -error if isinstance(error, int) and abs(error) > 1 else 0


def note_server_day(connection: Any, seconds: float, server_day: int) -> None:
    """Remember how far this clock is off the signed day of an answer, and when that answer came."""
    error = server_day - day_of(seconds)
    rows = [("clock_error", encode(error)), ("heard_at", encode(int(seconds)))]
    connection.executemany("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", rows)


def server_day(connection: Any) -> int | None:
    """The day that the server's newest believed answer was signed on; None if it was never heard."""
    heard = heard_at(connection)
    row = connection.execute("SELECT value FROM meta WHERE key = 'clock_error'").fetchone()
    error = None if row is None else decode(row[0])
    return day_of(heard) + error if heard is not None and isinstance(error, int) else None


def heard_at(connection: Any) -> int | None:
    """When the server was last heard, by the phone's own clock: seconds since 1970, UTC; None if never."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'heard_at'").fetchone()
    value = None if row is None else decode(row[0])
    return value if isinstance(value, int) else None
