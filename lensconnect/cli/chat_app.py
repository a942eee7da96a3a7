"""ChatApp: a chat on a terminal (Textual).

It runs the library's own programs in one `AsyncEnv`: one task receives notifications, and each thing that the user does is a task of
its own.  A message appears when the service pushes it, also one of the user.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from rich.text import Text
from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from lensconnect.cli.advice import failure_text, is_in_doubt
from lensconnect.cli.items import choice_text, name_of, one_line
from lensconnect.cli.message_list import MessageList
from lensconnect.cli.new_files import safe_name
from lensconnect.content.answers import Choice, DraftMessage, choices_of, reply_to
from lensconnect.content.contents import content_of
from lensconnect.content.templates import Interactive
from lensconnect.content.types import CONTENT_TEXT_PLAIN, EVENT_TYPING
from lensconnect.errors import Error
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.base import fresh_token
from lensconnect.live.files import Progress
from lensconnect.live.notifications import (
    Chat,
    ChatEnded,
    ConnectionLost,
    ConnectionRegained,
    ConnectionRenewed,
    ItemReceived,
    ItemUpdated,
    Notification,
)
from lensconnect.live.options import LIVE, live_options_history
from lensconnect.live.transcript import is_stored
from lensconnect.programs.chats.opening import close_chat, open_chat
from lensconnect.programs.chats.receiving import notifications
from lensconnect.programs.chats.sending import attach, download, leave, mark_read, say, show_typing
from lensconnect.programs.program import Program
from lensconnect.record import ParticipantToken, printable
from lensconnect.results import Result, is_err, is_ok, to_result
from lensconnect.types.item import Item

T = TypeVar("T")

HELP: Final = "/attach FILE   /download [FILE]   /leave   /quit   PgUp PgDn scroll   Ctrl+T light or dark"
_SHOWN: Final = 40
"""Characters of a message in the status line."""
_TYPING_SECONDS: Final = 12.0
"""Time for which a typing event shows; a participant that goes on typing sends one every 10 seconds."""


def _typed(draft: DraftMessage) -> str:
    """Return what is typed to send a message: a slash more before one that begins with a slash."""
    return f"/{draft.content}" if draft.content.startswith("/") else draft.content


class ChatApp(App[Error]):
    """A chat: messages, choices, what others type, the state of the connection, and a line to write in.

    It ends with the `Error` that ended it, `None` if the user did.
    """

    TITLE: str | None = "lensconnect chat"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    CSS: ClassVar[str] = """
    #choices { height: auto; max-height: 8; border: round $accent; display: none; }
    #choices.offered { display: block; }
    #status { height: auto; max-height: 3; background: $panel; color: $text; padding: 0 1; }
    #input { border: round $primary; height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll(-1)", show=False, priority=True),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
        Binding("ctrl+t", "change_colors", show=False, priority=True),
        Binding("escape", "write", show=False),
        Binding("down", "choose", show=False),
        Binding("ctrl+c,ctrl+q", "quit", show=False, priority=True),
    ]

    def __init__(self, env: AsyncEnv, token: ParticipantToken, folder: Path, *, theme: str = "textual-dark") -> None:
        super().__init__()
        self.env: AsyncEnv = env
        self.token: ParticipantToken = token
        self.folder: Path = folder
        self.theme = theme
        self.chat: Chat | None = None
        self.messages: MessageList = MessageList()
        self.choices: OptionList = OptionList(id="choices")
        self.choices.border_subtitle = "Enter sends the choice. To write instead, type or press Esc"
        self.status: Static = Static(id="status")
        self.line: Input = Input(placeholder="Write a message, or /help", id="input")
        self._link, self._is_waiting, self._note = "connecting", True, "/help lists commands"
        self._link_since = datetime.now().astimezone()
        self._typing: dict[str, datetime] = {}
        self._sent: set[str] = set()
        self._returned: tuple[DraftMessage, str] | None = None
        self._own_id: str | None = None
        self._asked: Interactive | None = None
        self._offered: tuple[Choice, ...] = ()
        self._files: dict[str, str] = {}
        self._waiting: list[Item] = []
        self._newest_id: str | None = None
        self._is_over = False
        self.crash: Exception | None = None

    def compose(self) -> ComposeResult:
        """Build the screen, from top to bottom."""
        yield self.messages
        yield self.choices
        yield self.status
        yield self.line

    async def on_event(self, event: events.Event) -> None:
        """Take what is typed while the choices have the focus for the line: it is the beginning of a message."""
        # Before the key is forwarded, so that those after it, and Enter, follow it into the line.
        is_text = isinstance(event, events.Paste) or (isinstance(event, events.Key) and event.is_printable)
        if is_text and self.choices.has_focus:
            self.screen.set_focus(self.line)
        await super().on_event(event)

    def on_mount(self) -> None:
        """Connect, and tell the time while there is something to wait for."""
        self.line.focus()
        self.set_interval(1.0, self._show_status)
        self._show_status()
        self.receive()

    @work(exclusive=True, group="receive")
    async def receive(self) -> None:
        """Open the chat and show what happens in it until it is over."""
        opening = open_chat(self.token, options=LIVE & live_options_history.set(None))
        opened = await self._outcome(opening)
        if is_err(opened):
            self.exit(opened.failure())
            return
        self.chat = opened.unwrap()
        self._show_link("connected", waiting=False)
        async for outcome in notifications(self.chat)(self.env):
            if is_err(outcome):
                self.exit(outcome.failure())
                return
            await self._take(outcome.unwrap(), self.chat)

    async def _take(self, notification: Notification, chat: Chat) -> None:
        match notification:
            case ItemReceived(item=item) | ItemUpdated(item=item):
                self.show(item)
                if isinstance(notification, ItemReceived) and not notification.past:
                    await self._outcome(mark_read(chat, item))
            case ConnectionLost(reason=reason):
                self._show_link(f"connection lost ({reason}), reconnecting")
            case ConnectionRegained(missed=missed):
                self._show_link("connected", waiting=False)
                self._show_note(f"back online: {missed} missed" if missed else "back online")
            case ConnectionRenewed():
                pass
            case ChatEnded(reason=reason):
                self._is_over = True
                self._show_link(f"the chat is over ({reason})", waiting=False)
                self._offer(None)
                self._show_note("Ctrl+Q ends")

    def show(self, item: Item) -> None:
        """Show a new item, or a newer version of one."""
        if item.content_type == EVENT_TYPING:
            if item.participant_id != self._own_id:
                self._typing[name_of(item)] = datetime.now().astimezone()
        elif is_stored(item):
            self._typing.pop(name_of(item), None)
            if item.id in self._sent:
                self._learn_own(item)
            names = {file.attachment_id: file.attachment_name or "" for file in item.attachments or ()}
            self._files |= {identity: name for identity, name in names.items() if identity is not None}
            if not self._waiting:
                self.call_later(self._show_waiting)
            self._waiting.append(item)
        self._show_status()

    def _show_waiting(self) -> None:
        """Show the items that have come since the last time, all at once: a long history is one change."""
        items, self._waiting = self._waiting, []
        self.messages.put(items)
        newest = self.messages.newest_message()
        if newest is not None and newest.id != self._newest_id and not self._is_over:
            self._newest_id = newest.id
            content = content_of(newest)
            is_own = newest.participant_id == self._own_id
            self._offer(content if isinstance(content, Interactive) and not is_own else None)

    def _offer(self, asked: Interactive | None) -> None:
        """Show the choices of an interactive message, the newest one of the others; hide them after the next message."""
        self._asked, self._offered = asked, () if asked is None else choices_of(asked)
        self.choices.clear_options()
        self.choices.add_options([Option(Text(printable(choice_text(choice)))) for choice in self._offered])
        self.choices.highlighted = 0 if self._offered else None
        self.choices.set_class(bool(self._offered), "offered")
        # A user who is writing goes on: the next Enter must not choose.
        (self.choices if self._offered and not self.line.value else self.line).focus()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer an interactive message."""
        asked, offered = self._asked, self._offered
        self._offer(None)
        # A second Enter may have been pressed before the choices were gone.
        if asked is not None and self.chat is not None and event.option_index < len(offered):
            draft = reply_to(asked, offered[event.option_index]).unwrap()
            self._send(self.chat, draft, fresh_token())

    async def on_input_changed(self, event: Input.Changed) -> None:
        """Show the others that the user is typing."""
        # What the line holds by now, and not at the event: the text may have been given back since.
        if self._returned is not None and not self._is_returned(self.line.value):
            self._returned = None
        if self.chat is not None and event.value and not event.value.startswith("/"):
            self.perform(show_typing(self.chat), lambda _: None, quiet=True)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send a message, or run a command.  A text that is neither stays."""
        text = event.value.strip()
        if text.startswith("/") and not text.startswith("//"):
            command, _, argument = text[1:].partition(" ")
            if self._run_command(command, argument.strip()):
                event.input.value = ""
        elif text and self._is_over:
            self._show_note("the chat is over: nothing is sent; Ctrl+Q ends")
        elif text and self.chat is not None:
            if self._returned is not None and self._is_returned(text):
                draft, token = self._returned
            else:
                message = text.removeprefix("/") if text.startswith("//") else text
                draft, token = DraftMessage(CONTENT_TEXT_PLAIN, message), fresh_token()
            event.input.value, self._returned = "", None
            self._send(self.chat, draft, token)

    def _send(self, chat: Chat, draft: DraftMessage, token: str) -> None:
        """Send a message.  After a failure its text is back in the line, and sent again with the same ClientToken."""
        saying = say(chat, draft.content, content_type=draft.content_type, client_token=token)
        give_back = partial(self._give_back, draft, token)
        self.perform(saying, lambda reply: self._note_sent(reply.id), give_back)

    def _give_back(self, draft: DraftMessage, token: str, error: Error) -> str:
        """Put a message back into the line; name it if another one is there.  Return what completes the note."""
        if self.line.value or draft.content_type != CONTENT_TEXT_PLAIN:
            return f' ("{one_line(draft.content)[:_SHOWN]}")'
        self._returned = (draft, token)
        self.line.value = _typed(draft)
        self.line.cursor_position = len(self.line.value)
        self.line.focus()
        return ". Enter sends it again, and it cannot come twice" if is_in_doubt(error) else ""

    def _is_returned(self, text: str) -> bool:
        """Return whether the text is the message that was given back."""
        return self._returned is not None and text.strip() == _typed(self._returned[0]).strip()

    def _run_command(self, command: str, argument: str) -> bool:
        """Run a command of the user, and return whether there is one of this name."""
        match command:
            case "quit":
                self.run_worker(self.action_quit())
            case "leave" | "attach" if self._is_over:
                self._show_note("the chat is over: nothing is sent; Ctrl+Q ends")
            case "leave" if self.chat is not None:
                self.perform(leave(self.chat), lambda _: None)
            case "attach" if self.chat is not None and argument:
                path = Path(os.path.expanduser(argument))
                sending = attach(self.chat, str(path), progress=self._show_progress)
                self.perform(sending, lambda _: self._show_note(f"{path.name} is sent"))
            case "download" if self.chat is not None and self._files:
                self._download(self.chat, argument)
            case "attach":
                self._show_note("name a file: /attach FILE")
            case "download":
                self._show_note("there is no file in this chat yet")
            case "help" | "leave":
                self._show_note(HELP)
            case _:
                self._show_note(f"there is no command /{command}; a message that begins with / is written with //")
                return False
        return True

    def _download(self, chat: Chat, wanted: str) -> None:
        """Fetch the newest file, or the newest of a name or id, into the folder."""
        found = [each for each, name in self._files.items() if wanted in ("", each, name)]
        if not found:
            self._show_note(f"there is no file {wanted!r} in this chat")
            return
        path = self.folder / safe_name(self._files[found[-1]], safe_name(found[-1], "attachment"))
        if os.path.lexists(path):
            self._show_note(f"{path} exists already: move it first")
            return
        fetching = download(chat, found[-1], str(path), progress=self._show_progress)
        self.perform(fetching, lambda done: self._show_note(f"{path.name}: {done.size:,} bytes"))

    def perform(
        self,
        program: Program[T, Error],
        then: Callable[[T], None],
        failed: Callable[[Error], str] = lambda _: "",
        *,
        quiet: bool = False,
    ) -> None:
        """Run a program beside the others.  A failure is shown, with the text that `failed` adds."""
        self.run_worker(self._perform(program, then, failed, quiet), group="perform")

    async def _perform(
        self, program: Program[T, Error], then: Callable[[T], None], failed: Callable[[Error], str], quiet: bool
    ) -> None:
        outcome = await self._outcome(program)
        if is_ok(outcome):
            then(outcome.unwrap())
        elif not quiet:
            error = outcome.failure()
            self._show_note(failure_text(error) + failed(error))

    async def _outcome(self, program: Program[T, Error]) -> Result[T, Error]:
        return to_result(await program(self.env))

    def _note_sent(self, item_id: str | None) -> None:
        """Note the id of a message of the user, by which its echo tells who the user is; an older note is done with."""
        self._show_note("")
        if item_id is not None and self._own_id is None:
            self._sent.add(item_id)
            shown = self.messages.find(item_id)
            if shown is not None:
                self._learn_own(shown)

    def _learn_own(self, item: Item) -> None:
        if self._own_id is None and item.participant_id is not None:
            self._own_id = item.participant_id
            self.messages.show_own(self._own_id)

    def _show_progress(self, progress: Progress) -> None:
        # It may be called in another thread, which must not touch the screen: the next tick of the clock shows it.
        self._note = f"{progress.done:,} of {progress.size:,} bytes"

    def _show_link(self, text: str, *, waiting: bool = True) -> None:
        """Show the state of the connection, and the seconds since then if the user waits for another one."""
        self._link, self._is_waiting, self._link_since = text, waiting, datetime.now().astimezone()
        self._show_status()

    def _show_note(self, text: str) -> None:
        self._note = text
        self._show_status()

    def _show_status(self) -> None:
        """Show the state of the connection, who is typing, and the last note, in one line."""
        now = datetime.now().astimezone()
        seconds = (now - self._link_since).seconds
        link = f"{self._link}, {seconds} s" if self._is_waiting else self._link
        typing = [name for name, at in self._typing.items() if (now - at).total_seconds() < _TYPING_SECONDS]
        shown = [link, f"{', '.join(typing)} typing..." if typing else "", self._note]
        self.status.update(Text(printable("  |  ".join(filter(None, shown)))))

    def _handle_exception(self, error: Exception) -> None:
        self.crash = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without the traceback that Textual prints: it shows local variables, and one may hold a token."""
        self._close_messages_no_wait()

    def action_choose(self) -> None:
        """Go to the choices of an interactive message."""
        if self._offered:
            self.choices.focus()

    async def action_quit(self) -> None:
        """End the program; the chat itself goes on."""
        if self.chat is not None:
            await self._outcome(close_chat(self.chat))
        self.exit()

    def action_scroll(self, pages: int) -> None:
        """Scroll the messages."""
        self.messages.turn_pages(pages)

    def action_change_colors(self) -> None:
        """Change between a light and a dark theme."""
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"

    def action_write(self) -> None:
        """Go from the choices to the line to write in."""
        self.line.focus()
