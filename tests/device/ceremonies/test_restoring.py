"""Declaring that the server was put back."""

import pytest

from device.transport import ServerProblem
from tests.device.conftest import House


async def test_a_lead_declares_it_and_nobody_else(house: House) -> None:
    with pytest.raises(ServerProblem, match="not-authorised"):
        await house.ada.restored()
    assert house.ada.waiting() == 0
    assert await house.lead.restored() == []
    assert house.lead.engine.roster.restored == house.lead.engine.roster.chain.position
    await house.everything_arrives()
