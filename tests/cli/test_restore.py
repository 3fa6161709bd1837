"""A server put back from a backup, through the commands of its operator and its lead."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import FIVE_OPTIONS, Person, Server, clean_environment, invoke


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Server, Person]]:
    server = Server(tmp_path)
    server.start()
    yield server, server.founded()
    server.stop()


def test_a_restored_server_takes_nothing_new_until_its_lead_says_so(house: tuple[Server, Person]) -> None:
    server, lead = house
    database = server.folder / "server" / "hallway.sqlite"
    copy = server.folder / "copy.sqlite"
    environment = clean_environment(server.folder)
    backup = ("backup", str(copy), "--data", str(database.parent), "--json")
    assert invoke(*backup, environment=environment).exit_code == 0
    assert "file-exists" in invoke(*backup, environment=environment).stderr
    kept = lead.does("phone", "log", *FIVE_OPTIONS)["record"]
    assert lead.does("phone", "sync")["unsent"] == 0
    begin = ("restore", "begin", "--data", str(server.folder / "server"), "--json")
    refused = invoke(*begin, environment=environment)
    assert (refused.exit_code, "already-served" in refused.stderr) == (1, True)
    server.stop()
    for path in database.parent.glob("hallway.sqlite*"):
        path.unlink()
    shutil.copy(copy, database)
    begun = invoke(*begin, environment=environment)
    assert (begun.exit_code, begun.stdout) == (0, '{"programmes": 1}\n')
    server.start()
    lead.does("phone", "log", *FIVE_OPTIONS)
    report = lead.does("phone", "sync")
    assert any("this phone gave it back" in note for note in report["notes"])
    assert report["unsent"] == 1
    status = lead.does("phone", "status")
    assert status["healing"]
    assert "until your lead says that it is done" in lead.says("phone", "status")
    assert lead.fails(1, "lead", "invite")["problem"] == "healing"
    assert lead.fails(1, "lead", "restored", typed="no\n")["problem"] == "not-confirmed"
    assert lead.does("lead", "restored", typed="yes\n") == {"restored": True, "waiting": 0, "notes": []}
    assert not lead.does("phone", "status")["healing"]
    assert kept in lead.fields()
    assert len(lead.fields()) == 2


def test_the_operator_takes_a_restore_back_that_no_lead_can_end(house: tuple[Server, Person]) -> None:
    server, lead = house
    begin, end = (("restore", word, "--data", str(server.folder / "server"), "--json") for word in ("begin", "end"))
    environment = clean_environment(server.folder)
    refused = invoke(*end, environment=environment)
    assert (refused.exit_code, "already-served" in refused.stderr) == (1, True)
    server.stop()
    for command, programmes in ((end, 0), (begin, 1), (end, 1)):
        ended = invoke(*command, environment=environment)
        assert (ended.exit_code, ended.stdout) == (0, f'{{"programmes": {programmes}}}\n')
    server.start()
    assert lead.does("lead", "invite")
