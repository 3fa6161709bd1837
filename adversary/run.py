"""All attacks, on a few servers side by side."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from adversary.counting import build_counted, honest_period
from adversary.host import Host
from adversary.play import honest_month, play
from adversary.scene import House, build
from adversary.verdict import MONTH, Attack, Row

Heard = Callable[[Row], None]


async def run(
    attacks: Sequence[Attack],
    command: Sequence[str],
    lanes: int,
    heard: Heard = lambda _: None,
    *,
    said: Callable[[str], None] = lambda _: None,
    keep: Path | None = None,
) -> list[Row]:
    """Rows in the order of the attacks; `heard` is told each when it is there, `said` what goes on before.

    In `keep`, a new directory, everything is left: the phones, the servers, and what was said. Each lane has a server
    of its own with its own programme. Raises SceneBroken if the client does not do with an honest server what it
    should, or complains of it; ClientGone.
    """
    left = list(enumerate(attacks))
    rows: dict[int, Row] = {}

    async def lane(folder: Path, *, first: bool) -> None:
        counted: House | None = None
        async with Host() as host:
            house = await build(host, command, folder / "house")
            if first and any(attack.promise == MONTH for attack in attacks):
                said(
                    "the client founds and joins a programme; now a month with an honest server, in which it is silent"
                )
                await honest_month(host, command, house, folder / "honest-month")
            while left:
                number, attack = left.pop(0)
                if attack.counted and counted is None:
                    counted = await build_counted(host, command, folder / "period")
                    said("now a period of statistics with an honest server, and then the attacks on them")
                    await honest_period(host, command, counted, folder / "honest-period")
                ground = counted if attack.counted and counted else house
                rows[number] = await play(host, command, ground, attack, folder / attack.name)
                heard(rows[number])

    with nullcontext(keep) if keep else TemporaryDirectory(prefix="adversary-") as made:
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(min(lanes, len(attacks))):
                    group.create_task(lane(Path(made) / str(number), first=number == 0))
        except BaseExceptionGroup as broken:
            raise broken.exceptions[0] from None
    return [rows[number] for number in range(len(attacks))]
