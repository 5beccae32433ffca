"""What a study is told to do: three profiles, a TOML file for the rest, and the command line on top."""

import re
import tomllib
from collections.abc import Callable
from inspect import isfunction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from results.metrics.objectives import ACCURACY, OBJECTIVES
from results.presentation.formatting import bytes_of, seconds_of
from search_spaces.architecture import Recipe
from study.environment import expanded, whole
from study.errors import InputError


def _not_blank(name: str) -> str:
    if not name.strip():
        raise ValueError(f"expected a name, got {name!r}")
    return whole(name)


def _in_utf8(address: str) -> str:
    if whole(address) != address:
        raise ValueError(f"expected an address in UTF-8, got {address!r}; rename the file or folder")
    return address


Name = Annotated[str, AfterValidator(_not_blank)]
Address = Annotated[str, AfterValidator(expanded)]
Place = Annotated[Path, AfterValidator(lambda path: Path(expanded(path)))]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Column = Annotated[str, Field(coerce_numbers_to_str=True)]  # those without a name are called by their number
Columns = Annotated[tuple[Column, ...], BeforeValidator(lambda c: [c] if isinstance(c, str | int) else c)]


def names_in(listed: object) -> object:
    """'accuracy,seconds' as a tuple of names; anything else as it is."""
    return tuple(name.strip() for name in listed.split(",")) if isinstance(listed, str) else listed


def space_in(space: Any) -> Any:
    """A name or a path as it was meant, or a function. Raises ValueError for anything else."""
    if not isfunction(space) and not isinstance(space, str | Path):
        raise ValueError(f"expected a name, a path or a function suggest(trial, recipe), got {space!r}")
    return space if isfunction(space) else expanded(space)


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SplitPart(Part):
    """`training_texts`: use only so many of the training half (stratified); None uses them all."""

    validation_fraction: Annotated[float, Field(gt=0, lt=0.9)] = 0.2
    training_texts: Annotated[int, Field(ge=20)] | None = None
    seed: Seed = 0


class SearchPart(Part):
    """`startup_trials`: drawn at random before TPE begins. `pruner` watches the first objective by epoch.
    `early_stopping`: a trial at the constant learning rate ends after so many epochs without a better value of
    the first objective, and counts with its best epoch; None: never. References are trained to their end."""

    pruner: Literal["median", "successive-halving", "none"] = "median"
    pruner_startup_trials: Annotated[int, Field(ge=0)] = 8
    pruner_warmup_epochs: Annotated[int, Field(ge=0)] = 1
    startup_trials: Annotated[int, Field(ge=1)] = 8
    early_stopping: Annotated[int, Field(ge=1)] | None = None


class FinalsPart(Part):
    """`seeds`: replicates of each configuration in the first round. `extra_seeds`: at most so many further
    finals, for the best and those that are undecided against it. `best`: how many of the found ones join the
    references.

    `test_texts`: score only so many of the test part (stratified); None scores them all. `baselines`: also score
    the linear ones; without seeds there are neither finals nor baselines, and the test part stays shut. `margin`:
    networks that differ by less, in points, are practically the same. `leaders`: so many of the search's best are
    judged on two further seeds before the found ones are chosen among them; 0: one seed decides. `first_seed`: how
    far the finals' first seed is above the search's, so that none is among those that chose. `average`: also
    score an average of what was scored, its weights chosen on the validation part.
    """

    seeds: Annotated[int, Field(ge=0)] = 4
    extra_seeds: Annotated[int, Field(ge=0)] = 4
    best: Annotated[int, Field(ge=0)] = 1
    test_texts: Annotated[int, Field(ge=20)] | None = None
    baselines: bool = True
    margin: Annotated[float, Field(gt=0, le=10)] = 0.5
    leaders: Annotated[int, Field(ge=0)] = 3
    first_seed: Annotated[int, Field(ge=0, le=10_000)] = 10
    average: bool = True


FINALS_ONCE = {"seeds": 3, "extra_seeds": 6, "leaders": 0, "first_seed": 0}
"""What studies begun without a word of these, when that meant something else, go by."""
QUIET = "linear"
"""The schedule of a new study: its seeds agree far better than at a constant rate (docs/training.md)."""


class QuestionsPart(Part):
    """The chapter's open questions: `seeds` for each of the five networks, and the `epochs` they are followed for,
    more than the chapter's three."""

    seeds: Annotated[int, Field(ge=2)] = 5
    epochs: Annotated[int, Field(ge=4)] = 10


class StudyConfig(Part):
    """Everything a study is told. Durations are in seconds (in TOML: '45m'); `trials` is the study's total.

    `fork`: begin a study of that name beside the one named, on these terms. `states` is by default a folder beside
    the database, `runs/states` for one on a server.
    `scheduler`: the address of a Dask cluster to train on. `memory_limit`: bytes a worker (in TOML: '2GB'), where
    there are several. `deterministic`: the same table on any number of workers and after any interruption, see
    `study.search.deterministic_order`.
    `objectives`: what is searched for, by name (metrics.objectives); several at once are a search for a front, in
    which the first one leads: pruning and `target` go by it.
    """

    profile: str = "standard"
    corpus: Address = "auto"
    word_index: Place | None = None
    text_column: Columns = ()
    label_column: Column | None = None
    header: bool = True
    encoding: str = "utf-8"
    test_corpus: Place | None = None
    test_fraction: Annotated[float, Field(gt=0, lt=0.9)] = 0.2
    keep_duplicates: bool = False
    rare_classes: Literal["drop", "merge"] | None = None
    tokens: Literal["words", "characters"] = "words"
    cache: Place | None = None
    space: Annotated[str | Callable[..., Any], PlainValidator(space_in)] = "book"
    name: Name | None = None
    fork: Name | None = None
    database: Annotated[Address, AfterValidator(_in_utf8)] = "runs/study.db"
    report: Place = Path("runs/report.html")
    states: Place = Path("runs/states")
    seed: Seed = 0
    trials: Annotated[int, Field(ge=1)] = 16
    budget: Annotated[float, Field(gt=0), BeforeValidator(seconds_of)] | None = None
    objectives: Annotated[tuple[str, ...], BeforeValidator(names_in)] = (ACCURACY.name,)
    target: Annotated[float, Field(gt=0)] | None = None
    workers: Annotated[int, Field(ge=1)] | None = None
    scheduler: str | None = None
    memory_limit: Annotated[int, Field(ge=100_000_000), BeforeValidator(bytes_of)] | None = None
    deterministic: bool = False
    recipe: Recipe = Recipe(batching="bucketed")
    split: SplitPart = SplitPart()
    search: SearchPart = SearchPart()
    finals: FinalsPart = FinalsPart()
    questions: QuestionsPart = QuestionsPart()

    @model_validator(mode="before")
    @classmethod
    def _states_beside_the_database(cls, given: dict[str, Any]) -> dict[str, Any]:
        database = given.get("database")
        return {"states": states_beside(database), **given} if isinstance(database, str) else given

    @field_validator("objectives")
    @classmethod
    def _objectives_are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or set(names) - set(OBJECTIVES) or len(set(names)) < len(names):
            raise ValueError(f"expected one or several of {', '.join(OBJECTIVES)}, each once, got {_said(names)}")
        if not OBJECTIVES[names[0]].quality:
            qualities = ", ".join(name for name, each in OBJECTIVES.items() if each.quality)
            raise ValueError(
                f"expected a quality first ({qualities}), since it leads the search; got {_said(names)}"
            )
        return names

    @field_validator("target")
    @classmethod
    def _shares_are_at_most_one(cls, target: float | None, info: ValidationInfo) -> float | None:
        first = OBJECTIVES[info.data.get("objectives", (ACCURACY.name,))[0]]
        if target is not None and first.is_share and target > 1:
            raise ValueError(f"expected at most 1 for {first.title}, a fraction; got {target:g}")
        return target

    @field_validator("search")
    @classmethod
    def _several_have_the_median_rule_alone(cls, search: SearchPart, info: ValidationInfo) -> SearchPart:
        if len(info.data.get("objectives", ())) > 1 and search.pruner == "successive-halving":
            raise ValueError("expected the pruner median or none with several objectives, got successive-halving")
        return search

    def study_name(self, corpus: str) -> str:
        """The given name, else one that tells studies of different corpora, spaces and profiles apart."""
        space = whole(Path(self.space).stem) if isinstance(self.space, str) else self.space.__name__.strip("<>")
        searched = "" if self.objectives == (ACCURACY.name,) else f"-{'-'.join(self.objectives)}"
        return self.name or f"{space}-{corpus}-{self.profile}{searched}"


def _said(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


PROFILES: dict[str, dict[str, Any]] = {
    "quick": {  # of its 8 trials 4 are the chapter's networks; from the 6th on TPE suggests and the pruner acts
        "trials": 8,
        "recipe": {"sequence_length": 200},
        "search": {"startup_trials": 5, "pruner_startup_trials": 5},
        "split": {"training_texts": 5000},
        "finals": {"seeds": 3, "extra_seeds": 0, "test_texts": 5000, "leaders": 2},
        "questions": {"seeds": 3},
    },
    "standard": {},
    "thorough": {"trials": 32, "finals": {"seeds": 6, "extra_seeds": 12}, "questions": {"seeds": 10}},
}


def shown_default(key: str) -> str:
    """The default of a setting as `--help` shows it, with the profiles that have another one."""
    default = StudyConfig.model_fields[key].default
    others = [f"{profile} {values[key]}" for profile, values in PROFILES.items() if key in values]
    return f"{default}; {', '.join(others)}" if others else str(default)


def states_beside(database: str) -> Path:
    """The folder of states that goes with a database: beside its file, `runs/states` for one on a server."""
    if "://" not in database:
        return Path(expanded(database)).parent / "states"
    file = re.fullmatch(r"sqlite(?:\+\w+)?:///([^?]+)(?:\?.*)?", database)
    return Path(file[1]).parent / "states" if file else Path("runs/states")


def load_config(file: Path | None, given: dict[str, Any]) -> StudyConfig:
    """The defaults, then the profile, then the TOML file, then what was `given` on the command line.

    Raises InputError naming the key: for an unknown profile or key, a value out of range, an illegible file.
    """
    from_file = _read_toml(file) if file else {}
    profile = {"profile": "standard", **from_file, **given}["profile"]
    if not isinstance(profile, str) or profile not in PROFILES:
        known = ", ".join(sorted(PROFILES))
        raise InputError(f"no profile is called {profile!r}; expected one of: {known}")
    values: dict[str, Any] = {"profile": profile, "recipe": {"batching": "bucketed"}}
    for layer in (PROFILES[profile], from_file, given):
        values = _merged(values, layer)
    try:
        return StudyConfig.model_validate(values)
    except ValidationError as error:
        raise InputError(_in_one_line(error, file)) from error


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except OSError as error:
        raise InputError(f"{file}: expected a TOML file, got: {error.strerror}; check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: expected TOML, got something else: {error}") from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` over `below`, table by table."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _in_one_line(error: ValidationError, file: Path | None) -> str:
    """Everything that is wrong, each with its key."""
    where = f"{file}: " if file else ""
    return where + "; ".join(_one_wrong(details) for details in error.errors(include_url=False))


def _one_wrong(details: ErrorDetails) -> str:
    key = ".".join(str(part) for part in details["loc"])
    if details["type"] == "extra_forbidden":
        return f"unknown key {key!r}; expected one of: {_keys_beside(details['loc'])}"
    message = details["msg"].removeprefix("Value error, ")
    got = "" if "got" in message else f", got {details['input']!r}"
    return f"{key}: {message[0].lower()}{message[1:]}{got}"


def _keys_beside(location: tuple[int | str, ...]) -> str:
    model: Any = StudyConfig
    for part in location[:-1]:
        model = model.model_fields[part].annotation
    return ", ".join(sorted(model.model_fields))
