"""The key of a phone's own database: from a passcode the person knows and a key the phone's keystore holds.

Neither alone opens the database: a copied disk lacks the keystore, a found phone lacks the passcode.
"""

from unicodedata import normalize

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto.errors import PasscodeWrong
from crypto.public.hashing import hkdf
from crypto.public.randomness import Randomness
from crypto.secret.words import word_list, word_set

SALT_SIZE = 16
KEYSTORE_KEY_SIZE = 32

WORDS = 5
"""Words of a passcode: of the 7,776 in the list each is worth 12.9 bits, five are worth 64.6."""


def local_key(passcode: str, keystore_key: bytes, salt: bytes) -> bytes:
    """32 bytes for SQLCipher's raw key. Slow, and 64 MiB large, on purpose.

    Argon2id (RFC 9106) of the passcode in Unicode NFC, then HKDF together with the 32-byte `keystore_key`.
    `salt`: 16 random bytes, stored in clear beside the database. Raises ValueError for another size.
    """
    if len(salt) != SALT_SIZE or len(keystore_key) != KEYSTORE_KEY_SIZE:
        raise ValueError("salt or keystore key has the wrong size")
    # More than one lane in two threads at once hung the library for ever.
    argon2id = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024)
    stretched = argon2id.derive(normalize("NFC", passcode).encode("utf-8", "surrogatepass"))
    return hkdf(stretched + keystore_key, "local", length=32)


def new_passcode_words(randomness: Randomness, count: int = WORDS) -> str:
    """A new passcode of `count` words from the list, with single spaces."""
    return " ".join(_draw(randomness) for _ in range(count))


def check_words(passcode: str, count: int = WORDS) -> str:
    """The passcode as `new_passcode_words` spelled it, whatever its case and white space.

    Raises PasscodeWrong for fewer than `count` words and for a word outside the list, of which it tells the
    position and not the word: errors are logged.
    """
    words = passcode.lower().split()
    if len(words) < count:
        raise PasscodeWrong(f"a passcode has {count} words, this one {len(words)}")
    for position, word in enumerate(words, start=1):
        if word not in word_set():
            raise PasscodeWrong(f"word {position} is not in the list")
    return " ".join(words)


def _draw(randomness: Randomness) -> str:
    words = word_list()
    # The remainder of all 16-bit numbers would prefer the first words of the list.
    limit = 65536 - 65536 % len(words)
    while (number := int.from_bytes(randomness(2), "big")) >= limit:
        pass
    return words[number % len(words)]
