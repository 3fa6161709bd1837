"""Short wellbeing check-ins, for their owner alone."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import ask
from cli.errors import Usage
from cli.handset import Handset
from cli.phone_find import card_lines, crisis_card
from cli.terminal import table
from cli.values import Words
from schemas.records import Instrument, Item, Sentence, instrument, instrument_names, sentence

if TYPE_CHECKING:
    from rich.console import RenderableType

    from device.checkins import Point
    from schemas.records import Result

INSTRUMENTS = ", ".join(instrument_names())
Name = Annotated[str, typer.Argument(metavar="INSTRUMENT", help=Sentence("help_instruments", names=INSTRUMENTS))]


def checkin(
    handset: Handset,
    name: Name,
    answers: Annotated[list[int] | None, typer.Argument(help=Sentence("help_answers"))] = None,
    scale: Annotated[list[str] | None, typer.Option(help=Sentence("help_scale"))] = None,
) -> None:
    """Take a short check-in."""
    from device.checkins import check_in

    chosen = instrument(_code(name))
    items = chosen.asked([_code(each) for each in scale or ()])
    if answers is not None and not chosen.kept:
        # Arguments are in the shell's history, and this one promises that nothing is stored.
        raise Usage(Sentence("use_asks", name=name), Sentence("use_asks_how"))
    with handset.records() as records:
        given = answers if answers is not None else _asked(handset, chosen, items)
        if len(given) != len(items):
            wrong = Sentence("use_questions", name=name, number=len(items), given=len(given))
            raise Usage(wrong, Sentence("use_questions_how"))
        ids = [item.id for item in items]
        done = check_in(records, chosen.id, dict(zip(ids, given, strict=True)))
        number = records.unsent()
        words = handset.words(records)
        card = crisis_card(handset)
        document = {
            "record": None if done.record is None else done.record.hex(),
            "results": [_plain(result) for result in done.results],
            "attribution": chosen.attribution,
            "crisis_card": {**card},
            "unsent": number,
        }
        said = [_said(result, words) for result in done.results]
        offers = _offers({result.offer for result in done.results}, words)
        stands = words.say("not_kept") if done.record is None else words.only_here(number)
        handset.show(document, *said, *offers, *card_lines(card, words), f"({chosen.attribution})", stands)


def trend(handset: Handset, name: Name) -> None:
    """Your own results with an instrument, the newest last."""
    from device.checkins import trend as own_trend

    chosen = instrument(_code(name))
    with handset.records() as records:
        series = own_trend(records, chosen.id)
        words = handset.words(records)
        card = crisis_card(handset)
        document = {
            "instrument": chosen.id,
            "meaningful_change": chosen.meaningful_change or None,
            "points": [_point(point) for points in series.values() for point in points],
            "attribution": chosen.attribution,
            "crisis_card": {**card},
        }
        shown = [each for scale, points in series.items() for each in _shown(scale, points, words)]
        if series and chosen.meaningful_change:
            shown.append(words.say("change_means", points=chosen.meaningful_change))
        said = shown or [words.say("no_check_in")]
        handset.show(document, *said, *card_lines(card, words), f"({chosen.attribution})")


def _code(typed: str) -> str:
    return typed.replace("-", "_")


def _asked(handset: Handset, chosen: Instrument, items: tuple[Item, ...]) -> list[int]:
    if chosen.instruction:
        handset.remark(chosen.instruction)
    if handset.language[:2] != chosen.language:
        handset.remark(sentence(handset.language, "wording_foreign"))
    return [_answer(item) for item in items]


def _answer(item: Item) -> int:
    options = "\n".join(f"  {value}  {text}" for value, text in item.options.items())
    typed = ask(f"{item.text}\n{options}\nNumber", "the number of an answer as an argument")
    if not typed.isascii() or not typed.isdigit():
        raise Usage(Sentence("use_answer", typed=typed), Sentence("use_answer_how"))
    return int(typed)


def _offers(offered: set[str | None], words: Words) -> list[str]:
    known = {"debrief": words.say("offer_debrief"), "crisis_card": words.say("offer_crisis_card")}
    return [text for code, text in known.items() if code in offered]


def _said(result: "Result", words: Words) -> str:
    scale = f"{words.code('instrument_scale', result.scale)}: " if result.scale else ""
    return f"{scale}{words.code('check_in_band', result.band)} ({result.score})"


def _plain(result: "Result") -> dict[str, Any]:
    return {"scale": result.scale or None, "score": result.score, "band": result.band, "offer": result.offer}


def _point(point: "Point") -> dict[str, Any]:
    return {
        "day": point.day,
        "record": point.record.hex(),
        **_plain(point.result),
        "change": point.change,
        "meaningful": point.meaningful,
    }


def _shown(scale: str, points: "list[Point]", words: Words) -> "list[str | RenderableType]":
    heading: list[str | RenderableType] = [words.code("instrument_scale", scale)] if scale else []
    return [
        *heading,
        table(
            [words.code("column", name) for name in ("date", "score", "result", "change")],
            [_row(point, words) for point in points],
        ),
    ]


def _row(point: "Point", words: Words) -> tuple[str, ...]:
    change = "" if point.change is None else f"{point.change:+d}"
    return (
        point.day,
        str(point.result.score),
        words.code("check_in_band", point.result.band),
        f"{change}, {words.say('meaningful')}" if point.meaningful else change,
    )
