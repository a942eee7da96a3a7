"""The compiled path of a request: values that no operation has in its request yet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from lensconnect import Item
from lensconnect.record import FieldType, to_members
from lensconnect.wire.plan import _json_value
from lensconnect.wire.validate import is_of

ITEMS = FieldType(tuple, entry=FieldType(Item))


@pytest.mark.parametrize(
    ("field_type", "value", "written"),
    [
        (FieldType(Mapping), MappingProxyType({"a": "b"}), {"a": "b"}),
        (ITEMS, (Item(id="m"),), [{"Id": "m"}]),
        (FieldType(Item), Item(id="m"), {"Id": "m"}),
        (FieldType(str), "text", "text"),
    ],
)
def test_a_value_is_written_as_json_can_hold_it(field_type: FieldType, value: object, written: object) -> None:
    assert eval(_json_value(field_type, "v"), {"to_members": to_members}, {"v": value}) == written


def test_a_map_holds_text_only() -> None:
    assert is_of(Mapping, {"a": "b"})
    assert not is_of(Mapping, {"a": 1})
    assert not is_of(Mapping, {1: "b"})
    assert not is_of(Mapping, "a")
