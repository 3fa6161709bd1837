"""Where tests play attacks: a server with a programme that was built once."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from adversary.__main__ import DRIVER
from adversary.attacks.table import ATTACKS
from adversary.host import Host
from adversary.play import play
from adversary.scene import House
from adversary.verdict import Attack, Row

NUMBER = count()
BY_NAME = {attack.name: attack for attack in ATTACKS}


@dataclass
class Lane:
    """The reference client has built the house."""

    host: Host
    house: House
    folder: Path

    def new_folder(self) -> Path:
        return self.folder / str(next(NUMBER))

    async def play(self, name: str, command: Sequence[str] = DRIVER) -> Row:
        return await self.act(BY_NAME[name], command)

    async def act(self, attack: Attack, command: Sequence[str] = DRIVER) -> Row:
        return await play(self.host, command, self.house, attack, self.new_folder())

    async def against(self, weakness: str, name: str) -> Row:
        return await self.play(name, (sys.executable, "-m", "tests.adversary.weak", weakness))
