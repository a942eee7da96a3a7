"""The names of `from lensconnect import *`: the package's own, and none that hides a name of another module."""

from __future__ import annotations

import builtins
import inspect
import re
import subprocess
import sys
from types import ModuleType
from typing import Any, TypeVar

import lensconnect

EXPORTED: dict[str, Any] = {}
exec("from lensconnect import *", EXPORTED)
del EXPORTED["__builtins__"]


def test_no_module_is_exported_but_the_renderings() -> None:
    assert [name for name, value in EXPORTED.items() if isinstance(value, ModuleType)] == ["render"]


def test_no_name_belongs_to_another_module() -> None:
    for name, value in EXPORTED.items():
        assert not name.startswith("_")
        assert not isinstance(value, TypeVar)
        assert name not in vars(builtins)
        assert name not in sys.stdlib_module_names
        for theirs in ("typing", "__future__", "collections.abc", "functools", "types"):
            assert vars(sys.modules[theirs]).get(name) is not value, f"{name} is {theirs}'s"
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__module__.partition(".")[0] in ("lensconnect", "returns"), name


def test_the_names_of_the_modules_are_exported() -> None:
    for part in (lensconnect.errors, lensconnect.http, lensconnect.results, lensconnect.programs.program):
        assert set(part.__all__) <= EXPORTED.keys()
    assert {"send", "SendMessage", "OPERATIONS", "operation_of", "new_env", "doc"} <= EXPORTED.keys()


def test_the_names_of_later_are_loaded_at_the_first_use_of_one() -> None:
    lines = (
        "import sys, lensconnect",
        "assert 'lensconnect.later' not in sys.modules and not hasattr(lensconnect, '__wrapped__')",
        "from lensconnect import Transcript, send_message_content",
        "assert lensconnect.Transcript is Transcript and 'lensconnect.later' in sys.modules",
        "assert set(lensconnect.__all__) < set(dir(lensconnect)) and not hasattr(lensconnect, 'nothing')",
        "assert lensconnect.render.__name__ == 'lensconnect.wire.render' and not hasattr(lensconnect, 'send_event')",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


def test_dir_lists_every_name_before_one_is_used() -> None:
    subprocess.run([sys.executable, "-c", "import lensconnect; assert 'pages' in dir(lensconnect)"], check=True)


def test_help_begins_with_a_table_of_contents() -> None:
    groups = re.findall(r"^(\w[\w ]*?)  +(\S.*(?:\n {16}\S.*)*)", lensconnect.__doc__ or "", re.M)
    assert len(groups) == 11
    for title, text in groups:
        names = re.findall(r"\b(?:[A-Z]\w*[a-z]\w*|[A-Z]+_[A-Z_]+|[a-z]+(?:_\w+)+)\b", text)
        assert names, title
        for name in names:
            assert name in EXPORTED, name
