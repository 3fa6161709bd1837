"""The signed answer (page 6): exactly these values, for exactly this question."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import encode
from crypto.public.signing import SigningKey
from sync.answer import Answer, Standing
from sync.evidence import Signed
from sync.log import Cursor
from tests.support.refusals import outcome, refused
from tests.sync.arrays import CURSOR, ID, Integer, array, changed

KEY = SigningKey.from_seed(b"k" * 32)
ids = st.binary(min_size=32, max_size=32)
cursors = st.builds(Cursor, st.integers(0, 2**53 - 1), ids)
standings = st.builds(Standing, ids, cursors, cursors, st.booleans())
answers = st.builds(Answer, ids, ids, st.integers(0, 2**53 - 1), st.lists(standings, max_size=4))

STANDING = Standing(b"l" * 32, Cursor(3, b"a" * 32), Cursor(5, b"h" * 32), known=True)
ANSWER = Answer(b"p" * 32, b"c" * 32, 20_000, [STANDING])


@given(answers)
def test_the_message_is_that_of_page_6(answer: Answer) -> None:
    logs = [
        [one.log, [one.asked.position, one.asked.head], [one.head.position, one.head.head], one.known]
        for one in answer.logs
    ]
    assert answer.message() == encode([answer.programme, answer.challenge, answer.day, logs])


@given(answers)
def test_a_signed_answer_verifies(answer: Answer) -> None:
    Signed(answer.message(), answer.sign(KEY)).check(KEY.public)


@pytest.mark.parametrize(
    "different",
    [
        {"programme": b"q" * 32},
        {"challenge": b"d" * 32},
        {"day": 20_001},
        {"logs": []},
        {"logs": [STANDING, STANDING]},
        {"logs": [replace(STANDING, log=b"m" * 32)]},
        {"logs": [replace(STANDING, asked=Cursor(4, b"a" * 32))]},
        {"logs": [replace(STANDING, asked=Cursor(3, b"b" * 32))]},
        {"logs": [replace(STANDING, head=Cursor(6, b"h" * 32))]},
        {"logs": [replace(STANDING, head=Cursor(5, b"i" * 32))]},
        {"logs": [replace(STANDING, known=False)]},
        {"logs": [replace(STANDING, asked=STANDING.head, head=STANDING.asked)]},
    ],
)
def test_an_answer_to_another_question_does_not_verify(different: dict[str, Any]) -> None:
    signature = ANSWER.sign(KEY)
    with refused("signature-invalid"):
        Signed(replace(ANSWER, **different).message(), signature).check(KEY.public)


def test_the_order_of_logs_is_signed() -> None:
    other = replace(STANDING, log=b"m" * 32)
    signature = replace(ANSWER, logs=[STANDING, other]).sign(KEY)
    with refused("signature-invalid"):
        Signed(replace(ANSWER, logs=[other, STANDING]).message(), signature).check(KEY.public)


def test_only_the_server_key_signs_answers() -> None:
    with refused("signature-invalid"):
        Signed(ANSWER.message(), ANSWER.sign(KEY)).check(SigningKey.from_seed(b"o" * 32).public)
    with refused("signature-invalid"):
        Signed(ANSWER.message(), KEY.sign("session", ANSWER.message())).check(KEY.public)
    with refused("key-refused"):
        Signed(ANSWER.message(), ANSWER.sign(KEY)).check(bytes(32))


some = st.lists(standings, min_size=1, max_size=16, unique_by=lambda one: one.log)
distinct = st.builds(Answer, ids, ids, st.integers(0, 2**53 - 1), some)
ANSWER_SPEC = array(ID, ID, Integer())


@given(distinct)
def test_a_message_decodes_to_its_answer(answer: Answer) -> None:
    assert Answer.decode(answer.message()) == answer


def with_logs(logs: Any) -> bytes:
    return encode([b"p" * 32, b"c" * 32, 20_000, logs])


GOOD = [b"l" * 32, [3, b"a" * 32], [5, b"h" * 32], True]


@pytest.mark.parametrize("at", range(4))
def test_a_standing_with_a_wrong_element_is_no_answer(at: int) -> None:
    wrong = {0: ID.bad(), 1: CURSOR.bad(), 2: CURSOR.bad(), 3: [0, 1, b"", "true", [], {}]}[at]
    for value in wrong:
        with refused("entry-malformed"):
            Answer.decode(with_logs([[*GOOD[:at], value, *GOOD[at + 1 :]]]))


@pytest.mark.parametrize("at", range(3))
def test_a_wrong_head_is_no_answer(at: int) -> None:
    good = [b"p" * 32, b"c" * 32, 20_000, [GOOD]]
    for value in ANSWER_SPEC.elements[at].bad():
        with refused("entry-malformed"):
            Answer.decode(encode([*good[:at], value, *good[at + 1 :]]))


@pytest.mark.parametrize(
    "logs",
    [
        [],
        [GOOD, GOOD],
        [[bytes([at]) * 32, *GOOD[1:]] for at in range(17)],
        [GOOD[:3]],
        [[*GOOD, True]],
        GOOD,
        {"l": GOOD},
        b"",
    ],
)
def test_an_answer_has_one_to_sixteen_logs_each_once(logs: Any) -> None:
    with refused("entry-malformed"):
        Answer.decode(with_logs(logs))


@given(st.data())
def test_a_changed_message_is_refused_or_another_answer(data: st.DataObject) -> None:
    raw = ANSWER.message()
    damaged = changed(raw, data)
    problem, answer = outcome(Answer.decode, damaged)
    assert problem in ("ok", "entry-malformed")
    assert answer is None or answer.message() == damaged
