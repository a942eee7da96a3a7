"""AttachmentBytes: the limit of a file, which the instance sets."""

from typing import Any

import pytest

from lensconnect import (
    MODEL,
    AttachmentBytes,
    ConnectionToken,
    StartAttachmentUpload,
    limits_rules,
    new_send_event,
    validate,
)

AT_MOST_10 = MODEL & limits_rules.set((AttachmentBytes(10),))


def upload(size: Any) -> StartAttachmentUpload:
    return StartAttachmentUpload(
        content_type="text/plain",
        attachment_size_in_bytes=size,
        attachment_name="a.txt",
        client_token="c",
        connection_token=ConnectionToken("t"),
    )


@pytest.mark.parametrize(("size", "faults"), [(1, []), (10, []), (11, ["at most 10"])])
def test_a_file_has_at_most_so_many_bytes(size: int, faults: list[str]) -> None:
    assert [fault.limit for fault in validate(upload(size), AT_MOST_10)] == faults


def test_a_size_of_another_type_is_one_fault() -> None:
    assert [fault.path for fault in validate(upload("11"), AT_MOST_10)] == ["attachment_size_in_bytes"]


def test_other_requests_have_no_file() -> None:
    assert validate(new_send_event("text/plain", ConnectionToken("t")), AT_MOST_10) == ()
