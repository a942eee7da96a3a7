"""Print the lowest version of each dependency that pyproject.toml admits, as constraints for pip."""

import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
for requirement in [
    *project["dependencies"],
    *extras["cli"],
    *extras["emulator"],
    *extras["aiohttp"],
    *extras["httpx2"],
]:
    if not requirement.startswith("lensconnect"):
        print(requirement.split(",")[0].replace(">=", "=="))
