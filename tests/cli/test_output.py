"""Output: one golden text for each format of the same reply, secrets, and queries."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

import pytest
import typer
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    ConnectionCredentials,
    CreateParticipantConnectionResponse,
    GetTranscriptResponse,
    Item,
    Reply,
    SendMessageResponse,
    Websocket,
)
from lensconnect.cli.items import item_time
from lensconnect.cli.output import OutputFormat, parse_query, prepare_output, show_reply

SECRET = "s3cret"
CREDENTIALS = CreateParticipantConnectionResponse(
    http_status=200,
    websocket=Websocket(url=f"wss://chat.invalid/?t={SECRET}", connection_expiry="2026-01-01T10:00:00.000Z"),
    connection_credentials=ConnectionCredentials(connection_token=SECRET, expiry="2026-01-02T09:00:00.000Z"),
)
TRANSCRIPT = GetTranscriptResponse(
    http_status=200,
    initial_contact_id="c-1",
    next_token="",
    transcript=(
        Item(id="m-1", absolute_time="2026-01-01T09:00:00.000Z", participant_role="CUSTOMER", content="Hello\n\u202eyou",
             content_type="text/plain", type="MESSAGE"),
        Item(id="m-2", absolute_time="2026-01-01T09:00:01.000Z",
             content_type="application/vnd.amazonaws.connect.event.chat.ended", type="EVENT"),
    ),
)  # fmt: skip


def shown(reply: Reply, output: str, query: str | None = None, encoding: str = "utf-8") -> tuple[str, str]:
    """Return what is printed on standard output and on standard error."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        show_reply(reply, OutputFormat(output), parse_query(query))
    for stream in (out, err):
        stream.seek(0)
    return out.read(), err.read()


HINT = "*** stands for a secret: --output json shows it.\n"
GOLDEN = {
    ("text", None): """\
2026-01-01 09:00:00Z  m-1  CUSTOMER  Hello ?you
2026-01-01 09:00:01Z  m-2            chat.ended
InitialContactId: c-1
NextToken:\x20
""",
    ("yaml", None): r"""InitialContactId: c-1
Transcript:
- AbsoluteTime: '2026-01-01T09:00:00.000Z'
  Content: "Hello\n\u202Eyou"
  ContentType: text/plain
  Id: m-1
  Type: MESSAGE
  ParticipantRole: CUSTOMER
- AbsoluteTime: '2026-01-01T09:00:01.000Z'
  ContentType: application/vnd.amazonaws.connect.event.chat.ended
  Id: m-2
  Type: EVENT
NextToken: ''
""",
    ("table", "Transcript[].{Id: Id, Content: Content}"): """\
+-----+------------+
| Id  | Content    |
+-----+------------+
| m-1 | Hello??you |
| m-2 | null       |
+-----+------------+
""",
    ("table", "[InitialContactId, NextToken]"): """\
+-----+
| c-1 |
|     |
+-----+
""",
    ("json", "Transcript[0].Id"): '"m-1"\n',
    ("json", "Transcript[0].Content"): '"Hello\\n\\u202eyou"\n',
    ("text", "Transcript[].Id"): "m-1\tm-2\n",
    ("text", "Transcript[].[Id,ParticipantRole]"): "m-1\tCUSTOMER\nm-2\tNone\n",
    ("text", "{Items: Transcript[].{b: Id, a: ParticipantRole}, n: length(Transcript)}"): (
        "2\nITEMS\tCUSTOMER\tm-1\nITEMS\tNone\tm-2\n"
    ),
    ("text", "{Ids: Transcript[].Id}"): "IDS\tm-1\nIDS\tm-2\n",
    ("text", "Nothing"): "None\n",
}
"""The text of `TRANSCRIPT` by format and query; text with a query is what AWS CLI 1.46 prints."""


@pytest.mark.parametrize(("output", "query"), GOLDEN, ids=str)
def test_each_format_prints_its_golden_text(output: str, query: str | None) -> None:
    assert shown(TRANSCRIPT, output, query) == (GOLDEN[output, query], "")


def test_text_names_each_member_and_masks_secrets() -> None:
    out, err = shown(CREDENTIALS, "text")
    assert out == (
        "Websocket.Url: ***\n"
        "Websocket.ConnectionExpiry: 2026-01-01T10:00:00.000Z\n"
        "ConnectionCredentials.ConnectionToken: ***\n"
        "ConnectionCredentials.Expiry: 2026-01-02T09:00:00.000Z\n"
    )
    assert err == HINT


@pytest.mark.parametrize(
    ("output", "query", "reveals"),
    [
        ("text", None, False),
        ("table", None, False),
        ("table", "ConnectionCredentials", False),
        ("json", None, True),
        ("yaml", None, True),
        ("text", "ConnectionCredentials.ConnectionToken", True),
    ],
)
def test_only_output_for_programs_shows_a_secret(output: str, query: str | None, reveals: bool) -> None:
    out, err = shown(CREDENTIALS, output, query)
    assert (SECRET in out, err) == (reveals, "" if reveals else HINT)


def test_a_query_in_text_is_the_bare_token_for_a_shell() -> None:
    assert shown(CREDENTIALS, "text", "ConnectionCredentials.ConnectionToken") == (f"{SECRET}\n", "")


def test_a_reply_without_members_is_said_to_be_done() -> None:
    assert shown(SendMessageResponse(http_status=200), "text") == ("done (200)\n", "")


def test_a_query_that_is_not_jmespath_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="Invalid jmespath expression"):
        parse_query("Transcript[")


def test_a_query_that_does_not_fit_the_reply_is_one_line_without_its_text() -> None:
    err = io.StringIO()
    with redirect_stderr(err), pytest.raises(typer.Exit) as ended:
        show_reply(CREDENTIALS, OutputFormat.json, parse_query("abs(ConnectionCredentials.ConnectionToken)"))
    assert (ended.value.exit_code, SECRET in err.getvalue()) == (4, False)
    assert err.getvalue() == "lensconnect: a reply came, but --query does not fit it (JMESPathTypeError)\n"


@given(content=st.text(max_size=20), encoding=st.sampled_from(["utf-8", "cp1252", "ascii"]))
def test_json_and_yaml_can_be_read_back_in_any_encoding(content: str, encoding: str) -> None:
    content = content.encode("utf-8", "ignore").decode()
    reply = SendMessageResponse(http_status=200, id=content)
    out, _ = shown(reply, "yaml", encoding=encoding)
    assert yaml.safe_load(out) == {"Id": content}
    if encoding == "utf-8":
        assert json.loads(shown(reply, "json")[0]) == {"Id": content}


@pytest.mark.parametrize(
    ("package", "option", "prepare"),
    [
        ("yaml", "--output yaml", lambda: prepare_output(OutputFormat.yaml)),
        ("jmespath", "--query", lambda: parse_query("Id")),
    ],
    ids=["yaml", "jmespath"],
)
def test_a_missing_package_is_named_before_anything_is_sent(
    package: str, option: str, prepare: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=f"{option} needs {package}: python -m pip install"):
        prepare()


def test_a_time_of_another_zone_is_shown_in_utc() -> None:
    assert item_time(Item(absolute_time="2026-01-01T09:00:00+02:00")) == "2026-01-01 07:00:00Z"
    assert item_time(Item(absolute_time="soon")) == "soon"
    assert item_time(Item()) == ""


def test_a_table_is_not_folded_where_there_is_no_terminal() -> None:
    assert not sys.stdout.isatty()
    out, _ = shown(SendMessageResponse(http_status=200, id="x" * 500), "table")
    assert "x" * 500 in out
