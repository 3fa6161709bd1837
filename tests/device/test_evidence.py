"""What a phone keeps of a server that signs two histories, and what anybody can verify of it."""

from pathlib import Path
from typing import Any

import pytest

from crypto.public.base64url import b64
from device.outbox import NO_ROWS
from device.phone import Phone
from sync.device.replica import ServerFault
from sync.evidence import Evidence, Verdict, verify
from sync.half import Half, join
from sync.state import RosterState
from sync.statements import Restored
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import Json, part


def kept(phone: Phone) -> list[tuple[bytes, str]]:
    rows = phone.vault.read().execute("SELECT log, part FROM answers ORDER BY log, part").fetchall()
    return [(bytes(log), str(name)) for log, name in rows]


async def judged(phone: Phone) -> list[Verdict]:
    return [verify(one) for one in await phone.evidence()]


async def forked(house: House, copy: Path) -> None:
    """Another server of the same key goes on from `copy`, with what `second` writes."""
    house.hall.restore(copy)
    house.second.records.log("contact", CONTACT)
    await house.second.sync()


@pytest.fixture
async def copy(house: House) -> Path:
    """The server as it was, before `ada` wrote what only she has seen since."""
    made = house.hall.backup("copy")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    return made


async def test_an_honest_server_leaves_nothing_to_show(house: House) -> None:
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
        await house.second.sync()
    await house.ada.rotate("personal")
    await house.everything_arrives()
    assert await house.ada.evidence() == await house.second.evidence() == []
    assert kept(house.ada) == [(log, "newest") for log in sorted(house.ada.engine.logs())]


async def test_a_fork_of_one_space_is_proven_and_only_that_space_stops(house: House, copy: Path) -> None:
    await forked(house, copy)
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    house.ada.records.log("contact", CONTACT)
    report = await house.ada.sync()
    assert [note.partition(":")[0] for note in house.ada.notes()] == ["personal"]
    assert (len(logged(house.ada)), report.waiting, house.ada.records.unsent()) == (3, 1, 1)
    assert len(house.ada.records.list("resource")) == 1
    (found,) = await house.ada.evidence()
    verdict = verify(found)
    assert (verdict.outcome, verdict.log, found.log) == ("proven", "personal", house.personal)
    assert verdict.server_key == house.hall.app.state.services.key.public
    assert verdict.address == "http://hall.test"


async def test_what_stood_otherwise_is_looked_at_before_anything_is_written_to_it(house: House, copy: Path) -> None:
    """The next sync pushed again what the other history refuses, and whatever travelled with it was refused too."""
    await forked(house, copy)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    pushed = list[Json]()
    house.evil.asking(lambda asked: pushed.extend(one for one in asked["logs"] if one.get("entries")))
    for _ in range(3):
        await house.ada.sync()
    assert pushed == []
    assert house.ada.records.unsent() == 1


async def test_a_longer_roster_of_another_history_is_fetched_as_the_branch(house: House) -> None:
    copy = house.hall.backup("copy")
    await house.ada.rotate("personal")
    house.hall.restore(copy)
    for _ in range(2):
        await house.second.link()
    await house.ada.sync()
    assert any(note.startswith("roster: contradiction") for note in house.ada.notes())
    found = (await house.ada.evidence())[0]
    assert [entry.leaf for entry in found.branch] != [entry.leaf for entry in found.roster]
    verdict = verify(found)
    assert (verdict.outcome, verdict.log) == ("proven", "roster")
    # The other roster is what a lead's declaration would stand in: without it nothing is proven.
    assert verify(Evidence(found.roster, (), found.first, found.second, found.log)).outcome == "not-proven"


async def test_a_server_that_hides_the_other_roster_is_not_proven_to_lie(house: House) -> None:
    copy = house.hall.backup("copy")
    await house.ada.rotate("personal")
    house.hall.restore(copy)
    for _ in range(2):
        await house.second.link()
    await house.ada.sync()
    house.evil.refusing("overloaded")
    (verdict,) = await judged(house.ada)
    assert verdict.outcome == "not-proven"
    assert "may have declared" in verdict.reason


async def declare(lead: Phone) -> None:
    """A lead states that the server was restored."""

    async def decide(_: RosterState) -> tuple[Restored, Any]:
        return Restored(lead.engine.writer.day()), NO_ROWS

    await lead.engine.publish(decide)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_declared_restore_explains_the_fork(house: House, copy: Path, when: str) -> None:
    if when == "before":
        house.hall.restore(copy)
        await declare(house.lead)
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    else:
        await forked(house, copy)
        await declare(house.lead)
    await house.ada.sync()
    # A phone that has gone on with the declared history has nothing left to show.
    assert {verdict.outcome for verdict in await judged(house.ada)} <= {"explained"}


def below(house: House, _: Json, answer: Json) -> None:
    """It knows the cursor, and ends before it."""
    chain = house.ada.engine.ledger.chain(house.programme, house.personal)
    shown = part(answer, house.personal)
    shown.update(known=True, entries=[], head={"position": chain.position - 1, "head": b64(bytes(32))})


def beside(house: House, _: Json, answer: Json) -> None:
    chain = house.ada.engine.ledger.chain(house.programme, house.personal)
    shown = part(answer, house.personal)
    shown.update(known=True, entries=[], head={"position": chain.position, "head": b64(bytes(32))})


def rolled_back(_: House, __: Json, answer: Json, log: bytes) -> None:
    """Fewer entries, and not those that were."""
    part(answer, log).update(known=False, entries=[], head={"position": 1, "head": b64(bytes(32))})


def beside_the_roster(house: House, _: Json, answer: Json) -> None:
    shown = part(answer, house.programme)
    position = house.ada.engine.roster.chain.position
    shown.update(known=True, entries=[], head={"position": position, "head": b64(bytes(32))})


LIES: dict[str, tuple[Any, str]] = {
    "below the cursor": (below, "impossible"),
    "beside the cursor": (beside, "impossible"),
    "beside the cursor of the roster": (beside_the_roster, "impossible"),
    "rolled back": (lambda house, asked, answer: rolled_back(house, asked, answer, house.personal), "not-descended"),
}


@pytest.mark.parametrize("how", LIES)
@pytest.mark.usefixtures("copy")
async def test_a_lie_that_is_signed_is_kept_and_proven(house: House, how: str) -> None:
    lie, kind = LIES[how]
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.evil.answering(lambda asked, answer: lie(house, asked, answer))
    if "roster" in how:
        with pytest.raises(ServerFault):
            await house.ada.sync(flush=False)
    else:
        await house.ada.sync(flush=False)
    house.hall.wire.be_honest()
    phone = await house.hall.reopen(house.ada)
    (verdict,) = await judged(phone)
    assert verdict.outcome == "proven", verdict.reason
    assert verdict.contradiction is not None
    assert verdict.contradiction.kind == kind
    # The server is honest again: the phone goes on, and what it was shown is not forgotten.
    await phone.sync()
    assert (phone.notes(), phone.records.unsent(), len(logged(phone))) == ([], 0, 3)
    assert [verdict.outcome for verdict in await judged(phone)] == ["proven"]


async def test_a_lie_that_is_not_signed_is_no_evidence(house: House) -> None:
    house.evil.answering(lambda asked, answer: below(house, asked, answer), signed=False)
    with pytest.raises(ServerFault, match="not signed"):
        await house.ada.sync(flush=False)
    assert await house.ada.evidence() == []


async def test_what_contradicts_is_kept_before_anything_is_made_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone dies over this very answer, and the server never gives it again."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    house.evil.answering(lambda asked, answer: below(house, asked, answer))
    with monkeypatch.context() as patched:
        patched.setattr("device.exchange.judge", die)
        with pytest.raises(KeyboardInterrupt):
            await house.ada.sync(flush=False)
    house.hall.wire.be_honest()
    phone = await house.hall.reopen(house.ada)
    assert [verdict.outcome for verdict in await judged(phone)] == ["proven"]


async def test_a_second_contradiction_does_not_push_out_the_first(house: House) -> None:
    """A server could bury what it is convicted by under something that proves less."""
    house.evil.answering(lambda asked, answer: below(house, asked, answer))
    await house.ada.sync(flush=False)
    first = await house.ada.evidence()
    house.evil.answering(lambda asked, answer: beside(house, asked, answer))
    for _ in range(3):
        await house.ada.sync(flush=False)
    assert await house.ada.evidence() == first
    assert sorted(name for log, name in kept(house.ada) if log == house.personal) == ["first", "newest", "second"]


async def test_a_server_that_is_merely_behind_is_not_accused(house: House, copy: Path) -> None:
    house.hall.restore(copy)
    house.ada.records.log("contact", CONTACT)
    assert (await house.ada.sync()).given_back
    assert house.ada.notes() == []
    assert await house.ada.evidence() == []


@pytest.mark.usefixtures("copy")
async def test_a_head_that_was_never_on_this_chain_is_not_called_behind(house: House) -> None:
    """Only its position was looked at: a server that forks lower down passed for one that lost entries."""
    house.evil.answering(lambda asked, answer: rolled_back(house, asked, answer, house.personal))
    await house.ada.sync(flush=False)
    assert house.ada.notes() == ["personal: contradiction: the server shows another history than this phone verified"]


# Two phones that were told two things.


@pytest.mark.parametrize("more", [(1, 1), (1, 3), (2, 1)], ids=str)
async def test_a_fork_that_neither_phone_could_notice_is_proven_by_both(house: House, more: tuple[int, int]) -> None:
    copy = house.hall.backup("copy")
    for phone, times in zip((house.ada, house.second), more, strict=True):
        house.hall.restore(copy)
        for _ in range(times):
            phone.records.log("contact", CONTACT)
            await phone.sync()
        assert (phone.notes(), await phone.evidence()) == ([], [])
        assert join(phone.half(), phone.half()).evidence is None
    made = join(house.ada.half(), house.second.half())
    assert made.logs == ["commons", "personal", "roster", "witness"]
    assert made.verdict is not None
    assert (made.verdict.outcome, made.verdict.log) == ("proven", "personal"), made.verdict.reason


async def test_a_lead_and_a_supporter_prove_a_fork_of_the_roster(house: House) -> None:
    """The lead has taken somebody off; the supporter is told nothing of it."""
    copy = house.hall.backup("copy")
    await house.lead.rotate("commons")
    house.hall.restore(copy)
    await house.ada.link()
    assert (house.lead.notes(), house.ada.notes()) == ([], [])
    made = join(house.ada.half(), house.lead.half())
    assert made.evidence is not None
    assert (verify(made.evidence).outcome, verify(made.evidence).log) == ("proven", "roster")


async def test_halves_of_an_honest_server_fit_together_also_after_a_restore(house: House, copy: Path) -> None:
    def outcomes() -> set[str]:
        halves = [*before, *(phone.half() for phone in phones)]
        made = [join(one, other) for one in halves for other in halves]
        return {"" if one.verdict is None else one.verdict.outcome for one in made}

    before, phones = list[Half](), (house.lead, house.ada, house.second)
    assert outcomes() == {""}
    before += [phone.half() for phone in phones]
    house.hall.restore(copy)
    await declare(house.lead)
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.everything_arrives()
    assert "proven" not in outcomes()


async def test_a_half_is_written_without_a_network_and_says_nothing_that_was_written(house: House) -> None:
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.evil.refusing("overloaded")
    half = house.ada.half()
    told = {signed.message for signed in half.answers}
    assert len(told) == len(half.answers) > 0
    assert {one.log for one in half.logs} == set(house.ada.engine.logs()) - {house.programme}
    for one in half.logs:
        assert one.heads[-1] == house.ada.engine.ledger.chain(house.programme, one.log).head
