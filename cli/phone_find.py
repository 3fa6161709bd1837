"""The resource directory and the crisis card, from this phone alone."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.codes import pick
from cli.handset import Handset
from cli.places import locale_of
from cli.terminal import table
from cli.values import Words, plain, short
from schemas.records import code_list, label

if TYPE_CHECKING:
    from device.directory import Found
    from schemas.records import Card


def find(
    handset: Handset,
    text: Annotated[list[str] | None, typer.Argument(help="Words to look for; all resources without any.")] = None,
    category: Annotated[str | None, typer.Option(help="Only resources of this category (a code).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
) -> None:
    """Find resources to refer to. Crisis lines are always among the answers."""
    from device.directory import find as look_up

    lang = handset.language
    categories = {code: label(lang, "resource_category", code) for code in code_list("resource_category").codes}
    wanted = None if category is None else pick("--category", category, categories)
    with handset.records() as records:
        hits = look_up(records, " ".join(text or ()), category=wanted, lang=lang, limit=limit)
        words = handset.words(records)
        document = [
            {
                "id": hit.record.id.hex(),
                "freshness": str(hit.freshness),
                "matched": hit.matched,
                "fields": plain(hit.record.fields),
            }
            for hit in hits
        ]
        found = table(("Id", "Name", "Call", "Category", "Last check"), [_row(hit, words) for hit in hits])
        handset.show({"resources": document}, found if hits else "Nothing found. Fewer words find more.")


def crisis(
    handset: Handset,
    region: Annotated[str, typer.Option(help="Country, such as us; else that of the phone or of LANG.")] = "",
) -> None:
    """Show the crisis card. Needs no passcode and no network."""
    card = crisis_card(handset, region)
    handset.show({**card}, *card_lines(card))


def crisis_card(handset: Handset, region: str = "") -> "Card":
    """The card on this phone; where it names no region, the emergency number is that of the locale."""
    from device.crisis import read_card

    home, _ = handset.places
    card = read_card(home, region)
    return card if card["region"] else read_card(home, locale_of(os.environ))


def card_lines(card: "Card") -> list[str]:
    """The card as it is read out."""
    lines = [f"Emergency: {card['emergency']}"]
    lines += [f"{entry['name'] or 'Call'}: {entry['number']}" for entry in card["numbers"]]
    return [*lines, *card["texts"]]


def _row(hit: "Found", words: Words) -> tuple[str, ...]:
    fields = hit.record.fields
    return (
        short(hit.record.id),
        str(fields.get("name", "")),
        ", ".join(_numbers(fields.get("phones"))) or str(fields.get("url", "")),
        words.value("resource", "categories", fields.get("categories", [])),
        words.code("freshness", str(hit.freshness)),
    )


def _numbers(phones: Any) -> list[str]:
    entries = phones if isinstance(phones, list) else []
    return [str(entry.get("number", "")) for entry in entries if isinstance(entry, dict)]
