"""Leads who open, reopen, close and wait in any order: no period is ever reported beyond the budget."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas import task as table
from schemas.period import number_of
from sync.state import RosterState
from sync.statement import Statement
from sync.statistics import ClosePeriod, Open, Task
from sync.tables import spent, takes_reports
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.refusals import outcome
from tests.sync.counted import CONTACTS, QUARTERLY, SHARED, SUPPORTERS, TODAY, ZONES, last_day, programme
from tests.sync.plain import plain
from tests.sync.test_spending import keeps

TASKS = (CONTACTS, QUARTERLY, SHARED, SUPPORTERS, ZONES)
REFUSED = {"budget-spent", "not-open", "too-early", "too-late", "below-k", "limit-reached"}


class Leads(RuleBasedStateMachine):
    """`stated`, `ever`: all tasks, and all that was opened, by this test's own book.

    In their order: ids differ from run to run, and so would what is drawn from sorted ones.
    """

    def __init__(self) -> None:
        super().__init__()
        self.world: World
        self.members: tuple[Phone, ...]
        self.stated: list[bytes] = []
        self.ever: list[bytes] = []

    @initialize()
    def begin(self) -> None:
        self.world, self.members = programme()
        self.world.day += 28
        self.world.aggregate(self.members[0])

    @property
    def state(self) -> RosterState:
        return self.world.state

    def say(self, phone: Phone, statement: Statement) -> bytes:
        """The leaf of what was landed; empty if it was refused."""
        entry, before = self.world.draft(phone, statement), plain(self.state)
        problem, after = outcome(self.world.judge, entry)
        assert plain(self.state) == before
        if after is None:
            assert problem in REFUSED
            return b""
        self.world.push(entry)
        return entry.leaf

    @rule(task=st.sampled_from(TASKS), epsilon=st.sampled_from((30, 100)))
    def state_a_task(self, task: table.Task, epsilon: int) -> None:
        made = self.say(self.world.lead, Task(self.world.day, replace(task, epsilon=epsilon)))
        self.stated += [made] if made else []

    @precondition(lambda self: self.stated)
    @rule(data=st.data(), ahead=st.integers(-1, 2))
    def open_a_period(self, data: st.DataObject, ahead: int) -> None:
        id_ = data.draw(st.sampled_from(self.stated))
        task = self.state.tasks[id_]
        today = TODAY.fromordinal(TODAY.toordinal() + self.world.day - 20_000)
        period = number_of(task.period_kind, today) + ahead
        offering = [self.world.lead, self.members[0]][: task.shares - 1]
        offers = [self.say(phone, self.world.offering(id_, period)) for phone in offering]
        if all(offers):
            made = self.say(self.world.lead, Open(self.world.day, id_, period, tuple(offers), b"c" * 32))
            self.ever += [made] if made else []

    @precondition(lambda self: self.ever)
    @rule(data=st.data())
    def close_a_period(self, data: st.DataObject) -> None:
        self.say(self.world.lead, ClosePeriod(self.world.day, data.draw(st.sampled_from(self.ever)), b"h" * 32))

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.world.day += days
        self.world.announce(self.world.lead)

    @precondition(lambda self: len(self.state.accounts) > 6)
    @rule()
    def somebody_leaves(self) -> None:
        last = next(one for one in reversed(self.members) if one.account in self.state.accounts)
        self.world.remove(self.world.lead, last)

    @invariant()
    def the_budget_holds(self) -> None:
        if hasattr(self, "world"):
            opened = {(one.task, one.period): self.state.tasks[one.task] for one in self.state.openings.values()}
            assert set(self.state.openings) == set(self.ever)
            assert keeps(opened)
            book = {key: task for year in self.state.years for key, task in spent(self.state, year).items()}
            assert book == opened

    @invariant()
    def of_each_period_one_opening_at_most_takes_reports(self) -> None:
        if hasattr(self, "world"):
            live = [one for id_, one in self.state.openings.items() if takes_reports(self.state, id_)]
            assert len({(one.task, one.period) for one in live}) == len(live)
            closed = [one for one in self.state.openings.values() if one.closed is not None]
            assert all(self.world.day > last_day(self.state.tasks[one.task], one.period) + 21 for one in closed)


TestLeads = Leads.TestCase
TestLeads.settings = settings(max_examples=25, stateful_step_count=30)
