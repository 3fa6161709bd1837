"""Names of tables, periods and codes, in words."""

from dataclasses import dataclass

from schemas.period import first_day, last_day
from schemas.records.codes import code_lists
from schemas.records.labels import label
from schemas.task import Task
from stats.accuracy import Ratio
from stats.table import Figure, Table

LANGUAGE = "en"
_LISTS = {
    "reason_primary": "reason",
    "zone": "check_in_band",
    "zone_before": "zone",
    "zone_after": "zone",
    "step": "follow_up_step",
    "burnout": "check_in_band",
    "trained": "training_state",
    "refresher": "date_state",
    "supervision": "date_state",
    "who5": "check_in_band",
    "category": "resource_category",
    "method": "referral_method",
    "outcome": "referral_outcome",
}
"""Axis -> the list its codes are named in, where that is not called like the axis."""
_ONCE = {
    "wellbeing": ("Checked in", "No check-in, or not taking part"),
    "workforce": ("On record", "Nothing on record"),
}
"""Source that counts supporters once -> what is said of all its cells but "none", and of that one."""
_LOW = {
    "burned_out": "burned out",
    "wellbeing_low": "at 50 or less",
    "wellbeing_very_low": "at 28 or less",
    "orange": "in the orange or red zone",
    "red": "in the orange or red zone",
}
"""Codes of a low share -> what is said of it; the first one that the table has."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table. `part`: one of several that the line before it with `part` false is the sum of."""

    label: str
    figure: Figure
    part: bool


def title(shown: Table) -> str:
    """`Contacts by primary reason`."""
    axes = " and ".join(axis_name(shown, place).lower() for place in range(len(shown.task.axes)))
    return f"{label(LANGUAGE, 'table_source', shown.task.source)} by {axes}"


def axis_name(shown: Table, place: int) -> str:
    """What the table is divided by."""
    return label(LANGUAGE, "table_axis", shown.task.axes[place].name)


def code_name(shown: Table, place: int, code: str) -> str:
    """The label of a code of an axis; of a tier, which is an index, its ordinal."""
    name = shown.task.axes[place].name
    if name == "tier" and code.isdecimal():
        return f"Tier {int(code) + 1}"
    return label(LANGUAGE, _LISTS.get(name, name), code)


def period(shown: Table) -> str:
    """`October 2026`, `July to September 2026`, `2026`."""
    if shown.span == "year":
        return str(shown.number)
    first, last = first_day(shown.span, shown.number), last_day(shown.span, shown.number)
    months = f"{_MONTHS[first.month - 1]} to {_MONTHS[last.month - 1]}" if shown.span == "quarter" else ""
    return f"{months or _MONTHS[first.month - 1]} {first.year}"


def places(shown: Table, axis: int) -> list[int]:
    """The places of an axis's codes as people read them: in the order of their list, newer codes last."""
    name, codes = shown.task.axes[axis].name, shown.task.axes[axis].codes
    known = code_lists().get(_LISTS.get(name, name))
    order = {code: rank for rank, code in enumerate(known.codes)} if known else {}
    return sorted(range(len(codes)), key=lambda place: (order.get(codes[place], len(order)), place))


def rows(shown: Table) -> list[Row]:
    """The lines of a table: its codes, of two axes the sum of each code and its parts; then all, and "none"."""
    task, found = shown.task, []
    crossed = len(task.axes) == 2
    for place in places(shown, 0):
        found.append(Row(code_name(shown, 0, task.axes[0].codes[place]), shown.along(0, place), part=False))
        for inner in places(shown, 1) if crossed else ():
            name = code_name(shown, 1, task.axes[1].codes[inner])
            found.append(Row(name, shown.figure(place * len(task.axes[1].codes) + inner), part=True))
    whole, none = _ONCE.get(task.source, ("All", ""))
    found.append(Row(whole, shown.total(), part=False))
    if task.once:
        found.append(Row(none, shown.figure(len(shown.cells) - 1), part=False))
    return found


def summary(shown: Table) -> list[str]:
    """What is said of supporters as a whole: a mean, or a share; nothing for other tables."""
    said = []
    codes = shown.task.axes[0].codes
    if zone := shown.mean_zone():
        said.append(f"Mean zone, from 1 (green) to {len(codes)} (red): {zone.value:.2f} ± {zone.error:.2f}")
    if low := shown.low_share():
        what = next(words for code, words in _LOW.items() if code in codes)
        said.append(f"Of those who checked in, {what}: {percent(low)}")
    if good := shown.good_share():
        said.append(f"Of those on record, {'trained' if 'trained' in codes else 'in date'}: {percent(good)}")
    if shown.task.once and not said:
        said.append(f"Too few {_ONCE[shown.task.source][0].lower()} for a mean or a share.")
    return said


def _protected(task: Task) -> str:
    if task.unit == "supporter":
        return "all that a supporter reported"
    return "one shift" if task.source == "presence" else "one contact"


def percent(ratio: Ratio) -> str:
    """`22 % ± 6 points`."""
    return f"{100 * ratio.value:.0f} % ± {100 * ratio.error:.0f} points"


def facts(shown: Table) -> list[tuple[str, str]]:
    """What a reader needs to judge the numbers, as (name, value)."""
    task, last = shown.task, shown.releases[-1]
    reports = ", ".join(str(number) for number in shown.reports)
    cell = shown.figure(0)
    by = {1: "the server", 2: "the server and the second aggregator"}
    who = sorted({release.task.noises for release in shown.releases})
    return [
        ("Supporters who reported", reports + (" (month by month)" if len(shown.releases) > 1 else "")),
        ("Reports not counted", str(sum(release.rejected for release in shown.releases))),
        ("Noise in each count", f"± {cell.error} in 19 of 20 cases; standard deviation {cell.deviation:.1f}"),
        ("Noise added by", "; ".join(by[noises] for noises in who)),
        ("Protects", _protected(task)),
        ("Epsilon of a release", f"{task.epsilon / 100:.2f}"),
        ("Fewest reports of a release (k)", str(task.k)),
        ("Released", last.released.isoformat()),
    ]
