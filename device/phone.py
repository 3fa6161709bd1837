"""The phone as its owner meets it: a vault with records and, once a secret brought it in, an engine."""

import os
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from crypto.public.randomness import Randomness
from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device import comparing, erasing, evidence, outbox, routine
from device.ceremonies import (
    founding,
    inviting,
    joining,
    moving,
    recovering,
    restoring,
    revoking,
    rotating,
)
from device.comparing import Verdict
from device.engine import Engine
from device.erasing import Planned
from device.handles import Handles
from device.identity import Identity, load_identity
from device.members import Member, members
from device.notices import drop_notices, load_notices
from device.own_devices import OwnDevice, own_devices
from device.records import NotJoined, Records
from device.report import Report
from device.statistics.desk import Desk
from device.telling import is_shut_out, notes
from device.transport import Client, ServerProblem, Transport
from device.vault import Vault
from device.witnessed import Silent, silent_accounts
from schemas.records import Sentence
from sync.evidence import Evidence
from sync.half import Half
from sync.statements import Policy
from sync.ticket import Ticket, TicketWrong, is_origin


class JoinedAlready(Exception):
    """This phone belongs to a programme; another one needs another directory."""


class Phone:
    """One phone of one account. `clock`: seconds since 1970; `patience`: pauses before a lost request is sent again."""

    def __init__(
        self,
        vault: Vault,
        clock: Callable[[], float],
        randomness: Randomness,
        client: Client | None,
        patience: Sequence[float],
    ) -> None:
        self.vault = vault
        self.clock = clock
        self.randomness = randomness
        self.client = client
        self.patience = patience
        self._engine: Engine | None = None
        self._transports: dict[str, Transport] = {}
        self._records: Records | None = None

    @classmethod
    def create(
        cls,
        directory: Path,
        keystore: Path,
        passcode: str,
        *,
        clock: Callable[[], float] = time.time,
        randomness: Randomness = os.urandom,
        client: Client | None = None,
        patience: Sequence[float] = (0.2, 1.0),
    ) -> Self:
        """A new, empty phone; raises as `Vault.create`."""
        return cls(Vault.create(directory, keystore, passcode, randomness), clock, randomness, client, patience)

    @classmethod
    def open(
        cls,
        directory: Path,
        keystore: Path,
        passcode: str,
        *,
        clock: Callable[[], float] = time.time,
        randomness: Randomness = os.urandom,
        client: Client | None = None,
        patience: Sequence[float] = (0.2, 1.0),
    ) -> Self:
        """Raises as `Vault.open`."""
        phone = cls(Vault.open(directory, keystore, passcode, randomness), clock, randomness, client, patience)
        try:
            phone.sweep()
        except BaseException:
            phone.vault.close()
            raise
        return phone

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()
        self.vault.close()

    @property
    def identity(self) -> Identity | None:
        return self._engine.identity if self._engine else load_identity(self.vault.read())

    @property
    def engine(self) -> Engine:
        """Raises NotJoined."""
        if self._engine is None:
            identity = load_identity(self.vault.read())
            if identity is None:
                raise NotJoined(Sentence("why_not_joined"))
            transport = self._transport(identity.address)
            self._engine = Engine(self.vault, identity, transport, self.clock, self.randomness, self.patience)
        return self._engine

    def _transport(self, address: str) -> Transport:
        if address not in self._transports:
            self._transports[address] = Transport(address, self.client)
        return self._transports[address]

    @property
    def records(self) -> Records:
        """What the owner logs and reads; its methods raise NotJoined before the phone belongs to a programme."""
        if self._records is None:
            self._records = Records(self.vault, self.today, self.randomness)
        return self._records

    @property
    def handles(self) -> Handles:
        """Nicknames that are on this phone alone, for a time."""
        return Handles(self.vault, self.clock, self.randomness)

    def sweep(self) -> None:
        """Delete the nicknames that are over; done with each opening, sync and tick as well."""
        identity = self.identity
        if identity is not None and identity.account:
            self.handles.sweep(self.records.view)

    @property
    def statistics(self) -> Desk:
        """What is counted, and what this phone does for it. Raises NotJoined."""
        return Desk(self.engine, self.records)

    def today(self) -> date:
        """The owner's own calendar day."""
        return datetime.fromtimestamp(self.clock(), UTC).astimezone().date()

    # Coming in

    async def found(self, ticket: Ticket, name: str, policy: Policy | None = None) -> None:
        """Found the programme of an operator's ticket. After a failure the same call goes on where it stopped."""
        if ticket.kind != "found":
            raise TicketWrong(f"this is a {ticket.kind} ticket; founding needs the operator's")
        if not self._comes_by(ticket.secret, "found"):
            self._prepare_founding(ticket, name, policy)
        try:
            await founding.found(self.engine)
        except ServerProblem as problem:
            if problem.name != "day-off":
                raise
            # Signed with a wrong clock, or days ago: the statement is the programme's id, so it becomes another one.
            founding.heed_day(self.vault, self.clock(), problem)
            self._prepare_founding(ticket, name, policy)
            await founding.found(self.engine)

    def _prepare_founding(self, ticket: Ticket, name: str, policy: Policy | None) -> None:
        founding.prepare_founding(self.vault, ticket, name, self.clock, self.randomness, policy or Policy())
        self._engine = self._records = None

    def accept(self, ticket: Ticket, name: str = "") -> None:
        """Take a member, lead or link ticket; `come_in` does the rest.

        A phone that was restored from a backup, copied or revoked takes a link ticket of its own account in place,
        and brings what it had not sent. Raises TicketWrong, JoinedAlready, NameWrong.
        """
        if ticket.kind == "found":
            raise TicketWrong("this ticket founds a programme; it is for its lead")
        if not self._comes_by(ticket.secret, ticket.kind):
            joining.prepare_join(self.vault, ticket, name, self.randomness)
            self._engine = self._records = None

    def recover_with(self, address: str, typed: str) -> None:
        """Take a code on paper; `come_in` does the rest. In place, too, like a link ticket.

        Raises CodeWrong, which says which group, TicketWrong for an address that is none, JoinedAlready.
        """
        secret, address = from_paper(typed), address.strip().rstrip("/")
        if not is_origin(address):
            raise TicketWrong("the server's address looks like https://hallway.example; copy it from the paper")
        if not self._comes_by(secret, "recovery"):
            joining.prepare_recovery(self.vault, address, secret, self.randomness)
            self._engine = self._records = None

    def _comes_by(self, secret: bytes, way: str) -> bool:
        """Whether this phone is on its way in with this very secret; raises JoinedAlready if it is in."""
        identity = self.identity
        if identity is None:
            return False
        if self.engine.enrolled or identity.stage == "active":
            if is_shut_out(self.engine) and (way in ("link", "recovery") or not self.engine.writer.barred):
                return False
            if identity.secret != secret or (identity.stage == "active" and identity.way != "recovery"):
                raise JoinedAlready("this phone belongs to a programme already; use another directory for another one")
        return identity.secret == secret

    async def come_in(self) -> Report:
        """Join, link or recover to the end of the first sync; may be repeated after any failure."""
        try:
            report = await joining.come_in(self.engine)
        finally:
            # A refused `join` is signed again for another account.
            self._records = None
        self.records.refresh_card()
        return report

    # Ceremonies

    async def invite(self, role: str = "member", uses: int = 1, days: int = 14) -> Ticket:
        return await inviting.invite(self.engine, role, uses, days)

    async def link(self) -> Ticket:
        """A ticket for a further phone of this account, good for a day."""
        return await inviting.invite(self.engine, "link", 1, 1)

    async def new_code(self) -> str:
        """A code for paper, as it is printed; after a recovery it replaces the old one, and the space's key too."""
        if recovering.renewal_due(self.engine):
            return await recovering.renew(self.engine)
        return await inviting.new_code(self.engine)

    async def confirm_code(self, typed: str) -> None:
        await inviting.confirm_code(self.engine, typed)

    async def rotate(self, space: str) -> None:
        await rotating.rotate(self.engine, space)

    async def revoke(self, device: bytes, since: date | None = None, typed: str = "") -> None:
        """Take another phone off this account, with all it brought in `since` that day; see `revoking.revoke`.

        `typed`: a recovery code that consents, if any. Raises CodeWrong.
        """
        code = InviteKeys.from_secret(from_paper(typed)) if typed else None
        await revoking.revoke(self.engine, device, since=self._position_before(since), code=code)
        # Also what that phone wanted erased is withdrawn, and should this be interrupted, with the next sync.
        await erasing.keep_up(self.engine)

    async def revoke_others(self, keep: Collection[bytes], since: date | None = None) -> None:
        """After a recovery: take all other phones but those to `keep` off this account."""
        await recovering.revoke_others(self.engine, keep, self._position_before(since))
        await erasing.keep_up(self.engine)

    def _position_before(self, since: date | None) -> int | None:
        if since is None:
            return None
        day = (since - date(1970, 1, 1)).days
        return revoking.position_before(self.vault.read(), self.engine.identity.programme, day)

    async def remove(self, account: bytes) -> None:
        """Take an account off the programme: for leads."""
        await revoking.remove(self.engine, account)

    async def leave(self, typed: str = "") -> None:
        """Take this account off the programme, with the consent of its recovery code, if it has one.

        Raises CodeWrong, and as `revoking.remove`.
        """
        code = InviteKeys.from_secret(from_paper(typed)) if typed else None
        await revoking.remove(self.engine, self.engine.identity.account, code)

    async def state_server(self, server_key: bytes, address: str, *, one_organisation: bool | None = None) -> None:
        """Say where the programme's server moves to, and its key: for leads. See `moving.state_server`."""
        await moving.state_server(self.engine, server_key, address, one_organisation=one_organisation)

    async def state_organisation(self, *, one: bool) -> None:
        """Say whether the leads' own organisation runs the server: for leads. See `moving.state_organisation`."""
        await moving.state_organisation(self.engine, one=one)

    async def go_to(self, address: str) -> None:
        """Follow the programme's server to the address that the owner was told; see `moving.go_to`."""
        await moving.go_to(self.engine, self._transport(address))

    async def close_invite(self, invite: bytes) -> None:
        await inviting.close(self.engine, invite)

    async def set_policy(self, policy: Policy) -> None:
        await rotating.set_policy(self.engine, policy)

    async def restored(self) -> list[str]:
        """Say that the server was put back from a backup: for leads. It ends the alarm of all phones."""
        return await restoring.restored(self.engine)

    # Every day

    async def sync(self, *, flush: bool = True) -> Report:
        """Flush, push and pull; a lead's phone also takes the names of those who joined, and rotates after departures.

        Raises NotJoined before `found` or `come_in` has ended, else as `Engine.sync`.
        """
        if self.engine.identity.stage != "active":
            raise NotJoined(Sentence("why_on_the_way"))
        try:
            return await routine.sync(self.engine, self.records, self._transport, flush=flush)
        finally:
            self.sweep()

    def erasures(self) -> list[Planned]:
        """What is going to be erased and can be withdrawn until then, unless a recovery code consented."""
        return erasing.planned(self.engine)

    async def withdraw(self, erasure: bytes) -> None:
        """Undo an erasure, by its id, before it falls due. Raises ErasureUnknown, and as `sync`."""
        await erasing.withdraw(self.engine, erasure)

    async def erase_now(self, typed: str) -> int:
        """Erase all old flushes of this account at once, with the consent of its recovery code; returns how many.

        Raises CodeWrong, Refused, and as `sync`.
        """
        return await erasing.erase_now(self.engine, InviteKeys.from_secret(from_paper(typed)))

    async def tick(self) -> Report | None:
        """Called whenever the phone is online: flushes once a day at a random moment, also with nothing to say."""
        self.sweep()
        return await routine.tick(self.engine, self.sync)

    def members(self) -> list[Member]:
        """All accounts, those who joined first first; names as far as this phone may read them."""
        return members(self.engine)

    def devices(self) -> list[OwnDevice]:
        """The phones of this account, this one among them."""
        identity = self.engine.identity
        return own_devices(self.vault.read(), self.engine.roster, identity.account, identity.device)

    def notes(self) -> list[str]:
        """What the person should know: that this phone is shut out; faults, contradictions, a server that is behind."""
        return notes(self.engine, self.records)

    async def evidence(self) -> list[Evidence]:
        """What the server signed that cannot both be true: a log each, the roster first; see `sync.evidence.verify`."""
        return await evidence.gather(self.engine)

    def half(self) -> Half:
        """What the server told this phone: two phones that were told different things join it; see `sync.half.join`."""
        return evidence.half(self.vault.read(), self.engine.identity.programme)

    def silent(self) -> list[Silent]:
        """Accounts without a witness for more than 45 days, as of the last sync: on a long holiday, or shown another
        history. The longest silent first; none before the witness log was read.
        """
        return silent_accounts(self.vault.read(), self.engine.roster)

    # Comparing with another person, past the server

    def compare_code(self) -> str:
        """What this phone was shown, as text for a QR code. It holds no secret. As of the last sync."""
        return comparing.code_of(self.engine.roster, self.engine.ledger)

    def compare(self, text: str) -> Verdict:
        """Whether the other's code is of the same history; a different one is kept and told in `notes`.

        Raises CompareWrong.
        """
        with self.vault.write() as connection:
            return comparing.compare(connection, self.engine.roster, self.engine.ledger, text)

    def compare_words(self) -> tuple[int, tuple[str, ...]]:
        """A roster position, and six words to read aloud with it."""
        roster = self.engine.roster
        return roster.chain.position, comparing.words_at(roster.programme, *roster.chain.cursor.as_array())

    def compare_spoken(self, position: int, words: Sequence[str]) -> Verdict:
        """The same for what the other reads aloud. Raises CompareWrong, also for a slip of one or two words."""
        with self.vault.write() as connection:
            return comparing.compare_spoken(connection, self.engine.roster, position, words)

    def take_notices(self) -> list[str]:
        """What the account's other phones did that concerns its owner: joins, codes, revocations. Each once."""
        found = load_notices(self.vault.read())
        if found:
            with self.vault.write() as connection:
                drop_notices(connection, found)
        return [notice for _, notice in found]

    def waiting(self) -> int:
        """Signed entries that have not come back from the server yet."""
        return outbox.count(self.vault.read())
