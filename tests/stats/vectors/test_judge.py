"""The official files pass, and the judge is not satisfied with anything else."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.vectors.judge import INSTANCES, Unjudged, judge

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "vdaf"
FILES = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
POSITIVE = [name for name in FILES if "_bad_" not in name]


def fails(name: str, file: Any) -> bool:
    """As the command has it: a complaint, or no judgement at all."""
    try:
        return bool(list(judge(name, file)))
    except (Unjudged, LookupError, TypeError, ValueError):
        return True


@pytest.mark.parametrize("name", FILES)
def test_official_files_pass(name: str) -> None:
    assert list(judge(name, FILES[name])) == []


def test_there_are_positive_and_negative_files_of_what_the_product_uses() -> None:
    kinds = {name.split("_")[0] for name in FILES}
    assert kinds >= {
        "Prio3Histogram",
        "Prio3L1BoundSum",
        "Prio3Count",
        "Prio3Sum",
        "Prio3SumVec",
        "XofTurboShake128.json",
    }
    assert len(POSITIVE) < len(FILES)
    assert {file["shares"] for file in FILES.values() if "shares" in file} == {2, 3}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where data stands that some operation must compare or use."""
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in leaves(one, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, one in enumerate(value) for leaf in leaves(one, (*path, index))]
    return [] if path[-1] in {"operation", "report_index", "aggregator_id", "round"} else [path]


@pytest.mark.parametrize("name", POSITIVE)
@given(data=st.data())
def test_any_change_of_a_positive_file_is_noticed(name: str, data: st.DataObject) -> None:
    file = copy.deepcopy(FILES[name])
    *path, last = data.draw(st.sampled_from(leaves(file)))
    at = file
    for step in path:
        at = at[step]
    if isinstance(at[last], bool):
        at[last] = not at[last]
    elif isinstance(at[last], int):
        at[last] += data.draw(st.sampled_from([-1, 1]))
    elif at[last]:
        place = data.draw(st.integers(0, len(at[last]) - 1))
        digit = "0" if at[last][place] != "0" else "1"
        at[last] = at[last][:place] + digit + at[last][place + 1 :]
    else:
        at[last] = "00"
    assert fails(name, file)


@pytest.mark.parametrize("name", [name for name in FILES if "_bad_" in name])
def test_a_refusal_that_is_not_expected_fails(name: str) -> None:
    file = copy.deepcopy(FILES[name])
    (refused,) = (operation for operation in file["operations"] if not operation["success"])
    refused["success"] = True
    assert fails(name, file)


def test_what_was_refused_for_no_reason_of_the_bytes_is_no_refusal() -> None:
    name = "Prio3Histogram_bad_leader_jr_blind.json"
    changes: list[dict[str, Any]] = [
        {"nonce": "0g"},
        {"nonce": 5},
        {"verifier_shares": []},
        {"verifier_shares": [["zz", "zz"]]},
    ]
    for change in changes:
        file = copy.deepcopy(FILES[name])
        file["reports"][0].update(change)
        assert fails(name, file)


OFFICIAL = "Prio3Count_0.json"
NEXT = {"operation": "verify_next", "round": 1, "report_index": 0, "aggregator_id": 0, "success": True}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Poplar1_0.json", {}),
        ("Prio3SumVecWithMultiproof_0.json", {}),
        ("Prio3Sum_0.json", {}),
        ("XofTurboShake128.json", {}),
        (OFFICIAL, {"operations": []}),
        (OFFICIAL, {"operations": [{"operation": "prep_init", "success": True}]}),
        (OFFICIAL, {"operations": [{"operation": "unshard", "success": 0}]}),
        (OFFICIAL, {"operations": [NEXT]}),
        (OFFICIAL, {"agg_param": "00"}),
        (OFFICIAL, {"length": 3}),
        (OFFICIAL, {"shares": 1}),
        (OFFICIAL, {"shares": 3}),
        (OFFICIAL, {"reports": []}),
    ],
)
def test_what_cannot_be_judged_fails(name: str, change: dict[str, Any]) -> None:
    assert fails(name, FILES[OFFICIAL] | change)


@pytest.mark.parametrize("kind", INSTANCES)
def test_a_file_of_another_form_fails(kind: str) -> None:
    files: list[Any] = [{}, [], None, 5, "text", [{}]]
    assert all(fails(f"{kind}_0.json", file) for file in files)
