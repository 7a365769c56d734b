import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_browse import ADDRESS, PASSWORD, Clock
from desk_seed import NOW, seed
from fastapi import FastAPI

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette asks for a successor of httpx that is not out yet
    from starlette.testclient import TestClient

from desk.app import create_app
from desk.sessions import COOKIE, LASTS
from desk.tokens import csrf_of
from store import people
from store.engine import Store, open_store
from store.people import make_operator, open_session


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded database, copied for each test: hashing and migrating once is enough, and a weak hash is quick."""
    strong, people.SCRYPT_N = people.SCRYPT_N, 2**8
    path = tmp_path_factory.mktemp("desk") / "minyi.db"
    store = open_store(f"sqlite:///{path}")
    with store.write() as conn:
        make_operator(conn, "admin", PASSWORD, role="admin", now=NOW)
    people.SCRYPT_N = strong
    seed(store)
    store.close()
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "minyi.db"
    path.write_bytes(template.read_bytes())
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def app(store: Store, tmp_path: Path, clock: Clock) -> FastAPI:
    return create_app(store, home=tmp_path, now=clock)


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """A browser that is not signed in."""
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def client(app: FastAPI, store: Store, clock: Clock) -> Iterator[TestClient]:
    """A browser that is signed in as admin; `client.csrf` is what its forms carry."""
    with store.write() as conn:
        token = open_session(conn, "admin", now=clock(), lasts=LASTS)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50000)) as client:
        client.cookies.set(COOKIE, token)
        client.csrf = csrf_of(token)  # type: ignore[attr-defined]
        yield client
