"""The long run, guided by coverage: `poe fuzz TARGET FOLDER -runs=1000000` (needs `pip install atheris`).

FOLDER keeps the inputs that reach new code, beside the committed corpus; what follows are options of libFuzzer.  An
input that breaks a promise ends the run, with a traceback and the name of its file in FOLDER.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

USAGE = "usage: poe fuzz TARGET FOLDER [OPTION OF LIBFUZZER ...]"


def main() -> None:
    """Fuzz one target."""
    with atheris.instrument_imports(include=["lensconnect", "websockets"]):
        from fuzz.targets import CORPUS, TARGETS
    if len(sys.argv) < 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"{USAGE}\ntargets: {', '.join(TARGETS)}")
    name, folder, *options = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".dict") as words:
        words.writelines(f'"{_escaped(word)}"\n' for word in dict.fromkeys(TARGETS[name].words))
        words.flush()
        dictionary = [f"-dict={words.name}"] if TARGETS[name].words else []  # libFuzzer refuses an empty one
        command = [sys.argv[0], *dictionary, "-max_len=600", f"-artifact_prefix={folder}/", *options]
        atheris.Setup([*command, folder, str(CORPUS / name)], TARGETS[name].check)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    """Return a word as a line of libFuzzer's dictionary writes it."""
    return "".join(
        f"\\x{byte:02x}" if byte < 32 or byte > 126 or byte in b'"\\' else chr(byte) for byte in word.encode()
    )


main()
