"""Records with no network: logged, edited, completed, deleted, in conflict, exported; by one phone and by two."""

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from crypto.public.encoding import Canonical
from crypto.secret.local import new_passcode_words
from device.identity import load_identity, store_identity
from device.pending import stage
from device.records import AlreadySet, NoConflict, NotAllowed, NotFound, NotJoined, Records
from device.vault import Vault
from schemas.records import RecordError, preset, score
from sync.device.changes import Change
from sync.device.merge import REMOVED
from tests.device.local import TODAY, Local, Space, local_phone, opened_vault

QUICK: dict[str, Canonical] = {
    "contact_kind": "one_to_one",
    "modality": "phone",
    "duration_band": "m15_29",
    "reasons": {"primary": "adverse_event"},
    "disposition": "closed_supported",
}


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path / "phone") as made:
        yield made


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path / "other") as made:
        yield made


@pytest.fixture
def lead(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path / "lead", lead=True) as made:
        yield made


@pytest.fixture
def space(phone: Local) -> Space:
    return Space(phone.records.view.logs["personal"])


@pytest.fixture
def commons(phone: Local) -> Space:
    return Space(phone.records.view.logs["commons"], "commons")


def pending(phone: Local) -> int:
    return int(phone.one("SELECT COUNT(*) FROM pending"))


def sync(space: Space, *phones: Local) -> None:
    for phone in phones:
        phone.push(space)
    for phone in phones:
        phone.pull(space)


def put(phone: Local, change: Change, space: str = "personal") -> None:
    """What a newer version, or the engine itself, writes: nothing of it is checked."""
    with phone.vault.write() as connection:
        stage(connection, phone.records.view.logs[space], change)


def newer(fields: dict[str, Canonical], kind: str = "contact", record: bytes = b"n" * 16) -> Change:
    return Change(record, kind, 7, deleted=False, fields=fields, removed=())


def test_five_taps_log_a_contact(phone: Local) -> None:
    record = phone.records.log("contact", QUICK)
    assert len(record) == 16
    shown = phone.records.get(record)
    assert shown.fields == {**QUICK, "occurred_on": "2026-11-20"}
    assert (shown.type, shown.version, shown.space, shown.conflicts, shown.unsent) == (
        "contact",
        1,
        "personal",
        {},
        True,
    )
    assert phone.records.list("contact") == [shown]


def test_what_may_not_be_written_is_not(phone: Local) -> None:
    with pytest.raises(RecordError) as refused:
        phone.records.log("contact", {**QUICK, "modality": "telepathy"})
    assert (refused.value.problem, refused.value.field) == ("unknown-code", "modality")
    for kind, problem in (("account_keys", "reserved-type"), ("diary", "unknown-type")):
        with pytest.raises(RecordError) as refused:
            phone.records.log(kind, {})
        assert refused.value.problem == problem
    assert pending(phone) == 0


def test_an_edit_changes_what_it_names(phone: Local) -> None:
    record = phone.records.log("contact", {**QUICK, "shift_band": "day", "zone_before": "red"})
    phone.records.edit(record, {"shift_band": "night"}, ("zone_before", "zone_after"))
    assert phone.records.get(record).fields == {**QUICK, "occurred_on": "2026-11-20", "shift_band": "night"}
    with pytest.raises(RecordError):
        phone.records.edit(record, {}, ("modality",))
    with pytest.raises(RecordError):
        phone.records.edit(record, {"recurrence": "one_off"})


def test_an_edit_of_nothing_is_not_written(phone: Local, space: Space) -> None:
    record = phone.records.log("contact", QUICK)
    sync(space, phone)
    phone.records.edit(record, {})
    phone.records.edit(record, {}, ("zone_after",))
    assert pending(phone) == 0


def test_an_old_record_of_a_newer_version_can_be_edited_and_keeps_what_is_unknown(phone: Local) -> None:
    fields: dict[str, Canonical] = {
        **QUICK,
        "occurred_on": "2020-01-01",
        "modality": "hologram",
        "aura": [1, {"a": True}],
    }
    put(phone, newer(fields))
    phone.records.edit(b"n" * 16, {"disposition": "warm_handoff"})
    shown = phone.records.get(b"n" * 16)
    assert shown.fields == {**fields, "disposition": "warm_handoff"}
    assert shown.version == 7


def test_completing_fills_in_and_never_overwrites(phone: Local) -> None:
    record = phone.records.log("contact", QUICK)
    phone.records.complete(record, {"shift_band": "night"})
    with pytest.raises(AlreadySet, match="shift_band"):
        phone.records.complete(record, {"shift_band": "day", "zone_before": "green"})
    assert phone.records.get(record).fields == {**QUICK, "occurred_on": "2026-11-20", "shift_band": "night"}


def test_a_deleted_record_is_gone(phone: Local, other: Local, space: Space) -> None:
    record = phone.records.log("contact", QUICK)
    sync(space, phone, other)
    other.records.edit(record, {"shift_band": "night"})
    phone.records.delete(record)
    assert phone.records.list() == []
    sync(space, phone, other)
    for each in (phone, other):
        assert each.records.list() == []
        for act in (each.records.get, each.records.delete):
            with pytest.raises(NotFound):
                act(record)
        with pytest.raises(NotFound):
            each.records.edit(record, {})


def test_before_joining_there_is_nothing_to_write_to(tmp_path: Path) -> None:
    with opened_vault(tmp_path) as vault:
        records = Records(vault, lambda: TODAY, os.urandom)
        with pytest.raises(NotJoined):
            records.log("contact", QUICK)
        with pytest.raises(NotJoined):
            records.list()


def test_records_of_one_type_the_newest_first(phone: Local) -> None:
    days = [TODAY - timedelta(days=back) for back in (3, 0, 9)]
    for day in days:
        phone.records.log("contact", {**QUICK, "occurred_on": day.isoformat()})
    phone.records.log("check_in", {"instrument": "stress_continuum", **zone("green")})
    shown = [record.fields["occurred_on"] for record in phone.records.list("contact")]
    assert shown == ["2026-11-20", "2026-11-17", "2026-11-11"]
    since = phone.records.list("contact", since=date(2026, 11, 17))
    assert [record.fields["occurred_on"] for record in since] == shown[:2]
    assert len(phone.records.list()) == 4


def zone(colour: str) -> dict[str, Canonical]:
    points = ["green", "yellow", "orange", "red"].index(colour)
    return dict(score("stress_continuum", {"zone": points}))


def test_only_on_this_phone_until_the_server_has_it(phone: Local, space: Space) -> None:
    first, second = phone.records.log("contact", QUICK), phone.records.log("contact", QUICK)
    phone.records.complete(second, {"shift_band": "night"})
    put(phone, newer({"member_key": b"k" * 32}, "account_keys"))
    assert phone.records.unsent() == 2
    phone.push(space)
    assert phone.records.unsent() == 2
    assert phone.records.get(first).unsent
    phone.pull(space)
    assert phone.records.unsent() == 0
    assert not phone.records.get(first).unsent


def test_two_phones_in_conflict_settle_it(phone: Local, other: Local, space: Space) -> None:
    record = phone.records.log("contact", QUICK)
    sync(space, phone, other)
    phone.records.edit(record, {"disposition": "info_given", "shift_band": "day"})
    other.records.edit(record, {"disposition": "warm_handoff", "shift_band": "day"})
    sync(space, phone, other)
    [mine], [theirs] = phone.records.conflicts(), other.records.conflicts()
    assert mine.conflicts == theirs.conflicts
    assert {mine.fields["disposition"], *map(str, mine.conflicts["disposition"])} == {"info_given", "warm_handoff"}
    assert mine.conflicts.keys() == {"disposition"}
    [lost] = mine.conflicts["disposition"]
    phone.records.resolve(record, "disposition", lost)
    assert phone.records.conflicts() == []
    sync(space, phone, other)
    for each in (phone, other):
        assert each.records.conflicts() == []
        assert each.records.get(record).fields["disposition"] == lost
        with pytest.raises(NoConflict):
            each.records.resolve(record, "disposition", lost)


@pytest.mark.parametrize(
    ("value", "shown"), [("hologram", "hologram"), (REMOVED, None), ("phone", "phone"), ("video", "video")]
)
def test_a_conflict_is_settled_by_any_of_its_values_or_a_valid_one(
    phone: Local, other: Local, space: Space, value: Canonical, shown: str | None
) -> None:
    record = phone.records.log("contact", QUICK)
    sync(space, phone, other)
    put(phone, newer({"modality": "hologram"}, record=record))
    put(other, Change(record, "contact", 1, deleted=False, fields={}, removed=("modality",)))
    sync(space, phone, other)
    assert len(phone.records.conflicts()) == 1
    with pytest.raises(RecordError):
        phone.records.resolve(record, "modality", "telepathy")
    phone.records.resolve(record, "modality", value)
    sync(space, phone, other)
    assert other.records.conflicts() == []
    assert other.records.get(record).fields.get("modality") == shown


def test_a_conflict_shows_before_the_own_change_has_left(phone: Local, other: Local, space: Space) -> None:
    record = phone.records.log("contact", QUICK)
    sync(space, phone, other)
    other.records.edit(record, {"disposition": "info_given"})
    sync(space, other)
    phone.records.edit(record, {"disposition": "warm_handoff"})
    phone.pull(space)
    [shown] = phone.records.conflicts()
    assert (shown.fields["disposition"], shown.conflicts) == ("warm_handoff", {"disposition": ["info_given"]})
    phone.records.resolve(record, "disposition", "info_given")
    sync(space, phone, other)
    assert phone.records.conflicts() == other.records.conflicts() == []
    assert other.records.get(record).fields["disposition"] == "info_given"


def test_only_leads_write_what_is_shared(phone: Local, lead: Local, commons: Space) -> None:
    with pytest.raises(NotAllowed):
        phone.records.log("programme", preset("you_matter"))
    record = lead.records.log("programme", preset("you_matter"))
    sync(commons, lead, phone)
    assert phone.records.programme() == lead.records.programme() == preset("you_matter")
    with pytest.raises(NotAllowed):
        phone.records.delete(record)
    with pytest.raises(NotAllowed):
        phone.records.edit(record, {"display_name": "Mine"})
    assert pending(phone) == 0


def test_tiers_are_the_programmes_own(phone: Local, lead: Local, commons: Space) -> None:
    with pytest.raises(RecordError) as refused:
        phone.records.log("contact", {**QUICK, "tier": 1})
    assert refused.value.problem == "programme-unknown"
    lead.records.log("programme", preset("you_matter"))
    sync(commons, lead, phone)
    phone.records.log("contact", {**QUICK, "tier": 2})
    with pytest.raises(RecordError):
        phone.records.log("contact", {**QUICK, "tier": 3})


def test_keys_are_neither_shown_nor_exported(phone: Local, space: Space) -> None:
    put(phone, newer({"member_key": b"k" * 32}, "account_keys"))
    put(phone, newer({"seed": b"k" * 32}, "future_keys", b"f" * 16))
    record = phone.records.log("contact", QUICK)
    for _ in range(2):
        assert [shown.id for shown in phone.records.list()] == [record]
        assert [entry["type"] for entry in phone.records.export()] == ["contact"]
        with pytest.raises(NotFound):
            phone.records.get(b"n" * 16)
        sync(space, phone)


def test_an_export_is_plain_json_with_everything_in_it(phone: Local) -> None:
    phone.records.log("contact", {**QUICK, "referrals": [{"resource": b"\xff" * 16, "method": "info_only"}]})
    put(phone, newer({"colour": "ultraviolet", "raw": b"\0", "deep": [{"x": [True]}]}, "aura"))
    exported = json.loads(json.dumps(phone.records.export()))
    assert {entry["type"]: entry["fields"] for entry in exported}["aura"] == {
        "colour": "ultraviolet",
        "raw": {"$bytes": "AA"},
        "deep": [{"x": [True]}],
    }
    [contact] = [entry["fields"] for entry in exported if entry["type"] == "contact"]
    assert contact["referrals"][0]["resource"] == {"$bytes": "_" * 21 + "w"}


def test_a_phone_that_is_closed_and_opened_shows_the_same(tmp_path: Path) -> None:
    words = new_passcode_words(os.urandom)
    with local_phone(tmp_path / "model") as model:
        identity = load_identity(model.vault.read())
    assert identity is not None
    with Vault.create(tmp_path / "v", tmp_path / "k", words, os.urandom) as vault:
        with vault.write() as connection:
            store_identity(connection, identity)
        record = Records(vault, lambda: TODAY, os.urandom).log("contact", QUICK)
    with Vault.open(tmp_path / "v", tmp_path / "k", words, os.urandom) as vault:
        records = Records(vault, lambda: TODAY + timedelta(days=60), os.urandom)
        records.complete(record, {"shift_band": "night"})
        assert records.get(record).fields == {**QUICK, "occurred_on": "2026-11-20", "shift_band": "night"}
