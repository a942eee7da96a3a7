"""Chromium with the agent page, and a customer who chats with the page's agent."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait
from websockets.sync.client import ClientConnection, connect

from lensconnect.emulator import RunningEmulator, StartedChat

from ..by_boto3.clients import client_of
from .harness import SUBSCRIBE, item_in

FLAGS = (
    "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-dev-shm-usage disable-background-networking "
    "disable-component-update disable-sync window-size=1400,900"
)
EVENT = "application/vnd.amazonaws.connect.event."
INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive"


@contextmanager
def start_chromium(profile: Path) -> Iterator[Chrome]:
    """Start the system's Chromium; it downloads nothing.  Without it the test is skipped, in CI it fails."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        assert not os.environ.get("CI"), "chromium and chromium-driver have to be installed"
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS.split(), f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = Chrome(options=options, service=Service(driver))
    try:
        yield running
    finally:
        running.quit()


class Page:
    """The agent page in a tab."""

    def __init__(self, driver: Chrome, base_url: str) -> None:
        self.driver = driver
        self.base_url = base_url

    def load(self, contact_id: str = "") -> Page:
        self.driver.get(self.base_url + (f"/#chat={contact_id}" if contact_id else "/"))
        self.wait_until(lambda: self.text("#connection") == "Connected")
        if contact_id:
            self.wait_until(lambda: self.text("#subtitle").startswith("connected"))
        return self

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def find_all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css: str) -> str:
        return self.find(css).text

    def choose(self, css: str, value: str) -> None:
        Select(self.find(css)).select_by_value(value)

    def open_chat(self, contact_id: str) -> None:
        """Open a chat from the list, whose nodes are replaced with each update."""
        self.wait_until(
            lambda: [
                button.click() or button for button in self.find_all("#chat-list button") if contact_id in button.text
            ]
        )

    def wait_until(self, condition: Callable[[], object]) -> None:
        ignored = (StaleElementReferenceException, NoSuchElementException)
        WebDriverWait(self.driver, 20, 0.05, ignored).until(lambda _: condition())

    def wait_for_text(self, text: str, css: str = "#log") -> None:
        self.wait_until(lambda: text in self.text(css))

    def html(self) -> str:
        return str(self.driver.execute_script("return document.documentElement.outerHTML"))

    def requested_hosts(self) -> set[str | None]:
        """Return the hosts of the requests since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        urls = [
            event["params"].get("url") or event["params"]["request"]["url"]
            for event in events
            if event["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]
        return {urlsplit(url).hostname for url in urls if urlsplit(url).scheme not in ("data", "chrome", "about")}

    def console_messages(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


class Customer:
    """The customer of a chat: sends by boto3, receives on a WebSocket."""

    def __init__(self, client: Any, chat: StartedChat, opened: Any, socket: ClientConnection) -> None:
        self.client = client
        self.chat = chat
        self.token: str = opened["ConnectionCredentials"]["ConnectionToken"]
        self.url: str = opened["Websocket"]["Url"]
        self.socket = socket

    def send_message(self, text: str, content_type: str = "text/plain") -> str:
        sent = self.client.send_message(ConnectionToken=self.token, ContentType=content_type, Content=text)
        return str(sent["Id"])

    def send_event(self, kind: str, message_id: str | None = None) -> None:
        content = {} if message_id is None else {"Content": json.dumps({"messageId": message_id})}
        self.client.send_event(ConnectionToken=self.token, ContentType=EVENT + kind, **content)

    def receive(self, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Return the next item that meets a condition."""
        while True:
            frame = json.loads(self.socket.recv(timeout=20))
            if frame["topic"] == "aws/chat" and condition(item := item_in(frame)):
                return item

    def receive_event(self, kind: str) -> dict[str, Any]:
        return self.receive(lambda item: item.get("ContentType") == EVENT + kind)


@contextmanager
def connected_customer(service: RunningEmulator, chat: StartedChat) -> Iterator[Customer]:
    client = client_of("connectparticipant", service)
    opened = client.create_participant_connection(
        ParticipantToken=chat.participant_token, Type=["WEBSOCKET", "CONNECTION_CREDENTIALS"]
    )
    with connect(opened["Websocket"]["Url"], proxy=None) as socket:
        socket.send(SUBSCRIBE)
        yield Customer(client, chat, opened, socket)
    client.close()
