"""`minyi drill`: a fictional crisis through the whole system, marked from first to last, cleaned up after."""

import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from commands.common import err, fail, finite, out, print_json, settings

if TYPE_CHECKING:
    from bus.messages import Platform, PostCollected
    from commands.drill_stage import Stage
    from commands.drill_steps import Step, Watch
    from example.drill import Said

PATIENCE_S = 45.0  # after the last post; a running system needs about a second
FOLLOWERS = 1000


def drill(
    scenario: Annotated[str, typer.Option(help="Which crisis: station, traffic or rumour.")] = "station",
    minutes: Annotated[
        float, typer.Option(help="So long the posts take to come.", min=0.01, max=15, callback=finite)
    ] = 2.0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything, to practise with; --clean removes it.")
    ] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Only remove what an earlier drill left.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the steps, one object a line.")] = False,
    home: Annotated[
        Path | None, typer.Option(help="Folder for data, logs and keys (else MINYI_HOME, else ./var).")
    ] = None,
) -> None:
    """Play a fictional crisis: posts, scores, alerts, incident, notices, desk; all marked 【演练】, then removed.

    It runs through the `minyi run` of this home, or starts the consumers it needs. Only audiences with
    `drills: true` are told; without one, the terminal. Exit code 1 when a step failed.
    """
    from commands.drill_stage import DrillBroken, Stage, only_one
    from config.loader import ConfigError
    from example.drill import SCENARIOS

    if scenario not in SCENARIOS:
        fail(f"--scenario: no such scenario: {scenario}; expected one of {', '.join(SCENARIOS)}", 2)
    if keep and clean:
        fail("--keep or --clean, not both", 2)
    where = settings(home)
    with only_one(where.home):
        stage = Stage(where)
        try:
            stage.open()
            ok = _clean_only(stage) if clean else _play(stage, scenario, minutes * 60, keep=keep, as_json=as_json)
        except DrillBroken as problem:
            fail(f"drill: {problem}; `minyi drill --clean` removes what is left")
        except ConfigError as problem:
            fail(str(problem), 2)
        finally:
            stage.close()
    if not ok:
        raise SystemExit(1)


def _clean_only(stage: "Stage") -> bool:
    from commands.drill_clean import clean

    found = clean(stage)
    err.print(
        f"removed {found.posts} posts, {found.events} events, {found.alerts} alerts, {found.incidents} incidents, "
        f"{found.deliveries} deliveries of drills"
    )
    return True


def _play(stage: "Stage", scenario: str, seconds: float, *, keep: bool, as_json: bool) -> bool:
    from commands.drill_clean import clean, is_left
    from example.drill import SCENARIOS

    if is_left(stage):
        err.print("an earlier drill left something: removing it first", markup=False)
        clean(stage)
    how = "consumers of its own" if stage.own else "the running system"
    err.print(f"【演练】{SCENARIOS[scenario]}; {seconds / 60:g} min; through {how}", markup=False, soft_wrap=True)
    interrupted = False
    watch = _watch(stage, scenario)
    try:
        with _ctrl_c() as pressed:
            _tell(stage, watch, scenario, seconds, pressed)
    except KeyboardInterrupt:
        interrupted = True
        err.print("interrupted: cleaning up (Ctrl-C again leaves it to `minyi drill --clean`)", markup=False)
    watch.finish(stage.now())
    if not keep:
        clean(stage)
        watch.reach("cleaned", stage.now())
    _report(watch, as_json=as_json)
    if keep:
        err.print("kept: practise on the desk, then `minyi drill --clean`", markup=False)
    return watch.passed() and not interrupted


def _watch(stage: "Stage", scenario: str) -> "Watch":
    from commands.drill_steps import WANTED, Watch
    from config.audiences import load_audiences
    from consumers.drills import listens, with_console
    from example.drill import scenario as posts_of
    from models.drill import DRILL

    who = with_console(load_audiences(stage.where.config / "audiences.yaml")).audiences
    hears = any(listens(audience, WANTED[-1], DRILL) for audience in who)
    return Watch(stage.now(), len(posts_of(scenario)), somebody_hears=hears)


@contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """Set by the first Ctrl-C; the second raises as ever. As an exception the first may fall where Python drops it."""
    pressed = threading.Event()

    def note(_number: int, _frame: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(stage: "Stage", watch: "Watch", scenario: str, seconds: float, pressed: threading.Event) -> None:
    """Publish the posts over `seconds` and look until everything has happened, or for PATIENCE_S.

    Raises KeyboardInterrupt once Ctrl-C was `pressed`.
    """
    from commands.drill_clean import note
    from example.drill import scenario as posts_of

    said = posts_of(scenario)
    ids = identities(said, secrets.token_hex(4))
    note(stage.where.home, list(ids.values()))
    watch.began = stage.now()
    began, told = time.monotonic(), 0
    pause = seconds / max(1, len(said) - 1)
    while True:
        elapsed = time.monotonic() - began
        if told < len(said) and elapsed >= told * pause:
            stage.publish([as_post(said[told], told, ids, stage.now())])
            told += 1
            if watch.reach("published", stage.now()):
                _say(watch.steps["published"])
        stage.check()
        with stage.store.read() as conn:
            new = watch.look(conn, stage.now())
        for step in new:
            _say(step)
        if told == len(said) and (watch.done() or elapsed > seconds + PATIENCE_S):
            return
        if pressed.wait(min(0.1, max(0.0, began + told * pause - time.monotonic())) if told < len(said) else 0.1):
            raise KeyboardInterrupt


def identities(said: "tuple[Said, ...]", run: str) -> dict[int, str]:
    """The ids of a drill's posts; another drill has others."""
    from models.drill import ID_PREFIX

    return {n: f"{ID_PREFIX}{run}-{n:03}" for n in range(len(said))}


def as_post(said: "Said", n: int, ids: dict[int, str], now: datetime) -> "PostCollected":
    """One post of a scenario as it is collected `now`, marked in title and text."""
    from bus.messages import PostCollected
    from models.drill import DRILL, marked

    about = None if said.about is None else ids[said.about]
    forum = said.platform == "forum"
    reposts, comments, likes = said.counts
    return PostCollected(
        id=ids[n],
        platform=cast("Platform", said.platform),
        source=DRILL,
        jurisdiction=DRILL,
        title=marked(said.title, DRILL) if said.title else "",
        text=marked(said.text, DRILL),
        author=f"{ids[n]}-author",
        author_kind="media" if said.platform == "news" else "person",
        followers=FOLLOWERS,
        published_at=now,
        collected_at=now,
        kind="post" if about is None else "reply" if forum else "repost",
        parent=about if forum else None,
        repost_of=None if forum else about,
        reposts=reposts,
        comments=comments,
        likes=likes,
    )


def _say(step: "Step") -> None:
    from commands.drill_steps import WORDS

    late = f"  ({step.latency_s:.1f} s after its post)" if step.latency_s is not None else ""
    words = f"  {step.detail}" if step.detail else ""
    err.print(
        f"{datetime.now(UTC):%H:%M:%S} +{step.after_s:6.1f} s  {WORDS[step.step]}{late}{words}",
        markup=False,
        soft_wrap=True,
    )


def _report(watch: "Watch", *, as_json: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from commands.drill_steps import WORDS
    from commands.tables import show

    steps = list(watch.steps.values())
    if as_json:
        for step in steps:
            print_json({"drill": True, **{name: getattr(step, name) for name in step.__dataclass_fields__}})
        return
    table = Table("【演练】", "", "after", "latency", "")
    for step in steps:
        table.add_row(
            WORDS[step.step], _verdict(step), _seconds(step.after_s), _seconds(step.latency_s), escape(step.detail)
        )
    show(table)
    out.print("drill passed" if watch.passed() else "drill failed", style="green" if watch.passed() else "red")


def _verdict(step: "Step") -> str:
    return {True: "pass", False: "FAIL", None: "-"}[step.ok]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"
