"""The Content-Disposition of an upload."""

from __future__ import annotations

from ..helpers.uploads import Upload


def test_a_long_file_name_keeps_its_end() -> None:
    metadata = Upload(name="ü" * 250 + ".pdf").announced.upload_metadata
    assert metadata is not None
    value = (metadata.headers_to_include or {})["Content-Disposition"]
    assert len(value) <= 256
    assert value.endswith('.pdf"')
