"""A live session with the server for one principal; the phone keeps the next challenge, the token stays in memory."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from crypto.public.signing import SigningKey
from device.transport import ServerProblem, Transport
from schemas import wire
from sync.session import session_message

Result = TypeVar("Result")


class Session:
    """Opens itself when first needed, and once more when the server has forgotten it."""

    def __init__(self, transport: Transport, principal: bytes, key: SigningKey, challenge: bytes = b"") -> None:
        self.transport = transport
        self.principal = principal
        self.key = key
        self.challenge = challenge
        self.programme = b""
        self.token = b""

    async def open(self) -> None:
        """Raises ServerProblem (`session-refused` when the principal is not active here), Unreachable, Malformed."""
        try:
            answer = await self._open(self.challenge or await self.transport.challenge())
        except ServerProblem as problem:
            if problem.name != "challenge-stale":
                raise
            answer = await self._open(await self.transport.challenge())
        self.token, self.programme, self.challenge = answer.token, answer.programme, answer.challenge

    async def _open(self, challenge: bytes) -> wire.SessionAnswer:
        message = session_message(self.transport.address, challenge, self.principal)
        signature = self.key.sign("session", message)
        return await self.transport.open_session(
            wire.SessionRequest(principal=self.principal, challenge=challenge, signature=signature)
        )

    async def call(self, request: Callable[[bytes], Awaitable[Result]]) -> Result:
        """`request(token)`, within a live session."""
        if not self.token:
            await self.open()
        try:
            return await request(self.token)
        except ServerProblem as problem:
            if problem.name != "session-required":
                raise
            self.token = b""
            await self.open()
            return await request(self.token)


def load_challenge(connection: Any) -> bytes:
    row = connection.execute("SELECT value FROM meta WHERE key = 'challenge'").fetchone()
    return b"" if row is None else bytes(row[0])


def store_challenge(connection: Any, challenge: bytes) -> None:
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('challenge', ?)", (challenge,))
