"""Statistics as people meet them in a terminal, over a programme whose phones have reported."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.errors import USAGE, Usage
from cli.handset import Handset
from cli.spans import span_of, typed
from device.phone import Phone
from tests.cli.terminal import invoke
from tests.device.statistics import programme
from tests.device.statistics.programme import DECEMBER, Programme
from tests.support.hall import Hall


class Desk:
    """Commands given on one of the phones of a programme, in this process."""

    def __init__(self, folder: Path, shares: int) -> None:
        self.loop = asyncio.new_event_loop()
        task = programme.table(shares)
        self.loop.run_until_complete(programme.built(folder, task, reported=True))
        self.hall = Hall(folder)
        self.programme: Programme = programme.opened(self.hall, task, reported=True)
        self.at = self.programme.lead

    def run(self, work: Callable[[Phone], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            return await work(self.at)

        return self.loop.run_until_complete(whole())

    def says(self, *command: str) -> str:
        result = invoke(*command)
        assert result.exit_code == 0, result.output
        return result.stdout

    def does(self, *command: str) -> Any:
        return json.loads(self.says(*command, "--json"))

    def fails(self, *command: str) -> Any:
        result = invoke(*command, "--json")
        assert result.exit_code != 0
        return json.loads(result.stderr)

    def close(self) -> None:
        async def whole() -> None:
            await self.hall.__aexit__(None, None, None)

        self.loop.run_until_complete(whole())
        self.loop.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(tmp_path / "programme", getattr(request, "param", 2))
    monkeypatch.setattr(Handset, "run", lambda _, work, **__: made.run(work))
    yield made
    made.close()


def test_periods_are_typed_as_people_write_them() -> None:
    for text in ("2026-11", "2026-q4", "2026"):
        assert typed(*span_of(text)) == text
    for text in ("2026-13", "2026-q5", "26", "", "0000", "2026-1"):
        with pytest.raises(Usage):
            span_of(text)


def test_a_lead_closes_a_period_and_reports_it(desk: Desk, tmp_path: Path) -> None:
    opening = desk.programme.opening.hex()
    (one,) = desk.does("lead", "stats", "status")["openings"]
    assert (one["opening"], one["state"], one["accounts"], one["period"]) == (opening, "open", 9, "2024-12")
    assert desk.fails("lead", "stats", "close", opening[:8])["problem"] == "too-early"
    assert desk.fails("lead", "stats", "close", "ffff")["problem"] == "unknown"
    assert "Nothing has been released" in desk.says("lead", "stats", "show")
    desk.programme.go_past(DECEMBER, 22)
    assert "from 9 reports" in desk.says("lead", "stats", "close", opening[:8])
    assert desk.does("lead", "stats", "close", opening[:8])["state"] == "released"
    shown = desk.says("lead", "stats", "show")
    assert "December 2024" in shown
    document = desk.does("lead", "stats", "show", "--of", "2024-12")
    assert [table["span"] for table in document["tables"]] == ["month"]
    assert desk.fails("lead", "stats", "show", "--of", "2024-q4")["problem"] == "not-released"
    page, lines = tmp_path / "report.html", tmp_path / "report.csv"
    desk.says("lead", "stats", "export", "--html", str(page), "--csv", str(lines))
    assert "December 2024" in page.read_text()
    assert lines.read_text().count("\n") == 4
    assert invoke("lead", "stats", "export").exit_code == USAGE
    assert desk.fails("lead", "stats", "export", "--html", str(page))["problem"] == "file-exists"


@pytest.mark.parametrize("desk", [3], indirect=True)
def test_two_turns_with_a_second_aggregator(desk: Desk) -> None:
    opening = desk.programme.opening.hex()
    desk.at = desk.programme.second
    assert "verified 9 reports" in desk.says("phone", "aggregate")
    desk.at = desk.programme.phones[2]
    assert "no aggregator" in desk.says("phone", "aggregate")
    desk.at = desk.programme.lead
    desk.programme.go_past(DECEMBER, 22)
    assert "second aggregator" in desk.says("lead", "stats", "close", opening[:8])
    assert desk.does("lead", "stats", "status")["openings"][0]["state"] == "closed"
    desk.at = desk.programme.second
    assert "sent the sum" in desk.says("phone", "aggregate")
    desk.at = desk.programme.lead
    assert desk.does("lead", "stats", "close", opening[:8])["reports"] == 9


def test_tables_are_defined_by_name_and_opened_by_period(desk: Desk) -> None:
    assert "not defined" in desk.says("lead", "stats", "tasks")
    assert desk.fails("lead", "stats", "define", "secrets")["problem"] == "usage"
    task = desk.does("lead", "stats", "define", "contacts")["task"]
    known = {one["id"]: one for one in desk.does("lead", "stats", "tasks")["defined"]}
    assert (known[task]["table"], known[task]["k"], known[task]["epsilon"]) == ("contacts", 8, 1.0)
    assert desk.fails("lead", "stats", "open", "contacts", "2025-q1")["problem"] == "usage"
    assert desk.fails("lead", "stats", "open", "contacts", "2024-12")["problem"] == "too-late"
    assert "14 days" in desk.says("lead", "stats", "open", "contacts", "2025-02")
    # Typed twice by mistake it ended the first opening, and with it the one chance that is for a lost key.
    assert "--again" in (refused := desk.fails("lead", "stats", "open", "contacts", "2025-02"))["next"]
    assert refused["problem"] == "open-already"
    assert "14 days" in desk.says("lead", "stats", "open", "contacts", "2025-02", "--again")
    desk.says("lead", "stats", "define", "contacts", "--shares", "3")
    assert desk.fails("lead", "stats", "open", "contacts", "2025-02")["problem"] == "name-ambiguous"


def test_of_one_organisation_tables_take_a_second_aggregator(desk: Desk) -> None:
    desk.says("lead", "stats", "define", "contacts")
    assert desk.does("lead", "configure", "--one-organisation")["one_organisation"] is True
    refused = desk.fails("lead", "stats", "open", "contacts", "2025-02")
    assert (refused["problem"], "--shares 2: server and lead together" in refused["next"]) == ("not-defined", True)
    first = next(one["id"] for one in desk.does("lead", "stats", "tasks")["defined"] if one["table"] == "contacts")
    assert desk.fails("lead", "stats", "open", first, "2025-02")["problem"] == "not-defined"
    assert desk.does("lead", "stats", "define", "contacts")["shares"] == 3
    refused = desk.fails("lead", "stats", "open", "contacts", "2025-02")
    assert (refused["problem"], "aggregate --on" in refused["next"]) == ("no-second-aggregator", True)
    said = desk.says("lead", "stats", "open", "contacts", "2025-02", "--shares", "2")
    assert "could read every report of this table" in " ".join(said.split())
    assert "could read every report of this table" in desk.says("lead", "stats", "define", "tiers", "--shares", "2")
    desk.at = desk.programme.phones[2]
    desk.run(lambda phone: phone.sync())
    assert desk.does("phone", "stats")["one_organisation"] is True
    said = " ".join(desk.says("phone", "stats").split())
    assert "One organisation runs the server and leads here." in said
    assert "The two together could read them. Here one organisation runs both." in said


@pytest.mark.parametrize("desk", [3], indirect=True)
def test_a_table_of_three_shares_waits_for_an_offer(desk: Desk) -> None:
    desk.does("lead", "configure", "--one-organisation")
    (task,) = desk.does("lead", "stats", "tasks")["defined"]
    assert desk.fails("lead", "stats", "open", task["id"], "2025-02")["problem"] == "no-second-offer"
    roster = desk.programme.lead.engine.roster
    assert len(roster.offers) == 3
    desk.at = desk.programme.second
    desk.says("phone", "aggregate")
    desk.at = desk.programme.lead
    assert desk.does("lead", "stats", "open", task["id"], "2025-01")["shares"] == 3


def test_a_supporter_sees_what_was_sent_and_opts_out(desk: Desk) -> None:
    desk.at = desk.programme.phones[2]
    said = desk.says("phone", "stats")
    assert "check-ins are not counted" in said
    assert "Reported for 2024-12 (contact, 2 entries). The server has it." in said
    assert "Your numbers in it: Group: 1, One to one: 1." in said
    assert desk.does("phone", "stats", "--wellbeing", "on")["wellbeing"] is True
    assert "check-ins are counted" in desk.says("phone", "stats")
    assert desk.does("phone", "stats", "--wellbeing", "off")["wellbeing"] is False
    (told,) = desk.does("phone", "stats")["sent"]
    assert (told["cells"], told["outcome"]) == ({"Group": 1, "One to one": 1}, "taken")
