"""A TCP proxy in front of a database, to take it away and give it back."""

import socket
import threading
from contextlib import suppress

from tests.ports import reserved_port


class Proxy:
    """Forwards a local port to a server while it is `open`; closing cuts every connection."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.port = reserved_port()
        self._sockets: list[socket.socket] = []

    def open(self) -> None:
        """Accept connections from now on."""
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self._sockets.append(listener)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on, and cut those that are open."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._sockets.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
