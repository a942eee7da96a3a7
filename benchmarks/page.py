"""Measure the agent page in Chromium: the CPU time of one message in the open chat.

100, 10,000 items    the length of the chat; half of the items are the agent's own, each with a read receipt
goal                 20 ms, for a page that follows a conversation without a pause

Chromium's DevTools protocol reports the CPU time of the tab's main thread (`TaskDuration` in the time domain
`threadTicks`): script, style, layout and paint.  A message is counted with what it causes: its frame, the read receipt
that the page sends and receives, the entries of the traffic log and the change that the feed pushes.  The window has
the size of a desktop's, so that the traffic log is in view.  The commands by which the CPU time is read are left out.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from benchmarks.harness import FULL, QUICK, Effort, Reading, outcome, within
from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    ConnectionToken,
    Env,
    ParticipantToken,
    create_participant_connection_type,
    new_create_participant_connection,
    new_env,
    new_send_event,
    new_send_message,
    or_raise,
    send,
    send_event_content,
)
from lensconnect.emulator import RunningEmulator, running

TITLE = "The agent page in Chromium"
LENGTHS: Final = {FULL: (100, 10_000), QUICK: (100, 3_000)}
GOAL_SECONDS: Final = 0.020
MESSAGES: Final = 10
"""The messages of one sample."""
PAUSE: Final = 0.3
IDLE: Final = 0.001
"""A tab is idle if it uses less than these seconds of CPU in a pause."""
TEXT = "Good morning, my parcel has not arrived yet."
READ = "application/vnd.amazonaws.connect.event.message.read"
FLAGS = (
    "headless=new no-sandbox disable-gpu no-first-run disable-dev-shm-usage disable-background-networking "
    "window-size=1400,900"
)
SHARE = 0.2
"""The part of the usual rounds to take, since these rounds are long."""


class OpenChat:
    """A chat of one length, open in a tab of its own."""

    def __init__(self, browser: Chrome, length: int) -> None:
        self.browser = browser
        self.length = length
        self.samples: list[float] = []

    def open(self, service: RunningEmulator, http: Env) -> None:
        """Fill the chat in memory, open it in a new tab, and wait until every item is shown."""
        chat = service.start_chat()
        self.http = http
        with new_env(endpoint_url=service.base_url, transport=service.emulator.transport) as env:
            self.customer, agent = (_connect(env, token) for token in (chat.participant_token, chat.agent_token))
            for _ in range(self.length // 2):
                or_raise(send(new_send_message("text/plain", TEXT, self.customer))(env))
                sent = or_raise(send(new_send_message("text/plain", TEXT, agent))(env))
                event = send_event_content.set(f'{{"messageId":"{sent.id}"}}')(new_send_event(READ, self.customer))
                or_raise(send(event)(env))
        self.browser.switch_to.new_window("tab")
        self.tab = self.browser.current_window_handle
        self.browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        self.browser.get(f"{service.base_url}/#chat={chat.contact_id}")
        shown = "return document.querySelector('#items li:nth-child(100)') !== null"
        WebDriverWait(self.browser, 120).until(lambda browser: browser.execute_script(shown))

    def round(self) -> None:
        """Take one sample: the mean of several messages."""
        self.browser.switch_to.window(self.tab)
        before = self.cpu_when_idle()
        for _ in range(MESSAGES):
            or_raise(send(new_send_message("text/plain", TEXT, self.customer))(self.http))
            after = self.cpu_when_idle()
        self.samples.append((after - before) / MESSAGES)

    def cpu_when_idle(self) -> float:
        """Wait until the tab has nothing left to do."""
        before = self.cpu()
        while True:
            time.sleep(PAUSE)
            after = self.cpu()
            if after - before < IDLE:
                return after
            before = after

    def cpu(self) -> float:
        """Return the seconds of CPU that the tab's main thread has used, without those for the measurement."""
        metrics = self.browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        seconds = {metric["name"]: float(metric["value"]) for metric in metrics}
        return seconds["TaskDuration"] - seconds["DevToolsCommandDuration"]


def outcomes(effort: Effort) -> Iterator[dict[str, Any]]:
    """Open the chats, send to each in turn, and yield the outcome."""
    with ExitStack() as stack:
        browser = stack.enter_context(_chromium())
        service = stack.enter_context(running())
        http = stack.enter_context(new_env(endpoint_url=service.base_url))
        chats = [OpenChat(browser, length) for length in LENGTHS[effort]]
        for chat in chats:
            chat.open(service, http)
        for turn in range(max(3, round(effort.rounds * SHARE))):
            at = turn % len(chats)
            for chat in chats[at:] + chats[:at]:
                chat.round()
    samples = {f"{chat.length:,} items": chat.samples for chat in chats}
    shortest, longest = samples
    samples["goal"] = [GOAL_SECONDS] * len(samples[longest])
    yield outcome(
        Reading("CPU of the tab for one message", samples, "ms", longest, {"goal": within(1), shortest: within()})
    )


def _connect(env: Env, token: ParticipantToken) -> ConnectionToken:
    set_type = create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
    opened = or_raise(send(set_type(new_create_participant_connection(token)))(env)).connection_credentials
    assert opened is not None
    return ConnectionToken(str(opened.connection_token))


@contextmanager
def _chromium() -> Iterator[Chrome]:
    """Start the system's Chromium; selenium downloads nothing."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        raise FileNotFoundError("Debian's chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = browser
    for flag in FLAGS.split():
        options.add_argument(f"--{flag}")
    running_browser = Chrome(options=options, service=Service(driver))
    try:
        yield running_browser
    finally:
        running_browser.quit()
