"""The fold over people's decisions: every post in one event, undo exact, whatever the sequence."""

from hypothesis import given
from hypothesis import strategies as st

from models.edits import Edit, Layout, NotPossible

POSTS = {f"p{n}": f"e{n % 4}" for n in range(12)}  # post: the event it was found in
ACTS = st.lists(st.tuples(st.sampled_from(["merge", "split", "undo"]), st.randoms(use_true_random=False)), max_size=15)


def laid(log: list[Edit]) -> dict[str, str]:
    layout = Layout(log)
    return {post: layout.place(post, found) for post, found in POSTS.items()}


@given(ACTS)
def test_any_sequence_keeps_every_post_in_one_living_event_and_undo_restores_exactly(acts) -> None:  # type: ignore[no-untyped-def]
    log: list[Edit] = []
    past: list[tuple[str, dict[str, str]]] = []
    for n, (kind, chance) in enumerate(acts):
        before, layout = laid(log), Layout(log)
        living = sorted(set(before.values()))
        if kind == "undo":
            if past:
                event, former = past.pop()
                last = layout.last(event)
                log.append(Edit(f"u{n}", "undo", last.event, last.target, last.posts, last.id))
                assert laid(log) == former
            continue
        event, other = chance.choice(living), chance.choice(living)
        if kind == "merge":
            try:
                layout.check_merge(event, other)
            except NotPossible:
                assert event == other
                continue
            log.append(Edit(f"m{n}", "merge", event, other))
            assert laid(log) == {post: other if at == event else at for post, at in before.items()}
            past.append((other, before))
        else:
            inside = sorted(post for post, at in before.items() if at == event)
            chosen = tuple(chance.sample(inside, len(inside) // 2))
            log.append(Edit(f"s{n}", "split", event, f"new{n}", chosen))
            assert laid(log) == {post: f"new{n}" if post in chosen else at for post, at in before.items()}
            past.append((event, before))
        assert all(Layout(log).into(at) == at for at in laid(log).values())
    while past:
        event, former = past.pop()
        last = Layout(log).last(event)
        log.append(Edit(f"z{len(log)}", "undo", last.event, last.target, last.posts, last.id))
        assert laid(log) == former
    assert laid(log) == POSTS
