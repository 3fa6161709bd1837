"""The sources of tables, and for each its axes with all their codes (docs/protocol/10-statistics.md, *Tasks*)."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from schemas.records.codes import code_list

_LISTS = {
    "contact": {
        "contact_kind": "contact_kind",
        "modality": "modality",
        "reason_primary": "reason",
        "disposition": "disposition",
        "unit_group": "unit_group",
    },
    "wellbeing": {"zone": "supporter_impact"},
}


@cache
def axes_of(source: str) -> Mapping[str, tuple[str, ...]]:
    """Axis -> all its codes, ascending; empty for a source that there is not."""
    lists = _LISTS.get(source, {})
    return MappingProxyType({axis: tuple(sorted(code_list(name).codes)) for axis, name in lists.items()})
