"""The sections of a model card that hold figures, as Markdown lines."""

from collections.abc import Sequence

from models import ordinary as ordinary_posts
from models.card_words import KINDS
from models.crossed import Feed
from models.figures import Answered, Honesty
from models.ordinary import Passing

BAR_CALIBRATION = 0.05
BAR_ORDINARY = 0.005
"""What is aimed at: calibration error, and part of ordinary posts that pass as relevant."""
NAMED = 10
"""Confused pairs that are listed."""


def answers(found: Answered) -> list[str]:
    """How a set was answered: per class, and what is taken for what."""
    lines = [f"## Figures on {found.set}", ""]
    lines += [f"{found.posts} posts, none of them used for training: accuracy {found.accuracy:.3f}, "
              f"macro-F1 {found.macro_f1:.3f}.", ""]  # fmt: skip
    lines += ["| answer | precision | recall | F1 | posts |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {v['p']:.3f} | {v['r']:.3f} | {v['f1']:.3f} | {v['n']:.0f} |"
        for name, v in found.per_class.items()
    ]
    if found.wrong:
        lines += ["", f"Confused, of {sum(found.wrong.values())} wrong answers:", ""]
        lines += ["| right answer | answer given | posts |", "|---|---|---|"]
        for pair, posts in list(found.wrong.items())[:NAMED]:
            right, given = pair.split(" > ")
            lines.append(f"| {right} | {'none' if given == 'None' else given} | {posts} |")
    return [*lines, ""]


def honesty(question: str, found: Sequence[Honesty]) -> list[str]:
    """How honest the stated probability is: one row a set, the plot, one row a bin."""
    if not found:
        return []
    lines = ["## Calibration", "", f"![stated probability against real share]({question}.svg)", ""]
    lines += ["| set | posts | expected calibration error (ten bins) |", "|---|---|---|"]
    lines += [f"| {h.set}{' *' if h.crossed else ''} | {h.posts} | {h.error:.3f}{_over(h.error)} |" for h in found]
    if any(h.crossed for h in found):
        lines += [
            "",
            "\\* Every post of it is learnt from: each is judged by weights that had not seen it (five folds).",
        ]
    if question == "sentiment":
        lines += ["", "Stated is P(positive) - P(negative), moved to 0..1, against the mean of the labels; where a "
                  "source knows happy and unhappy only, P(positive) among the two."]  # fmt: skip
    lines += ["", "| set | stated | posts | mean stated | real |", "|---|---|---|---|---|"]
    lines += [
        f"| {h.set} | {b.low:.1f}-{b.high:.1f} | {b.posts} | {b.stated:.3f} | {b.real:.3f} |"
        for h in found
        for b in h.bins
    ]
    return [*lines, ""]


def ordinary(found: Sequence[Passing], threshold: float) -> list[str]:
    """What part of ordinary posts passes as relevant, one row a kind."""
    if not found:
        return []
    lines = ["## Ordinary posts that pass", "", f"At the threshold of {threshold:g}, of a fixed sample of each kind. "
             "Those that pass were read: some are relevant. What counts is the part of the others that wrongly passes, "
             f"at most {100 * BAR_ORDINARY:g} %. A text learnt from is judged by weights that had not seen it.", "",
             "| kind | texts | pass | share | of them relevant | wrongly | unread | wrongly, of the others | 95 % |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for p in (*found, ordinary_posts.total(found)):
        low, high = p.interval
        lines.append(
            f"| {KINDS.get(p.kind, p.kind)} | {p.texts} | {p.passing} | {_percent(p.passing / p.texts)} "
            f"| {p.relevant} | {p.wrong} | {p.unread} | {_percent(p.share)}{_bar(p.share)} "
            f"| {_percent(low)} to {_percent(high)} |"
        )
    unread = sum(p.unread for p in found)
    lines += ["", (f"Unread: {unread} passing texts; the upper ends of the intervals take them for wrong ones."
                   if unread else "Every passing text was read.")
              + " Readers' doubts are not counted: a passing text called relevant with hesitation is relevant. "
              "Irrelevant texts rich in police words were chosen for training first; they are in the sample as often "
              "as they are in the files."]  # fmt: skip
    return [*lines, ""]


def feed(found: Feed | None) -> list[str]:
    """Precision and recall at the base rate of a real feed."""
    if found is None:
        return []
    text = (
        f"{found.titles} titles of hot searches and questions, weighed so that they stand for all titles of 2020-2023, "
        f"of which {_percent(found.base)} are relevant; each judged by weights that had not seen it: precision "
        f"{found.precision:.3f} at a recall of {found.recall:.3f}."
    )
    return ["## At the base rate of a feed", "", text, ""]


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _over(error: float) -> str:
    return f" (above {BAR_CALIBRATION:g})" if error > BAR_CALIBRATION else ""


def _bar(share: float) -> str:
    return " (above the bar)" if share > BAR_ORDINARY else ""
