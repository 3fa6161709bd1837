"""What cannot be read is set aside with its reason, never stops the rest, and is tried again."""

from typing import Any

import pytest

from crypto.public.encoding import encode
from crypto.secret.body import RUNGS
from device import outbox
from device.keyring import epoch_key
from device.opening import KEY_MISSING
from sync.device import changes
from sync.device.author import seal_entry
from sync.device.changes import STAMP_AHEAD
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.device.restored import beside, shown

RECORD = b"q" * 16


def content(*, stamp: int = 5, seen: int = 0, form: int = 1, origin: Any = (), kind: str = "contact") -> bytes:
    change = [RECORD, kind, 1, False, {"modality": "phone"}, []]
    return encode([form, 0, [[list(origin), stamp, seen, [change]]]])


BAD: dict[str, tuple[bytes, str]] = {
    "no encoding": (b"\xff", "encoding"),
    "nothing": (b"", "encoding"),
    "no content": (encode("hello"), "shape"),
    "a format of tomorrow": (content(form=2), "format"),
    "an absurd stamp": (content(stamp=STAMP_AHEAD + 1_000), "stamp"),
    "a change that saw the future": (content(seen=1_000), "seen"),
    "a repack of what is yet to come": (content(origin=(b"d" * 32, 1_000)), "origin"),
}


def push_raw(house: House, plaintext: bytes, *, key: bytes | None = None) -> None:
    """Put an entry of `ada` with this plaintext into her outbox; its signature is genuine."""
    writer, reader = house.ada.engine.writer, house.ada.vault.read()
    place = writer.place(reader, house.personal)
    roster = house.ada.engine.roster
    epoch = roster.spaces[house.personal].epoch
    held = key or epoch_key(reader, house.personal, epoch)
    assert held is not None
    entry = seal_entry(place, epoch, held, plaintext, house.ada.engine.identity.signing, house.ada.engine.randomness)
    with house.ada.vault.write() as connection:
        outbox.put(connection, entry)


def set_aside(house: House) -> dict[str, int]:
    rows = house.second.vault.read().execute("SELECT reason, COUNT(*) FROM quarantine GROUP BY reason").fetchall()
    return dict(rows)


@pytest.mark.parametrize("how", BAD)
async def test_a_bad_entry_between_two_good_ones_is_set_aside_alone(house: House, how: str) -> None:
    plaintext, reason = BAD[how]
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    push_raw(house, plaintext)
    await house.ada.sync(flush=False)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    report = await house.second.sync()
    assert report.quarantined == 1
    assert set_aside(house) == {reason: 1}
    assert len(logged(house.second)) == 3
    assert RECORD not in logged(house.second)
    assert house.second.notes() == []
    # Neither is it fetched again, nor does it stop what this phone has to say.
    house.second.records.log("contact", CONTACT)
    report = await house.second.sync()
    assert (report.quarantined, house.second.records.unsent()) == (1, 0)


async def test_what_was_sealed_under_another_key_is_set_aside(house: House) -> None:
    push_raw(house, content(), key=bytes(32))
    await house.ada.sync()
    await house.second.sync()
    assert set_aside(house) == {"sealed: commitment": 1}


async def test_software_that_learns_a_format_reads_what_was_set_aside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The retry came with a new key alone: after an update the entry stayed unread for ever."""
    push_raw(house, content(form=2))
    await house.ada.sync(flush=False)
    await house.second.sync()
    assert set_aside(house) == {"format": 1}
    again = await house.hall.reopen(house.second)
    assert (await again.sync()).quarantined == 1
    monkeypatch.setattr(changes, "FORMAT", 2)
    again = await house.hall.reopen(again)
    assert again.engine.logs()
    monkeypatch.undo()
    assert logged(again)[RECORD] == {"modality": "phone"}
    assert (await again.sync()).quarantined == 0


async def test_an_entry_whose_key_comes_later_is_read_then(house: House) -> None:
    await house.ada.rotate("personal")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.evil.refusing("overloaded", path="/v1/wraps")
    house.hall.wire.rewrite = lambda request: request
    with pytest.raises(Exception, match="overloaded"):
        await house.second.sync()
    assert set_aside(house) == {KEY_MISSING: 1}
    house.hall.wire.be_honest()
    again = await house.hall.reopen(house.second)
    assert (await again.sync()).quarantined == 0
    assert logged(again) == logged(house.ada)


async def test_an_edit_does_not_overrule_what_no_key_opened_yet(house: House) -> None:
    """It counted as seen: the other phone's edit of the same field was gone without a word (seed 384873262)."""
    (shared,) = logged(house.second)
    await house.ada.rotate("personal")
    house.ada.records.edit(shared, {"modality": "video"})
    await house.ada.sync()
    house.evil.refusing("overloaded", path="/v1/wraps")
    house.hall.wire.rewrite = lambda request: request
    with pytest.raises(Exception, match="overloaded"):
        await house.second.sync()
    house.second.records.edit(shared, {"modality": "email", "actions": ["listened"]})
    house.second.records.edit(shared, {"modality": "in_person_private"})
    house.hall.wire.be_honest()
    for phone in (house.second, house.ada, house.second):
        await phone.sync()
    for phone in (house.ada, house.second):
        record = shown(phone)[shared]
        assert beside(record) == {"video", "in_person_private"}
        assert list(record[1]) == ["modality"]


async def test_an_entry_that_stays_closed_makes_no_conflict_of_what_is_shown(house: House) -> None:
    """What came behind it and is shown has been seen by whoever edits it."""
    push_raw(house, content(), key=bytes(32))
    await house.ada.sync()
    (shared,) = logged(house.ada)
    house.ada.records.edit(shared, {"modality": "video"})
    await house.ada.sync()
    await house.second.sync()
    house.second.records.edit(shared, {"modality": "email"})
    for phone in (house.second, house.ada):
        await phone.sync()
    assert (logged(house.ada)[shared]["modality"], house.ada.records.conflicts()) == ("email", [])


async def test_a_second_rotation_opens_what_the_first_sealed(house: House) -> None:
    """One wrap is enough: each key seals the one before."""
    for _ in range(3):
        await house.ada.rotate("personal")
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    assert (await house.second.sync()).quarantined == 0
    assert len(logged(house.second)) == 4


async def test_the_largest_body_lands(house: House) -> None:
    change = [RECORD, "contact", 1, False, {"x": "n" * (RUNGS[-1] - 300)}, []]
    push_raw(house, encode([1, 0, [[[], 9, 0, [change]]]]))
    await house.ada.sync()
    await house.second.sync()
    assert house.second.records.get(RECORD).fields == house.ada.records.get(RECORD).fields
    entry = house.ada.vault.read().execute("SELECT MAX(LENGTH(body)) FROM entries").fetchone()
    assert entry == (RUNGS[-1],)


async def test_forty_thousand_changes_in_one_body_land(house: House) -> None:
    """As many as fit: one statement of SQL must not be asked to name them all if it cannot."""
    raw = [[number.to_bytes(16, "big"), "t", 1, True, {}, []] for number in range(1, 40_001)]
    push_raw(house, encode([1, 0, [[[], 9, 0, raw]]]))
    await house.ada.sync()
    await house.second.sync()
    assert set_aside(house) == {}
    (number,) = house.second.vault.read().execute("SELECT COUNT(*) FROM records WHERE type = 't'").fetchone()
    assert number == 40_000
