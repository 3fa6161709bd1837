"""All attacks, in the order of the documentation."""

from adversary.attacks import coming, history, keys, requests, rules
from adversary.verdict import Attack

TABLES = (history.TABLE, coming.TABLE, keys.TABLE, rules.TABLE, requests.TABLE)
ATTACKS: tuple[Attack, ...] = tuple(attack for table in TABLES for attack in table.attacks)
