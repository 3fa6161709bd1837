"""Nothing that holds a secret shows it or lets itself be copied."""

import copy
import importlib
import json
import logging
import pickle
import pkgutil
from collections.abc import Callable

import pytest

import crypto
from crypto.public.base64url import b64
from crypto.public.opaque import Opaque
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys

SECRET = bytes(range(1, 33))
HOLDERS: dict[str, Opaque] = {
    "SigningKey": SigningKey.from_seed(SECRET),
    "HpkeKey": HpkeKey.from_seed(SECRET),
    "InviteKeys": InviteKeys.from_secret(SECRET[:16]),
}


def spellings(secret: bytes) -> list[str]:
    return [secret.hex(), secret.hex().upper(), b64(secret), repr(secret)[2:-1], str(list(secret))[1:-1]]


@pytest.mark.parametrize("name", HOLDERS)
def test_nothing_is_printed(name: str, caplog: pytest.LogCaptureFixture) -> None:
    holder = HOLDERS[name]
    logging.getLogger("test").error("%s %r", holder, {"key": [holder]})
    shown = f"{holder} {holder!r} {holder!s} {holder:} {[holder]} {caplog.text} {json.dumps(holder, default=repr)}"
    seeds = [SECRET, SECRET[:16]]
    if isinstance(holder, InviteKeys):
        seeds += [holder.signing.seed, holder.hpke.seed]
    for seed in seeds:
        for size in (len(seed), 6):
            assert not any(spelling in shown for spelling in spellings(seed[:size]))
    assert repr(holder) == f"<{name}>"


@pytest.mark.parametrize("name", HOLDERS)
@pytest.mark.parametrize("copier", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda c: c.__name__)
def test_nothing_is_copied(name: str, copier: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="secret"):
        copier(HOLDERS[name])


@pytest.mark.parametrize("name", HOLDERS)
def test_there_is_no_dict_to_dump(name: str) -> None:
    with pytest.raises(TypeError):
        vars(HOLDERS[name])


def test_every_class_that_keeps_a_secret_is_tested_here() -> None:
    for module in pkgutil.walk_packages(crypto.__path__, "crypto."):
        importlib.import_module(module.name)
    assert {kind.__name__ for kind in Opaque.__subclasses__() if kind.__module__.startswith("crypto.")} == set(HOLDERS)
