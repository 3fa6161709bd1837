"""The key of the phone's own database, and the words that protect it."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import PasscodeWrong
from crypto.public.hashing import ctx, hkdf
from crypto.secret import local
from crypto.secret.local import check_words, local_key, new_passcode_words
from crypto.secret.words import word_list

KEYSTORE, SALT = bytes(32), bytes(16)
PASSCODE = "storeroom pellet sneer cacti decipher"
RIGHT = local_key(PASSCODE, KEYSTORE, SALT)


def test_all_three_count() -> None:
    others = [
        local_key(PASSCODE + " ", KEYSTORE, SALT),
        local_key(PASSCODE, b"\1" + KEYSTORE[1:], SALT),
        local_key(PASSCODE, KEYSTORE, b"\1" + SALT[1:]),
    ]
    assert RIGHT not in others
    assert len({*others, RIGHT}) == 4
    assert len(RIGHT) == 32
    assert local_key(PASSCODE, KEYSTORE, SALT) == RIGHT


def test_parameters() -> None:
    """Pinned, and the same from argon2-cffi: a phone that derives another key loses its records."""
    assert RIGHT.hex() == "b9e0663d3442a8a6b2d49b954b71817d9ae35cb0db83dec38c1e06c7f1b8e2b5"


def test_keyboards_may_compose_differently() -> None:
    assert local_key("e\u0301", KEYSTORE, SALT) == local_key("\u00e9", KEYSTORE, SALT)


def test_any_text_is_a_passcode() -> None:
    assert len(local_key("\ud800", KEYSTORE, SALT)) == 32


def test_threads_do_not_hang() -> None:
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(local_key(PASSCODE, KEYSTORE, SALT)), daemon=True)
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [RIGHT, RIGHT]


@pytest.mark.parametrize(("keystore", "salt"), [(31, 16), (33, 16), (32, 15), (32, 17), (0, 0)])
def test_sizes_are_the_callers_business(keystore: int, salt: int) -> None:
    with pytest.raises(ValueError, match="size"):
        local_key(PASSCODE, bytes(keystore), bytes(salt))


def test_new_passcodes_are_accepted_and_differ() -> None:
    passcodes = [new_passcode_words(os.urandom) for _ in range(20)]
    assert len(set(passcodes)) == 20
    for passcode in passcodes:
        assert len(passcode.split(" ")) == local.WORDS
        assert check_words(passcode) == passcode
    assert len(new_passcode_words(os.urandom, 8).split(" ")) == 8


def test_words_are_drawn_evenly() -> None:
    """Every number below the largest multiple of 7,776 counts once; those above are drawn again."""
    numbers = iter(range(65535, -1, -1))
    drawn = [local._draw(lambda size: next(numbers).to_bytes(size, "big")) for _ in range(8 * 7776)]
    assert {drawn.count(word) for word in (drawn[0], drawn[1], drawn[-1])} == {8}
    assert len(set(drawn)) == 7776
    assert next(numbers, None) is None


@given(st.lists(st.sampled_from(word_list()), min_size=5, max_size=7), st.data())
def test_spelling_does_not_matter(words: list[str], data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from([word, word.upper(), word.title()])) + data.draw(st.sampled_from([" ", "  ", "\n"]))
        for word in words
    )
    assert check_words(typed) == " ".join(words)


@pytest.mark.parametrize("typed", ["", "one", "storeroom pellet sneer cacti", "    "])
def test_too_few_words(typed: str) -> None:
    with pytest.raises(PasscodeWrong, match="5 words"):
        check_words(typed)


def test_a_wrong_word_is_placed_and_not_repeated() -> None:
    with pytest.raises(PasscodeWrong) as caught:
        check_words(PASSCODE.replace("sneer", "sneeer"))
    assert str(caught.value) == "word 3 is not in the list"


def test_the_context_is_its_own() -> None:
    assert ctx("local") == b"hallway/1 local\0"
    assert hkdf(bytes(64), "local", length=32) != RIGHT
