"""Which key the server lets entries be sealed under, seen from outside: what it accepted, in that order."""

from typing import TYPE_CHECKING, Any

from crypto.public.base64url import unb64
from crypto.public.ids import log_id
from simulation.violation import Violation
from sync.log import Header
from sync.statements import Revoke, Rotate

if TYPE_CHECKING:
    from simulation.truth import Truth

Json = dict[str, Any]


class Epochs:
    """`stored`: numbers that were accepted once; `current`: the epoch of each space that was rotated."""

    def __init__(self, truth: "Truth") -> None:
        self.truth = truth
        self.stored: set[tuple[bytes, bytes, int]] = set()
        self.current: dict[bytes, int] = {}

    def forget(self) -> None:
        """The server is another one: older than what was seen of it."""
        self.stored.clear()
        self.current.clear()

    def observe(self, asked: Json, answer: Json) -> None:
        """An exchange that the server answered with 200. Raises Violation."""
        accepted = {unb64(one["log"]): {each["sequence"] for each in one["accepted"]} for one in answer["logs"]}
        for one in asked["logs"]:
            for entry in one.get("entries", ()):
                header = Header.decode(unb64(entry["header"]))
                if header.sequence in accepted[header.log]:
                    self._accepted(header, unb64(entry["body"]))

    def _accepted(self, header: Header, body: bytes) -> None:
        number = header.log, header.device, header.sequence
        if number in self.stored:
            return
        self.stored.add(number)
        if header.kind == Rotate.kind:
            rotate = Rotate.decode(body)
            self.current[_space(header.log, rotate.space, rotate.account)] = rotate.epoch
        elif header.kind == Revoke.kind:
            device = self.truth.roster().known_device(header.device)
            if device is not None:
                self.current[_space(header.log, "personal", device.account)] = Revoke.decode(body).epoch
        elif header.epoch and header.epoch < self.current.get(header.log, 1):
            raise Violation("a_rotated_key_shuts_out", f"an entry under epoch {header.epoch} came after its rotation")


def _space(programme: bytes, name: str, account: bytes) -> bytes:
    return log_id(programme, name, account if name == "personal" else None)
