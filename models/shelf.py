"""The models of one installation: the shipped one, candidates beside each other, and which of them is in use.

A candidate is a folder `candidate-VERSION` with weights, cards and its comparison. What is in use is the end of a log
that only people write (`minyi models adopt`, `minyi models rollback`); the shipped artifacts are never touched.
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from models.proposal import Comparison

SHIPPED = "shipped"
PREFIX, MAKING = "candidate-", "making-"
ADAPTED = "+"
"""In the version of an adapted model, after that of the model it was adapted from."""
KEPT = 6
"""Candidates kept besides those that were ever adopted; about 13 MB each."""


class ShelfError(Exception):
    """Something the shelf cannot do; `str()` says what and what to do instead."""


@dataclass(frozen=True)
class Step:
    """A person changed the model in use."""

    did: Literal["adopted", "rolled-back"]
    version: str
    """In use from then on; `shipped` for the one that came with the program."""
    by: str
    at: datetime
    forced: bool = False


@dataclass(frozen=True)
class Candidate:
    """A trained model that waits for a person, or was adopted by one."""

    version: str
    folder: Path
    comparison: Comparison


@dataclass(frozen=True)
class Shelf:
    """The models below one folder."""

    folder: Path
    """home/models; need not exist."""
    shipped: Path

    def in_use(self) -> str:
        """Version of the adopted candidate, or `shipped`. Raises ShelfError for a damaged log."""
        stack = self._stack()
        return stack[-1] if stack else SHIPPED

    def artifacts(self) -> Path:
        """The folder of the model in use. Raises ShelfError for a damaged log or an adopted model that is gone."""
        version = self.in_use()
        if version == SHIPPED:
            return self.shipped
        folder = self.folder / f"{PREFIX}{version}"
        if not folder.is_dir():
            raise ShelfError(f"{folder}: the adopted model is gone; `minyi models rollback` takes the one before it")
        return folder

    def version(self) -> str:
        """The model in use by the name its scores carry. Raises ShelfError."""
        return version_of(self.artifacts())

    def base(self) -> Path:
        """The trained model the one in use was adapted from; that one itself when it was trained.

        The shipped one when it is here no more, as after an update. Raises ShelfError.
        """
        artifacts = self.artifacts()
        version, _, moved = version_of(artifacts).partition(ADAPTED)
        trained = self.folder / f"{PREFIX}{version}"
        if not moved:
            return artifacts
        return trained if trained.is_dir() else self.shipped

    def steps(self) -> list[Step]:
        """What people did, oldest first. Raises ShelfError for a damaged log."""
        try:
            return msgspec.json.decode(self._log.read_bytes(), type=list[Step])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as err:
            raise ShelfError(f"{self._log}: {err}; remove it to use the shipped model") from err

    def candidates(self) -> list[Candidate]:
        """Every readable candidate, newest first."""
        found = []
        for folder in self.folder.glob(f"{PREFIX}*"):
            try:
                comparison = msgspec.json.decode((folder / "comparison.json").read_bytes(), type=Comparison)
            except (OSError, msgspec.DecodeError):
                continue
            found.append(Candidate(folder.name.removeprefix(PREFIX), folder, comparison))
        return sorted(found, key=lambda c: (c.comparison.made_at, c.version), reverse=True)

    def find(self, version: str) -> Candidate:
        """The candidate of that version. Raises ShelfError when there is none."""
        for candidate in self.candidates():
            if candidate.version == version:
                return candidate
        raise ShelfError(f"no candidate {version}; `minyi models list` shows them")

    def adopt(self, version: str, *, by: str, at: datetime, force: bool = False) -> None:
        """Use a candidate, or `shipped`, from the next start of a process on.

        Raises ShelfError when it is in use already, is not there, or (unless `force`) comes with warnings or was
        compared with another model than the one in use.
        """
        if version in (self.in_use(), self.version()):
            raise ShelfError(f"{version} is in use already")
        if version != SHIPPED:
            comparison = self.find(version).comparison
            if comparison.current != self.version() and not force:
                raise ShelfError(
                    f"{version} was compared with {comparison.current}, and {self.version()} is in use now: "
                    "`minyi models retrain` compares anew, --force adopts it all the same"
                )
            if comparison.warnings and not force:
                words = "; ".join(warning.words() for warning in comparison.warnings)
                raise ShelfError(f"{version}: {words}. --force adopts it all the same")
        self._write(Step("adopted", version, by, at, force))

    def roll_back(self, *, by: str, at: datetime) -> str:
        """Back to the model before the one in use that is still there; returns its version.

        Raises ShelfError when there is none before.
        """
        if not self._stack():
            raise ShelfError("the shipped model is in use; there is none before it")
        while True:
            stack = self._stack()
            before = stack[-2] if len(stack) > 1 else SHIPPED
            self._write(Step("rolled-back", before, by, at))
            if before == SHIPPED or (self.folder / f"{PREFIX}{before}").is_dir():
                return before

    def place(self, making: Path, comparison: Comparison) -> Candidate:
        """Make a finished folder below this one a candidate, whole or not at all; old candidates make room."""
        (making / "comparison.json").write_bytes(msgspec.json.format(msgspec.json.encode(comparison), indent=1))
        folder = self.folder / f"{PREFIX}{comparison.candidate}"
        if folder.exists():  # equal weights, equal version: only what is said of it is new
            for new in [*(making / "cards").glob("*"), *making.glob("card.md"), making / "comparison.json"]:
                place = folder / new.relative_to(making)
                place.parent.mkdir(exist_ok=True)
                new.replace(place)
            shutil.rmtree(making)
        else:
            making.rename(folder)
        adopted = {step.version for step in self.steps()}
        for old in [c for c in self.candidates() if c.version not in adopted | {comparison.candidate}][KEPT - 1 :]:
            going = self.folder / f"{MAKING}{old.folder.name}"  # killed half-way it is no candidate any more
            shutil.rmtree(old.folder.rename(going))
        return Candidate(comparison.candidate, folder, comparison)

    def workplace(self) -> Path:
        """An empty folder for a training; what killed trainings left goes. Only one training at a time may ask."""
        for left in self.folder.glob(f"{MAKING}*"):
            shutil.rmtree(left)
        making = self.folder / f"{MAKING}{os.getpid()}"
        making.mkdir(parents=True)
        return making

    @property
    def _log(self) -> Path:
        return self.folder / "adopted.json"

    def _stack(self) -> list[str]:
        stack: list[str] = []
        for step in self.steps():
            if step.did == "adopted":
                stack.append(step.version)
            elif stack:
                stack.pop()
        return stack

    def _write(self, step: Step) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self._log.with_suffix(".part")
        part.write_bytes(msgspec.json.format(msgspec.json.encode([*self.steps(), step]), indent=1))
        part.replace(self._log)


def version_of(artifacts: Path) -> str:
    """The version in a model's manifest. Raises ShelfError when it cannot be read."""
    try:
        return str(json.loads((artifacts / "model.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ShelfError(f"{artifacts / 'model.json'}: not readable ({type(err).__name__})") from err
