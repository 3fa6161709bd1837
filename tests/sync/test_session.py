"""Who opens a session (page 6), and what they sign."""

from crypto.public.encoding import encode
from crypto.public.signing import SigningKey, verify
from sync.session import principal_key, session_message
from sync.signatures import check_signature
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.support.refusals import refused

ORIGIN, CHALLENGE, PRINCIPAL = "https://hallway.example", b"c" * 48, b"p" * 32


def test_the_message_is_that_of_page_6() -> None:
    assert session_message(ORIGIN, CHALLENGE, PRINCIPAL) == encode([ORIGIN, CHALLENGE, PRINCIPAL])


def test_a_proof_is_for_one_origin_challenge_and_principal() -> None:
    key = SigningKey.from_seed(b"k" * 32)
    proof = key.sign("session", session_message(ORIGIN, CHALLENGE, PRINCIPAL))
    verify(key.public, "session", session_message(ORIGIN, CHALLENGE, PRINCIPAL), proof)
    for other in (
        session_message("https://hallway.example.evil", CHALLENGE, PRINCIPAL),
        session_message("http://hallway.example", CHALLENGE, PRINCIPAL),
        session_message(ORIGIN, b"d" * 48, PRINCIPAL),
        session_message(ORIGIN, CHALLENGE, b"q" * 32),
    ):
        with refused("signature-invalid"):
            check_signature(key.public, "session", other, proof)


def test_devices_and_open_invites_have_a_key_and_nobody_else() -> None:
    world = World.found(41)
    code = world.invite("recovery")
    spent, closed, expired = world.invite("lead"), world.invite("lead"), world.invite("link")
    phone = world.join(spent)
    world.close(world.lead, closed)
    assert principal_key(world.state, phone.id, world.state.time) == phone.signing.public
    assert principal_key(world.state, code.id, world.state.time) == code.keys.signing.public
    assert principal_key(world.state, expired.id, world.state.time) == expired.keys.signing.public
    for stranger in (spent.id, closed.id, phone.account, phone.signing.public, bytes(32), b""):
        assert principal_key(world.state, stranger, world.state.time) is None
    world.day += 2
    world.announce(phone)
    assert principal_key(world.state, expired.id, world.state.time) is None
    assert principal_key(world.state, code.id, world.state.time) is not None


def test_a_removed_member_keeps_a_session_for_ninety_days_and_a_revoked_device_none() -> None:
    world = World.found(42)
    world.invite("recovery")
    member = world.member()
    lost, linked = world.link(member), world.link(member)
    world.revoke(member, lost)
    assert principal_key(world.state, lost.id, world.state.time) is None
    world.remove(world.lead, member)
    for days, still in ((0, True), (90, True), (91, False)):
        world.day = FIRST_DAY + days
        world.announce(world.lead)
        assert principal_key(world.state, lost.id, world.state.time) is None
        for phone in (member, linked):
            assert principal_key(world.state, phone.id, world.state.time) == (phone.signing.public if still else None)
