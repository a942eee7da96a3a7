"""resolve_endpoint: botocore's rule set and partitions, golden URLs, and refused arguments."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import Endpoint, InvalidEndpoint, Success, resolve_endpoint
from lensconnect.wire.endpoint import is_loopback

LOADER = Loader()
PARTITIONS: list[dict[str, Any]] = LOADER.load_data("partitions")["partitions"]
RULES = EndpointProvider(
    LOADER.load_service_model("connectparticipant", "endpoint-rule-set-1"), LOADER.load_data("partitions")
)
LISTED = sorted(region for partition in PARTITIONS for region in partition["regions"])
FLAGS = list(itertools.product((False, True), repeat=2))


def by_botocore(region: str, fips: bool, dualstack: bool) -> str:
    return str(RULES.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack).url)


def by_us(region: str, fips: bool, dualstack: bool) -> str:
    return resolve_endpoint(region, fips=fips, dualstack=dualstack).unwrap().url


def test_the_rules_cover_every_partition() -> None:
    assert len(PARTITIONS) == 8
    assert len(LISTED) > 40
    assert {"aws-global", "aws-cn-global", "aws-us-gov-global", "aws-iso-f-global"} < set(LISTED)


@pytest.mark.parametrize(("fips", "dualstack"), FLAGS)
def test_every_listed_region_and_pseudo_region(fips: bool, dualstack: bool) -> None:
    ours = {region: by_us(region, fips, dualstack) for region in LISTED}
    assert ours == {region: by_botocore(region, fips, dualstack) for region in LISTED}


PREFIXES = [
    "us",
    "eu",
    "ap",
    "sa",
    "ca",
    "me",
    "af",
    "il",
    "mx",
    "cn",
    "eusc",
    "eusc-de",
    "us-iso",
    "us-isob",
    "eu-isoe",
    "us-isof",
    "us-gov",
    "xx",
    "US",
    "Cn",
    "usa",
    "aws-cn",
]
AREAS = ["east", "west", "north-1", "global", "west-1", "gov-east", "isob-east", "de", "x", "east_1", "e"]
region_like = st.builds(
    "-".join,
    st.tuples(st.sampled_from(PREFIXES), st.sampled_from(AREAS), st.from_regex(r"[0-9]{1,3}[a-z]?", fullmatch=True)),
)
host_labels = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?", fullmatch=True)


@given(region_like | host_labels, st.booleans(), st.booleans())
def test_any_region_like_name(region: str, fips: bool, dualstack: bool) -> None:
    outcome = resolve_endpoint(region, fips=fips, dualstack=dualstack)
    if "_" in region or region.isdigit():  # botocore refuses these as names of a region before its rules run
        assert isinstance(outcome.failure(), InvalidEndpoint)
    else:
        assert outcome.unwrap().url == by_botocore(region, fips, dualstack)


SUFFIXES = {
    "us-east-1": ("amazonaws.com", "api.aws"),
    "cn-north-1": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "us-iso-east-1": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-east-1": ("sc2s.sgov.gov", "api.aws.scloud"),
    "eu-isoe-west-1": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "us-isof-south-1": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    "eusc-de-east-1": ("amazonaws.eu", "api.amazonwebservices.eu"),
    "xx-fake-1": ("amazonaws.com", "api.aws"),
}


@pytest.mark.parametrize("region", SUFFIXES)
def test_golden_urls(region: str) -> None:
    plain, dual = SUFFIXES[region]
    assert [by_us(region, fips, dualstack) for fips, dualstack in FLAGS] == [
        f"https://participant.connect.{region}.{plain}",
        f"https://participant.connect.{region}.{dual}",
        f"https://participant.connect-fips.{region}.{plain}",
        f"https://participant.connect-fips.{region}.{dual}",
    ]


def test_golden_urls_of_us_gov_whose_fips_host_is_the_plain_one() -> None:
    assert [by_us("us-gov-west-1", fips, dualstack) for fips, dualstack in FLAGS] == [
        "https://participant.connect.us-gov-west-1.amazonaws.com",
        "https://participant.connect.us-gov-west-1.api.aws",
        "https://participant.connect.us-gov-west-1.amazonaws.com",
        "https://participant.connect-fips.us-gov-west-1.api.aws",
    ]


CUSTOM = (
    "http://127.0.0.1:9000",
    "http://127.0.0.1:9000/base",
    "http://127.0.0.1:9000/base/",
    "https://example.com/",
    "https://[::1]:8443/a/b",
    "HTTPS://EXAMPLE.com",
    "https://xn--bcher-kva.example",
)


@pytest.mark.parametrize("url", CUSTOM)
def test_a_custom_url_is_used_unchanged(url: str) -> None:
    assert resolve_endpoint(url=url) == resolve_endpoint("us-east-1", url=url) == Success(Endpoint(url))
    assert resolve_endpoint("not a region", url=url) == Success(Endpoint(url))


@pytest.mark.parametrize("flag", ["fips", "dualstack"])
def test_a_custom_url_excludes_fips_and_dual_stack(flag: str) -> None:
    chosen = {"fips": flag == "fips", "dualstack": flag == "dualstack"}
    assert isinstance(resolve_endpoint("us-east-1", url=CUSTOM[0], **chosen).failure(), InvalidEndpoint)


HUSH = "hush-hush"
BAD_URLS = (
    "",
    "example.com",
    "//example.com",
    "/base",
    "https://",
    "https:///base",
    "https://:443",
    "ftp://example.com",
    "wss://example.com",
    "file:///etc/hosts",
    "https://example.com:port",
    "https://example.com:70000",
    "https://[::1",
    "https://exa mple.com",
    "https://example.com/\r\nX-Evil: 1",
    "https://example.com/\x00",
    "https://bücher.example",
    "https://example.com/?",
    "https://example.com/#",
    f"https://example.com/?token={HUSH}",
    f"https://example.com/#{HUSH}",
    f"https://{HUSH}@example.com",
    f"https://user:{HUSH}@example.com/base",
    f"https://user:{HUSH}@example.com:port",
    f"https://user:{HUSH}@exa mple.com",
    f"{HUSH}://example.com",
)


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_bad_url_is_a_failure_that_does_not_repeat_it(url: str) -> None:
    error = resolve_endpoint(url=url).failure()
    assert isinstance(error, InvalidEndpoint)
    assert HUSH not in f"{error!r} {error}"


BAD_REGIONS = (None, "", "12345", "-us-east-1", "us-east-1-", "us_east_1", "us east 1", "us-east-1\n", "us.east", "a/b")
HOSTILE_REGIONS = (
    f"evil.example/{HUSH}",
    f"{HUSH}@evil",
    f"{HUSH}#",
    "é-1",
    "a" * 64,
    "us-east-1\r\nHost: evil",
    "\ud800",
)


@pytest.mark.parametrize("region", BAD_REGIONS + HOSTILE_REGIONS)
def test_a_bad_region_is_a_failure_that_does_not_repeat_it(region: str | None) -> None:
    error = resolve_endpoint(region).failure()
    assert isinstance(error, InvalidEndpoint)
    assert HUSH not in f"{error!r} {error}"


@given(st.text() | st.none(), st.booleans(), st.booleans(), st.none() | st.text())
def test_nothing_raises(region: str | None, fips: bool, dualstack: bool, url: str | None) -> None:
    resolve_endpoint(region, fips=fips, dualstack=dualstack, url=url)


def test_it_says_what_is_wrong_with_a_region_and_how_to_give_one() -> None:
    label = "the region is not a host label, 1 to 63 letters, digits and inner hyphens"
    wrong = {"us-east-17 ": "it has 11 characters, character 11 is ' '", "x" * 100: "it has 100 characters"}
    for region, reason in wrong.items():
        assert resolve_endpoint(region).failure().message == f"{label}: {reason}"
    assert resolve_endpoint().failure().message == "no region: give region= or an endpoint URL, or set AWS_REGION"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("localhost.example", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("", False),
    ],
)
def test_a_host_is_loopback_by_its_name_or_its_address(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
