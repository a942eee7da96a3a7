"""Host and Origin headers that name this machine."""

from __future__ import annotations

import pytest

from lensconnect.emulator.wire.origin import is_local_host, is_local_origin

LOCAL = ["localhost", "LOCALHOST:8080", "a.localhost:1", "127.0.0.1", "127.9.9.9:65535", "[::1]", "[::1]:8080"]
FOREIGN = [
    "",
    "[",
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evillocalhost",
    "a@localhost",
    "localhost@evil.example",
    "localhost/x",
    "localhost?x",
    "localhost:80:80",
    "localhost:x",
    "local host",
    "0.0.0.0",
    "10.0.0.1",
    "[::2]",
]


@pytest.mark.parametrize("host", LOCAL)
def test_names_of_this_machine(host: str) -> None:
    assert is_local_host(host)
    assert is_local_origin(f"http://{host}")
    assert is_local_origin(f"https://{host}")
    assert not is_local_origin(host)
    assert not is_local_origin(f"ftp://{host}")


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names(host: str) -> None:
    assert not is_local_host(host)
    assert not is_local_origin(f"http://{host}")
