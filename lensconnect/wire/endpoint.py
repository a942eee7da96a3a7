"""resolve_endpoint: AWS's endpoint rule set of the service, as a table and a function.

Facts (botocore 1.44.5: `endpoint-rule-set-1.json` of `connectparticipant`, and `partitions.json`): a region
belongs to the partition that lists it, otherwise to the first partition whose pattern matches, otherwise to
`aws`.  Every partition has FIPS and dual-stack hosts.  The FIPS host of us-gov is the plain host, unless
dual-stack is on too.
"""

from __future__ import annotations

import re
from types import NoneType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from lensconnect.arguments import expect
from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.results import Failure, Result, Success


class Partition(NamedTuple):
    """A set of regions with common domain names."""

    name: str
    regions: str
    dns_suffix: str
    dual_stack_dns_suffix: str
    pseudo_region: str | None
    fips_host: str = "participant.connect-fips"


PARTITIONS: Final = (
    Partition("aws", r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+", "amazonaws.com", "api.aws", "aws-global"),
    Partition("aws-cn", r"cn-\w+-\d+", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "aws-cn-global"),
    Partition("aws-eusc", r"eusc-(de)-\w+-\d+", "amazonaws.eu", "api.amazonwebservices.eu", None),
    Partition("aws-iso", r"us-iso-\w+-\d+", "c2s.ic.gov", "api.aws.ic.gov", "aws-iso-global"),
    Partition("aws-iso-b", r"us-isob-\w+-\d+", "sc2s.sgov.gov", "api.aws.scloud", "aws-iso-b-global"),
    Partition("aws-iso-e", r"eu-isoe-\w+-\d+", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "aws-iso-e-global"),
    Partition("aws-iso-f", r"us-isof-\w+-\d+", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "aws-iso-f-global"),
    Partition("aws-us-gov", r"us-gov-\w+-\d+", "amazonaws.com", "api.aws", "aws-us-gov-global", "participant.connect"),
)
"""The partitions, in the order in which their patterns are tried."""

_REGION: Final = re.compile(r"(?![0-9]+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)")
_PRINTABLE: Final = re.compile(r"[!-~]+")


def partition_of(region: str) -> Partition:
    """Return the partition of a region; an unknown region belongs to `aws`.

    >>> partition_of("cn-north-1").name, partition_of("xx-fake-1").name
    ('aws-cn', 'aws')
    """
    listed = (partition for partition in PARTITIONS if partition.pseudo_region == region)
    matching = (partition for partition in PARTITIONS if re.fullmatch(partition.regions, region, re.ASCII))
    return next(listed, None) or next(matching, PARTITIONS[0])


def resolve_endpoint(
    region: str | None = None, *, fips: bool = False, dualstack: bool = False, url: str | None = None
) -> Result[Endpoint, InvalidEndpoint]:
    """Return the endpoint: `url` unchanged if it is given, otherwise the host of the region.

    `InvalidEndpoint` if there is neither, if the region is no host label, if the URL is not an absolute http or
    https URL without user, query and fragment, or if a flag is combined with a URL.

    >>> resolve_endpoint("us-west-2", fips=True).unwrap().url
    'https://participant.connect-fips.us-west-2.amazonaws.com'
    """
    expect("resolve_endpoint: region", region, (str, NoneType), "text or None")
    expect("resolve_endpoint: url", url, (str, NoneType), "text or None")
    if url is not None:
        return _custom(url, fips=fips, dualstack=dualstack)
    if not region:
        return Failure(InvalidEndpoint("no region: give region= or an endpoint URL, or set AWS_REGION"))
    if _REGION.fullmatch(region) is None:
        wrong = re.search("[^A-Za-z0-9-]", region)
        where = "" if wrong is None else f", character {wrong.start() + 1} is {wrong[0]!r}"
        size = f"it has {len(region)} characters{where}"
        label = "the region is not a host label, 1 to 63 letters, digits and inner hyphens"
        return Failure(InvalidEndpoint(f"{label}: {size}"))
    partition = partition_of(region)
    suffix = partition.dual_stack_dns_suffix if dualstack else partition.dns_suffix
    plain = partition.fips_host if not dualstack else Partition._field_defaults["fips_host"]
    host = plain if fips else "participant.connect"
    return Success(Endpoint(f"https://{host}.{region}.{suffix}"))


def _custom(url: str, *, fips: bool, dualstack: bool) -> Result[Endpoint, InvalidEndpoint]:
    if fips:
        return Failure(InvalidEndpoint("FIPS cannot be combined with a custom endpoint URL"))
    if dualstack:
        return Failure(InvalidEndpoint("dual-stack cannot be combined with a custom endpoint URL"))
    problem = _problem(url)
    return Success(Endpoint(url)) if problem is None else Failure(InvalidEndpoint(problem))


def _problem(url: str) -> str | None:
    """Return the reason why a URL is no endpoint, without repeating it; `None` if it is one."""
    if not _PRINTABLE.fullmatch(url):
        return "the endpoint URL holds characters a URL cannot"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "the endpoint URL has no valid host and port"
    if parts.scheme not in ("http", "https") or not host:
        return "the endpoint URL is not absolute: it starts with https:// (or http://) and a host"
    if "@" in parts.netloc:
        return "the endpoint URL holds a user name; the service takes none"
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        return "the endpoint URL has a query or a fragment"
    return None


def is_loopback(host: str) -> bool:
    """Return whether a host, without brackets and port, is "localhost" or a loopback address (RFC 6890)."""
    from ipaddress import ip_address  # only a plain-http endpoint needs it

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
