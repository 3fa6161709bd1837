"""The TypeScript client: built once, and run as a process of node or as a page in Chromium."""

import fcntl
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import httpx

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "clients" / "typescript"
DIST = CLIENT / "dist"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60.0


def is_built() -> bool:
    """Whether nothing was changed since: of the client, or of the project's files that go into it."""
    into = ("docs/protocol/*.json", "schemas/tables/*.json", "schemas/records/data/*.json", "crypto/secret/words.txt")
    sources = [*CLIENT.glob("src/**/*.ts"), *CLIENT.glob("*.*"), *(path for one in into for path in ROOT.glob(one))]
    last = DIST / "page.js"
    return last.exists() and max(path.stat().st_mtime for path in sources) < last.stat().st_mtime


def build() -> None:
    """What the tests run is what stands in `src`; several processes of tests build one after the other, once."""
    with (CLIENT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (CLIENT / "node_modules").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=CLIENT, check=True, capture_output=True)
        if is_built():
            return
        subprocess.run(["node", "build.mjs"], cwd=CLIENT, check=True, capture_output=True)


class Phone(Protocol):
    def ask(self, do: str, **more: Any) -> Any:
        """What the client answers to one command."""


def does(phone: Phone, do: str, **more: Any) -> Any:
    """The result of a command that must succeed, with nothing to complain of."""
    answer = phone.ask(do, **more)
    assert "ok" in answer, answer
    assert answer["notes"] == [], answer
    return answer["ok"]


def told(program: str, *arguments: str, asked: str = "") -> subprocess.CompletedProcess[str]:
    """A program of the client, run to its end."""
    command = ["node", str(DIST / program), *arguments]
    return subprocess.run(command, input=asked, capture_output=True, text=True, check=False, timeout=PATIENCE)


class Node:
    """A phone that keeps itself in a folder."""

    def __init__(self, folder: Path) -> None:
        command = ["node", str(DIST / "phone.js"), str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, do: str, **more: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.communicate(timeout=PATIENCE)


@contextmanager
def node(folder: Path) -> Iterator[Node]:
    phone = Node(folder)
    try:
        yield phone
    finally:
        phone.end()


class Page:
    """A phone in a page of Chromium. The page's own server passes on to Hallway's what is meant for that."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: queue.Queue[Any] = queue.Queue()
        self.answers: queue.Queue[Any] = queue.Queue()

    def ask(self, do: str, **more: Any) -> Any:
        self.asked.put({"do": do, **more})
        return self.answers.get(timeout=PATIENCE)

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Status, media type and body of an answer to the page."""
        match path:
            case "/":
                return 200, "text/html", b'<!doctype html><script type="module" src="/page.js"></script>'
            case "/page.js":
                return 200, "text/javascript", (DIST / "page.js").read_bytes()
            case "/next":
                return 200, "application/json", json.dumps(self.asked.get()).encode()
            case "/told":
                self.answers.put(json.loads(body))
                return 200, "application/json", b"null"
        passed: dict[str, str] = {name: headers[name] for name in ("authorization", "content-type") if name in headers}
        answer = httpx.request(method, self.address + path, headers=passed, content=body, timeout=PATIENCE)
        return answer.status_code, answer.headers["content-type"], answer.content


def handler(page: Page) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            status, kind, content = page.respond(self.command, self.path, headers, body)
            # The page may be gone by now.
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = respond  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler


@contextmanager
def chromium(address: str, folder: Path) -> Iterator[Page]:
    """A page in a browser of its own; `folder` is empty, and the browser's."""
    page = Page(address)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(page)) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{serving.server_port}/"
        command = [shutil.which("chromium") or "chromium", *FLAGS, f"--user-data-dir={folder}", url]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield page
        finally:
            page.asked.put(None)
            browser.terminate()
            browser.wait(PATIENCE)
            serving.shutdown()
