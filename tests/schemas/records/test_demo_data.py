"""The demo's data files: what they claim, and that a phone takes every record they describe."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import code_list, freshness, prepare, preset, read_directory, record_type, score, search

FOLDER = Path(__file__).parents[3] / "demo" / "data"
TODAY = date(2026, 1, 5)
YOU_MATTER = preset("you_matter")
PUBLIC_NUMBERS = {"112", "911", "988"}


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def directory() -> list[dict[str, Any]]:
    data = (FOLDER / "directory.json").read_bytes()
    return list(read_directory(data, "json", today=TODAY, programme=YOU_MATTER).resources)


def test_the_directory_is_taken_whole() -> None:
    resources = directory()
    assert len(resources) == 24
    categories = {code for fields in resources for code in fields["categories"]}
    assert len(categories) >= 20
    assert {"fresh", "amber"} <= {freshness(fields, TODAY).value for fields in resources}


def test_the_directory_says_that_it_is_invented_and_is() -> None:
    text = (FOLDER / "directory.json").read_text(encoding="utf-8")
    assert load("directory.json")["about"].startswith("INVENTED")
    assert "@" not in text
    for url in re.findall(r"https?://[^\"]+", text):
        assert url.startswith("https://example.org/")
    for fields in directory():
        for phone in fields.get("phones", []):
            assert phone["number"] in PUBLIC_NUMBERS or re.fullmatch(r"\+1 555 01[0-9]{2}", phone["number"])


def test_the_directory_answers_a_supporter_s_questions() -> None:
    resources = dict(enumerate(directory()))
    for query, name in {
        "suicide": "Suicide and crisis lifeline",
        "lawyer claim": "Malpractice counsel",
        "chaplancy": "Chaplaincy",
        "nights sleep": "Sleep and shift guide",
        "988": "Suicide and crisis lifeline",
    }.items():
        assert resources[search(resources, query, today=TODAY)[0].key]["name"] == name


def test_the_activity_says_what_is_published_and_what_is_invented() -> None:
    activity = load("activity.json")
    assert activity["published"] == {"one_to_one": 232, "group": 21}
    assert activity["about"]["title"].startswith("INVENTED")
    assert "232 one-to-one and 21 group" in activity["about"]["published"]


@pytest.mark.parametrize("kind", ["one_to_one", "group"])
def test_every_weight_is_of_a_code_that_exists(kind: str) -> None:
    for path, weights in load("activity.json")[kind].items():
        assert all(isinstance(weight, int) and weight > 0 for weight in weights.values()), path
        name, *rest = path.split(".")
        spec = record_type("contact").fields[name]
        if rest[-1:] == ["count"]:
            assert all(key.isdigit() for key in weights)
        elif rest[-1:] == ["share"]:
            assert set(weights) == {"yes", "no"}
            assert sum(weights.values()) == 100
        elif name == "tier":
            assert [int(key) for key in weights] == list(range(len(weights)))
        else:
            inner = (spec.item or spec).fields[rest[0]] if rest else spec
            assert set(weights) <= set(code_list(inner.codes or "").codes), path


@st.composite
def drawn(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    weights = load("activity.json")[kind]

    def one(path: str) -> str:
        code: str = draw(st.sampled_from(sorted(weights[path])))
        return code

    fields: dict[str, Any] = {name: one(name) for name in weights if "." not in name and name != "tier"}
    primary = one("reasons.primary")
    others = [code for code in sorted(weights["reasons.others"]) if code != primary]
    count = int(one("reasons.others.count"))
    fields |= {"contact_kind": kind, "tier": int(one("tier"))}
    fields["reasons"] = {"primary": primary, "others": draw(st.permutations(others))[:count]}
    if kind == "group":
        fields["facilitators"] = {"count": int(one("facilitators.count")), "kinds": [one("facilitators.kinds")]}
    elif one("referrals.share") == "yes":
        fields["referrals"] = [{"category": one("referrals.category"), "method": one("referrals.method")}]
    return fields


@given(drawn("one_to_one") | drawn("group"))
def test_every_contact_drawn_from_the_weights_is_taken(fields: dict[str, Any]) -> None:
    assert prepare("contact", fields, today=TODAY, programme=YOU_MATTER)["occurred_on"] == "2026-01-05"


def test_every_check_in_drawn_from_the_weights_is_scored() -> None:
    for name, items in load("activity.json")["check_in"].items():
        for item, weights in items.items():
            for value in weights:
                assert prepare("check_in", score(name, {item: int(value)}), today=TODAY)
