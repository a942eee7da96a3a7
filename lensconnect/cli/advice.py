"""Exit codes and advice for each error: what to check, and whether it is safe to send again."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from typing import Final

from lensconnect.cli.options import TOKENS, command_name, token_variable
from lensconnect.cli.streams import UNWRITABLE
from lensconnect.errors import (
    Error,
    InvalidEndpoint,
    InvalidRequest,
    Kind,
    SerializeError,
    ServiceError,
    TransportError,
    fault_path,
    invalid_request_faults,
)
from lensconnect.interpreters.configuration.environment import VARIABLES
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.programs.send import has_client_token

EXIT_CODES: Final = (
    "Exit codes: 0 a reply; 1 an error of the network or the service; 2 the request or the configuration is wrong "
    "and nothing was sent; 3 it is unknown whether the service acted on the request; 4 the output cannot be written "
    "or --query does not fit the reply, whatever the service did; 130 interrupted."
)

TRANSPORT_ADVICE: Final[Mapping[Kind, str]] = {
    "closed": "The environment was closed already.",
    "connect": "The host does not answer: check --region or --endpoint-url, and any firewall on the way.",
    "incomplete": "The connection ended inside the reply: a proxy or firewall may have cut it.",
    "name": "The host name does not exist: check the spelling of --region or --endpoint-url.",
    "protocol": "The reply is not valid HTTP: check --endpoint-url and the proxy variables.",
    "proxy": "The proxy refused the connection: check HTTPS_PROXY, NO_PROXY and the log of the proxy.",
    "reset": "The connection broke: check the network, and any proxy or firewall on the way.",
    "timeout": "The time limit was reached: check the network, or allow more time with --timeout.",
    "tls": "The certificate of the host is not valid: check its name, the clock of this machine, and AWS_CA_BUNDLE.",
    "too_large": "The reply is larger than any reply of the service: check --endpoint-url.",
    "unsupported": "Only http and https URLs are supported: check --endpoint-url.",
}
"""The advice for a transport error, by its kind."""

_ARGUMENTS: Final[Mapping[str, str]] = {"source": "FILE", "path": "--output-file"}
"""The names in the help for what `attach_with` and `download_with` check, where they are no member of a request."""

SAFE: Final = "It is safe to try again."
"""The advice after a request that changes nothing."""

STATUS_ADVICE: Final[Mapping[int, str]] = {
    400: "The service rejected the request: its message gives the reason, `lensconnect doc` the limits.",
    402: "A quota of this chat is used up, for example its number of attachments.",
    403: "If this token has worked before, the chat is over.  Otherwise check the kind of token and the region.",
    404: "The resource is not in this chat: check its id or token.",
    409: "The request conflicts with the state of the chat: it was done already, or is still in progress.",
    429: "Too many requests for this Connect instance: wait before you try again.",
    500: "The service has an internal error: try again later.",
}
"""The advice for a service error, by its status."""


def error_text(error: Error) -> str:
    """Return the message of an error; fields of the request are named by their options or variables."""
    if isinstance(error, InvalidRequest):
        shown = error & (invalid_request_faults.Each() & fault_path).modify(_flag)
        return "; ".join(map(str, shown.faults)) if _is_unwritable(error) else str(shown)
    return str(error).replace("allow_plain=True", "--allow-plain")


def _flag(path: str) -> str:
    name, *rest = re.split(r"(?=[.\[])", path, maxsplit=1)
    option = f"--{command_name(name)}"
    return "".join((token_variable(name) if name in TOKENS else _ARGUMENTS.get(name, option), *rest))


def exit_code(error: Error) -> int:
    """Return the exit code of an error, see `EXIT_CODES`."""
    if _is_unwritable(error):
        return UNWRITABLE
    if isinstance(error, InvalidRequest | InvalidEndpoint):
        return 2
    return 3 if is_in_doubt(error) else 1


def advice(error: Error, in_doubt: str) -> str:
    """Return advice: what to check, and whether it is safe to send again.

    `in_doubt` is that part of the advice if the service may have acted on the request, see `advice_in_doubt`.
    """
    return f"{_cause(error)}  {_repetition(error, in_doubt)}"


def _is_unwritable(error: Error) -> bool:
    """Return whether a file that is fetched cannot be written; of its path, all else is checked before."""
    return isinstance(error, InvalidRequest) and any(fault.path == "path" for fault in error.faults)


def _cause(error: Error) -> str:
    match error:
        case InvalidRequest() if _is_unwritable(error):
            return "Make room on the disk, or name another file with --output-file."
        case InvalidRequest():
            return "Correct the fields listed: `lensconnect doc` shows every limit."
        case InvalidEndpoint():
            return "Check --region (or AWS_REGION), --endpoint-url, --profile and AWS_CA_BUNDLE."
        case TransportError(kind=kind):
            return _by_setting(TRANSPORT_ADVICE[kind])
        case SerializeError():
            return _by_setting(
                "The reply is not from the Participant Service: check --endpoint-url and any proxy on the way."
            )
        case ServiceError(status=status):
            return STATUS_ADVICE.get(status, STATUS_ADVICE[500] if status >= 500 else STATUS_ADVICE[400])


def _by_setting(text: str) -> str:
    """Return the text with the variable that gives the URL of the service, if one does: no region counts then."""
    variable = next(filter(os.environ.get, VARIABLES["endpoint_url"]), None)
    return text if variable is None else re.sub(r"(--region or )?--endpoint-url", f"{variable} or --endpoint-url", text)


def _repetition(error: Error, in_doubt: str) -> str:
    if _is_unwritable(error):
        return SAFE
    if isinstance(error, InvalidRequest | InvalidEndpoint):
        return "Nothing was sent."
    if isinstance(error, TransportError) and error.sent == "no":
        return "Nothing was sent: it is safe to try again."
    if isinstance(error, ServiceError) and error.status == 429:
        return "The service did not act on it: it is safe to try again."
    return in_doubt if is_in_doubt(error) else "The same request will be refused again."


def failure_text(error: Error) -> str:
    """Return what an error means to someone who chats: whether it was done, and why not.

    >>> failure_text(TransportError("incomplete", "the connection was closed", "maybe"))
    'No valid answer came: it may be done or not'
    """
    if is_in_doubt(error):
        return "No valid answer came: it may be done or not"
    match error:
        case ServiceError(status=400, message=str(message)) if message:
            reason = message
        case TransportError() | ServiceError():
            reason = _cause(error)
        case _:
            reason = error_text(error)
    return f"Not done: {reason.rstrip('.')}"


def is_in_doubt(error: Error) -> bool:
    """Return whether the service may have acted on the request although no valid reply came."""
    if isinstance(error, TransportError):
        return error.sent != "no"
    return isinstance(error, SerializeError) or (isinstance(error, ServiceError) and not 300 <= error.status < 500)


def advice_in_doubt(request: Request[Reply]) -> str:
    """Return whether it is safe to send a request again that the service may have received."""
    row = operation_of(type(request))
    if row.repeat == "always":
        return SAFE
    if row.repeat == "with_client_token" and has_client_token(request):
        token = shlex.quote(getattr(request, "client_token", ""))
        return f"It may have arrived: to try again without acting twice, add --client-token {token}"
    return "It may have arrived, and trying again may act twice."
