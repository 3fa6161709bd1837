import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import RecordError, instrument, instrument_names, label, offer, prepare, score
from tests.schemas.records.strategies import TODAY


def test_the_shipped_instruments() -> None:
    assert instrument_names() == ("burnout_single_item", "stress_continuum")


@pytest.mark.parametrize("name", instrument_names())
def test_a_pack_is_attributed_and_its_bands_cover_every_score_once(name: str) -> None:
    pack = instrument(name)
    assert pack.id == name
    assert pack.attribution
    assert pack.licence
    assert pack.citation
    lowest = pack.multiplier * sum(min(item.options) for item in pack.items)
    highest = pack.multiplier * sum(max(item.options) for item in pack.items)
    for total in range(lowest, highest + 1):
        assert sum(band.low <= total <= band.high for band in pack.bands) == 1
    assert min(band.low for band in pack.bands) == lowest
    assert max(band.high for band in pack.bands) == highest
    for band in pack.bands:
        assert "(" not in label("en", "check_in_band", band.code)


@pytest.mark.parametrize(
    ("value", "band", "offered"),
    [(0, "green", None), (1, "yellow", None), (2, "orange", "debrief"), (3, "red", "crisis_card")],
)
def test_the_stress_continuum(value: int, band: str, offered: str | None) -> None:
    assert score("stress_continuum", {"zone": value}) == {
        "instrument": "stress_continuum",
        "version": 1,
        "answers": {"zone": value},
        "score": value,
        "band": band,
    }
    assert offer("stress_continuum", band) == offered


@pytest.mark.parametrize(
    ("value", "band"),
    [(1, "not_burned_out"), (2, "not_burned_out"), (3, "burned_out"), (4, "burned_out"), (5, "burned_out")],
)
def test_burnout_is_three_or_more(value: int, band: str) -> None:
    result = score("burnout_single_item", {"burnout": value})
    assert (result["score"], result["band"]) == (value, band)
    assert offer("burnout_single_item", band) is None


@given(st.sampled_from(instrument_names()), st.data())
def test_what_is_scored_is_a_check_in(name: str, data: st.DataObject) -> None:
    answers = {item.id: data.draw(st.sampled_from(sorted(item.options))) for item in instrument(name).items}
    fields = prepare("check_in", score(name, answers), today=TODAY)
    assert fields["occurred_on"] == TODAY.isoformat()
    assert fields["answers"] == answers


@given(
    st.sampled_from(instrument_names()),
    st.dictionaries(
        st.sampled_from(["zone", "burnout", "mood"]),
        st.integers(-3, 9) | st.booleans() | st.text(max_size=2) | st.none(),
    ),
)
def test_wrong_or_missing_answers_are_refused_by_item(name: str, answers: dict[str, object]) -> None:
    pack = instrument(name)
    right = set(answers) == {item.id for item in pack.items} and all(
        type(answers[item.id]) is int and answers[item.id] in item.options for item in pack.items
    )
    if right:
        assert score(name, answers)["answers"] == answers
    else:
        with pytest.raises(RecordError) as refused:
            score(name, answers)
        assert refused.value.problem in {"missing-field", "unknown-field", "wrong-kind", "out-of-bounds"}
        assert refused.value.field.startswith("answers.")


def test_an_instrument_that_is_not_shipped_is_refused() -> None:
    for call in (lambda: score("phq9", {}), lambda: offer("phq9", "red"), lambda: instrument("../en")):
        with pytest.raises(RecordError) as refused:
            call()
        assert refused.value.problem == "unknown-code"


def test_a_band_of_a_newer_version_offers_nothing() -> None:
    assert offer("stress_continuum", "purple") is None
