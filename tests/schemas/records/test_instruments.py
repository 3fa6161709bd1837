import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import (
    Instrument,
    RecordError,
    Result,
    code_list,
    instrument,
    instrument_names,
    label,
    prepare,
    results,
    score,
)
from tests.schemas.records.strategies import TODAY

KEPT = tuple(name for name in instrument_names() if instrument(name).kept)

CS = dict.fromkeys(("q3", "q6", "q12", "q16", "q18", "q20", "q22", "q24", "q27", "q30"), 0)
STS = dict.fromkeys(("q2", "q5", "q7", "q9", "q11", "q13", "q14", "q23", "q25", "q28"), 0)
BO = dict.fromkeys(("q1", "q4", "q8", "q10", "q15", "q17", "q19", "q21", "q26", "q29"), 0)


def test_the_shipped_instruments() -> None:
    assert instrument_names() == ("buddy_check", "burnout_single_item", "proqol5", "stress_continuum", "who5")


@pytest.mark.parametrize("name", instrument_names())
def test_a_pack_is_attributed_and_its_bands_cover_every_score_once(name: str) -> None:
    pack = instrument(name)
    assert pack.id == name
    assert pack.attribution
    assert pack.licence
    assert pack.citation
    items = {item.id: item for item in pack.items}
    assert len(items) == len(pack.items)
    assert sorted(item for scale in pack.scales for item in scale.items) == sorted(items)
    for scale in pack.scales:
        assert scale.reversed <= set(scale.items)
        lowest = scale.multiplier * sum(min(items[item].options) for item in scale.items)
        highest = scale.multiplier * sum(max(items[item].options) for item in scale.items)
        for total in range(lowest, highest + 1):
            assert sum(band.low <= total <= band.high for band in scale.bands) == 1
        assert min(band.low for band in scale.bands) == lowest
        assert max(band.high for band in scale.bands) == highest
        for band in scale.bands:
            assert "(" not in label("en", "check_in_band", band.code)
            assert band.code in code_list("check_in_band").codes
            assert band.offer is None or band.offer in code_list("offer").codes
        if len(pack.scales) > 1:
            assert scale.name in code_list("instrument_scale").codes


def test_an_instrument_that_keeps_nothing_cannot_be_written_as_a_record() -> None:
    assert set(code_list("instrument").codes) == set(KEPT) == set(instrument_names()) - {"buddy_check"}
    answers = dict.fromkeys(("stayed", "rest", "withdrawn", "ahead", "help"), 1)
    with pytest.raises(RecordError) as refused:
        prepare("check_in", score("buddy_check", answers), today=TODAY)
    assert (refused.value.problem, refused.value.field) == ("unknown-code", "instrument")
    assert [band.code for band in instrument("buddy_check").scales[0].bands] == ["nothing_stands_out", "talk_it_over"]


def only(name: str, answers: dict[str, object]) -> Result:
    [result] = results(score(name, answers))
    return result


@pytest.mark.parametrize(
    ("value", "band", "offered"),
    [(0, "green", None), (1, "yellow", None), (2, "orange", "debrief"), (3, "red", "crisis_card")],
)
def test_the_stress_continuum(value: int, band: str, offered: str | None) -> None:
    assert score("stress_continuum", {"zone": value}) == {
        "instrument": "stress_continuum",
        "version": 1,
        "scoring_version": 1,
        "answers": {"zone": value},
        "score": value,
        "band": band,
    }
    assert only("stress_continuum", {"zone": value}) == Result("", value, band, offered)


@pytest.mark.parametrize(
    ("value", "band"),
    [(1, "not_burned_out"), (2, "not_burned_out"), (3, "burned_out"), (4, "burned_out"), (5, "burned_out")],
)
def test_burnout_is_three_or_more(value: int, band: str) -> None:
    assert only("burnout_single_item", {"burnout": value}) == Result("", value, band, None)


WHO5 = ("cheerful", "calm", "active", "rested", "interested")


@pytest.mark.parametrize(
    ("answers", "points", "band", "offered"),
    [
        # The published scoring note: 0 is the worst, 25 (100) the best; a raw score below 13 is poor well-being.
        ((0, 0, 0, 0, 0), 0, "wellbeing_very_low", "crisis_card"),
        ((5, 5, 5, 5, 5), 100, "wellbeing_not_low", None),
        ((3, 3, 2, 2, 2), 48, "wellbeing_low", "debrief"),
        ((3, 3, 3, 2, 2), 52, "wellbeing_not_low", None),
        # By hand, around the second threshold: 7 x 4 and 8 x 4.
        ((3, 1, 1, 1, 1), 28, "wellbeing_very_low", "crisis_card"),
        ((2, 2, 2, 1, 1), 32, "wellbeing_low", "debrief"),
        ((4, 3, 5, 1, 2), 60, "wellbeing_not_low", None),
    ],
)
def test_the_who_5(answers: tuple[int, ...], points: int, band: str, offered: str | None) -> None:
    given = dict(zip(WHO5, answers, strict=True))
    assert score("who5", given) == {
        "instrument": "who5",
        "version": 1,
        "scoring_version": 1,
        "answers": given,
        "score": points,
        "band": band,
    }
    assert only("who5", {**given}) == Result("", points, band, offered)


def test_the_who_5_wants_all_five_answers_and_has_a_meaningful_change() -> None:
    for left_out in WHO5:
        with pytest.raises(RecordError) as refused:
            score("who5", {item: 5 for item in WHO5 if item != left_out})
        assert (refused.value.problem, refused.value.field) == ("missing-field", f"answers.{left_out}")
    assert instrument("who5").meaningful_change == 10
    assert [instrument(name).meaningful_change for name in instrument_names() if name != "who5"] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        # By hand. All 1: each sum is 10. All 5: 50.
        ({**dict.fromkeys(CS, 1)}, [("compassion_satisfaction", 10, "low", None)]),
        (
            {**dict.fromkeys(CS, 5), **dict.fromkeys(STS, 5)},
            [("compassion_satisfaction", 50, "high", None), ("secondary_traumatic_stress", 50, "high", "debrief")],
        ),
        # Burnout, all 1: five items count 1, the five reversed ones 5; all 3 is the middle of either.
        ({**dict.fromkeys(BO, 1)}, [("burnout", 30, "moderate", None)]),
        ({**dict.fromkeys(BO, 3)}, [("burnout", 30, "moderate", None)]),
        (
            {**dict.fromkeys(BO, 1), **dict.fromkeys(("q1", "q4", "q15", "q17", "q29"), 5)},
            [("burnout", 10, "low", None)],
        ),
        (
            {**dict.fromkeys(BO, 5), **dict.fromkeys(("q1", "q4", "q15", "q17", "q29"), 1)},
            [("burnout", 50, "high", "debrief")],
        ),
        # Not the same answer twice in a row: 4+5+3+4+4+5+4+5+3+4 = 41, and one more is 42.
        (
            dict(zip(CS, (4, 5, 3, 4, 4, 5, 4, 5, 3, 4), strict=True)),
            [("compassion_satisfaction", 41, "moderate", None)],
        ),
        (dict(zip(CS, (4, 5, 3, 4, 4, 5, 4, 5, 3, 5), strict=True)), [("compassion_satisfaction", 42, "high", None)]),
        (
            dict(zip(STS, (2, 3, 2, 2, 2, 3, 2, 2, 2, 2), strict=True)),
            [("secondary_traumatic_stress", 22, "low", None)],
        ),
        (
            dict(zip(STS, (2, 3, 2, 2, 2, 3, 2, 2, 2, 3), strict=True)),
            [("secondary_traumatic_stress", 23, "moderate", None)],
        ),
        # q1 2 -> 4, q4 1 -> 5, q15 5 -> 1, q17 3, q29 4 -> 2; q8 2, q10 1, q19 4, q21 5, q26 3: 30.
        (
            {"q1": 2, "q4": 1, "q8": 2, "q10": 1, "q15": 5, "q17": 3, "q19": 4, "q21": 5, "q26": 3, "q29": 4},
            [("burnout", 30, "moderate", None)],
        ),
    ],
)
def test_the_proqol(answers: dict[str, int], wanted: list[tuple[str, int, str, str | None]]) -> None:
    fields = score("proqol5", answers)
    assert [(each.scale, each.score, each.band, each.offer) for each in results(fields)] == wanted
    assert (fields["version"], fields["scoring_version"]) == (1, 1)
    assert not {"score", "band"} & fields.keys()
    assert prepare("check_in", fields, today=TODAY)["scales"] == fields["scales"]


# The scoring sheet that the ProQOL 5 is published with (B. Hudnall Stamm 2009, proqol.org): "you wrote", "change to".
CHANGED_TO = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
POSITIVE = {"q1": "happy", "q4": "connected", "q15": "beliefs", "q17": "person I always wanted", "q29": "caring"}


@pytest.mark.parametrize("item", POSITIVE)
@pytest.mark.parametrize("wrote", CHANGED_TO)
def test_the_scoring_sheet_of_the_proqol_changes_five_answers(item: str, wrote: int) -> None:
    texts = {one.id: one.text for one in instrument("proqol5").items}
    assert POSITIVE[item] in texts[item]
    # The nine other lines of the sheet hold a 3 each.
    (burnout,) = results(score("proqol5", {**dict.fromkeys(BO, 3), item: wrote}))
    assert burnout.score == 9 * 3 + CHANGED_TO[wrote]


@pytest.mark.parametrize("lines", [CS, BO, STS])
@pytest.mark.parametrize(
    # The sheet's table: 22 or less, between 23 and 41, 42 or more.
    ("total", "level"),
    [(10, "low"), (22, "low"), (23, "moderate"), (41, "moderate"), (42, "high"), (50, "high")],
)
def test_the_scoring_sheet_of_the_proqol_has_one_table_for_three_scales(
    lines: dict[str, int], total: int, level: str
) -> None:
    each, more = divmod(total, 10)
    on_the_sheet = {item: each + (at < more) for at, item in enumerate(lines)}
    wrote = {item: CHANGED_TO[line] if item in POSITIVE else line for item, line in on_the_sheet.items()}
    (found,) = results(score("proqol5", wrote))
    assert (found.score, found.band) == (total, level)


def test_the_proqol_asks_for_two_scales_unless_told_otherwise() -> None:
    pack = instrument("proqol5")
    assert len(pack.items) == 30
    assert {item.id for item in pack.asked()} == {*CS, *STS}
    assert [item.id for item in pack.asked(["burnout"])] == sorted(BO, key=lambda item: int(item[1:]))
    assert len(pack.asked(["burnout", "compassion_satisfaction", "secondary_traumatic_stress"])) == 30
    assert {item.id for item in pack.asked()} & set(BO) == set()
    with pytest.raises(RecordError, match="choose of compassion_satisfaction"):
        pack.asked(["fatigue"])
    with pytest.raises(RecordError, match="it has one score"):
        instrument("who5").asked(["total"])


@pytest.mark.parametrize("left_out", ["q3", "q30", "q28", "q29"])
def test_a_proqol_scale_with_an_answer_missing_is_not_scored(left_out: str) -> None:
    answers = {item: 3 for item in (*CS, *STS, *BO) if item != left_out}
    with pytest.raises(RecordError) as refused:
        score("proqol5", answers)
    assert (refused.value.problem, refused.value.field) == ("missing-field", f"answers.{left_out}")
    whole = next(scale for scale in (CS, STS, BO) if left_out in scale)
    kept = {item: value for item, value in answers.items() if item not in whole}
    assert len(results(score("proqol5", kept))) == 2


def test_no_answer_at_all_is_refused() -> None:
    for name in instrument_names():
        with pytest.raises(RecordError) as refused:
            score(name, {})
        assert refused.value.problem == "missing-field"


def drawn(data: st.DataObject, pack: Instrument) -> dict[str, int]:
    names = [scale.name for scale in pack.scales]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True)) if len(names) > 1 else []
    return {item.id: data.draw(st.sampled_from(sorted(item.options))) for item in pack.asked(chosen)}


@given(st.sampled_from(KEPT), st.data())
def test_what_is_scored_is_a_check_in(name: str, data: st.DataObject) -> None:
    answers = drawn(data, instrument(name))
    fields = prepare("check_in", score(name, answers), today=TODAY)
    assert fields["occurred_on"] == TODAY.isoformat()
    assert fields["answers"] == answers
    assert results(fields) == results(score(name, answers)) != ()


@given(st.sampled_from(instrument_names()), st.data())
def test_one_answer_moves_one_score_by_one_step_its_way(name: str, data: st.DataObject) -> None:
    pack = instrument(name)
    answers = drawn(data, pack)
    item = data.draw(st.sampled_from([item for item in pack.items if item.id in answers]))
    steps = sorted(item.options)
    if answers[item.id] == steps[-1]:
        return
    before = {each.scale: each.score for each in results(score(name, answers))}
    after = {each.scale: each.score for each in results(score(name, {**answers, item.id: answers[item.id] + 1}))}
    [scale] = [scale for scale in pack.scales if item.id in scale.items]
    step = -scale.multiplier if item.id in scale.reversed else scale.multiplier
    assert {each: after[each] - before[each] for each in after} == {
        each: step if each == scale.name else 0 for each in before
    }


@given(
    st.sampled_from(instrument_names()),
    st.dictionaries(
        st.sampled_from(["zone", "burnout", "mood", *WHO5, "q1", "q2"]),
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
    for call in (lambda: score("phq9", {}), lambda: instrument("phq9"), lambda: instrument("../en")):
        with pytest.raises(RecordError) as refused:
            call()
        assert refused.value.problem == "unknown-code"


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["who5", "red", "burnout"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["scale", "score", "band"]), inner),
)


@given(st.dictionaries(st.sampled_from(["instrument", "scales", "scale", "score", "band"]), ANYTHING))
def test_results_are_read_from_any_shape(fields: dict[str, object]) -> None:
    for result in results(fields):
        assert isinstance(result.score, int)


def test_a_band_of_a_newer_version_offers_nothing() -> None:
    newer = {"instrument": "stress_continuum", "version": 2, "score": 4, "band": "purple"}
    assert results(newer) == (Result("", 4, "purple", None),)
    assert results({**newer, "instrument": "of_next_year", "band": "red"}) == (Result("", 4, "red", None),)
