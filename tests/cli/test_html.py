"""The page of a transcript: nothing that a participant wrote is markup, and nothing is loaded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from lensconnect import AttachmentItem, Item
from lensconnect.cli.html import transcript_page

TAGS = {"html", "meta", "title", "style", "h1", "ol", "li", "small", "bdi", "time", "code", "p"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u202e</p></li></ol>\x1b[2J"


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def is_harmless(page: str, items: int) -> bool:
    found = Tags(page)
    harmless = set(found.tags) <= TAGS and found.attributes <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "dir",
    }
    return harmless and found.tags.count("li") == items and not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", page)


def test_a_hostile_transcript_is_text() -> None:
    item = Item(
        id=HOSTILE, absolute_time=HOSTILE, type="MESSAGE", participant_role=HOSTILE, display_name=HOSTILE,
        content_type="text/plain", content=HOSTILE,
        attachments=(AttachmentItem(attachment_name=HOSTILE, status=HOSTILE),),
    )  # fmt: skip
    page = transcript_page([item])
    assert is_harmless(page, 1)
    assert "default-src 'none'" in page


@given(st.lists(st.text(max_size=30), max_size=3))
def test_no_text_is_markup(texts: list[str]) -> None:
    items = [
        Item(id=text, type="MESSAGE", content_type=kind, content=text, display_name=text)
        for text in texts
        for kind in ("text/plain", "application/vnd.amazonaws.connect.message.interactive", text)
    ]
    assert is_harmless(transcript_page(items), len(items))


def test_a_message_of_a_megabyte_is_kept_whole() -> None:
    text = "x" * (1 << 20)
    assert text in transcript_page([Item(id="1", type="MESSAGE", content_type="text/plain", content=text)])
