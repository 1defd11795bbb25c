"""Valkey from the wheel."""

import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from sandbox.services.programs import ServiceError
from sandbox.services.valkey import Valkey
from tests.sandbox.services.test_programs import wait_until_gone


def test_it_answers_and_leaves_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "valkey"
    with Valkey(directory, throwaway=True) as valkey:
        with redis.Redis.from_url(valkey.url) as client:
            client.set("sign", "玄関")
            assert client.get("sign") == "玄関".encode()
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        pid = valkey.process.pid
    wait_until_gone(pid)
    assert not directory.exists()


def test_it_wants_the_password(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey:
        without = valkey.url.replace(valkey.url.split("@")[0], "redis://").replace("//@", "//")
        with redis.Redis.from_url(without) as client, pytest.raises(redis.AuthenticationError):
            client.ping()
        command_line = Path(f"/proc/{valkey.process.pid}/cmdline").read_text()
        assert valkey.url.split(":")[2].split("@")[0] not in command_line


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey, redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_a_second_run_keeps_the_data(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey, redis.Redis.from_url(valkey.url) as client:
        client.set("sign", "kept")
    with Valkey(tmp_path) as valkey, redis.Redis.from_url(valkey.url) as client:
        assert client.get("sign") == b"kept"


def test_a_start_that_fails_shows_the_log(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"not what Valkey writes")
    with pytest.raises(ServiceError, match=r"(?s)did not start.*Wrong signature"):
        Valkey(tmp_path).start()


def test_it_takes_another_port_if_somebody_was_quicker(tmp_path: Path) -> None:
    with Valkey(tmp_path / "quicker") as quicker:
        port = urlsplit(quicker.url).port
        with Valkey(tmp_path / "slower", port=port) as slower, redis.Redis.from_url(slower.url) as client:
            assert client.ping()
            assert urlsplit(slower.url).port != port
