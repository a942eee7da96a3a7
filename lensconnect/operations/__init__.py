"""The table of operations.  To add an operation, add its file and one import line here.

    row.py       Request, Reply and Operation, the row type
    other files  one operation each: request, reply, smart constructors, row, lenses

`.ci/new_operation.py` writes the file of an operation from botocore's service model.
"""

# Imported helpers have an underscore, so that the star import in `lensconnect/__init__.py` does not export them.
from typing import Any as _Any
from typing import Final as _Final
from typing import TypeAlias as _TypeAlias
from typing import TypeVar as _TypeVar
from typing import cast as _cast

from lensconnect.arguments import wrong_type as _wrong_type
from lensconnect.operations.cancel_participant_authentication import *
from lensconnect.operations.complete_attachment_upload import *
from lensconnect.operations.create_participant_connection import *
from lensconnect.operations.describe_view import *
from lensconnect.operations.disconnect_participant import *
from lensconnect.operations.get_attachment import *
from lensconnect.operations.get_authentication_url import *
from lensconnect.operations.get_transcript import *
from lensconnect.operations.row import *
from lensconnect.operations.send_event import *
from lensconnect.operations.send_message import *
from lensconnect.operations.start_attachment_upload import *

_R = _TypeVar("_R", bound=Reply)

Row: _TypeAlias = Operation[Request[Reply], Reply]

OPERATIONS: _Final[tuple[Row, ...]] = tuple(
    _cast(Row, row) for row in list(globals().values()) if isinstance(row, Operation)
)
"""Every operation, in alphabetical order."""

_BY_REQUEST: _Final[dict[type, _Any]] = {row.request: row for row in OPERATIONS}

REQUEST_TYPES: _Final = _BY_REQUEST.keys()
"""The request type of every operation."""


def expect_request(function: str, value: object) -> None:
    """Raise `TypeError` for a value that is no request of an operation."""
    if type(value) not in REQUEST_TYPES:
        raise _wrong_type(f"{function}: request", "a request such as SendMessage(...)", value) from None


def operation_of(request_type: type[Request[_R]]) -> Operation[Request[_R], _R]:
    """Return the row of a request type; raise `TypeError` for a type that is not in the table.

    >>> operation_of(SendEvent).path
    '/participant/event'
    """
    row: Operation[Request[_R], _R] | None = _BY_REQUEST.get(request_type)
    if row is None:
        raise _wrong_type("operation", "a request type such as SendMessage", request_type)
    return row
