"""People, their phones, and the invites and codes in their hands: private keys, and nothing of a programme."""

from dataclasses import dataclass

from crypto.public.ids import device_id
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from sync.statements import DeviceKeys


@dataclass(frozen=True)
class Person:
    """An account and the private half of its member key."""

    account: bytes
    member: HpkeKey


@dataclass(frozen=True)
class Phone:
    """A device and whose it is."""

    person: Person
    signing: SigningKey
    hpke: HpkeKey

    @property
    def id(self) -> bytes:
        return device_id(self.signing.public, self.hpke.hash)

    @property
    def account(self) -> bytes:
        return self.person.account

    @property
    def keys(self) -> DeviceKeys:
        return DeviceKeys(self.signing.public, self.hpke.hash)


@dataclass(frozen=True)
class Pass:
    """An invite or a recovery code in somebody's hand. `person`: whose link or code it is."""

    role: str
    secret: bytes
    keys: InviteKeys
    person: Person | None = None

    @property
    def id(self) -> bytes:
        return self.keys.id

    @property
    def account(self) -> bytes:
        return b"" if self.person is None else self.person.account


def new_person(randomness: Randomness) -> Person:
    return Person(randomness(16), HpkeKey.generate(randomness))


def new_phone(randomness: Randomness, person: Person) -> Phone:
    return Phone(person, SigningKey.generate(randomness), HpkeKey.generate(randomness))
