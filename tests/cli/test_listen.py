"""`lensconnect listen`: lines that lose nothing and repeat at most the line at which the command was killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from helpers.chat_commands import Started
from helpers.command_line import lensconnect

from lensconnect.cli.listen import print_notifications
from lensconnect.cli.position_file import stored_position
from lensconnect.interpreters.sockets.protocol import SocketConnection, SocketDriver
from lensconnect.testing.faults import frames_dropped, frames_duplicated, frames_reordered, socket_expired
from lensconnect.testing.simulate import Simulation

HOURS = 2
EVERY = 20.0


class Killed(BaseException):
    """A signal that no process handles."""


def contents(lines: list[dict[str, Any]]) -> list[str]:
    return [
        line["Item"]["Content"]
        for line in lines
        if line["Notification"] == "ItemReceived" and "Content" in line["Item"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_two_hours_of_losses_and_kills_lose_no_line(seed: int, tmp_path: Path) -> None:
    chance = Random(seed)
    opened: list[SocketConnection] = []
    simulation = Simulation(seed, socket_fault=lambda driver: _recording(opened, _faulty(driver, chance.random)))
    started = simulation.service.start_chat()
    count = int(HOURS * 3600 / EVERY)
    for number in range(count):
        simulation.at(EVERY * (number + 1), lambda n=number: simulation.service.say(started.contact_id, f"message {n}"))
    simulation.at(EVERY * (count + 20), lambda: simulation.service.stop_chat(started.contact_id))
    file, lines, doubled = tmp_path / "position", [], 0
    known: set[str] = set()

    def write(line: str) -> None:
        nonlocal doubled
        if chance.random() < 0.02:
            raise Killed  # before the line
        found = json.loads(line)
        if found["Notification"] == "ItemReceived":
            doubled += found["Item"]["Id"] in known
            known.add(found["Item"]["Id"])
        lines.append(found)
        if chance.random() < 0.02:
            raise Killed  # after the line, before the position

    kills = 0
    while not lines or lines[-1]["Notification"] != "ChatEnded":
        try:
            print_notifications(simulation.env, started.participant_token, stored_position(file), file, 100, write)
        except Killed:
            kills += 1
            for connection in opened:  # the system closes the sockets of a process that is killed
                connection.close(1006)
    assert set(contents(lines)) == {f"message {number}" for number in range(count)}
    assert simulation.now() > HOURS * 3600
    assert kills > 5
    assert doubled <= kills


def _faulty(driver: SocketDriver, chance: Callable[[], float]) -> SocketDriver:
    for fault in (frames_dropped(0.05, chance), frames_duplicated(0.05, chance), frames_reordered(0.05, chance)):
        driver = fault(driver)
    return socket_expired(0.005, chance)(driver)


def _recording(opened: list[SocketConnection], driver: SocketDriver) -> SocketDriver:
    def record(connection: SocketConnection) -> SocketConnection:
        opened.append(connection)
        return connection

    return lambda opening: driver(opening).map(record)


def test_a_line_for_each_notification_until_the_chat_is_over(chat: Started) -> None:
    chat.service.say(chat.contact_id, "Hello\u202e")
    seen = chat.start("listen")
    lines = [json.loads(next(seen)) for _ in range(2)]
    assert [line["Notification"] for line in lines] == ["ItemReceived"] * 2
    assert contents(lines) == ["Hello\u202e"]
    chat.service.stop_chat(chat.contact_id)
    *_, last = seen
    assert json.loads(last) == {"Notification": "ChatEnded", "Reason": "ended"}
    assert chat.exit_code() == 0


@pytest.mark.slow
def test_a_killed_command_goes_on_from_its_position(chat: Started, tmp_path: Path) -> None:
    arguments = ("listen", "--position", str(tmp_path / "position"))
    seen = chat.start(*arguments)
    next(seen)  # participant.joined
    chat.service.say(chat.contact_id, "one")
    assert contents([json.loads(next(seen))]) == ["one"]
    chat.kill()
    chat.service.say(chat.contact_id, "two")
    again = chat.start(*arguments)
    found = contents([json.loads(next(again))])
    assert found in (["one"], ["two"])  # the kill may have come before the position
    if found == ["one"]:
        assert contents([json.loads(next(again))]) == ["two"]
    chat.kill()


def test_a_command_that_was_killed_while_it_wrote_the_position_leaves_nothing_to_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    simulation = Simulation(1)
    started = simulation.service.start_chat()
    simulation.at(5.0, lambda: simulation.service.stop_chat(started.contact_id))
    file, elsewhere = tmp_path / "position", tmp_path / "elsewhere"

    def killed(*_: object) -> None:
        raise Killed

    def run() -> None:
        print_notifications(simulation.env, started.participant_token, stored_position(file), file, 100, lambda _: None)

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", killed)
        with pytest.raises(Killed):
            run()
    (left,) = tmp_path.iterdir()
    left.unlink()
    left.symlink_to(elsewhere)
    run()
    assert [each.name for each in tmp_path.iterdir()] == ["position"]


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff"])
def test_a_file_that_holds_no_position_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "position"
    file.write_text(text, "utf-8", "surrogateescape")
    shown = lensconnect("listen", "--position", str(file), LENSCONNECT_PARTICIPANT_TOKEN="t", AWS_REGION="us-east-1")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"--position: {'cannot read ' if text == chr(0xDCFF) else ''}{file}" in shown.stderr


@pytest.mark.parametrize("command", [("listen",), ("reply", "Hello")])
def test_a_position_that_cannot_be_written_is_refused_before_anything_is_sent(
    command: tuple[str, ...], chat: Started, tmp_path: Path
) -> None:
    file = tmp_path / "folder" / "position"
    shown = chat.run(*command, "--position", str(file))
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"cannot write {file}: its folder is missing or cannot be written" in shown.stderr
    assert chat.service.items(chat.contact_id) == ()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device")
def test_a_device_holds_no_position() -> None:
    shown = lensconnect("listen", "--position", "/dev/zero", LENSCONNECT_PARTICIPANT_TOKEN="t", AWS_REGION="us-east-1")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == "lensconnect: /dev/zero is a folder or a device: name a file\n"


def test_a_position_that_can_no_longer_be_written_ends_the_command(chat: Started, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    seen = chat.start("listen", "--position", str(folder / "position"))
    next(seen)  # participant.joined
    folder.rename(tmp_path / "elsewhere")  # at once: the command may be writing
    chat.service.say(chat.contact_id, "Hello")
    assert len(list(seen)) <= 1
    assert chat.exit_code() == 4


def test_an_error_of_the_service_is_an_exit_code_and_advice(chat: Started) -> None:
    chat.service.stop_chat(chat.contact_id)
    shown = chat.run("listen")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "listen: 403 AccessDeniedException" in shown.stderr
    assert "the chat is over" in shown.stderr
