from hypothesis import given
from hypothesis import strategies as st

from schemas.records.spelling import allowed_edits, begins_within, letters, within, words_of


def test_words_are_plain_and_each_stands_once() -> None:
    assert words_of("Città, CITTÀ; caffè_latte (24h)") == ["citta", "caffe", "latte", "24h"]
    assert words_of("ﬁne ＷＩＤＥ №5") == ["fine", "wide", "no5"]
    assert words_of("æther œuvre straße") == ["aether", "oeuvre", "strasse"]
    assert words_of("") == words_of("—") == []


def test_longer_words_may_hold_more_errors() -> None:
    assert [allowed_edits("a" * length) for length in (1, 3, 4, 7, 8, 20)] == [0, 0, 1, 1, 2, 2]


@given(st.text(max_size=20))
def test_words_of_words_are_the_same(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words


@given(st.text("abcxyz", max_size=6), st.text("abcxyz", max_size=6))
def test_one_edit_changes_one_letter_of_the_set_at_most(left: str, right: str) -> None:
    distance = slow_distance(left, right)
    assert (letters(left) & ~letters(right)).bit_count() <= distance
    assert (letters(right) & ~letters(left)).bit_count() <= distance


def slow_distance(left: str, right: str) -> int:
    """The optimal string alignment distance, by its definition."""
    if not left or not right:
        return len(left) + len(right)
    best = min(
        slow_distance(left[:-1], right) + 1,
        slow_distance(left, right[:-1]) + 1,
        slow_distance(left[:-1], right[:-1]) + (left[-1] != right[-1]),
    )
    if len(left) > 1 and len(right) > 1 and left[-1] == right[-2] and left[-2] == right[-1]:
        best = min(best, slow_distance(left[:-2], right[:-2]) + 1)
    return best


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 3))
def test_a_typing_error_is_measured_as_defined(left: str, right: str, limit: int) -> None:
    assert within(left, right, limit) == (slow_distance(left, right) <= limit)


@given(st.text("abc", max_size=4), st.text("abc", max_size=6), st.integers(0, 3))
def test_a_beginning_is_measured_as_defined(left: str, right: str, limit: int) -> None:
    nearest = min(slow_distance(left, right[:length]) for length in range(len(right) + 1))
    assert begins_within(left, right, limit) == (nearest <= limit)
