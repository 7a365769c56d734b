"""The card of a candidate: what moved it, how it compares on the same held-back posts, and what got worse."""

from pathlib import Path

from models.card_words import WEAKNESSES
from models.proposal import Comparison, DeskLabels, Question

FALLS = 15
FEW = 20  # held-back desk labels of a question: on fewer, one post moves the share by more than five points


def write(path: Path, c: Comparison) -> None:
    """Write the card as Markdown."""
    path.write_text("\n".join([*_origin(c), *_labels(c), *_figures(c), *_worse(c), *_caveats(c), ""]), encoding="utf-8")


def _origin(c: Comparison) -> list[str]:
    how = (
        f"The weights of `{c.base}`, moved by the desk labels below and by nothing else."
        if c.how == "adapted"
        else "Trained anew from all labelled data and the desk labels below; `cards/` has a card for each question."
    )
    return [
        f"# Candidate `{c.candidate}`",
        "",
        f"Made {c.made_at:%Y-%m-%d %H:%M} UTC, {c.posts} rows learnt from. {how}",
        f"Compared with `{c.current}`, in use at the time. Nothing is installed before a person adopts it.",
        "",
    ]


def _labels(c: Comparison) -> list[str]:
    lines = ["## Desk labels", ""]
    lines += [f"From {c.accounts} accounts; the labels of one of them have {c.heaviest:.0%} of the weight.", ""]
    lines += [
        "| question | kind | learnt | weight | right: in use > candidate | held back | right: in use > candidate |"
    ]
    lines += ["|---|---|---|---|---|---|---|", *(_label(d) for d in c.desk)]
    return [*lines, ""]


def _label(d: DeskLabels) -> str:
    learnt, held = f"{d.learnt_current} > {d.learnt_candidate}", f"{d.held_current} > {d.held_candidate}"
    return f"| {d.question} | {d.kind} | {d.learnt} | {d.weight:.1f} | {learnt} | {d.held} | {held} |"


def _figures(c: Comparison) -> list[str]:
    lines = ["## Figures on held-back posts, in use > candidate", ""]
    lines += ["| posts | question | n | accuracy | macro-F1 | gained | lost |", "|---|---|---|---|---|---|---|"]
    return [*lines, *(_figure(q) for q in c.questions), ""]


def _figure(q: Question) -> str:
    a, b = q.current, q.candidate
    measures = f"{a.accuracy:.3f} > {b.accuracy:.3f} | {a.macro_f1:.3f} > {b.macro_f1:.3f}"
    return f"| {q.set} | {q.question} | {q.n} | {measures} | {q.gained} | {q.lost} |"


def _worse(c: Comparison) -> list[str]:
    lines, falls = ["## What got worse", ""], c.falls()
    lines += [
        f"- {f.set}: {f.question} {f'{f.measure} of {f.answer}' if f.answer else f.measure} "
        f"{f.current:.3f} > {f.candidate:.3f} ({f.n} posts)"
        for f in falls[:FALLS]
    ]
    if len(falls) > FALLS:
        lines.append(f"- and {len(falls) - FALLS} smaller falls")
    if not falls:
        lines.append("Nothing that was measured.")
    if c.warnings:
        lines += ["", "## Adopting it needs --force", "", *(f"- {w.words()}" for w in c.warnings)]
    return [*lines, ""]


def _caveats(c: Comparison) -> list[str]:
    said = []
    thin = [
        q for q in dict.fromkeys(d.question for d in c.desk) if sum(d.held for d in c.desk if d.question == q) < FEW
    ]
    if thin:
        said.append(f"Fewer than {FEW} desk labels were held back of {', '.join(thin)}: chance decides there.")
    if c.how == "adapted":
        said += ["The threshold is that of the model it was moved from, and so are the weaknesses.", *WEAKNESSES["all"]]
    return ["## Known weaknesses", "", *(f"- {w}" for w in said)] if said else []
