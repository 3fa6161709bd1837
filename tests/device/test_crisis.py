"""The crisis card: there when nothing else is, and naming nobody."""

import json
from pathlib import Path

import pytest

from device.crisis import CRISIS, read_card, write_card
from device.directory import configure
from schemas.records import preset
from tests.device.local import Space, local_phone


def test_without_anything_there_is_a_number(tmp_path: Path) -> None:
    assert read_card(tmp_path / "nowhere")["emergency"] == "112"
    assert read_card(tmp_path / "nowhere", "us")["emergency"] == "911"


def test_the_card_follows_the_programme_on_every_phone(tmp_path: Path) -> None:
    settings = preset("you_matter")
    settings["crisis_card"] = {"numbers": [{"name": "Night line", "number": "+1 555 0100"}], "texts": ["Call us."]}
    with local_phone(tmp_path / "lead", lead=True) as lead, local_phone(tmp_path / "member") as member:
        commons = Space(lead.records.view.logs["commons"], "commons")
        write_card(member.vault.directory, None, "us")
        configure(lead.records, settings)
        assert read_card(lead.vault.directory)["texts"] == ["Call us."]
        lead.push(commons)
        member.pull(commons)
        member.records.refresh_card()
        folder = member.vault.directory
        configure(lead.records, {"crisis_card": {"texts": ["Call them."]}})
        assert read_card(lead.vault.directory)["texts"] == ["Call them."]
        assert read_card(lead.vault.directory)["numbers"] == []
    card = read_card(folder)
    assert (card["emergency"], card["region"]) == ("911", "us")
    assert card["numbers"] == [{"name": "Night line", "number": "+1 555 0100"}]
    assert str(settings["display_name"]) not in (folder / CRISIS).read_text()


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"numbers": 1, "texts": {}, "region": 5}', b'{"emergency": "666"}'],
)
def test_a_broken_or_doctored_file_still_gives_the_emergency_number(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / CRISIS).write_bytes(raw)
    card = read_card(tmp_path)
    assert (card["emergency"], card["numbers"], card["texts"]) == ("112", [], [])


def test_the_region_stays_until_another_is_given(tmp_path: Path) -> None:
    write_card(tmp_path, None, "gb")
    write_card(tmp_path, preset("you_matter"))
    assert read_card(tmp_path)["emergency"] == "999"
    write_card(tmp_path, None, "au")
    assert read_card(tmp_path)["emergency"] == "000"


def test_the_file_is_rewritten_only_when_it_changes(tmp_path: Path) -> None:
    write_card(tmp_path, preset("you_matter"))
    before = (tmp_path / CRISIS).stat().st_mtime_ns
    write_card(tmp_path, preset("you_matter"))
    assert (tmp_path / CRISIS).stat().st_mtime_ns == before
    write_card(tmp_path, {"crisis_card": {"texts": ["new"]}})
    assert json.loads((tmp_path / CRISIS).read_text())["texts"] == ["new"]


def test_on_a_full_disk_the_earlier_card_stays(tmp_path: Path) -> None:
    write_card(tmp_path, {"crisis_card": {"texts": ["old"]}})
    (tmp_path / f"{CRISIS}.new").symlink_to("/dev/full")
    assert write_card(tmp_path, {"crisis_card": {"texts": ["new"]}})["texts"] == ["new"]
    assert read_card(tmp_path)["texts"] == ["old"]
