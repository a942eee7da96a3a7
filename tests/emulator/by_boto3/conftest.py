"""Unmodified boto3 clients, and the running emulator they talk to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import botocore
import pytest
from botocore.config import Config

from lensconnect import emulator


@pytest.fixture(scope="module")
def service() -> Iterator[emulator.RunningEmulator]:
    with emulator.running() as served:
        yield served


def client_of(name: str, service: emulator.RunningEmulator) -> Any:
    return boto3.client(
        name,
        region_name="us-east-1",
        endpoint_url=service.base_url,
        config=Config(
            signature_version=botocore.UNSIGNED,
            retries={"max_attempts": 0},
            parameter_validation=name != "connect",
        ),
    )


@pytest.fixture(scope="module")
def client(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = client_of("connectparticipant", service)
    yield made
    made.close()


@pytest.fixture(scope="module")
def starter(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = client_of("connect", service)
    yield made
    made.close()
