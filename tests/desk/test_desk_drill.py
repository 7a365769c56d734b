"""While a drill is shown, every page says so, and no list or figure of the real posts counts it."""

from desk_seed import NOW, post
from starlette.testclient import TestClient

from models.drill import DRILL, MARK
from store.drills import forget_drills
from store.engine import Store
from store.feedback import add_label, corrections
from store.posts import upsert_posts

PAGES = ("/", "/posts", "/incidents", "/health", "/digests")
WORDS = "演练正在进行"


def play(store: Store) -> None:
    played = post(900, at=NOW, text=f"{MARK}派出所门口的事", id="drill-1", jurisdiction=DRILL, source=DRILL)
    with store.write() as conn:
        upsert_posts(conn, [played])


def test_every_page_says_that_a_drill_is_on_and_stops_saying_so(client: TestClient, store: Store) -> None:
    assert all(WORDS not in client.get(page).text for page in PAGES)
    play(store)
    assert all(WORDS in client.get(page).text for page in PAGES)
    with store.write() as conn:
        forget_drills(conn)
    assert all(WORDS not in client.get(page).text for page in PAGES)


def test_posts_of_a_drill_are_listed_only_where_they_are_asked_for(client: TestClient, store: Store) -> None:
    before = client.get("/api/posts?limit=200").json()
    play(store)
    assert client.get("/api/posts?limit=200").json() == before
    asked = client.get("/posts", params={"jurisdiction": DRILL}).text
    assert "/posts/drill-1" in asked


def test_corrections_of_drill_posts_are_not_learnt(store: Store) -> None:
    play(store)
    with store.write() as conn:
        add_label(conn, post="drill-1", field="sentiment", value="1", by="admin", now=NOW)
        assert corrections(conn) == []
