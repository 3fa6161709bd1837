"""Walks over everything a record type may hold."""

from collections.abc import Iterable, Iterator

from schemas.records import FieldSpec, RecordType


def specs_of(kind: RecordType) -> Iterator[FieldSpec]:
    """Every field of `kind`, with all that is inside."""
    yield from _inside(kind.fields.values())


def _inside(specs: Iterable[FieldSpec]) -> Iterator[FieldSpec]:
    for spec in specs:
        yield spec
        yield from _inside([spec.item] if spec.item else spec.fields.values())


def containers(spec: FieldSpec) -> int:
    """How many lists and maps a value of `spec` nests."""
    inner = [spec.item] if spec.item else list(spec.fields.values())
    own = spec.kind in {"list", "struct", "codes", "answers"}
    return own + max((containers(each) for each in inner), default=0)
