"""Reminders, nicknames, prompts and load from the command line, with the server gone."""

import time
from pathlib import Path
from unittest.mock import patch

import pytest

from device.handles import SLACK
from device.keystore import APART_FILE
from tests.cli.terminal import FIVE, FIVE_OPTIONS, Person

AGREED = (*FIVE, "--disposition", "followup_agreed", "--followup-due", "h24")


def test_a_follow_up_is_due_under_its_nickname_until_it_is_done(stranded: Person) -> None:
    record = stranded.does("phone", "log", *AGREED)["record"]
    assert stranded.does("phone", "handle", record, typed="Blue scarf\n")["record"] == record
    (found,) = stranded.does("phone", "due")["due"]
    assert (found["kind"], found["record"], found["handle"]) == ("follow_up", record, "Blue scarf")
    said = stranded.says("phone", "due", "--lang", "it")
    assert "Nuovo contatto" in said
    assert "Blue scarf" in said
    assert "scarf" not in stranded.says("phone", "export")
    assert stranded.does("phone", "due", "--done", record)["due"] == []
    assert stranded.says("phone", "due") == "Nothing is due."
    assert stranded.fields()[record]["followup_due"] == "h24"
    assert stranded.does("phone", "handle", record, "--forget") == {"forgotten": True}
    assert "There was none" in stranded.says("phone", "handle", record, "--forget")


def test_a_nickname_goes_with_its_contact_and_by_itself(stranded: Person) -> None:
    apart = Path(stranded.environment["HALLWAY_STATE"]) / APART_FILE
    for goes in ("delete", "later", "earlier"):
        record = stranded.does("phone", "log", *AGREED)["record"]
        stranded.does("phone", "handle", record, "--days", "2", typed="Blue scarf\n")
        assert apart.exists()
        if goes == "delete":
            stranded.does("phone", "delete", record)
        else:
            then = time.time() + (2 * 86_400 if goes == "later" else -SLACK - 1)
            with patch("cli.handset.time.time", lambda then=then: then):
                # Whatever the command: this one shows no nickname.
                stranded.does("phone", "list")
        assert not apart.exists()


@pytest.mark.parametrize("typed", ["\n", "+1 555 0100\n", "x" * 31 + "\n"])
def test_what_is_no_nickname_is_refused(stranded: Person, typed: str) -> None:
    record = stranded.does("phone", "log", *FIVE_OPTIONS)["record"]
    error = stranded.run("phone", "handle", record, typed=typed)
    assert error.exit_code in (1, 2)
    assert stranded.fails(2, "phone", "handle", record, "--days", "31", typed="Blue scarf\n")["problem"] == "usage"


def test_prompts_come_with_what_made_them_and_once(stranded: Person) -> None:
    third = stranded.does("phone", "log", *FIVE_OPTIONS, "--visit-number", "third", "--reason", "adverse_event")
    assert third["prompts"] == ["third_contact", "conflict_check"]
    edited = stranded.does("phone", "edit", third["record"], "--conflict-check", "involved_no_alternative")
    assert edited["prompts"] == ["conflict_alone"]
    assert "Peer support is for a time" in stranded.says("phone", "log", *FIVE_OPTIONS, "--visit-number", "fourth")
    red = stranded.does("phone", "log", *FIVE_OPTIONS, "--supporter-impact", "red")
    assert red["prompts"] == ["own_red"]
    assert red["crisis_card"]["emergency"] == "999"
    assert "Emergency (GB): 999" in stranded.says("phone", "log", *FIVE_OPTIONS, "--supporter-impact", "red")
    plain = stranded.does("phone", "log", *FIVE_OPTIONS)
    assert (plain["prompts"], "crisis_card" in plain) == ([], False)


def test_the_load_is_one_s_own(stranded: Person) -> None:
    for _ in range(3):
        stranded.does("phone", "log", *FIVE_OPTIONS, "--zone-before", "red", "--supporter-time-band", "ge_90")
    found = stranded.does("phone", "load")
    assert [week["contacts"] for week in found["weeks"]] == [0, 0, 0, 3]
    assert found["weeks"][-1]["half_hours"] == 9
    assert found["hints"] == ["red_zones", "no_supervision"]
    stranded.does("phone", "supervision", "--kind", "individual")
    assert stranded.does("phone", "load")["hints"] == ["red_zones"]
    said = stranded.says("phone", "load")
    assert "4.5" in said
    assert "several people in red" in said


ITALIAN = {
    ("phone", "status"): "Una voce si conserva 180 giorni da quando è finita, un'autovalutazione 730.",
    ("phone", "list"): "solo su questo telefono",
    ("phone", "due", "--ahead", "40"): "Scadenza Che cosa Id Per Contatto",
    ("phone", "load"): "Settimana dal Contatti Ore, circa In rosso Turni",
    ("phone", "conflicts"): "Nessun conflitto.",
    ("phone", "training", "--course", "basic_support"): "voci solo su questo telefono. Per inviare:",
}


def test_the_daily_commands_are_said_in_the_reader_s_language(stranded: Person) -> None:
    stranded.does("phone", "log", *FIVE_OPTIONS, "--followup-due", "m1")
    for command, words in ITALIAN.items():
        said = stranded.says(*command, LANG="it_IT.UTF-8")
        assert words in said
        # A label that is missing.
        assert "altro (" not in said
    assert "Contatto" in stranded.says("phone", "list", "--lang", "it")
    assert stranded.does("phone", "status", "--lang", "it")["kept"] == {"contact_days": 180, "check_in_days": 730}
    assert "An entry is kept 180 days after it is over" in stranded.says("phone", "status")


def test_what_goes_wrong_is_said_in_the_reader_s_language(stranded: Person) -> None:
    def told(*command: str) -> str:
        return stranded.run(*command, LANG="it_IT.UTF-8").stderr

    assert "Contatto: mancano --kind" in told("phone", "log")
    assert "Scegli uno di questi codici." in told("phone", "log", *FIVE_OPTIONS, "--zone-before", "blu")
    assert "non c'è alcuna voce" in told("phone", "show", "f" * 32)
    assert "Riprova più tardi." in told("phone", "sync")
    assert "Scrivi 4 o 2.5." in told("phone", "training", "--course", "basic_support", "--hours", "x")
    (Path(stranded.environment["HALLWAY_STATE"]) / "incarnation").unlink()
    assert "questo telefono è stato ripristinato da una copia" in stranded.says("phone", "status", LANG="it_IT.UTF-8")
