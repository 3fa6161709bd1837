"""Entries of spaces and of the witness log, signed as honest devices sign them; `changed` header fields make others."""

from dataclasses import replace
from typing import Any

from crypto.public.ids import body_hash
from crypto.secret import body as sealed_body
from sync.erasure import Erasing
from sync.log import SUITE, Cursor, Entry, Header
from sync.space import SEALED
from sync.statement import Cosignature
from sync.witness import Witness
from tests.support.people import Pass, Phone
from tests.support.stating import Stating


class Sealing(Stating):
    """The phones of a programme write."""

    def sealing(
        self,
        phone: Phone,
        log: bytes,
        plaintext: bytes = b"",
        /,
        *,
        epoch: int | None = None,
        seen: Cursor | None = None,
        roster: Cursor | None = None,
        **changed: Any,
    ) -> Entry:
        """A sealed entry; `changed` header fields are changed before sealing, so the body still opens."""
        chain, author = self.space(log).chain, self.space(log).chain.author(phone.id)
        epoch = epoch or self.state.spaces[log].epoch
        seen, roster = seen or chain.cursor, roster or self.state.chain.cursor
        header = Header(SUITE, log, phone.id, author.sequence + 1, SEALED, epoch, bytes(32), seen, roster, author.leaf)
        header = replace(header, **changed)
        keys = self.epoch_keys[log]
        key = keys[min(epoch, len(keys)) - 1]
        body = sealed_body.seal(key, self.randomness(32), header.sealing_fields(), plaintext)
        return Entry.sign(replace(header, body_hash=body_hash(body)), body, phone.signing)

    def write(self, phone: Phone, log: bytes, plaintext: bytes = b"") -> Entry:
        """Seal an entry and land it."""
        return self.land(self.sealing(phone, log, plaintext))

    def erasing(
        self, phone: Phone, log: bytes, statement: Erasing, code: Pass | None = None, /, **changed: Any
    ) -> Entry:
        """A clear entry of a space, co-signed by `code` if there is one; `changed` fields of the header."""
        chain, author = self.space(log).chain, self.space(log).chain.author(phone.id)
        seen, roster, sequence = chain.cursor, self.state.chain.cursor, author.sequence + 1
        header = Header(SUITE, log, phone.id, sequence, statement.kind, 0, bytes(32), seen, roster, author.leaf)
        header = replace(header, **changed)
        if code is not None:
            signature = code.keys.signing.sign("cosign", statement.cosign_message(log, header.seen))
            statement = replace(statement, cosignature=Cosignature(code.id, signature))
        body = statement.encode()
        return Entry.sign(replace(header, body_hash=body_hash(body)), body, phone.signing)

    def witnessing(
        self,
        phone: Phone,
        stated: Witness | bytes | None = None,
        /,
        *,
        seen: Cursor | None = None,
        roster: Cursor | None = None,
        **changed: Any,
    ) -> Entry:
        """A witness of what this world holds, or of what is `stated`; `changed`: header fields, signed as they are."""
        log, chain = self.log("witness"), self.space(self.log("witness")).chain
        author = chain.author(phone.id)
        stated = stated or self.stating(phone)
        body = stated if isinstance(stated, bytes) else stated.encode()
        seen, roster = seen or chain.cursor, roster or self.state.chain.cursor
        header = Header(
            SUITE, log, phone.id, author.sequence + 1, "witness", 0, body_hash(body), seen, roster, author.leaf
        )
        return Entry.sign(replace(header, **changed), body, phone.signing)
