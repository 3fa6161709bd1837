"""Bugs of others, planted one at a time: the simulator is good for something if it finds each of them.

They are put over the product from here, for one run; the product knows nothing of them.
"""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import store.admission
import store.push
import store.writer
from device import asking, engine, exchange, landing, outbox
from device.engine import Engine
from device.exchange import LogState
from device.keystore import Keystore
from device.transport import Unreachable
from simulation import (
    adopting_bugs,
    counting_bugs,
    deleting_bugs,
    departing_bugs,
    erasing_bugs,
    governing_bugs,
    healing_bugs,
    telling_bugs,
    withdrawing_bugs,
)
from store import rows
from store.entries import find
from store.transaction import Transaction
from store.writer import Outcome, Waiting
from sync.device import merge
from sync.erasure import Find
from sync.errors import Refused
from sync.log import Chain, Entry, Heads
from sync.state import RosterState
from sync.witness import check_entry

Planted = Callable[[], AbstractContextManager[object]]


def cursor_taken_from_a_push() -> AbstractContextManager[object]:
    """Entries of others below the phone's own newest one are never pulled."""
    judge = exchange.judge_space

    def hasty(connection: Any, ledger: Any, roster: RosterState, asked: Any, got: Any) -> LogState:
        state = judge(connection, ledger, roster, asked, got)
        own = {row[0] for row in connection.execute("SELECT signature FROM outbox").fetchall()}
        mine = [one for one in state.placed if one.entry.signature in own]
        return replace(state, placed=mine) if mine else state

    return patch.object(exchange, "judge_space", hasty)


def position_assigned_outside_the_transaction() -> AbstractContextManager[object]:
    """A refused push has used up its positions."""
    return patch.object(Transaction, "restore", lambda *_: None)


def acknowledged_before_commit() -> AbstractContextManager[object]:
    """The answer does not wait for the disk."""
    run_one = store.writer._run_one

    def eager(waiting: Waiting, transaction: Transaction) -> Outcome:
        outcome = run_one(waiting, transaction)
        outcome.deliver()
        # The disk is slower than the answer.
        time.sleep(0.005)
        return replace(outcome, future=type(outcome.future)())

    return patch.object(store.writer, "_run_one", eager)


def outbox_dropped_on_send() -> AbstractContextManager[object]:
    """What was sent is taken for stored."""
    ask = asking.ask

    async def careless(asker: Engine, logs: Sequence[bytes], pushed: Sequence[bytes]) -> Any:
        try:
            return await ask(asker, logs, pushed)
        except Unreachable:
            with asker.vault.write() as connection:
                for log in pushed:
                    for one in outbox.waiting(connection, log):
                        landing.landed(connection, log, one.sequence)
                        outbox.drop(connection, log, one.sequence)
            raise

    return patch.object(engine, "ask", careless)


def number_reused_after_sealing_again() -> AbstractContextManager[object]:
    """Only what came back counts as signed."""
    return patch.object(outbox, "last_signed", lambda *_: 0)


def pending_dropped_at_flush() -> AbstractContextManager[object]:
    """What is sealed is forgotten, so a refused entry takes its changes along."""

    def forgetful(connection: Any, log: bytes, sequence: int, stamp: int) -> None:
        del sequence, stamp
        connection.execute("DELETE FROM pending WHERE log = ? AND sequence IS NULL", (log,))

    return patch.object(landing, "mark_flushed", forgetful)


def merging_by_clock() -> AbstractContextManager[object]:
    """The last writer wins, and nobody is told that there was another."""
    stand = merge._stand

    def lossy(changes: tuple[merge.Standing, ...]) -> tuple[merge.Standing, ...]:
        return stand(changes)[:1]

    return patch.object(merge, "_stand", lossy)


def stale_epoch_accepted() -> AbstractContextManager[object]:
    """An entry sealed before a rotation is stored after it."""
    return _server_overlooks("epoch-stale")


def witness_check_skipped() -> AbstractContextManager[object]:
    """The server stores entries that have seen what it never had."""
    return _server_overlooks("witness-unknown", "prev-mismatch")


def _server_overlooks(*problems: str) -> AbstractContextManager[object]:
    def lenient(roster: RosterState, chain: Chain, entry: Entry, heads: Heads, find: Find, *, new: bool) -> Chain:
        try:
            return check_entry(roster, chain, entry, heads, find, new=new)
        except Refused as refused:
            if refused.problem not in problems:
                raise
            return chain.extend(entry)

    return patch.object(store.admission, "check_entry", lenient)


def wraps_not_replaced() -> AbstractContextManager[object]:
    """Rows of old epochs, and of closed invites, stay on the server."""
    return patch.object(rows, "drop_stale", lambda *_: None)


def statement_made_again_after_a_lost_answer() -> AbstractContextManager[object]:
    """No answer is taken for no."""
    publish = Engine.publish

    async def impatient(self: Engine, decide: Any, *, owed: bool = False) -> None:
        try:
            await publish(self, decide, owed=owed)
        except Unreachable:
            self.drop_statements()
            await publish(self, decide, owed=owed)

    return patch.object(Engine, "publish", impatient)


def sealed_again_after_a_lost_answer() -> AbstractContextManager[object]:
    """The same changes go up under a second number while the first may have been stored."""
    patiently = Engine.patiently

    async def impatient(self: Engine, request: Any) -> Any:
        try:
            return await patiently(self, request)
        except Unreachable:
            with self.vault.write() as connection:
                for log in self.logs()[1:]:
                    self.writer.reseal(connection, log)
            raise

    return patch.object(Engine, "patiently", impatient)


def repetition_refused() -> AbstractContextManager[object]:
    """The same entry again, after a lost answer, is taken for one of a copy."""

    def suspicious(*arguments: Any) -> Any:
        stored = find(*arguments)
        return stored and replace(stored, leaf=bytes(32))

    return patch.object(store.push, "find", suspicious)


def restored_phone_goes_on() -> AbstractContextManager[object]:
    """A phone from a backup does not notice."""
    settle = Keystore.settle

    def trusting(self: Keystore, mark: bytes) -> bool:
        settle(self, mark)
        return True

    return patch.object(Keystore, "settle", trusting)


def landing_in_a_transaction_of_its_own() -> AbstractContextManager[object]:
    """Entries and cursor are durable before the records: a crash in between leaves them out for good."""
    store_verified = exchange.store

    def early(connection: Any, believed: Any) -> None:
        store_verified(connection, believed)
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")

    return patch.object(exchange, "store", early)


def bad_entry_stops_the_rest() -> AbstractContextManager[object]:
    """An entry whose key comes later is passed over and never tried again."""
    return patch.object(engine, "retry_quarantined", lambda *_: 0)


BUGS: dict[str, Planted] = {
    planted.__name__.replace("_", "-"): planted
    for planted in (
        cursor_taken_from_a_push,
        position_assigned_outside_the_transaction,
        acknowledged_before_commit,
        outbox_dropped_on_send,
        number_reused_after_sealing_again,
        pending_dropped_at_flush,
        merging_by_clock,
        stale_epoch_accepted,
        witness_check_skipped,
        wraps_not_replaced,
        statement_made_again_after_a_lost_answer,
        sealed_again_after_a_lost_answer,
        repetition_refused,
        restored_phone_goes_on,
        landing_in_a_transaction_of_its_own,
        bad_entry_stops_the_rest,
        departing_bugs.void_entries_still_land,
        departing_bugs.what_became_void_is_not_taken_out,
        departing_bugs.what_a_void_repack_said_is_forgotten,
        departing_bugs.what_others_had_seen_is_void,
        departing_bugs.wraps_of_who_left_are_kept,
        departing_bugs.paper_forgets_to_cancel,
        departing_bugs.since_is_ignored,
        departing_bugs.shared_keys_are_kept_after_a_departure,
        departing_bugs.revoked_phone_forgets_what_it_had_not_sent,
        departing_bugs.revoked_phone_forgets_what_nobody_had_pulled,
        erasing_bugs.bodies_go_before_their_day,
        erasing_bugs.erasing_by_position,
        erasing_bugs.repacks_drop_origins,
        erasing_bugs.retention_counts_too_many_days,
        withdrawing_bugs.withdrawals_are_overlooked,
        deleting_bugs.repacks_drop_tombstones,
        deleting_bugs.an_edit_revives_the_deleted,
        healing_bugs.nothing_is_given_back,
        healing_bugs.keys_are_not_given_back,
        healing_bugs.the_first_offer_ends_healing,
        healing_bugs.a_server_that_is_behind_is_accused,
        healing_bugs.only_the_present_is_witnessed,
        adopting_bugs.anybody_may_declare,
        adopting_bugs.departures_are_unlearnt,
        adopting_bugs.what_is_set_aside_is_forgotten,
        adopting_bugs.said_again_with_everything_seen,
        adopting_bugs.a_thiefs_echo_suffices,
        adopting_bugs.deletions_are_not_said_again,
        governing_bugs.rules_rise_over_old_programs,
        governing_bugs.programs_do_not_say_what_they_can,
        governing_bugs.only_the_named_key_is_believed,
        counting_bugs.the_noise_is_left_out,
        counting_bugs.all_are_told_that_they_count,
        counting_bugs.what_was_counted_counts_again,
        telling_bugs.each_slip_is_a_new_note,
        telling_bugs.what_is_kept_back_is_told,
    )
}

RARE = frozenset(
    {
        "all-are-told-that-they-count",
        "anybody-may-declare",
        "deletions-are-not-said-again",
        "said-again-with-everything-seen",
        "what-a-void-repack-said-is-forgotten",
    }
)
"""Bugs that their kept schedules find (`tests/simulation/corpus/planted`), and random seeds too seldom to count on."""


def rather(name: str) -> tuple[str, ...]:
    """The operations that a planted bug needs more often than a run mostly has them: `RATHER` of its module."""
    needed: tuple[str, ...] = getattr(sys.modules[BUGS[name].__module__], "RATHER", ())
    return needed
