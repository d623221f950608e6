"""A real Neo4j Community server for tests, benchmarks and demos, without Docker.

The server comes from Maven Central once, into a cache folder; it is a separate process and none of it is part of this
project (it is GPLv3). Needs Java 17 or 21 and Maven.

    python tests/neo4j_server.py start [FOLDER]    start a server, print the variables to export; data lie in FOLDER
    python tests/neo4j_server.py stop [FOLDER]     stop it
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

VERSION = "5.26.31"
USERNAME, PASSWORD = "neo4j", "askgraph-test"
STARTED_WITHIN = 120.0  # seconds; a slow machine may need a while
JAVA_OPTIONS = (
    "-Xms256m -Xmx1g -XX:+UseG1GC --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED"
    " --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --enable-native-access=ALL-UNNAMED -Dlog4j2.disable.jmx=true"
    " -Dfile.encoding=UTF-8"
).split()
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>neo4j-server</artifactId><version>1</version>
<dependencies><dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
CONFIGURATION = """server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.usage_report.enabled=false
server.memory.pagecache.size=128m
db.tx_log.rotation.retention_policy=1 files
"""


class NoServer(Exception):
    """A server cannot be had here; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Server:
    """A running server: where it is, how to log in, and the process to stop."""

    uri: str
    home: Path
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which AskGraph finds it."""
        return {"NEO4J_URI": self.uri, "NEO4J_USERNAME": USERNAME, "NEO4J_PASSWORD": PASSWORD}


def cache_folder() -> Path:
    """Where the server's files lie: under ``$ASKGRAPH_CACHE``, else ``~/.cache/askgraph``."""
    root = os.environ.get("ASKGRAPH_CACHE") or Path.home() / ".cache" / "askgraph"
    return Path(root) / f"neo4j-{VERSION}"


def fetch() -> Path:
    """The folder with the server's files, downloaded (123 MB) where it is not there yet.

    :raises NoServer: no Java or Maven, or the download failed
    """
    java = _java()
    cache = cache_folder()
    if (cache / "lib").is_dir():
        return cache / "lib"
    if shutil.which("mvn") is None:
        raise NoServer(f"Maven is missing, and there is no {cache / 'lib'}; install maven (with {java})")
    part = cache / f"lib.{os.getpid()}"
    part.mkdir(parents=True, exist_ok=True)
    pom = cache / f"pom.{os.getpid()}.xml"
    pom.write_text(POM)
    copy = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    done = subprocess.run([*copy, f"-DoutputDirectory={part}"], capture_output=True, text=True, check=False)
    pom.unlink()
    if done.returncode:
        shutil.rmtree(part)
        raise NoServer(f"Maven could not fetch Neo4j {VERSION}: {(done.stdout + done.stderr).strip()[-500:]}")
    try:
        part.rename(cache / "lib")
    except OSError:  # another run was faster
        shutil.rmtree(part)
    return cache / "lib"


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        raise NoServer("Java is missing; install a JDK 17 or 21 and Maven")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) not in (17, 21):
        raise NoServer(f"Neo4j {VERSION} runs on Java 17 or 21, not on {told.splitlines()[:1]}; install one of them")
    return java


def start(home: Path) -> Server:
    """Start a server with its data under ``home`` (empty or absent: a fresh graph) on a free port; wait until it is ready.

    :raises NoServer: it cannot be fetched or does not start
    """
    lib, java = fetch(), _java()
    home = home.resolve()
    fresh = not (home / "data").exists()
    for folder in ("conf", "data", "logs", "run", "plugins", "import"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    port = free_port()
    (home / "conf" / "neo4j.conf").write_text(CONFIGURATION.format(port=port))
    if fresh:
        _set_password(java, lib, home)
    command = [java, *JAVA_OPTIONS, "-cp", f"{lib}/*:{home}/plugins/*", "org.neo4j.server.CommunityEntryPoint"]
    with (home / "logs" / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [*command, f"--home-dir={home}", f"--config-dir={home}/conf", "--console-mode"],
            stdout=console, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    _wait_until_ready(process, home, port)
    return Server(f"neo4j://127.0.0.1:{port}", home, process.pid)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _set_password(java: str, lib: Path, home: Path) -> None:
    places = {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    command = [java, "-Xmx256m", "-cp", f"{lib}/*", f"-Dbasedir={home}", "org.neo4j.server.startup.Neo4jAdminCommand"]
    done = subprocess.run(
        [*command, "dbms", "set-initial-password", PASSWORD],
        env=os.environ | places, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoServer(f"Neo4j took no password: {(done.stdout + done.stderr).strip()[-500:]}")


def _wait_until_ready(process: subprocess.Popen[bytes], home: Path, port: int) -> None:
    console = home / "logs" / "console.log"
    until = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NoServer(f"Neo4j did not start: {console.read_text(errors='replace')[-500:]}")
        if "Started." in console.read_text(errors="replace"):
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        time.sleep(0.1)
    process.kill()
    raise NoServer(f"Neo4j was not ready after {STARTED_WITHIN:.0f} s; see {console}")


def stop(server: Server, *, keep: bool = False) -> None:
    """Stop the server and, unless they are to be kept, delete its files (then it need not bring them in order)."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGTERM if keep else signal.SIGKILL)
    until = time.monotonic() + 30
    while _runs(server.pid) and time.monotonic() < until:
        time.sleep(0.05)
    if _runs(server.pid):
        os.kill(server.pid, signal.SIGKILL)
    if not keep:
        shutil.rmtree(server.home, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:  # another process has started it
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """The command ``start`` or ``stop``."""
    if arguments[:1] not in (["start"], ["stop"]) or len(arguments) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    home = Path(arguments[1]) if len(arguments) == 2 else cache_folder() / "server"
    running = home / "running"
    if running.exists():
        uri, pid = running.read_text().split()
        if arguments[0] == "stop":
            stop(Server(uri, home, int(pid)), keep=True)
            running.unlink()
            return 0
        if _runs(int(pid)):
            print(f"a server runs already at {uri}; stop it first", file=sys.stderr)
            return 1
    if arguments[0] == "stop":
        print(f"no server was started in {home}", file=sys.stderr)
        return 1
    try:
        server = start(home)
    except NoServer as reason:
        print(reason, file=sys.stderr)
        return 1
    running.write_text(f"{server.uri} {server.pid}")
    for name, value in server.environment.items():
        print(f"export {name}={value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
