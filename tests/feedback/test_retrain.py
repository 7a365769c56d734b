"""From a label at the desk to a candidate, a person's decision, scores of the new model, and back."""

import json
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_feedback import NOON, World, archive, invented, slang_posts

import cli
from bus.messages import PostScored
from commands.common import load_analyzer
from config.settings import PROJECT
from flows.proposing import FLOORS, Outcome, TrainingBusy, TrainingFailed, propose
from flows.wiring import only_one, opened_store
from models import dataset
from models.evaluate import answers
from models.feedback import LEAST
from models.shelf import Shelf
from store.feedback import confirm
from store.notices import find_notices
from store.posts import upsert_posts


def minyi(capfd: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        cli.main(args)
    said = capfd.readouterr()
    assert left.value.code == code, said
    return said.out + said.err


def label_some(world: World) -> None:
    archive(world.where, slang_posts(6, held=False), "relevant", "false")
    archive(world.where, slang_posts(3, held=True), "relevant", "false")


def confirm_some(world: World) -> None:
    analyzer = load_analyzer(world.where)
    texts = [row.text for row in invented(30)[-60:] if row.labels["relevant"] and not dataset.is_held_back(row)][:3]
    with opened_store(world.where) as store, store.write() as conn:
        for n, text in enumerate(texts):
            post = PostScored(id=f"c{n}", text=text, published_at=NOON, collected_at=NOON, model_version="m",
                              relevant=True)  # fmt: skip
            assert answers([dataset.Row("", text)], analyzer)[0].relevant
            upsert_posts(conn, [post])
            confirm(conn, post, by="丙", now=NOON)


def run(world: World, **changed: Any) -> Outcome:
    return propose(world.where, replace(world.job, **changed), NOON, say=lambda _: None)


def notices(world: World) -> list[str]:
    with opened_store(world.where) as store, store.read() as conn:
        return [n.words for n in find_notices(conn)]


@pytest.mark.slow
def test_a_label_becomes_a_candidate_a_person_adopts_and_takes_back(
    world: World, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    label_some(world)
    assert len(minyi(capfd, "labels", "--json").splitlines()) == 9
    before = load_analyzer(world.where).version
    outcome = run(world)
    assert outcome.state == "proposed"
    assert outcome.labels == 9
    comparison = Shelf(world.models, world.where.artifacts).find(outcome.version).comparison
    (desk,) = comparison.desk
    assert (comparison.accounts, desk.weight) == (2, 18.0)
    assert (desk.question, desk.learnt, desk.held) == ("relevant", 6, 3)
    assert (desk.learnt_candidate, desk.held_candidate) == (6, 3)
    assert desk.held_current < 3
    assert "own corpus, held back" in {q.set for q in comparison.questions}
    assert [outcome.version in words for words in notices(world)] == [True]
    card = (world.models / f"candidate-{outcome.version}" / "cards" / "relevant.md").read_text(encoding="utf-8")
    assert "| desk | 6 | this installation's own" in card
    # proposed, not installed
    assert load_analyzer(world.where).version == before
    assert "IN USE" in minyi(capfd, "models", "list").splitlines()[0]
    assert run(world).state == "unchanged"

    force = ["--force"] if comparison.warnings else []
    assert "next start" in minyi(capfd, "models", "adopt", outcome.version, *force)
    posts = tmp_path / "posts.jsonl"
    posts.write_text(json.dumps({"text": slang_posts(1, held=True)[0].text}) + "\n", encoding="utf-8")
    scored = json.loads(minyi(capfd, "score", str(posts)))
    assert (scored["model_version"], scored["relevant"]) == (outcome.version, False)
    assert "in use already" in minyi(capfd, "models", "adopt", outcome.version, code=2)

    assert "shipped is in use again" in minyi(capfd, "models", "rollback")
    assert json.loads(minyi(capfd, "score", str(posts)))["model_version"] == before
    assert "none before it" in minyi(capfd, "models", "rollback", code=2)


def test_corrections_that_are_all_held_back_teach_nothing(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    archive(world.where, slang_posts(LEAST, held=True), "relevant", "false")
    assert run(world) == Outcome("few", labels=LEAST)
    assert f"all {LEAST} posts the desk has corrected are held back" in minyi(capfd, "models", "retrain")
    assert not list(world.models.glob("*"))


@pytest.mark.slow
def test_the_flow_proposes_and_says_how_it_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import retrain

    monkeypatch.setattr(retrain, "job", lambda where, data, *, always: world.job)
    assert retrain.propose_model.fn()["state"] == "few"  # nobody has corrected anything
    label_some(world)
    assert retrain.propose_model.fn()["state"] == "proposed"
    assert Shelf(world.models, world.where.artifacts).in_use() == "shipped"


def test_without_labelled_data_the_model_in_use_is_moved_towards_the_labels(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    retrain = ("models", "retrain", "--corpus", str(world.job.corpus))
    assert "corrected nothing yet" in minyi(capfd, *retrain)
    archive(world.where, slang_posts(4, held=False), "relevant", "false")
    assert "corrected 4 posts yet (see `minyi labels`), at least 5 are needed" in minyi(capfd, *retrain)
    label_some(world)
    confirm_some(world)
    before = load_analyzer(world.where).version
    out = minyi(capfd, *retrain, "--json")
    version = json.loads(out[: out.index("}") + 1])["version"]
    assert version.startswith(f"{before}+")
    assert f"{version}, adapted from 9 rows, against {before}" in minyi(capfd, "models", "show", version)
    shown = minyi(capfd, "models", "show", version)
    assert "desk labels of sentiment, confirmed" not in shown  # nobody has corrected that question
    assert "desk labels of relevant, confirmed: held back" in shown
    card = (world.models / f"candidate-{version}" / "card.md").read_text(encoding="utf-8")
    assert f"The weights of `{before}`, moved by the desk labels below" in card
    assert "| relevant | corrected | 6 | 18.0 |" in card
    assert "| relevant | confirmed | 3 | 1.5 | 3 > 3 |" in card
    assert "From 3 accounts; the labels of one of them have 53% of the weight." in card
    assert "## What got worse" in card
    assert load_analyzer(world.where).version == before
    minyi(capfd, "models", "adopt", version, "--force")
    assert load_analyzer(world.where).version == version
    assert "the same model came out" in minyi(capfd, *retrain)


def test_a_candidate_below_a_floor_needs_force(world: World, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    label_some(world)
    floors = tmp_path / "floors.json"
    floors.write_text('{"own corpus, held back": {"relevant": {"accuracy": 1.01}}}', encoding="utf-8")
    outcome = run(world, data=None, floors=floors)
    assert outcome.warnings == 1
    assert "below the floor 1.010" in minyi(capfd, "models", "show", outcome.version)
    assert "--force" in minyi(capfd, "models", "adopt", outcome.version, code=2)
    assert Shelf(world.models, world.where.artifacts).in_use() == "shipped"
    minyi(capfd, "models", "adopt", outcome.version, "--force")
    assert load_analyzer(world.where).version == outcome.version


@pytest.mark.parametrize("content", [None, "{", '{"police_dev": {"relevant": {"f1": "high"}}}'])
def test_floors_that_are_named_and_cannot_be_read_stop_a_training(
    world: World, tmp_path: Path, content: str | None
) -> None:
    label_some(world)
    floors = tmp_path / "floors.json"
    if content is not None:
        floors.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingFailed, match=r"floors\.json"):
        run(world, data=None, floors=floors)
    assert FLOORS.is_file()
    assert not list(world.models.glob("candidate-*"))


def test_a_training_that_takes_too_long_is_killed_and_leaves_nothing(world: World) -> None:
    label_some(world)
    steps: list[str] = []
    with pytest.raises(TrainingFailed, match="killed after 1 s"):
        propose(world.where, world.job, NOON, say=steps.append, seconds=1)
    assert not list(world.models.glob("candidate-*"))
    assert ["现用模型不受影响" in words for words in notices(world)] == [True]


@pytest.mark.slow
def test_a_failed_training_says_why_and_leaves_no_half_candidate(world: World, tmp_path: Path) -> None:
    label_some(world)
    (tmp_path / "corpus").mkdir()
    (world.models / "making-1").mkdir(parents=True)  # left by one that was killed
    with pytest.raises(TrainingFailed, match="at least 100 are needed"):
        run(world, corpus=tmp_path / "corpus", data=None)
    assert not list(world.models.iterdir())


@pytest.mark.parametrize(
    ("data", "why"), [("gone", "no such folder"), ("empty", "lacks police_train.jsonl, hot_train")]
)
def test_a_data_folder_that_is_not_what_it_should_be_is_named_with_the_way_out(
    world: World, tmp_path: Path, data: str, why: str
) -> None:
    label_some(world)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingFailed, match=f"{tmp_path / data}: {why}.*mend MINYI_DATA.*is adapted"):
        run(world, data=tmp_path / data)
    assert not list(world.models.glob("*"))


def child(world: World, shipped: Path | None = None, **more: Any) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "flows.training", "--corpus", str(world.job.corpus)]
    argv += ["--shipped", str(shipped or world.job.shipped)]
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True, start_new_session=True, **more)


def test_a_disk_without_room_is_said_and_leaves_nothing(world: World) -> None:
    label_some(world)
    shipped = PROJECT / "models" / "artifacts"  # the tiny model would fit where the database does
    room = sum((shipped / name).stat().st_size for name in ("words.npz", "heads.npz")) // 2

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    with child(world, shipped, preexec_fn=full) as training:
        assert training.stdout is not None
        said = training.stdout.read()
        assert training.wait(60) == 1
    assert said.splitlines()[-1] == f"{world.where.home}: File too large"
    assert not list(world.models.iterdir())


def test_two_trainings_of_one_home_do_not_meet(world: World) -> None:
    with only_one(world.where.home, "retrain"), pytest.raises(TrainingBusy):
        run(world)
    assert notices(world) == []


def test_a_training_whose_parent_is_gone_ends_too(world: World) -> None:
    label_some(world)
    with child(world) as training:
        assert training.stdin is not None
        training.stdin.close()
        assert training.wait(30) == -signal.SIGKILL
    assert not list(world.models.glob("candidate-*"))
