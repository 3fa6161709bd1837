"""Closing a period, and its release: the aggregators' sums become a table, and their keys are destroyed."""

from dataclasses import dataclass

from crypto.errors import CryptoError, OpenFailed
from crypto.public.encoding import encode
from crypto.public.signing import verify
from crypto.secret.hpke import seal
from device.engine import Engine, Publication
from device.outbox import Rows
from device.reserved import RELEASE, reserved_values, stage_reserved
from device.statistics import aggregating, keys
from device.statistics.aggregating import Progress, may_lack
from device.statistics.explaining import who_counts
from device.statistics.keys import KeyLost
from device.statistics.reporting import date_of
from schemas.wire_statistics import ReleaseAnswer, TotalRequest
from stats.errors import Malformed
from stats.instance import instance_of
from stats.noise import noised
from stats.prio3.share import Share
from stats.release import Release
from sync import statistics
from sync.device.replica import ServerFault
from sync.report import accepted_hash, released_message
from sync.state import RosterState

SECOND = 2
"""The aggregator beside server and lead, which adds noise of its own: whoever leaves theirs out still meets it."""


class TooFew(Exception):
    """Fewer reports are accepted than a release needs: to close the period now would spend it for nothing."""


async def close(engine: Engine, opening: bytes, progress: Progress = lambda _done, _all: None) -> int:
    """State that the accepted reports are to be added up; how many. For the lead's device of the first offer.

    Raises TooFew, and as `aggregate` and `Engine.publish` (`too-early` up to 21 days after the period).
    """
    await engine.settle()
    if engine.roster.openings[opening].closed is None:
        await aggregating.aggregate(engine, opening, progress)
        # Only when the period can be closed: what is undecided then stays so.
        _check_enough(engine, opening)
        await aggregating.end_decisions(engine, opening)
    _check_enough(engine, opening)
    found = aggregating.receipts(engine, opening)
    hash_ = accepted_hash(opening, found)

    async def decide(roster: RosterState) -> Publication | None:
        if roster.openings[opening].closed is not None:
            return None
        return statistics.ClosePeriod(engine.writer.day(), opening, hash_), Rows()

    await engine.publish(decide)
    return len(found)


def _check_enough(engine: Engine, opening: bytes) -> None:
    lacking = aggregating.lacks(engine, opening)
    if lacking:
        raise TooFew(f"{lacking}: nothing was closed")


async def send_total(engine: Engine, opening: bytes) -> None:
    """The second aggregator's part, after `close_period`; then what this device held of the period is destroyed.

    Raises as `aggregate` and `total`.
    """
    connection, roster = engine.vault.read(), engine.roster
    row = connection.execute("SELECT sealed, sent FROM totals WHERE opening = ?", (opening,)).fetchone()
    if row is None:
        await aggregating.aggregate(engine, opening)
        share = _noised_total(engine, opening).encode()
        hash_ = roster.offers[roster.openings[opening].offers[0]].hpke_hash
        public = (await engine.publics([hash_]))[hash_]
        sealed = seal(public, "total", encode([roster.programme, opening]), share)
        with engine.vault.write() as writing:
            writing.execute("INSERT INTO totals (opening, sealed) VALUES (?, ?)", (opening, sealed))
    else:
        sealed = bytes(row[0])
    request = TotalRequest(opening=opening, sealed=sealed)
    await engine.patiently(lambda: engine.session.call(lambda token: engine.transport.send_share(request, token)))
    with engine.vault.write() as writing:
        keys.destroy(writing, roster, opening)
    engine.vault.scrub()


def _noised_total(engine: Engine, opening: bytes) -> Share:
    """As of `aggregating.total`, with this device's noise: the same again after a crash."""
    roster = engine.roster
    made = roster.openings[opening]
    total = aggregating.total(engine, opening)
    key = keys.noise_key(engine.vault.read(), roster.offers[made.offers[1]].hpke_hash)
    if key is None or made.closed is None:
        raise KeyLost("this phone's offer is of a version that added no noise: it sends no sum of this period")
    return noised(total, key, made.closed, SECOND, roster.tasks[made.task].scale)


async def release(engine: Engine, opening: bytes) -> Release:
    """Fetch, verify and add up the shares of a closed period; the table, which is then a record of the leads' space.

    The record and the end of the keys are one transaction. Raises KeyLost, ServerFault, ServerProblem (`not-yet`: the
    second aggregator has not sent its part; `below-k`, `too-many-rejected`, `list-wrong`, `opening-void`), and as
    `Engine.sync`.
    """
    known = {one.opening: one for one in releases(engine)}
    if opening in known:
        return known[opening]
    await engine.settle()
    roster = engine.roster
    made = roster.openings[opening]
    own = aggregating.total(engine, opening) if made.closed is not None else None
    answer: ReleaseAnswer = await engine.patiently(
        lambda: engine.session.call(lambda token: engine.transport.release(opening, token))
    )
    if own is None or made.closed is None:
        raise ServerFault(roster.programme, "the server releases a period that is not closed in the roster")
    message = released_message(roster.programme, made.closed, answer.share)
    try:
        verify(engine.identity.server_key, "release", message, answer.signature)
    except CryptoError:
        raise ServerFault(roster.programme, "the release is not signed by the programme's server") from None
    task, instance = roster.tasks[made.task], instance_of(roster.tasks[made.task])
    here = aggregating.standing(engine, opening)
    count, rejected = here.accepted, answer.reports - here.accepted
    if answer.accepted != count or answer.reports < here.reports or rejected > may_lack(answer.reports):
        raise ServerFault(roster.programme, "the server released another number of reports than was closed")
    shares = [answer.share, own.encode()]
    if task.shares > len(shares):
        shares.append(_second(engine, opening, answer))
    try:
        cells = instance.aggregate(instance.decode_share(share) for share in shares).elements
    except Malformed as wrong:
        raise ServerFault(roster.programme, f"a released share is none: {wrong}") from None
    modulus = instance.circuit.field.modulus
    try:
        released = Release(
            task=task,
            period=made.period,
            opening=opening,
            cells=tuple(cell - modulus if cell > modulus // 2 else cell for cell in cells),
            reports=count,
            rejected=rejected,
            released=date_of(engine),
        )
    except ValueError as wrong:
        # Noise as large as this is nothing that anybody draws: somebody's sum is not what it says.
        raise ServerFault(roster.programme, f"the release is no table: {wrong}") from None
    with engine.vault.write() as connection:
        stage_reserved(connection, roster.space_log("leads"), released.record, RELEASE, released.to_fields())
        keys.destroy(connection, roster, opening)
    engine.vault.scrub()
    await engine.sync()
    return released


def _second(engine: Engine, opening: bytes, answer: ReleaseAnswer) -> bytes:
    roster = engine.roster
    key = keys.offer_key(engine.vault.read(), roster.offers[roster.openings[opening].offers[0]].hpke_hash)
    if key is None:
        raise KeyLost("the key of this period is not on this phone")
    if answer.total is None:
        raise ServerFault(roster.programme, "the server withholds the second aggregator's share")
    try:
        return key.open("total", encode([roster.programme, opening]), answer.total)
    except OpenFailed:
        raise ServerFault(roster.programme, "the second aggregator's share does not open") from None


def releases(engine: Engine) -> list[Release]:
    """All released tables of the leads' space, the earliest period first; what is no release is left out, and so is
    one of another task or period than the roster has for its opening.
    """
    found, roster = list[Release](), engine.roster
    for fields in reserved_values(engine.vault.read(), roster.space_log("leads"), RELEASE):
        try:
            one = Release.from_fields(fields)
        except ValueError:
            continue
        signed = roster.openings.get(one.opening)
        # Unknown is one that a restored server lost.
        if signed is None or (roster.tasks[signed.task], signed.period) == (one.task, one.period):
            found.append(one)
    return sorted(found, key=lambda one: (one.period, one.opening))


@dataclass(frozen=True, slots=True)
class PeriodStatus:
    """An opening as a lead sees it. `state`: open, ended, closed or released; `mine`: by an offer of this device."""

    opening: bytes
    task: bytes
    period: int
    state: str
    counts: int
    mine: bool


def statuses(engine: Engine) -> list[PeriodStatus]:
    """All openings of the roster, the earliest first."""
    roster, done = engine.roster, {one.opening for one in releases(engine)}
    found = []
    for id_, made in roster.openings.items():
        state = "closed" if made.closed is not None else "ended" if made.ended is not None else "open"
        mine = roster.offers[made.offers[0]].device == engine.identity.device
        number = len(who_counts(roster, made))
        state = "released" if id_ in done else state
        found.append(PeriodStatus(id_, made.task, made.period, state, number, mine))
    return sorted(found, key=lambda one: roster.openings[one.opening].position)
