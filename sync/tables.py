"""Rules of the statements about statistics: task, aggregator, offer, open, close_period
(docs/protocol/10-statistics.md).
"""

from dataclasses import replace

from immutables import Map

from schemas.period import days_of, months
from schemas.task import Task
from sync import statistics
from sync.enrolment import use_key
from sync.errors import Refused
from sync.floors import check_floors
from sync.governance import require_lead
from sync.log import Header
from sync.spending import Ledger, check_budget
from sync.state import Offered, Opening, RosterState

TASKS = 256
AGGREGATORS = 16
OPEN_OFFERS = 32
MEMBER_FOR = 28
"""Days after its join from which an account may be an aggregator: nobody is invited for one period's sake."""
OPENED_BEFORE = 31
OPENED_AGAIN_AFTER = 7
"""Days: all phones still have the two weeks in which they report at a random moment."""
REPORTED_AFTER = 21
KEPT = 90
"""Days after the period for which a server keeps what is not released: a lead has had ten weeks to close it."""
OPENINGS = 2
"""Of one task and period: once, and once more when an aggregator's key was lost."""


def task(state: RosterState, header: Header, statement: statistics.Task) -> RosterState:
    require_lead(state, header)
    check_floors(statement.task)
    if len(state.tasks) >= TASKS:
        raise Refused("limit-reached", f"a programme has at most {TASKS} tasks")
    return replace(state, tasks=state.tasks.set(leaf(state, header), statement.task))


def aggregator(state: RosterState, header: Header, statement: statistics.Aggregator) -> RosterState:
    account = state.devices[header.device].account
    if account in state.leads:
        raise Refused("not-authorised", "a lead is no second aggregator: leads have a share already")
    if not statement.on:
        return replace(state, aggregators=without(state, account))
    if state.time < state.accounts[account].joined_on + MEMBER_FOR:
        raise Refused("too-early", f"an account becomes an aggregator {MEMBER_FOR} days after it joined")
    if account in state.aggregators:
        return state
    if len(state.aggregators) >= AGGREGATORS:
        raise Refused("limit-reached", f"a programme has at most {AGGREGATORS} aggregators")
    return replace(state, aggregators=state.aggregators.set(account, state.chain.position))


def offer(state: RosterState, header: Header, statement: statistics.Offer) -> RosterState:
    account = state.devices[header.device].account
    if account not in state.leads and account not in state.aggregators:
        raise Refused("not-authorised", "only leads and aggregators offer to take shares")
    days = period_days(known_task(state, statement.task), statement.period)
    if state.time > days[-1] + OPENED_AGAIN_AFTER:
        raise Refused("too-late", "nothing can be opened for this period any more")
    still = tuple(id_ for id_ in state.offered.get(account, ()) if state.offers[id_].is_open(state.time))
    if len(still) >= OPEN_OFFERS:
        raise Refused("limit-reached", f"an account has at most {OPEN_OFFERS} open offers")
    id_ = leaf(state, header)
    made = Offered(
        statement.task,
        statement.period,
        statement.hpke_hash,
        header.device,
        account,
        days[-1] + OPENED_AGAIN_AFTER,
        days[-1] + REPORTED_AFTER,
    )
    state = use_key(state, statement.hpke_hash)
    return replace(state, offers=state.offers.set(id_, made), offered=state.offered.set(account, (*still, id_)))


def open_period(state: RosterState, header: Header, statement: statistics.Open) -> RosterState:
    require_lead(state, header)
    counted = known_task(state, statement.task)
    days, year = period_days(counted, statement.period), year_of(counted, statement.period)
    earlier = [
        id_
        for id_ in state.years.get(year, ())
        if (state.openings[id_].task, state.openings[id_].period) == (statement.task, statement.period)
    ]
    if len(earlier) >= OPENINGS or any(state.openings[id_].closed is not None for id_ in earlier):
        raise Refused("not-open", "this period is closed, or was opened again already")
    check_offers(state, counted, statement)
    if state.time < days[0] - OPENED_BEFORE:
        raise Refused("too-early", f"a period is opened at most {OPENED_BEFORE} days before it begins")
    if state.time > days[-1] + (OPENED_AGAIN_AFTER if earlier else 0):
        raise Refused("too-late", "this period is over")
    if len(state.accounts) < counted.k:
        raise Refused("below-k", f"{len(state.accounts)} accounts count, the task demands {counted.k}")
    check_budget(spent(state, year), (statement.task, statement.period), counted)
    id_, position = leaf(state, header), state.chain.position
    offers, openings = state.offers, state.openings
    for one in statement.offers:
        offers = offers.set(one, replace(offers[one], opening=id_))
    for one in earlier:
        openings = openings.set(one, replace(openings[one], ended=position))
    made = Opening(statement.task, statement.period, statement.offers, statement.commitment, position)
    return replace(
        state,
        offers=offers,
        openings=openings.set(id_, made),
        years=state.years.set(year, (*state.years.get(year, ()), id_)),
    )


def check_offers(state: RosterState, counted: Task, statement: statistics.Open) -> None:
    """The first is a lead's, the second an aggregator's: one person must not hold two shares of three."""
    if len(statement.offers) != counted.shares - 1:
        raise Refused("entry-malformed", "there is one offer less than shares")
    for id_, of_lead in zip(statement.offers, (True, False), strict=False):
        made = state.offers.get(id_)
        if made is None or not made.is_open(state.time) or not serves(state, made):
            raise Refused("not-open", "no open offer has this id: used, over, withdrawn or never made")
        if (made.task, made.period) != (statement.task, statement.period) or (made.account in state.leads) != of_lead:
            raise Refused("not-open", "the offer is for another task, period or share")


def close_period(state: RosterState, header: Header, statement: statistics.ClosePeriod) -> RosterState:
    require_lead(state, header)
    opening = state.openings.get(statement.opening)
    if opening is None or opening.ended is not None or opening.closed is not None:
        raise Refused("not-open", "no open period has this id")
    if state.time <= period_days(state.tasks[opening.task], opening.period)[-1] + REPORTED_AFTER:
        raise Refused("too-early", f"reports are taken until {REPORTED_AFTER} days after the period")
    closed = replace(opening, closed=leaf(state, header), accepted=statement.accepted)
    return replace(state, openings=state.openings.set(statement.opening, closed))


def leaf(state: RosterState, header: Header) -> bytes:
    """Of the statement that is judged: the chain has it already."""
    return state.chain.author(header.device).leaf


def known_task(state: RosterState, id_: bytes) -> Task:
    found = state.tasks.get(id_)
    if found is None:
        raise Refused("not-open", "the roster has no such task")
    return found


def period_days(counted: Task, period: int) -> range:
    """The days of a period of this task, counted from 1970. Raises Refused `entry-malformed` for one that is none."""
    try:
        return days_of(counted.period_kind, period)
    except ValueError:
        raise Refused("entry-malformed", "there is no such period") from None


def year_of(counted: Task, period: int) -> int:
    return months(counted.period_kind, period)[0] // 12


def without(state: RosterState, account: bytes) -> Map[bytes, int]:
    return state.aggregators.delete(account) if account in state.aggregators else state.aggregators


def spent(state: RosterState, year: int) -> Ledger:
    """What was opened for the periods of a calendar year: it counts for ever, released or not."""
    openings = [state.openings[id_] for id_ in state.years.get(year, ())]
    return {(one.task, one.period): state.tasks[one.task] for one in openings}


def serves(state: RosterState, made: Offered) -> bool:
    """Whether the device of an offer is active, and its account still a lead's or an aggregator's."""
    return made.device in state.devices and (made.account in state.leads or made.account in state.aggregators)


def is_over(state: RosterState, made: Offered) -> bool:
    """Whether nobody has to seal anything to the key of an offer any more."""
    if not made.opening:
        return not made.is_open(state.time)
    served = state.openings[made.opening]
    return served.ended is not None or state.time > made.needed_until - REPORTED_AFTER + KEPT


def takes_reports(state: RosterState, id_: bytes) -> bool:
    """Whether a phone may report to an opening, by the roster alone: who left must not get one share more."""
    opening = state.openings.get(id_)
    return (
        opening is not None
        and opening.ended is None
        and opening.closed is None
        and all(serves(state, state.offers[one]) for one in opening.offers)
    )


def counts(state: RosterState, opening: Opening, account: bytes) -> bool:
    """Whether an account was active at the position of an opening, and had joined before it; it may have left since."""
    found = state.accounts.get(account)
    if found is not None:
        return found.joined < opening.position
    departure = state.departed.get(account)
    return departure is not None and departure.account.joined < opening.position < departure.position
