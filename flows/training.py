"""`python -m flows.training`: one training in a process of its own, which can be killed and takes its memory with it.

Started by flows/proposing.py. Says its steps on stdout, line by line; the last line is the outcome as JSON. Ends when
its stdin closes: a training whose parent died is nobody's.
"""

import argparse
import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from config.settings import Settings, from_environment
from flows.proposing import BUSY, FAILED, Job, Outcome
from flows.wiring import only_one, opened_store
from models import adapt, candidate_card, cards, compare, dataset, feedback, ordinary, train
from models.analysis import Analyzer, ArtifactsError
from models.lexicon import LexiconError
from models.nicknames import Nicknames
from models.proposal import Comparison
from models.shelf import Shelf, ShelfError, version_of
from store.errors import StoreError
from store.feedback import Correction, corrections

OTHERWISE = "mend MINYI_DATA (or --data), or name no folder: then the model in use is adapted"


def make(where: Settings, job: Job, *, now: datetime, say: train.Say) -> Outcome:
    """Train, compare, and put the candidate on the shelf; what fails on the way leaves nothing behind."""
    shelf = Shelf(where.home / "models", job.shipped)
    with opened_store(where) as store, store.read() as conn:
        said = corrections(conn)
    desk = feedback.rows(said)
    corrected = len({row.text for row in desk if row.source == dataset.DESK})
    if corrected < feedback.LEAST:
        return Outcome("few", labels=corrected)
    if job.data is not None:
        dataset.require(job.data, OTHERWISE)
    held_out = train.held_out(job.data, job.corpus)
    learnt, held = feedback.split(desk, held_out)
    if not train.fit_texts(learnt, Nicknames({}))[0]:  # near copies of one complaint are all held back, or none
        return Outcome("few", labels=corrected)
    inputs = digest(said, job, where.lexicon, version_of(shelf.base()))
    newest = next(iter(shelf.candidates()), None)
    old = newest is not None and newest.comparison.inputs == inputs
    texts = len({row.text for row in desk})
    if old and not job.always:
        return Outcome("unchanged", labels=texts)
    making = shelf.workplace()
    try:
        comparison = _candidate(shelf, making, where, job, (learnt, held), held_out, inputs, now, say)
        if comparison is None:
            return Outcome("same", shelf.version(), texts)
        number, heaviest = feedback.accounts(said)
        comparison = replace(comparison, accounts=number, heaviest=round(heaviest, 3))
        candidate_card.write(making / "card.md", comparison)
        shelf.place(making, comparison)
        return Outcome("proposed", comparison.candidate, texts, len(comparison.warnings))
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _candidate(
    shelf: Shelf,
    making: Path,
    where: Settings,
    job: Job,
    labels: tuple[list[dataset.Row], list[dataset.Row]],
    held_out: dict[str, list[dataset.Row]],
    inputs: str,
    now: datetime,
    say: train.Say,
) -> Comparison | None:
    """The comparison of a new model in `making` with the one in use; None when it is the very same.

    labels: of the desk, to learn from and held back.
    """
    current, floors = Analyzer.load(shelf.artifacts(), where.lexicon, None), _floors(job.floors)
    (learnt, held), desk = labels, [*labels[0], *labels[1]]
    texts, back = (len({row.text for row in rows}) for rows in (desk, held))
    say(f"{texts} texts with desk labels, {back} of them held back")
    made, base = None, ""
    if job.data is not None:
        rows = feedback.added(train.gather(job.data, job.corpus), learnt, held)
        made = train.train(rows, data=job.data, lexicon_folder=where.lexicon, out=making, say=say)
    else:
        rows = learnt
        own = feedback.without(train.gather(None, job.corpus), desk)
        base = version_of(shelf.base())
        adapt.adapt(shelf.base(), rows, own, lexicon_folder=where.lexicon, out=making, say=say)
    version = version_of(making)
    if version == current.version:
        return None
    say("comparing")
    candidate = Analyzer.load(making, where.lexicon, None)
    questions, trials = compare.compare(current, candidate, {**held_out, feedback.HELD: held})
    counts = compare.desk_labels(current, candidate, learnt, held)
    if made is not None:
        passing = ordinary.of_trained(job.data, job.corpus.parent / dataset.LABELS, made, candidate)
        cards.write(making / "cards", made, trials, passing)
    return Comparison(
        current=current.version,
        candidate=version,
        made_at=now,
        how="trained" if made else "adapted",
        inputs=inputs,
        posts=len(rows),
        questions=questions,
        desk=counts,
        warnings=compare.warnings(questions, counts, trials, floors),
        base=base,
    )


def digest(said: list[Correction], job: Job, lexicon: Path, base: str) -> str:
    """One name for what goes into a training: the desk's labels with their posts, who gave them and on which day, the
    dictionary, the own posts, and the data with what readers said of it or else the model that is moved (`base`)."""
    parts = [
        json.dumps([c.post, c.title, c.text, c.field, c.value, c.kind, c.by, str(c.at.date())], ensure_ascii=False)
        for c in said
    ]
    files = [*lexicon.rglob("*.txt"), *job.corpus.glob("*.jsonl")]
    if job.data is None:
        parts.append(base)
    else:
        for folder in (job.corpus.parent / dataset.LABELS, job.data, job.data / "bench"):
            files += [path for path in folder.glob("*") if path.is_file()]
    for path in sorted(files):
        with path.open("rb") as file:
            parts.append(f"{path} {hashlib.file_digest(file, 'blake2b').hexdigest()}")
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _floors(path: Path | None) -> compare.Floors:
    """Raises DataError for a file that is named and not there or no floors: unchecked is not the same as passed."""
    if path is None:
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, dict[str, float]]])
    except (OSError, msgspec.DecodeError) as err:
        raise dataset.DataError(f"{path}: {getattr(err, 'strerror', None) or err}") from err


def _die_with_parent() -> None:
    """Wait for the end of stdin in the background; then end at once. The next training sweeps what is left."""

    def watch() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would be held when Python ends
            pass
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # with what it started to be quicker
        os._exit(FAILED)

    threading.Thread(target=watch, daemon=True).start()


def _first_to_go() -> None:
    """When memory runs out, this process goes before any that collects or warns; and it never takes their turn."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(10)


def main() -> None:
    """One training. Exit code 3 when another one is under way."""
    parser = argparse.ArgumentParser()
    for name in ("corpus", "shipped", "data", "floors"):
        parser.add_argument(f"--{name}", type=Path, required=name in ("corpus", "shipped"))
    parser.add_argument("--always", action="store_true")
    job = Job(**vars(parser.parse_args()))
    logging.basicConfig(level=logging.WARNING)
    _die_with_parent()
    _first_to_go()
    where = from_environment()
    with only_one(where.home, "retrain") as alone:
        if not alone:
            raise SystemExit(BUSY)
        try:
            outcome = make(where, job, now=datetime.now(UTC), say=lambda step: print(step, flush=True))
        except (dataset.DataError, LexiconError, ArtifactsError, ShelfError, StoreError) as err:
            print(str(err), flush=True)
            raise SystemExit(FAILED) from None
        except OSError as err:  # of a write only the reason is known: a full disk has no file name
            print(f"{err.filename or where.home}: {err.strerror or err}", flush=True)
            raise SystemExit(FAILED) from None
    print(json.dumps(vars(outcome)), flush=True)


if __name__ == "__main__":
    main()
