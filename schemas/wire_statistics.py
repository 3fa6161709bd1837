"""Requests and answers of docs/protocol/10-statistics.md, *Requests*, as frozen models."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypeAliasType

from schemas.octets import Id16, Id32, Octets, Signature
from schemas.wire import Count, Flag, Open, Wire

MAX_VERIFIERS = 24
PAGE = 100
SEALING = 1136
"""Bytes that HPKE adds (page 2)."""
MOST_TOTAL = 4096 + SEALING
"""Bytes of an aggregate share of 256 cells, sealed."""

ReportBytes = TypeAliasType("ReportBytes", Annotated[bytes, Octets(1, 512, "Report as it was signed")])
SealedShare = TypeAliasType("SealedShare", Annotated[bytes, Octets(1200, 1200, "Input share sealed to an offer")])
SealedKey = TypeAliasType("SealedKey", Annotated[bytes, Octets(1168, 1168, "Verify key sealed to an offer")])
VerifierShare = TypeAliasType("VerifierShare", Annotated[bytes, Octets(0, 1920, "Verifier share")])
VerifierMessage = TypeAliasType("VerifierMessage", Annotated[bytes, Octets(0, 32, "Verifier message")])
SealedTotal = TypeAliasType(
    "SealedTotal", Annotated[bytes, Octets(SEALING, MOST_TOTAL, "Aggregate share sealed to an offer")]
)
ReleasedShare = TypeAliasType("ReleasedShare", Annotated[bytes, Octets(16, 4096, "Aggregate share with its noise")])


class ReportAnswer(Open):
    """The report is stored."""

    account: Id16 = Field(description="Whose report it is.")


class PagedReport(Open):
    """A report, as an aggregator device needs it."""

    account: Id16 = Field(description="Whose report it is.")
    report: ReportBytes = Field(description="Canonical encoding of what was signed.")
    signature: Signature = Field(description="By the device that made the report.")
    sealed_share: SealedShare = Field(description="Input share sealed to the asking device's offer.")


class ReportsAnswer(Open):
    """A page of reports."""

    reports: list[PagedReport] = Field(description="By account, ascending.")
    more: Flag = Field(description="Whether there are more behind the last one.", examples=[False])


class VerifyKeyRequest(Wire):
    """The verify key of an opening, for the other aggregators."""

    opening: Id32 = Field(description="Opening id.")
    key: Id32 = Field(description="Verify key, for the server.")
    sealed: SealedKey | None = Field(
        default=None, description="The same, sealed to the second offer; null if there is none."
    )


class SealedKeyAnswer(Open):
    """The verify key, for the second aggregator."""

    sealed: SealedKey = Field(description="Verify key sealed to the second offer.")


class Verifier(Wire):
    """An aggregator's verifier share of one report."""

    account: Id16 = Field(description="Whose report it is.")
    share: VerifierShare = Field(description="Verifier share; empty if there is none to make of this report.")


class VerifiersRequest(Wire):
    """Verifier shares of an aggregator device."""

    opening: Id32 = Field(description="Opening id.")
    verifiers: list[Verifier] = Field(description="Each account once.", min_length=1, max_length=MAX_VERIFIERS)


class ProgressAnswer(Open):
    """How far an opening has come."""

    reports: Count = Field(description="Reports that are stored.", examples=[40])
    decided: Count = Field(description="Of these: accepted or rejected.", examples=[40])
    accepted: Count = Field(description="Of these: accepted.", examples=[40])


class Decision(Open):
    """The server's verdict on a report."""

    account: Id16 = Field(description="Whose report it is.")
    accepted: Flag = Field(description="Whether the report is valid.", examples=[True])
    message: VerifierMessage = Field(description="Verifier message; empty for a rejected report.")


class DecisionsAnswer(ProgressAnswer):
    """A page of decisions."""

    decisions: list[Decision] = Field(description="By account, ascending.")
    more: Flag = Field(description="Whether there are more behind the last one.", examples=[False])


class EndRequest(Wire):
    """Nothing more of an opening is to be decided."""

    opening: Id32 = Field(description="Opening id.")


class AcceptedAnswer(Open):
    """What a period was closed with."""

    receipts: list[Id32] = Field(description="Of the accepted reports, ascending: what `close_period` has the hash of.")


class TotalRequest(Wire):
    """The second aggregator's part of a release."""

    opening: Id32 = Field(description="Opening id.")
    sealed: SealedTotal = Field(description="Its aggregate share, sealed to the first offer.")


class StoredAnswer(Open):
    """The aggregate share is stored."""

    opening: Id32 = Field(description="Opening id.")


class ReleaseAnswer(Open):
    """The server's part of a release, and the second aggregator's."""

    share: ReleasedShare = Field(description="The server's aggregate share with its noise.")
    signature: Signature = Field(description="By the server's key over programme, leaf of `close_period` and share.")
    total: SealedTotal | None = Field(description="The second aggregate share; null if there is no second aggregator.")
    reports: Count = Field(description="Reports that were stored at the release.", examples=[40])
    accepted: Count = Field(description="Reports that are added up.", examples=[40])
