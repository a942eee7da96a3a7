"""An operation that is in the core's table and not in the emulator's: `send` returns a modelled error."""

from __future__ import annotations

import subprocess
import sys

# A separate interpreter, so that the row is in the table before the emulator is imported.
SCRIPT = """
from lensconnect import ConnectionToken, new_env, operations, send
from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations import Operation, Reply, Request
from lensconnect.types.scalars import ConnectionBearer


class AddedOperationResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    pass


class AddedOperation(Request[AddedOperationResponse], frozen=True, kw_only=True, rename="pascal"):
    message_id: str
    connection_token: ConnectionBearer


row = Operation(
    request=AddedOperation,
    reply=AddedOperationResponse,
    method="POST",
    path="/participant/added-operation",
    errors=COMMON_ERRORS,
    repeat="always",
)
operations.OPERATIONS = (*operations.OPERATIONS, row)
operations._BY_REQUEST[AddedOperation] = row
operations.REQUEST_TYPES = frozenset(operations._BY_REQUEST)

from lensconnect.emulator import Emulator
from lensconnect.emulator.chat.state import TokenGrant

emulator = Emulator()
contact = emulator.start_chat()
grants = emulator.read(lambda state: state.tokens)
grants["connection"] = TokenGrant("connection", grants[contact.participant_token].membership)
with new_env(endpoint_url="https://emulator.invalid", transport=emulator.transport) as env:
    for token in ("connection", "unknown"):
        error = send(AddedOperation(message_id="m", connection_token=ConnectionToken(token)))(env).failure()._inner_value
        print(error.status, error.code, error.message)
"""


def test_send_returns_a_validation_exception() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "400 ValidationException The emulator does not implement AddedOperation",
        "403 AccessDeniedException Access denied",
    ]
