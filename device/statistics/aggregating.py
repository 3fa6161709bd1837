"""An aggregator device at work: it verifies its share of each report, and what the server decided.

Each step is durable before the next: after a crash it goes on where it was. What it keeps is destroyed at the release.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from crypto.errors import OpenFailed
from crypto.public.encoding import encode
from crypto.public.hashing import H
from crypto.public.opaque import Opaque
from crypto.secret.hpke import HpkeKey
from device.engine import Engine
from device.statistics import keys
from device.statistics.keys import KeyLost
from schemas import wire_statistics as wire
from stats.errors import Malformed, ReportRefused
from stats.instance import Instance, instance_of
from stats.prio3.share import Share, VerifyState
from sync.device.replica import ServerFault
from sync.errors import Refused
from sync.report import (
    Report,
    accepted_hash,
    aggregator_number,
    check_report,
    measurement_context,
    receipt,
    share_hash,
)
from sync.state import Opening, RosterState

Progress = Callable[[int, int], None]
"""Reports done, of so many known so far."""
PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an opening has come, as this device knows it. `reports`: verified here; of these, decided; accepted."""

    reports: int
    decided: int
    accepted: int


@dataclass(frozen=True)
class Work:
    """One opening, as the aggregator `number` with its keys."""

    id: bytes
    opening: Opening
    number: int
    instance: Instance
    context: bytes
    key: HpkeKey
    verify_key: bytes


@dataclass(frozen=True)
class Verified(Opaque):
    """What was made of a report; `report`: its hash. The last three are empty if nothing can be made of it."""

    account: bytes
    nonce: bytes
    report: bytes
    verifier: bytes
    joint: bytes
    out_share: bytes


async def end_decisions(engine: Engine, opening: bytes) -> None:
    """Have the server decide nothing more, and take what it decided since the last look. Raises as `aggregate`."""
    work = await _work(engine, opening)
    request = wire.EndRequest(opening=opening)
    await engine.patiently(lambda: engine.session.call(lambda token: engine.transport.end_decisions(request, token)))
    await _decide(engine, work)


async def aggregate(engine: Engine, opening: bytes, progress: Progress = lambda _done, _all: None) -> Standing:
    """Verify what reports there are by now, and take the server's decisions.

    Raises KeyLost; Refused if this device is no aggregator of the opening; ServerFault for a server that gives another
    verify key than the opening is committed to, a report that nobody signed, or two of an account or nonce, or that
    accepts what this device refused; and as `Engine.sync`.
    """
    work = await _work(engine, opening)
    if work.opening.closed is None:
        await _fetch(engine, work, progress)
        await _send(engine, work)
    await _decide(engine, work)
    return standing(engine, opening)


def standing(engine: Engine, opening: bytes) -> Standing:
    reports, decided, accepted = (
        engine.vault.read()
        .execute(
            "SELECT count(*), count(accepted), coalesce(sum(accepted), 0) FROM verified WHERE opening = ?", (opening,)
        )
        .fetchone()
    )
    return Standing(reports, decided, accepted)


def receipts(engine: Engine, opening: bytes) -> list[bytes]:
    """Of the reports that the server and this device accepted, ascending."""
    rows = engine.vault.read().execute(
        "SELECT account, nonce FROM verified WHERE opening = ? AND accepted = 1", (opening,)
    )
    return sorted(receipt(opening, bytes(account), bytes(nonce)) for account, nonce in rows.fetchall())


def may_lack(reports: int) -> int:
    """How many of these a release may leave out."""
    return max(1, reports // 20)


def lacks(engine: Engine, id_: bytes) -> str:
    """Why the reports that this device knows make no release; empty if they do."""
    k = engine.roster.tasks[engine.roster.openings[id_].task].k
    known = standing(engine, id_)
    if known.accepted < k:
        return f"{known.accepted} reports are accepted, and a release needs {k}"
    left_out = known.reports - known.accepted
    if left_out > may_lack(known.reports):
        waiting = "are rejected, or wait for the second aggregator"
        return f"{left_out} of {known.reports} reports {waiting}: more than a release may leave out"
    return ""


def total(engine: Engine, id_: bytes) -> Share:
    """This device's sum over exactly the reports of `close_period`.

    Raises ServerFault if the hashed list is not the one that this device accepted, or is none to release, or the period
    is not closed.
    """
    opening, log = engine.roster.openings[id_], engine.identity.programme
    if opening.closed is None:
        raise ServerFault(log, "the period is not closed in the roster")
    if accepted_hash(id_, receipts(engine, id_)) != opening.accepted:
        raise ServerFault(log, "the period was closed with another list than this phone accepted: nothing is added up")
    lacking = lacks(engine, id_)
    if lacking:
        # A server and a lead together would show one report, close with that one, and take this share of it off.
        raise ServerFault(log, f"{lacking}: nothing is added up")
    instance = instance_of(engine.roster.tasks[opening.task])
    rows = engine.vault.read().execute("SELECT out_share FROM verified WHERE opening = ? AND accepted = 1", (id_,))
    return instance.aggregate(instance.decode_share(share) for (share,) in rows.fetchall())


def holds_key(connection: Any, roster: RosterState, opening: Opening) -> bool:
    """Whether this device holds the key of one of the offers."""
    return any(keys.offer_key(connection, roster.offers[one].hpke_hash) is not None for one in opening.offers)


async def _work(engine: Engine, id_: bytes) -> Work:
    roster, connection = engine.roster, engine.vault.read()
    number = aggregator_number(roster, id_, engine.identity.device)
    opening = roster.openings[id_]
    key = keys.offer_key(connection, roster.offers[opening.offers[number - 1]].hpke_hash)
    if key is None:
        raise KeyLost("the key of this period is not on this phone, or was destroyed after its release")
    verify_key = keys.verify_key(connection, opening)
    if verify_key is None and number == 2:
        verify_key = await _fetch_key(engine, id_, opening, key)
    if verify_key is None:
        raise KeyLost("the verify key of this period is not on this phone")
    task = roster.tasks[opening.task]
    context = measurement_context(roster.programme, id_)
    return Work(id_, opening, number, instance_of(task), context, key, verify_key)


async def _fetch_key(engine: Engine, id_: bytes, opening: Opening, key: HpkeKey) -> bytes:
    """The verify key from the lead's device. Whoever chose another one could prove false reports true."""
    programme = engine.identity.programme
    answer = await engine.patiently(lambda: engine.session.call(lambda token: engine.transport.verify_key(id_, token)))
    try:
        found = key.open("second-key", encode([programme, id_]), answer.sealed)
    except OpenFailed:
        raise ServerFault(programme, "the verify key that the server gives does not open") from None
    with engine.vault.write() as connection:
        keys.keep_verify_key(connection, opening.task, opening.period, found)
        if keys.verify_key(connection, opening) is None:
            raise ServerFault(programme, "the verify key is not the one that the opening is committed to")
    return found


async def _fetch(engine: Engine, work: Work, progress: Progress) -> None:
    """Verify all reports that are new here, a page after the other."""
    after, done = bytes(16), 0
    for _ in range(PAGES):
        request = partial(engine.transport.reports, work.id, after)
        page = await engine.patiently(lambda request=request: engine.session.call(request))  # type: ignore[misc]
        made = dict[bytes, Verified]()
        for paged in page.reports:
            if paged.account <= after:
                raise ServerFault(engine.identity.programme, "the server gives the reports of an account twice")
            after = paged.account
            one = await _verify(engine, work, paged)
            if one is not None and made.setdefault(one.nonce, one) is not one:
                raise ServerFault(engine.identity.programme, "the server gives two reports with one nonce")
            done += 1
            progress(done, done + (len(page.reports) if page.more else 0))
        _keep(engine, work, made.values())
        if not page.more or not page.reports:
            return


async def _verify(engine: Engine, work: Work, paged: wire.PagedReport) -> Verified | None:
    """None for a report that was verified before."""
    connection, programme = engine.vault.read(), engine.identity.programme
    digest = H("share", paged.report, paged.signature, paged.sealed_share)
    row = connection.execute(
        "SELECT report FROM verified WHERE opening = ? AND account = ?", (work.id, paged.account)
    ).fetchone()
    if row is not None:
        if bytes(row[0]) != digest:
            raise ServerFault(programme, "the server gives another report of an account than before")
        return None
    report = await _checked(engine, work, paged)
    if connection.execute("SELECT 1 FROM verified WHERE opening = ? AND nonce = ?", (work.id, report.nonce)).fetchone():
        raise ServerFault(programme, "the server gives two reports with one nonce")
    return Verified(paged.account, report.nonce, digest, *_initiate(engine, work, paged, report))


def _keep(engine: Engine, work: Work, made: Iterable[Verified]) -> None:
    rows = [(work.id, one.account, one.nonce, one.report, one.verifier, one.joint, one.out_share) for one in made]
    if rows:
        with engine.vault.write() as connection:
            connection.executemany(
                "INSERT INTO verified (opening, account, nonce, report, verifier, joint, out_share)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )


async def _checked(engine: Engine, work: Work, paged: wire.PagedReport) -> Report:
    """The report as its device signed it: the server may stuff none, and pass none off as another account's."""
    try:
        report = Report.decode(paged.report)
        if report.roster.position > engine.roster.chain.position:
            # It came while this device was at work, from a phone that knows more of the roster.
            await engine.settle()
        roster = engine.roster
        account = check_report(roster, report, paged.signature)
    except Refused as refused:
        programme = engine.identity.programme
        raise ServerFault(programme, f"the server gives a report that does not stand: {refused}") from None
    named = work.number <= len(report.helpers) and report.helpers[work.number - 1]
    if (report.opening, account, named) != (work.id, paged.account, share_hash(paged.sealed_share)):
        raise ServerFault(roster.programme, "the server gives a report of another account, opening or share")
    return report


def _initiate(engine: Engine, work: Work, paged: wire.PagedReport, report: Report) -> tuple[bytes, bytes, bytes]:
    """Verifier share, joint randomness and output share; empty if the phone sent what nothing can be made of."""
    data = encode([engine.identity.programme, work.id, paged.account, report.nonce, work.number])
    try:
        share = work.key.open("report-share", data, paged.sealed_share)
        state, verifier = work.instance.verify_init(
            work.verify_key, work.context, work.number, report.nonce, report.public_share, share
        )
    except (OpenFailed, Malformed, ReportRefused):
        return b"", b"", b""
    return verifier, state.joint_seed, state.out_share.encode()


async def _send(engine: Engine, work: Work) -> None:
    """Verifier shares in batches; what was sent and not acknowledged is sent again as it was."""
    while batch := _unsent(engine.vault.read(), work.id):
        verifiers = [wire.Verifier(account=account, share=share) for account, share in batch]
        request = partial(engine.transport.send_verifiers, wire.VerifiersRequest(opening=work.id, verifiers=verifiers))
        await engine.patiently(lambda request=request: engine.session.call(request))  # type: ignore[misc]
        with engine.vault.write() as connection:
            connection.executemany(
                "UPDATE verified SET sent = 1 WHERE opening = ? AND account = ?",
                [(work.id, account) for account, _ in batch],
            )


def _unsent(connection: Any, opening: bytes) -> list[tuple[bytes, bytes]]:
    rows = connection.execute(
        "SELECT account, verifier FROM verified WHERE opening = ? AND sent = 0 ORDER BY account LIMIT ?",
        (opening, wire.MAX_VERIFIERS),
    )
    return [(bytes(account), bytes(verifier)) for account, verifier in rows.fetchall()]


async def _decide(engine: Engine, work: Work) -> None:
    """Take the server's decisions; with each verifier message the own verification is finished."""
    after = bytes(16)
    for _ in range(PAGES):
        request = partial(engine.transport.decisions, work.id, after)
        page = await engine.patiently(lambda request=request: engine.session.call(request))  # type: ignore[misc]
        taken = list[wire.Decision]()
        for decision in page.decisions:
            if decision.account <= after:
                raise ServerFault(engine.identity.programme, "the server decides on an account twice")
            after = decision.account
            if _is_new(engine, work, decision):
                taken.append(decision)
        if taken:
            with engine.vault.write() as connection:
                connection.executemany(
                    "UPDATE verified SET accepted = ? WHERE opening = ? AND account = ?",
                    [(one.accepted, work.id, one.account) for one in taken],
                )
        if not page.more or not page.decisions:
            return


def _is_new(engine: Engine, work: Work, decision: wire.Decision) -> bool:
    """Whether the decision stands, and was not known before."""
    row = (
        engine.vault.read()
        .execute(
            "SELECT joint, out_share, accepted FROM verified WHERE opening = ? AND account = ?",
            (work.id, decision.account),
        )
        .fetchone()
    )
    programme = engine.identity.programme
    if row is None:
        # Reports that came since the last page are decided when their verifier shares have come.
        if decision.accepted:
            raise ServerFault(programme, "the server accepted a report that it did not show to this phone")
        return False
    joint, out_share, known = row
    if known is not None:
        if bool(known) != decision.accepted:
            raise ServerFault(programme, "the server takes back a decision on a report")
        return False
    if decision.accepted:
        try:
            if not out_share:
                raise ReportRefused("proof")
            state = VerifyState(work.instance.decode_share(out_share), joint)
            work.instance.verify_next(state, decision.message)
        except (Malformed, ReportRefused):
            raise ServerFault(programme, "the server accepted a report that this phone refuses") from None
    return True
