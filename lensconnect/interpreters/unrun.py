"""Report a program that is made and dropped: the forgotten `yield from`, or the forgotten call with an environment.

`report_unrun_programs` switches this on for the process, for good: `python -X dev` does, and so do the emulator, the
transports and the pytest plugin of the testing kit.  Until then nothing of it is in the way of a program.

Theory of operation: a program is reported if the call that made it is a statement, so that the interpreter drops the
value at once.  `__new__` notes the calls it is inside of, by frame and instruction, and `__del__` compares: one of these
frames has to be at the POP_TOP behind its call.  A program that is returned, passed on, or stored in a variable, a list or
an attribute does not die there, whether it is ever run or not.  So there are no false alarms; a program that is stored
and then forgotten is not found.  Code of other packages is left out: a benchmark may call a function and drop its value.

In the run of an environment the report is an exception that `evaluate` raises where the body of the `@program` ends, as
a frame below the body's.  It needs no cooperation of the drivers, and the run that it ends is the one with the mistake.
If an exception ends the body first, such as that of a stub which got the wrong request, the report is a note on it.
Outside a run nothing is there to raise it: the report is a warning, or the pytest plugin takes it and fails the test.

Facts (CPython 3.11 to 3.14): the value of a statement is dropped by POP_TOP, the next instruction but for inline
caches, which `co_code` shows as zeros; `f_lasti` of a frame in a call is at the call or in its caches.
"""

from __future__ import annotations

import opcode
import os.path
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from inspect import CO_GENERATOR
from types import CodeType, FrameType
from typing import Any, Final

from lensconnect.programs.evaluator import RaiseAtEnd, evaluate
from lensconnect.programs.program import Program
from lensconnect.programs.usage_errors import UnrunProgramWarning

_NEAR: Final = 16
"""The most calls in which a program is made that are noted, which bounds the cost."""
_POP_TOP: Final = opcode.opmap["POP_TOP"]
_OTHER_CODE: Final = (f"{os.path.dirname(os.__file__)}{os.sep}", "<timeit-src>")
_PACKAGES: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_raises = False
_tell: Callable[[UnrunProgramWarning], object] | None = None


def report_unrun_programs(*, raises: bool) -> None:
    """Report each program that a statement makes and drops, from now on, in the whole process.

    `raises` makes a run in which it happens raise `UnrunProgramWarning` where the body of the `@program` ends, instead of a warning at once.
    Outside a run it is a warning.
    """
    global _raises
    _raises = _raises or raises
    if "__del__" not in vars(Program):
        _watch(Program, sys._getframe)  # pyright: ignore[reportPrivateUsage]


@contextmanager
def unrun_programs() -> Generator[list[UnrunProgramWarning]]:
    """Give a list of the programs that a statement makes and drops outside a run, in place of warnings."""
    global _tell
    found: list[UnrunProgramWarning] = []
    before, _tell = _tell, found.append
    try:
        yield found
    finally:
        _tell = before


def _watch(program_type: Any, frame_at: Callable[[int], FrameType]) -> None:
    """Let programs note the calls that make them, and compare them with the place where they are dropped.

    The functions use no globals that are gone when the interpreter ends.
    """
    made: dict[int, list[tuple[int, int, int]]] = {}

    def new(cls: type[Any], *_: object, **__: object) -> Any:
        created = object.__new__(cls)
        calls = made[id(created)] = []
        frame = frame_at(0).f_back
        while frame is not None and len(calls) < _NEAR:
            calls.append((id(frame), id(frame.f_code), frame.f_lasti))
            frame = None if frame.f_code.co_flags & CO_GENERATOR else frame.f_back
        return created

    def dropped(self: Program[Any, Any]) -> None:
        calls = made.pop(id(self), ())
        frame = frame_at(0).f_back
        if frame is None:
            return
        of_this_frame = [each for each in calls if each[:2] == (id(frame), id(frame.f_code))]
        for call in of_this_frame:
            if _is_statement(frame.f_code, call[2], frame.f_lasti):
                for others in list(made.values()):  # the parts of this program die next, in the same place
                    if call in others:
                        others.remove(call)
                _report(self, frame)

    program_type.__new__, program_type.__del__ = new, dropped


def _is_statement(code: CodeType, call: int, here: int) -> bool:
    """Return true if the instruction `here` drops the value of the call."""
    instructions = code.co_code
    if instructions[here] != _POP_TOP:
        return False
    return _without_caches(instructions, here - 2) == _without_caches(instructions, call)


def _without_caches(instructions: bytes, offset: int) -> int:
    while offset > 0 and instructions[offset] == 0:
        offset -= 2
    return offset


def _is_of_others(filename: str) -> bool:
    """Return true for code of the standard library and of installed packages."""
    return filename.startswith(_OTHER_CODE) or any(folder in filename for folder in _PACKAGES)


def _report(program: Program[Any, Any], frame: FrameType) -> None:
    steps: FrameType | None = frame
    while steps is not None and steps.f_code is not evaluate.__code__:
        steps = steps.f_back
    code = frame.f_code
    is_body = steps is not None and code.co_flags & CO_GENERATOR
    if not is_body and _is_of_others(code.co_filename):
        return
    remedy = "write `yield from` before it" if is_body else "return it, or call it with an environment"
    place = f'File "{code.co_filename}", line {frame.f_lineno}, in {code.co_qualname}'
    error = UnrunProgramWarning(f"{program!r} was never run: {remedy}. {place}")
    if steps is None:
        if _tell is None:
            _warn(error, frame)
        else:
            _tell(error)
        return
    if not _raises:
        try:
            _warn(error, frame)
        except UnrunProgramWarning:  # by `-W error`; Python prints and ignores what is raised while an object dies
            pass
        else:
            return
    waiting = steps.f_locals["frames"]
    if not any(isinstance(each, RaiseAtEnd) and str(each.error).endswith(place) for each in waiting):
        waiting.insert(len(waiting) - 1, RaiseAtEnd(error))  # below the generator that runs


def _warn(error: UnrunProgramWarning, frame: FrameType) -> None:
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(error, UnrunProgramWarning, frame.f_code.co_filename, frame.f_lineno, registry=registry)
