"""DescribeView."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    ServiceError,
    View,
    new_describe_view,
)

from ..helpers.harness import Harness


def test_a_view_belongs_to_its_chat() -> None:
    harness = Harness()
    token = harness.connect()
    view = harness.send(new_describe_view(harness.chat.view_token, token)).unwrap().view
    assert view is not None
    assert view.content is not None
    assert json.loads(view.content.template or "")
    own = harness.emulator.add_view(harness.chat.contact_id, View(id="own", name="Own"))
    assert harness.send(new_describe_view(own, token)).unwrap().view == View(id="own", name="Own")
    other = harness.emulator.start_chat()
    assert harness.error_of(new_describe_view(other.view_token, token)) == (403, "AccessDeniedException")
    with pytest.raises(KeyError):
        harness.emulator.add_view("nobody", View())


@pytest.mark.parametrize("view_token", ["unknown", "a/b+c=d e~-._:é"])
def test_an_unknown_view_is_not_found(view_token: str) -> None:
    harness = Harness()
    error = harness.send(new_describe_view(view_token, harness.connect())).failure()
    assert isinstance(error, ServiceError)
    assert (error.status, error.code) == (404, "ResourceNotFoundException")
    assert (error.resource_type, error.resource_id) == ("CONTACT", harness.chat.contact_id)
