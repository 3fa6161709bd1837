"""Reading: pages, cursors, restarts, and other programmes."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from store.pull import AT_ONCE, Ask
from store.push import LogPush, Push, Pushed
from store.rows import Rows
from sync.errors import Refused
from sync.log import Cursor, Entry
from tests.contract.ceremonies import landed
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf, by_log


def test_a_pull_takes_what_the_budget_allows_and_at_least_one_entry(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    entries = [world.write(world.lead, log, bytes([number])) for number in range(5)]
    shelf.push(world, world.lead, *entries)
    start, end = Cursor(0, world.space(log).heads[0]), world.space(log).chain.cursor
    for budget, expected in ((1, 1), (4_096, 1), (10_000, 2), (1_000_000, 5)):
        [page] = shelf.store.pull(world.programme, [Ask(log, start, end)], budget)
        assert [entry.position for entry in page.entries] == list(range(1, expected + 1))
        assert page.more == (expected < 5)
        assert [entry.body for entry in page.entries] == [entry.body for entry in entries[:expected]]


@pytest.mark.parametrize("first", [0, 1, AT_ONCE - 1, AT_ONCE])
def test_more_than_one_statement_reads_comes_whole_and_in_order(shelf: Shelf, world: World, first: int) -> None:
    log, number = world.log("personal", world.lead), 2 * AT_ONCE + 1
    shelf.push(world, world.lead, *(world.write(world.lead, log) for _ in range(number)))
    start = Cursor(first, world.space(log).heads[first])
    [page] = shelf.store.pull(world.programme, [Ask(log, start, world.space(log).chain.cursor)], 1 << 23)
    assert [entry.position for entry in page.entries] == list(range(first + 1, number + 1))
    assert not page.more


def test_the_budget_is_shared_by_the_logs_in_their_order(shelf: Shelf, world: World) -> None:
    log, commons = world.log("personal", world.lead), world.log("commons")
    shelf.push(world, world.lead, world.write(world.lead, log), world.write(world.lead, commons))
    asks = [Ask(one, Cursor(0, world.space(one).heads[0]), world.space(one).chain.cursor) for one in (log, commons)]
    pages = shelf.store.pull(world.programme, asks, 5_000)
    assert [(len(page.entries), page.more) for page in pages] == [(1, False), (0, True)]


def test_own_entries_come_as_numbers_without_their_bytes(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log))
    start, end = Cursor(0, world.space(log).heads[0]), world.space(log).chain.cursor
    [page] = shelf.store.pull(world.programme, [Ask(log, start, end, world.lead.id)], 1)
    [entry] = page.entries
    assert (entry.position, entry.sequence, entry.own, entry.body) == (1, 1, True, None)


def test_a_pull_stops_at_the_head_that_is_answered(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    heads = world.space(log).heads
    shelf.push(world, world.lead, *(world.write(world.lead, log) for _ in range(3)))
    [page] = shelf.store.pull(world.programme, [Ask(log, Cursor(0, heads[0]), Cursor(2, heads[2]))], 10**6)
    assert [entry.position for entry in page.entries] == [1, 2]
    assert not page.more


def test_a_cursor_off_the_chain_is_unknown(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, *(world.write(world.lead, log) for _ in range(2)))
    heads, end = world.space(log).heads, world.space(log).chain.cursor
    for position, head, known in (
        (0, heads[0], True),
        (0, heads[1], False),
        (1, heads[1], True),
        (1, heads[2], False),
        (2, heads[2], True),
        (2, heads[1], False),
        (3, heads[2], False),
        (2**53 - 1, heads[2], False),
    ):
        [page] = shelf.store.pull(world.programme, [Ask(log, Cursor(position, head), end)], 10**6)
        assert page.known == known
        assert bool(page.entries) == (known and position < 2)


def test_everything_is_there_after_a_restart(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, *landed(world, lambda: world.invite("recovery")))
    shelf.push(world, world.lead, world.write(world.lead, log))
    shelf.reopen()
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.roster == world.state
    entry = world.write(world.lead, log)
    assert shelf.push(world, world.lead, entry).accepted == {log: [(2, 2)]}


def test_a_programme_is_not_seen_from_another(shelf: Shelf, world: World) -> None:
    other = World.found(2, server=world.server)
    shelf.found(other)
    shelf.push(world, world.lead, world.write(world.lead, world.log("commons")))
    for log in (world.programme, world.log("commons"), bytes(32)):
        with pytest.raises(Refused) as caught:
            shelf.push(other, other.lead, rows=Rows(), logs=[LogPush(log)])
        assert caught.value.problem == "log-unknown"
    end = world.space(world.log("commons")).chain.cursor
    [page] = shelf.store.pull(other.programme, [Ask(world.log("commons"), end, replace(end, position=2))], 10**6)
    assert not page.known
    hashes = [world.lead.hpke.hash, other.lead.hpke.hash]
    assert shelf.store.keys(other.programme, hashes) == {other.lead.hpke.hash: other.lead.hpke.public}
    assert shelf.store.wraps(other.programme, [world.lead.id]) == []
    assert shelf.store.programme_of(bytes(32)) is None
    assert shelf.store.programme_of(other.lead.id) == other.programme


def test_jobs_that_share_a_commit_do_not_share_their_refusals(shelf: Shelf, world: World) -> None:
    log, commons = world.log("personal", world.lead), world.log("commons")
    good = [world.write(world.lead, log) for _ in range(8)]
    bad = world.sealing(world.lead, commons, epoch=3)
    futures: list[tuple[Entry, Future[Pushed]]] = []
    for entry in good:
        for one in (entry, bad):
            request = Push(world.programme, world.lead.id, by_log([one]))
            futures.append((one, shelf.store.push(request, day=FIRST_DAY)))
    for entry, future in futures:
        if entry is bad:
            with pytest.raises(Refused, match="epoch-stale"):
                future.result(10)
        else:
            assert future.result(10).accepted[log]
    assert len([row for row in shelf.dump()["entries"] if row[1] in (log, commons)]) == 8
