"""Short wellbeing check-ins, for their owner alone."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import ask
from cli.errors import Usage
from cli.handset import Handset, only_here
from cli.phone_find import card_lines, crisis_card
from cli.values import Words
from schemas.records import Instrument, instrument, instrument_names

if TYPE_CHECKING:
    from device.checkins import CheckIn

INSTRUMENTS = ", ".join(instrument_names())


def checkin(
    handset: Handset,
    name: Annotated[str, typer.Argument(metavar="INSTRUMENT", help=f"One of {INSTRUMENTS}.")],
    answers: Annotated[
        list[int] | None, typer.Argument(help="An answer's number for each question; asked for if left out.")
    ] = None,
) -> None:
    """Take a short check-in. It is scored on this phone, and nobody is alerted."""
    from device.checkins import check_in

    chosen = instrument(name.replace("-", "_"))
    with handset.records() as records:
        given = answers if answers is not None else [_asked(chosen, at) for at in range(len(chosen.items))]
        if len(given) != len(chosen.items):
            raise Usage(f"{name} has {len(chosen.items)} questions, not {len(given)}", "Answer each of them, in order.")
        ids = [item.id for item in chosen.items]
        result = check_in(records, chosen.id, dict(zip(ids, given, strict=True)))
        number = records.unsent()
        card = crisis_card(handset)
        document = {
            "record": result.record.hex(),
            "score": result.score,
            "band": result.band,
            "offer": result.offer,
            "attribution": chosen.attribution,
            "crisis_card": {**card},
            "unsent": number,
        }
        words = handset.words(records)
        handset.show(
            document, *_said(result, words), *card_lines(card, words), f"({chosen.attribution})", only_here(number)
        )


def _asked(chosen: Instrument, at: int) -> int:
    item = chosen.items[at]
    options = "\n".join(f"  {value}  {text}" for value, text in item.options.items())
    typed = ask(f"{item.text}\n{options}\nNumber", "the number of an answer as an argument")
    if not typed.isascii() or not typed.isdigit():
        raise Usage(f"{typed!r} is not the number of an answer", "Give one of the numbers in front of the answers.")
    return int(typed)


def _said(result: "CheckIn", words: Words) -> list[str]:
    offers = {"debrief": words.say("offer_debrief"), "crisis_card": words.say("offer_crisis_card")}
    band = words.code("check_in_band", result.band)
    return [f"{band} ({result.score})", *([offers[result.offer]] if result.offer in offers else [])]
