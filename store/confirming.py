"""Asks whether the lock is still held, for many readers at once: one question for all who came before it was put."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread


class Confirmer:
    """`ask` raises if it is not; an answer serves nobody who came after its question, since it may be older."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._waiting = list[Future[None]]()
        self._closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="hallway-confirmer", daemon=True)
        self._thread.start()

    def submit(self) -> "Future[None]":
        """Done once the lock was held at a moment after this call; raises what `ask` raises."""
        future: Future[None] = Future()
        with self._changed:
            self._waiting.append(future)
            self._changed.notify()
        return future

    def close(self) -> None:
        """Answers whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                asking, self._waiting = self._waiting, []
            if not asking:
                return
            asking = [future for future in asking if future.set_running_or_notify_cancel()]
            try:
                self._ask()
            except Exception as error:
                for future in asking:
                    future.set_exception(error)
            else:
                for future in asking:
                    future.set_result(None)
