"""Interactive messages as a flow sends them, invented from the documentation; one for each template."""

from __future__ import annotations

import json
from typing import Any

LIST_PICKER: dict[str, Any] = {
    "templateType": "ListPicker",
    "version": "1.0",
    "data": {
        "replyMessage": {"title": "Thanks for choosing!", "subtitle": "One moment", "imageType": "URL"},
        "content": {
            "title": "Which pizza?",
            "subtitle": "Tap one",
            "imageType": "URL",
            "imageData": "https://images.example/menu.png",
            "imageDescription": "The menu",
            "elements": [
                {"title": "Margherita", "subtitle": "Tomato", "imageType": "URL", "imageData": "https://i.example/m"},
                {"title": "Funghi"},
                {"title": "Our site", "type": "hyperlink", "url": "https://pizza.example"},
                {"title": "More", "actionDetail": "SHOW_MORE"},
                {"title": "Back", "actionDetail": "PREVIOUS_OPTIONS"},
            ],
            "listId": "l-1",
            "referenceId": "r-1",
            "preIndex": 0,
            "nextIndex": 4,
        },
    },
}
PANEL: dict[str, Any] = {
    "templateType": "Panel",
    "version": "1.0",
    "data": {"content": {"title": "How can I help?", "elements": [{"title": "Order"}, {"title": "Refund"}]}},
}
TIME_PICKER: dict[str, Any] = {
    "templateType": "TimePicker",
    "version": "1.0",
    "data": {
        "replyMessage": {"title": "See you then!"},
        "content": {
            "title": "When may we call?",
            "subtitle": "Local time",
            "timeZoneOffset": -450,
            "location": {"latitude": 47.37, "longitude": 8, "title": "Zürich", "radius": 1},
            "timeslots": [
                {"date": "2030-01-07T09:00+00:00", "duration": 3600},
                {"date": "2030-01-08T03:30+00:00", "duration": 3600},
            ],
        },
    },
}
QUICK_REPLY: dict[str, Any] = {
    "templateType": "QuickReply",
    "version": "1.0",
    "data": {"content": {"title": "Did that help?", "elements": [{"title": "Yes"}, {"title": "No"}]}},
}
CAROUSEL: dict[str, Any] = {
    "templateType": "Carousel",
    "version": "1.0",
    "data": {
        "content": {
            "title": "Our menu",
            "elements": [
                {"templateIdentifier": "menu-1", **LIST_PICKER},
                {"templateIdentifier": "menu-2", **PANEL},
            ],
        }
    },
}
VIEW_RESOURCE: dict[str, Any] = {
    "templateType": "ViewResource",
    "version": "1.0",
    "data": {"content": {"viewId": "v-1", "viewToken": "secret-view-token", "viewData": {"Heading": "Your order"}}},
}
APPLE_FORM: dict[str, Any] = {
    "templateType": "AppleForm",
    "version": "1.0",
    "data": {"content": {"pages": [[1], None]}},
}

KNOWN = {
    sample["templateType"]: sample for sample in (LIST_PICKER, PANEL, TIME_PICKER, QUICK_REPLY, CAROUSEL, VIEW_RESOURCE)
}
"""A message of each known template, by its type."""


def text_of(message: Any) -> str:
    """Return the content of an item that holds the message."""
    return json.dumps(message)
