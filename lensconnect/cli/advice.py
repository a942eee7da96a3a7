"""What an exit code and a plain word say of an error: what to check, and whether to send again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

from lensconnect.cli.options import command_name, token_variable
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
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.programs.send import has_client_token

EXIT_CODES: Final = (
    "Exit codes: 0 a reply, 1 the network or the service said no, 2 the request or the set-up is wrong and nothing "
    "was sent, 3 it is not known whether the request was acted on, 130 interrupted."
)

KINDS: Final[Mapping[Kind, str]] = {
    "closed": "The connections were closed before.",
    "connect": "Nobody answers there: check --region or --endpoint-url, and whether a firewall is in between.",
    "incomplete": "The connection ended inside the reply: something in between may have cut it.",
    "name": "There is no such host: check the spelling of --region or --endpoint-url.",
    "protocol": "What answered is no plain HTTP server: check --endpoint-url and the proxy variables.",
    "proxy": "The proxy did not let it through: check HTTPS_PROXY, NO_PROXY and the proxy's own log.",
    "reset": "The connection broke: the network, or something in between that closes it.",
    "timeout": "Time ran out: check the network, or allow more with --timeout.",
    "tls": "The host could not prove who it is: check its name, this machine's clock, and AWS_CA_BUNDLE.",
    "too_large": "More came than any reply of the service is long: check --endpoint-url.",
    "unsupported": "Only http and https addresses can be reached: check --endpoint-url.",
}
"""What to check, by the kind of a transport error."""

ANSWERS: Final[Mapping[int, str]] = {
    400: "The service does not take this request as it is: the message says why, `lensconnect doc` what it takes.",
    402: "A quota of this chat is used up, such as its number of attachments.",
    403: "If this token has worked before, the chat is over.  Else check which token it is, and the region.",
    404: "There is no such thing in this chat: check the id or token that names it.",
    409: "It does not fit the chat's state: done already, or still going on.",
    429: "Too many requests for this Connect instance: wait a little.",
    500: "The service is in trouble: try again later.",
}
"""What to make of the service's answer, by its status."""


def said(error: Error) -> str:
    """An error's own words, with flags for the fields of the request."""
    if isinstance(error, InvalidRequest):
        return str(error & (invalid_request_faults.Each() & fault_path).modify(_flag))
    return harmless(str(error)).replace("allow_plain=True", "--allow-plain")


def harmless(text: str) -> str:
    """A peer's text as a line of a terminal: no control character gets there.

    >>> harmless("gone\\x1b[2J\\r\\n")
    'gone?[2J??'
    """
    return "".join(each if each.isprintable() else "?" for each in text)


def _flag(path: str) -> str:
    name, *rest = re.split(r"(?=[.\[])", path, maxsplit=1)
    secret = name in ("connection_token", "participant_token")
    return "".join((token_variable(name) if secret else f"--{command_name(name)}", *rest))


def exit_code(error: Error) -> int:
    """What a script sees."""
    if isinstance(error, InvalidRequest | InvalidEndpoint):
        return 2
    return 3 if _is_in_doubt(error) else 1


def next_step(error: Error, request: Request[Reply]) -> str:
    """A plain word on what to do next."""
    return f"{_cause(error)}  {_again(error, request)}"


def interrupted(request: Request[Reply]) -> str:
    """The same, where nobody waited for the end."""
    return _after_doubt(request)


def _cause(error: Error) -> str:
    match error:
        case InvalidRequest():
            return "Mend what is listed: `lensconnect doc` shows every limit."
        case InvalidEndpoint():
            return "Check --region (or AWS_REGION), --endpoint-url, --profile and AWS_CA_BUNDLE."
        case TransportError(kind=kind):
            return KINDS[kind]
        case SerializeError():
            return "What answered is not the Participant Service: check --endpoint-url and what is in between."
        case ServiceError(status=status):
            return ANSWERS.get(status, ANSWERS[500] if status >= 500 else ANSWERS[400])


def _again(error: Error, request: Request[Reply]) -> str:
    if isinstance(error, InvalidRequest | InvalidEndpoint):
        return "Nothing was sent."
    if isinstance(error, TransportError) and error.sent == "no":
        return "Nothing was sent: it is safe to try again."
    if isinstance(error, ServiceError) and error.status == 429:
        return "It was not acted on: it is safe to try again."
    return _after_doubt(request) if _is_in_doubt(error) else "The same request will be refused again."


def _is_in_doubt(error: Error) -> bool:
    """Whether it may have been acted on, though no proper reply came."""
    if isinstance(error, TransportError):
        return error.sent != "no"
    return isinstance(error, SerializeError) or (isinstance(error, ServiceError) and error.status >= 500)


def _after_doubt(request: Request[Reply]) -> str:
    row = operation_of(type(request))
    if row.repeat == "always":
        return "It is safe to try again."
    if row.repeat == "with_client_token" and has_client_token(request):
        token = shlex.quote(getattr(request, "client_token", ""))
        return f"It may have arrived: to try again without doing it twice, add --client-token {token}"
    return "It may have arrived, and trying again may do it twice."
