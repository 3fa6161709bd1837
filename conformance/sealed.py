"""What a client sealed with other randomness than the vectors: it has to open, and what names it has to name it."""

from collections.abc import Callable

from conformance.cases import Question
from conformance.reference.reports import report, sealed_at, sharded
from conformance.reference.shown import Given
from conformance.table import Object
from crypto.errors import CryptoError
from crypto.secret.epoch import unwrap
from crypto.secret.hpke import HpkeKey


def expected_of(question: Question, came: Object) -> Object:
    """What must come out beside what was sealed; of what does not open, what the vector has."""
    opens = SEALED.get(question.op)
    if opens is None:
        return question.out
    try:
        return question.out | opens(Given(question.given), Given(came))
    except (CryptoError, ValueError, TypeError):
        return question.out


def wrap(given: Given, came: Given) -> Object:
    sealed, key = came.raw("sealed"), HpkeKey.from_seed(given.raw("seed"))
    place, commitment = (given.raw("programme"), given.raw("log"), given["epoch"]), came.raw("commitment")
    opened = unwrap(key, *place, given.raw("reader"), sealed, commitment)
    return {"sealed": came["sealed"]} if opened == given.raw("key") else {}


def shares(given: Given, came: Given) -> Object:
    sealed = [bytes.fromhex(one) for one in came["sealed_shares"]]
    for number, (reader, one, share) in enumerate(
        zip(given["readers"], sealed, sharded(given).input_shares[1:], strict=True), 1
    ):
        key = HpkeKey.from_seed(bytes.fromhex(reader["seed"]))
        if key.open("report-share", sealed_at(given, number), one) != share:
            return {}
    return report(given, sealed)


SEALED: dict[str, Callable[[Given, Given], Object]] = {"wraps/seal": wrap, "reports": shares}
