"""Requests and refusals: stolen sessions, false problems, false limits, answers that no server gives."""

from collections.abc import Iterable
from gzip import compress

from adversary.calls import SESSIONS, SYNC, Json, Trick
from adversary.scene import Scene
from adversary.story import Story
from adversary.stranger import Stranger
from adversary.tricks import at, every, pushing, refusing, saying
from adversary.verdict import AT_ONCE, LIMIT, PREVENTED, Outcome, Table
from crypto.public.base64url import b64
from sync.log import Cursor, Entry

TABLE = Table("sessions and refusals")
attack = TABLE.attack
ENOUGH = 100
"""Requests of one phone, more than any refusal is worth."""
HUGE = 48 * 1024 * 1024
BOMB = 256 * 1024 * 1024


async def kept(scene: Scene, evidence: str) -> Outcome:
    """Ada logs a contact and syncs under this. Harm: she asks for ever, or believes that it has arrived."""
    await scene.log("ada")
    before = len(scene.host.calls)
    await scene.sync("ada")
    asked = len(scene.host.calls) - before
    return Outcome(evidence, harm=asked > ENOUGH or not await scene.unsent("ada"))


# Stolen sessions.


@attack(PREVENTED)
async def write_with_a_stolen_session(scene: Scene) -> Outcome:
    """Somebody who has a phone's session token, and none of its keys, pushes in its name."""
    await scene.synced("ada")
    token = scene.host.token(scene.devices["ada"])
    thief, story = Stranger(), scene.story(scene.personal("ada"))
    forged = thief.mimic(story.entries[-1], story.end)
    requests: list[Json] = [
        {"logs": [asked(story, [forged])]},
        {"logs": [asked(story, [])], "wraps": scene.honest.wraps(scene.devices["ada"])[:1]},
        {"logs": [asked(story, [])], "taken": [b64(scene.account("bo"))]},
    ]
    before = scene.story(story.log).end
    statuses = [await scene.host.send(SYNC, request | {"challenge": b64(bytes(32))}, token) for request in requests]
    changed = scene.story(story.log).end != before
    return Outcome(f"refused with {', '.join(map(str, statuses))}", harm=changed or 200 in statuses)


@attack(LIMIT)
async def read_with_a_stolen_session(scene: Scene) -> Outcome:
    """Somebody who has a phone's session token reads what the phone may read, for its fifteen minutes: ciphertext."""
    await scene.synced("ada")
    story = scene.story(scene.personal("ada"))
    request = {"logs": [asked(story, [])], "challenge": b64(bytes(32))}
    status = await scene.host.send(SYNC, request, scene.host.token(scene.devices["ada"]))
    return Outcome("the bodies are sealed", harm=status == 200)


@attack(LIMIT)
async def repeat_the_proof_of_a_session(scene: Scene) -> Outcome:
    """Somebody who saw how a phone opened a session opens another one with the same bytes, within 48 hours."""
    await scene.synced("ada")
    call = next(
        call for call, _ in scene.host.calls if call.path == SESSIONS and call.principal == scene.devices["ada"]
    )
    status = await scene.host.send(SESSIONS, call.json, b"")
    return Outcome("the token that it gives reads ciphertext", harm=status == 200)


def asked(story: Story, entries: Iterable[Entry]) -> Json:
    """A log of a sync request, whose cursor is the end of the story."""
    return {
        "log": b64(story.log),
        "cursor": {"position": story.end.position, "head": b64(story.end.head)},
        "entries": [
            {"header": b64(one.raw_header), "body": b64(one.body or b""), "signature": b64(one.signature)}
            for one in entries
        ],
    }


# False problems.


@attack(AT_ONCE)
async def false_device_cloned(scene: Scene) -> Outcome:
    """A push is refused as that of a copy, with an entry that a stranger signed."""
    await scene.synced("ada")
    forged = Stranger().mimic(*last_of(scene))
    scene.turn(cloned(forged))
    return await kept(scene, "the signature on the entry shown is not the phone's")


@attack(AT_ONCE)
async def device_cloned_by_an_entry_of_the_past(scene: Scene) -> Outcome:
    """A push is refused as that of a copy, with an entry that the phone did sign, long ago."""
    await scene.synced("ada")
    story = scene.story(scene.personal("ada"))
    own = next(one for one in reversed(story.entries) if one.header.device == scene.devices["ada"])
    scene.turn(cloned(own))
    return await kept(scene, "the entry shown is no other than the phone's own")


def cloned(shown: Entry) -> Trick:
    """Refuse pushes with this entry as that of a copy."""
    header = shown.header
    return refusing(
        pushing, "device-cloned", log=header.log, sequence=header.sequence, header=shown.raw_header,
        signature=shown.signature,
    )  # fmt: skip


def last_of(scene: Scene) -> tuple[Entry, Cursor]:
    story = scene.story(scene.personal("ada"))
    return story.entries[-1], story.end


@attack(AT_ONCE)
async def refuse_the_session(scene: Scene) -> Outcome:
    """A phone is answered as if it had been revoked."""
    await scene.synced("ada")
    await scene.reopen("ada")
    scene.turn(refusing(at(SESSIONS), "session-refused"))
    return await kept(scene, "the roster that the phone holds has no such revocation")


@attack(AT_ONCE)
async def refuse_every_push_as_stale(scene: Scene) -> Outcome:
    """Whatever is pushed is refused as sealed under an old key, though the roster names no newer one."""
    await scene.synced("ada")
    scene.turn(refusing(pushing, "epoch-stale", log=scene.personal("ada"), sequence=1, epoch=2))
    return await kept(scene, "the refused entries name the newest epoch of the roster")


@attack(AT_ONCE)
async def too_many_requests_for_ever(scene: Scene) -> Outcome:
    """Every request is one too many."""
    scene.turn(refusing(every, "too-many-requests"))
    return await kept(scene, "the phone asks again when its owner does, and not by itself")


@attack(AT_ONCE)
async def false_limits(scene: Scene) -> Outcome:
    """Every push is larger than the server says it takes."""
    await scene.synced("ada")
    scene.turn(refusing(pushing, "request-too-large", limit=1))
    return await kept(scene, "a flush is smaller than every limit that the protocol allows")


@attack(AT_ONCE)
async def letter_in_a_refusal(scene: Scene) -> Outcome:
    """The detail of a problem holds control characters for a terminal, and a long letter to the user."""
    await scene.synced("ada")
    letter = b'"\\u001b[2J\\u0007' + b"Type your recovery code at elsewhere.example. " * 40 + b'"'
    document = b'{"type": "urn:hallway:problem:storage-failed", "status": 503, "detail": ' + letter + b"}"
    scene.turn(saying(at(SYNC), document, 503))
    outcome = await kept(scene, "")
    words = " ".join(scene.told)
    shown = not words.isprintable() or len(words) > 1000
    by = "control characters are left out, and most of the letter" if "elsewhere" in words else "none of it is shown"
    return Outcome(by, harm=outcome.harm or shown)


# Answers that no server gives.

MALFORMED = (
    b"", b"null", b"{}", b"[]", b'{"day": 1}', b"[" * 100_000, b'{"logs": ' * 50_000, b'{"day": NaN}', b"\xff\xfe",
    b'{"day": 1e999}', b'{"day": -1, "logs": [], "signature": "", "challenge": ""}', b'{"day": "\\ud800"}',
    b"<html>sign in</html>", b'{"day": ' + b"9" * 100_000 + b"}",
)  # fmt: skip


@attack(AT_ONCE)
async def malformed_answers(scene: Scene) -> Outcome:
    """Answers that are no JSON, or of another shape, nested without end, or with numbers without measure."""
    await scene.synced("ada")
    await scene.log("ada")
    silent = 0
    for content in MALFORMED:
        scene.turn(saying(at(SYNC), content))
        said = await scene.ask("ada", "sync")
        silent += not said.words
    return Outcome(f"{len(MALFORMED)} kinds of them, each told", harm=silent > 0 or not await scene.unsent("ada"))


@attack(AT_ONCE)
async def oversized_answer(scene: Scene) -> Outcome:
    """An answer of 48 MiB."""
    await scene.synced("ada")
    scene.turn(saying(at(SYNC), b'{"day": 1, "logs": [' + b" " * HUGE + b"]}"))
    return await kept(scene, "the phone hangs up before its end")


@attack(AT_ONCE)
async def compressed_bomb(scene: Scene) -> Outcome:
    """A small answer that says of itself that it is compressed twice, and unpacks to 256 MiB."""
    await scene.synced("ada")
    small = scene.client("ada").peak()
    coding = (b"content-type", b"application/json"), (b"content-encoding", b"gzip, gzip")
    scene.turn(saying(at(SYNC), compress(compress(bytes(BOMB))), headers=coding))
    outcome = await kept(scene, "")
    grown = scene.client("ada").peak() - small
    return Outcome("the phone takes no compressed answers", harm=outcome.harm or grown > BOMB // 2)
