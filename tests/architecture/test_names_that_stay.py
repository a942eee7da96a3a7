"""Names that people and tools outside the repository use: they stay importable whatever moves inside."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import get_args

import pytest

import lensconnect
from lensconnect import emulator

EXPORTED = (Path(__file__).parent / "public_names.txt").read_text().split()
EMULATOR = (
    "Emulator running RunningEmulator Options HttpFault SocketFault StartedChat MESSAGE_TYPES "
    "Flow FlowChat FlowFailure ask scripted transfer".split()
)
TESTING = "stub cassette trace faults laws simulate strategies fixtures contract".split()
TRANSPORTS = {
    "aiohttp": ["AiohttpTransport"],
    "httpx2": ["Httpx2Transport"],
    "direct": ["DirectTransport", "AsyncDirectTransport"],
    "contract": ["Transport", "AsyncTransport"],
}
FIXTURES = "options flow clock emulator chat env async_env server".split()
METHODS = {
    "Emulator": "add_participant add_view announce_session async_transport clear_faults close_socket faults flow_failures handle items join "
    "open_socket options perform plan say start_chat stop_chat tick transport",
    "RunningEmulator": "add_participant add_view announce_session clear_faults faults flow_failures items join options plan say start_chat "
    "stop_chat",
    "HttpFault": "contact_id count kind operation probability seconds status",
    "SocketFault": "contact_id count kind probability topic",
    "StartedChat": "agent_id agent_token contact_id participant_id participant_token session_id view_token",
    "Options": "agent_away_seconds agent_disconnect_seconds agent_ends_chat agent_idle_seconds agent_reads_after_end "
    "attachment_bytes attachment_types attachments_per_chat authentication_seconds chat_seconds concurrent_chats "
    "connection_token_seconds customer_disconnect_seconds customer_idle_seconds download_seconds empty_replies end_token "
    "error_type flow_reads_past idempotency joins limits message_key quotas scan_rejects scan_seconds sixth_socket socket_open_seconds "
    "socket_quiet_seconds socket_seconds sockets_per_participant stray_parenthesis unseen_seconds upload_seconds",
}
KINDS = {
    "HttpFault": "throttle error reset delay drop truncate",
    "SocketFault": "drop duplicate reorder silence expire refuse",
}


def test_every_name_of_the_package_is_exported() -> None:
    assert not set(EXPORTED) - set(lensconnect.__all__)
    assert "SendMessage" in EXPORTED
    assert len(EXPORTED) > 500


@pytest.mark.parametrize("name", EMULATOR)
def test_the_emulator_exports(name: str) -> None:
    assert hasattr(emulator, name)


@pytest.mark.parametrize("name", METHODS)
def test_the_attributes_of_a_class_of_the_emulator(name: str) -> None:
    assert not [attribute for attribute in METHODS[name].split() if not hasattr(getattr(emulator, name), attribute)]


@pytest.mark.parametrize("name", KINDS)
def test_the_kinds_of_a_fault(name: str) -> None:
    module = importlib.import_module(getattr(emulator, name).__module__)
    kinds = get_args(eval(getattr(emulator, name).__annotations__["kind"], vars(module)))
    assert set(KINDS[name].split()) <= set(kinds)


@pytest.mark.parametrize("name", TESTING)
def test_a_module_for_tests_is_importable(name: str) -> None:
    importlib.import_module(f"lensconnect.testing.{name}")


@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_transport_is_importable(name: str) -> None:
    module = importlib.import_module(f"lensconnect.interpreters.{name}")
    assert not [attribute for attribute in TRANSPORTS[name] if not hasattr(module, attribute)]


@pytest.mark.parametrize("name", FIXTURES)
def test_a_fixture_has_its_name(name: str) -> None:
    module = importlib.import_module("lensconnect.testing.fixtures")
    assert hasattr(module, f"lensconnect_{name}")
