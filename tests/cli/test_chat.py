"""`lensconnect chat` on a terminal of 80 by 24: what its user sees, on an emulator in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from typing import TypeAlias

import pytest
from helpers.command_line import lensconnect
from rich.cells import cell_len
from textual.events import Key, Paste
from textual.pilot import Pilot

from lensconnect import (
    AsyncEnv,
    Chat,
    Error,
    Item,
    ParticipantToken,
    Program,
    ServiceError,
    Steps,
    converse,
    item_content,
    items_of,
    join_chat,
    mark_read,
    new_async_env,
    or_raise,
    program,
    receive,
    replies,
    say,
    show_typing,
    transcript,
)
from lensconnect.cli.chat_app import ChatApp
from lensconnect.cli.demo_flow import MENU, pizzeria
from lensconnect.emulator import Emulator, HttpFault, SocketFault, StartedChat, ask

ChatPilot: TypeAlias = Pilot[Error]


class Screen:
    """A chat on a screen, and the other side of it."""

    def __init__(self, pilot: ChatPilot, app: ChatApp, service: Emulator, started: StartedChat) -> None:
        self.pilot, self.app, self.service, self.started = pilot, app, service, started

    def say(self, text: str) -> None:
        self.service.say(self.started.contact_id, text, as_agent=True)

    @property
    def status(self) -> str:
        return str(self.app.status.visual)

    def lines(self) -> list[str]:
        """Return the lines of the messages in sight."""
        messages = self.app.messages
        return [messages.render_line(y).text.rstrip() for y in range(messages.size.height)]

    def drawn(self) -> str:
        """Return all that is drawn."""
        return unescape(self.app.export_screenshot()).replace("\xa0", " ")

    async def until(self, is_seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_seen():
                await self.pilot.pause(0.01)

    async def until_shown(self, text: str) -> None:
        await self.until(lambda: any(text in line for line in self.lines()))

    async def write(self, text: str) -> None:
        self.app.line.value = text
        await self.pilot.press("enter")


def on_a_screen(
    use: Callable[[Screen], Awaitable[None]],
    folder: Path,
    *,
    service: Emulator | None = None,
    size: tuple[int, int] = (80, 24),
) -> ChatApp:
    async def run() -> ChatApp:
        emulated = service or Emulator()
        started = emulated.start_chat()
        env = new_async_env(
            endpoint_url="https://chat.invalid", transport=emulated.async_transport, sockets=emulated.async_sockets
        )
        async with env:
            app = ChatApp(env, started.participant_token, folder)
            async with app.run_test(size=size) as pilot:
                screen = Screen(pilot, app, emulated, started)
                await screen.until(lambda: "connected" in screen.status)
                await use(screen)
        return app

    return asyncio.run(run())


def test_a_message_shows_who_said_it_and_ticks_as_it_is_delivered_and_read(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        screen.say("How can I\nhelp [b]you[/b]?\x1b[2J")
        await screen.until_shown("help [b]you[/b]??[2J")
        assert [line[6:] for line in screen.lines()[2:5]] == ["Agent", "How can I", "help [b]you[/b]??[2J"]
        await screen.write("Hello")
        await screen.until_shown("Customer  ✓")
        agent = new_async_env(
            endpoint_url="https://chat.invalid",
            transport=screen.service.async_transport,
            sockets=screen.service.async_sockets,
        )
        async with agent:
            await read_all(agent, screen.started.agent_token)
            await screen.until_shown("Customer  ✓✓ read")

    on_a_screen(use, tmp_path)


@program
def read(chat: Chat) -> Steps[None]:
    for item in items_of((yield from transcript(chat))):
        yield from mark_read(chat, item)


async def read_all(env: AsyncEnv, token: ParticipantToken) -> None:
    def conversation(chat: Chat) -> Program[None, Error]:
        return receive(chat).bind(lambda _: receive(chat)).bind(lambda _: receive(chat)).bind(lambda _: read(chat))

    or_raise(await converse(token, conversation)(env))


def test_others_who_type_are_named(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        agent = new_async_env(
            endpoint_url="https://chat.invalid",
            transport=screen.service.async_transport,
            sockets=screen.service.async_sockets,
        )
        async with agent:
            or_raise(await join_chat(screen.started.agent_token).bind(show_typing)(agent))
            await screen.until(lambda: "Agent typing..." in screen.status)
            screen.say("There")
            await screen.until(lambda: "typing" not in screen.status)

    on_a_screen(use, tmp_path)


def test_a_flow_is_answered_by_arrow_keys_and_gets_a_file(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.until_shown("Which pizza? [Margherita] [Funghi] [Marinara]")
        choices = screen.app.choices
        await screen.until(lambda: choices.has_focus)
        await screen.pilot.press("down", "enter")
        await screen.until_shown("One Funghi, coming up.")
        assert not choices.has_class("offered")
        (tmp_path / "address.txt").write_text("Main Street 1")
        await screen.write(f"/attach {tmp_path / 'address.txt'}")
        await screen.until(lambda: "the chat is over (ended)" in screen.status)
        assert any("address.txt (APPROVED)" in line for line in screen.lines())

    on_a_screen(use, tmp_path, service=Emulator(flow=pizzeria))


def test_a_second_enter_answers_once_and_a_text_that_is_written_is_not_lost(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        app = screen.app
        await screen.until(lambda: app.choices.has_focus)
        app.line.value = "No, "
        app.line.focus()
        shown = [item for item in screen.service.items(screen.started.contact_id) if item.type == "MESSAGE"]
        app.show(shown[0])  # a newer version of an older message
        await screen.pilot.pause()
        assert app.choices.has_class("offered")
        assert app.line.has_focus
        app.line.value = ""
        await screen.pilot.press("down", "enter", "enter")
        await screen.until_shown("One Margherita, coming up.")
        app.show(shown[-1])
        await screen.pilot.pause()
        assert not app.choices.has_class("offered")

    on_a_screen(use, tmp_path, service=Emulator(flow=pizzeria))


def test_the_choices_take_no_focus_from_a_user_who_is_writing(tmp_path: Path) -> None:
    @program
    def asks_later(chat: Chat) -> Steps[None]:
        yield from say(chat, "Welcome!")
        yield from replies(chat, within=3600.0)
        yield from ask(chat, MENU)

    async def use(screen: Screen) -> None:
        await screen.until_shown("Welcome!")
        await screen.write("Hello")
        await screen.pilot.press("n", "o")
        await screen.until(lambda: screen.app.choices.has_class("offered"))
        await screen.pilot.press("n", "e", "enter")
        await screen.until_shown("none")

    on_a_screen(use, tmp_path, service=Emulator(flow=asks_later))


def test_a_text_that_is_typed_over_the_choices_is_a_message(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        app = screen.app
        await screen.until(lambda: app.choices.has_focus)
        assert "Enter sends the choice. To write instead, type or press Esc" in screen.drawn()
        for key in ("n", "o", "space", "1", "enter"):  # all at once, as a fast typist or a terminal sends them
            app.post_message(Key(key, " " if key == "space" else key if len(key) == 1 else None))
        await screen.until_shown("no 1")
        await screen.until_shown("One no 1, coming up.")

    on_a_screen(use, tmp_path, service=Emulator(flow=pizzeria))


def test_a_text_that_is_pasted_over_the_choices_is_in_the_line(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.choices.has_focus)
        screen.app.post_message(Paste("Napoli"))
        await screen.until(lambda: screen.app.line.value == "Napoli" and screen.app.line.has_focus)

    on_a_screen(use, tmp_path, service=Emulator(flow=pizzeria))


def test_a_text_that_is_no_command_stays_and_two_slashes_send_one(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.write("/home is my address")
        await screen.until(lambda: "there is no command /home" in screen.status)
        assert screen.app.line.value == "/home is my address"
        await screen.write("//home is my address")
        await screen.until_shown("/home is my address")
        await screen.write("/attach ~nobody-of-this-name/x")
        await screen.until(lambda: "FILE must be the path of a file that exists" in screen.status)

    on_a_screen(use, tmp_path)


def test_a_crash_shows_no_local_variable(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "s3cret"

    async def use(screen: Screen) -> None:
        def crash() -> None:
            token = secret
            raise ZeroDivisionError(len(token))

        screen.app.call_later(crash)
        await screen.until(lambda: screen.app.crash is not None)

    with pytest.raises(ZeroDivisionError):
        on_a_screen(use, tmp_path)
    out, err = capfd.readouterr()
    assert secret not in out + err


def test_without_a_terminal_the_command_says_what_to_use() -> None:
    shown = lensconnect("chat", "--demo")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == "lensconnect: chat needs a terminal: use listen and reply in a script\n"


def test_the_command_has_no_option_for_a_log_that_would_be_drawn_over_the_chat() -> None:
    assert "--debug" in lensconnect("listen", "--help").stdout
    shown = lensconnect("chat", "--help")
    assert ("--timeout" in shown.stdout, "--debug" in shown.stdout) == (True, False)
    assert lensconnect("chat", "--demo", "--debug").returncode == 2


def test_a_file_is_fetched_into_the_folder_and_never_over_another(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        (tmp_path / "sent").mkdir()
        file = tmp_path / "sent" / "a.txt"
        file.write_text("hello")
        await screen.write(f"/attach {file}")
        await screen.until_shown("a.txt (APPROVED)")
        await screen.write("/download")
        await screen.until(lambda: "a.txt: 5 bytes" in screen.status)
        assert (tmp_path / "a.txt").read_text() == "hello"
        await screen.write("/download a.txt")
        await screen.until(lambda: "exists already" in screen.status)
        await screen.write("/download b.txt")
        await screen.until(lambda: "there is no file 'b.txt' in this chat" in screen.status)
        await screen.write("/attach missing")
        await screen.until(lambda: "FILE must be the path of a file that exists" in screen.status)

    on_a_screen(use, tmp_path)


def test_a_message_that_was_refused_is_given_back(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        text = "x" * 20_000
        await screen.write(text)
        await screen.until(lambda: "must be 1..16384 characters" in screen.status)
        assert screen.app.line.value == text
        assert "Not done: invalid request" in screen.status
        assert "Enter" not in screen.status

    on_a_screen(use, tmp_path)


def fail_sending(screen: Screen) -> None:
    """Let the service do what the next SendMessage asks, and lose its replies until `send` gives up."""
    screen.service.plan(HttpFault("drop", operation="SendMessage", count=3))


def sent_texts(screen: Screen) -> list[str | None]:
    return [item.content for item in screen.service.items(screen.started.contact_id) if item.type == "MESSAGE"]


@pytest.mark.parametrize("text", ["once", "/once", " once"])
def test_a_message_whose_reply_was_lost_is_sent_again_and_comes_once(tmp_path: Path, text: str) -> None:
    async def use(screen: Screen) -> None:
        fail_sending(screen)
        await screen.write(f"/{text}" if text.startswith("/") else text)
        await screen.until(lambda: "Enter sends it again, and it cannot come twice" in screen.status)
        assert "(request sent" not in screen.status
        await screen.pilot.press("enter")
        await screen.until_shown("Customer  ✓")
        assert screen.app.line.value == ""
        assert "again" not in screen.status
        assert sent_texts(screen) == [text.strip()]
        await screen.write(f"/{text}" if text.startswith("/") else text)
        await screen.until(lambda: len(sent_texts(screen)) == 2)

    on_a_screen(use, tmp_path)


def test_a_returned_message_that_is_edited_is_another_one(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        fail_sending(screen)
        await screen.write("once")
        await screen.until(lambda: screen.app.line.value == "once")
        await screen.pilot.press("s", "backspace", "enter")
        await screen.until(lambda: sent_texts(screen) == ["once", "once"])

    on_a_screen(use, tmp_path)


def test_a_failed_message_leaves_the_one_that_was_begun_since(tmp_path: Path) -> None:
    screens: list[Screen] = []

    def begin(_seconds: float) -> None:
        screens[0].app.line.value = "new"

    async def use(screen: Screen) -> None:
        screens.append(screen)
        screen.service.plan(HttpFault("delay", operation="SendMessage", count=3, seconds=3600))
        await screen.write("once")
        await screen.until(lambda: 'it may be done or not ("once")' in screen.status)
        assert screen.app.line.value == "new"
        await screen.pilot.press("enter")
        await screen.until(lambda: sent_texts(screen) == ["once", "new"])

    on_a_screen(use, tmp_path, service=Emulator(sleep=begin))


def test_a_choice_whose_reply_was_lost_is_answered_once(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.choices.has_focus)
        fail_sending(screen)
        await screen.pilot.press("down", "enter")
        await screen.until(lambda: screen.app.line.value == "Funghi" and screen.app.line.has_focus)
        await screen.pilot.press("enter")
        await screen.until(lambda: not screen.app.line.value and "again" not in screen.status)
        assert sent_texts(screen).count("Funghi") == 1

    on_a_screen(use, tmp_path, service=Emulator(flow=pizzeria))


def test_a_lost_connection_is_told_and_comes_back_with_what_was_missed(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        screen.service.plan(SocketFault("expire", topic="aws/chat", count=1))
        screen.say("lost")
        await screen.until_shown("lost")
        await screen.until(lambda: "connected" in screen.status and "back online" in screen.status)

    on_a_screen(use, tmp_path)


def test_leaving_and_quitting(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.write("/help")
        await screen.until(lambda: "/attach FILE" in screen.status)
        await screen.write("/leave")
        await screen.until(lambda: "the chat is over" in screen.status)
        await screen.pilot.press("ctrl+t")
        assert screen.app.theme == "textual-light"
        await screen.pilot.press("ctrl+q")

    assert on_a_screen(use, tmp_path).return_value is None


def test_a_chat_that_cannot_be_opened_ends_the_program_with_the_error(tmp_path: Path) -> None:
    async def run() -> Error | None:
        service = Emulator()
        env = new_async_env(endpoint_url="https://chat.invalid", transport=service.async_transport)
        async with env:
            app = ChatApp(env, ParticipantToken("wrong"), tmp_path)
            async with app.run_test() as pilot:
                while app.return_value is None:
                    await pilot.pause(0.01)
            return app.return_value

    error = asyncio.run(run())
    assert isinstance(error, ServiceError)
    assert error.status == 403


def item(number: int) -> Item:
    time = f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.{number // 3600:03}Z"
    return Item(
        id=f"{number:06}", absolute_time=time, type="MESSAGE", content_type="text/plain", content=f"text {number}"
    )


def test_late_items_are_put_in_their_place_and_do_not_move_what_is_read(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        messages = screen.app.messages
        messages.put([item(number) for number in range(0, 200, 2)])
        await screen.until_shown("text 198")
        await screen.pilot.press("pageup")
        await screen.pilot.pause()
        seen = screen.lines()
        assert not messages.follows
        messages.put([item(1), item(199)])
        await screen.pilot.pause()
        assert screen.lines() == seen
        messages.put([item(number) for number in range(3, 199, 2)])
        while not messages.follows:
            await screen.pilot.press("pagedown")
        await screen.pilot.pause()
        texts = [line.split()[-1] for line in screen.lines() if "text" in line]
        assert texts == [str(number) for number in range(200 - len(texts), 200)]

    on_a_screen(use, tmp_path)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (24, 10)])
def test_no_line_is_wider_than_the_screen_and_all_lines_survive_a_resize(tmp_path: Path, size: tuple[int, int]) -> None:
    async def use(screen: Screen) -> None:
        text = "word " * 40 + "x" * 300 + " 你好" * 40
        screen.app.messages.put([item(1) & item_content.set(text)])
        await screen.pilot.pause()
        for width, height in (size, (60, 24), size):
            await screen.pilot.resize_terminal(width, height)
            await screen.pilot.pause()
            assert max(cell_len(line) for line in screen.lines()) <= width
            assert "".join(text.split()) in "".join(screen.app.messages.text().split())

    on_a_screen(use, tmp_path, size=size)
