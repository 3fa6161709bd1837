"""The one composition root: makes the services from the settings, and the application from the services."""

import os
import time
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware

from api.body import Flight
from api.challenges import Challenges
from api.document import describe
from api.keyfile import key_of, noise_key
from api.middleware import BodyLimit, Express, Guard
from api.problems import HANDLED, handler
from api.routes import (
    challenges,
    health,
    keys,
    limits,
    missing,
    names,
    programmes,
    releases,
    reports,
    sessions,
    slips,
    sync,
    verification,
    witness,
    wraps,
)
from api.services import Services
from api.sessions import Sessions
from api.settings import CHALLENGE_MINUTES, OTHER_BYTES, OTHER_BYTES_IN_FLIGHT, SESSIONS_PER_PRINCIPAL, Settings
from crypto.public.randomness import Randomness
from store.mailbox.mailbox import Mailbox
from store.place import open_at
from store.store import Store

COLD_ROUTES = (
    *(health, limits, challenges, sessions, programmes, wraps, keys, names, slips, witness, missing),
    *(reports, verification, releases),
)

# FastAPI would hand paths, queries and failed input to whatever exporter the environment names.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def create_app(
    settings: Settings, clock: Callable[[], float] = time.time, randomness: Randomness = os.urandom
) -> FastAPI:
    """The server over an opened and migrated database; `app.state.services.close()` when done.

    Raises KeyFileWrong, AlreadyServed, StorageFailed.
    """
    return application(make_services(settings, clock, randomness))


def make_services(settings: Settings, clock: Callable[[], float], randomness: Randomness) -> Services:
    """Everything the routes share. Raises as `create_app` does."""
    key = key_of(settings, randomness)
    store = Store(open_at(settings.place, alone=True))
    try:
        mailbox = Mailbox(settings.mailbox_path, noise_key(settings.noise_key_path, randomness))
    except BaseException:
        store.close()
        raise
    services = Services(
        settings,
        store,
        mailbox,
        Sessions(clock, randomness, seconds=settings.session_seconds, per_principal=SESSIONS_PER_PRINCIPAL),
        Challenges(key.seed, clock, randomness, CHALLENGE_MINUTES),
        key,
        clock,
    )
    try:
        services.erase_due()
    except BaseException:
        services.close()
        raise
    return services


def application(services: Services) -> FastAPI:
    """The routes over these services."""
    syncing = sync.SyncEndpoint(services)
    app = FastAPI(
        title="Hallway",
        telemetry=NO_TELEMETRY,
        # The interactive pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
        separate_input_output_schemas=False,
        middleware=[
            Middleware(Guard, defects=services.defects),
            Middleware(Express, path=sync.PATH, endpoint=syncing),
            Middleware(BodyLimit, limit=OTHER_BYTES, flight=Flight(OTHER_BYTES_IN_FLIGHT), binary=reports.PATH),
        ],
        exception_handlers=dict.fromkeys(HANDLED, handler),
    )
    # First, since routes are tried in their order.
    app.router.routes.insert(0, sync.route(syncing))
    for noun in COLD_ROUTES:
        app.include_router(noun.router(services))
    describe(app, sync.PATH, sync.OPERATION, sync.RESPONSES)
    app.state.services = services
    return app
