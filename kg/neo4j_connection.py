"""The connection to a Neo4j server: one driver per process and login, managed transactions, errors in our words."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    ManagedTransaction,
    Session,
    Transaction,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from kg.errors import StoreError, StoreLocked, StoreUnavailable

T = TypeVar("T")
Parameters = Mapping[str, Any]
Login = tuple[int, str, str, str]

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
OLDEST = (5, 26)  # dynamic relationship types
WRITE_WITHIN = 120.0  # seconds; a write waits so long for another writer, in all
_LOCKED = ("LockClientStopped", "LockAcquisitionTimeout", "TransactionTimedOut", "DeadlockDetected")

_drivers: dict[Login, tuple[Driver, int]] = {}  # with the number of connections that use it
_guard = threading.Lock()


class Connection:
    """A database on a server; who opened it closes it. The login is in NEO4J_USERNAME and NEO4J_PASSWORD.

    :raises StoreUnavailable: nobody answers at the address, or the login was refused
    :raises StoreError: it is no address, the server is too old, or it has no such database
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.database = os.environ.get("NEO4J_DATABASE") or None
        username, password = os.environ.get("NEO4J_USERNAME") or "neo4j", os.environ.get("NEO4J_PASSWORD") or ""
        self._login: Login = (os.getpid(), address, username, password)
        self._closed = False
        self.has_history = False  # whether the database is known to have its indexes
        with self._reading_address():
            self._driver = _shared_driver(self._login)
        try:
            with self._reading_address():
                agent = self._driver.get_server_info().agent
            self._refuse_old(agent)
            self.read("RETURN 1")  # the database, too, is there
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _reading_address(self) -> Iterator[None]:
        try:
            with self.complaining():
                yield
        except ValueError as error:
            raise StoreError(f"{self.address} is no address of a Neo4j server ({_told(error)})") from error

    def _refuse_old(self, agent: str) -> None:
        found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
        if found and (int(found[1]), int(found[2])) < OLDEST:
            raise StoreError(f"{agent} at {self.address} is too old; AskGraph needs Neo4j 5.26 or later")

    @contextmanager
    def session(self, access: str) -> Iterator[Session]:
        """A session of the driver; it sees what earlier sessions wrote, in a cluster too."""
        if self._closed:
            raise StoreError(f"the store at {self.address} is closed; open it again")
        with (
            self.complaining(),
            self._driver.session(
                database=self.database,
                default_access_mode=access,
                bookmark_manager=self._driver.execute_query_bookmark_manager,
            ) as session,
        ):
            yield session

    def read(self, statement: str, parameters: Parameters | None = None) -> list[list[Any]]:
        """The rows of one statement. In a READ transaction the server itself refuses to write."""
        with self.session(READ_ACCESS) as session:
            return session.execute_read(_values, statement, parameters or {})

    def read_all(self, *statements: str) -> list[list[list[Any]]]:
        """The rows of several statements without parameters, in one transaction."""
        with self.session(READ_ACCESS) as session:
            return session.execute_read(lambda tx: [_values(tx, statement, {}) for statement in statements])

    def streamed(self, statement: str, parameters: Parameters) -> Iterator[list[Any]]:
        """The rows of one statement as they come, in one transaction."""
        with self.session(READ_ACCESS) as session, session.begin_transaction(timeout=0) as tx:
            for row in tx.run(statement, dict(parameters)):
                yield row.values()

    def version(self) -> frozenset[str]:
        """The server's bookmark of now: another one after each write that anybody has committed."""
        with self.session(READ_ACCESS) as session:
            session.execute_read(_values, "RETURN 1", {})
            return frozenset(session.last_bookmarks().raw_values)

    def write(self, work: Callable[[ManagedTransaction], T]) -> T:
        """Do the work in one transaction; it may be done several times, so it must not keep anything of a failed one."""
        with self.session(WRITE_ACCESS) as session:
            return session.execute_write(unit_of_work(timeout=WRITE_WITHIN)(work))

    def run(self, statement: str, parameters: Parameters | None = None) -> list[list[Any]]:
        """Write with one statement in a transaction of its own."""
        return self.write(lambda tx: _values(tx, statement, parameters or {}))

    @contextmanager
    def holding(self, statement: str) -> Iterator[None]:
        """Hold the locks that a statement takes, whatever is written meanwhile. The server frees them when this process dies.

        :raises StoreLocked: another holds them for longer than a write waits
        """
        self.run(statement)  # waits so long and no longer
        with self.session(WRITE_ACCESS) as session, session.begin_transaction(timeout=0) as tx:
            _values(tx, statement, {})
            yield
            tx.rollback()

    def close(self) -> None:
        """Give the driver back; the last one closes it."""
        if self._closed:
            return
        self._closed = True
        with _guard:
            driver, users = _drivers.pop(self._login, (None, 0))
            if driver is not None and users > 1:
                _drivers[self._login] = (driver, users - 1)
                return
        if driver is not None:
            driver.close()

    @contextmanager
    def complaining(self) -> Iterator[None]:
        """Turn the driver's errors into ours."""
        try:
            yield
        except AuthError as error:
            raise StoreUnavailable(
                f"{self.address} refused the login; set NEO4J_USERNAME and NEO4J_PASSWORD ({_told(error)})"
            ) from error
        except (ServiceUnavailable, SessionExpired) as error:
            raise StoreUnavailable(
                f"nobody answers at {self.address}; is Neo4j running? set NEO4J_URI to its address ({_told(error)})"
            ) from error
        except Neo4jError as error:
            raise self._complaint(error) from error
        except ConfigurationError as error:
            raise StoreError(f"{self.address} is no address of a Neo4j server ({_told(error)})") from error
        except UnicodeEncodeError as error:
            raise StoreError(f"{error.object!r} is no valid Unicode text; mend it where it comes from") from error
        except DriverError as error:
            raise StoreError(f"Neo4j at {self.address}: {_told(error)}; try again") from error

    def _complaint(self, error: Neo4jError) -> StoreError:
        code, told = error.code or "", _told(error)
        if code.endswith("AuthenticationRateLimit"):
            return StoreUnavailable(
                f"{self.address} refused the login too often; wait, then set NEO4J_USERNAME and NEO4J_PASSWORD"
            )
        if "DatabaseNotFound" in code:
            return StoreError(f"there is no database {self.database!r} at {self.address}; set NEO4J_DATABASE to one")
        if code.endswith(_LOCKED):
            return StoreLocked(f"another process is writing to {self.address}; try again when it is done ({told})")
        if isinstance(error, TransientError):
            return StoreError(f"Neo4j at {self.address} could not do it just now; try again ({told})")
        return StoreError(f"Neo4j at {self.address} refused: {told} ({code})")


def _values(tx: ManagedTransaction | Transaction, statement: str, parameters: Parameters) -> list[list[Any]]:
    return tx.run(statement, parameters).values()  # type: ignore[arg-type]


def _told(error: Exception) -> str:
    message = getattr(error, "message", None) or str(error)
    return str(message).strip().splitlines()[0] if str(message).strip() else type(error).__name__


def _shared_driver(login: Login) -> Driver:
    with _guard:
        driver, users = _drivers.get(login, (None, 0))
        if driver is None:
            _, address, username, password = login
            driver = GraphDatabase.driver(
                address,
                auth=(username, password) if password else None,
                connection_timeout=10.0,
                notifications_min_severity="OFF",
                user_agent="askgraph",
            )
        _drivers[login] = (driver, users + 1)
        return driver
