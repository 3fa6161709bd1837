"""The demonstration's own count, from the ledgers alone."""

from datetime import date

from demo.ledger import Ledger
from demo.truth import true_totals
from schemas.period import number_of
from schemas.tables.ready import ready

JANUARY = number_of("month", date(2026, 1, 1))


def ledger(*entries: tuple[str, dict[str, object]]) -> Ledger:
    made = Ledger()
    for key, (kind, fields) in enumerate(entries):
        made.logged(key, bytes([key]) * 16, kind, fields)
    return made


def contact(day: str, kind: str, modality: str, reason: str) -> tuple[str, dict[str, object]]:
    fields = {"occurred_on": day, "contact_kind": kind, "modality": modality}
    return "contact", {**fields, "reasons": {"primary": reason, "others": ["burnout_exhaustion"]}}


def zone(day: str, band: str, instrument: str = "stress_continuum") -> tuple[str, dict[str, object]]:
    return "check_in", {"occurred_on": day, "band": band, "instrument": instrument}


FIRST = ledger(
    contact("2026-01-01", "one_to_one", "phone", "moral_injury_distress"),
    contact("2026-01-31", "group", "video", "adverse_event"),
    contact("2026-02-01", "one_to_one", "phone", "moral_injury_distress"),
    contact("2025-12-31", "one_to_one", "phone", "moral_injury_distress"),
    zone("2026-01-05", "red"),
    zone("2026-03-31", "green"),
    zone("2026-04-01", "red"),
    zone("2026-03-31", "burned_out", "burnout_single_item"),
)
SECOND = ledger(contact("2026-01-02", "one_to_one", "phone", "burnout_exhaustion"))


def test_contacts_of_the_period_are_in_the_cell_of_their_codes() -> None:
    task = ready()["contacts"].task("month", 2)
    totals = true_totals(task, JANUARY, [FIRST, SECOND])
    assert {task.codes_of(cell): count for cell, count in enumerate(totals) if count} == {
        ("one_to_one", "phone"): 2,
        ("group", "video"): 1,
    }


def test_only_the_primary_reason_counts() -> None:
    task = ready()["reasons"].task("month", 2)
    totals = true_totals(task, JANUARY, [FIRST, SECOND])
    assert {task.codes_of(cell)[0]: count for cell, count in enumerate(totals) if count} == {
        "moral_injury_distress": 1,
        "adverse_event": 1,
        "burnout_exhaustion": 1,
    }


def test_of_check_ins_the_newest_of_the_quarter_counts_and_no_check_in_is_a_cell() -> None:
    task = ready()["stress_zones"].task("quarter", 3)
    totals = true_totals(task, number_of("quarter", date(2026, 1, 1)), [FIRST, SECOND])
    assert {task.codes_of(cell): count for cell, count in enumerate(totals) if count} == {("green",): 1, (): 1}
