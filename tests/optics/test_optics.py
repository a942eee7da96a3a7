"""Optics at run time: real `lenses` objects that refuse the mistakes `lenses` accepts."""

from __future__ import annotations

import copy
import operator
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from helpers.introspection import optics
from helpers.raw_lenses import UnboundLens, lens, needs_lenses
from hypothesis import given
from hypothesis import strategies as st
from returns.pipeline import flow, pipe

from lensconnect import (
    ConnectionToken,
    Fault,
    GetTranscriptResponse,
    HttpRequest,
    InvalidRequest,
    Item,
    Lens,
    MessageMetadata,
    Prism,
    Receipt,
    SendEvent,
    ServiceError,
    Traversal,
    fault_path,
    get_transcript_response_transcript,
    http_request_headers,
    invalid_request_faults,
    item_content,
    item_id,
    item_message_metadata,
    json_object,
    json_string,
    key,
    message_metadata_receipts,
    new_get_transcript_response,
    new_send_event,
    receipt_read_timestamp,
    send_event_client_token,
    send_event_content,
    send_event_content_type,
    service_error,
    service_error_code,
    throttling_exception,
)

EVENT = new_send_event("text/plain", ConnectionToken("t"))
PAGE = new_get_transcript_response(200) & get_transcript_response_transcript.set(
    (
        Item(id="1", content="a", message_metadata=MessageMetadata(receipts=(Receipt(read_timestamp="t1"), Receipt()))),
        Item(id="2"),
        Item(id="3", content="c", message_metadata=MessageMetadata()),
    )
)
ITEMS = get_transcript_response_transcript.Some().Each()
READ = ITEMS & item_message_metadata.Some() & message_metadata_receipts.Some().Each() & receipt_read_timestamp.Some()
ALL: dict[str, Any] = {found.name: found.optic for found in optics()} | {
    "items": ITEMS,
    "read": READ,
    "lens of lenses": Lens("message_metadata", "receipts"),
    "prism and lens": service_error & service_error_code,
    "json": item_content.Some() & json_object & key("a") & json_string,
}
if lens is not None:
    ALL["raw inside"] = get_transcript_response_transcript.Some() & lens.Each().GetAttr("id")


class TestVerbs:
    def test_on_a_lens(self) -> None:
        changed = EVENT & send_event_content.set("hi")
        assert changed == SendEvent(content_type="text/plain", connection_token=ConnectionToken("t"), content="hi")
        assert EVENT.content is None
        assert changed & send_event_content.get() == "hi"
        assert send_event_content.view(changed) == "hi"
        assert send_event_content.put("ho", changed).content == "ho"
        assert (changed & send_event_content_type.modify(str.upper)).content_type == "TEXT/PLAIN"
        assert changed & send_event_content.preview() == "hi"
        assert send_event_content.collect()(changed) == ["hi"]

    def test_on_a_traversal(self) -> None:
        assert PAGE & (ITEMS & item_id.Some()).collect() == ["1", "2", "3"]
        assert PAGE & (ITEMS & item_content.Some()).collect() == ["a", "c"]
        assert PAGE & READ.collect() == ["t1"]
        assert PAGE & READ.preview() == "t1"
        assert PAGE & READ.modify(str.upper) & READ.collect() == ["T1"]
        assert PAGE & (ITEMS & item_content.Some()).set("x") & (ITEMS & item_content).collect() == ["x", None, "x"]
        assert new_get_transcript_response(200) & READ.preview() is None
        assert new_get_transcript_response(200) & READ.collect() == []

    def test_on_a_prism(self) -> None:
        slow = ServiceError(429, "ThrottlingException")
        assert slow & throttling_exception.preview() == slow
        assert slow & (throttling_exception & service_error_code).set("x") == ServiceError(429, "x")
        other = InvalidRequest((Fault("a", "int"),))
        assert other & throttling_exception.preview() is None
        assert other & (throttling_exception & service_error_code).set("x") is other

    def test_a_falsy_focus_is_a_focus(self) -> None:
        empty = EVENT & send_event_content.set("")
        assert empty & send_event_content.Some().collect() == [""]
        assert empty & send_event_content.Some().set("x") == EVENT & send_event_content.set("x")

    def test_uncurried_and_curried_do_the_same_through_a_chain(self) -> None:
        path = Lens[GetTranscriptResponse, Any]("transcript")
        assert path.put((), PAGE) == PAGE & path.set(())

    def test_unchanged_json_keeps_its_spelling(self) -> None:
        assert PAGE & READ.modify(lambda text: text) == PAGE

    def test_modify_calls_the_function_once_per_focus(self) -> None:
        seen: list[str] = []
        PAGE & (ITEMS & item_id.Some()).modify(lambda text: seen.append(text) or text)
        assert seen == ["1", "2", "3"]

    def test_an_exception_of_the_function_is_raised(self) -> None:
        with pytest.raises(ZeroDivisionError):
            PAGE & READ.modify(lambda _: 1 // 0)  # type: ignore[arg-type,return-value]


class TestStateFunctions:
    @pytest.mark.parametrize(
        "function",
        [
            send_event_content.set("x"),
            send_event_content.get(),
            send_event_content.modify(str),
            send_event_content.collect(),
            send_event_content.preview(),
            send_event_content.Some().set("y"),
        ],
        ids=repr,
    )
    def test_pickle_to_the_same_behaviour(self, function: Any) -> None:
        again = pickle.loads(pickle.dumps(function))
        state = EVENT & send_event_content.set("before")
        assert again(state) == function(state) == state & function == state & again
        assert repr(again) == repr(function)

    def test_name_the_verb_and_not_the_value(self) -> None:
        assert repr(send_event_content.set("hush")) == "send_event_content.set(...)"
        assert "hush" not in repr(READ.set("hush"))

    def test_drop_into_pipelines(self) -> None:
        assert flow(EVENT, send_event_content.set("a"), send_event_content.modify(str), send_event_content.get()) == "a"
        through: Callable[[SendEvent], Any] = pipe(send_event_content.set("b"), send_event_content.get())
        assert through(EVENT) == "b"
        assert list(map(send_event_content.get(), [EVENT, EVENT])) == [None, None]


@pytest.mark.parametrize(
    "thing", [1, "content", None, str.upper, Lens, object()], ids=lambda thing: repr(thing).split(" at ")[0]
)
def test_composing_with_anything_but_an_optic_is_a_type_error(thing: Any) -> None:
    for optic in (send_event_content, READ, service_error):
        with pytest.raises(TypeError, match="not an optic"):
            optic & thing


@needs_lenses
def test_the_error_of_a_wrong_optic_asks_for_no_package_that_is_there() -> None:
    with pytest.raises(TypeError, match=r"^not an optic: int$"):
        send_event_content & 1  # type: ignore[operator]


@needs_lenses
class TestRealLenses:
    def test_each_is_one(self) -> None:
        for optic in ALL.values():
            assert isinstance(optic, UnboundLens)
            assert optic.kind() in {"Lens", "Prism", "Traversal"}
            if isinstance(optic, Lens):
                assert optic.kind() == "Lens"

    def test_kinds(self) -> None:
        assert Lens("a", "b").kind() == (Lens("a") & Lens("b")).kind() == "Lens"
        assert service_error.kind() == "Prism"
        assert send_event_content.Some().kind() == READ.kind() == "Traversal"

    def test_a_raw_optic_on_the_right(self) -> None:
        raw = get_transcript_response_transcript.Some() & lens.Each().GetAttr("id")
        assert isinstance(raw, Traversal)
        assert raw.collect()(PAGE) == ["1", "2", "3"]
        assert raw.set("x")(PAGE) == PAGE & (ITEMS & item_id).set("x")
        assert PAGE & raw.modify(str.upper) == PAGE
        assert (http_request_headers & lens[0][1]).set("v")(HttpRequest("GET", "u", (("n", ""),))).headers == (
            ("n", "v"),
        )

    def test_a_raw_optic_on_the_left(self) -> None:
        both = lens.Each() & send_event_content_type
        assert both.collect()([EVENT, EVENT]) == ["text/plain"] * 2
        assert both.set("x")([EVENT]) == [EVENT & send_event_content_type.set("x")]
        assert lens["k"].Each().F(send_event_content_type.view).collect()({"k": [EVENT]}) == ["text/plain"]
        assert (lens["page"] & READ).collect()({"page": PAGE}) == ["t1"]
        assert (lens["e"] & service_error).collect()({"e": ServiceError(400, "x")}) == [ServiceError(400, "x")]

    def test_inside_the_combinators_of_lenses(self) -> None:
        assert lens.Tuple(send_event_content_type, send_event_content).get()(EVENT) == ("text/plain", None)
        assert lens.Fork(send_event_content_type, send_event_client_token).set("x")(EVENT).client_token == "x"
        bound = lens.Each() & send_event_content_type & lens.Regex("t.x")
        assert bound.collect()([EVENT]) == ["tex"]

    @pytest.mark.parametrize("name", ["items", "read", "json", "raw inside"])
    def test_our_composition_is_theirs(self, name: str) -> None:
        state: Any = Item(content='{"a":"b"}') if name == "json" else PAGE
        ours = ALL[name]
        assert ours.collect()(state) == UnboundLens.collect(ours)(state) != []
        assert ours.set("x")(state) == UnboundLens.set(ours, "x")(state)


class TestMistakes:
    def test_a_misspelled_attribute_is_an_error(self) -> None:
        for optic in ALL.values():
            for name in ("tpyo", "content", "gett", "Keys_", "call_upper", "_private"):
                with pytest.raises(AttributeError, match=name):
                    getattr(optic, name)
                assert not hasattr(optic, name)

    @pytest.mark.parametrize("optic", [send_event_content, READ, service_error], ids=["lens", "traversal", "prism"])
    @pytest.mark.parametrize(
        "name",
        ["lt", "le", "gt", "ge", "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "or_"],
    )
    def test_arithmetic_and_ordering(self, optic: Any, name: str) -> None:
        operation = divmod if name == "divmod" else getattr(operator, name)
        for other in (1, "x", optic, send_event_content_type):
            with pytest.raises(TypeError):
                operation(optic, other)
        with pytest.raises(TypeError):
            operation(1.5, optic)

    @pytest.mark.parametrize("optic", [send_event_content, READ, service_error], ids=["lens", "traversal", "prism"])
    def test_signs_and_indexing(self, optic: Any) -> None:
        for operation in (operator.neg, operator.pos, operator.invert, abs, len, iter, float, int):
            with pytest.raises(TypeError):
                operation(optic)
        for index in (0, "a", slice(1)):
            with pytest.raises(TypeError):
                optic[index]
        with pytest.raises(TypeError):
            optic[0] = 1
        with pytest.raises(TypeError):
            1 in optic  # noqa: B015
        with pytest.raises(TypeError):
            optic(EVENT)

    def test_a_path_that_is_no_identifier(self) -> None:
        for path in ([], [""], ["a.b"], ["a b"], ["a", "1"], ["a)"]):
            with pytest.raises(ValueError, match="path"):
                Lens(*path)

    def test_equal_to_itself_only(self) -> None:
        for optic in ALL.values():
            assert optic == optic
            assert not optic != optic  # noqa: SIM202
            assert optic != Lens("content")
            assert optic not in [Lens("content"), None, 1]
            assert {optic: 1}[optic] == 1
            assert bool(optic)


class TestIdentity:
    def test_a_copy_is_itself(self) -> None:
        for optic in ALL.values():
            assert copy.copy(optic) is optic
            assert copy.deepcopy(optic) is optic
            assert copy.deepcopy([optic])[0] is optic

    def test_pickle(self) -> None:
        for optic in ALL.values():
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                again = pickle.loads(pickle.dumps(optic, protocol))
                assert type(again) is type(optic)
                assert repr(again) == repr(optic)
                assert lens is None or again.kind() == optic.kind()

    def test_pickled_optics_do_the_same(self) -> None:
        for optic in (ITEMS, READ, ALL.get("raw inside", ITEMS), ITEMS & ALL["json"]):
            again = pickle.loads(pickle.dumps(optic))
            assert again.collect()(PAGE) == optic.collect()(PAGE)
            assert again.set(())(PAGE) == optic.set(())(PAGE)
        again = pickle.loads(pickle.dumps(send_event_content))
        assert again.put("x", EVENT) == send_event_content.put("x", EVENT)
        narrowed = pickle.loads(pickle.dumps(throttling_exception))
        assert narrowed.unpack(ServiceError(429, "ThrottlingException")) is not None
        assert narrowed.unpack(ServiceError(429, "x")) is None

    def test_an_optic_as_a_class_attribute_stays_an_optic(self) -> None:
        class Holder:
            content = send_event_content
            read = READ
            refused: Prism[Any, Any] = service_error

        assert Holder.content is Holder().content is send_event_content
        assert Holder().read is READ
        assert Holder().refused is service_error

    def test_threads_share_them(self) -> None:
        def work(number: int) -> None:
            own = Lens[Any, Any]("message_metadata", "receipts")
            for _ in range(200):
                text = str(number)
                changed = PAGE & (ITEMS & item_content).set(text)
                good = [(ITEMS & item_content).collect()(changed) == [text] * 3, (changed & READ.preview()) == "t1"]
                wrong.extend([number] * good.count(False))
                own.put((), Item(message_metadata=MessageMetadata()))

        wrong: list[int] = []
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


class TestPaths:
    def test_lenses_compose_to_a_path(self) -> None:
        deep = Lens[Any, Any]("message_metadata") & Lens[Any, Any]("receipts")
        assert isinstance(deep, Lens)
        assert deep.path == ("message_metadata", "receipts")
        item = Item(message_metadata=MessageMetadata(message_id="m"))
        assert deep.put((), item) == Item(message_metadata=MessageMetadata(message_id="m", receipts=()))
        assert deep.modify(lambda _: ())(item) == deep.put((), item)

    def test_composition_is_associative(self) -> None:
        a, b, c = ITEMS, item_message_metadata.Some(), message_metadata_receipts.Some()
        left, right = (a & b) & c, a & (b & c)
        assert left.collect()(PAGE) == right.collect()(PAGE)
        assert left.set(())(PAGE) == right.set(())(PAGE)

    def test_each_and_some_on_faults(self) -> None:
        error = InvalidRequest((Fault("a", "int"), Fault("b", "str", 3)))
        assert error & (invalid_request_faults.Each() & fault_path).collect() == ["a", "b"]


class TestJsonInAString:
    MESSAGE_ID = send_event_content.Some() & json_object & key("messageId")

    @pytest.mark.parametrize(
        "text", ["", "hello", "{", "[1]", '"a"', "null", "1", "{'a':1}", "{]", "\ud800", "NaN", '{"a":NaN}']
    )
    def test_text_that_is_no_json_object_is_unchanged(self, text: str) -> None:
        event = EVENT & send_event_content.set(text)
        assert event & self.MESSAGE_ID.set("x") == event
        assert event & self.MESSAGE_ID.collect() == []
        assert json_object.unpack(text) is None
        assert (text & json_object.set({})) == text

    def test_absent_content(self) -> None:
        assert EVENT & self.MESSAGE_ID.set("x") is EVENT or (EVENT & self.MESSAGE_ID.set("x")) == EVENT

    @pytest.mark.parametrize(
        "text",
        ['{ "messageId" : "m" }', '{"b":1,  "messageId":"m"}', '{"messageId":"\\u006d"}', ' {"messageId":"m"}\n'],
    )
    def test_an_unchanged_object_keeps_its_spelling(self, text: str) -> None:
        event = EVENT & send_event_content.set(text)
        assert event & self.MESSAGE_ID.set("m") == event
        assert event & self.MESSAGE_ID.set("n") & self.MESSAGE_ID.collect() == ["n"]

    def test_an_absent_key_is_not_added(self) -> None:
        assert "{}" & (json_object & key("a")).set(1) == "{}"
        assert '{"b": 1}' & (json_object & key("a")).set(1) == '{"b": 1}'

    def test_other_members_keep_their_order(self) -> None:
        text = '{"z":1,"messageId":"m","a":[1,{"b":null}],"n":1.50}'
        assert text & (json_object & key("messageId")).set("n") == '{"z":1,"messageId":"n","a":[1,{"b":null}],"n":1.5}'

    @given(st.integers())
    def test_any_whole_number_survives(self, number: int) -> None:
        text = f'{{"n":{number},"m":1}}' & (json_object & key("m")).set(2)
        assert text == f'{{"n":{number},"m":2}}'
        assert text & (json_object & key("n")).collect() == [number]

    @pytest.mark.parametrize("half", ["\\ud800", "\\udfff", "a\\ud83d"])
    def test_half_a_surrogate_pair_survives(self, half: str) -> None:
        text = f'{{"a":"{half}","m":1}}' & (json_object & key("m")).set(2)
        assert json_object.unpack(text) == json_object.unpack(f'{{"a":"{half}","m":2}}')
        assert text.isascii()
        text.encode()

    @given(st.text(st.characters(exclude_categories=())))
    def test_any_text_survives(self, value: str) -> None:
        text = '{"m":1}' & (json_object & key("m")).set(value)
        assert text & (json_object & key("m") & json_string).collect() == [value]

    def test_true_and_1_are_different_values(self) -> None:
        assert '{"a": true}' & (json_object & key("a")).set(1) == '{"a":1}'
        assert '{"a": 1}' & (json_object & key("a")).set(True) == '{"a":true}'
        assert '{"a": 1}' & (json_object & key("a")).set(1.0) == '{"a":1.0}'

    def test_nested_objects_in_strings(self) -> None:
        inner = json_object & key("outer") & json_string & json_object & key("in")
        assert '{"outer":"{\\"in\\":1}"}' & inner.set(2) == '{"outer":"{\\"in\\":2}"}'

    def test_depth_beyond_the_parser_is_no_object(self) -> None:
        deep = '{"a":' * 100_000 + "1" + "}" * 100_000
        assert deep & (json_object & key("a")).set(1) == deep
