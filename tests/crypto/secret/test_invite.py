"""The keys of an invite."""

import pytest

from crypto.public.hashing import hkdf
from crypto.public.ids import invite_id
from crypto.public.signing import SigningKey, verify
from crypto.secret.hpke import HpkeKey, seal
from crypto.secret.invite import InviteKeys

SECRET = bytes(range(16))


def test_keys_derive_from_the_secret_alone() -> None:
    keys = InviteKeys.from_secret(SECRET)
    assert keys.signing.public == SigningKey.from_seed(hkdf(SECRET, "invite-sign", length=32)).public
    assert keys.hpke.public == HpkeKey.from_seed(hkdf(SECRET, "invite-hpke", length=32)).public
    assert keys.id == invite_id(keys.signing.public, keys.hpke.hash) == InviteKeys.from_secret(SECRET).id


def test_the_keys_work() -> None:
    keys = InviteKeys.from_secret(SECRET)
    verify(keys.signing.public, "invite", b"data", keys.signing.sign("invite", b"data"))
    assert keys.hpke.open("wrap", b"", seal(keys.hpke.public, "wrap", b"", b"key")) == b"key"


def test_other_secrets_give_other_keys() -> None:
    one, other = InviteKeys.from_secret(SECRET), InviteKeys.from_secret(bytes(16))
    assert one.signing.public != other.signing.public
    assert one.hpke.public != other.hpke.public
    assert one.id != other.id


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_secret_of_another_size_is_the_callers_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="16"):
        InviteKeys.from_secret(bytes(size))
