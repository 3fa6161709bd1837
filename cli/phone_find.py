"""The resource directory and the crisis card, from this phone alone."""

import os
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.codes import pick
from cli.errors import Usage
from cli.handset import Handset
from cli.places import region_of, zone_name
from cli.terminal import Coloured, table
from cli.values import Words, plain, short
from schemas.records import Hours, OpenState, Sentence, code_list, hours, is_24_7, label, zone_of
from schemas.records.formats import FORMATS

if TYPE_CHECKING:
    from device.directory import Found
    from device.view import Record
    from schemas.records import Card

COLOURS = {"fresh": "green", "amber": "yellow", "red": "red"}


def find(
    handset: Handset,
    text: Annotated[list[str] | None, typer.Argument(help=Sentence("help_words"))] = None,
    category: Annotated[str | None, typer.Option(help=Sentence("help_category"))] = None,
    language: Annotated[str | None, typer.Option(help=Sentence("help_language"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=Sentence("help_limit"))] = 20,
) -> None:
    """Find resources to refer to."""
    from device.directory import find as look_up

    lang = handset.language
    categories = {code: label(lang, "resource_category", code) for code in code_list("resource_category").codes}
    wanted = None if category is None else pick("--category", category, categories)
    if language is not None and not FORMATS["language"][0].fullmatch(language):
        raise Usage(Sentence("use_language", typed=language), Sentence("use_language_how"))
    now, zone = datetime.now(UTC), local_zone()
    with handset.records() as records:
        hits = look_up(records, " ".join(text or ()), category=wanted, language=language, lang=lang, limit=limit)
        words = handset.words(records)
        document = [found_as_json(hit, hours(hit.record.fields, now, zone)) for hit in hits]
        handset.show({"resources": document}, found_table(hits, words) if hits else words.say("nothing_found"))


def crisis(
    handset: Handset,
    region: Annotated[str, typer.Option(help=Sentence("help_region"))] = "",
) -> None:
    """Show the crisis card."""
    card = crisis_card(handset, region)
    handset.show({**card}, *card_lines(card, Words(handset.language)))


def crisis_card(handset: Handset, region: str = "") -> "Card":
    """The card on this phone; where it names no region, the emergency number is that of where the machine is."""
    from device.crisis import read_card

    home, _ = handset.places
    card = read_card(home, region)
    return card if card["region"] else read_card(home, region_of(os.environ))


def card_lines(card: "Card", words: Words) -> list[str]:
    """The card as it is read out."""
    number, region = card["emergency"], card["region"]
    lines = [words.say("emergency_in", number=number, region=region.upper())] if region else []
    lines = lines or [words.say("emergency", number=number)]
    lines += [] if card["confirmed"] else [words.say("emergency_unconfirmed", number=number)]
    lines += [f"{entry['name'] or words.say('call')}: {entry['number']}" for entry in card["numbers"]]
    return [*lines, *card["texts"]]


def local_zone() -> tzinfo:
    """The zone of this machine; the offset of now where its name cannot be found out."""
    return zone_of(zone_name(os.environ)) or datetime.now(UTC).astimezone().tzinfo or UTC


def found_as_json(hit: "Found", found: Hours) -> dict[str, Any]:
    return {
        "id": hit.record.id.hex(),
        "freshness": str(hit.freshness),
        "matched": hit.matched,
        "open": str(found.state),
        "until": None if found.until is None else found.until.isoformat(),
        "failed": [{"id": note.id.hex(), "type": note.type, **plain(note.fields)} for note in hit.failed],
        "fields": plain(hit.record.fields),
    }


def found_table(hits: "list[Found]", words: Words) -> Any:
    """Resources as people look through them. Hours are those of the resource, in the reader's own zone."""
    now, zone = datetime.now(UTC), local_zone()
    failed = ["failed"] if any(hit.failed for hit in hits) else []
    columns = ["id", "name", "call", "category", "hours", "checked", *failed]
    rows = [_row(hit, words, now, zone)[: len(columns)] for hit in hits]
    return table([words.code("column", name) for name in columns], rows)


def _row(hit: "Found", words: Words, now: datetime, zone: tzinfo) -> list[str | Coloured]:
    fields = hit.record.fields
    return [
        short(hit.record.id),
        str(fields.get("name", "")),
        ", ".join(_numbers(fields.get("phones"))) or str(fields.get("url", "")),
        words.value("resource", "categories", fields.get("categories", [])),
        said_hours(fields, hours(fields, now, zone), words, zone),
        Coloured(words.code("freshness", str(hit.freshness)), COLOURS.get(str(hit.freshness), "")),
        Coloured("\n".join(said_failure(note, words) for note in hit.failed), "red"),
    ]


def said_hours(fields: Any, found: Hours, words: Words, zone: tzinfo) -> str:
    """Whether it is open, and until when, by the reader's own clock."""
    if found.state == OpenState.OPEN and found.until is None and is_24_7(fields):
        return words.say("open_always")
    if found.until is None:
        return words.code("open_state", str(found.state))
    until = found.until.astimezone(zone)
    today = until.date() == datetime.now(UTC).astimezone(zone).date()
    day = "" if today else words.code("weekday", ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[until.weekday()]) + " "
    time = f"{day}{until:%H:%M}"
    if found.state == OpenState.OPEN:
        return words.say("open_until", time=time)
    return words.say("closed_until", time=time)


def said_failure(note: "Record", words: Words) -> str:
    """A note of a number that did not work: what happened, with which number, and when."""
    failure = words.value(note.type, "failure", note.fields.get("failure", ""))
    parts = (note.fields.get("number"), note.fields.get("occurred_on"))
    return ", ".join([failure, *(str(part) for part in parts if part)])


def _numbers(phones: Any) -> list[str]:
    entries = phones if isinstance(phones, list) else []
    return [str(entry.get("number", "")) for entry in entries if isinstance(entry, dict)]
