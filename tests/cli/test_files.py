"""`lensconnect attach` and `lensconnect download`: nothing is lost, overwritten, or written outside the folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from helpers.chat_commands import Started
from helpers.full_disk import full_disk
from hypothesis import given
from hypothesis import strategies as st

from lensconnect.cli.new_files import safe_name

BYTES = b"hello"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def attached(chat: Started, file: Path, *arguments: str) -> str:
    shown = chat.run("attach", str(file), *arguments)
    assert (shown.returncode, shown.stderr) == (0, "")
    reply = json.loads(shown.stdout)
    assert reply["Size"] == len(BYTES)
    return str(reply["AttachmentId"])


def test_a_file_goes_there_and_back(chat: Started, folder: Path) -> None:
    file = folder / "a b.txt"
    file.write_bytes(BYTES)
    identity = attached(chat, file)
    refused = chat.run("download", identity)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "a b.txt exists already" in refused.stderr
    file.unlink()
    shown = chat.run("download", identity)
    expected = {"Path": "a b.txt", "Size": len(BYTES), "Sha256": hashlib.sha256(BYTES).hexdigest()}
    assert (shown.returncode, json.loads(shown.stdout)) == (0, expected)
    file.write_bytes(b"mine")
    assert chat.run("download", identity, "--force").returncode == 0
    assert file.read_bytes() == BYTES
    assert [each.name for each in folder.iterdir()] == ["a b.txt"]


def test_the_output_has_the_given_format_or_the_part_that_a_query_selects(chat: Started, folder: Path) -> None:
    file = folder / "a.txt"
    file.write_bytes(BYTES)
    sent = chat.run("attach", "a.txt", "--query", "AttachmentId", "--output", "text")
    assert (sent.returncode, sent.stderr) == (0, "")
    fetched = chat.run("download", sent.stdout.strip(), "-o", "b.txt", "--output", "yaml")
    assert fetched.stdout == f"Path: b.txt\nSize: 5\nSha256: {hashlib.sha256(BYTES).hexdigest()}\n"
    count = len(chat.service.items(chat.contact_id))
    for command in (["attach", "a.txt"], ["download", "x"]):
        assert chat.run(*command, "--query", "[").returncode == 2
    assert len(chat.service.items(chat.contact_id)) == count


def test_a_file_that_exists_is_refused_before_anything_is_sent(chat: Started, folder: Path) -> None:
    (folder / "mine.txt").write_bytes(b"mine")
    nowhere = {"AWS_ENDPOINT_URL_CONNECTPARTICIPANT": "http://127.0.0.1:9"}
    for command in (["download", "x", "-o", "mine.txt"], ["transcript", "--html", "mine.txt"]):
        refused = chat.run(*command, **nowhere)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "mine.txt exists already" in refused.stderr
    assert (folder / "mine.txt").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../outside.txt", "..\\outside.txt", "/tmp/outside.txt"])
def test_the_name_of_a_stranger_stays_in_the_folder(chat: Started, folder: Path, name: str) -> None:
    (folder / "source.txt").write_bytes(BYTES)
    inside = folder / "inside"
    inside.mkdir()
    identity = attached(chat, folder / "source.txt", "--name", name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(inside)
        assert json.loads(chat.run("download", identity).stdout)["Path"] == "outside.txt"
    assert sorted(each.name for each in folder.rglob("*.txt")) == ["outside.txt", "source.txt"]
    assert (inside / "outside.txt").read_bytes() == BYTES


def test_a_download_that_fails_leaves_nothing_behind(chat: Started, folder: Path) -> None:
    for arguments, code in ((["missing"], 1), (["missing", "-o", "no/file"], 4), (["missing", "-o", "."], 2)):
        shown = chat.run("download", *arguments)
        assert (shown.returncode, shown.stdout) == (code, "")
    assert list(folder.iterdir()) == []


def test_a_download_to_a_full_disk_tells_what_to_do(chat: Started, folder: Path) -> None:
    (folder / "source.txt").write_bytes(BYTES * 100)
    identity = json.loads(chat.run("attach", "source.txt").stdout)["AttachmentId"]
    with full_disk():
        shown = chat.run("download", identity, "-o", "copy.txt")
    assert (shown.returncode, shown.stdout) == (4, "")
    assert shown.stderr == (
        "download: --output-file must be the path of a file that can be written: file too large\n"
        "Make room on the disk, or name another file with --output-file.  It is safe to try again.\n"
    )
    assert [each.name for each in folder.iterdir()] == ["source.txt"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no device")
def test_a_device_is_not_replaced(chat: Started) -> None:
    for arguments in (
        ["download", "x", "-o", "/dev/null", "--force"],
        ["transcript", "--html", "/dev/null", "--force"],
    ):
        shown = chat.run(*arguments)
        assert (shown.returncode, shown.stdout) == (2, "")
        assert shown.stderr == "lensconnect: /dev/null is a folder or a device: name a file\n"


def test_a_name_that_no_system_takes_is_one_line(chat: Started) -> None:
    shown = chat.run("transcript", "--html", "x" * 300)
    assert (shown.returncode, shown.stdout) == (4, "")
    assert shown.stderr.startswith("lensconnect: cannot write xxx")


def test_a_missing_file_is_named_by_its_argument(chat: Started, folder: Path) -> None:
    shown = chat.run("attach", str(folder / "missing.txt"))
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "FILE must be the path of a file that exists" in shown.stderr
    assert "Nothing was sent." in shown.stderr


@given(name=st.text(max_size=300))
def test_a_safe_name_is_one_part_of_a_path(name: str) -> None:
    safe = safe_name(name, "otherwise")
    assert safe
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert not set(safe) & set('/\\:<>"|?*\0\n\x1b\u202e')
    assert Path(safe).name == safe
    assert len(safe.encode("utf-8", "surrogatepass")) <= 200
    assert safe_name(safe, "otherwise") == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        ("...", "x"),
        ("", "x"),
        (None, "x"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("é" * 250, "é" * 100),
        ("a.tar." + "é" * 150, "a.tar." + "é" * 97),
        ("a." + "b" * 300, "a." + "b" * 198),
        ("." + "b" * 300, "b" * 200),
    ],
)
def test_names_that_a_system_reserves_or_cannot_hold(name: str | None, safe: str) -> None:
    assert safe_name(name, "x") == safe
