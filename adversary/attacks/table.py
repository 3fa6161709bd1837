"""All attacks, in the order of the documentation."""

from adversary.attacks import (
    closings,
    coming,
    erasing,
    forks,
    history,
    keys,
    reports,
    requests,
    restores,
    rules,
    slips,
    tables,
    totals,
)
from adversary.verdict import Attack

TABLES = (
    history.TABLE, forks.TABLE, restores.TABLE, erasing.TABLE, coming.TABLE, keys.TABLE, rules.TABLE, requests.TABLE,
    slips.TABLE, reports.TABLE, totals.TABLE, closings.TABLE, tables.TABLE,
)  # fmt: skip
ATTACKS: tuple[Attack, ...] = tuple(attack for table in TABLES for attack in table.attacks)
