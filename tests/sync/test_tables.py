"""Rules of page 10 for `task`, `aggregator`, `offer`, `open` and `close_period`."""

from dataclasses import replace

import pytest

from schemas.period import days_of
from sync.readers import keys_called_for, named_keys
from sync.state import Opening
from sync.statement import Statement
from sync.statistics import Aggregator, ClosePeriod, Offer, Open, Task
from sync.tables import AGGREGATORS, OPEN_OFFERS, TASKS, counts, takes_reports
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY
from tests.support.refusals import outcome, refused
from tests.sync.counted import CONTACTS, MONTH, QUARTER, SHARED, ZONES, first_day, last_day, programme

COMMITMENT = b"c" * 32
START, END = first_day(CONTACTS, MONTH + 1), last_day(CONTACTS, MONTH + 1)


@pytest.fixture
def grown() -> tuple[World, tuple[Phone, ...]]:
    return programme()


@pytest.fixture
def world(grown: tuple[World, tuple[Phone, ...]]) -> World:
    return grown[0]


@pytest.fixture
def members(grown: tuple[World, tuple[Phone, ...]]) -> tuple[Phone, ...]:
    return grown[1]


def judged(world: World, phone: Phone, statement: Statement) -> str:
    return outcome(world.judge, world.draft(phone, statement))[0]


def opening(world: World, task: bytes, period: int, *offers: bytes) -> Open:
    return Open(world.day, task, period, offers, COMMITMENT)


def bounds(days: range) -> list[tuple[int, str]]:
    """Days on which an opening is judged, and what becomes of it."""
    first, last = days[0], days[-1]
    return [(first - 32, "too-early"), (first - 31, "ok"), (last, "ok"), (last + 1, "too-late")]


# task


def test_a_task_is_kept_under_its_leaf(world: World) -> None:
    entry = world.push(world.draft(world.lead, Task(world.day, SHARED)))
    assert dict(world.state.tasks) == {entry.leaf: SHARED}


def test_a_task_below_a_floor_is_refused(world: World) -> None:
    assert judged(world, world.lead, Task(world.day, replace(CONTACTS, k=7))) == "task-floor"


def test_a_programme_has_256_tasks(world: World) -> None:
    full = world.state.tasks.update({bytes([at, 0]): CONTACTS for at in range(TASKS)})
    world.states[-1] = replace(world.state, tasks=full)
    assert judged(world, world.lead, Task(world.day, CONTACTS)) == "limit-reached"


# aggregator


def test_an_account_is_an_aggregator_28_days_after_it_joined(world: World, members: tuple[Phone, ...]) -> None:
    assert world.state.accounts[members[0].account].joined_on == FIRST_DAY
    for day, expected in ((FIRST_DAY + 27, "too-early"), (FIRST_DAY + 28, "ok")):
        assert judged(world, members[0], Aggregator(day, True)) == expected
    world.day += 28
    world.aggregate(members[0])
    since = world.state.chain.position
    world.aggregate(members[0])
    assert dict(world.state.aggregators) == {members[0].account: since}
    world.aggregate(members[0], on=False)
    assert dict(world.state.aggregators) == {}
    world.aggregate(members[0], on=False)


def test_no_lead_is_an_aggregator(world: World) -> None:
    world.day += 28
    assert judged(world, world.lead, Aggregator(world.day, True)) == "not-authorised"


def test_a_programme_has_16_aggregators(world: World, members: tuple[Phone, ...]) -> None:
    world.day += 28
    full = world.state.aggregators.update({bytes([at]) * 16: 1 for at in range(AGGREGATORS)})
    world.states[-1] = replace(world.state, aggregators=full)
    assert judged(world, members[0], Aggregator(world.day, True)) == "limit-reached"


def test_who_is_removed_is_no_aggregator(world: World, members: tuple[Phone, ...]) -> None:
    world.day += 28
    world.aggregate(members[0])
    world.remove(world.lead, members[0])
    assert dict(world.state.aggregators) == {}


# offer


def test_an_offer_brings_its_key_and_keeps_it_named_until_reports_end(world: World) -> None:
    task = world.task(CONTACTS)
    statement = world.offering(task, MONTH + 1)
    entry = world.push(world.draft(world.lead, statement))
    made = world.state.offers[entry.leaf]
    assert (made.task, made.period, made.device, made.account) == (task, MONTH + 1, world.lead.id, world.lead.account)
    assert keys_called_for([entry]) == {statement.hpke_hash} <= named_keys(world.state)
    for late, named in ((END + 21, True), (END + 22, False)):
        assert (statement.hpke_hash in named_keys(replace(world.state, time=late))) is named


def test_leads_and_aggregators_offer(world: World, members: tuple[Phone, ...]) -> None:
    task = world.task(SHARED)
    world.day += 28
    assert judged(world, members[0], world.offering(task, MONTH + 1)) == "not-authorised"
    world.aggregate(members[0])
    assert judged(world, members[0], world.offering(task, MONTH + 1)) == "ok"
    assert judged(world, world.lead, world.offering(task, MONTH + 1)) == "ok"
    assert judged(world, world.lead, world.offering(COMMITMENT, MONTH + 1)) == "not-open"


@pytest.mark.parametrize("period", [0, 11, 12 * 9_999 + 11, 2**53 - 1])
def test_there_is_no_such_period(world: World, period: int) -> None:
    task = world.task(CONTACTS)
    for statement in (world.offering(task, period), opening(world, task, period, COMMITMENT)):
        assert judged(world, world.lead, statement) == "entry-malformed"


def test_an_offer_comes_too_late_a_week_after_the_period(world: World) -> None:
    task = world.task(CONTACTS)
    for day, expected in ((END + 7, "ok"), (END + 8, "too-late")):
        assert judged(world, world.lead, world.offering(task, MONTH + 1, day=day)) == expected


def test_a_key_is_offered_once(world: World) -> None:
    task = world.task(CONTACTS)
    statement = world.offering(task, MONTH + 1)
    world.push(world.draft(world.lead, statement))
    assert judged(world, world.lead, replace(statement, period=MONTH + 2)) == "exists"
    taken = world.state.accounts[world.lead.account].member_key_hash
    assert judged(world, world.lead, replace(statement, hpke_hash=taken)) == "exists"


def test_an_account_has_32_open_offers(world: World) -> None:
    task = world.task(CONTACTS)
    for _ in range(OPEN_OFFERS):
        world.offer(world.lead, task, MONTH + 1)
    assert judged(world, world.lead, world.offering(task, MONTH + 1)) == "limit-reached"
    used = world.state.offered[world.lead.account][0]
    world.open_period(task, MONTH + 1, used)
    world.offer(world.lead, task, MONTH + 2)
    assert judged(world, world.lead, world.offering(task, MONTH + 2)) == "limit-reached"
    world.day = END + 8
    world.offer(world.lead, task, MONTH + 3)
    assert len(world.state.offered[world.lead.account]) == 2


# open


def test_an_opening_is_kept_under_its_leaf_and_takes_reports(world: World) -> None:
    task = world.task(CONTACTS)
    made = world.offer(world.lead, task, MONTH + 1)
    id_ = world.push(world.draft(world.lead, opening(world, task, MONTH + 1, made))).leaf
    position = world.state.chain.position
    assert world.state.openings[id_] == Opening(task, MONTH + 1, (made,), COMMITMENT, position)
    assert world.state.offers[made].opening == id_
    assert takes_reports(world.state, id_)
    assert not takes_reports(world.state, COMMITMENT)


def test_it_is_opened_from_31_days_before_the_period_to_its_last_day(world: World) -> None:
    task = world.task(CONTACTS)
    made = world.offer(world.lead, task, MONTH + 2)
    for day, expected in bounds(days_of("month", MONTH + 2)):
        statement = replace(opening(world, task, MONTH + 2, made), day=day)
        assert judged(world, world.lead, statement) == expected


@pytest.mark.parametrize("number", [0, 2])
def test_there_is_one_offer_less_than_shares(world: World, number: int) -> None:
    task = world.task(CONTACTS)
    offers = [world.offer(world.lead, task, MONTH + 1) for _ in range(number)]
    assert judged(world, world.lead, opening(world, task, MONTH + 1, *offers)) == "entry-malformed"


def test_an_offer_is_for_its_task_and_period(world: World) -> None:
    task, other = world.task(CONTACTS), world.task(CONTACTS)
    for made in (world.offer(world.lead, other, MONTH + 1), world.offer(world.lead, task, MONTH + 2), COMMITMENT):
        assert judged(world, world.lead, opening(world, task, MONTH + 1, made)) == "not-open"


def test_of_three_shares_one_is_a_leads_and_one_an_aggregators(world: World, members: tuple[Phone, ...]) -> None:
    task = world.task(SHARED)
    world.day += 28
    second = world.second_lead()
    world.aggregate(members[0])
    a, b, c = (world.offer(phone, task, MONTH + 1) for phone in (world.lead, second, members[0]))
    world.day = START
    for offers, expected in (((a, c), "ok"), ((b, c), "ok"), ((a, b), "not-open"), ((c, a), "not-open")):
        assert judged(world, world.lead, opening(world, task, MONTH + 1, *offers)) == expected
    assert judged(world, world.lead, opening(world, task, MONTH + 1, c, c)) == "not-open"
    assert judged(world, world.lead, opening(world, task, MONTH + 1, a)) == "entry-malformed"


def test_an_offer_of_who_left_or_withdrew_is_not_open(world: World, members: tuple[Phone, ...]) -> None:
    task = world.task(SHARED)
    world.day = START
    world.aggregate(members[0])
    ours, theirs = (world.offer(phone, task, MONTH + 1) for phone in (world.lead, members[0]))
    phone = world.link(world.lead)
    lost = world.offer(phone, task, MONTH + 1)
    world.revoke(world.lead, phone)
    assert judged(world, world.lead, opening(world, task, MONTH + 1, lost, theirs)) == "not-open"
    world.aggregate(members[0], on=False)
    assert judged(world, world.lead, opening(world, task, MONTH + 1, ours, theirs)) == "not-open"
    world.aggregate(members[0])
    assert judged(world, world.lead, opening(world, task, MONTH + 1, ours, theirs)) == "ok"


def test_fewer_accounts_than_k_are_not_asked(world: World, members: tuple[Phone, ...]) -> None:
    task = world.task(replace(CONTACTS, k=10))
    made = world.offer(world.lead, task, MONTH + 1)
    assert judged(world, world.lead, opening(world, task, MONTH + 1, made)) == "ok"
    world.remove(world.lead, members[0])
    assert judged(world, world.lead, opening(world, task, MONTH + 1, made)) == "below-k"


def test_an_opening_beyond_the_budget_is_refused(world: World) -> None:
    tasks = [world.task(CONTACTS) for _ in range(4)]
    for task in tasks[:3]:
        world.open_period(task, MONTH + 1)
    made = world.offer(world.lead, tasks[3], MONTH + 1)
    assert judged(world, world.lead, opening(world, tasks[3], MONTH + 1, made)) == "budget-spent"
    # What was opened counts for ever, also when it is closed; the same again costs nothing.
    again = world.offer(world.lead, tasks[0], MONTH + 1)
    assert judged(world, world.lead, opening(world, tasks[0], MONTH + 1, again)) == "ok"


def test_a_closed_period_still_counts(world: World) -> None:
    quarterly = replace(CONTACTS, period_kind="quarter", epsilon=100)
    monthly = [world.task(CONTACTS) for _ in range(3)]
    opened = [world.open_period(task, MONTH) for task in monthly]
    world.day = last_day(CONTACTS, MONTH) + 22
    for id_ in opened:
        world.close_period(id_)
    task = world.task(quarterly)
    made = world.offer(world.lead, task, QUARTER)
    assert world.day <= last_day(quarterly, QUARTER)
    assert judged(world, world.lead, opening(world, task, QUARTER, made)) == "budget-spent"


def test_a_period_is_opened_once_more_until_a_week_after_it(world: World) -> None:
    task = world.task(CONTACTS)
    first = world.open_period(task, MONTH + 1)
    world.day = END
    made = world.offer(world.lead, task, MONTH + 1)
    for day, expected in ((END + 7, "ok"), (END + 8, "not-open")):
        # After a week the offer is over as well.
        statement = replace(opening(world, task, MONTH + 1, made), day=day)
        assert judged(world, world.lead, statement) == expected
    world.day = END + 7
    second = world.open_period(task, MONTH + 1, made)
    assert world.state.openings[first].ended == world.state.openings[second].position
    assert (takes_reports(world.state, first), takes_reports(world.state, second)) == (False, True)
    made = world.offer(world.lead, task, MONTH + 1)
    assert judged(world, world.lead, opening(world, task, MONTH + 1, made)) == "not-open"
    world.day = END + 22
    assert judged(world, world.lead, ClosePeriod(world.day, first, COMMITMENT)) == "not-open"
    assert judged(world, world.lead, ClosePeriod(world.day, second, COMMITMENT)) == "ok"


def test_an_offer_serves_one_opening(world: World) -> None:
    task = world.task(CONTACTS)
    made = world.offer(world.lead, task, MONTH + 1)
    world.open_period(task, MONTH + 1, made)
    assert judged(world, world.lead, opening(world, task, MONTH + 1, made)) == "not-open"


@pytest.mark.parametrize("how", ["revoked", "removed", "withdrew"])
def test_no_phone_reports_to_an_aggregator_who_left_and_it_is_opened_once_more(
    world: World, members: tuple[Phone, ...], how: str
) -> None:
    task = world.task(SHARED)
    world.day = START
    for one in members[:2]:
        world.aggregate(one)
    phone = world.link(members[0])
    made = world.open_period(
        task, MONTH + 1, world.offer(world.lead, task, MONTH + 1), world.offer(phone, task, MONTH + 1)
    )
    assert takes_reports(world.state, made)
    if how == "revoked":
        world.revoke(members[0], phone)
    elif how == "removed":
        world.remove(world.lead, phone)
    else:
        world.aggregate(phone, on=False)
    assert not takes_reports(world.state, made)
    offers = [world.offer(one, task, MONTH + 1) for one in (world.lead, members[1])]
    again = world.open_period(task, MONTH + 1, *offers)
    assert takes_reports(world.state, again)


def test_who_counts_is_fixed_by_the_opening(world: World, members: tuple[Phone, ...]) -> None:
    world.remove(world.lead, members[0])
    task = world.task(CONTACTS)
    made = world.open_period(task, MONTH)
    late = world.member()
    world.remove(world.lead, members[1])
    opened = world.state.openings[made]
    counted = {phone: counts(world.state, opened, phone.account) for phone in (world.lead, *members, late)}
    assert counted == {world.lead: True, members[0]: False, **dict.fromkeys(members[1:], True), late: False}
    assert not counts(world.state, opened, bytes(16))


# close_period


def test_a_period_is_closed_once_when_reports_have_ended(world: World) -> None:
    task = world.task(CONTACTS)
    made = world.open_period(task, MONTH + 1)
    for day, expected in ((END + 21, "too-early"), (END + 22, "ok")):
        assert judged(world, world.lead, ClosePeriod(day, made, COMMITMENT)) == expected
    assert judged(world, world.lead, ClosePeriod(END + 22, task, COMMITMENT)) == "not-open"
    world.day = END + 22
    entry = world.push(world.draft(world.lead, ClosePeriod(world.day, made, COMMITMENT)))
    closed = world.state.openings[made]
    assert (closed.closed, closed.accepted) == (entry.leaf, COMMITMENT)
    assert not takes_reports(world.state, made)
    assert judged(world, world.lead, ClosePeriod(world.day, made, COMMITMENT)) == "not-open"


def test_a_closed_period_is_not_opened_again(world: World) -> None:
    """Also where its days would still allow it: roster time cannot, but the rule must not lean on that."""
    task = world.task(CONTACTS)
    made = world.open_period(task, MONTH + 1)
    closed = replace(world.state.openings[made], closed=COMMITMENT)
    world.states[-1] = replace(world.state, openings=world.state.openings.set(made, closed))
    again = world.offer(world.lead, task, MONTH + 1)
    assert judged(world, world.lead, opening(world, task, MONTH + 1, again)) == "not-open"


def test_strict_statements_have_seen_the_newest_head(world: World) -> None:
    """Two leads who open at once would spend the budget twice."""
    second = world.second_lead()
    task = world.task(CONTACTS)
    made = [world.offer(phone, task, MONTH) for phone in (world.lead, second)]
    drafts = [
        world.draft(phone, opening(world, task, MONTH, one))
        for phone, one in zip((world.lead, second), made, strict=True)
    ]
    world.push(drafts[0])
    with refused("seen-stale"):
        world.judge(drafts[1])


def test_floating_statements_need_not(world: World, members: tuple[Phone, ...]) -> None:
    task = world.task(SHARED)
    before = world.state.chain.cursor
    world.day += 28
    world.announce(world.lead)
    world.push(world.draft(members[0], Aggregator(world.day, True), seen=before))
    world.push(world.draft(members[0], world.offering(task, MONTH + 1), seen=before))


def test_the_days_of_a_quarter(world: World) -> None:
    task = world.task(ZONES)
    made = world.offer(world.lead, task, QUARTER + 1)
    for day, expected in bounds(days_of("quarter", QUARTER + 1)):
        statement = replace(opening(world, task, QUARTER + 1, made), day=day)
        assert judged(world, world.lead, statement) == expected


def test_an_offer_is_no_promise_to_another_task(world: World) -> None:
    statement = Offer(world.day, world.task(CONTACTS), MONTH + 1, COMMITMENT)
    made = world.push(world.draft(world.lead, statement)).leaf
    other = world.task(CONTACTS)
    assert judged(world, world.lead, opening(world, other, MONTH + 1, made)) == "not-open"
