"""Our optics work without the package `lenses`, which a distribution may leave out because it is GPL."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers.introspection import ROOT

from lensconnect.optics import raw

BLOCK = "import sys; sys.modules['lenses'] = None\n"

USE = """
import pickle
import lensconnect as lc

event = lc.new_send_event("text/plain", lc.ConnectionToken("t")) & lc.send_event_content.set('{"a":"b"}')
inner = lc.send_event_content.Some() & lc.json_object & lc.key("a") & lc.json_string
assert event & inner.preview() == "b"
assert (event & inner.modify(str.upper)).content == '{"a":"B"}'
assert event & pickle.loads(pickle.dumps(inner)).collect() == ["b"]
assert lc.ServiceError(429, "x") & (lc.has_status(429) & lc.service_error_code).set("y") == lc.ServiceError(429, "y")
for broken in (lambda: inner & 1, lambda: inner.Filter):
    try:
        broken()
    except (TypeError, AttributeError) as error:
        assert str(error).endswith("need it installed: python -m pip install lenses"), error
    else:
        raise SystemExit("no error")
print("done", "lenses" in {name.partition(".")[0] for name, module in sys.modules.items() if module})
"""


def test_everything_but_raw_optics_works_and_the_error_tells_how_to_get_them() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCK + USE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.stderr) == ("done False\n", "")


def test_the_package_is_none_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lenses", None)
    assert raw.package() is None
    assert raw.unbound_lens() is None


@pytest.mark.slow
def test_the_tests_of_optics_pass() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--block-lenses",
        "tests/optics/test_optics.py",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert " skipped" in run.stdout, "lenses was not blocked"
