"""Rows: exactly those that the entries call for."""

from crypto.secret.hpke import HpkeKey
from store.missing import Missing
from store.push import LogPush
from store.rows import Rows
from sync.statements import Announce
from tests.contract.ceremonies import forget_wraps, landed, refusal
from tests.support.actors import World
from tests.support.storage import Shelf

SLIP = Rows(slip=bytes(1264))


def test_wraps_must_be_exactly_those_called_for(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    keys, [(key, wrap)] = world.keys_for([entry]), world.wraps_for([entry])
    log, epoch, reader = key
    commons = world.log("commons")
    for wraps in (
        [],
        [(key, wrap), (key, wrap)],
        [(key, wrap), ((commons, 1, reader), wrap)],
        [((log, epoch + 1, reader), wrap)],
        [((log, epoch, bytes(32)), wrap)],
        [((commons, epoch, reader), wrap)],
    ):
        refused = refusal(shelf, world, world.lead, entry, rows=Rows(keys, wraps))
        assert refused.problem == "wraps-wrong"
    shelf.push(world, world.lead, entry)


def test_keys_must_be_exactly_those_named(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    [key], wraps = world.keys_for([entry]), world.wraps_for([entry])
    other = world.lead.hpke.public
    for keys in ([], [key, key], [key, other], [other], [key[:-1] + b"\x00"]):
        assert refusal(shelf, world, world.lead, entry, rows=Rows(keys, wraps)).problem == "keys-wrong"


def test_rows_without_an_entry_are_refused(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    wrap = ((log, 1, world.lead.id), bytes(1168))
    asked = [LogPush(log)]
    for rows in (Rows(wraps=[wrap]), Rows(keys=[bytes(1216)]), Rows(name=bytes(1392)), Rows(taken=[bytes(16)]), SLIP):
        assert refusal(shelf, world, world.lead, rows=rows, logs=asked).problem == "rows-without-entry"
    sealed = world.write(world.lead, log)
    for rows in (Rows(name=bytes(1392)), Rows(taken=[bytes(16)])):
        assert refusal(shelf, world, world.lead, sealed, rows=rows).problem == "rows-without-entry"
    shared = world.write(world.lead, world.log("commons"))
    assert refusal(shelf, world, world.lead, shared, rows=SLIP).problem == "rows-without-entry"
    assert refusal(shelf, world, world.lead, sealed, rows=Rows(keys=[bytes(1216)])).problem == "keys-wrong"
    stranger = ((log, 1, bytes(32)), bytes(1168))
    assert refusal(shelf, world, world.lead, sealed, rows=Rows(wraps=[stranger])).problem == "wraps-wrong"


def test_each_flush_replaces_the_slip_of_its_account(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log), rows=Rows(slip=b"\1" * 1264))
    entry = world.write(world.lead, log)
    shelf.push(world, world.lead, entry, rows=Rows(slip=b"\2" * 1264))
    assert shelf.store.slips(world.programme, 10) == [b"\2" * 1264]
    # The answer was lost, and the phone asks again with another slip: the entry is there, and so is its slip.
    shelf.push(world, world.lead, entry, rows=Rows(slip=b"\3" * 1264))
    assert shelf.store.slips(world.programme, 10) == [b"\2" * 1264]
    assert shelf.store.slips(world.programme, 0) == []


def test_a_key_that_was_lost_may_come_again_beside_a_sealed_entry(shelf: Shelf, world: World) -> None:
    log, key = world.log("personal", world.lead), world.lead.hpke
    shelf.run("DELETE FROM hpke_keys WHERE hash = ?1", key.hash)
    assert shelf.store.missing(world.state, world.lead.id).keys == [key.hash]
    sealed = world.write(world.lead, log)
    for wrong in ([bytes(1216)], [HpkeKey.generate(world.randomness).public]):
        assert refusal(shelf, world, world.lead, sealed, rows=Rows(keys=wrong)).problem == "keys-wrong"
    shelf.push(world, world.lead, sealed, rows=Rows(keys=[key.public]))
    assert shelf.store.keys(world.programme, [key.hash]) == {key.hash: key.public}
    assert shelf.store.missing(world.state, world.lead.id) == Missing([], [])
    # It is there already: another device was faster.
    shelf.push(world, world.lead, world.write(world.lead, log), rows=Rows(keys=[key.public]))


def test_a_rotation_replaces_all_wraps_of_its_space(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, *landed(world, lambda: world.invite("link")))
    world.rotate(world.lead, "personal")
    shelf.push(world, world.lead, world.entries[-1])
    wraps = [row for row in shelf.dump()["wraps"] if row[1] == log]
    assert len(wraps) == 2
    assert {row[3] for row in wraps} == {2}


def test_an_open_code_keeps_its_older_wraps(shelf: Shelf, world: World) -> None:
    """A thief rotated with garbage for the paper, and the server threw away the wrap that had opened everything."""
    log = world.log("personal", world.lead)
    early = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    [(_, honest)] = shelf.store.wraps(world.programme, [early.id])
    for _ in range(2):
        world.rotate(world.lead, "personal")
        entry = world.entries[-1]
        garbage = [(key, bytes(1168)) for key, _ in world.wraps_for([entry])]
        shelf.push(world, world.lead, entry, rows=Rows(wraps=garbage))
    late = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    held = shelf.store.wraps(world.programme, [early.id])
    assert [key for key, _ in held] == [(log, epoch, early.id) for epoch in (3, 2, 1)]
    assert held[-1][1] == honest
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [late.id])] == [3]
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [world.lead.id])] == [3]
    world.close(world.lead, early, code=early)
    shelf.push(world, world.lead, world.entries[-1])
    assert shelf.store.wraps(world.programme, [early.id]) == []


def test_a_code_without_the_current_wrap_may_be_given_it_beside_its_older_ones(shelf: Shelf, world: World) -> None:
    log, code = world.log("personal", world.lead), world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    world.rotate(world.lead, "personal")
    shelf.push(world, world.lead, world.entries[-1])
    sealed = world.write(world.lead, log)
    wrap = ((log, 2, code.id), world.wrap(log, 2, code.id))
    forget_wraps(shelf, log, "epoch = 2")
    old = ((log, 1, code.id), bytes(1168))
    assert refusal(shelf, world, world.lead, sealed, rows=Rows(wraps=[old])).problem == "wraps-wrong"
    shelf.push(world, world.lead, sealed, rows=Rows(wraps=[wrap]))
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [code.id])] == [2, 1]


def test_a_lost_key_does_not_hold_up_a_rotation(shelf: Shelf, world: World) -> None:
    """Of a reader whose key a restore had lost for good: nobody could revoke a stolen phone any more."""
    code = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    world.rotate(world.lead, "personal")
    entry = world.entries[-1]
    wraps = [(key, wrap) for key, wrap in world.wraps_for([entry]) if key[2] != code.id]
    assert refusal(shelf, world, world.lead, entry, rows=Rows(wraps=wraps)).problem == "wraps-wrong"
    shelf.run("DELETE FROM hpke_keys WHERE hash = ?1", code.keys.hpke.hash)
    assert refusal(shelf, world, world.lead, entry, rows=Rows(wraps=wraps[:-1])).problem == "wraps-wrong"
    shelf.push(world, world.lead, entry, rows=Rows(wraps=wraps))
    assert shelf.store.missing(world.state, world.lead.id).keys == [code.keys.hpke.hash]


def test_a_key_that_was_lost_may_come_again_beside_an_announce(shelf: Shelf, world: World) -> None:
    key = world.lead.hpke
    shelf.run("DELETE FROM hpke_keys WHERE hash = ?1", key.hash)
    world.push(world.draft(world.lead, Announce(world.day, 1)))
    entry = world.entries[-1]
    other = HpkeKey.generate(world.randomness).public
    assert refusal(shelf, world, world.lead, entry, rows=Rows(keys=[other])).problem == "keys-wrong"
    shelf.push(world, world.lead, entry, rows=Rows(keys=[key.public]))
    assert shelf.store.keys(world.programme, [key.hash]) == {key.hash: key.public}


def test_who_kept_a_lost_key_wraps_to_it(shelf: Shelf, world: World) -> None:
    code = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    world.rotate(world.lead, "personal")
    entry = world.entries[-1]
    shelf.run("DELETE FROM hpke_keys WHERE hash = ?1", code.keys.hpke.hash)
    shelf.push(world, world.lead, entry, rows=Rows(wraps=world.wraps_for([entry])))
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [code.id])] == [2, 1]


def test_a_rotation_of_leads_brings_its_inbox(shelf: Shelf, world: World) -> None:
    world.rotate(world.lead, "leads")
    shelf.push(world, world.lead, world.entries[-1])
    assert len(shelf.dump()["hpke_keys"]) == 4


def test_wraps_of_a_closed_invite_are_dropped(shelf: Shelf, world: World) -> None:
    made = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 2
    world.close(world.lead, made)
    shelf.push(world, world.lead, world.entries[-1])
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 0


def test_wraps_of_a_spent_invite_are_dropped(shelf: Shelf, world: World) -> None:
    made = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    world.join(made)
    shelf.push(world, made, world.entries[-1])
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 0


def test_wraps_of_an_expired_invite_are_dropped_with_the_next_statement(shelf: Shelf, world: World) -> None:
    made = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    world.day += 20
    world.announce(world.lead)
    shelf.push(world, world.lead, world.entries[-1], day=world.day)
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 0


def test_a_reader_without_a_wrap_may_be_given_one_beside_a_sealed_entry(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    key, wrap = (log, 1, world.lead.id), world.wrap(log, 1, world.lead.id)
    one = world.write(world.lead, log)
    forget_wraps(shelf, log)
    commons = world.sealing(world.lead, world.log("commons"))
    elsewhere = refusal(shelf, world, world.lead, commons, rows=Rows(wraps=[(key, wrap)]))
    assert elsewhere.problem == "wraps-wrong"
    shelf.push(world, world.lead, one, rows=Rows(wraps=[(key, wrap)]))
    assert [row[2:5] for row in shelf.dump()["wraps"] if row[1] == log] == [(world.lead.id, 1, wrap)]
    # A second one is ignored: another device was faster, or it is a thief's garbage.
    shelf.push(world, world.lead, world.write(world.lead, log), rows=Rows(wraps=[(key, bytes(1168))]))
    assert [row[2:5] for row in shelf.dump()["wraps"] if row[1] == log] == [(world.lead.id, 1, wrap)]


def test_a_name_waits_until_a_lead_has_taken_it(shelf: Shelf, world: World) -> None:
    used = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    phone = world.join(used)
    entry = world.entries[-1]
    rows = Rows(world.keys_for([entry]), world.wraps_for([entry]), bytes(1392))
    shelf.push(world, used, entry, rows=rows)
    assert shelf.store.names(world.programme) == [(phone.account, bytes(1392))]
    taking = world.write(world.lead, world.log("leads"))
    shelf.push(world, world.lead, taking, rows=Rows(taken=[phone.account]))
    assert shelf.store.names(world.programme) == []
