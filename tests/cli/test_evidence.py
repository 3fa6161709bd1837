"""Evidence as a file: written by a phone of a real server, judged by a process that has neither phone nor network."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.errors import Usage
from cli.evidence_file import from_json, to_json
from cli.half_file import half_from_json, half_to_json
from schemas.evidence import FILE_LIMIT
from sync.evidence import verify
from tests.cli.terminal import FIVE_OPTIONS, HALLWAY, Person, Server, clean_environment, invoke
from tests.sync.histories import KINDS, SPACES, Case, half_of, prepared, restored
from tests.sync.histories import Server as Life
from tests.sync.test_evidence import WRONG

MEMBER = "Lou Bergamo"
HALF = half_to_json(half_of(Life.founded(29), Life.founded(29).answer()))
FOREIGN_PART = {"x": [None, 1.5]}


def judge(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """As somebody does who was sent the file, on a machine that has nothing else."""
    environment = {**clean_environment(file.parent / "nobody"), "COLUMNS": "200"}
    command = [str(HALLWAY), "evidence", "verify", str(file), *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def put_back(server: Server, copy: Path) -> None:
    server.stop()
    shutil.rmtree(server.folder / "server")
    shutil.copytree(copy, server.folder / "server")
    server.start()


def test_a_phone_writes_down_a_fork_and_a_stranger_understands_it(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    lead = server.founded()
    second = Person(tmp_path, "second")
    second.does("phone", "join", typed=lead.does("phone", "link")["ticket"])
    server.stop()
    copy = shutil.copytree(tmp_path / "server", tmp_path / "copy")
    server.start()
    lead.does("phone", "sync")
    assert lead.fails(1, "phone", "evidence", "--out", str(tmp_path / "none.json"))["problem"] == "no-evidence"
    lead.does("phone", "log", *FIVE_OPTIONS)
    lead.does("phone", "sync")
    put_back(server, copy)
    for _ in range(2):
        second.does("phone", "log", *FIVE_OPTIONS)
        second.does("phone", "sync")
    lead.does("phone", "sync")
    file = tmp_path / "evidence.json"
    written = lead.does("phone", "evidence", "--out", str(file))
    assert (written["outcome"], written["log"], written["logs"]) == ("proven", "personal", 1)
    assert lead.fails(1, "phone", "evidence", "--out", str(file))["problem"] == "file-exists"
    server.stop()

    done = judge(file, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    key = invoke("operator", "key", *server.options, "--json", environment=clean_environment(tmp_path))
    assert document["server_key"] == json.loads(key.stdout)["server_key"]
    standing = lead.does("phone", "status")
    assert (document["address"], document["programme"]) == (server.address, standing["programme"])
    assert (document["log"]["name"], document["log"]["account"]) == ("personal", standing["account"])
    assert len(document["days"]) == 2

    said = " ".join(judge(file).stdout.split())
    for words in (
        "PROVEN",
        server.address,
        "personal: the sealed entries of one account",
        f"On {document['days'][0]}",
        "What this does not prove",
        "when members joined and left",
        document["server_key"][:8],
    ):
        assert words in said
    # A name without the space stands in some base64 by chance.
    assert "Ada Byron" not in file.read_text()


def test_two_phones_join_what_they_were_told_and_a_stranger_understands_it(tmp_path: Path) -> None:
    """Neither was contradicted: the server has shown each of them one history."""
    server = Server(tmp_path)
    server.start()
    lead = server.founded()
    second, member = Person(tmp_path, "second"), Person(tmp_path, "member")
    second.does("phone", "join", typed=lead.does("phone", "link")["ticket"])
    member.does("phone", "join", "--name", MEMBER, typed=lead.does("lead", "invite")["tickets"][0])
    lead.does("phone", "sync")
    server.stop()
    copy = shutil.copytree(tmp_path / "server", tmp_path / "copy")
    server.start()
    lead.does("phone", "log", *FIVE_OPTIONS)
    lead.does("phone", "sync")
    put_back(server, copy)
    for _ in range(2):
        second.does("phone", "log", *FIVE_OPTIONS)
        second.does("phone", "sync")
    member.does("phone", "sync")
    server.stop()

    halves = {person: tmp_path / f"{person.name}.half" for person in (lead, second, member)}
    for person, half in halves.items():
        assert person.does("phone", "status")["notes"] == []
        assert person.does("phone", "evidence", "--half", "--out", str(half))["logs"] >= 4
        assert half.stat().st_mode & 0o777 == 0o600
    assert "half of evidence" in lead.says("phone", "evidence", "--half", "--out", str(tmp_path / "again.half"))

    fits = join(halves[lead], halves[member], tmp_path / "none.json")
    assert (fits.returncode, fits.stdout, (tmp_path / "none.json").exists()) == (1, "", False)
    assert json.loads(fits.stderr)["problem"] == "no-evidence"
    assert json.loads(fits.stderr)["logs"] == ["commons", "roster", "witness"]

    file = tmp_path / "evidence.json"
    done = join(halves[lead], halves[second], file)
    assert (done.returncode, done.stderr) == (0, "")
    assert (json.loads(done.stdout)["outcome"], json.loads(done.stdout)["log"]) == ("proven", "personal")
    assert json.loads(join(halves[lead], halves[second], file).stderr)["problem"] == "file-exists"
    done = judge(file, "--json")
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "proven")
    assert "PROVEN" in judge(file).stdout
    # Base64 holds no space, so that chance cannot write it.
    assert not any(MEMBER in text.read_text() for text in (file, *halves.values()))

    # Each kind of file where the other belongs, damaged ones, and those of another programme.
    assert "half of evidence" in json.loads(judge(halves[lead], "--json").stderr)["detail"]
    wrong = tmp_path / "wrong.half"
    text = halves[lead].read_text()
    stranger = half_to_json(half_of(prepared(27)))
    for raw, code, said in (
        (file.read_text(), 2, "whole evidence already"),
        (text[: len(text) // 2], 2, "no half of evidence of version 1"),
        (text.replace('"hallway_half": 1', '"hallway_half": 2'), 2, "hallway_half"),
        (json.dumps({**json.loads(text), "roster": json.loads(text)["roster"][1:]}), 1, "second file is damaged"),
        (stranger, 1, "two programmes"),
    ):
        wrong.write_text(raw)
        done = join(halves[second], wrong, tmp_path / "none.json")
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert said in json.loads(done.stderr)["detail"]
    assert not (tmp_path / "none.json").exists()


def join(first: Path, second: Path, out: Path) -> subprocess.CompletedProcess[str]:
    environment = {**clean_environment(out.parent / "nobody"), "COLUMNS": "200"}
    command = [str(HALLWAY), "evidence", "join", str(first), str(second), "--out", str(out), "--json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@given(
    st.binary(max_size=200)
    | st.integers(0, len(HALF) - 2).map(lambda at: HALF[:at].encode())
    | st.sampled_from(["hallway_half", "roster", "answers", "logs"]).map(
        lambda name: json.dumps({**json.loads(HALF), name: FOREIGN_PART}).encode()
    )
)
def test_what_is_no_half_is_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(Usage) as caught:
        half_from_json(raw, "FILE")
    assert caught.value.problem == "evidence-unreadable"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_half_says_what_it_was_made_of() -> None:
    half = half_of(KINDS["not-descended"](prepared(28, moves=1), "personal").own, prepared(28).answer())
    back = half_from_json(half_to_json(half).encode(), "FILE")
    assert half_to_json(back) == half_to_json(half)
    assert (back.answers, back.logs) == (half.answers, half.logs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SPACES)
def test_a_file_says_what_it_was_made_of(kind: str, name: str) -> None:
    made = KINDS[kind](prepared(21, moves=1), name).evidence()
    back = from_json(to_json(made).encode())
    assert to_json(back) == to_json(made)
    assert verify(back) == verify(made)
    assert verify(back).outcome == "proven"


@pytest.mark.parametrize("kind", KINDS)
def test_each_contradiction_is_told_with_its_days(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path, KINDS[kind](prepared(22), "commons"))
    done = invoke("evidence", "verify", str(file), environment={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "2024-10-04" in said
    assert "commons: what the programme shares" in said
    assert done.stdout.count("the server signed") >= 1
    # A backup explains no answer that contradicts itself.
    assert ("put back from a backup" in said) == (kind != "impossible")


def test_what_is_explained_or_not_proven_ends_with_one(tmp_path: Path) -> None:
    server = prepared(23)
    backup, log = server.copy(), server.log("personal")
    server.grow(log)
    first, back = server.answer(server.standing(log)), restored(server, backup)
    back.grow(log)
    case = Case(back, first, back.answer(back.standing(log)), log)
    done = judge(written(tmp_path, case))
    assert done.returncode == 1
    assert "EXPLAINED" in done.stdout
    assert "A lead of the programme has declared" in " ".join(done.stdout.split())
    empty = written(tmp_path, Case(back, first, first, log), "empty.json")
    done = judge(empty)
    assert done.returncode == 1
    assert "NOT PROVEN" in done.stdout
    assert "do not contradict each other" in done.stdout


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_that_is_wrong_with_a_file_is_called_proven(wrong: Any, tmp_path: Path) -> None:
    case = KINDS["denied"](prepared(24), "roster")
    changed = wrong(case)
    entries = [*changed.get("roster", []), *changed.get("branch", [])]
    if any(entry.body is None for entry in entries):
        return
    file = tmp_path / "wrong.json"
    file.write_text(to_json(case.evidence(**changed)))
    done = invoke("evidence", "verify", str(file), "--json")
    assert done.exit_code == 1, done.output
    assert json.loads(done.stdout)["outcome"] == "not-proven"
    told = " ".join(invoke("evidence", "verify", str(file), environment={"COLUMNS": "200"}).stdout.split())
    assert "NOT PROVEN" in told
    assert "Why not:" in told


def test_a_day_that_no_calendar_has_is_said_and_not_stumbled_over(tmp_path: Path) -> None:
    server = prepared(25)
    server.world.day = 2**53 - 1
    file = written(tmp_path, KINDS["impossible"](server, "personal"))
    done = invoke("evidence", "verify", str(file))
    assert done.exit_code == 0, done.output
    assert "no calendar has" in done.stdout


def written(folder: Path, case: Case, name: str = "evidence.json") -> Path:
    path = folder / name
    path.write_text(to_json(case.evidence()))
    return path


# Files that are none.

GOOD = to_json(KINDS["two-heads"](Life.founded(26), "personal").evidence())
DOCUMENT: dict[str, Any] = json.loads(GOOD)
FOREIGN: dict[str, Any] = {
    "hallway_evidence": 2,
    "roster": [{}],
    "branch": None,
    "first": {"message": "", "signature": ""},
    "second": [],
    "log": "AA",
    "links": ["A" * 43 + "="],
}


def refused(raw: bytes) -> str:
    with pytest.raises(Usage) as caught:
        from_json(raw)
    assert caught.value.problem == "evidence-unreadable"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_member_that_is_wrong_is_named(name: str) -> None:
    assert name in refused(json.dumps(DOCUMENT | {name: FOREIGN[name]}).encode())
    assert name in refused(json.dumps({key: value for key, value in DOCUMENT.items() if key != name}).encode())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        GOOD.encode("utf-16"),
        json.dumps(DOCUMENT | {"more": 1}).encode(),
        b'{"hallway_evidence":' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_evidence_file_is_refused_in_one_sentence(raw: bytes) -> None:
    refused(raw)


@given(st.binary(max_size=200) | st.integers(0, len(GOOD) - 2).map(lambda at: GOOD[:at].encode()))
def test_whatever_else_is_read_is_refused(raw: bytes) -> None:
    refused(raw)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_refused_or_proves_nothing(data: st.DataObject, tmp_path: Path) -> None:
    raw = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    file = tmp_path / "damaged.json"
    file.write_bytes(raw)
    done = invoke("evidence", "verify", str(file), "--json")
    same = False
    if done.exit_code == 0:
        # White space, or what stood there before.
        same = json.loads(raw) == DOCUMENT
    assert same or done.exit_code in (1, 2), done.output


def test_a_file_that_cannot_be_read_ends_with_two(tmp_path: Path) -> None:
    endless = tmp_path / "large.json"
    with endless.open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    for path in (tmp_path / "none.json", tmp_path, endless):
        done = judge(path, "--json")
        assert (done.returncode, done.stdout) == (2, "")
        assert json.loads(done.stderr)["problem"] == "evidence-unreadable"
