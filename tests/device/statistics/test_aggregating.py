"""Aggregator devices against a server and a lead who cheat."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from crypto.secret.hpke import seal
from device import reserved
from device.outbox import Rows
from device.phone import Phone
from device.statistics import aggregating, releasing, reporting
from device.statistics.keys import KeyLost
from device.statistics.releasing import TooFew
from device.transport import ServerProblem
from sync import statistics
from sync.device.replica import ServerFault
from sync.errors import Refused
from sync.report import accepted_hash, receipt
from tests.device.statistics.programme import DECEMBER, Programme
from tests.device.statistics.test_period import exact
from tests.support.crash import Crash, Crasher
from tests.support.evil import Evil, Json

REPORTS, DECISIONS, RELEASE = "/v1/reports", "/v1/decisions", "/v1/release"


def evil(programme: Programme) -> Evil:
    return Evil(programme.hall, programme.lead.engine.identity.programme)


async def faulted(programme: Programme, change: Any, *, path: str) -> str:
    """What the lead's device says to a server whose answers are changed like this; afterwards it is honest again."""
    evil(programme).answering(lambda _, answer: change(answer), path=path)
    with pytest.raises(ServerFault) as fault:
        await programme.lead.statistics.aggregate(programme.opening)
    programme.hall.wire.be_honest()
    return str(fault.value)


async def released_exactly(programme: Programme) -> None:
    """An honest end: nothing of what was tried before has left a trace."""
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    await programme.lead.statistics.release(programme.opening)
    assert exact(programme) == programme.truth


def double(answer: Json) -> None:
    answer["reports"].append(answer["reports"][-1])


def stuff(answer: Json) -> None:
    answer["reports"][0]["signature"] = answer["reports"][1]["signature"]


def rename(answer: Json) -> None:
    """One account's report passed off as another's."""
    first, second, *_ = answer["reports"]
    second.update({key: first[key] for key in ("report", "signature", "sealed_share")})


def swap_share(answer: Json) -> None:
    answer["reports"][0]["sealed_share"] = answer["reports"][1]["sealed_share"]


@pytest.mark.parametrize("change", [double, stuff, rename, swap_share])
async def test_reports_that_a_server_makes_up_are_refused(reported: Programme, change: Any) -> None:
    await faulted(reported, change, path=REPORTS)
    await released_exactly(reported)


async def test_reports_that_change_between_two_pages_are_refused(reported: Programme) -> None:
    await reported.lead.statistics.aggregate(reported.opening)

    def swap(answer: Json) -> None:
        first, second, *_ = answer["reports"]
        first["report"], second["report"] = second["report"], first["report"]

    assert "another report" in await faulted(reported, swap, path=REPORTS)


async def test_a_server_decides_once_and_on_what_it_has_shown(reported: Programme) -> None:
    def twice(answer: Json) -> None:
        answer["decisions"].append(answer["decisions"][-1])

    assert "twice" in await faulted(reported, twice, path=DECISIONS)

    def unseen(answer: Json) -> None:
        answer["decisions"].append({"account": b64(b"\xff" * 16), "accepted": True, "message": ""})

    assert "did not show" in await faulted(reported, unseen, path=DECISIONS)
    await reported.lead.statistics.aggregate(reported.opening)

    def back(answer: Json) -> None:
        answer["decisions"][0]["accepted"] = False

    assert "takes back" in await faulted(reported, back, path=DECISIONS)
    await released_exactly(reported)


async def test_a_poisoned_report_is_rejected_and_no_server_may_accept_it(
    early: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme, poisoner = early, early.phones[8]
    programme.go_past(DECEMBER, 15)
    await programme.everybody_syncs(but=[poisoner])
    monkeypatch.setattr(reporting, "seal", lambda public, name, _, share: seal(public, name, b"else", share))
    await poisoner.sync()
    account = b64(poisoner.engine.identity.account)

    def accept(answer: Json) -> None:
        for one in answer["decisions"]:
            one.update(accepted=True)

    assert "refuses" in await faulted(programme, accept, path=DECISIONS)
    standing = await programme.lead.statistics.aggregate(programme.opening)
    assert (standing.reports, standing.decided, standing.accepted) == (9, 9, 8)
    assert unb64(account) not in accepted_by(programme.lead, programme.opening)
    programme.go_past(DECEMBER, 22)
    await programme.close()
    released = await programme.lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected) == (8, 1)
    assert exact(programme) == programme.truth


async def test_reports_that_a_server_drops_are_missed_and_below_k_nothing_is_closed(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    evil(programme).answering(lambda _, answer: answer.update(reports=answer["reports"][:7]), path=REPORTS)
    await lead.statistics.aggregate(programme.opening)
    programme.go_past(DECEMBER, 22)
    with pytest.raises(TooFew):
        await lead.statistics.close(programme.opening)
    assert lead.engine.roster.openings[programme.opening].closed is None


async def test_a_report_under_a_newer_roster_is_no_fault(early: Programme) -> None:
    programme = early
    programme.go_past(DECEMBER, 15)
    await programme.everybody_syncs(but=[programme.phones[8]])
    await programme.phones[7].link()
    await programme.phones[8].sync()
    standing = await programme.lead.statistics.aggregate(programme.opening)
    assert standing.accepted == 9


async def test_the_second_aggregator_takes_no_other_verify_key(shared: Programme) -> None:
    programme, second = shared, shared.second
    await second.sync()
    roster = second.engine.roster
    hash_ = roster.offers[roster.openings[programme.opening].offers[1]].hpke_hash
    public = (await second.engine.publics([hash_]))[hash_]
    other = seal(public, "second-key", encode([roster.programme, programme.opening]), bytes(32))
    evil(programme).answering(lambda _, answer: answer.update(sealed=b64(other)), path="/v1/verify-key")
    with pytest.raises(ServerFault, match="committed"):
        await second.statistics.aggregate(programme.opening)
    programme.hall.wire.be_honest()
    await released_exactly(programme)


def accepted_by(phone: Phone, opening: bytes) -> dict[bytes, bytes]:
    """Account -> nonce of the reports that an aggregator device accepted."""
    query = "SELECT account, nonce FROM verified WHERE opening = ? AND accepted = 1 ORDER BY account"
    return dict(phone.vault.read().execute(query, (opening,)).fetchall())


async def closed_with(lead: Phone, opening: bytes, chosen: dict[bytes, bytes]) -> None:
    """A lead who leaves out whom they like. `chosen`: account -> nonce of the report."""
    hash_ = accepted_hash(opening, [receipt(opening, account, nonce) for account, nonce in chosen.items()])

    async def decide(_: Any) -> Any:
        return statistics.ClosePeriod(lead.engine.writer.day(), opening, hash_), Rows()

    await lead.engine.publish(decide)


async def test_a_lead_who_changes_the_list_gets_nothing_from_the_server(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    known = accepted_by(lead, programme.opening)
    last = max(known)
    await closed_with(lead, programme.opening, {one: known[one] for one in known if one != last})
    with lead.vault.write() as connection:
        connection.execute("UPDATE verified SET accepted = 0 WHERE account = ?", (last,))
    with pytest.raises(ServerProblem) as problem:
        await lead.statistics.release(programme.opening)
    assert problem.value.name == "list-wrong"
    assert lead.statistics.releases() == []


async def test_a_lead_who_changes_the_list_gets_nothing_from_the_second_aggregator(shared: Programme) -> None:
    programme = shared
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    known = accepted_by(programme.lead, programme.opening)
    last = max(known)
    await closed_with(programme.lead, programme.opening, {one: known[one] for one in known if one != last})
    await programme.second.sync()
    with pytest.raises(ServerFault, match="another list"):
        await programme.second.statistics.serve()


async def test_a_second_aggregator_who_lies_is_not_found_out(
    shared: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stated limit: one who adds five to a cell of its own sum has the table say so."""
    programme = shared
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.lead.statistics.close(programme.opening)
    await programme.second.sync()
    own = aggregating.total

    def lied(engine: Any, opening: bytes) -> Any:
        share = own(engine, opening)
        return type(share)(share.field, [share.elements[0] + 5, *share.elements[1:]])

    with monkeypatch.context() as lying:
        lying.setattr(aggregating, "total", lied)
        await programme.second.statistics.serve()
    await programme.lead.statistics.release(programme.opening)
    assert exact(programme) == [programme.truth[0] + 5, *programme.truth[1:]]


def say(numbers: Json, _: Json, answer: Json) -> None:
    answer.update(numbers)


async def closed_by(programme: Programme) -> None:
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.close()


async def test_a_release_is_the_servers_own_word(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    await closed_by(programme)

    def other(answer: Json) -> None:
        share = bytearray(unb64(answer["share"]))
        share[0] ^= 1
        answer["share"] = b64(bytes(share))

    evil(programme).answering(lambda _, answer: other(answer), path=RELEASE)
    with pytest.raises(ServerFault, match="not signed by the programme's server"):
        await lead.statistics.release(programme.opening)
    programme.hall.wire.be_honest()
    released = await lead.statistics.release(programme.opening)
    assert exact(programme) == programme.truth
    assert await lead.statistics.release(programme.opening) == released


async def test_a_release_of_other_numbers_than_its_lead_was_shown_is_none(reported: Programme) -> None:
    """More were said to be rejected than a release may leave out, and the table went to the leads with that."""
    programme, lead = reported, reported.lead
    await closed_by(programme)
    for numbers in ({"accepted": 8}, {"reports": 8}, {"reports": 8, "accepted": 8}, {"reports": 11}, {"reports": 59}):
        evil(programme).answering(partial(say, numbers), path=RELEASE)
        with pytest.raises(ServerFault, match="another number of reports"):
            await lead.statistics.release(programme.opening)
    programme.hall.wire.be_honest()
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected) == (9, 0)


async def test_keys_and_shares_are_destroyed_with_the_release(shared: Programme) -> None:
    programme = shared
    await released_exactly(programme)
    for phone in (programme.lead, programme.second):
        for name in ("verify_keys", "verified", "totals"):
            assert phone.vault.read().execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
        held = {hash_ for (hash_,) in phone.vault.read().execute("SELECT hash FROM offer_keys").fetchall()}
        roster = phone.engine.roster
        served = {roster.offers[one].hpke_hash for one in roster.openings[programme.opening].offers}
        assert not held & served
    assert programme.lead.vault.read().execute("PRAGMA secure_delete").fetchone() == (1,)


async def test_who_is_no_aggregator_and_who_lost_the_key_is_told(reported: Programme) -> None:
    programme = reported
    with pytest.raises(Refused):
        await programme.second.statistics.aggregate(programme.opening)
    with programme.lead.vault.write() as connection:
        connection.execute("DELETE FROM offer_keys")
    with pytest.raises(KeyLost):
        await programme.lead.statistics.aggregate(programme.opening)


async def test_a_lead_whose_phone_dies_at_every_step_releases_the_same_table(reported: Programme) -> None:
    programme = reported
    programme.go_past(DECEMBER, 22)
    crasher = Crasher(programme.hall, programme.lead)
    lives = 0
    while True:
        lives += 1
        crasher.steps, crasher.at = 0, lives
        try:
            with crasher.watching():
                lead = programme.lead
                await lead.sync()
                if not lead.statistics.releases():
                    await lead.statistics.close(programme.opening)
                    await lead.statistics.release(programme.opening)
            break
        except Crash:
            programme.hall.wire.be_honest()
            programme.phones[0] = await programme.hall.reopen(programme.lead)
    assert lives > 15
    crasher.check_numbers()
    assert exact(programme) == programme.truth


async def test_a_second_aggregator_whose_phone_dies_at_every_step_sends_one_sum(shared: Programme) -> None:
    programme = shared
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.lead.statistics.close(programme.opening)
    crasher = Crasher(programme.hall, programme.second)
    lives = 0
    while True:
        lives += 1
        crasher.steps, crasher.at = 0, lives
        try:
            with crasher.watching():
                await programme.second.sync()
                await programme.second.statistics.serve()
            break
        except Crash:
            programme.hall.wire.be_honest()
            programme.phones[1] = await programme.hall.reopen(programme.second)
    crasher.check_numbers()
    assert lives > 5
    await programme.lead.statistics.release(programme.opening)
    assert exact(programme) == programme.truth


async def test_a_second_aggregator_put_back_from_a_backup_draws_no_other_noise(
    shared: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two sums with two noises, which a server could keep, the mean would be nearer to the truth."""
    programme, sent = shared, list[bytes]()
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.lead.statistics.close(programme.opening)

    def note(public: Any, name: str, data: bytes, share: bytes) -> bytes:
        sent.append(share)
        return seal(public, name, data, share)

    monkeypatch.setattr(releasing, "seal", note)
    await programme.second.sync()
    copies = [shutil.copytree(path, path.with_name(f"{path.name} copy")) for path in homes(programme.second)]
    await programme.second.statistics.serve()
    await programme.second.close()
    for copy, path in zip(copies, homes(programme.second), strict=True):
        shutil.rmtree(path)
        copy.rename(path)
    programme.phones[1] = programme.hall.open_phone(programme.second.vault.directory.name)
    with pytest.raises(ServerProblem, match="share-exists"):
        await programme.second.statistics.serve()
    assert len(sent) == 2
    assert len(set(sent)) == 1
    await programme.lead.statistics.release(programme.opening)
    assert exact(programme) == programme.truth


def homes(phone: Phone) -> list[Path]:
    home = phone.vault.directory
    return [home, home.with_name(f"{home.name}.keystore")]


async def test_an_offer_without_a_key_of_noise_gives_no_sum(shared: Programme) -> None:
    """Of a version that added none: without its noise, server and lead would meet only the server's."""
    programme, second = shared, shared.second
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.lead.statistics.close(programme.opening)
    with second.vault.write() as connection:
        connection.execute("UPDATE offer_keys SET noise = NULL")
    await second.sync()
    assert await second.statistics.serve() == [
        "this phone's offer is of a version that added no noise: it sends no sum of this period"
    ]
    assert second.vault.read().execute("SELECT count(*) FROM totals").fetchone() == (0,)


async def test_a_table_that_promises_less_noise_than_was_signed_is_none(shared: Programme) -> None:
    """Another lead's phone writes it to the leads' space."""
    programme, lead = shared, shared.lead
    await released_exactly(programme)
    (released,) = lead.statistics.releases()
    less = replace(released, task=replace(released.task, shares=2))
    assert less.record == released.record
    for fields in (less.to_fields(), {**released.to_fields(), "noises": 1}):
        with lead.vault.write() as connection:
            log = lead.engine.roster.space_log("leads")
            reserved.stage_reserved(connection, log, released.record, reserved.RELEASE, fields)
        await lead.sync()
        assert lead.statistics.releases() == []


async def test_offers_and_openings_survive_a_phone_that_dies_at_every_step(early: Programme) -> None:
    programme = early
    programme.task = replace(programme.task, bound=2)
    crasher = Crasher(programme.hall, programme.lead)
    lives, task = 0, b""
    while True:
        lives += 1
        crasher.steps, crasher.at = 0, lives
        try:
            with crasher.watching():
                lead = programme.lead
                await lead.sync()
                task = await lead.statistics.define(programme.task)
                if not [one for one in lead.engine.roster.openings.values() if one.task == task]:
                    await lead.statistics.open(task, DECEMBER)
                await lead.sync()
            break
        except Crash:
            programme.hall.wire.be_honest()
            programme.phones[0] = await programme.hall.reopen(programme.lead)
    crasher.check_numbers()
    (id_,) = [id_ for id_, one in programme.lead.engine.roster.openings.items() if one.task == task]
    services = programme.hall.app.state.services
    assert id_ in [opening for _, opening in services.mailbox.openings()]
