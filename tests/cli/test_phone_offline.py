"""What a phone shows and does with its server gone, and without its passcode."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import DIRECTORY
from tests.cli.terminal import FIVE_OPTIONS, Person, clean_environment, invoke


def test_a_check_in_is_scored_and_carries_the_crisis_card(stranded: Person) -> None:
    done = stranded.does("phone", "checkin", "stress_continuum", "3")
    assert done["results"] == [{"scale": None, "score": 3, "band": "red", "offer": "crisis_card"}]
    assert done["unsent"] == 1
    assert done["crisis_card"]["emergency"]
    said = stranded.says("phone", "checkin", "burnout-single-item", typed="3\n")
    assert "Burned out (3)" in said
    assert "Emergency (GB): 999" in said
    assert "Non-proprietary" in said
    assert stranded.fails(1, "phone", "checkin", "stress_continuum", "7")["field"] == "answers.zone"
    assert stranded.fails(2, "phone", "checkin", "stress_continuum", "1", "2")["problem"] == "usage"
    assert stranded.fails(2, "phone", "checkin", "stress_continuum", typed="well\n")["problem"] == "usage"
    assert stranded.fails(1, "phone", "checkin", "who9")["problem"] == "unknown-code"


def test_longer_questionnaires_and_their_trend(stranded: Person) -> None:
    low = stranded.does("phone", "checkin", "who5", "3", "1", "1", "1", "1")
    assert low["results"] == [{"scale": None, "score": 28, "band": "wellbeing_very_low", "offer": "crisis_card"}]
    assert low["crisis_card"]["emergency"]
    said = stranded.says("phone", "checkin", "who5", typed="5\n4\n4\n3\n4\n")
    assert "Not low: above 50 (80)" in said
    assert "Emergency (GB): 999" in said
    assert "World Health Organization" in said
    trend = stranded.does("phone", "trend", "who5")
    assert sorted(point["score"] for point in trend["points"]) == [28, 80]
    # Of the same day: which came first is not known.
    assert [(point["change"], point["meaningful"]) for point in trend["points"]] == [(None, None)] * 2
    assert trend["crisis_card"]["emergency"]
    assert "Emergency (GB): 999" in stranded.says("phone", "trend", "who5")
    assert "No check-in" in stranded.says("phone", "trend", "proqol5")

    done = stranded.does("phone", "checkin", "proqol5", *("3",) * 20)
    assert [result["scale"] for result in done["results"]] == ["compassion_satisfaction", "secondary_traumatic_stress"]
    shown = stranded.does("phone", "show", done["record"])["fields"]
    assert (shown["scoring_version"], len(shown["answers"])) == (1, 20)
    said = stranded.says("phone", "checkin", "proqol5", *("3",) * 10, "--scale", "burnout")
    assert "Burnout: Moderate (30)" in said
    assert "www.ProQOL.org" in said
    assert "Compassion satisfaction" in stranded.says("phone", "list", "--type", "check_in")
    assert stranded.fails(1, "phone", "checkin", "proqol5", "3", "--scale", "fatigue")["problem"] == "unknown-code"
    assert stranded.fails(2, "phone", "checkin", "who5", "3", "3")["problem"] == "usage"


def test_the_buddy_check_leaves_nothing_on_the_phone(stranded: Person) -> None:
    before = stranded.does("phone", "list")["records"]
    done = stranded.does("phone", "checkin", "buddy-check", typed="1\n0\n0\n1\n0\n")
    assert (done["record"], done["results"][0]["band"]) == (None, "talk_it_over")
    assert done["crisis_card"]["emergency"]
    assert "Nothing of this was stored or sent." in stranded.says("phone", "checkin", "buddy-check", typed="0\n" * 5)
    assert stranded.fails(2, "phone", "checkin", "buddy-check", *("0",) * 5)["problem"] == "usage"
    assert stranded.does("phone", "list")["records"] == before


def test_the_directory_is_imported_whole_or_not_at_all_and_found_again(stranded: Person, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    document = json.loads(DIRECTORY.read_text())
    document["resources"][2]["categories"] = ["spa"]
    document["resources"][3]["assured_date"] = "yesterday"
    broken.write_text(json.dumps(document))
    error = stranded.fails(1, "lead", "directory", "import", str(broken))
    assert error["problem"] == "directory-refused"
    assert {(row["row"], row["field"]) for row in error["errors"]} >= {(3, "categories[0]"), (4, "assured_date")}
    told = stranded.run("lead", "directory", "import", str(broken)).stderr
    assert "row 3" in told
    assert stranded.does("phone", "find")["resources"] == []

    assert stranded.does("lead", "directory", "import", str(DIRECTORY))["added"] == 24
    assert stranded.does("lead", "directory", "import", str(DIRECTORY))["same"] == 24
    hits = stranded.does("phone", "find", "chaplaicny", "--category", "chaplaincy_spiritual")["resources"]
    assert hits[0]["fields"]["name"] == "Chaplaincy"
    assert any(hit["fields"].get("is_crisis") for hit in hits)
    shown = stranded.says("phone", "find", "chaplain")
    assert "+1 555 0109" in shown
    assert stranded.fails(2, "phone", "find", "--category", "chaplain")["nearest"] == "chaplaincy_spiritual"
    assert stranded.fails(2, "lead", "directory", "import", str(tmp_path / "none.json"))["problem"] == "usage"


def test_the_crisis_card_needs_no_passcode(stranded: Person) -> None:
    stranded.passcode_file.unlink()
    card = stranded.does("phone", "crisis")
    assert card["emergency"] == "999"
    assert card["texts"]
    assert "You Matter" not in json.dumps(card)
    assert stranded.does("phone", "crisis", "--region", "us")["emergency"] == "911"


def test_the_crisis_card_needs_no_phone(tmp_path: Path) -> None:
    environment = {**clean_environment(tmp_path), "LANG": "en_GB.UTF-8"}
    assert json.loads(invoke("phone", "crisis", "--json", environment=environment).stdout)["emergency"] == "999"


def test_the_status_tells_who_where_and_how_much(stranded: Person) -> None:
    stranded.does("phone", "log", *FIVE_OPTIONS)
    found = stranded.does("phone", "status")
    assert (found["stage"], found["role"], found["code"]) == ("active", "lead", "confirmed")
    assert (found["unsent"], found["conflicts"], found["quarantined"], found["notes"]) == (1, 0, 0, [])
    assert found["may_sign"] is True
    assert found["last_sync"].endswith("+00:00")
    assert {len(found[name]) for name in ("account", "device", "programme")} == {32, 64}
    assert f"Account {found['account'][:8]} (lead)" in stranded.says("phone", "status")


def test_a_wrong_passcode_has_its_own_exit_code(stranded: Person) -> None:
    words = stranded.passcode_file.read_text().split()
    stranded.passcode_file.write_text(" ".join(reversed(words)))
    assert stranded.fails(4, "phone", "list")["problem"] == "passcode-wrong"
    stranded.passcode_file.write_text(" ".join(words[:4]))
    assert stranded.fails(4, "phone", "list")["problem"] == "passcode-wrong"
    stranded.passcode_file.write_text(" ".join(words).upper())
    assert stranded.fields() == {}


def test_the_passcode_may_come_through_a_pipe(stranded: Person) -> None:
    words = stranded.passcode_file.read_text()
    assert stranded.run("phone", "list", "--passcode-file", "-", typed=words).exit_code == 0
    assert stranded.run("phone", "list", typed=words, HALLWAY_PASSCODE_FILE="").exit_code == 0
    assert stranded.run("phone", "list", typed="", HALLWAY_PASSCODE_FILE="").exit_code == 2


def test_a_keystore_of_another_phone_opens_nothing_and_is_never_overwritten(stranded: Person) -> None:
    state = Path(stranded.environment["HALLWAY_STATE"])
    key = (state / "key").read_bytes()
    ticket = "https://hall.example/member#" + "A" * 20
    assert stranded.fails(1, "phone", "join", "--name", "X", typed=ticket)["problem"] == "ticket-wrong"
    other = Person(stranded.folder, "other")
    code = "TBX61-R9X62-B0RVB-6EHK1-Z4QTF-86YXY-FNHD9"
    recover = ("phone", "recover", "--address", "http://127.0.0.1:9", "--state", str(state))
    assert other.fails(1, *recover, typed=code)["problem"] == "keystore-taken"
    assert (state / "key").read_bytes() == key
    assert not other.home.exists()


@pytest.mark.parametrize(
    ("typed", "group"),
    [("TBX61-R9X62-B0RVC-6EHK1-Z4QTF-86YXY-FNHD9", 3), ("TBX61", 2), ("TBX61-R9X62-B0RVB-6EHK1-Z4QTF-86YXY-FNHD8", 7)],
)
def test_a_slip_in_the_code_is_named_before_anything_is_made(tmp_path: Path, typed: str, group: int) -> None:
    phone = Person(tmp_path, "phone")
    error = phone.fails(4, "phone", "recover", "--address", "http://127.0.0.1:9", typed=typed)
    assert (error["problem"], error["group"]) == ("code-wrong", group)
    assert f"group {group}" in error["detail"]
    assert not phone.home.exists()


def test_ceremonies_without_a_server_say_so_and_can_be_repeated(stranded: Person) -> None:
    assert stranded.fails(3, "phone", "code", "--show")["problem"] == "unreachable"
    kept = stranded.folder / "tickets"
    assert stranded.fails(3, "lead", "invite", "--out", str(kept))["problem"] == "unreachable"
    assert not kept.exists()
    assert stranded.does("phone", "status")["may_sign"] is True


def test_commands_before_joining_say_what_to_do(tmp_path: Path) -> None:
    nobody = Person(tmp_path, "nobody")
    for command in (("phone", "list"), ("phone", "sync"), ("phone", "status"), ("lead", "members")):
        error = nobody.fails(1, *command)
        assert error["problem"] == "no-vault"
        assert "hallway phone join" in error["next"]


def test_a_file_is_never_overwritten(stranded: Person, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("mine")
    for command in (("phone", "export"), ("phone", "link"), ("lead", "invite")):
        assert stranded.fails(1, *command, "--out", str(kept))["problem"] == "file-exists"
    assert kept.read_text() == "mine"


def test_a_type_of_entry_that_does_not_exist_is_answered_with_those_that_do(stranded: Person) -> None:
    assert stranded.fails(2, "phone", "list", "--type", "contcat")["nearest"] == "contact"
    assert stranded.does("phone", "list", "--type", "contact", "--since", "2026-01-01") == {"records": []}
    assert stranded.fails(2, "phone", "list", "--since", "monday")["problem"] == "usage"


def test_another_process_in_the_vault_is_named(stranded: Person) -> None:
    from device.vault import Vault

    words = stranded.passcode_file.read_text()
    with Vault.open(stranded.home, Path(stranded.environment["HALLWAY_STATE"]), words, bytes):
        assert stranded.fails(1, "phone", "list")["problem"] == "vault-locked"


def test_a_restored_phone_reads_and_says_that_it_cannot_sign(stranded: Person) -> None:
    state = Path(stranded.environment["HALLWAY_STATE"])
    (state / "incarnation").unlink()
    assert stranded.does("phone", "list") == {"records": []}
    assert stranded.does("phone", "status")["may_sign"] is False
    assert "may sign nothing" in stranded.says("phone", "status")
