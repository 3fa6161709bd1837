"""Tickets (page 2): one string, whose clear part and data say the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.base64url import b64
from crypto.public.encoding import encode
from sync.ticket import KINDS, Ticket, TicketWrong, is_origin

TICKET = Ticket("member", "https://hallway.example:8443", b"k" * 32, b"s" * 16)
addresses = st.from_regex(r"https?://[A-Za-z0-9.-]{1,60}(:[0-9]{1,5})?", fullmatch=True)
tickets = st.builds(
    Ticket,
    st.sampled_from(KINDS),
    addresses,
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=16, max_size=16),
)


def text_of(data: list[Any], *, kind: str = "member", address: str = TICKET.address) -> str:
    return f"{address}/{kind}#{b64(encode(data))}"


@given(tickets)
def test_a_ticket_reads_as_it_was_written(ticket: Ticket) -> None:
    text = ticket.to_text()
    assert Ticket.from_text(text) == ticket
    assert Ticket.from_text(f"  {text}\n") == ticket
    assert text == f"{ticket.address}/{ticket.kind}#" + b64(
        encode([1, ticket.kind, ticket.address, ticket.server_key, ticket.secret])
    )


def test_two_tickets_are_not_one() -> None:
    """A file of `lead invite --count 3` was "damaged"."""
    with pytest.raises(TicketWrong, match="more than one"):
        Ticket.from_text(f"{TICKET.to_text()}\n{TICKET.to_text()}\n")


@given(tickets, st.data())
def test_a_mistyped_ticket_is_refused_or_another_ticket(ticket: Ticket, data: st.DataObject) -> None:
    text = ticket.to_text()
    at = data.draw(st.integers(0, len(text) - 1))
    typed = text[:at] + data.draw(st.text(max_size=2)) + text[at + 1 :]
    try:
        read = Ticket.from_text(typed)
    except TicketWrong:
        return
    assert read.to_text() == typed.strip()


@given(st.text(max_size=120))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(TicketWrong):
        Ticket.from_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        TICKET.to_text().partition("#")[0],
        TICKET.to_text().partition("#")[2],
        TICKET.to_text() + "=",
        TICKET.to_text() + "A",
        TICKET.to_text()[:-1],
        TICKET.to_text().replace("#", "##"),
        TICKET.to_text().replace("#", "?"),
        TICKET.to_text().replace("/member", "/"),
        TICKET.to_text().replace("/member", "/lead"),
        TICKET.to_text().replace("/member", "/recovery"),
        TICKET.to_text().replace("/member", "/path/member"),
        TICKET.to_text().replace("https:", "http:"),
        TICKET.to_text().replace("https:", "ftp:"),
        TICKET.to_text().replace("hallway.example", "user@hallway.example"),
        TICKET.to_text().replace("hallway.example", "evil.example"),
        TICKET.to_text().replace(":8443", ""),
        text_of([2, "member", TICKET.address, b"k" * 32, b"s" * 16]),
        text_of([1, "lead", TICKET.address, b"k" * 32, b"s" * 16]),
        text_of([1, "member", "https://evil.example", b"k" * 32, b"s" * 16]),
        text_of([1, "member", TICKET.address, b"k" * 31, b"s" * 16]),
        text_of([1, "member", TICKET.address, b"k" * 32, b"s" * 15]),
        text_of([1, "member", TICKET.address, b"k" * 32, b"s" * 16, 0]),
        text_of([1, "member", TICKET.address, b"k" * 32]),
        text_of([True, "member", TICKET.address, b"k" * 32, b"s" * 16]),
        "https://hallway.example/member#\udc80",
        "https://hallway.example/member#é",
    ],
)
def test_what_is_no_ticket(text: str) -> None:
    with pytest.raises(TicketWrong):
        Ticket.from_text(text)


@pytest.mark.parametrize(
    "address", ["ftp://a", "a", "https://a/b", "https://u@a", "javascript:alert(1)", "https://a b"]
)
def test_an_address_that_is_no_origin_is_refused_though_both_parts_agree(address: str) -> None:
    with pytest.raises(TicketWrong):
        Ticket.from_text(Ticket("member", address, b"k" * 32, b"s" * 16).to_text())


def test_a_ticket_does_not_print_its_secret() -> None:
    ticket = Ticket("member", TICKET.address, b"k" * 32, b"verysecretsecret")
    assert "secret" not in repr(ticket)
    assert "secret" not in str(ticket)
    assert "secret" not in f"{ticket}"


@pytest.mark.parametrize("address", ["https://a", "http://127.0.0.1:8000", "https://[::1]:8443", "https://h-1.example"])
def test_origins(address: str) -> None:
    assert is_origin(address)
    longest = address + "a" * (200 - len(address))
    assert is_origin(longest)
    assert not is_origin(longest + "a")


@pytest.mark.parametrize(
    "address",
    ["", "https://", "hallway.example", "https://a/", "https://a/b", "https://a?b", "https://u@a", "https://a b", "//a",
     "HTTPS://a", "https://a\n", "https://ä", "https://" + "a" * 193],
)  # fmt: skip
def test_what_is_no_origin(address: str) -> None:
    assert not is_origin(address)
