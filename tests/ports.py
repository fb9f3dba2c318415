"""Ports of this machine for servers of tests."""

import socket

_reserved: list[socket.socket] = []


def reserved_port() -> int:
    """Return a TCP port of 127.0.0.1 that is this process's until its end, for servers that it starts.

    It stays bound without listening: the kernel gives it to nobody who asks for any port, and lets a server
    listen that names it, as servers set SO_REUSEADDR.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _reserved.append(holder)
    return int(holder.getsockname()[1])
