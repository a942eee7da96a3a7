"""`lensconnect doc` lists the operations and documents each."""

from __future__ import annotations

from helpers.command_line import lensconnect

from lensconnect import OPERATIONS
from lensconnect.cli.options import command_name


def test_every_operation_is_listed_by_doc_and_by_the_help_of_describe() -> None:
    listed = lensconnect("doc").stdout
    described = lensconnect("describe", "--help").stdout
    for row in OPERATIONS:
        assert command_name(row.name) in listed
        assert command_name(row.name) in described
    assert "429 ThrottlingException" in lensconnect("doc", "send-event").stdout


def test_an_unknown_operation_is_an_error() -> None:
    shown = lensconnect("doc", "send-pigeon")
    assert (shown.returncode, shown.stderr) == (2, "there is no operation 'send-pigeon'; `lensconnect doc` lists all\n")
