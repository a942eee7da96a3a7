"""A failed `==` names the paths at which two values differ, and no secret."""

from __future__ import annotations

from typing import Any

import pytest
from docs.pages import PAGES

import lensconnect
from lensconnect import (
    CONTENT_TEXT_PLAIN,
    ChatEnded,
    ConnectionToken,
    Endpoint,
    Failure,
    GetTranscriptResponse,
    HttpRequest,
    HttpResponse,
    IOResult,
    Item,
    ItemReceived,
    Page,
    ServiceError,
    Success,
    describe,
    new_send_message,
)
from lensconnect.programs.pages import Cursor
from lensconnect.testing.differences import differences

pytest_plugins = ["pytester"]

ITEMS = tuple(Item(id=f"i-{number}", content=f"text {number}") for number in range(5))
ENDPOINT = Endpoint("https://chat.invalid")
HELLO = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", ConnectionToken("one-secret-token"))
OTHER = new_send_message(CONTENT_TEXT_PLAIN, "Hello", ConnectionToken("another-secret-token"))


def changed(items: tuple[Item, ...], index: int, content: str) -> tuple[Item, ...]:
    return (*items[:index], Item(id=items[index].id, content=content), *items[index + 1 :])


PAIRS: dict[str, tuple[Any, Any, list[str]]] = {
    "records": (
        Page(ITEMS, Cursor()),
        Page(changed(ITEMS, 3, "text three"), Cursor()),
        ["Page == Page fails at", "  .items[3].content: 'text 3' != 'text three'"],
    ),
    "a longer tuple": (
        Success(Page(ITEMS[:1], Cursor())),
        Success(Page((), Cursor())),
        ["Success == Success fails at", "  .unwrap().items[0]: Item(content='text 0', id='i-0') != nothing"],
    ),
    "success and failure": (
        Success(1),
        Failure(ServiceError(429, "ThrottlingException")),
        ["Success == Failure fails at", "  all of it: <Success: 1> != "],
    ),
    "kinds that differ": (
        Success({"ConnectionToken": "one-secret"}),
        Failure({"ConnectionToken": "two-secret"}),
        [
            "Success == Failure fails at",
            "  all of it: <Success: {'ConnectionToken': '***'}> != <Failure: {'ConnectionToken': '***'}>",
        ],
    ),
    "kinds that differ inside a result": (
        Success((1, {"View": {"Name": "one-secret"}})),
        Success([IOResult.from_failure('{"ConnectionToken": "two-secret"}'), [Failure({"AgentToken": "two-secret"})]]),
        [
            "Success == Success fails at",
            "  .unwrap(): (1, {'View': {'Name': '***'}}) != [<IOResult: <Failure: {\"ConnectionToken\":\"***\"}>>, [<",
        ],
    ),
    "a result of an environment and a result": (
        IOResult.from_value({"ConnectionToken": "one-secret"}),
        Success([]),
        [
            "IOSuccess == Success fails at",
            "  all of it: <IOResult: <Success: {'ConnectionToken': '***'}>> != <Success: []>",
            "  compare to_result(...) of the IOResult",
        ],
    ),
    "names that are no text": (
        Success({1: "a", None: {2: "c"}, "b": 0}),
        Success({1: "b", None: {"ConnectionToken": "two-secret"}}),
        [
            "Success == Success fails at",
            "  .unwrap()[1]: 'a' != 'b'",
            "  .unwrap()[None][2]: 'c' != nothing",
            '  .unwrap()[None]["ConnectionToken"]: nothing != ***',
            '  .unwrap()["b"]: 0 != nothing',
        ],
    ),
    "dicts of another kind with names that are no text": (
        Success({1: "a", "AgentToken": "one-secret"}),
        Success([]),
        ["Success == Success fails at", "  .unwrap(): {1: 'a', 'AgentToken': '***'} != []"],
    ),
    "results of environments": (
        IOResult.from_value(GetTranscriptResponse(http_status=200, next_token="a")),
        IOResult.from_value(GetTranscriptResponse(http_status=200, next_token="b")),
        ["IOSuccess == IOSuccess fails at", "  .unwrap().next_token: *** != ***"],
    ),
    "notifications": (
        ItemReceived(ITEMS[0], late=True),
        ItemReceived(ITEMS[1]),
        [
            "ItemReceived == ItemReceived fails at",
            "  .item.content: 'text 0' != 'text 1'",
            "  .item.id: 'i-0' != 'i-1'",
            "  .late: True != False",
        ],
    ),
    "a list of notifications": (
        [ItemReceived(ITEMS[0]), ChatEnded("left")],
        [ItemReceived(ITEMS[1]), ChatEnded("left"), ItemReceived(Item(content="text 2" * 12))],
        [
            "list == list fails at",
            "  [0].item.content: 'text 0' != 'text 1'",
            "  [0].item.id: 'i-0' != 'i-1'",
            f"  [2]: nothing != ItemReceived(item=Item(content='{'text 2' * 12}')",
        ],
    ),
    "an empty tuple": (
        (),
        (ITEMS[0],),
        ["tuple == tuple fails at", "  [0]: nothing != Item(content='text 0', id='i-0')"],
    ),
    "notifications of two kinds": (
        ItemReceived(ITEMS[0]),
        ChatEnded("left"),
        ["ItemReceived == ChatEnded fails at", "  all of it: ItemReceived(item=Item(content='text 0', id='i-0')"],
    ),
    "HTTP requests": (
        describe(HELLO, ENDPOINT).unwrap(),
        describe(OTHER, Endpoint("https://chat.example")).unwrap(),
        [
            "HttpRequest == HttpRequest fails at",
            "  .url: 'https://chat.invalid/participant/message' != 'https://chat.example/participant/message'",
            '  .header("X-Amz-Bearer"): *** != ***',
            "  .body[\"Content\"]: 'Hello!' != 'Hello'",
        ],
    ),
    "HTTP requests to a bucket": (
        HttpRequest("PUT", "https://bucket.example/key?X-Amz-Signature=one-secret", (), b"abc"),
        HttpRequest("POST", "https://bucket.example/key?X-Amz-Signature=two-secret", (), b"abd"),
        [
            "HttpRequest == HttpRequest fails at",
            "  .method: 'PUT' != 'POST'",
            "  .url: 'https://bucket.example/***?***' != 'https://bucket.example/***?***'",
            "  .body: <3 bytes> != <3 bytes>",
        ],
    ),
    "secrets in a part of a body": (
        HttpResponse(200, (), b'{"ConnectionCredentials": {"ConnectionToken": "one-secret"}}'),
        HttpResponse(200, (), b"{}"),
        [
            "HttpResponse == HttpResponse fails at",
            "  .body[\"ConnectionCredentials\"]: {'ConnectionToken': '***'} != nothing",
        ],
    ),
    "secrets in a body": (
        HttpResponse(200, (), b'{"ConnectionCredentials": {"ConnectionToken": "one-secret"}}'),
        HttpResponse(200, (), b'{"ConnectionCredentials": {"ConnectionToken": "two-secret"}}'),
        ["HttpResponse == HttpResponse fails at", '  .body["ConnectionCredentials"]["ConnectionToken"]: *** != ***'],
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_differences_have_paths_and_no_secrets(name: str) -> None:
    left, right, expected = PAIRS[name]
    lines = differences(left, right)
    assert lines is not None
    assert [line[: len(start)] for line, start in zip(lines, expected, strict=True)] == expected
    assert "secret" not in str(lines)


def test_many_differences_and_long_values_are_cut() -> None:
    one, other = (tuple(Item(content=letter * 500) for _ in range(30)) for letter in "ab")
    lines = differences(Page(one, Cursor()), Page(other, Cursor()))
    assert lines is not None
    assert len(lines) == 12
    assert lines[-1] == "  and more"
    assert max(map(len, lines)) < 200


def test_equal_and_other_values_are_left_to_pytest() -> None:
    assert (
        differences(HELLO, HELLO)
        is differences(1, 2)
        is differences([1], [2])
        is differences([HELLO], (OTHER,))
        is None
    )


def test_pytest_shows_them(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["lensconnect.testing.fixtures"]')
    pytester.makepyfile(
        """
        from lensconnect import *
        hello = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", ConnectionToken("one-secret-token"))
        def test_records():
            assert hello == hello & send_message_content.set("Hello")
        def test_others():
            assert hello != hello
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(failed=2)
    shown = [line for line in PAGES["testing"].splitlines() if line.startswith("E  ")]
    result.stdout.fnmatch_lines(shown)
    assert shown
    result.stdout.no_fnmatch_line("*one-secret-token*'*!=*")


def test_a_failure_of_a_program_is_explained_with_the_lines_that_it_has_left() -> None:
    @lensconnect.program
    def walk() -> lensconnect.Steps[None]:
        yield from lensconnect.send(lensconnect.new_send_event("text/plain", lensconnect.ConnectionToken("t")))

    with lensconnect.new_env(region=None) as env:
        outcome = walk()(env)
    line = walk.__wrapped__.__code__.co_firstlineno + 2  # type: ignore[attr-defined]
    for each, wanted in ((outcome, IOResult.from_value(1)), (lensconnect.to_result(outcome), Success(1))):
        found = differences(each, wanted)
        assert found is not None
        assert found[2:] == [f'  in the program {walk.__qualname__}, File "{__file__}", line {line}']
