"""`lensconnect describe` shows the request that would be sent, masked."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.command_line import lensconnect

TOKEN = "s3cret-token"
TEXT = "the-chat-text"


@pytest.mark.slow
@pytest.mark.parametrize("output", ["curl", "http", "json"])
def test_the_token_is_masked_unless_revealed(output: str) -> None:
    arguments = ("describe", "send-event", "--content-type", "text/plain", "--output", output)
    masked = lensconnect(*arguments, LENSCONNECT_CONNECTION_TOKEN=TOKEN)
    assert masked.returncode == 0
    assert "/participant/event" in masked.stdout
    assert TOKEN not in masked.stdout + masked.stderr
    revealed = lensconnect(*arguments, "--reveal", "--token-stdin", stdin=TOKEN + "\n")
    assert TOKEN in revealed.stdout


def test_a_masked_request_tells_how_to_reveal_it() -> None:
    arguments = ("describe", "send-event", "--content-type", "x")
    assert lensconnect(*arguments).stderr == "*** stands for a secret: --reveal shows it.\n"
    assert lensconnect(*arguments, "--reveal").stderr == ""


@pytest.mark.slow
def test_nested_options_are_written_as_for_the_aws_cli() -> None:
    for start_position in ("Id=m-1,MostRecent=3", '{"Id":"m-1","MostRecent":3}'):
        shown = lensconnect("describe", "get-transcript", "--start-position", start_position, "--max-results", "5")
        assert '{"MaxResults":5,"StartPosition":{"Id":"m-1","MostRecent":3}}' in shown.stdout
    shown = lensconnect("describe", "create-participant-connection", "--type", "WEBSOCKET", "--no-connect-participant")
    assert '{"Type":["WEBSOCKET"],"ConnectParticipant":false}' in shown.stdout


def test_faults_of_the_request_go_to_stderr_with_exit_code_2() -> None:
    shown = lensconnect("describe", "get-transcript", "--max-results", "101", LENSCONNECT_NEXT_TOKEN="x" * 1001)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "--max-results must be 0..100 (size 101)" in shown.stderr
    assert "LENSCONNECT_NEXT_TOKEN must be 1..1000 characters (size 1001)" in shown.stderr
    assert lensconnect("describe", "get-transcript", "--start-position", "Nonsense=1").returncode == 2
    assert lensconnect("describe", "get-transcript", "--start-position", "MostRecent=many").returncode == 2


@pytest.mark.slow
def test_the_endpoint_is_the_one_that_sending_would_use(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-central-1\n[profile other]\nregion = eu-west-2\n")

    def region(*arguments: str, **variables: str) -> str:
        shown = lensconnect("describe", "send-event", "--content-type", "x", *arguments, **variables).stdout
        return shown.removeprefix("POST https://participant.connect.").partition(".")[0]

    config = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    assert region() == "us-east-1"
    assert region(**config) == "eu-central-1"
    assert region("--profile", "other", **config) == "eu-west-2"
    assert region("--profile", "other", "--region", "us-west-2", **config) == "us-west-2"
    assert region(AWS_REGION="ca-central-1", **config) == "ca-central-1"
    assert lensconnect("describe", "send-event", "--content-type", "x", "--profile", "none").returncode == 2


def test_a_message_is_plain_text_by_default() -> None:
    assert '"ContentType":"text/plain"' in lensconnect("describe", "send-message", "--content", TEXT).stdout
