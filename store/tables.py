"""Everything the server stores (docs/metadata-budget.yaml). The programme comes first in every key.

No row belongs to a record, and no column holds an address, a user agent or a time.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

# An integer of PostgreSQL has 32 bits, and an author numbers as it likes.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _octets(*, key: bool = False, null: bool = False, unique: bool = False) -> Column[bytes]:
    return Column(LargeBinary, primary_key=key, nullable=null, unique=unique or None)


class ProgrammeRow(SQLModel, table=True):
    """A tenant; `healing`: the operator has put it back from a backup, and no lead has said yet that it is done."""

    __tablename__ = "programmes"

    programme: bytes = Field(sa_column=_octets(key=True))
    healing: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="0"))


class LogRow(SQLModel, table=True):
    """A log of a programme; `account` is that of a personal space."""

    __tablename__ = "logs"
    __table_args__ = (ForeignKeyConstraint(["programme"], ["programmes.programme"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    log: bytes = Field(sa_column=_octets(key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    account: bytes | None = Field(sa_column=_octets(null=True))


class EntryRow(SQLModel, table=True):
    """An entry at its position; `body` is null once erased, `head` is the running hash up to here."""

    __tablename__ = "entries"
    __table_args__ = (
        ForeignKeyConstraint(["programme", "log"], ["logs.programme", "logs.log"]),
        Index("entries_by_number", "programme", "log", "device", "sequence", unique=True),
    )

    programme: bytes = Field(sa_column=_octets(key=True))
    log: bytes = Field(sa_column=_octets(key=True))
    position: int = Field(sa_column=Column(_NUMBER, primary_key=True, autoincrement=False))
    device: bytes = Field(sa_column=_octets())
    sequence: int = Field(sa_column=Column(_NUMBER, nullable=False))
    leaf: bytes = Field(sa_column=_octets())
    head: bytes = Field(sa_column=_octets())
    header: bytes = Field(sa_column=_octets())
    signature: bytes = Field(sa_column=_octets())
    body: bytes | None = Field(sa_column=_octets(null=True))


class ErasureRow(SQLModel, table=True):
    """A mark: the body at `position` goes on the day `due`, by the `erase` at position `erasure`. Withdrawn: no row."""

    __tablename__ = "erasures"
    __table_args__ = (ForeignKeyConstraint(["programme", "log"], ["logs.programme", "logs.log"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    log: bytes = Field(sa_column=_octets(key=True))
    erasure: int = Field(sa_column=Column(_NUMBER, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(_NUMBER, primary_key=True, autoincrement=False))
    due: int = Field(sa_column=Column(_NUMBER, nullable=False))


class WrapRow(SQLModel, table=True):
    """An epoch key of a space, sealed to one reader: the current one; for an open recovery code the older ones too."""

    __tablename__ = "wraps"
    __table_args__ = (ForeignKeyConstraint(["programme", "log"], ["logs.programme", "logs.log"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    log: bytes = Field(sa_column=_octets(key=True))
    reader: bytes = Field(sa_column=_octets(key=True))
    epoch: int = Field(sa_column=Column(_NUMBER, primary_key=True, autoincrement=False))
    wrap: bytes = Field(sa_column=_octets())


class HpkeKeyRow(SQLModel, table=True):
    """An HPKE key that the roster names by hash."""

    __tablename__ = "hpke_keys"
    __table_args__ = (ForeignKeyConstraint(["programme"], ["programmes.programme"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    hash: bytes = Field(sa_column=_octets(key=True))
    key: bytes = Field(sa_column=_octets())


class NameRow(SQLModel, table=True):
    """A joiner's display name, sealed to the leads, until one of them has taken it."""

    __tablename__ = "names"
    __table_args__ = (ForeignKeyConstraint(["programme"], ["programmes.programme"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    account: bytes = Field(sa_column=_octets(key=True))
    sealed: bytes = Field(sa_column=_octets())


class SlipRow(SQLModel, table=True):
    """What an account last said to the leads without its name, nearly always nothing: each flush replaces it."""

    __tablename__ = "slips"
    __table_args__ = (ForeignKeyConstraint(["programme"], ["programmes.programme"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    account: bytes = Field(sa_column=_octets(key=True))
    sealed: bytes = Field(sa_column=_octets())


class PrincipalRow(SQLModel, table=True):
    """A device or invite that the roster names, so that opening a session finds its programme."""

    __tablename__ = "principals"
    __table_args__ = (ForeignKeyConstraint(["programme"], ["programmes.programme"]),)

    programme: bytes = Field(sa_column=_octets(key=True))
    principal: bytes = Field(sa_column=Column(LargeBinary, primary_key=True, unique=True))


class FoundingTokenRow(SQLModel, table=True):
    """SHA-256 of a founding token not yet spent; it belongs to no programme yet."""

    __tablename__ = "founding_tokens"

    hash: bytes = Field(sa_column=_octets(key=True))
