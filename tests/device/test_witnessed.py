"""What witnesses tell: forks between accounts, entries that are withheld, and silence. The server is the enemy."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from api.app import create_app
from crypto.public.base64url import b64, unb64
from crypto.public.ids import body_hash, genesis, leaf, next_head
from device.engine import Publication
from device.outbox import Rows
from device.phone import Phone
from device.transport import Unreachable
from sync.log import SUITE, Chain, Entry, Header
from sync.state import RosterState
from sync.statements import Restored
from sync.witness import SILENT_AFTER, Witness, digest, witness_log
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.device.test_witnessing import account, log_of, make_due, stated, witness_now
from tests.support.evil import Json, part
from tests.support.hall import ADDRESS


class Fork:
    """Two servers of one key: what one phone is shown, the other is not."""

    def __init__(self, house: House) -> None:
        self.hall, self.wire = house.hall, house.hall.wire
        copy = self.hall.backup("copy")
        self.app = create_app(self.hall.settings.model_copy(update={"data": copy}), self.hall.clock)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """The copy answers."""
        honest = self.wire.inner
        self.wire.inner = httpx.ASGITransport(self.app)
        yield
        self.wire.inner = honest


@pytest.fixture
async def fork(house: House) -> AsyncIterator[Fork]:
    """A house whose lead sees the server, and whose member sees the copy."""
    for phone in (house.lead, house.ada, house.second):
        await phone.sync()
    made = Fork(house)
    yield made
    made.app.state.services.close()


def smuggle(house: House, *entries: Entry) -> None:
    """Show these entries in the witness log, above what is there, to whoever asks."""
    log = witness_log(house.lead.engine.roster)

    def add(asked: Json, answer: Json) -> None:
        if b64(log) not in {one["log"] for one in answer["logs"]}:
            return
        shown, cursor = part(answer, log), part(asked, log)["cursor"]
        position, head = shown["head"]["position"], unb64(shown["head"]["head"])
        for entry in entries:
            position, head = position + 1, next_head(head, leaf(entry.raw_header, entry.signature))
            if position <= cursor["position"]:
                continue
            raw = {"header": b64(entry.raw_header), "body": b64(entry.body or b""), "signature": b64(entry.signature)}
            shown["entries"].append({"position": position, **raw})
        shown["head"] = {"position": position, "head": b64(head)}
        shown["known"] = True

    house.evil.answering(add)


def only_witness(phone: Phone) -> Entry:
    """The one entry of the witness log as this phone holds it."""
    [row] = (
        phone.vault.read()
        .execute("SELECT header, signature, body FROM entries WHERE log = ?", (log_of(phone),))
        .fetchall()
    )
    return Entry(*row)


# Two histories.


async def test_two_rosters_show_as_silence_within_forty_six_days(house: House, fork: Fork) -> None:
    for _ in range(SILENT_AFTER + 1):
        house.hall.pass_days(1)
        await house.lead.sync(flush=False)
        with fork.shown():
            await house.ada.sync(flush=False)
    assert [one.account for one in house.lead.silent()] == [account(house.ada)]
    assert [one.account for one in house.ada.silent()] == [account(house.lead)]
    assert house.ada.notes() == house.lead.notes() == []


async def test_two_rosters_show_as_a_contradiction_where_their_witnesses_meet(house: House, fork: Fork) -> None:
    with fork.shown():
        await house.ada.link()
        await witness_now(house.ada)
    await house.lead.invite()
    smuggle(house, only_witness(house.ada))
    report = await house.lead.sync()
    [note] = report.notes
    assert note.startswith("roster: two histories were shown")
    assert account(house.ada).hex()[:8] in note
    assert house.lead.notes() == [note]
    # It is kept, whatever the server shows from now on.
    lead = await house.hall.reopen(house.lead)
    assert lead.notes() == [note]
    assert stated(lead) == [(account(house.ada), 20_000)]


async def test_two_commons_show_as_a_contradiction_too(house: House) -> None:
    second = await house.hall.joined(house.lead, "second lead", "lead")
    for phone in (house.lead, house.ada, second):
        await phone.sync()
    fork = Fork(house)
    for phone in (house.lead, second):
        phone.records.log("resource", RESOURCE)
    await house.lead.sync()
    with fork.shown():
        await second.sync()
        await house.ada.sync()
        await witness_now(house.ada)
    smuggle(house, only_witness(house.ada))
    await house.lead.sync()
    [note] = house.lead.notes()
    assert note.startswith("commons: two histories were shown")
    fork.app.state.services.close()


async def test_a_restore_that_a_lead_declares_ends_the_alarm(house: House, fork: Fork) -> None:
    with fork.shown():
        await house.ada.link()
        await witness_now(house.ada)
    await house.lead.invite()
    smuggle(house, only_witness(house.ada))
    await house.lead.sync()
    alarm = house.lead.notes()

    async def decide(_: RosterState) -> Publication:
        return Restored(house.lead.engine.writer.day()), Rows()

    assert alarm
    await house.lead.engine.publish(decide)
    assert house.lead.notes() == []


# Silence.


async def test_a_server_that_hides_a_witness_makes_its_author_silent(house: House) -> None:
    log = witness_log(house.lead.engine.roster)
    start = {"position": 0, "head": b64(genesis(house.programme, log))}

    def hide(asked: Json, answer: Json) -> None:
        if b64(log) in {one["log"] for one in asked["logs"]}:
            part(answer, log).update(head=start, entries=[], more=False, known=True)

    for day in range(SILENT_AFTER + 2):
        house.hall.pass_days(1)
        house.hall.wire.be_honest()
        await house.ada.sync(flush=False)
        house.evil.answering(hide)
        # Its own witness would betray the server, which would have to show it.
        make_due(house.second, 40)
        await house.second.sync(flush=False)
        assert bool(house.second.silent()) == (day >= SILENT_AFTER)
    assert {one.account for one in house.second.silent()} == {account(house.lead), account(house.ada)}
    assert {one.days for one in house.second.silent()} == {SILENT_AFTER + 2}
    assert house.second.notes() == []
    house.hall.wire.be_honest()
    await house.second.sync()
    assert [one.account for one in house.second.silent()] == [account(house.lead)]


async def test_nobody_is_called_silent_before_the_log_was_read(house: House) -> None:
    house.hall.pass_days(200)
    late = await house.hall.linked(house.ada, "late")
    assert late.silent()
    with late.vault.write() as connection:
        connection.execute("DELETE FROM meta WHERE key = 'witness_read_on'")
    assert late.silent() == []


async def test_a_server_with_a_stolen_phone_does_not_keep_its_owner_alive(house: House) -> None:
    """The thief's phone names an old roster, and the server takes it after the revocation that it had shown others."""
    await house.second.sync()
    stolen, roster = house.second.engine.identity, house.second.engine.roster.chain.cursor
    await house.ada.revoke(stolen.device)
    await witness_now(house.lead)
    for phone in (house.lead, house.ada):
        await phone.sync()
    house.hall.pass_days(40)
    log = log_of(house.lead)
    chain = house.lead.engine.ledger.chain(house.programme, log)
    commons = Chain.start(house.programme, house.commons).cursor
    body = Witness(20_040, digest(0, bytes(32)), ((house.commons, commons),)).encode()
    header = Header(SUITE, log, stolen.device, 1, "witness", 0, body_hash(body), chain.cursor, roster, bytes(32))
    smuggle(house, Entry.sign(header, body, stolen.signing))
    await house.lead.sync()
    assert len(stated(house.lead)) == 2
    newest = dict(house.lead.vault.read().execute("SELECT account, day FROM witnessed").fetchall())
    assert account(house.ada) not in newest
    assert house.lead.notes() == []


async def test_a_witness_by_a_removed_account_stays_and_says_nothing_more(house: House) -> None:
    await witness_now(house.ada)
    await house.lead.remove(account(house.ada))
    house.hall.pass_days(60)
    late = await house.hall.joined(house.lead, "late")
    await late.sync()
    assert (account(house.ada), 20_000) in stated(late)
    assert account(house.ada) not in {one.account for one in late.silent()}
    # The lead's phone has not synced since to rotate the key.
    assert [note for note in late.notes() if "somebody left" not in note] == []


# What is withheld.


async def withheld(house: House) -> tuple[Fork, Entry]:
    """A copy of the server from before the newest entry of the member, and what a phone witnessed after it."""
    await house.second.sync()
    fork = Fork(house)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await witness_now(house.ada)
    return fork, only_witness(house.ada)


async def test_a_phone_recovered_from_paper_learns_how_far_its_history_must_reach(house: House) -> None:
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    fork, witness = await withheld(house)
    with fork.shown():
        smuggle(house, witness)
        found = house.hall.new_phone("found")
        found.recover_with(ADDRESS, paper)
        await found.come_in()
    [note] = found.notes()
    assert note.startswith("personal: the server withholds, or lost, entries")
    assert house.ada.engine.identity.device.hex()[:8] in note
    found = await house.hall.reopen(found)
    assert found.notes() == [note]
    fork.app.state.services.close()


async def test_the_alarm_ends_when_the_chain_reaches_what_was_witnessed(house: House) -> None:
    fork, witness = await withheld(house)
    with fork.shown():
        smuggle(house, witness)
        for _ in range(2):
            report = await house.second.sync(flush=False)
            assert [note.partition(",")[0] for note in report.notes] == ["personal: the server withholds"]
    house.hall.wire.be_honest()
    second = await house.hall.reopen(house.second)
    assert second.notes()
    assert (await second.sync()).notes == second.notes() == []
    assert logged(second) == logged(house.ada)
    fork.app.state.services.close()


async def test_a_recovered_phone_that_is_shown_everything_is_told_nothing(house: House) -> None:
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    await witness_now(house.ada)
    for step in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
        found = house.hall.new_phone(f"found {step}")
        found.recover_with(ADDRESS, paper)
        assert (await found.come_in()).notes == []
        assert found.notes() == []


async def test_shared_entries_that_a_colleague_has_seen_are_missed(house: House) -> None:
    before = house.lead.engine.ledger.chain(house.programme, house.commons).cursor
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await witness_now(house.lead)

    def cut(_: Json, answer: Json) -> None:
        head = {"position": before.position, "head": b64(before.head)}
        part(answer, house.commons).update(head=head, entries=[], more=False)

    house.evil.answering(cut)
    for _ in range(2):
        await house.ada.sync(flush=False)
        [note] = house.ada.notes()
        assert note.startswith("commons: the server withholds, or lost, entries")
        assert account(house.lead).hex()[:8] in note
    house.hall.wire.be_honest()
    await house.ada.sync()
    assert house.ada.notes() == []


async def test_a_page_that_ends_early_accuses_nobody(house: House) -> None:
    """Claims are judged at the end of a log, not wherever the budget cut it."""
    for _ in range(4):
        house.lead.records.log("resource", RESOURCE)
        house.ada.records.log("contact", CONTACT)
        await house.lead.sync()
        await house.ada.sync()
    await witness_now(house.lead)
    await witness_now(house.ada)
    house.evil.paging(4_096)
    requests = house.hall.wire.requests
    house.hall.wire.lose = lambda _: "answer" if len(requests) % 3 == 0 else ""
    for _ in range(6):
        with suppress(Unreachable):
            await house.second.sync(flush=False)
        assert house.second.notes() == []
    house.hall.wire.be_honest()
    await house.second.sync()
    assert house.second.notes() == []
    assert len(stated(house.second)) == 2
