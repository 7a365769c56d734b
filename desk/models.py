"""模型 (/models): the model in use, the newest candidate and how the two compare. Read only: adopting is a command."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from config.settings import PROJECT
from desk import words
from desk.model_figures import KINDS, PAIRS, SETS, Shown, shown
from desk.view import ViewDep
from models.proposal import Fall, Warning
from models.shelf import SHIPPED, Candidate, Shelf, ShelfError

router = APIRouter()

MEASURES = {"accuracy": "准确率", "macro_f1": "宏平均 F1", "f1": "F1", "right": "答对条数"}
STEPS = {"adopted": "启用", "rolled-back": "退回"}
LABEL_KIND = {"corrected": "更正", "confirmed": "确认"}
OLDER = 5
FALLS = 8
"""Figures that got worse, shown before the others are folded away."""


@router.get("/models", response_class=HTMLResponse)
def models_page(view: ViewDep) -> HTMLResponse:
    """What a person needs to decide whether a candidate is better."""
    shelf = Shelf(view.desk.home / "models", PROJECT / "models" / "artifacts")
    trouble, used, version, steps = False, SHIPPED, "", []
    figures: Shown | None = None
    try:
        used, steps = shelf.in_use(), shelf.steps()
        version = shelf.version()
        figures = shown(shelf, version)
    except ShelfError:
        trouble = True
    candidates = shelf.candidates()
    loaded = view.desk.analyzer.version if view.desk.analyzer else None
    with view.desk.store.read() as conn:
        return view.render(
            conn,
            "models.html",
            here="health",
            trouble=trouble,
            shipped=used == SHIPPED,
            version=version,
            loaded=loaded,
            steps=steps[::-1],
            candidate=_waiting(candidates, used),
            candidates=candidates[: OLDER + 1],
            figures=figures,
            PAIRS=PAIRS,
            kind_word=lambda kind: words.word(KINDS, kind),
            set_word=lambda name: words.word(SETS, name),
            answer_word=answer_word,
            change_words=change_words,
            warning_words=warning_words,
            fall_words=fall_words,
            LABEL_KIND=LABEL_KIND,
            FALLS=FALLS,
            STEPS=STEPS,
        )


def answer_word(question: str, answer: str) -> str:
    """One answer of a question, in Chinese."""
    tables: Mapping[str, Mapping[str, str]] = {
        "relevant": {"0": "无关", "1": "涉警"},
        "sentiment": {str(k): v for k, v in words.SENTIMENT.items()},
        "attitude": {str(k): v for k, v in words.ATTITUDE.items()},
        "category": words.CATEGORY,
        "intent": words.INTENT,
    }
    return words.word(tables.get(question, {}), answer)


def change_words(question: str, change: str) -> str:
    """`conduct > traffic` in Chinese; a model that said nothing has a dash."""
    return " → ".join("—" if said == "None" else answer_word(question, said) for said in change.split(" > "))


def warning_words(warning: Warning) -> str:
    """Why a candidate needs a second thought, in Chinese."""
    question = words.word(words.LABEL_FIELD, warning.question)
    if warning.kind == "desk":
        return f"“{question}”的留出反馈只答对 {warning.candidate:.0f} 条，现用模型答对 {warning.against:.0f} 条"
    than = "低于下限" if warning.kind == "floor" else "低于现用模型的"
    measure = words.word(MEASURES, warning.measure)
    where = words.word(SETS, warning.set)
    return f"{where}“{question}”{measure} {warning.candidate:.3f}，{than} {warning.against:.3f}"


def fall_words(fall: Fall) -> str:
    """A figure that got worse, in Chinese."""
    of = f"（{answer_word(fall.question, fall.answer)}）" if fall.answer else ""
    about = f"{words.word(SETS, fall.set)}“{words.word(words.LABEL_FIELD, fall.question)}”{of}"
    return f"{about}{words.word(MEASURES, fall.measure)} {fall.current:.3f} → {fall.candidate:.3f}，{fall.n} 条"


def _waiting(candidates: list[Candidate], used: str) -> Candidate | None:
    """The newest candidate, unless it is in use."""
    return candidates[0] if candidates and candidates[0].version != used else None
