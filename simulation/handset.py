"""A phone of the simulation: its files, its wrong clock, the process that dies, and what has been seen of it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import orjson

from crypto.public.base64url import unb64
from crypto.public.ids import leaf
from crypto.secret.local import local_key
from device import vault as vault_module
from device.keystore import INCARNATION_FILE, Keystore
from device.phone import Phone
from device.telling import is_shut_out
from device.transport import Client
from device.vault import Vault
from simulation import programs
from simulation.network import Wire
from simulation.randomness import seeded
from simulation.violation import Crash, Violation
from sync.log import Header
from sync.state import FIRST_RULES
from sync.ticket import Ticket

if TYPE_CHECKING:
    from simulation.schedule import Fault
    from simulation.world import World

PASSCODE = "abacus abdomen abdominal abide abiding"
NAMES = ("home", "keystore")
LASTS = {"offline": 1_000_000, "deaf": 3}
"""How many requests a fault spoils, if more than one: three are all the tries of a phone."""

remembered = cache(local_key)
"""What Argon2id gives, derived once: all phones of a process are copies of one empty phone."""


class Handset:
    """`folder` holds `home` (the vault) and `keystore`. `offset`: how far its clock is off, in seconds.

    `older`: it once came back from its backup; `image`: with a keystore as old, so that it cannot know.
    `doubts`: the server was put back since, and this phone may have known more. `gone_over`: logs in which it has taken
    on what the server shows instead, with the head of the roster behind the `restored` that let it. `declaring`: its
    owner says that the server was put back.
    `member`: the account that it was last seen in. `stolen_on`: the day from which a thief holds it, or held the phone
    that linked it. `program`: the rules version that its program implements.
    """

    def __init__(self, world: "World", slot: int, folder: Path) -> None:
        self.world = world
        self.slot = slot
        self.folder = folder
        self.offset = 0.0
        self.program = FIRST_RULES
        self.lost = False
        self.older = self.image = False
        self.busy = False
        self.doubts = self.declaring = False
        self.gone_over: set[tuple[bytes, bytes]] = set()
        self.stolen_on: date | None = None
        self.ticket: Ticket | str | None = None
        self.printed = ""
        self.member = b""
        self.backups = 0
        self.randomness = seeded(world.seed, "phone", slot)
        self.client = Client(transport=Wire(world, self))
        self.positions: dict[bytes, tuple[int, bytes]] = {}
        self.open()

    # Process and files.

    def open(self) -> None:
        # A process that dies while it opens its vault would leave it open in this one.
        self.disarm()
        programs.run(self.program)
        self._phone = Phone.open(
            self.folder / "home",
            self.folder / "keystore",
            PASSCODE,
            clock=self.clock,
            randomness=self.randomness,
            client=self.client,
            patience=(0.0, 0.0),
        )
        if self.arrived:
            self.world.slot_of[self.device] = self.slot

    def reopen(self) -> None:
        """Started again: what it knows is what it had stored."""
        self.phone.vault.close()
        self.open()

    async def close(self) -> None:
        self.phone.vault.close()
        await self.client.aclose()

    def clock(self) -> float:
        return max(0.0, self.world.now + self.offset)

    def back_up(self) -> None:
        """A copy of its files as they are, the keystore's among them; `restore` decides what of it comes back."""
        self.backups += 1
        for name in NAMES:
            shutil.copytree(self.folder / name, self.folder / f"{name}.{self.backups}")

    def restore(self, *, keystore: str) -> None:
        """The newest backup in the place of the phone. `keystore`: kept, also restored, or its incarnation lost."""
        self.phone.vault.close()
        names = NAMES if keystore == "restored" else NAMES[:1]
        for name in names:
            shutil.rmtree(self.folder / name)
            shutil.copytree(self.folder / f"{name}.{self.backups}", self.folder / name)
        if keystore == "lost":
            (self.folder / "keystore" / INCARNATION_FILE).unlink(missing_ok=True)
        self.older, self.image = True, self.image or keystore == "restored"
        self.positions.clear()
        self.gone_over.clear()
        self.open()
        self.world.losses.check(self)

    # Who it is.

    @property
    def phone(self) -> Phone:
        """Its program, of its own version."""
        programs.run(self.program)
        return self._phone

    @property
    def arrived(self) -> bool:
        identity = self.phone.identity
        return identity is not None and identity.stage == "active"

    @property
    def account(self) -> bytes:
        identity = self.phone.identity
        return identity.account if identity else b""

    @property
    def device(self) -> bytes:
        identity = self.phone.identity
        return identity.device if identity else b""

    @property
    def silenced(self) -> bool:
        return bool(self.phone.engine.writer.silenced)

    @property
    def shut_out(self) -> bool:
        """Whether it knows that nothing but a ticket or a code helps it."""
        return self.arrived and is_shut_out(self.phone.engine)

    @property
    def stolen(self) -> bool:
        return self.stolen_on is not None

    # What goes wrong.

    def arm(self, faults: "tuple[Fault, ...]") -> None:
        self.faults, self.steps, self.requests = faults, 0, 0

    def disarm(self) -> None:
        self.arm(())

    def step(self) -> None:
        """A moment at which the process may die."""
        self.steps += 1
        if any(fault.kind == "crash" and fault.at == self.steps for fault in self.faults):
            raise Crash

    def next_request(self) -> "list[Fault]":
        self.requests += 1
        return [
            fault
            for fault in self.faults
            if fault.kind != "crash" and fault.at <= self.requests < fault.at + LASTS.get(fault.kind, 1)
        ]

    # What is seen of it.

    def sends(self, path: str, content: bytes) -> None:
        if path == "/v1/reports" and content:
            self.world.counting.sends(self, content)
        if not content or path not in ("/v1/sync", "/v1/programmes"):
            return
        asked = orjson.loads(content)
        # An offer gives back what others have signed, too.
        pushed = [one for one in asked.get("logs", []) if not one.get("offer")]
        sent = [entry for one in pushed for entry in one.get("entries", [])]
        for entry in [*sent, *([asked["entry"]] if "entry" in asked else [])]:
            self.signed(unb64(entry["header"]), unb64(entry["signature"]))

    def committed(self) -> None:
        for header, signature in self.query("SELECT header, signature FROM outbox"):
            self.signed(header, signature)

    def signed(self, raw: bytes, signature: bytes) -> None:
        """What is durable, or has left: a number is signed once, over all lives of the phone."""
        header = Header.decode(raw)
        number = header.log, header.device, header.sequence
        this = leaf(raw, signature)
        self.world.slot_of[header.device] = self.slot
        if self.world.signed.setdefault(number, this) != this and not self.image:
            raise Violation("no_number_is_signed_twice", f"phone {self.slot} signed {header.sequence} again")

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.phone.vault.read().execute(sql, parameters).fetchall()
        return rows


@contextmanager
def watching(world: "World") -> Iterator[None]:
    """Every commit of every vault, and every change of its keystore, is a step of its phone."""
    write, advance, settle = Vault.write, Keystore.advance, Keystore.settle

    def owner(path: Path) -> Handset | None:
        return world.by_folder.get(path.parent)

    @contextmanager
    def watched(vault: Vault, *, new_keys: bool = False) -> Iterator[Any]:
        handset = owner(vault.directory)
        with write(vault, new_keys=new_keys) as connection:
            yield connection
            if handset:
                handset.step()
        if handset:
            handset.committed()
            handset.step()

    def advanced(keystore: Keystore) -> bytes:
        mark = advance(keystore)
        if handset := owner(keystore._path.parent):
            handset.step()
        return mark

    def settled(keystore: Keystore, mark: bytes) -> bool:
        if handset := owner(keystore._path.parent):
            handset.step()
        return settle(keystore, mark)

    with ExitStack() as stack:
        stack.enter_context(patch.object(vault_module, "local_key", remembered))
        stack.enter_context(patch.object(Vault, "write", watched))
        stack.enter_context(patch.object(Keystore, "advance", advanced))
        stack.enter_context(patch.object(Keystore, "settle", settled))
        yield
