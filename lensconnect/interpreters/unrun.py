"""Report a program that a `@program` body makes and drops: the forgotten `yield from`.

`report_unrun_programs` switches this on for the process, for good: `python -X dev` does, and so do the emulator and the
transports of the testing kit.  Until then nothing of it is in the way of a program.

Theory of operation: a program is reported if the call that made it is a statement of a generator function, so that
the interpreter drops the value at once.  `__new__` notes the call, by the generator's frame and the instruction, and
`__del__` compares: the same frame has to be at the POP_TOP behind this call.  A program that is returned, passed on,
or stored in a variable, a list or an attribute does not die there, whether it is ever run or not.  So there are no
false alarms; a program that is stored and then forgotten is not found.

The report is an exception that `evaluate` raises where the body ends, as a frame below the body's.  It needs no
cooperation of the drivers, and the run that it ends is the one with the mistake.  If an exception ends the body
first, such as that of a stub which got the wrong request, the report is a note on it.

Facts (CPython 3.11 to 3.14): the value of a statement is dropped by POP_TOP, the next instruction but for inline
caches, which `co_code` shows as zeros; `f_lasti` of a frame in a call is at the call or in its caches.
"""

from __future__ import annotations

import opcode
import sys
import warnings
from collections.abc import Callable
from inspect import CO_GENERATOR
from types import CodeType, FrameType
from typing import Any, Final

from lensconnect.programs.evaluator import RaiseAtEnd, evaluate
from lensconnect.programs.program import Program
from lensconnect.programs.usage_errors import UnrunProgramWarning

_NEAR: Final = 16
"""The most calls between a body and the making of a program in it; more are not looked at, which bounds the cost."""
_POP_TOP: Final = opcode.opmap["POP_TOP"]
_raises = False


def report_unrun_programs(*, raises: bool) -> None:
    """Report each program that a statement of a `@program` makes and drops, from now on, in the whole process.

    `raises` makes the run with the mistake raise `UnrunProgramWarning` where the body ends, instead of a warning at once.
    """
    global _raises
    _raises = _raises or raises
    if "__del__" not in vars(Program):
        _watch(Program, sys._getframe)  # pyright: ignore[reportPrivateUsage]


def _watch(program_type: Any, frame_at: Callable[[int], FrameType]) -> None:
    """Let programs note the call that makes them, and compare it with the place where they are dropped.

    The functions use no globals that are gone when the interpreter ends.
    """
    made: dict[int, tuple[int, int]] = {}

    def new(cls: type[Any], *_: object, **__: object) -> Any:
        created = object.__new__(cls)
        frame = frame_at(0).f_back
        for _level in range(_NEAR):
            if frame is None:
                break
            if frame.f_code.co_flags & CO_GENERATOR:
                made[id(created)] = (id(frame), frame.f_lasti)
                break
            frame = frame.f_back
        return created

    def dropped(self: Program[Any, Any]) -> None:
        frame_of_call, call = made.pop(id(self), (0, 0))
        frame = frame_at(0).f_back
        if frame is not None and id(frame) == frame_of_call and _is_statement(frame.f_code, call, frame.f_lasti):
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


def _report(program: Program[Any, Any], frame: FrameType) -> None:
    steps: FrameType | None = frame
    while steps is not None and steps.f_code is not evaluate.__code__:
        steps = steps.f_back
    if steps is None:  # a generator that no environment runs
        return
    code, line, waiting = frame.f_code, frame.f_lineno, steps.f_locals["frames"]
    place = f'File "{code.co_filename}", line {line}, in {code.co_qualname}'
    error = UnrunProgramWarning(f"{program!r} was never run: write `yield from` before it. {place}")
    if not _raises:
        try:
            registry = frame.f_globals.setdefault("__warningregistry__", {})
            warnings.warn_explicit(error, UnrunProgramWarning, code.co_filename, line, registry=registry)
        except UnrunProgramWarning:  # by `-W error`; Python prints and ignores what is raised while an object dies
            pass
        else:
            return
    if not any(isinstance(each, RaiseAtEnd) and str(each.error).endswith(place) for each in waiting):
        waiting.insert(len(waiting) - 1, RaiseAtEnd(error))  # below the generator that runs
