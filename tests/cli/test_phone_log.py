"""Logging with the server gone: five options suffice, codes are explained, nothing needs a network."""

from datetime import UTC, datetime, timedelta

from cli.contact import CONTACT
from schemas.records import code_list
from tests.cli.terminal import FIVE, FIVE_OPTIONS, Person


def test_five_options_suffice_and_the_phone_says_what_is_only_on_it(stranded: Person) -> None:
    assert "1 entry only on this phone" in stranded.says("phone", "log", *FIVE_OPTIONS)
    assert "2 entries only on this phone" in stranded.says("phone", "log", *FIVE_OPTIONS)
    records = stranded.does("phone", "list")["records"]
    assert [record["unsent"] for record in records] == [True, True]
    today = datetime.now(UTC).astimezone().date()
    # A test may run over midnight.
    assert records[0]["fields"]["occurred_on"] in {str(today), str(today - timedelta(days=1))}
    assert stranded.fails(3, "phone", "sync")["problem"] == "unreachable"
    assert stranded.does("phone", "status")["unsent"] == 2


def test_everything_else_can_be_said_at_once_or_later(stranded: Person) -> None:
    resource = stranded.does("lead", "directory", "import", str(_directory(stranded)))
    assert resource["unsent"] == 2
    (line,) = stranded.does("phone", "find", "chaplain")["resources"][:1]
    group = (
        "phone", "log", "--kind", "Group", "--modality", "in-person-private", "--duration", "m60_89",
        "--reason", "grief_bereavement", "--reason", "patient_death_or_code", "--reason", "workload_staffing",
        "--disposition", "closed_supported", "--facilitators", "2:peer,chaplain", "--tier", "trained_peer",
        "--referral", f"{line['id'][:8]}:number_given", "--referral", "eap:warm_handoff:contacted",
        "--action", "listened", "--action", "safety_comfort",
    )  # fmt: skip
    record = stranded.does(*group)["record"]
    stranded.does("phone", "edit", record[:6], "--recurrence", "one_off", "--tier", "0", "--remove", "action")
    held = stranded.fields()[record]
    assert held["reasons"] == {"primary": "grief_bereavement", "others": ["patient_death_or_code", "workload_staffing"]}
    assert held["facilitators"] == {"count": 2, "kinds": ["peer", "chaplain"]}
    assert held["referrals"] == [
        {"resource": line["id"], "method": "number_given", "outcome": "unknown"},
        {"category": "eap", "method": "warm_handoff", "outcome": "contacted"},
    ]
    assert (held["tier"], held["recurrence"], "actions" in held) == (0, "one_off", False)
    shown = stranded.says("phone", "show", record)
    for words in ("Unit colleague", "Main reason: Grief or bereavement", "Kinds of facilitator: Peer; Chaplain"):
        assert words in shown
    assert "Gruppo" in stranded.says("phone", "show", record, "--lang", "it")
    stranded.does("phone", "delete", record)
    assert stranded.fails(1, "phone", "show", record)["problem"] == "not-found"


def test_an_unknown_code_is_answered_with_the_list_and_the_nearest(stranded: Person) -> None:
    arguments = [option.replace("burnout_exhaustion", "burnout") for option in FIVE_OPTIONS]
    error = stranded.fails(2, "phone", "log", *arguments)
    assert (error["problem"], error["option"], error["nearest"]) == ("unknown-code", "--reason", "burnout_exhaustion")
    assert error["codes"].keys() == set(code_list("reason").codes)
    told = stranded.run("phone", "log", *arguments, LANG="it_IT.UTF-8")
    assert told.exit_code == 2
    assert "intendi burnout_exhaustion?" in told.stderr
    assert "Burnout o esaurimento" in told.stderr


def test_missing_taps_are_named_with_their_codes(stranded: Person) -> None:
    error = stranded.fails(2, "phone", "log", *FIVE[:2])
    assert error["missing"] == [CONTACT.option_of(name) for name in CONTACT.kind.quick_fields][1:]
    assert "text_chat" in error["detail"]


def test_what_the_records_refuse_is_said_by_name(stranded: Person) -> None:
    old = str(datetime.now(UTC).date() - timedelta(days=30))
    error = stranded.fails(1, "phone", "log", *FIVE_OPTIONS, "--date", old)
    assert (error["problem"], error["field"]) == ("date-too-old", "occurred_on")
    wrong_options = (
        ("--phase", "start"),
        ("--referral", "eap"),
        ("--facilitators", "two"),
        ("--referral", "eap:shouted"),
    )
    for wrong in wrong_options:
        assert stranded.fails(2, "phone", "log", *FIVE_OPTIONS, *wrong)["detail"].startswith(wrong[0])
    assert stranded.fields() == {}


def test_an_edit_must_change_something_of_one_contact(stranded: Person) -> None:
    record = stranded.does("phone", "log", *FIVE_OPTIONS)["record"]
    assert stranded.fails(2, "phone", "edit", record)["problem"] == "usage"
    assert stranded.fails(1, "phone", "edit", "ab", "--tier", "1")["problem"] == "id-short"
    assert stranded.fails(1, "phone", "edit", "f" * 32, "--tier", "1")["problem"] == "not-found"
    assert stranded.fails(2, "phone", "edit", record, "--remove", "nickname")["problem"] == "unknown-code"
    checkin = stranded.does("phone", "checkin", "stress_continuum", "0")["record"]
    assert stranded.fails(1, "phone", "edit", checkin, "--tier", "1")["problem"] == "not-edited"


def _directory(person: Person) -> str:
    path = person.folder / "two.csv"
    path.write_text(
        "name,categories,assured_date,phones,is_crisis\n"
        "Chaplaincy,chaplaincy_spiritual,2026-01-02,+1 555 0109|voice,no\n"
        "Helpline,crisis_line,2026-01-02,+1 555 0110|voice,yes\n"
    )
    return str(path)
