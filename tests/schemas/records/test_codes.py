import re

import pytest

from schemas.records import code_list, code_lists, instrument, instrument_names, record_types
from schemas.records.assurance import Freshness
from tests.schemas.records.walk import specs_of

# HSDS names this status with a space; every other code is one word.
HSDS_CODES = {"temporarily closed"}


@pytest.mark.parametrize("name", sorted(code_lists()))
def test_a_list_has_a_version_and_distinct_well_formed_codes(name: str) -> None:
    found = code_list(name)
    assert found.version >= 1
    assert found.codes
    assert len(set(found.codes)) == len(found.codes)
    for code in found.codes:
        assert re.fullmatch(r"[a-z0-9][a-z0-9_]{0,63}|[A-Z]{2,8}", code) or code in HSDS_CODES


def test_moral_injury_and_burnout_are_two_codes() -> None:
    assert {"moral_injury_distress", "burnout_exhaustion"} <= set(code_list("reason").codes)


def test_the_lists_have_the_size_of_the_design() -> None:
    sizes = {
        "contact_kind": 6,
        "modality": 7,
        "duration_band": 7,
        "reason": 24,
        "disposition": 11,
        "initiation": 9,
        "role_group": 11,
        "unit_group": 15,
        "action": 12,
        "group_format": 12,
        "resource_category": 22,
    }
    assert {name: len(code_list(name).codes) for name in sizes} == sizes


def test_every_list_is_used_by_a_field_or_by_code() -> None:
    used = {spec.codes for kind in record_types().values() for spec in specs_of(kind) if spec.codes}
    assert set(code_lists()) - used == {
        "date_state",
        "due_kind",
        "follow_up_step",
        "freshness",
        "language",
        "load_hint",
        "offer",
        "open_state",
        "prompt",
        "training_state",
    }
    assert code_list("freshness").codes == tuple(Freshness)


def test_the_lists_of_instruments_and_bands_are_those_of_the_packs() -> None:
    packs = [instrument(name) for name in instrument_names()]
    scales = [scale for pack in packs for scale in pack.scales]
    assert set(code_list("instrument").codes) == {pack.id for pack in packs if pack.kept}
    assert set(code_list("instrument_scale").codes) == {scale.name for scale in scales if scale.name}
    assert set(code_list("check_in_band").codes) == {band.code for scale in scales for band in scale.bands}
    assert set(code_list("offer").codes) == {band.offer for scale in scales for band in scale.bands if band.offer}


def test_an_unknown_list_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        code_list("job_title")
