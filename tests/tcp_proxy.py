"""A TCP proxy in front of a database, which can refuse, cut, freeze, or lose a single commit."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.ports import reserved_port

COMMIT = b"\x07\x00\x00\x00\x03COMMIT"
RESULT = b"INSERT INTO run_results"


class Proxy:
    """Forwards a local port to wherever `target` says the database is now."""

    def __init__(self, target: Callable[[], tuple[str, int]]) -> None:
        self._target = target
        self.port = reserved_port()
        self._guard = threading.Lock()
        self._pairs: list[_Pair] = []
        self._connected = True
        self._trap: tuple[str, bool] | None = None
        self._sprung = threading.Event()
        self.listen()

    def listen(self) -> None:
        """Accept connections, as from the beginning."""
        self._connected = True
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Cut every connection and listen no more, as a machine where no server runs, until `listen`."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.unplug()

    def cut(self) -> None:
        """Cut every connection; new ones are accepted."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.end()

    def unplug(self) -> None:
        """Cut every connection, and every new one at once, until `plug_in`."""
        self._connected = False
        self.cut()

    def plug_in(self) -> None:
        """Accept connections again."""
        self._connected = True

    def freeze(self) -> Callable[[], None]:
        """Let nothing pass on the connections of now, and return what thaws them; new ones work."""
        with self._guard:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.flows.clear()

        def thaw() -> None:
            for pair in pairs:
                pair.flows.set()

        return thaw

    def lose_the_next_commit(self, *, arrives: bool, of_a_result: bool) -> None:
        """Cut the connection of the next COMMIT, before it reaches the database or, where it `arrives`,
        before its acknowledgement comes back."""
        self._sprung.clear()
        self._trap = ("after" if arrives else "before", of_a_result)

    def lost_a_commit(self, within: float) -> bool:
        """Return whether such a COMMIT came by in time; none is lost from now on."""
        sprung = self._sprung.wait(within)
        self._trap = None
        return sprung

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            if not self._connected:
                raise ConnectionRefusedError
            far = socket.create_connection(self._target(), timeout=5)
            far.settimeout(None)
        except Exception:
            near.close()
            return
        pair = _Pair(near, far)
        with self._guard:
            self._pairs = [*(each for each in self._pairs if each.alive), pair]
        if not self._connected:  # since this connection came
            pair.end()
        threading.Thread(target=self._up, args=(pair,), daemon=True).start()
        threading.Thread(target=self._down, args=(pair,), daemon=True).start()

    def _up(self, pair: "_Pair") -> None:
        stores_a_result = False
        with suppress(OSError):
            while data := pair.near.recv(65536):
                pair.flows.wait()
                stores_a_result = stores_a_result or RESULT in data
                if data == COMMIT:
                    when = self._trapped(stores_a_result)
                    stores_a_result = False
                    if when == "before":
                        break
                    if when == "after":
                        pair.mute = True
                pair.far.sendall(data)
        pair.end()

    def _down(self, pair: "_Pair") -> None:
        with suppress(OSError):
            while data := pair.far.recv(65536):
                pair.flows.wait()
                if pair.mute:
                    break
                pair.near.sendall(data)
        pair.end()

    def _trapped(self, stores_a_result: bool) -> str | None:
        with self._guard:
            trap = self._trap
            if trap is None or (trap[1] and not stores_a_result):
                return None
            self._trap = None
        self._sprung.set()
        return trap[0]


class _Pair:
    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.flows = threading.Event()
        self.flows.set()
        self.mute = False
        self.alive = True

    def end(self) -> None:
        self.alive = False
        self.flows.set()
        for each in (self.near, self.far):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
