"""`lensconnect transcript`: all items as text, as lines of JSON, and as a page of HTML."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.chat_commands import Started

from lensconnect import get_connection_token, new_env, or_raise


def test_every_item_is_a_line_and_the_oldest_is_the_first(chat: Started) -> None:
    for number in range(230):
        chat.service.say(chat.contact_id, f"message {number}")
    shown = chat.run("transcript")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [line.split()[-1] for line in shown.stdout.splitlines()[:230]] == [str(number) for number in range(230)]
    items = [json.loads(line) for line in chat.run("transcript", "--output", "json").stdout.splitlines()[:230]]
    assert [item["Content"] for item in items] == [f"message {number}" for number in range(230)]
    with new_env(endpoint_url=chat.service.base_url) as env:
        token = or_raise(get_connection_token(chat.variables.pop("LENSCONNECT_PARTICIPANT_TOKEN"))(env))
    assert chat.run("transcript", LENSCONNECT_CONNECTION_TOKEN=token).stdout == shown.stdout


def test_followed_items_are_printed_as_they_come(chat: Started) -> None:
    chat.service.say(chat.contact_id, "before")
    seen = chat.start("transcript", "--follow")
    assert "before" in next(seen)
    assert "participant.joined" in next(seen)
    chat.service.say(chat.contact_id, "after")
    assert "after" in next(seen)
    chat.service.stop_chat(chat.contact_id)
    assert "chat.ended" in "".join(seen)
    assert chat.exit_code() == 0


def test_a_page_is_written_once(chat: Started, tmp_path: Path) -> None:
    chat.service.say(chat.contact_id, "Hello <b>you</b>")
    page = tmp_path / "page.html"
    arguments = ("transcript", "--html", str(page))
    shown = chat.run(*arguments)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page.read_text("utf-8")
    page.write_text("mine")
    refused = chat.run(*arguments)
    assert (refused.returncode, page.read_text()) == (2, "mine")
    assert refused.stderr == f"lensconnect: {page} exists already: name another file, or add --force to replace it\n"
    assert chat.run(*arguments, "--force").returncode == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
    assert chat.run(*arguments, "--follow").returncode == 2


def test_without_a_token_both_variables_are_named(chat: Started) -> None:
    shown = chat.run("transcript", LENSCONNECT_PARTICIPANT_TOKEN="")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "set LENSCONNECT_CONNECTION_TOKEN or LENSCONNECT_PARTICIPANT_TOKEN" in shown.stderr
