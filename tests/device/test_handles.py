"""Nicknames on one phone: within 30 days they are gone, whatever becomes of the clock and of the phone."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.secret.local import new_passcode_words
from device.days import SECONDS, note_server_day
from device.handles import DAYS, SLACK, Handles, HandleWrong
from device.keystore import APART_FILE
from device.records import Records
from device.vault import Vault, VaultFull
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.device.local import Local, local_phone

START = 20_000 * SECONDS


class Clock:
    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


class Owner:
    """A phone with a contact, and its nicknames under a clock that tests turn."""

    def __init__(self, phone: Local, folder: Path) -> None:
        self.phone, self.folder, self.clock = phone, folder, Clock()
        self.contact = phone.records.log("contact", CONTACT)
        self.handles = Handles(phone.vault, self.clock, os.urandom)

    @property
    def file(self) -> Path:
        return self.folder / "keystore" / APART_FILE

    def give(self, days: int = DAYS) -> None:
        self.handles.give(self.phone.records.view, self.contact, "Blue scarf", days)

    def kept(self) -> list[str]:
        return [one.nickname for one in self.handles.all(self.phone.records.view).values()]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    with local_phone(tmp_path) as made:
        yield Owner(made, tmp_path)


def test_a_nickname_is_kept_and_deletes_itself(owner: Owner) -> None:
    owner.give()
    owner.clock.now += DAYS * SECONDS - 1
    assert owner.kept() == ["Blue scarf"]
    owner.clock.now += 1
    assert owner.kept() == []
    assert not owner.file.exists()


def test_it_is_in_no_database_in_no_export_and_sealed_beside_the_keystore(owner: Owner) -> None:
    owner.give()
    assert b"scarf" not in owner.file.read_bytes()
    assert owner.file.stat().st_mode & 0o777 == 0o600
    database = owner.phone.vault.read()
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert "pending" in tables
    assert "scarf" not in str([database.execute(f"SELECT * FROM {name}").fetchall() for name in tables])
    assert "scarf" not in str(owner.phone.records.export())


def test_fewer_days_and_an_end_at_once(owner: Owner) -> None:
    owner.give(days=1)
    owner.clock.now += SECONDS
    assert owner.kept() == []
    owner.give()
    assert owner.handles.forget(owner.phone.records.view, owner.contact)
    assert not owner.handles.forget(owner.phone.records.view, owner.contact)
    assert not owner.file.exists()


def test_a_clock_set_back_deletes_all_and_one_set_ahead_too(owner: Owner) -> None:
    owner.give()
    owner.clock.now -= SLACK
    assert owner.kept() == ["Blue scarf"]
    owner.clock.now -= 1
    assert owner.kept() == []
    owner.give()
    owner.clock.now += 10_000 * SECONDS
    assert owner.kept() == []
    # Given by a clock that was years ahead.
    owner.give()
    owner.clock.now = START
    assert owner.kept() == []


def test_a_clock_set_back_step_by_step_is_measured_against_the_latest_look(owner: Owner) -> None:
    owner.give()
    owner.clock.now += 20 * SECONDS
    assert owner.kept() == ["Blue scarf"]
    owner.clock.now -= SLACK
    assert owner.kept() == ["Blue scarf"]
    owner.clock.now -= SLACK
    assert owner.kept() == []


def test_a_clock_that_stands_still_is_overtaken_by_the_days_that_the_server_signs(owner: Owner) -> None:
    owner.give()
    with owner.phone.vault.write() as connection:
        note_server_day(connection, owner.clock(), START // SECONDS + DAYS)
    assert owner.kept() == []


def test_it_goes_with_its_contact(owner: Owner) -> None:
    owner.give()
    owner.phone.records.delete(owner.contact)
    assert owner.kept() == []
    assert not owner.file.exists()


@pytest.mark.parametrize("nickname", ["", "   ", "x" * 31, "two\nlines", "555 0100", "ada@ward", "\u202eabc"])
def test_a_number_or_an_address_is_no_nickname(owner: Owner, nickname: str) -> None:
    with pytest.raises(HandleWrong):
        owner.handles.give(owner.phone.records.view, owner.contact, nickname)
    assert owner.kept() == []


def test_it_belongs_to_a_contact_and_ends(owner: Owner) -> None:
    view = owner.phone.records.view
    with pytest.raises(HandleWrong):
        owner.handles.give(view, b"x" * 16, "Blue scarf")
    for days in (0, DAYS + 1):
        with pytest.raises(HandleWrong):
            owner.handles.give(view, owner.contact, "Blue scarf", days)
    plan = owner.phone.records.log("supervision", {"supervision_kind": "group"})
    with pytest.raises(HandleWrong):
        owner.handles.give(view, plan, "Blue scarf")
    assert not owner.file.exists()


def test_a_file_that_somebody_changed_says_nothing(owner: Owner) -> None:
    owner.give()
    owner.file.write_bytes(owner.file.read_bytes()[:-1] + b"x")
    assert owner.kept() == []
    owner.give()
    assert owner.kept() == ["Blue scarf"]


def test_on_a_full_disk_what_is_over_goes_all_the_same(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.give(days=1)
    other = owner.phone.records.log("contact", CONTACT)
    owner.handles.give(owner.phone.records.view, other, "Red bag")
    keep = Vault.keep_apart

    def full(vault: Vault, data: bytes | None) -> None:
        if data is not None:
            raise VaultFull("no room")
        keep(vault, data)

    monkeypatch.setattr(Vault, "keep_apart", full)
    owner.clock.now += SLACK
    assert sorted(owner.kept()) == ["Blue scarf", "Red bag"]
    owner.clock.now += SECONDS
    assert owner.kept() == []
    assert not owner.file.exists()


def test_a_restored_database_brings_no_nickname_back(tmp_path: Path) -> None:
    home, state, words = tmp_path / "home", tmp_path / "state", new_passcode_words(os.urandom)
    clock = Clock()
    with local_phone(tmp_path / "as") as model:
        identity = model.vault.read().execute("SELECT key, value FROM meta").fetchall()
        logs = model.vault.read().execute("SELECT log, name FROM logs").fetchall()
    with Vault.create(home, state, words, os.urandom) as vault:
        with vault.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", identity)
            connection.executemany("INSERT INTO logs (log, name) VALUES (?, ?)", logs)
        records = Records(vault, lambda: date(2026, 11, 20), os.urandom)
        contact = records.log("contact", CONTACT)
        Handles(vault, clock, os.urandom).give(records.view, contact, "Blue scarf")
    shutil.copytree(home, tmp_path / "backup")
    shutil.copytree(state, tmp_path / "whole")
    with Vault.open(home, state, words, os.urandom) as vault:
        Handles(vault, clock, os.urandom).forget(Records(vault, date.today, os.urandom).view, contact)
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "backup", home)
    with Vault.open(home, state, words, os.urandom) as vault:
        records = Records(vault, date.today, os.urandom)
        assert records.view.record(contact) is not None
        assert Handles(vault, clock, os.urandom).all(records.view) == {}
    # The whole device as it was, keystore and all: what its copy has goes by its own date.
    shutil.rmtree(state)
    shutil.copytree(tmp_path / "whole", state)
    with Vault.open(home, state, words, os.urandom) as vault:
        view = Records(vault, date.today, os.urandom).view
        assert [one.nickname for one in Handles(vault, clock, os.urandom).all(view).values()] == ["Blue scarf"]
        clock.now += DAYS * SECONDS
        assert Handles(vault, clock, os.urandom).all(view) == {}
        assert not (state / APART_FILE).exists()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["on", "back", "give", "server"]), st.integers(0, 12 * SECONDS)),
        min_size=1,
        max_size=12,
    )
)
def test_none_outlives_thirty_days_that_any_clock_has_shown(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Time that was seen to pass, however the clock was turned meanwhile, is never more than 30 days and the slack."""
    folder = tmp_path_factory.mktemp("handles")
    with local_phone(folder) as phone:
        owner, passed, given_at = Owner(phone, folder), 0, 0
        for step, size in steps:
            if step == "on":
                owner.clock.now += size
                passed += size
            elif step == "back":
                owner.clock.now -= size
            elif step == "server":
                with phone.vault.write() as connection:
                    note_server_day(connection, owner.clock(), int(owner.clock()) // SECONDS)
            else:
                owner.give()
                given_at = passed
            if owner.kept():
                # Each look allows a clock to lose an hour unnoticed, and no more than that since the latest look.
                assert passed - given_at <= DAYS * SECONDS + SLACK * len(steps)


async def test_no_other_phone_has_it_and_a_tick_deletes_it(house: House) -> None:
    (contact,) = logged(house.ada)
    house.ada.handles.give(house.ada.records.view, contact, "Blue scarf")
    await house.ada.sync()
    await house.second.sync()
    assert contact in logged(house.second)
    assert house.second.handles.all(house.second.records.view) == {}
    assert [one.nickname for one in house.ada.handles.all(house.ada.records.view).values()] == ["Blue scarf"]
    house.hall.pass_days(DAYS)
    await house.ada.tick()
    assert house.ada.vault.read_apart() is None


async def test_it_goes_when_another_phone_deletes_the_contact(house: House) -> None:
    (contact,) = logged(house.ada)
    house.ada.handles.give(house.ada.records.view, contact, "Blue scarf")
    house.second.records.delete(contact)
    await house.second.sync()
    await house.ada.sync()
    assert house.ada.vault.read_apart() is None
