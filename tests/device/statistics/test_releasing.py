"""Closing and releasing, against a server, a lead and a second aggregator who cheat, and phones that die at it."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from crypto.secret.hpke import seal
from device import reserved
from device.phone import Phone
from device.statistics import aggregating, releasing
from device.transport import ServerProblem
from sync.device.replica import ServerFault
from tests.device.statistics.programme import DECEMBER, Programme, accepted_by, closed_with
from tests.support.evil import Json

RELEASE = "/v1/release"


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
    assert programme.exact() == [programme.truth[0] + 5, *programme.truth[1:]]


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

    programme.evil.answering(lambda _, answer: other(answer), path=RELEASE)
    with pytest.raises(ServerFault, match="not signed by the programme's server"):
        await lead.statistics.release(programme.opening)
    programme.hall.wire.be_honest()
    released = await lead.statistics.release(programme.opening)
    assert programme.exact() == programme.truth
    assert await lead.statistics.release(programme.opening) == released


async def test_a_release_of_other_numbers_than_its_lead_was_shown_is_none(reported: Programme) -> None:
    """More were said to be rejected than a release may leave out, and the table went to the leads with that."""
    programme, lead = reported, reported.lead
    await closed_by(programme)
    for numbers in ({"accepted": 8}, {"reports": 8}, {"reports": 8, "accepted": 8}, {"reports": 11}, {"reports": 59}):
        programme.evil.answering(partial(say, numbers), path=RELEASE)
        with pytest.raises(ServerFault, match="another number of reports"):
            await lead.statistics.release(programme.opening)
    programme.hall.wire.be_honest()
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected) == (9, 0)


async def test_keys_and_shares_are_destroyed_with_the_release(shared: Programme) -> None:
    programme = shared
    await programme.ends_exactly()
    for phone in (programme.lead, programme.second):
        for name in ("verify_keys", "verified", "totals"):
            assert phone.vault.read().execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
        held = {hash_ for (hash_,) in phone.vault.read().execute("SELECT hash FROM offer_keys").fetchall()}
        roster = phone.engine.roster
        served = {roster.offers[one].hpke_hash for one in roster.openings[programme.opening].offers}
        assert not held & served
    assert programme.lead.vault.read().execute("PRAGMA secure_delete").fetchone() == (1,)


async def test_a_lead_whose_phone_dies_at_every_step_releases_the_same_table(reported: Programme) -> None:
    programme = reported
    programme.go_past(DECEMBER, 22)

    async def releases(lead: Phone) -> None:
        await lead.sync()
        if not lead.statistics.releases():
            await lead.statistics.close(programme.opening)
            await lead.statistics.release(programme.opening)

    assert await programme.dies_at_every_step(0, releases) > 15
    assert programme.exact() == programme.truth


async def test_a_second_aggregator_whose_phone_dies_at_every_step_sends_one_sum(shared: Programme) -> None:
    programme = shared
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.lead.statistics.close(programme.opening)

    async def serves(second: Phone) -> None:
        await second.sync()
        await second.statistics.serve()

    assert await programme.dies_at_every_step(1, serves) > 5
    await programme.lead.statistics.release(programme.opening)
    assert programme.exact() == programme.truth


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
    assert programme.exact() == programme.truth


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
    await programme.ends_exactly()
    (released,) = lead.statistics.releases()
    less = replace(released, task=replace(released.task, shares=2))
    assert less.record == released.record
    for fields in (less.to_fields(), {**released.to_fields(), "noises": 1}):
        with lead.vault.write() as connection:
            log = lead.engine.roster.space_log("leads")
            reserved.stage_reserved(connection, log, released.record, reserved.RELEASE, fields)
        await lead.sync()
        assert lead.statistics.releases() == []
