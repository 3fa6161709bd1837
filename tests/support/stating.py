"""Statements as honest devices make them, unsigned; `changed` makes others."""

from dataclasses import replace
from typing import Any

from crypto.public.signing import SigningKey
from crypto.secret.epoch import commitment, inbox_key, seal_previous
from crypto.secret.hpke import HpkeKey
from sync.log import Cursor
from sync.statement import Cosignature, Statement
from sync.statements import Invite, Join, Last, Remove, Revoke, Rotate
from sync.statistics import Offer
from sync.witness import Witness, digest
from tests.support.people import Pass, Phone
from tests.support.programme import Programme

MEMBERSHIPS = ("member", "lead")
USES = {"member": 1, "lead": 1, "link": 1, "recovery": 0}
DAYS = {"member": 14, "lead": 14, "link": 1}


class Stating(Programme):
    """What each statement says, of the programme as it stands."""

    def inviting(
        self, made: Pass, *, seen: Cursor | None = None, signer: SigningKey | None = None, **changed: Any
    ) -> Invite:
        """An `invite`, counter-signed by the invite's key (or `signer`)."""
        statement = Invite(
            self.day,
            made.role,
            made.account,
            made.keys.signing.public,
            made.keys.hpke.hash,
            USES[made.role],
            self.day + DAYS[made.role] if made.role in DAYS else 0,
            self.server.public,
            bytes(64),
        )
        statement = replace(statement, **changed)
        if "counter_signature" in changed:
            return statement
        message = statement.counter_message(self.programme, seen or self.state.chain.cursor)
        return replace(statement, counter_signature=(signer or made.keys.signing).sign("invite", message))

    def joining(
        self, phone: Phone, used: Pass, *, seen: Cursor | None = None, signer: SigningKey | None = None, **changed: Any
    ) -> Join:
        """A `join`, signed by the invite's key (or `signer`); of a new person, its epoch key is made here."""
        member_key_hash = first = b""
        if used.role in MEMBERSHIPS:
            self.remember(phone.person.member)
            log = self.log("personal", phone)
            member_key_hash = phone.person.member.hash
            first = commitment(1, self.epoch_keys.setdefault(log, [self.randomness(32)])[0])
        self.remember(phone.hpke)
        statement = Join(self.day, used.role, used.id, phone.account, phone.keys, member_key_hash, first, bytes(64))
        statement = replace(statement, **changed)
        if "invite_signature" in changed:
            return statement
        message = statement.join_message(self.programme, seen or self.state.chain.cursor)
        return replace(statement, invite_signature=(signer or used.keys.signing).sign("join", message))

    def rotating(self, author: Phone, name: str, key: bytes | None = None, **changed: Any) -> Rotate:
        """A `rotate` of a space to a new key."""
        log, key = self.log(name, author), key or self.randomness(32)
        epoch = len(self.epoch_keys[log]) + 1
        inbox = inbox_key(key).hash if name == "leads" else b""
        sealed = seal_previous(key, epoch, log, self.epoch_keys[log][-1], epoch - 1)
        account = author.account if name == "personal" else b""
        return replace(Rotate(self.day, name, account, epoch, commitment(epoch, key), sealed, inbox), **changed)

    def revoking(
        self, author: Phone, device: Phone, key: bytes | None = None, member: HpkeKey | None = None, /, **changed: Any
    ) -> Revoke:
        """A `revoke` of this device alone, which lets all it wrote stand, with a new personal and a new member key."""
        log = self.log("personal", author)
        epoch, key = len(self.epoch_keys[log]) + 1, key or self.randomness(32)
        member = member or HpkeKey.generate(self.randomness)
        self.remember(member)
        statement = Revoke(
            self.day,
            device.id,
            self.state.chain.position,
            self.standing(device),
            epoch,
            commitment(epoch, key),
            seal_previous(key, epoch, log, self.epoch_keys[log][-1], epoch - 1),
            member.hash,
        )
        return replace(statement, **changed)

    def standing(self, *phones: Phone) -> Last:
        """The `last` that lets everything stand that these devices wrote in all spaces."""
        ends = {log: space.chain.authors for log, space in self.spaces.items()}
        leaves = (
            (phone.id, log, ends[log][phone.id].leaf) for phone in phones for log in ends if phone.id in ends[log]
        )
        return tuple(sorted(leaves))

    def removing(self, account: bytes, /, **changed: Any) -> Remove:
        """A `remove` which lets everything stand that the account's devices wrote in the shared spaces."""
        shared = {self.log("commons"), self.log("leads")}
        devices = self.state.accounts[account].devices if account in self.state.accounts else ()
        authors = {log: self.space(log).chain.authors for log in shared}
        last = sorted((id_, log, authors[log][id_].leaf) for id_ in devices for log in shared if id_ in authors[log])
        return replace(Remove(self.day, account, tuple(last)), **changed)

    def cosigned(self, statement: Statement, code: Pass, *, seen: Cursor | None = None) -> Any:
        """The statement with the co-signature of a recovery code."""
        message = statement.cosign_message(self.programme, seen or self.state.chain.cursor)
        signature = code.keys.signing.sign("cosign", message)
        return replace(statement, cosignature=Cosignature(code.id, signature))  # type: ignore[call-arg]

    def offering(self, task: bytes, period: int, **changed: Any) -> Offer:
        """An `offer` under a new key."""
        key = HpkeKey.generate(self.randomness)
        self.remember(key)
        return replace(Offer(self.day, task, period, key.hash), **changed)

    def stating(self, phone: Phone) -> Witness:
        """What an honest phone that has seen everything states."""
        own = self.space(self.log("personal", phone)).chain
        names = ("commons", "leads") if self.state.was_lead(phone.account) else ("commons",)
        shared = tuple((log, self.space(log).chain.cursor) for log in sorted(self.log(name) for name in names))
        return Witness(self.day, digest(own.position, own.head), shared)
