"""All attacks, in the order of the documentation."""

from adversary.attacks import coming, history
from adversary.verdict import Attack

TABLES = (history.TABLE, coming.TABLE)
ATTACKS: tuple[Attack, ...] = tuple(attack for table in TABLES for attack in table.attacks)
