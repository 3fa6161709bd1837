"""One round with the generated Python client: session, sync, and a refusal. Reads `Hall.handed_over` from stdin.

Type-checked and run by `make clients` alone: the package it imports is made there.
"""

import json
import os
import sys

from hallway_client import AuthenticatedClient, Client
from hallway_client.api.default import create_challenge, create_session, read_wraps, sync
from hallway_client.models import (
    ChallengeAnswer,
    Cursor,
    LogRequest,
    ProblemDocument,
    SessionAnswer,
    SessionRequest,
    SyncAnswer,
    SyncRequest,
    WrapsAnswer,
)
from hallway_client.types import Unset

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from crypto.public.signing import SigningKey, verify


def main() -> None:
    """Prints one JSON line of what was seen."""
    given = json.load(sys.stdin)
    address, programme, device = given["address"], given["programme"], given["device"]
    key = SigningKey.from_seed(unb64(given["seed"], 32))
    stranger = Client(base_url=address)

    challenge = create_challenge.sync(client=stranger)
    assert isinstance(challenge, ChallengeAnswer), challenge
    message = encode([address, unb64(challenge.challenge, 48), unb64(device, 32)])
    proof = SessionRequest(principal=device, challenge=challenge.challenge, signature=b64(key.sign("session", message)))
    session = create_session.sync(client=stranger, body=proof)
    assert isinstance(session, SessionAnswer), session
    assert session.programme == programme

    client = AuthenticatedClient(base_url=address, token=session.token)
    own, zero = os.urandom(32), b64(bytes(32))
    # The roster's log id is the programme's, and so is the head before its first entry (page 3).
    asked = LogRequest(log=programme, cursor=Cursor(position=0, head=given["start"]), entries=[], own=True)
    answer = sync.sync(client=client, body=SyncRequest(challenge=b64(own), logs=[asked], keys=[], wraps=[]))
    assert isinstance(answer, SyncAnswer), answer
    (log,) = answer.logs
    said = [
        unb64(log.log, 32),
        [0, unb64(given["start"], 32)],
        [log.head.position, unb64(log.head.head, 32)],
        log.known,
    ]
    signed = encode([unb64(programme, 32), own, answer.day, [said]])
    verify(unb64(given["server_key"], 32), "answer", signed, unb64(answer.signature, 64))
    assert (log.head.position, log.head.head) == (given["position"], given["head"])
    assert [entry.position for entry in log.entries] == list(range(1, log.head.position + 1))
    assert not any(isinstance(entry.header, Unset) for entry in log.entries)

    wraps = read_wraps.sync(client=client)
    assert isinstance(wraps, WrapsAnswer), wraps
    refused = read_wraps.sync(client=AuthenticatedClient(base_url=address, token=zero))
    assert isinstance(refused, ProblemDocument), refused
    assert refused.type_ == "urn:hallway:problem:session-required"
    sys.stdout.write(json.dumps({"entries": len(log.entries), "wraps": len(wraps.wraps), "refused": refused.type_}))


if __name__ == "__main__":
    main()
