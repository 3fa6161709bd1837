"""Tickets: an operator's founding token, or an invite, as one string (docs/protocol/2-keys.md)."""

import re
from dataclasses import dataclass

from crypto.errors import EncodingError
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from sync.errors import Refused
from sync.shape import array, decode_array, integer, octets, text

KINDS = ("found", "member", "lead", "link")
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
TICKET = array(integer(1, 1), text(of=KINDS), text(1, 200), octets(32), octets(16))


class TicketWrong(ValueError):
    """The text is no ticket; the message says what to look at."""


def is_origin(address: str) -> bool:
    """`scheme://host[:port]`, as it stands in rosters, tickets and on paper."""
    return len(address) <= 200 and ORIGIN.fullmatch(address) is not None


@dataclass(frozen=True, slots=True)
class Ticket:
    """`kind` is found, member, lead or link; `secret` has 16 bytes."""

    kind: str
    address: str
    server_key: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"Ticket({self.kind!r}, {self.address!r}, ...)"

    def to_text(self) -> str:
        data = encode([1, self.kind, self.address, self.server_key, self.secret])
        return f"{self.address}/{self.kind}#{b64(data)}"

    @staticmethod
    def from_text(raw: str) -> "Ticket":
        """Raises TicketWrong."""
        if len(raw.split()) > 1:
            raise TicketWrong("this is more than one ticket, or one with a gap in it: give one, in one line")
        clear, mark, data = raw.strip().partition("#")
        address, _, kind = clear.rpartition("/")
        if not mark or kind not in KINDS or not is_origin(address):
            raise TicketWrong("a ticket looks like https://server/member#...; copy all of it")
        try:
            _, *rest = decode_array(unb64(data), TICKET, "ticket")
        except (EncodingError, Refused):
            raise TicketWrong("the part after # is damaged; copy the ticket again") from None
        ticket = Ticket(*rest)
        if (ticket.kind, ticket.address) != (kind, address):
            raise TicketWrong("the parts of this ticket contradict each other: do not use it, ask for a new one")
        return ticket
