"""Comparing histories with another person directly, past the server: by a code that is scanned, or by six words.

docs/protocol/9-distrust.md, *Comparing by eye*.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from crypto.errors import EncodingError
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode, u64
from crypto.public.hashing import H
from crypto.secret.words import word_list, word_set
from device.ledger import Ledger, heads_of
from device.witnessed import note_fork
from sync.errors import Refused
from sync.log import Cursor
from sync.shape import array, decode_array, integer, octets
from sync.state import RosterState
from sync.witness import witness_log

PREFIX = "HALLWAY-COMPARE:"
CODE = array(integer(1, 1), octets(32), integer(), octets(32), integer(), octets(32))
WORDS = 6
BITS = 13
SLIPS = 2
"""As many words of six may be misheard. Two histories agree in four by chance once in 10^14 comparisons."""


class CompareWrong(Exception):
    """What was scanned or typed cannot be compared: a slip, or of another programme. It says nothing of the server."""


class Verdict(StrEnum):
    """`SYNC_FIRST`: one of the two has not seen what the other has; after a sync of both they can be compared."""

    SAME = "same"
    SYNC_FIRST = "sync first"
    DIFFERENT = "different"


def code_of(roster: RosterState, ledger: Ledger) -> str:
    """This phone's state as text for a QR code or link. It holds no secret."""
    witness = ledger.chain(roster.programme, witness_log(roster))
    states = *roster.chain.cursor.as_array(), *witness.cursor.as_array()
    return PREFIX + b64(encode([1, roster.programme, *states]))


def read_code(text: str, programme: bytes) -> tuple[Cursor, Cursor]:
    """The states of roster and witness log in a scanned code; raises CompareWrong."""
    bare = "".join(text.split())
    if not bare.upper().startswith(PREFIX):
        raise CompareWrong(f"this is no code to compare: it begins with {PREFIX}")
    try:
        values = decode_array(unb64(bare[len(PREFIX) :]), CODE, "code")
    except (EncodingError, Refused):
        raise CompareWrong("the code is damaged: scan or copy the whole of it again") from None
    _, theirs, roster, roster_head, witness, witness_head = values
    if theirs != programme:
        raise CompareWrong("the code is of another programme")
    return Cursor(roster, roster_head), Cursor(witness, witness_head)


def compare(connection: Any, roster: RosterState, ledger: Ledger, text: str) -> Verdict:
    """Hold a scanned code against this phone's chains, in the caller's transaction, which keeps a fork.

    Raises CompareWrong.
    """
    states = zip((roster.programme, witness_log(roster)), read_code(text, roster.programme), strict=True)
    verdict = Verdict.SAME
    for log, other in states:
        chain, start = ledger.chain(roster.programme, log), ledger.start(roster.programme, log)
        if other.position > chain.position:
            verdict = Verdict.SYNC_FIRST if verdict is Verdict.SAME else verdict
        elif other.position >= start.position and heads_of(connection, start, log)(other.position) != other.head:
            note_fork(connection, log, b"", other, roster.chain.position)
            verdict = Verdict.DIFFERENT
    return verdict


def words_at(programme: bytes, position: int, head: bytes) -> tuple[str, ...]:
    """Six words for a state of the roster."""
    number = int.from_bytes(H("words", programme, u64(position), head), "big") >> (256 - WORDS * BITS)
    parts = [number >> (BITS * place) & (2**BITS - 1) for place in reversed(range(WORDS))]
    return tuple(word_list()[part % len(word_list())] for part in parts)


def compare_spoken(connection: Any, roster: RosterState, position: int, words: Sequence[str]) -> Verdict:
    """Hold six words, heard for a roster position, against this phone's own; keeps a fork as `compare`.

    Raises CompareWrong for a word outside the list, for another number of words, and if all but two fit.
    """
    heard = tuple(word.lower() for word in words)
    check_heard(heard)
    if position < 1:
        raise CompareWrong("positions begin at 1: ask for it again")
    if position > roster.chain.position:
        return Verdict.SYNC_FIRST
    own = words_at(roster.programme, position, roster.heads[position])
    wrong = [place for place, (one, other) in enumerate(zip(heard, own, strict=True), 1) if one != other]
    if not wrong:
        return Verdict.SAME
    if len(wrong) <= SLIPS:
        raise CompareWrong(f"all words fit but {' and '.join(f'number {place}' for place in wrong)}: listen again")
    # The other's head is not known, only that it is another one.
    note_fork(connection, roster.programme, b"", Cursor(position, " ".join(heard).encode()), roster.chain.position)
    return Verdict.DIFFERENT


def check_heard(words: Sequence[str]) -> None:
    """Raises CompareWrong."""
    if len(words) != WORDS:
        raise CompareWrong(f"there are six words to compare, these are {len(words)}")
    for place, word in enumerate(words, 1):
        if word not in word_set():
            close = get_close_matches(word, word_list(), n=1)
            hint = f": did you mean {close[0]}?" if close else ""
            raise CompareWrong(f"word {place}, {word}, is not in the list{hint}")
