"""Releases of programmes of several sizes, with real noise from fixed streams."""

from datetime import date
from fractions import Fraction

from schemas.records.codes import code_list
from schemas.task import Axis, Task
from stats.noise import noise
from stats.release import Release

KEY = bytes(range(32))
REASONS = tuple(sorted(code_list("reason").codes))
KINDS = ("group", "one_to_one", "outreach_attempt")
MODALITIES = ("in_person_private", "phone", "text_chat", "video")
ZONES = ("green", "orange", "red", "yellow")
OCTOBER, AUTUMN = 12 * 2026 + 9, 4 * 2026 + 3


def task(source: str, *axes: tuple[str, tuple[str, ...]], shares: int = 2, unit: str = "contact") -> Task:
    once = source == "wellbeing"
    return Task(
        source=source,
        axes=tuple(Axis(name, codes) for name, codes in axes),
        unit="supporter" if once or unit == "supporter" else "contact",
        bound=1 if once else 20 if unit == "supporter" else 60,
        epsilon=100,
        k=8,
        period_kind="quarter" if once else "month",
        shares=shares,
    )


def release(of: Task, true: list[int], period: int, reports: int, *, seed: int = 0) -> Release:
    cells = list(true)
    for index in (0, 2)[: of.noises]:
        leaf = bytes([seed]) * 32
        drawn = noise(KEY, leaf, index, of.cells, Fraction(of.scale))
        cells = [a + b for a, b in zip(cells, drawn, strict=True)]
    return Release(of, period, bytes([seed + 1]) * 32, tuple(cells), reports, 1, date(2026, 11, 23))


def programme(n: int) -> list[Release]:
    """Reasons, kinds by modality, and the zones, of a programme with `n` supporters."""
    reasons = task("contact", ("reason_primary", REASONS))
    kinds = task("contact", ("contact_kind", KINDS), ("modality", MODALITIES), shares=3)
    zones = task("wellbeing", ("zone", ZONES))
    some = [n * (1 + place * 7 % 11) // 6 for place in range(len(REASONS))]
    crossed = [n * (1 + place * 5 % 7) // 3 for place in range(12)]
    well = [n * share // 100 for share in (42, 14, 5, 27)]
    return [
        release(reasons, some, OCTOBER, n - n // 20, seed=n % 251),
        release(kinds, crossed, OCTOBER, n - n // 20, seed=n % 241),
        release(zones, [*well, n - sum(well)], AUTUMN, n, seed=n % 239),
    ]
