"""Byte strings by their names, so that a page reads, and is the same each time it is written."""

import json
from typing import Any

from crypto.public.base64url import unb64
from crypto.public.ids import log_id
from device.phone import Phone
from sync.errors import Refused
from sync.log import Header

SHOWN = 2
"""Of a list of entries, keys or wraps, how many are shown."""
ROWS = frozenset({"wraps", "keys", "hashes"})
NEVER_BYTES = frozenset({"type", "title", "detail", "next", "text"})


class Labels:
    """What the phones of a story know of the ids that pass by; `name` adds one."""

    def __init__(self) -> None:
        self.names: dict[bytes, str] = {}

    def name(self, value: bytes, name: str) -> None:
        """The first name of a value stays."""
        self.names.setdefault(value, name)

    def learn(self, phone: Phone, owner: str) -> None:
        """Device, account, logs and invites that this phone knows of; `owner`: a name and which phone it is."""
        identity = phone.identity
        if identity is None:
            return
        self.name(identity.device, f"{owner}'s device id")
        for value, name in (
            (identity.programme, "programme id"),
            (identity.account, f"{owner.split(',', maxsplit=1)[0]}'s account id"),
            (identity.server_key, "server key"),
        ):
            if value:
                self.name(value, name)
        roster = phone.engine.ledger.roster
        if roster is None:
            return
        for account, member in roster.accounts.items():
            whose = self.names.get(account, "an account id").removesuffix(" account id")
            self.name(member.member_key_hash, f"hash of {whose} member key")
        for log, space in roster.spaces.items():
            whose = f", {self.names[space.account]}" if space.account in self.names else ""
            self.name(log, f"log `{space.name}`{whose}")
        self.name(log_id(identity.programme, "witness"), "witness log")
        for invite, record in roster.invites.items():
            self.name(invite, f"an invite id, role `{record.role}`")

    def shown(self, value: Any, key: str = "") -> Any:
        """A JSON value with byte strings as names or lengths, long lists cut."""
        if isinstance(value, dict):
            return {one: self.shown(inner, one) for one, inner in value.items()}
        if key == "logs":
            value, quiet = _speaking(value)
            return [self.shown(inner) for inner in value] + ([f"({quiet} more, with nothing new)"] if quiet else [])
        if isinstance(value, list):
            shown = [self.shown(inner, key) for inner in value]
            # Rows stand in the order of random ids.
            cut = (sorted(shown, key=json.dumps) if key in ROWS else shown)[:SHOWN]
            return [*cut, f"({len(value) - SHOWN} more)"] if len(value) > SHOWN else cut
        if isinstance(value, str) and key not in NEVER_BYTES:
            return self._bytes(value, key)
        return value

    def shown_query(self, query: str) -> str:
        """The parameters of an address, as `shown`."""
        pairs = [pair.partition("=") for pair in query.split("&")]
        return "?" + "&".join(f"{key}={self.shown(value, key)}" for key, _, value in pairs)

    def _bytes(self, text: str, key: str) -> str:
        try:
            value = unb64(text)
        except ValueError:
            return text
        if value in self.names:
            return f"({self.names[value]})"
        if key == "header":
            return self._header(value)
        return f"({len(value)} bytes)"

    def _header(self, value: bytes) -> str:
        try:
            header = Header.decode(value)
        except Refused:
            return f"({len(value)} bytes)"
        author = self.names.get(header.device, "a device").removesuffix("'s device id")
        return f"(`{header.kind}`, number {header.sequence} of {author} in this log)"


def _speaking(logs: list[Any]) -> tuple[list[Any], int]:
    """The first log and all that carry entries, and how many others there are."""
    said = [one for place, one in enumerate(logs) if place == 0 or one.get("entries") or one.get("accepted")]
    return said, len(logs) - len(said)
