"""The main job through the command alone: found, invite, join, log, sync, link, lose, recover, take along."""

import json
import shutil
import time
from functools import partial
from pathlib import Path
from unittest.mock import patch

from device.phone import Phone
from tests.cli.conftest import DIRECTORY
from tests.cli.terminal import FIVE_OPTIONS, Person, Server, clean_environment, invoke


def test_a_supporter_logs_links_a_second_phone_loses_both_and_recovers(
    server: Server, lead: Person, tmp_path: Path
) -> None:
    done = lead.does("lead", "directory", "import", str(DIRECTORY))
    assert done["added"] + done["same"] == 24
    assert lead.does("phone", "sync")["unsent"] == 0
    tickets = tmp_path / "tickets"
    assert lead.does("lead", "invite", "--count", "2", "--out", str(tickets))["tickets"] == 2
    assert tickets.stat().st_mode & 0o777 == 0o600
    first_ticket, second_ticket = tickets.read_text().splitlines()
    assert first_ticket != second_ticket

    member = Person(tmp_path, "member")
    joined = member.does("phone", "join", "--name", "Bo", typed=first_ticket)
    assert (joined["role"], joined["programme_name"], joined["stage"]) == ("member", "You Matter", "active")
    assert member.passcode_file.stat().st_mode & 0o777 == 0o600
    assert len(member.passcode_file.read_text().split()) == 5
    logged = member.does("phone", "log", *FIVE_OPTIONS)
    assert logged["unsent"] == 1
    member.does("phone", "checkin", "stress_continuum", "1")
    shown = member.does("phone", "code", "--show")
    assert shown["address"] == server.address
    assert member.does("phone", "code", "--confirm", typed=shown["code"].lower()) == {"confirmed": True}
    assert member.does("phone", "sync")["unsent"] == 0
    entries = member.fields()
    assert entries[logged["record"]]["reasons"] == {"primary": "burnout_exhaustion"}
    assert len(entries) == 2

    second = Person(tmp_path, "second")
    link = tmp_path / "link"
    member.does("phone", "link", "--out", str(link))
    assert second.does("phone", "join", "--ticket-file", str(link))["account"] == joined["account"]
    assert second.fields() == entries
    second.does("phone", "edit", logged["record"], "--people-band", "1", "--visit-number", "first")
    assert second.does("phone", "sync")["unsent"] == 0
    assert member.does("phone", "sync")["pulled"] >= 1
    assert member.fields() == second.fields() != entries
    assert len(member.does("phone", "find", "--limit", "100")["resources"]) == 24

    recovered = Person(tmp_path, "recovered")
    back = recovered.does("phone", "recover", "--keep-all", "--address", server.address, typed=shown["code"])
    assert (back["account"], back["records"], back["code"]) == (joined["account"], 2, "renewal_due")
    assert recovered.fields() == member.fields()
    renewed = recovered.does("phone", "code", "--show")["code"]
    assert renewed != shown["code"]
    recovered.does("phone", "code", "--confirm", typed=renewed)
    assert recovered.does("phone", "status")["code"] == "confirmed"

    late = Person(tmp_path, "late")
    error = late.fails(1, "phone", "recover", "--address", server.address, typed=shown["code"])
    assert error["problem"] == "invite-closed"
    taken = tmp_path / "taken.json"
    assert recovered.does("phone", "export", "--out", str(taken)) == {"file": str(taken), "records": 2}
    assert taken.stat().st_mode & 0o777 == 0o600
    assert {record["type"] for record in json.loads(taken.read_text())["records"]} == {"contact", "check_in"}

    lead.does("phone", "sync")
    names = {one["account"]: (one["name"], one["phones"]) for one in lead.does("lead", "members")["members"]}
    assert names[joined["account"]] == ("Bo", 3)
    assert lead.fields() == {}


def test_a_spent_ticket_is_refused_and_the_phone_takes_another(lead: Person, tmp_path: Path) -> None:
    ticket = lead.does("lead", "invite")["tickets"][0]
    Person(tmp_path, "quick").does("phone", "join", "--name", "Cy", typed=ticket)
    slow = Person(tmp_path, "slow")
    assert slow.fails(1, "phone", "join", "--name", "Di", typed=ticket)["problem"] == "invite-closed"
    assert slow.does("phone", "status")["stage"] == "invited"
    assert slow.fails(1, "phone", "sync")["problem"] == "on-the-way"
    another = lead.does("lead", "invite")["tickets"][0]
    assert slow.does("phone", "join", "--name", "Di", typed=another)["stage"] == "active"


def test_two_phones_settle_what_they_wrote_without_knowing_of_each_other(lead: Person, tmp_path: Path) -> None:
    first, second = Person(tmp_path, "first"), Person(tmp_path, "second")
    first.does("phone", "join", "--name", "Eve", typed=lead.does("lead", "invite")["tickets"][0])
    record = first.does("phone", "log", *FIVE_OPTIONS)["record"]
    first.does("phone", "sync")
    second.does("phone", "join", typed=first.does("phone", "link")["ticket"])
    first.does("phone", "edit", record, "--zone-before", "orange")
    second.does("phone", "edit", record, "--zone-before", "red")
    for phone in (first, second, first):
        phone.does("phone", "sync")
    assert first.does("phone", "status")["conflicts"] == 1
    (conflict,) = first.does("phone", "conflicts")["conflicts"]
    assert (conflict["id"], conflict["field"], sorted(conflict["values"])) == (record, "zone_before", ["orange", "red"])
    shown = first.says("phone", "conflicts")
    assert "Zone before" in shown
    assert "Orange" in shown
    assert first.fails(2, "phone", "resolve", record, "zone_before", "--keep", "3")["problem"] == "usage"
    assert first.fails(1, "phone", "resolve", record, "zone_after", "--keep", "1")["problem"] == "no-conflict"
    first.does("phone", "resolve", record, "zone_before", "--keep", "2")
    for phone in (first, second):
        phone.does("phone", "sync")
        assert phone.does("phone", "conflicts") == {"conflicts": []}
        assert phone.fields()[record]["zone_before"] == conflict["values"][1]


def test_a_lead_sets_up_invites_and_closes(server: Server, lead: Person, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"display_name": "You Matter Too", "plans": None}))
    lead.does("lead", "configure", "--settings", str(settings))
    done = lead.does("lead", "configure", "--contact-days", "90", "--preset", "you_matter")
    assert done["policy"]["contact_days"] == 90
    assert done["programme"]["display_name"] == "You Matter"
    assert lead.does("lead", "configure")["policy"]["check_in_days"] == 730
    assert "Contacts are kept 90 days" in lead.says("lead", "configure")
    assert lead.does("lead", "configure")["one_organisation"] is False
    assert lead.does("lead", "configure", "--one-organisation")["one_organisation"] is True
    assert "Server and leads one organisation" in lead.says("lead", "configure")

    ticket = lead.does("lead", "invite", "--role", "lead", "--days", "3")["tickets"][0]
    before = {one["id"]: one for one in lead.does("lead", "invites")["invites"]}
    (mine,) = [id_ for id_, one in before.items() if one["role"] == "lead"]
    assert lead.fails(1, "lead", "close", "zz")["problem"] == "invite-unknown"
    assert lead.does("lead", "close", mine[:10]) == {"closed": mine}
    assert mine not in {one["id"] for one in lead.does("lead", "invites")["invites"]}
    late = Person(tmp_path, "late")
    assert late.fails(1, "phone", "join", "--name", "Flo", typed=ticket)["problem"] == "invite-closed"
    own = Person(tmp_path, "own")
    founding = ("lead", "found", "--preset", "you_matter", "--name", "Cy", "--one-organisation")
    own.does(*founding, typed=server.founding_ticket())
    # The server takes a code for good that nobody has on paper.
    own.does("phone", "code", "--show")
    assert own.fails(1, "lead", "invite")["problem"] == "code-pending"
    assert own.does("lead", "invite", "--role", "lead")["tickets"]
    assert own.does("lead", "configure")["one_organisation"] is True
    assert server.founding_ticket() != server.founding_ticket()


def test_a_phone_restored_from_a_backup_is_recovered_in_place_with_what_it_had_not_sent(
    server: Server, lead: Person, tmp_path: Path
) -> None:
    member = Person(tmp_path, "member")
    member.does("phone", "join", "--name", "Hal", typed=lead.does("lead", "invite")["tickets"][0])
    code = member.does("phone", "code", "--show")["code"]
    member.does("phone", "code", "--confirm", typed=code)
    shutil.copytree(member.home, tmp_path / "backup")
    sent = member.does("phone", "log", *FIVE_OPTIONS)["record"]
    member.does("phone", "sync")
    shutil.rmtree(member.home)
    shutil.copytree(tmp_path / "backup", member.home)

    kept = member.does("phone", "log", *FIVE_OPTIONS)["record"]
    assert member.does("phone", "status")["may_sign"] is False
    assert "hallway phone recover" in member.fails(1, "phone", "link")["next"]
    member.does("phone", "recover", "--address", server.address, typed=f"{code}\n\n")
    (here,) = member.does("phone", "devices")["phones"]
    assert (here["here"], here["came"]) == (True, "recovery")
    assert member.does("phone", "sync")["unsent"] == 0
    assert set(member.fields()) == {sent, kept}
    assert member.does("phone", "status")["may_sign"] is True


def test_a_stolen_phone_is_revoked_and_linked_again_when_it_is_found(lead: Person, tmp_path: Path) -> None:
    member, stolen = Person(tmp_path, "member"), Person(tmp_path, "stolen")
    member.does("phone", "join", "--name", "Ivy", typed=lead.does("lead", "invite")["tickets"][0])
    stolen.does("phone", "join", typed=member.does("phone", "link")["ticket"])
    sent = stolen.does("phone", "log", *FIVE_OPTIONS)["record"]
    stolen.does("phone", "sync")
    (notice,) = member.does("phone", "sync")["notices"]
    assert "another phone was linked" in notice
    assert member.does("phone", "status")["notices"] == []
    kept = stolen.does("phone", "log", *FIVE_OPTIONS)["record"]
    listed = {one["came"]: one for one in member.does("phone", "devices")["phones"]}
    assert listed["link"]["last_heard"].endswith("+00:00")
    assert "(this one)" in member.says("phone", "devices")
    assert member.fails(1, "phone", "revoke", "zz")["problem"] == "unknown"
    here = next(one["id"] for one in listed.values() if one["here"])
    assert "another phone" in member.fails(1, "phone", "revoke", here)["next"]
    assert member.fails(2, "phone", "revoke", listed["link"]["id"], "--since", "May")["problem"] == "usage"
    left = member.does("phone", "revoke", listed["link"]["id"][:8])["phones"]
    assert [one["came"] for one in left] == ["member"]

    refused = stolen.fails(1, "phone", "sync")
    assert refused["problem"] == "session-refused"
    assert "hallway phone link" in refused["next"]
    assert "revoked" in stolen.says("phone", "status")
    assert stolen.does("phone", "status")["unsent"] == 1
    stolen.does("phone", "join", typed=member.does("phone", "link")["ticket"])
    assert stolen.does("phone", "sync")["unsent"] == 0
    member.does("phone", "sync")
    assert set(member.fields()) == set(stolen.fields()) == {sent, kept}


def test_recovering_takes_all_phones_off_but_those_that_are_kept(server: Server, lead: Person, tmp_path: Path) -> None:
    first, second, found = Person(tmp_path, "first"), Person(tmp_path, "second"), Person(tmp_path, "found")
    first.does("phone", "join", "--name", "Jo", typed=lead.does("lead", "invite")["tickets"][0])
    code = first.does("phone", "code", "--show")["code"]
    first.does("phone", "code", "--confirm", typed=code)
    second.does("phone", "join", typed=first.does("phone", "link")["ticket"])
    recover = ("phone", "recover", "--address", server.address)
    assert found.fails(2, *recover, typed=code)["problem"] == "usage"
    known = {one["came"]: one["id"] for one in found.does("phone", "devices")["phones"]}
    assert found.fails(1, *recover, "--keep", "zzzz", typed=code)["problem"] == "unknown"
    found.does(*recover, "--keep", known["link"], typed=code)
    assert [one["came"] for one in found.does("phone", "devices")["phones"]] == ["link", "recovery"]
    found.does("phone", "code", "--confirm", typed=found.does("phone", "code", "--show")["code"])
    assert "recovered from a code on paper" in second.does("phone", "sync")["notices"][0]
    assert first.fails(1, "phone", "sync")["problem"] == "session-refused"


def test_a_supporter_is_removed_and_another_leaves(lead: Person, tmp_path: Path) -> None:
    removed, leaving = Person(tmp_path, "removed"), Person(tmp_path, "leaving")
    for person in (removed, leaving):
        person.does("phone", "join", "--name", "Kay", typed=lead.does("lead", "invite")["tickets"][0])
        person.does("phone", "log", *FIVE_OPTIONS)
    account = removed.does("phone", "status")["account"]
    lead.does("phone", "sync")
    assert lead.fails(1, "lead", "remove", "zz")["problem"] == "unknown"
    assert lead.fails(2, "lead", "remove", account[:12], typed="yes")["problem"] == "usage"
    assert lead.does("lead", "remove", account[:12], typed="REMOVE") == {"removed": account}
    assert removed.fails(1, "lead", "remove", lead.does("phone", "status")["account"], "--yes")["problem"]
    assert "left the programme" in " ".join(removed.does("phone", "sync")["notes"])
    removed.does("phone", "log", *FIVE_OPTIONS)
    said = removed.says("phone", "sync")
    assert ("only on this phone" in said, "Send with" in said) == (True, False)
    assert len(removed.fields()) == 2
    stands = removed.says("phone", "status")
    assert "(left)" in stands
    assert "link or recover" not in stands
    assert "Recovery code" not in stands
    assert leaving.fails(2, "phone", "leave", typed="no")["problem"] == "usage"
    assert "left the programme" in leaving.says("phone", "leave", "--yes")
    assert account not in {one["account"] for one in lead.does("lead", "members")["members"]}
    assert len(leaving.fields()) == 1


def test_a_server_moves_to_another_address_and_key(tmp_path: Path) -> None:
    old, new = Server(tmp_path), Server(tmp_path)
    new.options = ("--data", str(tmp_path / "moved"), "--address", new.address)
    old.start()
    try:
        lead = old.founded()
        away = Person(tmp_path, "away")
        away.does("phone", "join", typed=lead.does("phone", "link")["ticket"])
        done = invoke("operator", "key", *new.options, "--json", environment=clean_environment(tmp_path))
        place = json.loads(done.stdout)["place"]
        assert lead.fails(2, "lead", "server", place[:-1])["problem"]
        wrong = lead.fails(1, "lead", "server", place.removeprefix("http://"))
        assert wrong["problem"] == "ticket-wrong"
        done = lead.does("lead", "server", place, "--one-organisation")
        assert (done["address"], done["one_organisation"]) == (new.address, True)
        lead.does("phone", "sync")
    finally:
        old.stop()
    for path in (tmp_path / "server").glob("hallway.sqlite*"):
        shutil.copy(path, tmp_path / "moved")
    new.start()
    try:
        assert lead.does("phone", "sync")["notes"] == [f"the programme's server is at {new.address} now"]
        assert lead.does("phone", "status")["address"] == new.address
        assert away.fails(3, "phone", "sync")["problem"] == "unreachable"
        away.does("phone", "address", new.address)
        away.does("phone", "log", *FIVE_OPTIONS)
        assert away.does("phone", "sync")["unsent"] == 0
        lead.does("phone", "sync")
        assert lead.fields() == away.fields() != {}
    finally:
        new.stop()


def test_a_wrong_clock_is_told_and_refuses_nothing(lead: Person) -> None:
    """Entries were dated a year ahead, and nobody was told."""
    assert lead.does("phone", "sync")["clock_ahead_days"] == 0

    def clock(days: int) -> float:
        return time.time() + days * 86_400

    for days, said in ((400, "400 days ahead of"), (-3, "3 days behind")):
        with patch("device.phone.Phone.open", partial(Phone.open, clock=partial(clock, days))):
            assert lead.does("phone", "sync")["clock_ahead_days"] == days
            assert said in lead.says("phone", "sync")
