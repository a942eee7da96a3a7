"""`lensconnect describe OPERATION`: a request as curl, HTTP or JSON, without sending it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import typer

from lensconnect.cli.advice import said
from lensconnect.cli.options import command_name, read_token, request_from, summary, with_flags
from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.configuration.environment import Configuration, read_configuration
from lensconnect.interpreters.environments.factory import new_env
from lensconnect.interpreters.environments.sync import env_endpoint
from lensconnect.operations import OPERATIONS, Row
from lensconnect.record import MASK
from lensconnect.results import Result, is_ok
from lensconnect.wire import render
from lensconnect.wire.describe import describe

T = TypeVar("T")

describe_app = typer.Typer(
    help="Show the HTTP request an operation makes, without sending it.", no_args_is_help=True, add_completion=False
)


SOMEWHERE: Final = "us-east-1"
"""Stands for a region where none is given: a description needs no real one."""
PLACEHOLDER: Final = "TOKEN"
"""Stands for a token where none is given: a description needs no real one."""


class Output(StrEnum):
    """How a description is shown."""

    curl = "curl"
    http = "http"
    json = "json"


_RENDERINGS: Final[Mapping[Output, Callable[..., str]]] = {
    Output.curl: render.as_curl,
    Output.http: render.as_http,
    Output.json: render.as_json,
}


def _run(
    row: Row,
    members: Mapping[str, Any],
    *,
    region: Annotated[
        str | None, typer.Option(help=f"Else AWS_REGION, AWS_DEFAULT_REGION, the profile's, {SOMEWHERE}.")
    ] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Instead of a region.")] = None,
    profile: Annotated[str | None, typer.Option(help="Of the AWS config file.")] = None,
    output: Annotated[Output, typer.Option()] = Output.http,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input; typed, it is not shown.")
    ] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show tokens and other secrets.")] = False,
) -> None:
    needed = {"client_token": PLACEHOLDER} if any(f.name == "client_token" and f.required for f in row.members) else {}
    request = request_from(row, {**needed, **members}, read_token(row, token_stdin, otherwise=PLACEHOLDER))
    http_request = _or_exit(describe(request, _or_exit(_endpoint(region, endpoint_url, profile))))
    shown = _RENDERINGS[output](http_request, reveal=reveal)
    typer.echo(shown)
    if shown != _RENDERINGS[output](http_request, reveal=True):
        typer.echo(f"{MASK} stands for a secret: --reveal shows it.", err=True)


def _endpoint(region: str | None, endpoint_url: str | None, profile: str | None) -> Result[Endpoint, InvalidEndpoint]:
    """Where sending would go; somewhere, where nothing says where."""
    found = read_configuration(profile=profile).value_or(Configuration())
    told = region or endpoint_url or found.region or found.endpoint_url
    with new_env(
        region=region if told else SOMEWHERE, endpoint_url=endpoint_url, profile=profile, allow_plain=True
    ) as env:
        return env & env_endpoint.get()


def _or_exit(outcome: Result[T, Any]) -> T:
    if is_ok(outcome):
        return outcome.unwrap()
    error = outcome.failure()
    typer.echo(said(error), err=True)
    raise typer.Exit(2)


for _row in OPERATIONS:
    describe_app.command(command_name(_row.name), short_help=summary(_row))(with_flags(_row, _run))
