"""read_configuration: what the environment and the AWS config file say about reaching the service.

    environ ─┬─ path and profile ── read_file ── parse ─┐
             └─ variables, proxies ─────────────────────┴─ Configuration or InvalidEndpoint

A setting is looked for in its variables first, then in the profile.  No credentials are read: not their
file, not their variables, not their keys.

Facts: the names and rules are AWS's as botocore 1.44.5 has them, with four differences.  `AWS_REGION` is read,
before `AWS_DEFAULT_REGION`.  `AWS_PROFILE` goes before `AWS_DEFAULT_PROFILE`, not after.  A variable or setting
that is empty counts as absent.  A profile only the credentials file knows does not exist here; the profile
called `default` need not exist.  Of the proxy variables the lower-case name wins, and switches the proxy off
when it is empty (`urllib`); `HTTP_PROXY` is not believed under CGI, where a client can set it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Annotated, Final, NamedTuple

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import masked_url
from lensconnect.interpreters.configuration.aws_config_file import SERVICE, AwsFile, Section, parse
from lensconnect.marks import SECRET
from lensconnect.optics import Lens
from lensconnect.record import MASK, Record
from lensconnect.results import Failure, Result, Success, is_err

__all__ = [
    "Configuration",
    "configuration_ca_bundle",
    "configuration_dualstack",
    "configuration_endpoint_url",
    "configuration_fips",
    "configuration_max_attempts",
    "configuration_proxies",
    "configuration_region",
    "configuration_retry_mode",
    "read_configuration",
]

DEFAULT: Final = "default"
NOTHING: Final[Section] = {}
CONFIG_FILE: Final = "~/.aws/config"
RETRY_MODES: Final = ("legacy", "standard", "adaptive")

VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "ca_bundle": ("AWS_CA_BUNDLE",),
    "endpoint_url": (f"AWS_ENDPOINT_URL_{SERVICE.upper()}", "AWS_ENDPOINT_URL"),
    "ignore_configured_endpoint_urls": ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",),
    "max_attempts": ("AWS_MAX_ATTEMPTS",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "retry_mode": ("AWS_RETRY_MODE",),
    "services": (),
    "use_dualstack_endpoint": ("AWS_USE_DUALSTACK_ENDPOINT",),
    "use_fips_endpoint": ("AWS_USE_FIPS_ENDPOINT",),
}
"""The settings of a profile that are read, and the variables that go before each."""


class Configuration(Record, frozen=True, kw_only=True):
    """What was found; `None`, `False` and `()` where nothing was.

    `region` and `endpoint_url` are as they were written: `resolve_endpoint` judges them.  `ca_bundle` is a
    path.  `max_attempts` counts the first attempt too and is at least 1; `retry_mode` is "legacy",
    "standard" or "adaptive".  `proxies` are pairs of "http", "https" or "no" with the text of the variable,
    which for a proxy may lack a scheme and may hold a password.
    """

    region: str | None = None
    endpoint_url: str | None = None
    fips: bool = False
    dualstack: bool = False
    ca_bundle: str | None = None
    max_attempts: int | None = None
    retry_mode: str | None = None
    proxies: Annotated[tuple[tuple[str, str], ...], SECRET] = ()

    def __rich_repr__(self) -> list[tuple[str, object]]:
        url = self.endpoint_url
        shown = dict(super().__rich_repr__())
        if url is not None:
            shown["endpoint_url"] = MASK if "@" in url else masked_url(url)
        if not self.proxies:
            del shown["proxies"]
        return list(shown.items())


class Found(NamedTuple):
    """A setting's text and where it stood."""

    text: str
    place: str


def read_file(path: str) -> str | None:
    """The text of a file, `None` where there is none to be read; `~` and `$NAME` in its path are expanded.

    A byte that is not UTF-8 becomes half a surrogate pair.
    """
    expanded = os.path.expanduser(os.path.expandvars(path))
    try:
        if os.path.isfile(expanded):
            with open(expanded, encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
    except OSError:
        pass
    return None


def read_configuration(
    *,
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
    read_file: Callable[[str], str | None] = read_file,
) -> Result[Configuration, InvalidEndpoint]:
    """What the environment (`os.environ` unless given) and the config file say.

    >>> read_configuration(environ={"AWS_REGION": "eu-west-2"}, read_file=lambda path: None)
    <Success: Configuration(region='eu-west-2', fips=False, dualstack=False)>
    """
    variables = os.environ if environ is None else environ
    path = variables.get("AWS_CONFIG_FILE") or CONFIG_FILE
    named = profile or variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE") or DEFAULT
    file = parse(read_file(path) or "", VARIABLES.keys())
    return file if is_err(file) else _configuration(named, variables, file.unwrap())


def _configuration(profile: str, environ: Mapping[str, str], file: AwsFile) -> Result[Configuration, InvalidEndpoint]:
    section = file.profiles.get(profile, NOTHING if profile == DEFAULT else None)
    if section is None:
        return _refuse(f"the AWS config file has no profile {profile!r} (the credentials file is not read)")
    values = {name: value for name, value in section.items() if isinstance(value, str)}
    if blocks := section.keys() - values.keys():
        return _refuse(f"{min(blocks)} in the AWS config file is a block of settings, not a value")
    return _read(Sources(environ, values, file.services))


class Sources:
    """Where settings are looked for.  No rendering shows what is in them."""

    def __init__(self, environ: Mapping[str, str], profile: Mapping[str, str], services: Mapping[str, Section]) -> None:
        self.environ = environ
        self.profile = profile
        self.services = services

    def variable(self, name: str) -> Found | None:
        """The first variable of a setting that holds something."""
        held = (Found(self.environ.get(variable, ""), variable) for variable in VARIABLES[name])
        return next((found for found in held if found.text), None)

    def setting(self, name: str) -> Found | None:
        """What the profile says of a setting."""
        text = self.profile.get(name)
        return Found(text, f"{name} in the AWS config file") if text else None

    def find(self, name: str) -> Found | None:
        """A setting from its variables, else from the profile."""
        return self.variable(name) or self.setting(name)


def _read(sources: Sources) -> Result[Configuration, InvalidEndpoint]:
    return Result.do(
        Configuration(
            region=_text(sources.find("region")),
            endpoint_url=url,
            fips=_is_true(sources.find("use_fips_endpoint")),
            dualstack=_is_true(sources.find("use_dualstack_endpoint")),
            ca_bundle=_text(sources.find("ca_bundle")),
            max_attempts=attempts,
            retry_mode=mode,
            proxies=_proxies(sources.environ),
        )
        for url in _endpoint_url(sources)
        for attempts in _max_attempts(sources.find("max_attempts"))
        for mode in _retry_mode(sources.find("retry_mode"))
    )


def _endpoint_url(sources: Sources) -> Result[str | None, InvalidEndpoint]:
    if _is_true(sources.find("ignore_configured_endpoint_urls")):
        return Success(None)
    variable = sources.variable("endpoint_url")
    if variable is not None:
        return Success(variable.text)
    return _of_services(sources).map(lambda url: url or _text(sources.setting("endpoint_url")))


def _of_services(sources: Sources) -> Result[str | None, InvalidEndpoint]:
    name = sources.setting("services")
    if name is None:
        return Success(None)
    section = sources.services.get(name.text)
    if section is None:
        return _refuse("the profile names a services section that the AWS config file does not have")
    block = section.get(SERVICE, {})
    if isinstance(block, str):
        return _refuse(f"{SERVICE} in the AWS config file is a value, not a block of settings")
    return Success(block.get("endpoint_url"))


def _max_attempts(found: Found | None) -> Result[int | None, InvalidEndpoint]:
    if found is None:
        return Success(None)
    try:
        attempts = int(found.text)
    except ValueError:
        attempts = 0
    return Success(attempts) if attempts > 0 else _refuse(f"{found.place} must be a whole number from 1 up")


def _retry_mode(found: Found | None) -> Result[str | None, InvalidEndpoint]:
    if found is None or found.text in RETRY_MODES:
        return Success(_text(found))
    return _refuse(f"{found.place} must be one of {', '.join(RETRY_MODES)}")


def _proxies(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((use, text) for use in ("http", "https", "no") if (text := _proxy(f"{use}_proxy", environ)))


def _proxy(name: str, environ: Mapping[str, str]) -> str | None:
    if name in list(environ):  # a look-up would find HTTP_PROXY too, where the system's names have no case
        return environ[name]
    believed = name != "http_proxy" or "REQUEST_METHOD" not in environ
    return environ.get(name.upper()) if believed else None


def _text(found: Found | None) -> str | None:
    return None if found is None else found.text


def _is_true(found: Found | None) -> bool:
    return found is not None and found.text.lower() == "true"


def _refuse(message: str) -> Failure[InvalidEndpoint]:
    return Failure(InvalidEndpoint(message))


configuration_region: Lens[Configuration, str | None] = Lens("region")
configuration_endpoint_url: Lens[Configuration, str | None] = Lens("endpoint_url")
configuration_fips: Lens[Configuration, bool] = Lens("fips")
configuration_dualstack: Lens[Configuration, bool] = Lens("dualstack")
configuration_ca_bundle: Lens[Configuration, str | None] = Lens("ca_bundle")
configuration_max_attempts: Lens[Configuration, int | None] = Lens("max_attempts")
configuration_retry_mode: Lens[Configuration, str | None] = Lens("retry_mode")
configuration_proxies: Lens[Configuration, tuple[tuple[str, str], ...]] = Lens("proxies")
