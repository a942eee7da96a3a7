"""The environment variables and the config file are read as botocore reads them."""

from __future__ import annotations

import configparser
import io
import os
import pickle
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import getproxies_environment

import botocore.session
import pytest
from botocore.config import Config
from botocore.configloader import load_config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError, ConfigParseError, InvalidConfigError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lensconnect import InvalidEndpoint, Result, Success, is_ok, resolve_endpoint
from lensconnect.interpreters.configuration import environment as config
from lensconnect.interpreters.configuration.aws_config_file import SERVICE, AwsFile, parse
from lensconnect.interpreters.configuration.environment import (
    VARIABLES,
    Configuration,
    read_configuration,
)
from lensconnect.record import fields, values

NAMES = VARIABLES.keys()
SECRET = "wJalrXUtnFEMI"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": SECRET}


def read(
    text: str | None = None, environ: Mapping[str, str] | None = None, profile: str | None = None
) -> Result[Configuration, InvalidEndpoint]:
    return read_configuration(profile=profile, environ=environ or {}, read_file=lambda _: text)


def refusal(text: str | None = None, environ: Mapping[str, str] | None = None, profile: str | None = None) -> str:
    return read(text, environ, profile).failure().message


# --- the file, against botocore's loader


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("aws") / "config"


HEADERS = st.sampled_from(
    [
        *["[default]", "[profile a]", "[services s]"] * 4,
        *["[profile default]", '[profile "a"]', "[profile a ]", "[ profile a]", "[profile  a]", "[profilex a]"],
        *[
            "[profile a b]",
            '[profile "a b"]',
            '[profile "a]',
            "[profile]",
            "[profile ]",
            "[a]",
            "[DEFAULT]",
            "[Default]",
        ],
        *[
            "[services]",
            "[servicesx s]",
            '[services "s"]',
            "[services a b]",
            "[sso-session a]",
            "[]",
            "[a",
            "[profile a] ; x",
            "[plugins]",
        ],
    ]
)
PLAIN_NAMES = sorted(NAMES - {"services"})
VALUES = st.sampled_from(
    ["true", "True", "FALSE", "yes", "1", "3", " 3 ", "-1", "0", "x", "standard", "legacy", "us-east-1", "http://h:1/b"]
)
NESTED = st.lists(
    st.sampled_from(
        [
            "endpoint_url = http://n",
            "endpoint_url=http://n?a=b",
            "Endpoint_URL = http://u",
            "# endpoint_url = no",
            "",
            "x = y",
            "endpoint_url =",
            "bad",
        ]
    ),
    max_size=3,
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 19))
    if kind <= 8:
        name = draw(st.sampled_from(PLAIN_NAMES))
        name = draw(st.sampled_from([name, name, name.upper()]))
        return (
            name
            + draw(st.sampled_from([" = ", "=", ": ", "  =\t"]))
            + draw(VALUES)
            + draw(st.sampled_from(["", " ", " # x"]))
        )
    if kind <= 10:
        return "services = " + draw(st.sampled_from(["s", "s", "absent", "a b"]))
    if kind <= 14:
        owner = draw(st.sampled_from([SERVICE, SERVICE, "s3", "region", "use_fips_endpoint"]))
        return f"{owner} =" + "".join(f"\n  {line}" for line in draw(NESTED))
    return draw(
        st.sampled_from(
            ["", "# note", "; note", "  # note", "aws_secret_access_key = " + SECRET, "= x", "junk", " more"]
        )
    )


@st.composite
def files(draw: st.DrawFn) -> bytes:
    sections = draw(st.lists(st.tuples(HEADERS, st.lists(lines(), max_size=4)), max_size=4))
    start = draw(st.sampled_from(["", "", "", "", "", "", "", "\n# note\n", "\ufeff", "region = x\n"]))
    text = start + "".join(f"{header}\n" + "".join(f"{line}\n" for line in body) for header, body in sections)
    data = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))).encode()
    if draw(st.integers(0, 19)) == 0:
        place = draw(st.integers(0, len(data)))
        data = (
            data[:place]
            + draw(st.sampled_from([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\x0b", b"\xe2\x80\xa8"]))
            + data[place:]
        )
    return data


TEXTS = st.text("[]=:#; \t\n\r\x0b\x85\u2028\\\"'abdefghilnoprstuv0é", max_size=60).map(str.encode)
"""Text that is rarely a config file."""


def text_of(path: Path) -> str:
    return config.read_file(str(path)) or ""


def load_with_botocore(path: Path) -> AwsFile | None:
    """Return the settings that botocore's loader reads; None if it refuses the file."""
    try:
        loaded: dict[str, Any] = load_config(str(path))
    except ConfigParseError:
        return None
    pick = {"profiles": NAMES, "services": {SERVICE}}
    return AwsFile(
        **{
            part: {name: {k: v for k, v in body.items() if k in pick[part]} for name, body in loaded[part].items()}
            for part in ("profiles", "services")
        }
    )


@pytest.mark.slow
@settings(max_examples=800)
@given(data=files() | TEXTS)
@example(data=b"\xef\xbb\xbf[default]\nregion = x\n")
@example(data=b"[default]\nregion = x\n[profile default]\nregion = y\n")
@example(data=b"[servicesx s]\nconnectparticipant =\n  x = y\n")
@example(data=b"[DEFAULT]\nregion = x\n[profile a]\n")
@example(data=b"[default]\ns3 =\n  no\n")
@example(data=b"# \xff\n[default]\n")
@example(data=b"[profile a]\r\nregion = x\r\n")
def test_a_file_is_parsed_as_botocore_parses_it(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    ours, theirs = parse(text_of(path), NAMES), load_with_botocore(path)
    assert ours.value_or(None) == theirs
    if theirs is None:
        assert line_of(ours.failure()) in range(1, len(text_of(path).split("\n")) + 1)


def line_of(refusal: InvalidEndpoint) -> int:
    return int(refusal.message.split("line ")[1].split()[0])


@settings(max_examples=150)
@given(files() | TEXTS)
def test_the_line_is_the_one_configparser_names(data: bytes) -> None:
    text = io.StringIO(data.decode(errors="replace"), newline=None).read()
    named, at_once = line_by_configparser(text)
    if named:
        ours = line_of(parse(text, NAMES).failure())
        assert ours == named or (ours < named and at_once)


def line_by_configparser(text: str) -> tuple[int, bool]:
    """Return the line that configparser names (0 for none), and whether it may hide earlier errors."""
    try:
        configparser.RawConfigParser().read_string(text)
    except configparser.MissingSectionHeaderError as error:
        return error.lineno, False
    except configparser.ParsingError as error:
        return error.errors[0][0], True
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
        return error.lineno or 0, True
    return 0, False


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"region = x\n", 1),
        (b"\xef\xbb\xbf[default]\n", 1),
        (b"[default]\n\nnonsense\nmore nonsense\n", 3),
        (b"[default]\nregion = a\n[x]\n[default]\n", 4),
        (b"[default]\nregion = a\nregion = b\n", 3),
        (b"[default]\nregion = a\n# \xff\n", 3),
        (b"[default]\nregion = a\r\n\r\ns3 =\r\n  x = y\r\n  password\r\nca_bundle = z\r\n", 6),
        (b"[default]\r\rnonsense\r", 3),
    ],
)
def test_the_error_of_an_unreadable_file_names_the_line(data: bytes, line: int, path: Path) -> None:
    path.write_bytes(data)
    message = parse(text_of(path), NAMES).failure().message
    assert f"line {line} " in message
    assert message.startswith("the AWS config file cannot be read: ")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_reader_may_leave_line_ends_as_they_are(end: str) -> None:
    assert read(AN_ORDINARY_FILE.replace("\n", end), profile="chat") == read(AN_ORDINARY_FILE, profile="chat")


BROKEN = """\ufeffjunk
[profile other]
junk
[default]
region = eu-west-2
services = mine
[services other]
connectparticipant =
  junk
[services mine]
connectparticipant =
  endpoint_url = https://mine.example
[profile other]
[profile \udcff]
"""


def test_of_a_broken_file_only_the_sections_that_are_used_are_judged() -> None:
    """A byte order mark, bad lines, sections written twice and bytes that are not UTF-8 elsewhere change nothing."""
    assert read(BROKEN).unwrap() == Configuration(region="eu-west-2", endpoint_url="https://mine.example")
    assert "line 3 " in refusal(BROKEN, profile="other")
    assert "line 9 " in refusal(BROKEN.replace("services = mine", "services = other"))
    assert read("\ufeff[default]\nregion = x\n").unwrap().region == "x"
    assert "line 2 " in refusal("[default]\njunk\n[profile a]\n")


@pytest.mark.parametrize("text", [None, "[profile x]\n", "[profile ghost\n"])
@pytest.mark.parametrize("name", ["region", "endpoint_url"])
def test_a_profile_of_a_variable_matters_only_where_it_is_needed(text: str | None, name: str) -> None:
    environ = {"AWS_PROFILE": "ghost"}
    variable = {"region": "AWS_REGION", "endpoint_url": "AWS_ENDPOINT_URL"}[name]
    assert "no profile 'ghost'" in refusal(text, environ)
    assert getattr(read(text, environ | {variable: "x"}).unwrap(), name) == "x"
    for profile, expected in ((None, Success(Configuration())), ("ghost", None)):
        found = read_configuration(profile=profile, environ=environ, read_file=lambda _: text, given={name})
        assert found == expected if expected else "no profile 'ghost'" in found.failure().message


def test_a_setting_that_code_gives_is_neither_read_nor_judged() -> None:
    text = "[default]\nregion =\n  a = b\nmax_attempts = many\nuse_fips_endpoint = true\nservices = nowhere\n"
    given = {"endpoint_url", "max_attempts"}
    assert read_configuration(environ={}, read_file=lambda _: text, given=given) == Success(Configuration())
    assert read_configuration(environ={}, read_file=lambda _: "junk", given=VARIABLES.keys()).unwrap()
    assert "no profile" in (
        read_configuration(profile="a", environ={}, read_file=lambda _: "", given=VARIABLES.keys()).failure().message
    )


def test_a_long_file_with_a_bad_line_is_refused_fast() -> None:
    good = "[profile p{0}]\nregion = x\n"
    text = "".join(good.format(number) for number in range(2_000)) + "bad\n" + "[q]\n" * 2_000
    assert "line 4001 " in refusal(text, profile="p1999")


# --- everything, against botocore's session


BOOLEANS = st.sampled_from(["true", "True", "TRUE", "tRuE", "false", "False", "1", "yes", "on", " true", "x"])
VARIABLE = {
    "AWS_DEFAULT_REGION": st.sampled_from(["eu-west-1", "xx", " "]),
    "AWS_CA_BUNDLE": st.sampled_from(["/ca.pem", "~/ca.pem"]),
    "AWS_USE_FIPS_ENDPOINT": BOOLEANS,
    "AWS_USE_DUALSTACK_ENDPOINT": BOOLEANS,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": BOOLEANS,
    "AWS_ENDPOINT_URL": st.sampled_from(["http://g", "https://g/base/"]),
    "AWS_ENDPOINT_URL_CONNECTPARTICIPANT": st.just("http://s"),
    "AWS_ENDPOINT_URL_CONNECT_PARTICIPANT": st.just("http://underscore"),
    "AWS_MAX_ATTEMPTS": st.sampled_from(["1", "5", " 5 ", "5_0", "0", "-1", "x", "1.5", "9" * 5_000]),
    "AWS_RETRY_MODE": st.sampled_from(["legacy", "standard", "adaptive", "Standard", "x"]),
    "AWS_PROFILE": st.sampled_from(["a", "a b", "default", "absent"]),
    "AWS_DEFAULT_PROFILE": st.sampled_from(["a", "absent"]),
} | {name: st.just(SECRET) for name in CREDENTIALS}


@st.composite
def environments(draw: st.DrawFn) -> dict[str, str]:
    names = draw(st.sets(st.sampled_from(sorted(VARIABLE)), max_size=5))
    return {name: draw(VARIABLE[name]) for name in sorted(names)}


@st.composite
def good_files(draw: st.DrawFn) -> bytes:
    """Files that mostly parse: distinct sections and keys, at most one kind of error."""
    out: list[str] = []
    for header in draw(st.lists(st.sampled_from(["default", "profile a", 'profile "a b"']), unique=True)):
        out.append(f"[{header}]")
        for name in draw(st.lists(st.sampled_from(PLAIN_NAMES), unique=True)):
            value = draw(BOOLEANS if name.startswith(("use", "ignore")) else VALUES)
            out.append(f"{name} = {value}")
        if draw(st.booleans()):
            out.append("services = " + draw(st.sampled_from(["s", "s", "s", "absent"])))
        if draw(st.booleans()):
            out.append(f"aws_secret_access_key = {SECRET}\naws_session_token = {SECRET}")
    if draw(st.booleans()):
        out += ["[services s]", "s3 =\n  endpoint_url = http://s3"]
        out += draw(st.sampled_from([[], [f"{SERVICE} =\n  endpoint_url = http://nested"], [f"{SERVICE} =\n  x = y"]]))
    return "\n".join([*out, ""]).encode()


def resolve_with_botocore(environ: dict[str, str], path: Path) -> Configuration | None:
    """Return the configuration that botocore resolves; None if it raises, or a client would.

    It differs by design in the order of the two profile variables and where nothing has the name `default`.
    """
    named = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    rest = {name: value for name, value in environ.items() if "PROFILE" not in name}
    places = {"AWS_CONFIG_FILE": str(path), "AWS_SHARED_CREDENTIALS_FILE": str(path.parent / "none")}
    with patch.dict(os.environ, rest | places, clear=True):
        try:
            session = botocore.session.Session(profile=named, include_builtin_handlers=False)
            if named == "default" not in session.available_profiles:
                session = botocore.session.Session(include_builtin_handlers=False)
            return from_session(session)
        except (BotoCoreError, ValueError, AttributeError):
            return None


def from_session(session: Any) -> Configuration:
    variable, section = session.get_config_variable, session.get_scoped_config()
    if any(isinstance(section.get(name), dict) for name in NAMES):
        raise ValueError("a block where botocore would hand it on, or fail with a TypeError")
    retries = {"mode": variable("retry_mode"), "total_max_attempts": variable("max_attempts")}
    Config(retries={name: value for name, value in retries.items() if value is not None})
    return Configuration(
        region=variable("region") or None,
        endpoint_url=None if variable("ignore_configured_endpoint_urls") else url_of(session, section),
        fips=bool(variable("use_fips_endpoint")),
        dualstack=bool(variable("use_dualstack_endpoint")),
        ca_bundle=variable("ca_bundle") or None,
        max_attempts=retries["total_max_attempts"],
        retry_mode=retries["mode"],
    )


def url_of(session: Any, section: dict[str, Any]) -> str | None:
    try:
        url: str | None = ConfiguredEndpointProvider(session.full_config, section, SERVICE).provide()
    except InvalidConfigError:
        if section["services"] not in session.full_config["services"]:
            raise
        url = section.get("endpoint_url") or None  # botocore takes an empty section for a missing one
    return url


def without_profile(environ: dict[str, str]) -> Result[Configuration, InvalidEndpoint]:
    """Read the variables alone, as if no profile were named."""
    rest = {name: value for name, value in environ.items() if "PROFILE" not in name}
    return read_configuration(environ=rest, read_file=lambda _: None)


def is_readable_by_botocore(path: Path) -> bool:
    try:
        load_config(str(path))
    except ConfigParseError:
        return False
    return True


@pytest.mark.slow
def test_environment_and_file_are_read_as_botocore_reads_them(path: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=800)
    @given(environments(), good_files() | good_files() | files())
    def compare(environ: dict[str, str], data: bytes) -> None:
        path.write_bytes(data)
        outcome = read_configuration(environ=environ | {"AWS_CONFIG_FILE": str(path)})
        ours = outcome.map(lambda found: found.__replace__(retry_mode=found.retry_mode or "standard"))
        theirs = resolve_with_botocore(environ, path)
        if theirs is None and is_ok(outcome):  # botocore judges what no call needs: unused sections, an unknown profile
            assert outcome == without_profile(environ) or not is_readable_by_botocore(path)
        else:
            assert ours.value_or(None) == theirs
        assert SECRET not in repr(outcome) + str(outcome.swap().map(str))
        seen.update(["refused"] if theirs is None else [name for name, value in values(theirs).items() if value])

    compare()
    assert seen.keys() == {field.name for field in fields(Configuration)} - {"proxies"} | {"refused"}


AN_ORDINARY_FILE = f"""
# what aws configure writes
[default]
region = us-east-1
output = json

[profile chat]
region = eu-west-2
services = local
max_attempts = 4
retry_mode = adaptive
aws_access_key_id = {SECRET}
aws_secret_access_key = {SECRET}
ca_bundle = /etc/ca.pem
use_fips_endpoint = false

[services local]
s3 =
  endpoint_url = http://127.0.0.1:1
connectparticipant =
  # the emulator
  endpoint_url = http://127.0.0.1:9000
"""


def test_an_ordinary_file() -> None:
    assert read(AN_ORDINARY_FILE) == Success(Configuration(region="us-east-1"))
    assert read(AN_ORDINARY_FILE, profile="chat") == Success(
        Configuration(
            region="eu-west-2",
            endpoint_url="http://127.0.0.1:9000",
            ca_bundle="/etc/ca.pem",
            max_attempts=4,
            retry_mode="adaptive",
        )
    )


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AWS_ENDPOINT_URL": "http://g"},
        {"AWS_MAX_ATTEMPTS": "7", "AWS_USE_DUALSTACK_ENDPOINT": "TRUE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ],
)
def test_a_botocore_client_has_the_same_settings(environ: dict[str, str], path: Path) -> None:
    path.write_text(AN_ORDINARY_FILE.replace("ca_bundle", "# ca_bundle"))
    environ = environ | {"AWS_CONFIG_FILE": str(path), "AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_PROFILE": "chat"}
    ours = read_configuration(environ=environ).unwrap()
    with patch.dict(os.environ, environ, clear=True):
        client = botocore.session.Session().create_client("connectparticipant")
    endpoint = resolve_endpoint(ours.region, fips=ours.fips, dualstack=ours.dualstack, url=ours.endpoint_url)
    assert client.meta.endpoint_url == endpoint.unwrap().url
    assert client.meta.config.retries == {"total_max_attempts": ours.max_attempts, "mode": ours.retry_mode}


# --- what is decided here


@pytest.mark.parametrize(
    ("environ", "region"),
    [
        ({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "a"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "b"}, "b"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "file"),
        ({}, "file"),
        ({"AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "q"}, "of-p"),
        ({"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "q"}, "of-q"),
        ({"AWS_PROFILE": "q", "AWS_REGION": "a"}, "a"),
    ],
)
def test_the_order_of_regions_and_profiles(environ: dict[str, str], region: str) -> None:
    text = "[default]\nregion = file\n[profile p]\nregion = of-p\n[profile q]\nregion = of-q\n"
    assert read(text, environ).unwrap().region == region
    assert read(text, environ, profile="p").unwrap().region == (region if region in "ab" else "of-p")
    assert read(text, environ, profile="") == read(text, environ)


URLS = """[default]
endpoint_url = http://profile
services = s
[services s]
connectparticipant =
  endpoint_url = http://nested
"""


@pytest.mark.parametrize(
    ("text", "environ", "url"),
    [
        (URLS, {"AWS_ENDPOINT_URL_CONNECTPARTICIPANT": "http://one", "AWS_ENDPOINT_URL": "http://all"}, "http://one"),
        (URLS, {"AWS_ENDPOINT_URL_CONNECTPARTICIPANT": "", "AWS_ENDPOINT_URL": "http://all"}, "http://all"),
        (URLS, {"AWS_ENDPOINT_URL": ""}, "http://nested"),
        (URLS.replace("http://nested", ""), {}, "http://profile"),
        (URLS.replace("services = s", "services ="), {}, "http://profile"),
        (URLS, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True", "AWS_ENDPOINT_URL": "http://all"}, None),
        (URLS.replace("]", "]\nignore_configured_endpoint_urls = true", 1), {"AWS_ENDPOINT_URL": "http://all"}, None),
        (
            URLS.replace("]", "]\nignore_configured_endpoint_urls = true", 1),
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
            "http://nested",
        ),
    ],
)
def test_the_order_of_endpoint_urls(text: str, environ: dict[str, str], url: str | None) -> None:
    assert read(text, environ).unwrap().endpoint_url == url


@settings(max_examples=100)
@given(environments(), st.sets(st.sampled_from([*sorted(VARIABLE), "AWS_REGION", "HTTPS_PROXY"])), good_files())
def test_an_empty_variable_counts_as_absent(environ: dict[str, str], emptied: set[str], data: bytes) -> None:
    text = data.decode()
    absent = {name: value for name, value in environ.items() if name not in emptied}
    assert read(text, environ | dict.fromkeys(emptied, "")) == read(text, absent)


@settings(max_examples=100)
@given(environments(), st.lists(st.sampled_from(PLAIN_NAMES), unique=True))
def test_an_empty_setting_counts_as_absent(environ: dict[str, str], names: list[str]) -> None:
    environ = {name: value for name, value in environ.items() if "PROFILE" not in name}
    assert read("[default]\n" + "".join(f"{name} =\n" for name in names), environ) == read("", environ)


@pytest.mark.parametrize("text", [None, "", "[profile other]\n", AN_ORDINARY_FILE])
def test_a_profile_that_does_not_exist_is_refused_by_name(text: str | None) -> None:
    for message in (
        refusal(text, profile="absent"),
        refusal(text, {"AWS_PROFILE": "absent"}),
        refusal(text, {"AWS_DEFAULT_PROFILE": "absent"}),
    ):
        assert message == "the AWS config file has no profile 'absent' (the credentials file is not read)"


@pytest.mark.parametrize("text", [None, "", "[profile other]\nregion = x\n"])
def test_the_default_profile_need_not_exist(text: str | None) -> None:
    assert read(text) == read(text, profile="default") == read(text, {"AWS_PROFILE": "default"})
    assert read(text) == Success(Configuration())


@pytest.mark.parametrize("bad", ["0", "-1", "x", "1.5", "1e3", "9" * 5_000, SECRET])
def test_a_bad_number_of_attempts_is_refused_with_its_source(bad: str) -> None:
    text = f"[default]\nmax_attempts = {bad}\n"
    assert refusal(None, {"AWS_MAX_ATTEMPTS": bad}) == "AWS_MAX_ATTEMPTS must be a whole number from 1 up"
    assert refusal(text) == "max_attempts in the AWS config file must be a whole number from 1 up"
    assert read(text, {"AWS_MAX_ATTEMPTS": "3"}).unwrap().max_attempts == 3


@pytest.mark.parametrize("bad", ["Standard", "none", SECRET])
def test_a_bad_retry_mode_is_refused_with_its_source(bad: str) -> None:
    text = f"[default]\nretry_mode = {bad}\n"
    assert refusal(None, {"AWS_RETRY_MODE": bad}) == "AWS_RETRY_MODE must be one of legacy, standard, adaptive"
    assert refusal(text) == "retry_mode in the AWS config file must be one of legacy, standard, adaptive"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[default]\nregion =\n  a = b\n", "region in the AWS config file is a block"),
        ("[default]\nservices = x\n", "the profile names a services section"),
        ("[default]\nservices = s\n[services s]\nconnectparticipant = http://x\n", "connectparticipant in the AWS"),
    ],
)
def test_a_setting_of_the_wrong_form_is_refused(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_a_broken_services_section_matters_only_where_it_is_asked() -> None:
    text = "[default]\nservices = absent\n"
    assert read(text, {"AWS_ENDPOINT_URL": "http://x"}).unwrap().endpoint_url == "http://x"
    assert read(text, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}).unwrap().endpoint_url is None


def test_an_empty_services_section_exists() -> None:
    assert read("[default]\nservices = s\nendpoint_url = http://x\n[services s]\n").unwrap().endpoint_url == "http://x"


def test_fips_with_an_endpoint_url_is_kept_for_the_rule_set_to_refuse() -> None:
    found = read(None, {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_ENDPOINT_URL": "https://x"}).unwrap()
    assert (found.fips, found.endpoint_url) == (True, "https://x")
    assert "FIPS" in resolve_endpoint(None, fips=found.fips, url=found.endpoint_url).failure().message


# --- proxies, against urllib

PROXY_NAMES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "REQUEST_METHOD"]


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from(PROXY_NAMES), st.sampled_from(["", "http://a", "http://u:p@b:1", "c:3128", "*"]))
)
def test_proxies_are_the_ones_urllib_finds(environ: dict[str, str]) -> None:
    with patch.dict(os.environ, environ, clear=True):
        theirs = getproxies_environment()
        assert read_configuration(read_file=lambda _: None) == read(None, environ)
    assert dict(read(None, environ).unwrap().proxies) == theirs


class AsOnWindows(dict[str, str]):
    """Look-ups ignore case; listed names are in upper case."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.upper(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.upper())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).upper())


def test_a_cgi_client_cannot_set_the_proxy_where_names_have_no_case() -> None:
    environ = AsOnWindows(HTTP_PROXY="http://attacker", HTTPS_PROXY="http://p", REQUEST_METHOD="GET")
    assert read(None, environ).unwrap().proxies == (("https", "http://p"),)


# --- secrets


class Guarded(dict[str, str]):
    """An environment that fails a read of a credential."""

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in list(self) else default

    def __getitem__(self, name: str) -> str:
        assert name not in CREDENTIALS
        return super().__getitem__(name)

    def items(self) -> Any:
        raise AssertionError

    values = items


def test_no_credentials_are_read() -> None:
    asked: list[str] = []
    environ = Guarded(CREDENTIALS | {"AWS_SHARED_CREDENTIALS_FILE": "/secret", "AWS_CONFIG_FILE": "/config"})

    def answer(path: str) -> str:
        asked.append(path)
        return AN_ORDINARY_FILE

    found = read_configuration(profile="chat", environ=environ, read_file=answer).unwrap()
    assert asked == ["/config"]
    assert SECRET not in str(pickle.dumps(found))
    assert SECRET not in repr(parse(AN_ORDINARY_FILE, NAMES))
    assert parse(AN_ORDINARY_FILE, NAMES).unwrap().services == {
        "local": {"connectparticipant": {"endpoint_url": "http://127.0.0.1:9000"}}
    }


@settings(max_examples=100)
@given(
    st.integers(0, 12), st.sampled_from([SECRET, f"[{SECRET}", f"= {SECRET}", f"s3 =\n  {SECRET}", f"\ud800{SECRET}"])
)
def test_an_error_never_quotes_the_file(place: int, bad: str) -> None:
    lines = AN_ORDINARY_FILE.split("\n")
    outcome = read("\n".join([*lines[:place], bad, *lines[place:]]))
    assert SECRET not in repr(outcome)


def test_no_rendering_shows_a_proxy_or_a_user_of_an_endpoint() -> None:
    environ = {"HTTPS_PROXY": f"http://u:{SECRET}@p:1", "AWS_ENDPOINT_URL": f"https://u:{SECRET}@h/base"}
    found = read(None, environ).unwrap()
    assert found.proxies == (("https", f"http://u:{SECRET}@p:1"),)
    for text in (repr(found), str(found), f"{found}", repr(Success(found)), str(found.__rich_repr__())):
        assert SECRET not in text
        assert "***" in text
    for url in (f"https://u:{SECRET}/x@h", f"u:{SECRET}@h", f"https://h/?key={SECRET}", f"https:{SECRET}"):
        assert SECRET not in repr(Configuration(endpoint_url=url))


def test_a_repr_shows_the_settings_that_are_not_secret() -> None:
    found = Configuration(region="eu-west-2", endpoint_url="http://127.0.0.1:9000", proxies=(("http", SECRET),))
    assert repr(found) == (
        "Configuration(region='eu-west-2', endpoint_url='http://127.0.0.1:9000', fips=False, dualstack=False, proxies='***')"
    )
    assert repr(Configuration()) == "Configuration(fips=False, dualstack=False)"


# --- the edge


def test_read_file_reads_existing_files(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_bytes(b"[default]\r\nregion = eu-west-2\r\n")
    with patch.dict(os.environ, {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "PLACE": str(tmp_path)}):
        for path in (str(file), "~/config", "$PLACE/config"):
            assert config.read_file(path) == "[default]\nregion = eu-west-2\n"
            assert read_configuration(environ={"AWS_CONFIG_FILE": path}).unwrap().region == "eu-west-2"
        (tmp_path / ".aws").mkdir()
        file.rename(tmp_path / ".aws" / "config")
        for environ in ({}, {"AWS_CONFIG_FILE": ""}):
            assert read_configuration(environ=environ).unwrap().region == "eu-west-2"


def test_read_file_returns_none_for_unreadable_paths(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("absent", "pipe", "", "nul\0", "half\ud800"):
        assert config.read_file(str(tmp_path / path)) is None
    (tmp_path / "there").write_text("x")
    with patch("builtins.open", side_effect=PermissionError):
        assert config.read_file(str(tmp_path / "there")) is None


def test_a_byte_that_is_not_utf_8_is_half_a_surrogate_pair(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xff")
    assert config.read_file(str(tmp_path / "f")) == "\udcff"


# --- the record


def test_a_configuration_pickles() -> None:
    found = Configuration(region="x", proxies=(("no", "*"),))
    assert pickle.loads(pickle.dumps(found)) == found
