"""`lensconnect describe OPERATION`: show a request as curl, HTTP or JSON, without sending it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import typer

from lensconnect.cli.advice import error_text
from lensconnect.cli.groups import CommandGroup
from lensconnect.cli.options import (
    EndpointUrl,
    Profile,
    TokenStdin,
    operation_command,
    operation_commands,
    read_tokens,
)
from lensconnect.cli.streams import echo
from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.configuration.environment import read_configuration
from lensconnect.interpreters.environments.factory import new_env
from lensconnect.interpreters.environments.sync import env_endpoint
from lensconnect.operations import Row
from lensconnect.record import MASK
from lensconnect.results import Result, is_ok
from lensconnect.wire import render
from lensconnect.wire.describe import describe

T = TypeVar("T")


REGION: Final = "us-east-1"
"""The region of a description if none is configured."""
PLACEHOLDER: Final = "TOKEN"
"""The token of a description if none is given."""


class RequestFormat(StrEnum):
    """The formats of a request."""

    curl = "curl"
    http = "http"
    json = "json"


_RENDERINGS: Final[Mapping[RequestFormat, Callable[..., str]]] = {
    RequestFormat.curl: render.as_curl,
    RequestFormat.http: render.as_http,
    RequestFormat.json: render.as_json,
}


def _run(
    row: Row,
    members: Mapping[str, Any],
    *,
    region: Annotated[
        str | None, typer.Option(help=f"Default: AWS_REGION, AWS_DEFAULT_REGION, the profile, then {REGION}.")
    ] = None,
    endpoint_url: EndpointUrl = None,
    profile: Profile = None,
    output: Annotated[RequestFormat, typer.Option(help="The format.")] = RequestFormat.http,
    token_stdin: TokenStdin = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show tokens and other secrets.")] = False,
) -> None:
    needed = {"client_token": PLACEHOLDER} if any(f.name == "client_token" and f.required for f in row.members) else {}
    request = row.request(**{**needed, **members, **read_tokens(row, members, token_stdin, default=PLACEHOLDER)})
    http_request = _or_exit(describe(request, _or_exit(_endpoint(region, endpoint_url, profile))))
    text = _RENDERINGS[output](http_request, reveal=reveal)
    echo(text)
    if text != _RENDERINGS[output](http_request, reveal=True):
        echo(f"{MASK} stands for a secret: --reveal shows it.", err=True)


def _endpoint(region: str | None, endpoint_url: str | None, profile: str | None) -> Result[Endpoint, InvalidEndpoint]:
    """Return the endpoint that sending would use, or that of `REGION` if none is configured."""
    found = read_configuration(profile=profile)
    knows_none = found.map(lambda read: not (read.region or read.endpoint_url)).value_or(False)
    with new_env(
        region=REGION if knows_none and not (region or endpoint_url) else region,
        endpoint_url=endpoint_url,
        profile=profile,
        allow_plain=True,
    ) as env:
        return env & env_endpoint.get()


def _or_exit(outcome: Result[T, Any]) -> T:
    if is_ok(outcome):
        return outcome.unwrap()
    error = outcome.failure()
    echo(error_text(error), err=True)
    raise typer.Exit(2)


describe_group: Final = CommandGroup(
    name="describe",
    help="Show the HTTP request of an operation without sending it.",
    commands=operation_commands(lambda: lambda row: operation_command(row, _run)),
    no_args_is_help=True,
    rich_markup_mode=None,
)
