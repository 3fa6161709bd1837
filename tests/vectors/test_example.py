"""The worked example, read as a stranger would: only what stands on the page, and the pages before it."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crypto.public.base64url import unb64
from crypto.public.ids import genesis, log_id, programme_id
from crypto.public.signing import SigningKey
from crypto.secret import body as sealed_body
from crypto.secret.epoch import commitment, inbox_key
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from schemas.wire import SessionRequest, SyncAnswer, SyncRequest
from sync.answer import Answer, Standing
from sync.device.changes import decode_content
from sync.evidence import Signed
from sync.log import Chain, Cursor, Entry
from sync.roster import apply
from sync.session import principal_key, session_message
from sync.signatures import check_signature
from sync.space import check_space_entry
from sync.state import RosterState

ROOT = Path(__file__).parents[2]


@cache
def sections() -> dict[str, str]:
    parts = re.split(r"^## (.*)$", (ROOT / "docs/protocol/example.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def shown(section: str, name: str) -> bytes:
    """A byte string of the page, by its name."""
    text = sections()[section]
    row = re.search(rf"^\| {re.escape(name)} \| `([0-9a-f]*)` \|$", text, re.MULTILINE)
    if row:
        return bytes.fromhex(row[1])
    block = re.search(rf"^{re.escape(name)}.* \(([0-9,]+) bytes\):\n\n((?:    [0-9a-f]+\n)+)", text, re.MULTILINE)
    assert block, name
    data = bytes.fromhex(block[2].replace("\n", ""))
    assert len(data) == int(block[1].replace(",", ""))
    return data


def block(section: str, index: int = 0) -> Any:
    return json.loads(re.findall(r"```json\n(.*?)```", sections()[section], re.DOTALL)[index])


def statement(section: str) -> Entry:
    return Entry(shown(section, "Header"), shown(section, "Signature under"), shown(section, "Body"))


def seeds(name: str) -> bytes:
    return shown("Seeds and keys", name)


def roster() -> RosterState:
    """The page's programme, applied from position 1."""
    founding = statement("Founding")
    state = RosterState.start(programme_id(founding.check_body()))
    for position, section in enumerate(("Founding", "Inviting", "Joining"), 1):
        state = apply(state, statement(section))
        assert statement(section).leaf == shown(section, "Leaf")
        assert state.chain.head == shown(section, f"Head({position})")
    return state


def test_the_roster_of_the_page_applies() -> None:
    state = roster()
    assert state.programme == shown("Founding", "Programme")
    assert genesis(state.programme, state.programme) == shown("Founding", "Head(0)")
    assert state.server_key == seeds("server key") == SigningKey.from_seed(seeds("server seed")).public
    assert principal_key(state, seeds("joiner: device id"), state.time) == seeds("joiner: device signing key")
    for name in ("commons", "leads"):
        log = log_id(state.programme, name)
        assert log == seeds(f"{name}: log")
        assert state.spaces[log].current.commitment == commitment(1, seeds(f"{name}: epoch key 1"))


@pytest.mark.parametrize("name", ["lead: device", "lead: member key", "joiner: device", "joiner: member key"])
def test_the_keys_of_the_page_derive_from_their_seeds(name: str) -> None:
    key = HpkeKey.from_seed(seeds(f"{name}, HPKE seed"))
    assert (key.hash, key.public) == (seeds(f"{name}, HPKE hash"), shown("HPKE public keys", name.capitalize()))


def test_the_inbox_and_the_invite_derive_too() -> None:
    inbox = inbox_key(seeds("leads: epoch key 1"))
    assert (inbox.seed, inbox.hash) == (seeds("inbox of epoch 1, HPKE seed"), seeds("inbox of epoch 1, HPKE hash"))
    assert inbox.public == shown("HPKE public keys", "Inbox")
    keys = InviteKeys.from_secret(shown("Inviting", "invite: secret"))
    assert keys.id == shown("Inviting", "invite: id")
    assert (keys.signing.seed, keys.hpke.hash) == (
        shown("Inviting", "invite: signing seed"),
        shown("Inviting", "invite, HPKE hash"),
    )
    assert keys.hpke.public == shown("HPKE public keys", "Invite")


def test_the_sealed_entry_of_the_page_opens() -> None:
    state, entry, log = roster(), statement("A sealed entry"), seeds("joiner: personal log")
    chain = check_space_entry(state, Chain.start(state.programme, log), entry, lambda _: None, new=True)
    assert (chain.position, chain.head) == (1, shown("A sealed entry", "Head(1)"))
    header = shown("A sealed entry", "Sealing fields")
    plaintext = sealed_body.open(seeds("joiner: personal epoch key 1"), header, entry.check_body())
    assert plaintext == shown("A sealed entry", "Plaintext")
    [[change]] = [group.changes for group in decode_content(plaintext).groups]
    assert change.fields == {"member_key": seeds("joiner: member key, HPKE seed")}


def test_the_session_of_the_page_opens() -> None:
    proof = SessionRequest.model_validate(block("A session"))
    message = session_message("https://hallway.example", proof.challenge, proof.principal)
    assert message == shown("A session", "What is signed")
    check_signature(seeds("joiner: device signing key"), "session", message, proof.signature)


def test_the_sync_of_the_page_is_what_the_wire_takes() -> None:
    state = roster()
    request = SyncRequest.model_validate(block("Sync"))
    answer = SyncAnswer.model_validate(block("Sync", 1))
    asked = [Cursor(log.cursor.position, log.cursor.head) for log in request.logs]
    [sent] = request.logs[1].entries
    entry = statement("A sealed entry")
    assert Entry(sent.header, sent.signature, sent.body) == entry
    standings = [
        Standing(log.log, cursor, Cursor(log.head.position, log.head.head), log.known)
        for log, cursor in zip(answer.logs, asked, strict=True)
    ]
    expected = Answer(state.programme, request.challenge, answer.day, standings)
    Signed(expected.message(), answer.signature).check(state.server_key)
    assert expected.message() == shown("Sync", "What the server signs")
    assert standings[0].head == state.chain.cursor == asked[0]
    assert unb64(block("Sync", 1)["logs"][1]["head"]["head"]) == shown("A sealed entry", "Head(1)")
