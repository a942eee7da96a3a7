"""read_configuration: the AWS environment variables and the AWS config file.

    environ ─┬─ path and profile ── read_file ── parse ─┐
             └─ variables, proxies ─────────────────────┴─ Configuration or InvalidEndpoint

A setting is read from its variables first, then from the profile.  No credentials are read: not their file, not
their variables, not their keys.

Options of code go before both: a setting named in `given` is neither read nor checked, and of the file only the
sections that the profile uses are.

Facts (botocore 1.44.5, and the AWS SDKs and Tools Reference Guide for the names; the tests compare with botocore):
there are five differences.  `AWS_REGION` is read, before `AWS_DEFAULT_REGION`.  `AWS_PROFILE` goes before
`AWS_DEFAULT_PROFILE`, not after.  An empty variable or setting counts as absent.  A profile that only the credentials
file has does not exist here: named by a variable, it counts as empty where region or endpoint URL is known without it;
the profile `default` need not exist.  An error in another profile's section, and a byte order mark, change nothing.
Of two proxy variables the lower-case name wins,
and switches the proxy off when it is empty (Python's `urllib`); `HTTP_PROXY` is ignored under CGI, where a client can
set it (httpoxy, CVE-2016-5385).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import masked_url
from lensconnect.marks import SECRET
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success, is_err

if TYPE_CHECKING:
    from lensconnect.interpreters.configuration.aws_config_file import Section

_Sections: TypeAlias = "Mapping[str, Section]"

DEFAULT: Final = "default"
NOTHING: Final[Mapping[str, str]] = {}
CONFIG_FILE: Final = "~/.aws/config"
RETRY_MODES: Final = ("legacy", "standard", "adaptive")

VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "ca_bundle": ("AWS_CA_BUNDLE",),
    "endpoint_url": ("AWS_ENDPOINT_URL_CONNECTPARTICIPANT", "AWS_ENDPOINT_URL"),
    "ignore_configured_endpoint_urls": ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",),
    "max_attempts": ("AWS_MAX_ATTEMPTS",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "retry_mode": ("AWS_RETRY_MODE",),
    "services": (),
    "use_dualstack_endpoint": ("AWS_USE_DUALSTACK_ENDPOINT",),
    "use_fips_endpoint": ("AWS_USE_FIPS_ENDPOINT",),
}
"""The settings of a profile that are read, and the variables that go before each."""
_OF_ENDPOINT: Final = frozenset(VARIABLES) - {"ca_bundle", "max_attempts", "retry_mode"}
"""The settings that say where the service is."""


class Configuration(Record, frozen=True, kw_only=True):
    """The configured settings; `None`, `False` and `()` for those that are not configured.

    `region` and `endpoint_url` are not checked: `resolve_endpoint` does that.  `ca_bundle` is a path.
    `max_attempts` includes the first attempt and is at least 1; `retry_mode` is "legacy", "standard" or "adaptive".
    `proxies` are pairs of "http", "https" or "no" with the text of the variable, which for a proxy may lack a scheme
    and may hold a password.
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
            shown["endpoint_url"] = masked_url(url)
        if not self.proxies:
            del shown["proxies"]
        return list(shown.items())


class _Value(NamedTuple):
    """The text of a setting, and the variable or key it was read from."""

    text: str
    source: str


def read_file(path: str) -> str | None:
    """Return the text of a file, `None` if it cannot be read; `~` and `$NAME` in its path are expanded.

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
    given: Set[str] = frozenset(),
) -> Result[Configuration, InvalidEndpoint]:
    """Read the environment (`os.environ` unless given) and the config file.

    `given` are the keys of `VARIABLES` that an option replaces: they are neither read nor checked.  An endpoint URL decides
    all that says where the service is.

    Fails with `InvalidEndpoint` if `profile` does not exist, if a profile that a variable names does not exist and
    neither region nor endpoint URL is known without it, if a section that the profile uses cannot be parsed, or if a
    setting is not one of the values it may have.

    >>> read_configuration(environ={"AWS_REGION": "eu-west-2"}, read_file=lambda path: None)
    <Success: Configuration(region='eu-west-2', fips=False, dualstack=False)>
    """
    variables = os.environ if environ is None else environ
    path = variables.get("AWS_CONFIG_FILE") or CONFIG_FILE
    named = profile or variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE") or DEFAULT
    needed = VARIABLES.keys() - given - (_OF_ENDPOINT if "endpoint_url" in given else frozenset())
    if not needed and not profile:
        return _read(_Sources(variables, {}, {}, needed))
    parsed = _parse(read_file(path), named, needed)
    if is_err(parsed):
        return parsed
    return _configuration(named, *parsed.unwrap(), variables, needed, must_exist=bool(profile))


def _parse(text: str | None, profile: str, needed: Set[str]) -> Result[tuple[_Sections, _Sections], InvalidEndpoint]:
    """Return the profiles and the services of a file's text."""
    if not text:
        return Success(({}, {}))
    from lensconnect.interpreters.configuration.aws_config_file import parse_profile  # it loads `configparser`

    return parse_profile(text, profile, needed)


def _configuration(
    profile: str,
    profiles: _Sections,
    services: _Sections,
    environ: Mapping[str, str],
    needed: Set[str],
    *,
    must_exist: bool,
) -> Result[Configuration, InvalidEndpoint]:
    section = profiles.get(profile, NOTHING if profile == DEFAULT else None)
    if section is None:
        unknown = _refuse(f"the AWS config file has no profile {profile!r} (the credentials file is not read)")
        without = _read(_Sources(environ, {}, {}, needed))
        if must_exist:
            return unknown
        return without if is_err(without) or _is_found(without.unwrap(), needed) else unknown
    values = {name: value for name, value in section.items() if isinstance(value, str)}
    if blocks := section.keys() - values.keys():
        return _refuse(f"{min(blocks)} in the AWS config file is a block of settings, not a value")
    return _read(_Sources(environ, values, services, needed))


def _is_found(configuration: Configuration, needed: Set[str]) -> bool:
    """Return whether region or endpoint URL is known."""
    return "region" not in needed or bool(configuration.region or configuration.endpoint_url)


class _Sources:
    """The variables and the profile that the needed settings are read from.  No rendering shows their text."""

    def __init__(
        self,
        environ: Mapping[str, str],
        profile: Mapping[str, str],
        services: _Sections,
        needed: Set[str],
    ) -> None:
        self.environ = environ
        self.profile = profile
        self.services = services
        self.needed = needed

    def variable(self, name: str) -> _Value | None:
        """Return the first variable of a needed setting that is not empty."""
        variables = VARIABLES[name] if name in self.needed else ()
        values = (_Value(self.environ.get(variable, ""), variable) for variable in variables)
        return next((value for value in values if value.text), None)

    def setting(self, name: str) -> _Value | None:
        """Return a setting of the profile, if it is not empty."""
        text = self.profile.get(name)
        return _Value(text, f"{name} in the AWS config file") if text else None

    def find(self, name: str) -> _Value | None:
        """Return a setting from its variables, else from the profile."""
        return self.variable(name) or self.setting(name)


def _read(sources: _Sources) -> Result[Configuration, InvalidEndpoint]:
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


def _endpoint_url(sources: _Sources) -> Result[str | None, InvalidEndpoint]:
    if _is_true(sources.find("ignore_configured_endpoint_urls")):
        return Success(None)
    variable = sources.variable("endpoint_url")
    if variable is not None:
        return Success(variable.text)
    return _services_url(sources).map(lambda url: url or _text(sources.setting("endpoint_url")))


def _services_url(sources: _Sources) -> Result[str | None, InvalidEndpoint]:
    name = sources.setting("services")
    if name is None:
        return Success(None)
    from lensconnect.interpreters.configuration.aws_config_file import SERVICE  # as above

    section = sources.services.get(name.text)
    if section is None:
        return _refuse("the profile names a services section that the AWS config file does not have")
    block = section.get(SERVICE, {})
    if isinstance(block, str):
        return _refuse(f"{SERVICE} in the AWS config file is a value, not a block of settings")
    return Success(block.get("endpoint_url"))


def _max_attempts(value: _Value | None) -> Result[int | None, InvalidEndpoint]:
    if value is None:
        return Success(None)
    try:
        attempts = int(value.text)
    except ValueError:
        attempts = 0
    return Success(attempts) if attempts > 0 else _refuse(f"{value.source} must be a whole number from 1 up")


def _retry_mode(value: _Value | None) -> Result[str | None, InvalidEndpoint]:
    if value is None or value.text in RETRY_MODES:
        return Success(_text(value))
    return _refuse(f"{value.source} must be one of {', '.join(RETRY_MODES)}")


def _proxies(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((use, text) for use in ("http", "https", "no") if (text := _proxy(f"{use}_proxy", environ)))


def _proxy(name: str, environ: Mapping[str, str]) -> str | None:
    if name in list(environ):  # a look-up would find HTTP_PROXY too, where the system's names have no case
        return environ[name]
    is_cgi = "REQUEST_METHOD" in environ
    return None if is_cgi and name == "http_proxy" else environ.get(name.upper())


def _text(value: _Value | None) -> str | None:
    return None if value is None else value.text


def _is_true(value: _Value | None) -> bool:
    return value is not None and value.text.lower() == "true"


def _refuse(message: str) -> Failure[InvalidEndpoint]:
    return Failure(InvalidEndpoint(message))
