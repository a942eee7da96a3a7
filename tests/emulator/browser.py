"""Helpers: a real Chromium with the emulator's page in it, and the customer the page's agent talks to."""

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

from .by_boto3.clients import client_of
from .helpers.harness import SUBSCRIBE, item_in

FLAGS = (
    "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-dev-shm-usage disable-background-networking "
    "disable-component-update disable-sync window-size=1400,900"
)
EVENT = "application/vnd.amazonaws.connect.event."
INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive"


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """The browser of the system, which downloads nothing; a skip where there is none, but not in CI."""
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
    """The page in a tab."""

    def __init__(self, driver: Chrome, base_url: str) -> None:
        self.driver = driver
        self.base_url = base_url

    def load(self, contact_id: str = "") -> Page:
        self.driver.get(self.base_url + (f"/#chat={contact_id}" if contact_id else "/"))
        self.until(lambda: self.text("#link") == "Connected")
        if contact_id:
            self.until(lambda: self.text("#subtitle").startswith("connected"))
        return self

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css: str) -> str:
        return self.find(css).text

    def choose(self, css: str, value: str) -> None:
        Select(self.find(css)).select_by_value(value)

    def pick(self, contact_id: str) -> None:
        """Open a chat from the list, which is drawn anew whenever something happens."""
        self.until(lambda: [one.click() or one for one in self.all("#chat-list button") if contact_id in one.text])

    def until(self, condition: Callable[[], object]) -> None:
        ignored = (StaleElementReferenceException, NoSuchElementException)
        WebDriverWait(self.driver, 20, 0.05, ignored).until(lambda _: condition())

    def shows(self, text: str, css: str = "#log") -> None:
        self.until(lambda: text in self.text(css))

    def source(self) -> str:
        return str(self.driver.execute_script("return document.documentElement.outerHTML"))

    def asked(self) -> set[str | None]:
        """The hosts of all requests the browser made since it was last asked."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        urls = [
            event["params"].get("url") or event["params"]["request"]["url"]
            for event in events
            if event["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]
        return {urlsplit(url).hostname for url in urls if urlsplit(url).scheme not in ("data", "chrome", "about")}

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


class Customer:
    """The customer of a chat: sends by boto3, hears on a socket."""

    def __init__(self, client: Any, chat: StartedChat, opened: Any, socket: ClientConnection) -> None:
        self.client = client
        self.chat = chat
        self.token: str = opened["ConnectionCredentials"]["ConnectionToken"]
        self.url: str = opened["Websocket"]["Url"]
        self.socket = socket

    def say(self, text: str, content_type: str = "text/plain") -> str:
        sent = self.client.send_message(ConnectionToken=self.token, ContentType=content_type, Content=text)
        return str(sent["Id"])

    def event(self, kind: str, message_id: str | None = None) -> None:
        content = {} if message_id is None else {"Content": json.dumps({"messageId": message_id})}
        self.client.send_event(ConnectionToken=self.token, ContentType=EVENT + kind, **content)

    def hears(self, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The next item of that kind."""
        while True:
            frame = json.loads(self.socket.recv(timeout=20))
            if frame["topic"] == "aws/chat" and condition(item := item_in(frame)):
                return item

    def hears_event(self, kind: str) -> dict[str, Any]:
        return self.hears(lambda item: item.get("ContentType") == EVENT + kind)


@contextmanager
def customer_of(service: RunningEmulator, chat: StartedChat) -> Iterator[Customer]:
    client = client_of("connectparticipant", service)
    opened = client.create_participant_connection(
        ParticipantToken=chat.participant_token, Type=["WEBSOCKET", "CONNECTION_CREDENTIALS"]
    )
    with connect(opened["Websocket"]["Url"], proxy=None) as socket:
        socket.send(SUBSCRIBE)
        yield Customer(client, chat, opened, socket)
    client.close()
