"""Aggregator devices against a server and a lead who cheat."""

from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from crypto.secret.hpke import seal
from device.statistics import reporting
from device.statistics.keys import KeyLost
from device.statistics.releasing import TooFew
from sync.device.replica import ServerFault
from sync.errors import Refused
from tests.device.statistics.programme import DECEMBER, Programme, accepted_by
from tests.support.evil import Json

REPORTS, DECISIONS = "/v1/reports", "/v1/decisions"


async def faulted(programme: Programme, change: Any, *, path: str) -> str:
    """What the lead's device says to a server whose answers are changed like this; afterwards it is honest again."""
    programme.evil.answering(lambda _, answer: change(answer), path=path)
    with pytest.raises(ServerFault) as fault:
        await programme.lead.statistics.aggregate(programme.opening)
    programme.hall.wire.be_honest()
    return str(fault.value)


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
    await reported.ends_exactly()


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
    await reported.ends_exactly()


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
    assert programme.exact() == programme.truth


async def test_reports_that_a_server_drops_are_missed_and_below_k_nothing_is_closed(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    programme.evil.answering(lambda _, answer: answer.update(reports=answer["reports"][:7]), path=REPORTS)
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
    programme.evil.answering(lambda _, answer: answer.update(sealed=b64(other)), path="/v1/verify-key")
    with pytest.raises(ServerFault, match="committed"):
        await second.statistics.aggregate(programme.opening)
    programme.hall.wire.be_honest()
    await programme.ends_exactly()


async def test_who_is_no_aggregator_and_who_lost_the_key_is_told(reported: Programme) -> None:
    programme = reported
    with pytest.raises(Refused):
        await programme.second.statistics.aggregate(programme.opening)
    with programme.lead.vault.write() as connection:
        connection.execute("DELETE FROM offer_keys")
    with pytest.raises(KeyLost):
        await programme.lead.statistics.aggregate(programme.opening)
