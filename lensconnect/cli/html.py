"""A transcript as one page of HTML that loads nothing, runs no script, and escapes everything that a participant wrote.

Facts: a Content Security Policy of `default-src 'none'` loads nothing (W3C Content Security Policy Level 3, 6.1); `bdi` and `dir=auto` keep
the direction of a text from what is around it (HTML Living Standard, 4.5.24 and 3.2.6.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from lensconnect.cli.items import item_text, item_time
from lensconnect.record import printable
from lensconnect.types.item import CHAT_ITEM_TYPE_ATTACHMENT, CHAT_ITEM_TYPE_MESSAGE, Item

_STYLE: Final = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; background: Canvas; color: CanvasText; }
h1 { font-size: 1.25rem; }
ol { list-style: none; padding: 0; }
li { margin: .75rem 0; content-visibility: auto; contain-intrinsic-size: auto 4rem; }
li > p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
li > small { opacity: .75; overflow-wrap: anywhere; }
li.message { border: 1px solid GrayText; border-radius: .75rem; padding: .5rem .75rem; margin-right: 15%; }
li.message.customer { margin-left: 15%; margin-right: 0; }
li.event { text-align: center; font-size: .875rem; }
@media (max-width: 30rem) { li.message, li.message.customer { margin-left: 0; margin-right: 0; } }
"""


def transcript_page(items: Iterable[Item]) -> str:
    """Return the page: each item with its participant, its time in UTC and its id.

    >>> page = transcript_page([Item(id="i-1", type="MESSAGE", content_type="text/plain", content="<script>")])
    >>> "<p dir=auto>&lt;script&gt;</p>" in page
    True
    """
    entries = "\n".join(map(_entry, items))
    return f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transcript</title>
<style>{_STYLE}</style>
<h1>Transcript</h1>
<ol>
{entries}
</ol>
</html>
"""


def _entry(item: Item) -> str:
    is_message = item.type in (CHAT_ITEM_TYPE_MESSAGE, CHAT_ITEM_TYPE_ATTACHMENT)
    role = " customer" if item.participant_role == "CUSTOMER" else ""
    about = " · ".join(filter(None, _about(item)))
    return (
        f'<li class="{"message" if is_message else "event"}{role}"><small>{about}</small>'
        f"<p dir=auto>{_safe(item_text(item))}</p></li>"
    )


def _about(item: Item) -> Iterator[str]:
    """Yield the participant, the time and the id."""
    if item.display_name:
        yield f"<bdi>{_safe(item.display_name)}</bdi>"
    yield _safe(item.participant_role or "")
    yield f"<time>{_safe(item_time(item))}</time>"
    yield f"<code>{_safe(item.id or '')}</code>"


def _safe(text: str) -> str:
    """Return the text as HTML, with the ends of its lines and without what controls the direction around it."""
    return escape("\n".join(map(printable, text.splitlines())))
