"""Ids: every argument counts, and sizes that would let two lists of arguments join to one are refused."""

from collections.abc import Callable

import pytest

from crypto.public import ids

A, B = b"a" * 32, b"b" * 32
ACCOUNT = b"c" * 16


@pytest.mark.parametrize(
    "formula", [ids.device_id, ids.invite_id, ids.genesis, ids.leaf, ids.next_head], ids=lambda f: f.__name__
)
def test_both_arguments_count_and_so_does_their_order(formula: Callable[[bytes, bytes], bytes]) -> None:
    results = [formula(A, B), formula(B, A), formula(A, A), formula(B, B)]
    assert len(set(results)) == 4
    assert {len(result) for result in results} == {32}


def test_no_formula_gives_the_id_of_another() -> None:
    pairs = [ids.device_id, ids.invite_id, ids.genesis, ids.leaf, ids.next_head]
    results = [formula(A, B) for formula in pairs] + [ids.programme_id(A + B), ids.body_hash(A + B)]
    assert len(set(results)) == len(results)


def test_spaces_differ_by_name_account_and_programme() -> None:
    logs = [ids.log_id(programme, space) for programme in (A, B) for space in ("commons", "leads", "witness")]
    logs += [ids.log_id(A, "personal", ACCOUNT), ids.log_id(A, "personal", bytes(16))]
    assert len(set(logs)) == len(logs)


@pytest.mark.parametrize(
    ("programme", "space", "account"),
    [
        (A, "personal", None),
        (A, "personal", ACCOUNT[:15]),
        (A, "personal", ACCOUNT + b"c"),
        (A, "commons", ACCOUNT),
        (A, "roster", None),
        (A, "", None),
        (A[:31], "commons", None),
        (A + b"a", "commons", None),
    ],
)
def test_what_is_no_space_has_no_id(programme: bytes, space: str, account: bytes | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        ids.log_id(programme, space, account)
