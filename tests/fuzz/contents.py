"""The content of an item: receipts, interactive messages and their answers."""

from __future__ import annotations

import re
from typing import get_args

from lensconnect.content import types
from lensconnect.content.answers import DraftMessage, choices_of, interactive_answer, reply_to
from lensconnect.content.contents import Content, content_of, receipt_content
from lensconnect.content.templates import Interactive, interactive, interactive_of, template_of
from lensconnect.results import is_ok
from lensconnect.types.item import Item, MessageMetadata

from .inputs import Input, text_of

CONTENT_TYPES = (
    types.CONTENT_INTERACTIVE,
    types.CONTENT_INTERACTIVE_RESPONSE,
    types.CONTENT_APPLICATION_JSON,
    types.EVENT_MESSAGE_READ,
    types.EVENT_MESSAGE_METADATA,
    types.EVENT_AUTHENTICATION_INITIATED,
    types.EVENT_PARTICIPANT_DISPLAYNAME_UPDATED,
    types.CONTENT_TEXT_PLAIN,
    types.CONTENT_TEXT_MARKDOWN,
    None,
    "",
)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
WORDS = (
    *('"templateType":"ListPicker"', '"templateType":"Panel"', '"templateType":"TimePicker"', '"version":"1.0"'),
    *('"templateType":"QuickReply"', '"templateType":"Carousel"', '"templateType":"ViewResource"', '"data":{'),
    *(
        '"content":{',
        '"title":"t"',
        '"elements":[{',
        '"timeslots":[{',
        '"date":"2020-10-31T17:00+00:00"',
        '"subtitle":',
    ),
    *(
        '"timeZoneOffset":',
        '"location":{',
        '"latitude":',
        '"longitude":',
        '"duration":',
        '"replyMessage":{',
        '"viewToken":',
    ),
    *('"actionDetail":"SHOW_MORE"', '"type":"hyperlink"', '"url":"u"', '"templateIdentifier":', '"listId":', "\\ud800"),
    *('"messageId":', '"SessionId":', '"action":', '"viewId":', '"viewData":{', "1e999", "null", "1.0", '"others":'),
)


def fuzz_content(data: bytes) -> None:
    """Check that any content is a record that can be shown, and the laws of its prisms."""
    given = Input(data)
    content_type, named = given.choice(CONTENT_TYPES), given.choice((None, MessageMetadata(message_id="m")))
    text = text_of(given.rest())
    content = content_of(Item(content_type=content_type, content=text, message_metadata=named))
    assert isinstance(content, get_args(Content))
    repr(content)
    for prism in (interactive, interactive_answer, receipt_content):
        assert prism.modify(lambda value: value)(text) == text
        found = prism.unpack(text)
        if found is not None and not LONE_SURROGATE.search(text):  # JSON would join it to an escaped one before it
            assert prism.unpack(prism.construct(found)) == found
    if isinstance(content, Interactive):
        _check_interactive(content)


def _check_interactive(asked: Interactive) -> None:
    template = template_of(asked)
    if template is not None:
        repr(template)
        assert template_of(interactive_of(template)) == template
    for choice in choices_of(asked):
        assert isinstance(reply_to(asked, choice).unwrap(), DraftMessage)
    refused = reply_to(asked, ("no such page", "no such element"))
    assert not is_ok(refused)
    str(refused.failure())
