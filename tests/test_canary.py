"""No rendering shows a secret: every value holds a planted one, and every rendering is searched for it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import operator
import os
import pprint
import reprlib
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pytest
import rich
import rich.console
import rich.pretty
import rich.traceback
from helpers.introspection import PACKAGE, ROOT
from helpers.lanes import searched
from helpers.secret_samples import CANARY, HOME, everything, http_requests, http_responses, planted, secret_fields
from hypothesis.vendor.pretty import pretty as hypothesis_pretty

from lensconnect import (
    Endpoint,
    Failure,
    HttpRequest,
    LensconnectError,
    Limits,
    ParticipantToken,
    Program,
    Request,
    SendEvent,
    Success,
    TransportError,
    call,
    connection_credentials_connection_token,
    describe,
    described,
    doc,
    new_create_participant_connection,
    new_env,
    or_raise,
    program,
    render,
    send,
    send_event_connection_token,
    send_event_content_type,
)
from lensconnect.operations import OPERATIONS
from lensconnect.results import is_err

EVERYTHING = tuple(everything())
SAMPLES = {(sample.description, type(sample.value)): sample for sample in EVERYTHING}
"""One sample of each kind, for the slow renderings."""

EVENT = planted(SendEvent)[0]


class Unmasked(NamedTuple):
    """A record without masking."""

    secret: str = CANARY


def quick(value: Any) -> Iterator[tuple[str, str]]:
    """Yield renderings by built-in functions, which are fast."""
    yield "repr", repr(value)
    yield "str", str(value)
    if not isinstance(value, Program):  # which refuses to be formatted
        yield "format", format(value, "") + f"{value}"
    yield "f-string", f"{value!r:>5} {value!s:>5}"
    yield "%", "%r %s %a" % (value, value, value)  # noqa: UP031
    yield "ascii", ascii(value)
    yield "in a container", repr([{"key": (value,)}])
    yield "as a key of an error", str(KeyError(repr(value))) + repr(ValueError(value))


def slow(value: Any) -> Iterator[tuple[str, str]]:
    """Yield renderings by tools, which are slow."""
    yield "pprint", pprint.pformat([value, {"key": value}])
    yield "reprlib", _reprlib(value)
    yield "json", json.dumps({"key": [value]}, default=repr) + json.dumps([value, ""], default=str)
    yield "logging", _logged(value)
    yield "traceback with locals", "".join(_traceback(_raising(value)))
    yield "rich", _rich(lambda console: console.print(value, [value], rich.pretty.Pretty(value)))
    yield "rich log", _rich(lambda console: console.log("message", value, log_locals=True))
    yield "rich inspect", _rich(lambda console: rich.inspect(value, console=console))
    yield "hypothesis", hypothesis_pretty(value)


def _reprlib(value: Any) -> str:
    short = reprlib.Repr()
    short.maxother = short.maxstring = 10_000
    return short.repr(value)


def _logged(value: Any) -> str:
    stream = io.StringIO()
    log = logging.Logger("canary", logging.DEBUG)
    log.addHandler(logging.StreamHandler(stream))
    log.debug("%s %r %(key)s" if isinstance(value, dict) else "%s %r", value, value)
    try:
        raise LookupError(value)  # noqa: TRY301
    except LookupError:
        log.exception("failed with %s", value)
    with contextlib.redirect_stderr(stream):
        log.debug("too many %d", value, value)  # what logging itself prints of a wrong call
    return stream.getvalue()


def _raising(value: Any) -> BaseException:
    """Return an exception that holds the value in a frame's locals, in its arguments, notes and cause."""
    held = value
    try:
        try:
            raise LookupError(held)  # noqa: TRY301
        except LookupError as cause:
            cause.add_note(str(held))
            raise RuntimeError("for another") from cause
    except RuntimeError as error:
        return error


def _traceback(error: BaseException) -> list[str]:
    return list(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def _rich(show: Callable[[Any], object]) -> str:
    console = rich.console.Console(file=io.StringIO(), width=10_000, color_system=None)
    show(console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def _rich_traceback(error: BaseException) -> str:
    """Return rich's traceback with locals and without lines of source, which hold no secret and are slow to colour."""
    shown = rich.traceback.Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_length=1000, locals_max_string=100_000
    )
    for stack in shown.trace.stacks:
        for frame in stack.frames:
            frame.filename = f"<{frame.filename}>"
    return _rich(lambda console: console.print(shown))


class TestTheScannerSees:
    @pytest.mark.parametrize(
        "bare", [Unmasked(), Success(Unmasked()), {"key": CANARY}], ids=["record", "Success", "dict"]
    )
    def test_an_unmasked_value_in_every_rendering(self, bare: Any) -> None:
        for name, text in [*quick(bare), *slow(bare)]:
            assert CANARY in text, f"{name} does not look"
        assert CANARY in _rich_traceback(_raising(bare))

    def test_a_planted_secret_in_every_field_that_is_marked(self) -> None:
        seen: set[tuple[str, str]] = set()
        for _, value in EVERYTHING:
            for field in getattr(value, "__struct_fields__", ()):
                if CANARY in str(getattr(value, field)):
                    seen.add((type(value).__name__, field))
        assert secret_fields() <= seen
        assert {("HttpRequest", "url"), ("HttpRequest", "headers"), ("HttpRequest", "body")} <= seen
        assert {("HttpResponse", "headers"), ("HttpResponse", "body"), ("ServiceError", "headers")} <= seen
        assert ("Endpoint", "url") in seen

    def test_the_renderings_with_reveal(self) -> None:
        request = describe(EVENT, HOME).unwrap()
        for shown in (render.as_curl, render.as_http, render.as_json):
            assert CANARY in shown(request, reveal=True)

    def test_no_source_file_contains_the_secret(self) -> None:
        assert not [path for path in (ROOT / "tests").rglob("*.py") if CANARY in path.read_text()]


class TestNoRendering:
    def test_by_built_in_functions(self) -> None:
        hits = {
            f"{description}: {name}"
            for description, value in EVERYTHING
            for name, text in quick(value)
            if CANARY in text
        }
        assert not hits

    @searched("every", fast=5, slow=1)
    def test_by_tools(self, every: int) -> None:
        samples = list(SAMPLES.values())[::every]
        hits = {
            f"{description}: {name}" for description, value in samples for name, text in slow(value) if CANARY in text
        }
        assert not hits

    @pytest.mark.parametrize("rendering", [render.as_curl, render.as_http, render.as_json], ids=lambda f: f.__name__)
    def test_as_a_message(self, rendering: Callable[..., str]) -> None:
        messages: list[Any] = list(http_requests())
        if rendering is not render.as_curl:
            messages += http_responses()
        hits = {rendering(message) for message in messages if CANARY in rendering(message)}
        assert not hits

    def test_of_an_operation(self) -> None:
        assert not [row.name for row in OPERATIONS if CANARY in doc(row.request)]

    def test_of_the_error_of_a_wrong_constructor_call(self) -> None:
        for make in (
            lambda: SendEvent(CANARY),  # type: ignore[call-arg,misc]
            lambda: SendEvent(conection_token=CANARY),  # type: ignore[call-arg]
            lambda: setattr(EVENT, "connection_token", CANARY),
            lambda: setattr(EVENT, "conection_token", CANARY),
            lambda: send_event_connection_token.set(CANARY)(None),  # type: ignore[arg-type]
            lambda: send_event_connection_token.set(CANARY).value,  # type: ignore[arg-type,attr-defined]
            lambda: EVENT < EVENT,
            lambda: EVENT[0],
            lambda: len(EVENT),
            lambda: hash(planted(SendEvent)[0].__replace__(content={CANARY})),
        ):
            with pytest.raises((TypeError, AttributeError)) as refused:
                make()
            assert CANARY not in "".join(traceback.format_exception_only(refused.value))


@pytest.mark.slow
class TestPytest:
    @staticmethod
    def run(folder: Path, values: str) -> str:
        """Return the output of pytest for failing comparisons."""
        (folder / "test_comparing.py").write_text(
            f"import pytest, test_canary\n"
            f"VALUES = {values}\n"
            "@pytest.mark.parametrize('at', range(len(VALUES)))\n"
            "def test_comparing(at):\n"
            "    value, other = VALUES[at], VALUES[at - 1]\n"
            "    first = value\n"
            "    try:\n"
            "        assert [value] == [0, value]\n"
            "    except AssertionError as refused:\n"
            "        print(refused)\n"
            "    try:\n"
            "        assert {'key': value} == {'key': 0}\n"
            "    except AssertionError as refused:\n"
            "        print(refused)\n"
            "    try:\n"
            "        assert isinstance(value, pytest.Item) or value in () or not value\n"
            "    except AssertionError as refused:\n"
            "        print(refused)\n"
            "    assert value == at, value\n"
        )
        command = [sys.executable, "-m", "pytest", "-vv", "--showlocals", "-p", "no:cacheprovider", "-p", "no:randomly"]
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        environment = {**os.environ, "PYTHONPATH": paths, "COLUMNS": "10000"}
        done = subprocess.run(
            [*command, "--rootdir", str(folder), str(folder)],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stdout + done.stderr

    def test_of_an_unmasked_value_shows_it(self, tmp_path: Path) -> None:
        output = self.run(tmp_path, "[test_canary.Unmasked()]")
        assert output.count(CANARY) >= 4

    def test_of_everything_shows_nothing(self, tmp_path: Path) -> None:
        chosen = "[sample.value for sample in test_canary.SAMPLES.values()][::4]"
        output = self.run(tmp_path, chosen)
        assert CANARY not in output
        assert output.count("AssertionError") > 40


def ours(trace: TracebackType | None) -> list[dict[str, Any]]:
    """Return the locals of the package's own frames, including code that it compiles."""
    found: list[dict[str, Any]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(str(PACKAGE)) or code.co_filename == "<string>":
            found.append(dict(trace.tb_frame.f_locals))
        trace = trace.tb_next
    return found


class Boom(Exception):
    """The exception of the callbacks below."""


def boom(*_: object) -> Any:
    """Raise `Boom`."""
    raise Boom


def raising_rule(request: Any) -> Any:
    raise Boom


def http_boom(http_request: HttpRequest, seconds: float) -> Any:
    raise Boom


def at_describe() -> None:
    describe(EVENT, HOME, Limits("own", rules=(raising_rule,)))


def at_describe_of_the_wrong_type() -> None:
    describe(EVENT, None)  # type: ignore[arg-type]


def at_modify() -> None:
    send_event_content_type.modify(boom)(EVENT)


def at_a_described_request() -> None:
    described.modify(boom)(describe(EVENT, HOME).unwrap())


def at_construct() -> None:
    described.construct(EVENT & send_event_connection_token.set(f"{CANARY}\n"))  # type: ignore[arg-type]


def at_or_raise() -> None:
    or_raise(describe(EVENT & send_event_connection_token.set(f"{CANARY}\n"), HOME))  # type: ignore[arg-type]


def at_the_transport() -> None:
    send(EVENT)(new_env(region="us-east-1", transport=http_boom))


def at_the_tokens() -> None:
    send(EVENT.__replace__(client_token=None))(new_env(region="us-east-1", transport=http_boom, tokens=boom))


def at_a_call() -> None:
    call(operator.index, CANARY)(new_env(region="us-east-1", transport=http_boom))


def at_a_step() -> None:
    @program
    def steps(request: Request[Any]) -> Any:
        yield from send(request)
        raise AssertionError

    steps(EVENT).lash(boom)(new_env(region="us-east-1", transport=_unsent))


def _unsent(http_request: HttpRequest, seconds: float) -> Failure[TransportError]:
    return Failure(TransportError("reset", "gone", "no"))


CALLBACKS = [value for name, value in list(globals().items()) if name.startswith("at_")]


class TestTracebacks:
    @pytest.mark.parametrize("start", CALLBACKS, ids=lambda start: start.__name__)
    def test_of_exceptions_that_pass_our_frames(self, start: Callable[[], None]) -> None:
        with pytest.raises((Boom, TypeError, AttributeError, LensconnectError)) as raised:
            start()
        frames = ours(raised.value.__traceback__)
        assert frames
        shown = [f"{name}={value!r}" for frame in frames for name, value in frame.items()]
        assert not [text for text in shown if CANARY in text]
        printed = "".join(_traceback(raised.value)) + _rich_traceback(raised.value)
        assert CANARY not in printed

    def test_of_an_interrupted_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Interrupt the wait for a reply, and print every local of the traceback."""
        from lensconnect.interpreters.transports.direct.sync.socket_stream import SocketStream

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(SocketStream, "wait", interrupt)
        with socket.create_server(("127.0.0.1", 0)) as peer:
            url = f"http://127.0.0.1:{peer.getsockname()[1]}"
            request = new_create_participant_connection(ParticipantToken(CANARY))
            with new_env(endpoint_url=url) as env, pytest.raises(KeyboardInterrupt) as raised:
                send(request)(env)
            connection, _ = peer.accept()
            with connection:
                assert CANARY.encode() in connection.recv(65536), "the request had left"
        assert len(ours(raised.value.__traceback__)) > 5
        assert CANARY not in "".join(_traceback(raised.value))
        assert CANARY not in _rich_traceback(raised.value)


class TestErrorsNameNoSecret:
    @pytest.mark.parametrize("unsafe", [f"{CANARY}\n", f" {CANARY}", f"{CANARY}é", f"{CANARY}\ud800", CANARY * 99])
    def test_a_fault_of_an_unsafe_token(self, unsafe: str) -> None:
        for row in OPERATIONS:
            for field in (*row.at("header"), *row.at("path")):
                request = planted(row.request)[0].__replace__(**{field.name: unsafe})
                outcome = describe(request, HOME)
                if is_err(outcome):
                    failure = outcome.failure()
                    assert CANARY not in f"{failure} {failure!r} {failure.faults}"
                if field.location == "header":
                    assert is_err(outcome)
                    sizes = {fault.path: fault.size for fault in outcome.failure().faults}
                    assert sizes[field.name] == len(unsafe)

    def test_a_token_of_the_wrong_type(self) -> None:
        for wrong in (CANARY.encode(), [CANARY], {CANARY: 1}):
            outcome = describe(EVENT & send_event_connection_token.set(wrong), HOME)  # type: ignore[arg-type]
            assert is_err(outcome)
            assert CANARY not in f"{outcome} {outcome.failure()!r}"

    def test_the_exception_of_or_raise(self) -> None:
        outcome = describe(EVENT & send_event_connection_token.set(f"{CANARY}\n"), HOME)  # type: ignore[arg-type]
        with pytest.raises(LensconnectError, match="connection_token must be visible ASCII") as raised:
            or_raise(outcome)
        assert CANARY not in repr(raised.value) + str(raised.value)

    def test_a_lens_into_a_token(self) -> None:
        token = connection_credentials_connection_token
        for function in (token.set(CANARY), token.Some().set(CANARY)):  # type: ignore[arg-type]
            assert CANARY not in repr(function) + str(function) + repr(vars(type(function)))

    def test_an_endpoint_with_a_password(self) -> None:
        assert repr(Endpoint(f"https://u:{CANARY}@h.example/base")) == "Endpoint(url='https://h.example/base')"
