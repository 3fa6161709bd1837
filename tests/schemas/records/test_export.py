import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.base64url import unb64
from schemas.records import RecordError, export_record, is_reserved
from tests.schemas.records.strategies import contacts

ID = bytes(range(16))


@given(contacts())
def test_a_record_is_exported_whole(fields: dict[str, Any]) -> None:
    exported = export_record(ID, "contact", 1, fields)
    assert json.loads(json.dumps(exported)) == exported
    assert unb64(str(exported["id"]), 16) == ID
    restored: Any = exported["fields"]
    for referral in restored.get("referrals", []):
        if "resource" in referral:
            referral["resource"] = unb64(referral["resource"]["$bytes"], 16)
    assert restored == fields


def test_unknown_types_fields_and_codes_stay() -> None:
    fields = {"modality": "hologram", "aura": [b"\xff\xfe", {"deep": True, "n": -1}]}
    assert export_record(ID, "seance", 9, fields) == {
        "id": "AAECAwQFBgcICQoLDA0ODw",
        "type": "seance",
        "version": 9,
        "fields": {"modality": "hologram", "aura": [{"$bytes": "__4"}, {"deep": True, "n": -1}]},
    }


@pytest.mark.parametrize("name", ["account_keys", "device_keys", "_keys"])
def test_keys_are_never_exported(name: str) -> None:
    assert is_reserved(name)
    with pytest.raises(RecordError) as refused:
        export_record(ID, name, 1, {"member_key": bytes(32)})
    assert refused.value.problem == "reserved-type"


def test_everything_else_belongs_to_its_owner() -> None:
    assert not any(is_reserved(name) for name in ("contact", "check_in", "resource", "programme", "member", "new"))


@given(st.sampled_from([None, 1.5, {1: 2}]))
def test_what_was_never_a_record_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        export_record(ID, "contact", 1, {"x": value})
