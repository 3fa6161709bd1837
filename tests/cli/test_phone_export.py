"""Taking all entries along, and bringing them in on another phone, from the command line."""

import csv
from pathlib import Path

import pytest

from tests.cli.terminal import FIVE_OPTIONS, Person

OWN = (
    ("phone", "log", *FIVE_OPTIONS, "--referral", "eap:warm_handoff", "--action", "listened", "--tier", "0"),
    ("phone", "log", *FIVE_OPTIONS, "--followup-due", "w1"),
    ("phone", "checkin", "stress_continuum", "1"),
    ("phone", "training", "--course", "basic_support", "--hours", "2.5"),
    ("phone", "supervision", "--kind", "debrief"),
    ("phone", "shift", "--shift", "day", "--hours", "h8_11"),
    ("phone", "availability", "--day", "SU", "--from", "08:00", "--until", "20:00"),
    ("phone", "plan", "--anticipate", "violence_aggression"),
)


@pytest.fixture
def fresh(stranded_once: Person, tmp_path: Path) -> Person:
    """A phone without entries."""
    return stranded_once.twin(tmp_path / "fresh")


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_an_export_comes_in_on_a_fresh_phone_with_the_same_bytes(stranded: Person, fresh: Person, ending: str) -> None:
    for command in OWN:
        stranded.does(*command)
    out, again = stranded.folder / f"mine.{ending}", fresh.folder / f"again.{ending}"
    assert stranded.does("phone", "export", "--out", str(out))["records"] == len(OWN)
    assert fresh.does("phone", "import", str(out), "--check") == {"entries": len(OWN)}
    assert fresh.fields() == {}
    assert fresh.does("phone", "import", str(out))["added"] == len(OWN)
    assert fresh.does("phone", "import", str(out)) == {
        "added": 0,
        "same": len(OWN),
        "changed": 0,
        "deleted": 0,
        "unsent": len(OWN),
    }
    fresh.does("phone", "export", "--out", str(again))
    assert out.read_bytes() == again.read_bytes()
    assert fresh.fields() == stranded.fields()
    assert fresh.run("phone", "export", "--format", ending).stdout_bytes == out.read_bytes()


def test_one_type_alone(stranded: Person) -> None:
    for command in OWN:
        stranded.does(*command)
    said = stranded.run("phone", "export", "--format", "csv", "--type", "training").stdout
    header, row = csv.reader(said.splitlines())
    assert header == ["record_id", "record_type", "record_version", "completed", "course", "hours_half_steps"]
    assert row[4:] == ["basic_support", "5"]
    assert stranded.fails(2, "phone", "export", "--type", "trainings")["nearest"] == "training"


def test_a_table_with_a_name_is_refused_and_says_which_column(stranded: Person) -> None:
    path = stranded.folder / "kept.csv"
    head = "occurred_on,contact_kind,modality,duration_band,reasons.primary,disposition"
    row = "2025-01-05,one_to_one,phone,m15_29,burnout_exhaustion,closed_supported"
    path.write_text(f"{head},colleague_name,notes\n{row},Ada,fine\n")
    error = stranded.fails(1, "phone", "import", str(path))
    assert error["problem"] == "import-refused"
    assert [(each["field"], each["problem"]) for each in error["errors"]] == [
        ("colleague_name", "forbidden-field"),
        ("notes", "forbidden-field"),
    ]
    told = stranded.run("phone", "import", str(path)).stderr
    assert "Delete this column, the 7th, and import the file again." in told
    assert "Nothing was imported" in told
    assert stranded.fields() == {}
    path.write_text(f"{head}\n{row}\n{row}\n")
    assert "2 entries added" in stranded.says("phone", "import", str(path))
    assert "0 entries added. 2 here already." in stranded.says("phone", "import", str(path))
    assert len(stranded.fields()) == 2


def test_a_table_of_another_type(stranded: Person) -> None:
    path = stranded.folder / "courses.csv"
    path.write_text("completed,course,competencies\n2024-05-06,basic_support,listening; self_care\n")
    assert stranded.does("phone", "import", str(path), "--type", "training")["added"] == 1
    assert next(iter(stranded.fields().values()))["competencies"] == ["listening", "self_care"]
    assert stranded.fails(1, "phone", "import", str(path))["errors"][0]["problem"] == "unknown-field"


def test_what_is_no_file_of_entries(stranded: Person) -> None:
    assert stranded.fails(2, "phone", "import", "none.csv")["problem"] == "usage"
    path = stranded.folder / "mine.txt"
    path.write_text("")
    assert stranded.fails(2, "phone", "import", str(path))["problem"] == "usage"
    assert stranded.fails(2, "phone", "import", str(path), "--type", "resource")["problem"] == "unknown-code"
