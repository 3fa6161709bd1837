"""The kit against processes that are no client."""

import sys
from pathlib import Path

import pytest

from adversary import client as module
from adversary.client import SILENT, Client, ClientGone, Said

ECHO = "import sys\nfor line in sys.stdin: print({answer!r}, flush=True)"


def speaking(answer: str, tmp_path: Path) -> Client:
    return Client("ada", [sys.executable, "-c", ECHO.format(answer=answer)], tmp_path)


async def test_what_a_client_answers(tmp_path: Path) -> None:
    client = speaking('{"ok": {"id": "x"}, "notes": ["look"]}', tmp_path)
    assert await client.do("log", type="contact") == Said("ada", "log", {"id": "x"}, "", "", ("look",))
    await client.stop()


@pytest.mark.parametrize(
    ("error", "words"), [("server-fault", ["it lies", "look"]), ("unreachable", ["look"]), ("silent", ["look"])]
)
async def test_that_there_is_no_network_tells_the_user_nothing(tmp_path: Path, error: str, words: list[str]) -> None:
    client = speaking(f'{{"error": "{error}", "detail": "it lies", "notes": ["look"]}}', tmp_path)
    assert (await client.do("sync")).words == words
    await client.stop()


@pytest.mark.parametrize("answer", ["", "nonsense", "[]", "{}", "7"])
async def test_an_answer_that_is_none(tmp_path: Path, answer: str) -> None:
    client = speaking(answer, tmp_path)
    with pytest.raises(ClientGone):
        await client.do("sync")
    await client.stop()


async def test_a_process_that_ends(tmp_path: Path) -> None:
    client = Client("ada", [sys.executable, "-c", ""], tmp_path)
    with pytest.raises(ClientGone):
        await client.do("sync")
    await client.stop()


async def test_a_client_that_hangs_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    client = Client("ada", [sys.executable, "-c", "import sys; sys.stdin.read()"], tmp_path)
    assert (await client.do("sync")).error == SILENT
    await client.stop()
