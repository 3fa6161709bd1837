"""The least that an HTTP server can do: bare uvicorn, set up as the product's server, answering constant bytes."""

import sys
from typing import Any

import uvicorn


class Constant:
    """An ASGI application whose every answer is the same."""

    def __init__(self, size: int) -> None:
        headers = [(b"content-length", str(size).encode()), (b"content-type", b"application/json")]
        self._start = {"type": "http.response.start", "status": 200, "headers": headers}
        self._body = {"type": "http.response.body", "body": b"x" * size}

    async def __call__(self, _: object, __: object, send: Any) -> None:
        await send(self._start)
        await send(self._body)


if __name__ == "__main__":
    uvicorn.run(
        Constant(int(sys.argv[2])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
