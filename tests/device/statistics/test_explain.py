"""The card of a table: what it must say, of each kind of table."""

from datetime import date
from string import Formatter

import pytest

from device.statistics.counting import Contribution
from device.statistics.explain import Card, Newcomer, explain, preview
from device.statistics.reported import DENIED, FINAL, TAKEN
from schemas.period import number_of
from schemas.records import labels_of, languages
from schemas.tables.ready import ready

DAY = date(2027, 2, 1)


def card(
    name: str,
    shares: int = 2,
    newcomers: tuple[Newcomer, ...] = (),
    *,
    first: bool = False,
    one_organisation: bool = False,
    lang: str = "en",
) -> Card:
    task = ready()[name].task("month", shares)
    period = number_of(task.period_kind, DAY)
    return explain(
        lang,
        task,
        period,
        accounts=31,
        newcomers=newcomers,
        first=first,
        one_organisation=one_organisation,
        aggregator="Ada" if shares == 3 else "",
    )


def test_what_is_counted_and_of_when() -> None:
    counted = card("contacts").counted
    assert counted.startswith("Contacts by kind of contact and modality, 2027-02-01 to 2027-02-28.")
    assert "At most 60 from you" in counted
    assert "2027-01-01 to 2027-03-31" in card("stress_zones").counted
    assert "if you let" in card("stress_zones").counted


def test_who_could_read_a_report_together() -> None:
    assert "split in two: server and lead" in card("contacts").readers
    assert "one organisation" not in card("contacts").readers
    assert "Here one organisation runs both." in card("contacts", one_organisation=True).readers
    three = card("contacts", 3, one_organisation=True).readers
    assert "split in three: server, lead and Ada" in three
    assert "Here one organisation has the first two." in three
    assert "one organisation" not in card("contacts", 3).readers


def test_how_many_count_who_is_new_and_who_invited_them() -> None:
    assert card("contacts").people == "31 accounts count, none of them new."
    people = card("contacts", newcomers=(Newcomer("Bo", "Lea"), Newcomer("Cy", "Lea"))).people
    assert "2 of them new: Bo (invited by Lea), Cy (invited by Lea)." in people


def test_many_newcomers_are_told_by_who_invited_them() -> None:
    newcomers = tuple(Newcomer(f"person {n}", "Lea" if n < 28 else "Bo") for n in range(30))
    assert "30 of them new: 28 invited by Lea, 2 invited by Bo." in card("contacts", newcomers=newcomers).people
    people = card("contacts", newcomers=newcomers, first=True).people
    assert "Nothing was counted before, so all are new: 28 invited by Lea, 2 invited by Bo." in people
    each = tuple(Newcomer(f"person {n}", f"inviter {n}") for n in range(30))
    people = card("contacts", newcomers=each).people
    assert "1 invited by inviter 3, 26 by others." in people
    assert len(str(card("contacts", 3, each, first=True, one_organisation=True)).split()) <= 150


def test_how_it_is_protected_and_what_is_not_hidden() -> None:
    assert "any single contact" in card("contacts").protection
    assert "How busy you were is not hidden from" in card("contacts").protection
    assert "anything you did" in card("unit_contacts").protection
    assert "what you chose" in card("burnout").protection
    assert card("contacts").protection.startswith("The server adds chance to each number")
    assert card("contacts", 3).protection.startswith("Server and Ada add chance to each number")
    assert all("fewer than 8 accounts" in card(name).protection for name in ready())


@pytest.mark.parametrize("name", ready())
@pytest.mark.parametrize("shares", [2, 3])
@pytest.mark.parametrize("lang", languages())
def test_a_card_is_short(name: str, shares: int, lang: str) -> None:
    told = str(card(name, shares, one_organisation=True, lang=lang))
    assert len(told.split()) <= 150
    assert not set("{}") & set(told)


@pytest.mark.parametrize("lang", languages())
def test_a_language_has_all_sentences_with_the_same_gaps(lang: str) -> None:
    for sentence, text in labels_of("en", "card").items():
        gaps = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
        told = [name for _, name, _, _ in Formatter().parse(labels_of(lang, "card")[sentence]) if name is not None]
        assert sorted(told) == sorted(gaps), sentence


def test_a_card_is_told_in_the_reader_s_language() -> None:
    told = card("contacts", 3, (Newcomer("{Bo}", "Lea"),), lang="it")
    assert told.counted.startswith("Contatti per tipo di contatto e modalità, dal 2027-02-01 al 2027-02-28.")
    assert "server, responsabile e Ada" in told.readers
    assert "di cui 1 nuovi: {Bo} (invito di Lea)." in told.people


def test_an_outcome_has_words_in_each_language() -> None:
    for lang in languages():
        assert labels_of(lang, "report_outcome").keys() == {"waiting", TAKEN, *FINAL, DENIED}


def test_all_that_the_phone_will_send_in_words() -> None:
    contacts = ready()["tiers"].task("month", 2)
    cells = [0] * contacts.cells
    cells[contacts.cell(("1", "closed_supported")) or 0] = 3
    assert preview("en", contacts, Contribution(tuple(cells), ())) == (("Tier 2 / Closed, supported", 3),)
    zones = ready()["stress_zones"].task("quarter", 2)
    assert preview("en", zones, Contribution(4, ())) == (("None", 1),)
    assert preview("en", zones, Contribution(1, ())) == (("Orange: injured", 1),)


@pytest.mark.parametrize("name", ready())
@pytest.mark.parametrize("lang", languages())
def test_every_cell_has_words(name: str, lang: str) -> None:
    task = ready()[name].task("month", 2)
    if task.once:
        words = [preview(lang, task, Contribution(cell, ()))[0][0] for cell in range(task.cells)]
    else:
        words = [each for each, _ in preview(lang, task, Contribution((1,) * task.cells, ()))]
    assert len(set(words)) == task.cells
    assert not any("other (" in each or "altro (" in each for each in words)


def test_where_somebody_stands_is_told_as_such() -> None:
    told = card("supervision")
    assert "Where you stand on the last day" in told.counted
    assert "if you let" not in told.counted
    assert "where you stand" in told.protection
    assert "any single shift" in card("presence").protection
