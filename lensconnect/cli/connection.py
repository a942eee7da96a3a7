"""Options of every command that talks to the service, the environment they make, and how a command ends."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Generator, Set
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, Any, Final, NamedTuple, NoReturn, TypeVar, get_type_hints

import typer

from lensconnect.cli.advice import advice, error_text, exit_code
from lensconnect.cli.options import EndpointUrl, Profile, TokenStdin
from lensconnect.cli.streams import echo
from lensconnect.errors import Error
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.factory import EnvOptions, new_async_env, new_env
from lensconnect.interpreters.environments.sync import Env
from lensconnect.programs.observe import Observer
from lensconnect.programs.program import Program
from lensconnect.results import Result, is_err, to_result

T = TypeVar("T")

INTERRUPTED: Final = 130


class ConnectionOptions(NamedTuple):
    """The options of a connection to the service."""

    region: Annotated[str | None, typer.Option(help="Default: AWS_REGION, AWS_DEFAULT_REGION, then the profile.")] = (
        None
    )
    endpoint_url: EndpointUrl = None
    profile: Profile = None
    timeout: Annotated[float, typer.Option(help="Seconds for a whole call, with its retries.")] = 60.0
    token_stdin: TokenStdin = False
    allow_plain: Annotated[
        bool,
        typer.Option(
            "--allow-plain", help="Allow plain http to other machines, which exposes the token on the network."
        ),
    ] = False
    debug: Annotated[bool, typer.Option("--debug", help="Log every attempt to stderr, masked.")] = False

    def environment(self) -> Env:
        """Return the environment that these options describe."""
        return new_env(**self._settings())

    def async_environment(self) -> AsyncEnv:
        """Return the environment for an event loop."""
        return new_async_env(**self._settings())

    def _settings(self) -> EnvOptions:
        expect_seconds("--timeout", self.timeout, positive=True)
        return EnvOptions(
            region=self.region,
            endpoint_url=self.endpoint_url,
            profile=self.profile,
            timeout=self.timeout,
            deadline=self.timeout,
            allow_plain=self.allow_plain,
            observe=_log_to_stderr() if self.debug else None,
        )


def expect_seconds(option: str, seconds: float, *, positive: bool = False) -> None:
    """End the command with code 2 for a number of seconds that is negative, infinite or no number."""
    if not math.isfinite(seconds) or seconds < 0 or (positive and not seconds):
        raise typer.BadParameter(f"a number of seconds {'greater than 0' if positive else 'from 0'}", param_hint=option)


def connected(run: Callable[..., None], *, without: Set[str] = frozenset()) -> Callable[..., None]:
    """Return a command with the options of a connection in place of the parameter `connection` of `run`.

    The options named in `without` keep their defaults.
    """
    hints = get_type_hints(ConnectionOptions, include_extras=True)
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
        for name, default in ConnectionOptions._field_defaults.items()
        if name not in without
    ]
    own = [
        parameter
        for parameter in inspect.signature(run, eval_str=True).parameters.values()
        if parameter.name != "connection"
    ]

    @wraps(run)
    def command(*arguments: Any, **options: Any) -> None:
        connection = ConnectionOptions(**{parameter.name: options.pop(parameter.name) for parameter in shared})
        run(*arguments, connection=connection, **options)

    command.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
    return command


def run_or_exit(program: Program[T, Error], env: Env, name: str, in_doubt: str) -> T:
    """Run a program and return its value; an error ends the command as `end_with` does."""
    with ending_when_interrupted(name, in_doubt):
        outcome = to_result(program(env))
    return value_or_exit(outcome, name, in_doubt)


def value_or_exit(outcome: Result[T, Error], name: str, in_doubt: str) -> T:
    """Return the value of a result; an error ends the command as `end_with` does."""
    if is_err(outcome):
        end_with(outcome.failure(), name, in_doubt)
    return outcome.unwrap()


@contextmanager
def ending_when_interrupted(name: str, in_doubt: str) -> Generator[None]:
    """End the command at an interrupt, with what is known of the request."""
    try:
        yield
    except KeyboardInterrupt:
        echo(f"{name}: interrupted.  {in_doubt}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def end_with(error: Error, name: str, in_doubt: str) -> NoReturn:
    """Print an error and what to do next, and exit.

    `in_doubt` says whether it is safe to do it again if the service may have received the request.
    """
    echo(f"{name}: {error_text(error)}", err=True)
    echo(advice(error, in_doubt), err=True)
    raise typer.Exit(exit_code(error))


def _log_to_stderr() -> Observer:
    import logging

    from lensconnect.interpreters.environments.logging import log_to

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    logger = logging.Logger("lensconnect", logging.DEBUG)
    logger.addHandler(handler)
    return log_to(logger)
