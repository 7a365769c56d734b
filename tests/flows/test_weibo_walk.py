"""Walks over a list that grows while they are cut at any page: every post is read, known ones are not read for ever."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from flows.sources import weibo_walk
from flows.sources.weibo_walk import Memory, Walk

SIZE = 10


@dataclass
class Listing:
    """Newest first; `kept` is what walks have read."""

    posts: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    memory: Memory = field(default_factory=Memory)
    pages: int = 0

    def grow(self, count: int) -> None:
        newest = int(self.posts[0]) if self.posts else 10**15
        self.posts[:0] = [str(newest + n) for n in range(count, 0, -1)]

    def visit(self, pages: int) -> bool:
        """One visit that is cut after `pages` pages; whether its walk came to its end."""
        walk = Walk("x", weibo_walk.load(weibo_walk.dump(self.memory)))
        self.pages = 0
        while not walk.over:
            if self.pages == pages:
                return False
            part = self.posts[(walk.page - 1) * SIZE : walk.page * SIZE]
            self.pages += 1
            if not part:
                walk.ended()
                break
            self.kept.update(part)
            walk.read(part)
            self.memory = walk.so_far()
        self.memory = walk.finished()
        return True


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=12), st.integers(0, 200))
def test_no_order_of_growth_and_cuts_leaves_a_gap(visits: list[tuple[int, int]], first: int) -> None:
    listing = Listing()
    listing.grow(first)
    for growth, pages in visits:
        finished = listing.visit(pages)
        assert not finished or listing.kept == set(listing.posts)
        listing.grow(growth)
    assert listing.visit(1000)
    assert listing.kept == set(listing.posts)


@given(st.integers(0, 300))
def test_an_unchanged_list_costs_the_overlap_only(count: int) -> None:
    listing = Listing()
    listing.grow(count)
    listing.visit(1000)
    listing.visit(1000)
    assert listing.pages <= weibo_walk.OVERLAP


def test_a_walk_cut_every_time_still_comes_to_its_end() -> None:
    listing = Listing()
    listing.grow(400)
    visits = 0
    while not listing.visit(8):
        visits += 1
        listing.grow(3)
        assert visits < 30
    assert listing.kept == set(listing.posts)


def test_a_site_that_repeats_its_last_page_does_not_hold_the_walk() -> None:
    walk = Walk("x", Memory())
    for _ in range(10):
        if not walk.over:
            walk.read(["1000000000000001", "1000000000000002"])
    assert walk.over


def test_a_damaged_memory_is_forgotten() -> None:
    assert weibo_walk.load('{"done": 3}') == weibo_walk.load("") == Memory()
