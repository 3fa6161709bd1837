"""What a client is asked about a chapter: all that crossed, in order, and what it comes to.

What must come out is what the phones of the chapter hold; where no phone keeps it, what this implementation says.
"""

from collections.abc import Iterator
from typing import Any

from conformance.cases import Case, Question
from conformance.ceremonies.crossed import as_pair
from conformance.ceremonies.story import Story, StoryBroken, Told
from conformance.reference import shown
from conformance.reference.operations import answer
from conformance.reference.shown import in_hex
from conformance.table import Json, Object
from crypto.secret import code as paper
from crypto.secret.epoch import open_previous
from device.keyring import held_key
from device.view import SPACES
from device.voided import load_void
from sync.device.changes import Content, decode_content
from sync.erasure import CLEAR
from sync.half import Half
from sync.log import Entry
from sync.session import principal_key
from sync.state import RosterState
from sync.witness import witness_log


class Chapter:
    """Cases about what a story just told."""

    def __init__(self, name: str, story: Story, told: Told) -> None:
        self.name = name
        self.story = story
        self.told = told
        self.crossed = story.crossed
        self.programme = told.reader.engine.identity.programme

    @property
    def roster(self) -> RosterState:
        return self.told.reader.engine.roster

    def cases(self) -> Iterator[Case]:
        yield from self._handed_on()
        for log, position in self.crossed.fresh:
            yield self._entry(log, position)
        for at, session in enumerate(self.crossed.sessions, 1):
            key = self._principal(session.principal)
            if key is not None:
                given = session.model_dump() | {"key": key, "origin": self.story.here.address}
                yield self._case(f"session {at}", "session", given)
        yield from self._answers()
        yield from self._keys()
        yield from self._names()
        yield from self._records()
        yield from self._void()
        yield from self._compared()
        if self.told.halves:
            one, other = map(_half, self.told.halves)
            question = Question("halves", in_hex({"one": one, "other": other}), {}, problem="fits")
            yield Case(self.name, "what two phones were told", (question,))

    def _case(self, name: str, op: str, given: Object, **held: Any) -> Case:
        """`held`: what a phone came to. Raises StoryBroken if this implementation refuses what its own phones sent."""
        asked = in_hex(given)
        answered = answer(op, asked)
        if not answered["ok"]:
            raise StoryBroken(f"{self.name}, {name}: {op} is refused as {answered['problem']} {answered['told']}")
        return Case(self.name, name, (Question(op, asked, answered["out"] | in_hex(held)),))

    # What people hand on

    def _handed_on(self) -> Iterator[Case]:
        for ticket in self.told.tickets:
            text = ticket.to_text()
            yield self._case(f"ticket: {ticket.kind}", "ticket", {"text": text})
            if ticket.kind != "found":
                yield self._case(f"keys of a ticket: {ticket.kind}", "invites", {"secret": ticket.secret})
        for code in self.told.codes:
            secret = paper.from_paper(code)
            yield self._case("code on paper", "codes", {"typed": code}, secret=secret)
            yield self._case("keys of a code", "invites", {"secret": secret})
        for space in SPACES:
            account = self.told.reader.engine.identity.account if space == "personal" else b""
            given = {"programme": self.programme, "space": space, "account": account}
            yield self._case(f"log of {space}", "log-ids", given, log=self.told.reader.records.view.logs[space])

    # What was written

    def _entry(self, log: bytes, position: int) -> Case:
        entry, before = self.crossed.logs[log][position - 1], self.crossed.before(log, position)
        given: Object = {"programme": self.programme, "before": [_plain(one) for one in before]} | _plain(entry)
        what = f"{entry.header.kind} at {position}"
        if log == self.programme:
            chain = self.roster.chain
            # The reader's own state is told where it stands: at the end of the roster.
            state = {"state": shown.roster_state(self.roster, entry)} if chain.position == position else {}
            head = {"head": chain.head} if chain.position == position else {}
            return self._case(f"roster: {what}", "roster", given, **head, **state)
        given |= {"log": log, "new": False}
        given |= {"roster": [_plain(one) for one in self.crossed.logs[self.programme]]}
        if log == witness_log(self.roster):
            return self._case(f"witness log: {what}", "witness", given | {"since": 0})
        name = self.roster.spaces[log].name
        if entry.header.kind in CLEAR:
            return self._case(f"{name}: {what}", "erasing", given)
        key = self._epoch_key(log, entry.header.epoch)
        return self._case(f"{name}: {what}", "space", given | {"epoch_key": key})

    def _epoch_key(self, log: bytes, epoch: int) -> bytes:
        for phone in self.story.phones:
            key = held_key(phone.vault.read(), self.roster, log, epoch)
            if key is not None:
                return key
        raise StoryBroken(f"no phone holds the key of epoch {epoch} of {self.roster.spaces[log].name}")

    # Sessions and answers

    def _principal(self, principal: bytes) -> bytes | None:
        """Of an invite that is used up or closed by now, too."""
        invite = self.roster.invites.get(principal)
        day = int(self.story.now // 86_400)
        return invite.signing_key if invite is not None else principal_key(self.roster, principal, day)

    def _answers(self) -> Iterator[Case]:
        for at, (asked, got) in enumerate(self.crossed.answers, 1):
            logs = [
                {"log": one.log, "asked": as_pair(one.cursor), "head": as_pair(that.head), "known": that.known}
                for one, that in zip(asked.logs, got.logs, strict=True)
            ]
            given: Object = {
                "server_key": self.roster.server_key,
                "programme": self.programme,
                "challenge": asked.challenge,
            }
            given |= {"day": got.day, "logs": logs, "signature": got.signature}
            yield self._case(f"answer {at}", "answer", given)

    # Keys

    def _keys(self) -> Iterator[Case]:
        readers = self.story.readers()
        for one in self.crossed.wraps:
            space = self.roster.spaces[one.log]
            if one.reader in readers:
                given: Object = {"seed": readers[one.reader].seed, "programme": self.programme, "log": one.log}
                given |= {"epoch": one.epoch, "reader": one.reader, "sealed": one.wrap}
                given |= {"commitment": space.epochs[one.epoch - 1].commitment}
                name = f"wrap of {space.name} {one.epoch} for {one.reader.hex()[:8]}"
                yield self._case(name, "wraps", given, key=self._epoch_key(one.log, one.epoch))
        since = min((position for log, position in self.crossed.fresh if log == self.programme), default=0)
        for log, space in self.roster.spaces.items():
            for new, epoch in enumerate(space.epochs, 1):
                if since and epoch.since >= since and epoch.sealed_previous:
                    yield self._previous(log, new, epoch.sealed_previous)

    def _previous(self, log: bytes, new: int, sealed: bytes) -> Case:
        space, key = self.roster.spaces[log], self._epoch_key(log, new)
        commitment = space.epochs[new - 2].commitment
        given = {"new_key": key, "new_epoch": new, "log": log, "sealed": sealed, "previous_epoch": new - 1}
        older = open_previous(key, new, log, sealed, new - 1, commitment)
        return self._case(
            f"{space.name}: the key before {new}", "previous-keys", given | {"commitment": commitment}, key=older
        )

    def _names(self) -> Iterator[Case]:
        for sealed, join in self.crossed.names:
            log = self.roster.space_log("leads")
            known = {member.account: member.name for member in self.story.ada.members()}
            given = {"leads_key": self._epoch_key(log, len(self.roster.spaces[log].epochs)), "sealed": sealed}
            given |= {"programme": self.programme, "account": join.account, "device_key": join.device.signing_key}
            yield self._case("name of who joined", "names", given, text=known[join.account])

    # Records

    def _records(self) -> Iterator[Case]:
        """Each body opened, and each record of the reader merged from all that stands in its log."""
        reader = self.told.reader
        log = reader.records.view.logs["personal"]
        gone = load_void(reader.vault.read(), log)[1]
        changes: dict[bytes, list[Json]] = {}
        for position, entry in enumerate(self.crossed.logs.get(log, []), 1):
            if entry.header.kind in CLEAR:
                continue
            plaintext = self._opened(log, entry)
            if (log, position) in self.crossed.fresh:
                given = {"plaintext": plaintext, "position": position, "seen": entry.header.seen.position}
                yield self._case(f"content at {position}", "content", given)
            if position not in gone:
                _collect(changes, decode_content(plaintext), position, entry, gone)
        for at, record in enumerate(sorted(changes), 1):
            held = reader.records.view.state(record)
            if held is None:
                raise StoryBroken("a record that was written is not on the phone that reads it")
            result = shown.record_state(held[1])
            yield self._case(f"record {at}, a {held[1].type}", "merge", {"changes": changes[record]}, result=result)

    def _opened(self, log: bytes, entry: Entry) -> bytes:
        given = {"key": self._epoch_key(log, entry.header.epoch), "body": entry.check_body()}
        opened = answer("bodies", in_hex(given | {"header_fields": entry.header.sealing_fields()}))
        if not opened["ok"]:
            raise StoryBroken(f"{self.name}: a body does not open")
        return bytes.fromhex(opened["out"]["plaintext"])

    def _void(self) -> Iterator[Case]:
        reader = self.told.reader
        rosters = [_plain(one) for one in self.crossed.logs[self.programme]]
        for space, log in reader.records.view.logs.items():
            if log in self.crossed.logs and reader.records.view.follows(space):
                entries = [_plain(one) for one in self.crossed.logs[log]]
                given = {"programme": self.programme, "roster": rosters, "log": log, "entries": entries}
                yield self._case(
                    f"{space}: what is void", "void", given, void=sorted(load_void(reader.vault.read(), log)[1])
                )

    # Comparing

    def _compared(self) -> Iterator[Case]:
        reader = self.told.reader
        witness = reader.engine.ledger.chain(self.programme, witness_log(self.roster)).cursor.as_array()
        given = {"programme": self.programme, "text": reader.compare_code()}
        yield self._case(
            "code to compare", "comparing", given, roster=self.roster.chain.cursor.as_array(), witness=witness
        )
        position, words = reader.compare_words()
        spoken = {"programme": self.programme, "position": position, "head": self.roster.chain.head}
        yield self._case("words to compare", "comparing/words", spoken, words=list(words))


def _plain(entry: Entry) -> Object:
    return {"header": entry.raw_header, "signature": entry.signature, "body": entry.body}


def _half(half: Half) -> Object:
    return {
        "roster": [_plain(one) for one in half.roster],
        "answers": [[one.message, one.signature] for one in half.answers],
        "logs": [[one.log, one.start.as_array(), list(one.leaves)] for one in half.logs],
    }


def _collect(
    changes: dict[bytes, list[Json]], content: Content, position: int, entry: Entry, gone: frozenset[int]
) -> None:
    """The changes of one entry, each under its record and as the operation `merge` is given it."""
    groups = shown.content(content)["groups"]
    for group, told in zip(content.groups, groups, strict=True):
        author, place = (entry.header.device, position) if group.origin is None else group.origin
        if place in gone:
            continue
        for change, as_told in zip(group.changes, told["changes"], strict=True):
            said = {name: value for name, value in as_told.items() if name != "record"}
            said |= {"device": author.hex(), "position": place, "stamp": group.stamp, "seen": group.seen}
            changes.setdefault(change.record, []).append(said)
