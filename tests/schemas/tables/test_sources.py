"""What can be counted, against the records that it is counted from."""

from hashlib import sha256

import pytest

from crypto.public.encoding import encode
from schemas.records import code_list, code_lists, instrument, record_type
from schemas.tables.sources import SourceAxis, axes_of, half_hours, sources

AXES = [(source, axis) for source, axes in sources().items() for axis in axes.values()]
NAMED = [f"{source}-{axis.name}" for source, axis in AXES]


PINNED = "13477c2a3c3db436a5619a9d35b0e2db9030cbe98460f54ead034db540a4bf86"
"""Of rules version 1. `apply` judges tasks by these codes: a client with others parts from the roster at the first task
that names one, for good. If this fails, a source, an axis or a code list that one is made of has changed. As long as no
programme runs on version 1, write down the new hash, and generate the vectors anew. Afterwards version 1 keeps its
codes as they are: what is added counts from a new rules version on (page 10, *Tasks*), with a hash of its own here.
"""


def test_the_codes_that_all_clients_judge_tasks_by_have_not_changed() -> None:
    codes = [
        [source, [[name, [*axis.codes]] for name, axis in sorted(axes.items())]]
        for source, axes in sorted(sources().items())
    ]
    assert sha256(encode(codes)).hexdigest() == PINNED


def test_the_sources_that_records_can_fill() -> None:
    counted = {"contact", "group", "referral", "follow_up", "hours", "presence", "workforce", "wellbeing"}
    assert set(sources()) == counted
    assert axes_of("diary") == {}


@pytest.mark.parametrize(("source", "axis"), AXES, ids=NAMED)
def test_an_axis_has_codes_for_a_table(source: str, axis: SourceAxis) -> None:
    assert axes_of(source)[axis.name] == axis.codes
    assert list(axis.codes) == sorted(set(axis.codes))
    assert 2 <= len(axis.codes) <= 64
    assert {axis.missing, axis.other} <= {None, *axis.codes}
    assert axis.labels in {"", *code_lists()}


@pytest.mark.parametrize(("source", "axis"), AXES, ids=NAMED)
def test_an_axis_is_a_field_of_its_record_with_the_codes_of_that_field(source: str, axis: SourceAxis) -> None:
    if axis.name == "step":
        assert axis.codes == tuple(sorted(code_list("follow_up_step").codes))
        return
    if source == "workforce":
        assert axis.codes in {("in_date", "overdue"), ("partly", "trained")}
        return
    specs = record_type({"wellbeing": "check_in", "presence": "presence_shift"}.get(source, "contact")).fields
    spec = specs[axis.field[0]]
    for part in axis.field[1:]:
        spec = (spec.item or spec).fields[part]
    if axis.instrument:
        assert axis.codes == tuple(sorted(band.code for band in instrument(axis.instrument).scales[0].bands))
    elif spec.kind == "index":
        assert axis.codes == tuple(str(place) for place in range(5))
    else:
        assert spec.kind == "code"
        assert axis.codes == tuple(sorted(code_list(spec.codes or "").codes))
    assert (
        spec.required
        or axis.missing
        or axis.instrument
        or axis.name in {"tier", "people_band", "recurrence", "unit_scope", "category"}
    )


def test_every_duration_is_worth_up_to_three_half_hours() -> None:
    assert set(half_hours()) == set(code_list("duration_band").codes)
    assert set(half_hours().values()) == {0, 1, 2, 3}
    assert [half_hours()[band] for band in code_list("duration_band").codes] == [0, 0, 1, 1, 2, 2, 3]
