"""schemathesis against the ASGI application: it finds nothing, as a stranger and with a live session."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from schemas.problems import URN
from tests.support.client import Host

# Beside the examples it derives from the document itself; HYPOTHESIS_PROFILE=thorough looks longer.
EXAMPLES = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 5

REFUSALS = [400, 401, 403, 404, 409, 413, 415, 422, 429]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Host, str]]:
    """A server with a programme, and a token of its lead."""
    host = Host(tmp_path)

    async def prepare() -> str:
        tenant = await host.found(1)
        token = await tenant.token_of(tenant.world.lead)
        await host.client.http.aclose()
        return token

    yield host, asyncio.run(prepare())
    host.app.state.services.close()


# pytest 9 has no fixture loader in schemathesis yet, so its engine runs here as its command line would.
def findings(host: Host, headers: dict[str, str]) -> tuple[list[Any], int]:
    """What schemathesis holds against the server, and how many checks it made."""
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"max-examples": EXAMPLES},
            "headers": headers,
            # It draws bodies of 80 kB now and then, of which a route that takes less need not read more.
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
        }
    )
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", host.app, config=config)
    found: list[Any] = []
    checks = 0
    for event in from_schema(schema).execute():
        if isinstance(event, FatalError | NonFatalError):
            found.append(event)
        elif isinstance(event, ScenarioFinished):
            made = [check for case in event.recorder.checks.values() for check in case]
            checks += len(made)
            found += [(event.recorder.label, check.name, check.failure_info) for check in made if check.failure_info]
            found += undeclared(event.recorder)
            if event.status not in (Status.SUCCESS, Status.SKIP) and not found:
                found.append(event)
    return found, checks


def undeclared(recorder: Any) -> list[Any]:
    """Problems that were answered where the document does not name them: their types stand in it as examples."""
    found = []
    for case, interaction in recorder.interactions.items():
        response, operation = interaction.response, recorder.cases[case].value.operation
        if response is None or response.status_code < 400:
            continue
        name = json.loads(response.content)["type"].removeprefix(URN)
        declared = operation.definition.raw["responses"].get(str(response.status_code), {"content": {}})["content"]
        # Another method than the address has is asked for on purpose; the document says so once for all.
        if name != "method-not-allowed" and name not in declared["application/problem+json"]["examples"]:
            found.append((recorder.label, response.status_code, name))
    return found


@pytest.mark.parametrize("who", ["stranger", "lead"])
def test_schemathesis_finds_nothing(served: tuple[Host, str], who: str) -> None:
    host, token = served
    found, checks = findings(host, {"Authorization": f"Bearer {token}"} if who == "lead" else {})
    assert found == []
    assert checks > 1000
