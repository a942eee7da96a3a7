"""The map of the folder, in the docstring of its `__init__`, lists every module in the order of imports."""

import re
from pathlib import Path

from lensconnect import programs

FOLDER = Path(programs.__file__).parent
MAP = re.findall(r"(?m)^    (\w+)  ", programs.__doc__ or "")


def test_the_map_lists_every_module() -> None:
    assert sorted(MAP) == sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def test_a_module_imports_only_modules_above_it() -> None:
    for position, module in enumerate(MAP):
        source = (FOLDER / f"{module}.py").read_text()
        imported = re.findall(r"from lensconnect\.programs\.(\w+) import", source)
        imported += re.findall(r"from lensconnect\.programs import (\w+)", source)
        assert set(imported) <= set(MAP[:position]), module
