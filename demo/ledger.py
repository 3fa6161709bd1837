"""What a supporter did, written down beside the phones and without them: what every phone must show at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from crypto.public.encoding import encode

Entry: TypeAlias = tuple[str, dict[str, Any]]
"""Record type and fields."""


@dataclass
class Ledger:
    """`entries`: record id -> what it holds now. `ids`: the plan's key of a record -> its id."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    ids: dict[int, bytes] = field(default_factory=dict)

    def logged(self, key: int, record: bytes, kind: str, fields: Mapping[str, Any]) -> None:
        self.ids[key] = record
        self.entries[record] = (kind, dict(fields))

    def edited(self, record: bytes, fields: Mapping[str, Any], removed: tuple[str, ...] = ()) -> None:
        kind, before = self.entries[record]
        kept = {name: value for name, value in before.items() if name not in removed}
        self.entries[record] = (kind, {**kept, **fields})

    def deleted(self, record: bytes) -> None:
        del self.entries[record]

    def differences(self, shown: Mapping[bytes, Entry]) -> list[str]:
        """Where `shown` is not exactly this, field by field; [] if it is."""
        found = ["there is a record that nobody logged" for _ in shown.keys() - self.entries.keys()]
        for record, (kind, fields) in self.entries.items():
            if record not in shown:
                found.append(f"a {kind} is missing")
                continue
            shown_kind, shown_fields = shown[record]
            if shown_kind != kind:
                found.append(f"a {kind} has become a {shown_kind}")
            found += [f"a {kind} differs in {name}" for name in sorted(differing(fields, shown_fields))]
        return found


def same(one: Mapping[bytes, Entry], other: Mapping[bytes, Entry]) -> bool:
    """Whether two phones show the same records."""
    return not Ledger(dict(one)).differences(other)


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """Names of the fields that are not the same, or not in both."""
    both = one.keys() & other.keys()
    # 1 == True for Python.
    return (one.keys() ^ other.keys()) | {name for name in both if encode(one[name]) != encode(other[name])}
