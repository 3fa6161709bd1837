"""Work (directory): 1,000 resources searched on a phone, in the vault's own records and indexed."""

import os
import random
import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

from bench.result import Result, median, percentile
from bench.run import Run
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from crypto.secret.local import new_passcode_words
from device.directory import Directory
from device.identity import Identity, store_identity
from device.ledger import follow
from device.records import Records
from device.vault import Vault
from schemas.records import code_list

RESOURCES, ROUNDS = 1000, 15
BAR = 50
"""Searches a second: one in 20 ms."""

SYLLABLES = (
    "ber",
    "can",
    "dol",
    "fer",
    "gor",
    "hal",
    "jin",
    "kel",
    "lom",
    "mar",
    "nor",
    "pel",
    "ros",
    "sal",
    "tor",
    "vin",
)
TODAY = date(2026, 11, 20)


async def directory(run: Run) -> AsyncIterator[Result]:
    """Queries with whole words, beginnings and typing errors, one letter more each time; in processor time.

    Against going through all the words of the directory once, and comparing each with the query.
    """
    number = run.size(RESOURCES, 20)
    draw = random.Random(1)
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))) for _ in range(6000)]
    with run.folder() as folder, _lead(Path(folder)) as records:
        for _ in range(number):
            records.log("resource", _resource(draw, words))
        texts = [" ".join(str(text) for text in record.fields.values()).split() for record in records.list("resource")]
        start = time.process_time()
        found = Directory(records)
        found.find()
        built = time.process_time() - start
        queries = [word[:end] for word in _queries(draw, words) for end in range(2, len(word) + 1)]
        ours, bare = [], []
        for query in queries * ROUNDS:
            start = time.process_time()
            found.find(query)
            ours.append(time.process_time() - start)
            start = time.process_time()
            sum(word == query for text in texts for word in text)
            bare.append(time.process_time() - start)
    yield Result(
        "directory", f"a phone searches {number:,} resources", 1 / median(ours), "searches/s",
        "each word compared with the query", 1 / median(bare), BAR, absolute=True,
        more={"p50_ms": median(ours) * 1e3, "p99_ms": percentile(ours, 99) * 1e3, "built_ms": built * 1e3},
    )  # fmt: skip


def _lead(folder: Path) -> "_Phone":
    return _Phone(folder)


class _Phone:
    """The phone of a lead that has never met a server."""

    def __init__(self, folder: Path) -> None:
        words = new_passcode_words(os.urandom)
        self._vault = Vault.create(folder / "vault", folder / "keystore", words, os.urandom)

    def __enter__(self) -> Records:
        programme, account = os.urandom(32), os.urandom(16)
        signing, hpke = SigningKey.generate(os.urandom), HpkeKey.generate(os.urandom)
        identity = Identity("active", "lead", "", bytes(32), b"", signing, hpke, "", programme, account)
        with self._vault.write() as connection:
            store_identity(connection, identity)
        records = Records(self._vault, lambda: TODAY, os.urandom)
        with self._vault.write() as connection:
            for space, log in records.view.logs.items():
                follow(connection, programme, log, space)
        return records

    def __exit__(self, *_: object) -> None:
        self._vault.close()


def _resource(draw: random.Random, words: list[str]) -> dict[str, object]:
    """As long as resources are: thirty words of description, two numbers, two categories."""
    return {
        "name": " ".join(draw.choices(words, k=3)),
        "organization": " ".join(draw.choices(words, k=2)),
        "description": " ".join(draw.choices(words, k=30))[:280],
        "service_area": draw.choice(words),
        "categories": draw.sample(code_list("resource_category").codes, 2),
        "languages": draw.sample(code_list("language").codes, 2),
        "phones": [{"number": f"+1 555 {draw.randint(1000, 9999)}", "type": "voice"} for _ in range(2)],
        "assured_date": TODAY.isoformat(),
    }


def _queries(draw: random.Random, words: list[str]) -> list[str]:
    """A word as it is, one with two neighbours swapped, one with a letter too few; two words at once."""
    one, two, three, four = (draw.choice([word for word in words if len(word) > 8]) for _ in range(4))
    return [one, two[:3] + two[4] + two[3] + two[5:], three[:5] + three[6:], f"{four} {one}"]
