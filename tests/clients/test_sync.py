"""The TypeScript client and the Python phone share an account through a real server."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from crypto.public.base64url import unb64
from tests.cli.terminal import FIVE_OPTIONS, Person, Server
from tests.clients.typescript import Phone, chromium, does, node

pytestmark = pytest.mark.usefixtures("typescript")
CONTACT = {
    "occurred_on": "2026-01-02",
    "contact_kind": "one_to_one",
    "modality": "video",
    "duration_band": "m30_44",
    "reasons": {"primary": "grief_bereavement", "others": ["isolation_new_starter"]},
    "disposition": "info_given",
}
Opened = AbstractContextManager[Phone]
Run = Callable[[Path], Opened]


@pytest.fixture(params=["node", "chromium"])
def run(request: pytest.FixtureRequest, server: Server) -> Run:
    """A TypeScript phone, begun in an empty folder."""
    if request.param == "node":
        return node
    request.getfixturevalue("browser")
    return lambda folder: chromium(server.address, folder)


def shown(phone: Phone) -> dict[str, Any]:
    """Id -> fields, as the Python phone prints them."""
    return {unb64(one["id"]).hex(): one["fields"] for one in does(phone, "records", type="contact")["records"]}


def test_it_is_linked_to_the_account_of_a_python_phone(run: Run, lead: Person, tmp_path: Path) -> None:
    python = Person(tmp_path, "python")
    joined = python.does("phone", "join", "--name", "Bo", typed=lead.does("lead", "invite")["tickets"][0])
    record = python.does("phone", "log", *FIVE_OPTIONS)["record"]
    python.does("phone", "sync")
    with run(tmp_path / "typescript") as typescript:
        account = does(typescript, "join", ticket=python.does("phone", "link")["ticket"])["account"]
        assert unb64(account).hex() == joined["account"]
        assert shown(typescript) == python.fields() != {}
        (one,) = does(typescript, "records", type="contact")["records"]
        does(typescript, "edit", id=one["id"], fields={"zone_before": "orange"})
        does(typescript, "log", type="contact", fields=CONTACT)
        assert does(typescript, "unsent") == {"unsent": 2}
        before = shown(typescript)
        does(typescript, "sync")
        assert does(typescript, "unsent") == {"unsent": 0}
        python.does("phone", "sync")
        assert shown(typescript) == python.fields() == before
        assert before[record]["zone_before"] == "orange"
        # Both write the same field unseen: they settle on one value without asking each other.
        python.does("phone", "edit", record, "--zone-before", "red")
        does(typescript, "edit", id=one["id"], fields={"zone_before": "green"})
        for _ in range(2):
            does(typescript, "sync")
            python.does("phone", "sync")
        assert shown(typescript) == python.fields()
        (conflict,) = python.does("phone", "conflicts")["conflicts"]
        assert sorted(conflict["values"]) == ["green", "red"]


def test_a_python_phone_is_linked_to_the_account_that_it_made(run: Run, lead: Person, tmp_path: Path) -> None:
    with run(tmp_path / "typescript") as typescript:
        ticket = lead.does("lead", "invite")["tickets"][0]
        account = unb64(does(typescript, "join", ticket=ticket, name="Cleo Ørsted")["account"]).hex()
        does(typescript, "log", type="contact", fields=CONTACT)
        does(typescript, "sync")
        python = Person(tmp_path, "python")
        linked = python.does("phone", "join", typed=does(typescript, "link")["ticket"])
        assert linked["account"] == account
        assert python.fields() == shown(typescript) != {}
        python.does("phone", "log", *FIVE_OPTIONS)
        python.does("phone", "sync")
        does(typescript, "sync")
        assert python.fields() == shown(typescript)
        assert len(shown(typescript)) == 2
    lead.does("phone", "sync")
    names = {one["account"]: (one["name"], one["phones"]) for one in lead.does("lead", "members")["members"]}
    assert names[account] == ("Cleo Ørsted", 2)


def test_it_joins_as_a_lead_and_follows_when_keys_change(run: Run, lead: Person, tmp_path: Path) -> None:
    """A phone of the account is revoked: the epoch and the member key are new."""
    with run(tmp_path / "typescript") as typescript:
        ticket = lead.does("lead", "invite", "--role", "lead")["tickets"][0]
        does(typescript, "join", ticket=ticket, name="Di")
        first, lost = Person(tmp_path, "first"), Person(tmp_path, "lost")
        for python in (first, lost):
            python.does("phone", "join", typed=does(typescript, "link")["ticket"])
        does(typescript, "log", type="contact", fields=CONTACT)
        theirs = lost.does("phone", "status")["device"]
        first.does("phone", "sync")
        first.does("phone", "revoke", theirs)
        first.does("phone", "sync")
        does(typescript, "sync")
        first.does("phone", "sync")
        assert first.fields() == shown(typescript) != {}


def test_a_phone_in_node_goes_on_from_its_folder(lead: Person, tmp_path: Path) -> None:
    ticket = lead.does("lead", "invite")["tickets"][0]
    with node(tmp_path / "typescript") as typescript:
        does(typescript, "join", ticket=ticket, name="Eve")
        logged = does(typescript, "log", type="contact", fields=CONTACT)["id"]
    with node(tmp_path / "typescript") as typescript:
        assert does(typescript, "unsent") == {"unsent": 1}
        assert shown(typescript) == {unb64(logged).hex(): CONTACT}
        does(typescript, "sync")
    with node(tmp_path / "typescript") as typescript:
        assert does(typescript, "unsent") == {"unsent": 0}
        assert shown(typescript) == {unb64(logged).hex(): CONTACT}
        does(typescript, "sync")


def test_a_spent_ticket_is_refused(lead: Person, tmp_path: Path) -> None:
    ticket = lead.does("lead", "invite")["tickets"][0]
    Person(tmp_path, "quick").does("phone", "join", "--name", "Flo", typed=ticket)
    with node(tmp_path / "slow") as slow:
        assert slow.ask("join", ticket=ticket, name="Gil")["error"] == "session-refused"
        assert slow.ask("join", ticket=ticket[:-1], name="Gil")["error"] == "ticket-wrong"
        assert slow.ask("sync")["error"] == "no-phone"


def test_without_a_network_nothing_is_lost(tmp_path: Path) -> None:
    gone = Server(tmp_path)
    gone.start()
    with node(tmp_path / "typescript") as typescript:
        try:
            does(typescript, "join", ticket=gone.founded().does("lead", "invite")["tickets"][0], name="Hal")
        finally:
            gone.stop()
        logged = does(typescript, "log", type="contact", fields=CONTACT)["id"]
        assert typescript.ask("sync")["error"] == "unreachable"
        assert shown(typescript) == {unb64(logged).hex(): CONTACT}
