"""Properties of every record: frozen, lenses by the naming rule, smart constructors in Haskell's order."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import weakref
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from helpers.introspection import optics, plain, records, snake
from helpers.law_strategies import values_of
from hypothesis import given, settings
from hypothesis import strategies as st

import lensconnect
from lensconnect import (
    AttachmentItem,
    ConnectionToken,
    GetTranscript,
    HttpResponse,
    Item,
    Lens,
    MessageMetadata,
    ParticipantToken,
    Receipt,
    Record,
    SendEvent,
    decode,
    or_raise,
)
from lensconnect.marks import BEARER, HTTP_LABEL, PERSONAL, SECRET, count, number, text
from lensconnect.operations import OPERATIONS, Operation, Reply, Request, Row
from lensconnect.record import (
    Field,
    FieldType,
    NotDecodable,
    Shape,
    decoder,
    fields,
    part_of,
    printable,
    text_of,
    values,
)

BASES = tuple(base for base in records() if any(base in other.__mro__[1:] for other in records()))
CONCRETE = tuple(record for record in records() if record not in BASES)
EXPORTED = tuple(record for record in CONCRETE if vars(lensconnect).get(record.__name__) is record)
SHAPES = tuple(record for record in CONCRETE if issubclass(record, Shape))
PUBLIC_SHAPES = tuple(record for record in EXPORTED if issubclass(record, Shape) and record is not Operation)

WITHOUT_LENSES = {Operation}
"""Exported records without lenses: rows of the package's own table."""

each_record = pytest.mark.parametrize("record", CONCRETE, ids=lambda record: record.__name__)
each_row = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)

TOKEN: Any = ConnectionToken
AMAZONKA: dict[str, dict[str, Any]] = {
    "CompleteAttachmentUpload": {"attachment_ids": tuple[str, ...], "client_token": str, "connection_token": TOKEN},
    "CreateParticipantConnection": {"participant_token": ParticipantToken},
    "DisconnectParticipant": {"connection_token": TOKEN},
    "GetAttachment": {"attachment_id": str, "connection_token": TOKEN},
    "GetTranscript": {"connection_token": TOKEN},
    "SendEvent": {"content_type": str, "connection_token": TOKEN},
    "SendMessage": {"content_type": str, "content": str, "connection_token": TOKEN},
    "StartAttachmentUpload": {
        "content_type": str,
        "attachment_size_in_bytes": int,
        "attachment_name": str,
        "client_token": str,
        "connection_token": TOKEN,
    },
}
"""The arguments of amazonka's smart constructors, in its order."""

MODEL: dict[str, Any] = Loader().load_service_model("connectparticipant", "service-2")


def required_arguments(row: Row) -> dict[str, Any]:
    """Return amazonka's arguments, or the service model's required members for an operation that amazonka lacks."""
    if row.name in AMAZONKA:
        return AMAZONKA[row.name]
    hints = get_type_hints(row.request, include_extras=True)
    required = MODEL["shapes"][MODEL["operations"][row.name]["input"]["shape"]]["required"]
    return {xform_name(member): _bare(hints[xform_name(member)]) for member in required}


@cache
def samples(record: type[Record]) -> list[Any]:
    """Return a few values of a record type, drawn once for all tests: starting a search costs more than the draws."""
    found: list[Any] = []

    @settings(max_examples=4, database=None)
    @given(values_of(record))
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def test_introspection_finds_the_records() -> None:
    names = {record.__name__ for record in CONCRETE}
    assert {"SendEvent", "SendEventResponse", "Item", "HttpRequest", "Fault", "Limits", "Settings", "Env"} <= names
    assert {base.__name__ for base in BASES} >= {"Record", "Shape", "Request", "Reply"}
    assert len(EXPORTED) > 45


class TestLenses:
    @pytest.mark.parametrize(
        "record", [r for r in EXPORTED if r not in WITHOUT_LENSES], ids=lambda record: record.__name__
    )
    def test_there_is_one_for_each_field(self, record: type[Record]) -> None:
        for field in fields(record):
            name = f"{snake(record.__name__)}_{field.name}"
            lens = getattr(lensconnect, name, None)
            assert isinstance(lens, Lens), f"there is no lens {name}"
            assert lens.path == (field.name,), name

    def test_its_annotation_is_the_annotation_of_the_field(self) -> None:
        for found in [found for found in optics() if isinstance(found.optic, Lens)]:
            declared: Any = found.state
            for name in found.optic.path:
                declared = get_type_hints(plain(declared), include_extras=True)[name]
                declared = _bare(declared)
                if name != found.optic.path[-1]:
                    assert get_origin(declared) not in (Union, UnionType), f"{found.name} goes through an optional"
            alone = ModuleType("alone")  # `Json` in the annotation is text: `get_type_hints` reads it as in a record's
            alone.__annotations__ = {"optic": found.module.__annotations__[found.name]}
            focus = get_args(get_type_hints(alone, vars(found.module), include_extras=True)["optic"])[1]
            assert _bare(focus) == declared

    def test_its_name_consists_of_record_and_field(self) -> None:
        for found in [found for found in optics() if isinstance(found.optic, Lens)]:
            assert found.name == f"{snake(plain(found.state).__name__)}_{found.optic.path[-1]}"

    def test_every_optic_of_operations_and_types_is_exported(self) -> None:
        public = {found.name for found in optics() if found.module.__name__.split(".")[1] in ("operations", "types")}
        assert public <= vars(lensconnect).keys()


class TestShapes:
    @pytest.mark.parametrize("record", SHAPES, ids=lambda record: record.__name__)
    def test_take_keyword_arguments_only(self, record: Any) -> None:
        assert record.__match_args__ == (), "kw_only is not inherited: it has to be spelled"
        if fields(record):
            with pytest.raises(TypeError):
                record("positional")

    @pytest.mark.parametrize("record", SHAPES, ids=lambda record: record.__name__)
    def test_name_their_members_in_pascal_case(self, record: type[Record]) -> None:
        assert record.__struct_config__.frozen
        for field in fields(record):
            spelled = "".join(part[:1].upper() + part[1:] for part in field.name.split("_"))
            assert field.member.lower() == spelled.lower()
            assert field.member[0].isupper()

    @pytest.mark.parametrize("record", PUBLIC_SHAPES, ids=lambda record: record.__name__)
    def test_optional_fields_are_none_by_default(self, record: type[Record]) -> None:
        for name, parameter in inspect.signature(record).parameters.items():
            if name == "undecoded" and issubclass(record, Reply):
                assert parameter.default == ()
                continue
            optional = parameter.default is not inspect.Parameter.empty
            allows_none = type(None) in get_args(_bare(get_type_hints(record, include_extras=True)[name]))
            assert optional == allows_none, f"{record.__name__}.{name}"
            assert not optional or parameter.default is None

    @pytest.mark.parametrize("record", SHAPES, ids=lambda record: record.__name__)
    def test_hold_tuples_instead_of_lists(self, record: type[Record]) -> None:
        assert "list[" not in str(get_type_hints(record, include_extras=True))


class TestEveryRecord:
    @each_record
    def test_is_frozen(self, record: type[Record]) -> None:
        assert record.__struct_config__.frozen
        assert record.__struct_config__.eq

    @each_record
    def test_cannot_be_changed_in_place(self, record: type[Record]) -> None:
        for value in samples(record):
            for field in fields(record):
                with pytest.raises(AttributeError):
                    setattr(value, field.name, None)
                with pytest.raises(AttributeError):
                    delattr(value, field.name)
            with pytest.raises(AttributeError):
                value.tpyo = 1

    @each_record
    def test_is_equal_by_its_fields(self, record: type[Record]) -> None:
        for value in samples(record):
            assert value == copy.copy(value)
            assert not value != copy.copy(value)  # noqa: SIM202
            assert value != object()
            if _hashable(value):
                assert hash(value) == hash(copy.copy(value))

    @pytest.mark.parametrize("record", PUBLIC_SHAPES, ids=lambda record: record.__name__)
    def test_pickles(self, record: type[Record]) -> None:
        for value in samples(record):
            assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)

    @pytest.mark.parametrize("record", EXPORTED, ids=lambda record: record.__name__)
    def test_has_a_docstring(self, record: type[Record]) -> None:
        assert (record.__doc__ or "").strip(), "a docstring"

    @each_record
    def test_keeps_no_dict(self, record: type[Record]) -> None:
        assert "__dict__" not in dir(record)

    @each_record
    def test_renders_without_absent_fields(self, record: type[Record]) -> None:
        for value in samples(record):
            assert repr(value).startswith(f"{record.__name__}(")
            for name, shown in value.__rich_repr__():
                assert shown is not None, name


def test_equal_fields_of_another_type_are_not_equal() -> None:
    one, two = lensconnect.new_send_event_response(200), lensconnect.new_send_message_response(200)
    assert one != two


class TestSmartConstructors:
    @each_row
    def test_of_the_request(self, row: Row) -> None:
        wanted = required_arguments(row)
        constructor = getattr(lensconnect, f"new_{snake(row.name)}")
        hints = get_type_hints(constructor)
        assert hints.pop("return") is row.request
        assert list(hints.items()) == list(wanted.items())
        assert set(wanted) == {field.name for field in row.members if field.required}
        for parameter in inspect.signature(constructor).parameters.values():
            assert parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            assert parameter.default is parameter.empty

    @each_row
    def test_of_the_request_fill_their_arguments_only(self, row: Row) -> None:
        given_values = {name: object() for name in required_arguments(row)}
        made = getattr(lensconnect, f"new_{snake(row.name)}")(*given_values.values())
        for field in row.members:
            assert getattr(made, field.name) is given_values.get(field.name)

    @each_row
    def test_of_the_reply(self, row: Row) -> None:
        constructor = getattr(lensconnect, f"new_{snake(row.reply.__name__)}")
        assert get_type_hints(constructor) == {"http_status": int, "return": row.reply}
        made = constructor(204)
        assert made == row.reply(http_status=204)
        assert made.undecoded == ()
        members = [field for field in fields(row.reply) if field.name not in ("http_status", "undecoded")]
        assert all(getattr(made, field.name) is None for field in members)

    @each_row
    def test_of_every_request_and_reply(self, row: Row) -> None:
        assert row.reply.__name__ == f"{row.name}Response"
        assert issubclass(row.request, Request)
        assert issubclass(row.reply, Reply)


def test_the_names_of_the_haskell_api() -> None:
    event = lensconnect.new_send_event("text/plain", ConnectionToken("t"))
    assert event == SendEvent(content_type="text/plain", connection_token=ConnectionToken("t"))
    for name in ("content_type", "content", "client_token", "connection_token"):
        assert hasattr(lensconnect, f"send_event_{name}")
    for name in ("absolute_time", "id", "http_status"):
        assert hasattr(lensconnect, f"send_event_response_{name}")


def test_the_table_names_each_operation_once() -> None:
    assert sorted(MODEL["operations"]) == [row.name for row in OPERATIONS]
    assert AMAZONKA.keys() < MODEL["operations"].keys()


def _bare(annotation: Any) -> Any:
    """Return an annotation without its marks; `NewType` names of tokens and enums stay."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _bare(arguments[0])
    if origin in (Union, UnionType):
        return Union[tuple(map(_bare, arguments))]  # noqa: UP007
    if origin is tuple:
        return tuple[tuple(a if a is Ellipsis else _bare(a) for a in arguments)]  # type: ignore[misc]
    return annotation


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


class TestRendering:
    def test_an_empty_secret_is_shown_as_empty(self) -> None:
        token = lensconnect.ConnectionToken("")
        request = lensconnect.GetTranscript(connection_token=token, next_token="")
        assert repr(request) == "GetTranscript(connection_token='', next_token='')"
        assert repr(lensconnect.GetTranscript(connection_token=lensconnect.ConnectionToken("t"), next_token="n")) == (
            "GetTranscript(connection_token='***', next_token='***')"
        )
        assert repr(lensconnect.UploadMetadata(headers_to_include={})) == "UploadMetadata(headers_to_include={})"

    @pytest.mark.parametrize("number", [10**4300, -(10**4300), 10**50_000], ids=["large", "negative", "very large"])
    def test_a_number_of_any_size_is_shown(self, number: int) -> None:
        shown = f"<int of {number.bit_length()} bits>"
        token = lensconnect.ConnectionToken("t")
        view = lensconnect.View(version=number)
        assert repr(view) == f"View(version={shown})"
        assert repr(lensconnect.DescribeViewResponse(http_status=number, view=view)) == (
            f"DescribeViewResponse(http_status={shown}, view=View(version={shown}))"
        )
        policy = lensconnect.STANDARD & lensconnect.retry_policy_transient_statuses.set((500, number))
        assert f"transient_statuses=(500, {shown})" in repr(policy)
        assert str(lensconnect.ServiceError(number, "X")) == f"{shown} X: no message"
        assert shown in str(lensconnect.SerializeError(number, "x"))
        assert shown in str(lensconnect.Fault("a", "b", number))
        asked = lensconnect.new_get_transcript(token) & lensconnect.get_transcript_max_results.set(number)
        fault = lensconnect.describe(asked, lensconnect.Endpoint("https://h")).failure()
        assert str(fault) + repr(fault)

    def test_numbers_are_shown_in_full_up_to_2000_bits(self) -> None:
        """These are 603 digits; Python's own limit for digits can be set as low as 640."""
        number = 2**2000 - 1
        assert repr(lensconnect.View(version=number)) == f"View(version={number})"
        assert repr(lensconnect.View(version=number + 1)) == "View(version=<int of 2001 bits>)"

    def test_dir_lists_no_field_that_is_masked(self) -> None:
        """`rich.inspect` and `inspect.getmembers` show each attribute that `dir` lists."""
        event = lensconnect.new_send_event("text/plain", lensconnect.ConnectionToken("t"))
        assert {"content_type", "content", "client_token"} <= set(dir(event))
        assert "connection_token" not in dir(event)
        assert "connection_token" in dir(type(event))
        request = lensconnect.HttpRequest("GET", "https://h/x", (("X-Amz-Bearer", "t"),), b"b")
        assert {"method", "header"} <= set(dir(request))
        assert not {"url", "headers", "body"} & set(dir(request))


class _Annotated(Shape, frozen=True, kw_only=True, rename="pascal"):
    """A record with a field of each kind of annotation, an optional one first."""

    maybe: Annotated[int, number(1)] | None = None
    token: Annotated[ConnectionToken, text(1, 9), BEARER]
    label: Annotated[str, HTTP_LABEL, text(1, 5)]
    plain: str
    several: tuple[Annotated[str, text(1, 3), PERSONAL], ...] | None = None
    counted: Annotated[tuple[int, ...], count(0, 2)] | None = None
    headers: Annotated[Mapping[str, str], SECRET] | None = None
    item: Item | None = None
    either: str | int | None = None

    @property
    def first(self) -> str:
        """The first character of the token."""
        return self.token[:1]


def test_the_annotations_of_a_record_are_a_table() -> None:
    assert fields(_Annotated) == (
        Field("maybe", "Maybe", FieldType(int, number(1)), False, "body", False, False),
        Field("token", "Token", FieldType(str, text(1, 9)), True, "header", True, False),
        Field("label", "Label", FieldType(str, text(1, 5)), True, "path", True, False),
        Field("plain", "Plain", FieldType(str), True, "body", False, False),
        Field("several", "Several", FieldType(tuple, None, FieldType(str, text(1, 3))), False, "body", False, True),
        Field("counted", "Counted", FieldType(tuple, count(0, 2), FieldType(int)), False, "body", False, False),
        Field("headers", "Headers", FieldType(Mapping), False, "body", True, False),
        Field("item", "Item", FieldType(Item), False, "body", False, False),
        Field("either", "Either", FieldType(object), False, "body", False, False),
    )


def test_a_part_of_a_record_may_begin_with_an_optional_field() -> None:
    part = decoder(part_of(_Annotated, frozenset({"maybe", "plain"})))
    assert values(part(b'{"Plain":"a","Token":"t"}')) == {"maybe": None, "plain": "a"}
    with pytest.raises(NotDecodable, match="Plain"):
        part(b'{"Maybe":1}')


def test_dir_lists_a_property_only_of_a_record_without_secrets() -> None:
    assert "first" not in dir(_Annotated(token=ConnectionToken("t"), label="l", plain="p"))
    assert "first" in dir(_Annotated(token=ConnectionToken(""), label="", plain="p"))


class TestPrintable:
    @pytest.mark.parametrize(
        "text",
        [
            "می\u200cروم",  # a zero-width non-joiner, which Persian needs
            "क्\u200dष",  # a zero-width joiner, which Indic scripts need
            "👩\u200d👧",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # a flag made of tags
            "日本\u3000語",
            "1\u00a0000\u202f000",
            "אב\u200fגד",
        ],
    )
    def test_keeps_what_scripts_need(self, text: str) -> None:
        assert printable(text) == text

    @pytest.mark.parametrize(
        "control",
        [*map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))],
        ids=ascii,
    )
    def test_replaces_what_controls_a_terminal_or_the_direction(self, control: str) -> None:
        assert printable(f"a{control}b") == "a?b"

    @given(st.text(st.characters(exclude_categories=())))
    def test_has_the_same_length_and_can_be_encoded(self, text: str) -> None:
        assert len(printable(text)) == len(text)
        printable(text).encode()


class TestGarbage:
    """The collector tracks every record that can be part of a cycle, and none of those of which many live."""

    UNTRACKED = tuple(record for record in records() if record.__struct_config__.gc is False)

    def holds_no_cycle(self, annotation: Any) -> bool:
        """Return True if values of the annotation are text, numbers, records that are not tracked, or tuples of these."""
        if hasattr(annotation, "__supertype__"):
            return self.holds_no_cycle(annotation.__supertype__)
        if get_origin(annotation) is Literal or annotation is ...:
            return True
        if get_origin(annotation) in (Annotated, Union, UnionType, tuple):
            parts = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
            return all(map(self.holds_no_cycle, parts))
        return annotation in (str, int, float, bool, bytes, NoneType, *self.UNTRACKED)

    def test_a_record_that_is_not_tracked_holds_no_cycle(self) -> None:
        assert {Item, MessageMetadata, Receipt, AttachmentItem} <= set(self.UNTRACKED)
        for record in self.UNTRACKED:
            hints = get_type_hints(record, include_extras=True)
            assert all(self.holds_no_cycle(hints[name]) for name in record.__struct_fields__), record
        for other in (object, Any, list[str], Mapping[str, str], Callable[[], str], SendEvent, tuple[object, ...]):
            assert not self.holds_no_cycle(other)

    def test_the_items_of_a_page_are_not_tracked(self) -> None:
        receipts = b'[{"ReadTimestamp":"t"},{}]'
        item = b'{"Id":"i","MessageMetadata":{"Receipts":%b},"Attachments":[{"AttachmentId":"a"}]}' % receipts
        body = b'{"Transcript":[%b]}' % b",".join([item] * 200)
        page = or_raise(decode(GetTranscript, HttpResponse(200, (), body)))
        gc.collect()
        assert page.transcript is not None
        assert not gc.is_tracked(page.transcript)
        for each in page.transcript:
            metadata, attachments = each.message_metadata, each.attachments
            assert metadata is not None
            held = (each, metadata, metadata.receipts, *(metadata.receipts or ()), attachments, *(attachments or ()))
            assert not any(map(gc.is_tracked, held))

    def test_a_subclass_that_says_so_is_tracked(self) -> None:
        class Holder:
            noted: Any = None

        class Noted(Item, frozen=True, kw_only=True, gc=True):
            note: object

        holder = Holder()
        holder.noted = Noted(id="1", note=holder)
        gone = weakref.ref(holder)
        del holder
        gc.collect()
        assert gone() is None

    @pytest.mark.parametrize("record", [SendEvent, HttpResponse, Operation])
    def test_a_record_is_tracked_unless_it_says_so(self, record: type[Record]) -> None:
        assert record.__struct_config__.gc is not False


class _Choice(Record, frozen=True):
    """A record with a closed set of values."""

    mode: Literal["fast", "slow"] = "fast"


def test_a_value_outside_a_closed_set_is_refused_with_the_values_of_the_set() -> None:
    with pytest.raises(NotDecodable, match=r"it is one of fast, slow$"):
        decoder(_Choice)(b'{"mode":"secret"}')
    with pytest.raises(NotDecodable) as caught:
        decoder(_Choice)(b'{"mode":1}')
    assert "one of" not in str(caught.value)


def test_dir_of_a_record_without_secrets_names_every_field() -> None:
    assert {"id", "content"} <= set(dir(Item(id="m")))


def test_a_value_without_a_text_is_shown_by_its_type() -> None:
    class Untold:
        def __str__(self) -> str:
            raise ZeroDivisionError

    assert (text_of(3), text_of(Untold())) == ("3", "a value of type Untold")
