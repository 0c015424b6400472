"""A PostgreSQL server of the tests' own: in a folder of its own, reached by a socket only."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

_SECONDS = 60


def _binary(name: str) -> str | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    return shutil.which(name)


@dataclass(frozen=True)
class Server:
    """Where a server is, and who may read there."""

    uri: str
    password: str
    psql: Callable[[str], None]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Start a server that needs a password, and stop it when the tests are done."""
    pytest.importorskip("adbc_driver_postgresql", reason="adbc-driver-postgresql is not installed")
    found = {name: _binary(name) for name in ("initdb", "pg_ctl", "psql")}
    if not all(found.values()):
        pytest.skip("PostgreSQL's server is not installed on this machine")
    # A short path: a socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if os.name == "posix" else None))
    as_user: list[str] = []
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # the server refuses to run as root
        runuser = shutil.which("runuser")
        user = next((u for u in ("postgres", "nobody") if _known(u)), None)
        if runuser is None or user is None:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip("PostgreSQL refuses root, and there is no other user to run it as")
        as_user = [runuser, "-u", user, "--"]
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    data, password = folder / "data", secrets.token_hex(8) + "/%@"
    secret = folder / "secret"
    secret.write_text(password, encoding="ascii")
    secret.chmod(0o644)

    def run(*command: str, **more: str) -> None:
        environment = {**os.environ, "LC_ALL": "C", **more}
        subprocess.run(
            [*as_user, *command], check=True, capture_output=True, timeout=_SECONDS,
            env=environment, cwd=folder,
        )  # fmt: skip

    def stop() -> None:
        subprocess.run(
            [*as_user, str(found["pg_ctl"]), "-D", str(data), "-m", "immediate", "-w", "stop"],
            check=False, capture_output=True, timeout=_SECONDS, cwd=folder,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)

    try:
        run(
            str(found["initdb"]), "-D", str(data), "-U", "tester", "-A", "scram-sha-256",
            f"--pwfile={secret}", "-E", "UTF8", "--no-sync",
        )  # fmt: skip
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off "
            "-c shared_buffers=16MB -c max_connections=20"
        )
        run(
            str(found["pg_ctl"]), "-D", str(data), "-o", options, "-l", str(folder / "log"),
            "-w", "-t", str(_SECONDS), "start",
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        stop()
        pytest.skip(f"PostgreSQL's server cannot be started here ({type(error).__name__})")

    def psql(script: str) -> None:
        run(
            str(found["psql"]), "-h", str(folder), "-U", "tester", "-d", "postgres", "-q",
            "-v", "ON_ERROR_STOP=1", "-c", script, PGPASSWORD=password,
        )  # fmt: skip

    host, secret_in_uri = quote(str(folder), safe=""), quote(password, safe="")
    try:
        yield Server(f"postgresql://tester:{secret_in_uri}@{host}/postgres", password, psql)
    finally:
        stop()


def _known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
