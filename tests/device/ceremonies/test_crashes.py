"""Each ceremony, with the phone dying at every single step of it: repeated until it is done, it ends as it should."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.device.ceremonies.coming import COMING
from tests.device.ceremonies.staying import STAYING
from tests.support.crash import Crash, Crasher
from tests.support.hall import Hall

MOST_STEPS = 150


SCENES = {**COMING, **STAYING}


@pytest.mark.parametrize("name", SCENES)
def test_a_crash_at_any_step_costs_nothing(name: str, built: Path, tmp_path: Path) -> None:
    scene, ready = SCENES[name], tmp_path / "ready"
    if scene.house:
        shutil.copytree(built, ready)

    async def prepare() -> Any:
        async with Hall(ready) as hall:
            return await scene.ready(hall)

    async def dying_at(step: int, remembered: Any) -> bool:
        """Whether there was such a step."""
        folder = tmp_path / str(step)
        shutil.copytree(ready, folder)
        async with Hall(folder) as hall:
            phone = hall.open_phone(scene.who)
            crasher = Crasher(hall, phone)
            crasher.at = step
            with crasher.watching():
                try:
                    await scene.act(phone, remembered)
                except Crash:
                    phone = await hall.reopen(phone)
                    await scene.act(phone, remembered)
            await scene.done(hall, phone, remembered)
            crasher.check_numbers()
        shutil.rmtree(folder)
        return crasher.steps >= step

    remembered = json.loads(json.dumps(asyncio.run(prepare())))
    step = 1
    while asyncio.run(dying_at(step, remembered)):
        step += 1
        assert step < MOST_STEPS
    assert step > 6
