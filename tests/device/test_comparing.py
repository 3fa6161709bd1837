"""Two people compare what they were shown: alike, not yet, different; and a slip of the tongue is none of these."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import u64
from crypto.public.hashing import H
from crypto.secret.words import word_list
from device.comparing import PREFIX, CompareWrong, Verdict, read_code, words_at
from device.phone import Phone
from tests.device.conftest import House
from tests.device.test_witnessed import Fork
from tests.device.test_witnessing import witness_now

SAME, SYNC_FIRST, DIFFERENT = Verdict.SAME, Verdict.SYNC_FIRST, Verdict.DIFFERENT


def both(one: Phone, other: Phone) -> tuple[Verdict, Verdict]:
    """By code and by words, as `one` sees it."""
    return one.compare(other.compare_code()), one.compare_spoken(*other.compare_words())


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_six_words_are_78_bits_of_a_hash(programme: bytes, position: int, head: bytes) -> None:
    bits = f"{int.from_bytes(H('words', programme, u64(position), head), 'big'):0256b}"
    parts = [int(bits[start : start + 13], 2) for start in range(0, 78, 13)]
    assert words_at(programme, position, head) == tuple(word_list()[part % 7_776] for part in parts)


async def test_two_who_have_seen_the_same_agree(house: House) -> None:
    for phone in (house.lead, house.ada, house.lead):
        await phone.sync()
    assert both(house.ada, house.lead) == both(house.lead, house.ada) == (SAME, SAME)
    assert both(house.ada, house.ada) == (SAME, SAME)


async def test_who_is_ahead_agrees_and_who_is_behind_is_told_to_sync(house: House) -> None:
    for phone in (house.lead, house.ada):
        await phone.sync()
    await house.lead.invite()
    assert both(house.lead, house.ada) == (SAME, SAME)
    assert both(house.ada, house.lead) == (SYNC_FIRST, SYNC_FIRST)
    await house.ada.sync()
    assert both(house.ada, house.lead) == (SAME, SAME)
    await witness_now(house.lead)
    assert house.ada.compare(house.lead.compare_code()) is SYNC_FIRST
    await house.ada.sync()
    assert house.ada.compare(house.lead.compare_code()) is SAME
    assert house.ada.notes() == house.lead.notes() == []


async def test_two_histories_are_different_and_the_alarm_is_kept(house: House) -> None:
    for phone in (house.lead, house.ada):
        await phone.sync()
    fork = Fork(house)
    await house.lead.invite()
    with fork.shown():
        await house.ada.link()
    assert both(house.ada, house.lead) == (DIFFERENT, DIFFERENT)
    assert house.lead.compare(house.ada.compare_code()) is DIFFERENT
    await house.lead.invite()
    # The one that went on knows its own head at the other's position.
    assert house.lead.compare_spoken(*house.ada.compare_words()) is DIFFERENT
    assert house.ada.compare(house.lead.compare_code()) is SYNC_FIRST
    for phone in (house.lead, house.ada):
        again = await house.hall.reopen(phone)
        [note] = again.notes()
        assert note.startswith("roster: two histories were shown")
        assert "the person whose phone was compared" in note
    fork.app.state.services.close()


async def test_two_witness_logs_are_different_too(house: House) -> None:
    for phone in (house.lead, house.ada):
        await phone.sync()
    fork = Fork(house)
    await witness_now(house.lead)
    with fork.shown():
        await witness_now(house.ada)
    assert house.ada.compare(house.lead.compare_code()) is DIFFERENT
    assert house.ada.notes()[0].startswith("witness: two histories were shown")
    fork.app.state.services.close()


async def test_a_slip_is_told_apart_from_another_history(house: House) -> None:
    await house.ada.sync()
    position, words = house.ada.compare_words()
    for heard, said in (
        (["zzz", *words[1:]], "word 1, zzz, is not in the list"),
        ([*words[:5], "abacuss"], "did you mean abacus?"),
        (words[:5], "six words"),
        ([*words, "abacus"], "six words"),
        ([another(words[0]), *words[1:]], "all words fit but number 1"),
        ([another(words[0]), *words[1:5], another(words[5])], "all words fit but number 1 and number 6"),
    ):
        with pytest.raises(CompareWrong, match=said.replace("?", r"\?")):
            house.ada.compare_spoken(position, heard)
    for wrong in (0, -1):
        with pytest.raises(CompareWrong):
            house.ada.compare_spoken(wrong, words)
    assert house.ada.compare_spoken(position, [word.upper() for word in words]) is SAME
    assert house.ada.compare_spoken(10**9, words) is SYNC_FIRST
    assert house.ada.notes() == []
    assert house.ada.compare_spoken(position, [*map(another, words[:3]), *words[3:]]) is DIFFERENT


def another(word: str) -> str:
    return next(one for one in word_list() if one != word)


async def test_a_code_of_another_programme_accuses_nobody(house: House) -> None:
    code = house.ada.compare_code()
    with pytest.raises(CompareWrong, match="another programme"):
        read_code(code, bytes(32))
    for damaged in (code[:-4], code + "A", code.replace(PREFIX, "X"), "", PREFIX, "six words"):
        with pytest.raises(CompareWrong):
            house.ada.compare(damaged)
    assert house.ada.notes() == []


async def test_a_phone_that_began_late_compares_what_it_has(house: House) -> None:
    for days in (0, 120):
        house.hall.pass_days(days)
        await witness_now(house.lead)
    code = house.lead.compare_code()
    late = await house.hall.joined(house.lead, "late")
    await witness_now(late)
    old = house.ada.compare_code()
    assert late.compare(old) is SAME
    assert late.compare(code) is SAME
