"""What an operator may set, by environment variables `HALLWAY_...`."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.place import SCHEMES, Place, place_of
from sync.ticket import is_origin

SYNC_BYTES = 8_388_608
OTHER_BYTES = 65_536
CHALLENGE_MINUTES = 48 * 60
SESSIONS_PER_PRINCIPAL = 32
SYNC_BYTES_IN_FLIGHT = 67_108_864
OTHER_BYTES_IN_FLIGHT = 16_777_216
"""Bodies that are being read or answered, of all requests together: the server's memory, whatever clients send at
once. Apart, so that strangers cannot use up what sessions need."""


def _origin(address: str) -> str:
    if not is_origin(address):
        raise ValueError("is not an origin like https://hallway.example")
    return address


class Settings(BaseSettings):
    """`address` is the origin that clients use: they sign it, so it must be exactly what they type."""

    model_config = SettingsConfigDict(env_prefix="HALLWAY_", extra="forbid", frozen=True)

    data: Path = Field(default=Path("data"), description="Directory of the server key and the database.")
    database: str | None = Field(
        default=None,
        # An address may hold a password.
        repr=False,
        description="Database file, if not in `data`; or the address of a PostgreSQL database, postgresql://...",
    )
    address: Annotated[str, AfterValidator(_origin)] = Field(
        default="http://127.0.0.1:8000", description="Public origin of this server."
    )
    host: str = Field(default="127.0.0.1", description="Interface to listen on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on.")
    session_seconds: int = Field(default=900, ge=60, le=3600, description="Life of a session.")
    metrics_port: int | None = Field(
        default=None, ge=1, le=65_535, description="Port on 127.0.0.1 that serves metrics; none are served without it."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _is_said(cls, value: object) -> object:
        # A variable of which nothing came would make a new server beside the one that was meant.
        if isinstance(value, str) and not value.strip():
            raise ValueError("is empty: give a value, or leave the setting out")
        return value

    @field_validator("database")
    @classmethod
    def _is_known(cls, database: str | None) -> str | None:
        # It would be made as a file, in directories named like the address and its password.
        if database is not None and "://" in database and database.partition("://")[0] not in SCHEMES:
            raise ValueError("is an address of no known kind: it begins with postgresql://")
        return database

    @field_validator("metrics_port")
    @classmethod
    def _is_its_own(cls, metrics_port: int | None, info: ValidationInfo) -> int | None:
        # A proxy passes the other port on to everybody.
        if metrics_port is not None and metrics_port == info.data.get("port"):
            raise ValueError("is the port that phones use")
        return metrics_port

    @property
    def place(self) -> Place:
        """Where the database is."""
        return place_of(self.database) if self.database is not None else self.data / "hallway.sqlite"

    @property
    def database_path(self) -> Path:
        """Its file; on PostgreSQL, where it would be."""
        place = self.place
        return place if isinstance(place, Path) else self.data / "hallway.sqlite"

    @property
    def mailbox_path(self) -> Path:
        """A file of its own, and never in the database: reports are in no backup."""
        return self.database_path.with_suffix(".mailbox")

    @property
    def noise_key_path(self) -> Path:
        return self.data / "noise.key"

    @property
    def key_path(self) -> Path:
        return self.data / "server.key"
