"""The shape of a problem document (RFC 9457): closed members for clients to read, open for those of later versions."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.octets import HeaderBytes, Id32, Signature
from schemas.wire import Count, Ordinal


class ShapeError(BaseModel):
    """One place where a request has the wrong shape."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="RFC 6901 pointer into the body.", examples=["/logs/0/cursor/head"])
    message: str = Field(description="What is wrong there; never the value itself.", examples=["is not 32 bytes"])


class ProblemDocument(BaseModel):
    """What went wrong, and what to do next. Page 8 of the protocol lists all types and their members."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(
        description="Stable name of the problem.",
        pattern="^urn:hallway:problem:[a-z0-9-]+$",
        examples=["urn:hallway:problem:epoch-stale"],
    )
    title: str = Field(description="The type in words.", examples=["The epoch is not the current one."])
    status: Annotated[int, Field(strict=True, ge=400, le=599)] = Field(description="The HTTP status.", examples=[409])
    detail: str = Field(description="This occurrence, for a developer.", examples=["the current epoch is 2"])
    next: str = Field(description="What to do next.", examples=["Pull, fetch the wraps, and seal anew."])
    log: Id32 | None = Field(default=None, description="The log of the refused entry, or the log asked for.")
    sequence: Count | None = Field(default=None, description="Number of the refused entry.", examples=[3])
    header: HeaderBytes | None = Field(default=None, description="Header of the entry that stands there.")
    signature: Signature | None = Field(default=None, description="Its signature.")
    epoch: Ordinal | None = Field(default=None, description="The current epoch.", examples=[2])
    server_day: Count | None = Field(default=None, description="The server's UTC day.", examples=[20779])
    limit: Ordinal | None = Field(default=None, description="Largest body, in bytes.", examples=[8_388_608])
    errors: list[ShapeError] | None = Field(default=None, description="Where the shape is wrong.")
