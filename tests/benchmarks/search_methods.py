"""Ways to search the space `strong`, simulated on recorded curves: what each has found when its CPU time is spent.

    python tests/benchmarks/search_methods.py [--worlds 60] [--rugged 0]

search_curves.csv holds validation curves of real runs (record_curves.py). Random forests learn from them what a
network's accuracy is after each epoch, and what an epoch costs. A *world* adds to that, for every network, what
the forests do not know of it (as much as they miss left-out networks by), and for every run what a seed does. All
methods search the same worlds, one trial after the other, through Optuna and the product's own sampler and pruner;
what counts is the accuracy, without its seed's luck, of the network that a method chooses in the end.
"""

import argparse
import hashlib
import json
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import count, repeat

import numpy as np
import optuna
import pandas as pd
from record_curves import CURVES, beginnings, near, strong
from scipy import stats
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction import DictVectorizer
from sklearn.model_selection import GroupKFold
from spread import table

from search_spaces.space import Parameters
from study.config import SearchPart
from study.jobs.semi_final import FURTHER_SEEDS
from study.search.sampling import ParameterGroups, pruner_for, sampler_for

BUDGETS = (3, 8)  # times what the beginnings cost
AS_IT_IS = "as the product searches"


def features(parameters: Mapping[str, object]) -> dict[str, object]:
    """Choices by name; a size that was not drawn is 0, which the choices tell apart."""
    chosen = {
        name: str(value) if isinstance(value, str | bool | None) else value for name, value in parameters.items()
    }
    if isinstance(rate := chosen.get("learning_rate"), float):
        chosen["learning_rate"] = float(np.log10(rate))
    return chosen


class Surrogate:
    """Forests of recorded curves: accuracy after an epoch, seconds an epoch; and how far they are off."""

    def __init__(self, curves: pd.DataFrame) -> None:
        drawn = [json.loads(each) for each in curves["parameters"]]
        self._columns = DictVectorizer(sparse=False).fit([features(each) for each in drawn])
        rows = self._rows(drawn, curves["epochs"], curves["epoch"])
        accuracy = curves["validation_accuracy"].to_numpy()
        self._accuracy = _forest().fit(rows, accuracy)
        self._seconds = _forest().fit(rows, np.log(curves["cpu_seconds"]))
        left_out = np.empty(len(rows))
        for learnt, held in GroupKFold(8).split(rows, groups=curves["network"]):
            left_out[held] = _forest().fit(rows[learnt], accuracy[learnt]).predict(rows[held])
        last = (curves["epoch"] == curves["epochs"]).to_numpy()
        ends = curves[last]
        several = ends.groupby("network")["validation_accuracy"].agg(["var", "size"])
        several = several[several["size"] > 1]
        self.seed_sd = float(np.sqrt((several["var"] * (several["size"] - 1)).sum() / (several["size"] - 1).sum()))
        missed = (accuracy - left_out)[last]
        good = accuracy[last] > np.median(accuracy[last])
        self.network_sd = float(np.sqrt(max(np.median(np.abs(missed[good])) ** 2 * 2.2 - self.seed_sd**2, 0.0)))
        self.rank_correlation = float(stats.spearmanr(accuracy[last], left_out[last]).statistic)
        self.networks = int(curves["network"].nunique())
        self.runs = int(last.sum())
        self._known: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # asked for at every trial, of leaders too

    def curve(self, parameters: Parameters, epochs: int) -> tuple[np.ndarray, np.ndarray]:
        """Accuracy after each epoch and its CPU seconds, float64 [epochs] each."""
        name = json.dumps(parameters, sort_keys=True)
        if name not in self._known:
            rows = self._rows([parameters] * epochs, [epochs] * epochs, range(1, epochs + 1))
            self._known[name] = self._accuracy.predict(rows), np.exp(self._seconds.predict(rows))
        return self._known[name]

    def _rows(self, drawn: Sequence[Parameters], epochs: Sequence[int], epoch: Sequence[int]) -> np.ndarray:
        own = self._columns.transform([features(each) for each in drawn])
        whole, at = np.asarray(epochs, float), np.asarray(epoch, float)
        return np.column_stack([own, whole, at, at / whole])


def _forest() -> RandomForestRegressor:
    return RandomForestRegressor(60, min_samples_leaf=2, max_features=0.5, random_state=0)


@cache
def surrogate() -> Surrogate:
    return Surrogate(pd.read_csv(CURVES))


@dataclass
class World:
    """One landscape, `rugged` times what the forests miss networks by. `curve` of a network is the same whoever
    asks, a seed's luck included."""

    number: int
    rugged: float

    def curve(self, parameters: Parameters, seed: int) -> tuple[np.ndarray, np.ndarray]:
        known = surrogate()
        accuracies, seconds = known.curve(parameters, int(parameters["epochs"]))
        luck = known.seed_sd * self._draw(parameters, seed)
        return accuracies + self._own(parameters) + luck, seconds

    def truth(self, parameters: Parameters) -> float:
        """Accuracy at the end without a seed's luck."""
        return float(surrogate().curve(parameters, int(parameters["epochs"]))[0][-1] + self._own(parameters))

    def _own(self, parameters: Parameters) -> float:
        return self.rugged * surrogate().network_sd * self._draw(parameters, "network")

    def _draw(self, parameters: Parameters, of: object) -> float:
        told = json.dumps([self.number, of, sorted(parameters.items())])
        digest = hashlib.sha256(told.encode()).digest()
        return float(np.random.default_rng(int.from_bytes(digest[:8], "big")).standard_normal())


@dataclass(frozen=True)
class Method:
    """`starts`: the space's points to begin with are trained before anything else; `near_best`: the share of
    trials that are near the best so far instead of the sampler's; `leaders`: so many are judged on further seeds
    in the end; `seeds` of every trial; `stops` after so many trials without a better one."""

    pruner: Callable[[], optuna.pruners.BasePruner] = lambda: pruner_for(SearchPart())
    sampler: str = "product"
    starts: bool = True
    near_best: float = 0.0
    leaders: int = 3
    seeds: int = 1
    stops: int | None = None


METHODS: dict[str, Method] = {
    AS_IT_IS: Method(),
    "without points to begin with": Method(starts=False),
    "at random": Method(sampler="random"),
    "TPE, parameters one by one": Method(sampler="univariate"),
    "half of the trials near the best": Method(near_best=0.5),
    "every trial near the best": Method(near_best=1.0),
    "accuracy and seconds, a front": Method(sampler="front", pruner=optuna.pruners.NopPruner),
    "nothing pruned": Method(pruner=optuna.pruners.NopPruner),
    "successive halving": Method(pruner=lambda: pruner_for(SearchPart(pruner="successive-halving"))),
    "Hyperband": Method(pruner=lambda: optuna.pruners.HyperbandPruner(1, 6, 3)),
    "one seed decides": Method(leaders=0),
    "five leaders on further seeds": Method(leaders=5),
    "two seeds of every trial": Method(seeds=2, leaders=0),
    "stops after 12 trials without a better one": Method(stops=12),
}


def search(method: Method, world: World, budgets: Sequence[float]) -> list[tuple[float, int]]:
    """Accuracy without luck of what is chosen at each budget of CPU seconds, leaders included, and the trials."""
    space, groups = strong(), ParameterGroups()
    study = _study(method, world.number)
    generator = random.Random(world.number)
    starts = list(beginnings(space).values()) if method.starts else []
    for parameters in starts:
        study.enqueue_trial(dict(parameters))
    spent, ends, found = 0.0, list[tuple[float, Parameters]](), list[tuple[float, int]]()
    best_at = 0
    for number in count():
        while len(found) < len(budgets) and spent >= budgets[len(found)] - _leaders_cost(method, ends, world):
            found.append((world.truth(_chosen(method, ends, world)), number))
        if len(found) == len(budgets):
            return found
        if method.stops and ends and number - best_at > method.stops:
            return found + [(world.truth(_chosen(method, ends, world)), number)] * (len(budgets) - len(found))
        if number >= len(starts) and ends and generator.random() < method.near_best:
            study.enqueue_trial(near(max(ends, key=lambda end: end[0])[1], space, generator))
        if method.sampler == "product":
            study.sampler = sampler_for(SearchPart(), world.number, number, groups)
        trial = study.ask()
        space.suggest(trial)
        parameters = dict(trial.params)
        curves = [world.curve(parameters, seed) for seed in range(method.seeds)]
        accuracies, seconds = (np.mean(each, axis=0) for each in zip(*curves, strict=True))
        pruned = False
        for epoch, accuracy in enumerate(accuracies, start=1):
            spent += method.seeds * float(seconds[epoch - 1])
            if method.sampler == "front":
                continue
            trial.report(float(accuracy), epoch)
            pruned = number >= len(starts) and epoch < len(accuracies) and trial.should_prune()
            if pruned:
                break
        if pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            values = [float(accuracies[-1]), float(min(seconds))]
            study.tell(trial, values if method.sampler == "front" else values[0])
            if not ends or values[0] > max(end[0] for end in ends):
                best_at = number
            ends.append((values[0], parameters))
        groups.add(study.get_trials(deepcopy=False)[-1])
    raise AssertionError


def _study(method: Method, seed: int) -> optuna.Study:
    samplers: dict[str, Callable[[], optuna.samplers.BaseSampler | None]] = {
        "product": lambda: None,
        "random": lambda: optuna.samplers.RandomSampler(seed=seed),
        "univariate": lambda: optuna.samplers.TPESampler(n_startup_trials=8, seed=seed),
        "front": lambda: optuna.samplers.TPESampler(n_startup_trials=8, multivariate=True, group=True, seed=seed),
    }
    directions = ["maximize", "minimize"] if method.sampler == "front" else ["maximize"]
    return optuna.create_study(directions=directions, sampler=samplers[method.sampler](), pruner=method.pruner())


def _ranked(ends: Sequence[tuple[float, Parameters]]) -> list[Parameters]:
    """The best first, each network once."""
    found: dict[str, Parameters] = {}
    for _, parameters in sorted(ends, key=lambda end: -end[0]):
        found.setdefault(json.dumps(parameters, sort_keys=True), parameters)
    return list(found.values())


def _chosen(method: Method, ends: Sequence[tuple[float, Parameters]], world: World) -> Parameters:
    ranked = _ranked(ends)
    if not method.leaders:
        return ranked[0]
    seeds = range(1 + FURTHER_SEEDS)
    judged = [
        np.mean([world.curve(parameters, seed)[0][-1] for seed in seeds])
        for parameters in ranked[: method.leaders]
    ]
    return ranked[int(np.argmax(judged))]


def _leaders_cost(method: Method, ends: Sequence[tuple[float, Parameters]], world: World) -> float:
    leaders = _ranked(ends)[: method.leaders]
    return FURTHER_SEEDS * sum(float(world.curve(parameters, 0)[1].sum()) for parameters in leaders)


def in_world(
    number: int, rugged: float, names: Sequence[str], budgets: Sequence[float]
) -> list[list[tuple[float, int]]]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    return [search(METHODS[name], World(number, rugged), budgets) for name in names]


def rows(names: Sequence[str], found: np.ndarray) -> list[list[str]]:
    """`found` [worlds, methods, budgets, (accuracy, trials)]; differences world by world from the first."""
    shown = []
    for place, name in enumerate(names):
        cells = [name]
        for budget in range(found.shape[2]):
            less = 100 * (found[:, place, budget, 0] - found[:, 0, budget, 0])
            half = stats.t.ppf(0.975, len(less) - 1) * less.std(ddof=1) / len(less) ** 0.5
            mean = f"{100 * found[:, place, budget, 0].mean():.2f}"
            cells.append(mean if place == 0 else f"{less.mean():+.2f} ± {half:.2f}")
        shown.append([*cells, f"{np.median(found[:, place, -1, 1]):.0f}"])
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=60, help="(default: 60)")
    parser.add_argument(
        "--rugged", type=float, default=1.0, help="times what the forests miss networks by (default: 1)"
    )
    parser.add_argument("--smoke", action="store_true", help="two worlds, two methods, one budget")
    options = parser.parse_args()
    known = surrogate()
    starts = beginnings(strong()).values()
    cost = sum(float(known.curve(parameters, int(parameters["epochs"]))[1].sum()) for parameters in starts)
    names = list(METHODS)[: 2 if options.smoke else None]
    budgets = [times * cost for times in BUDGETS][: 1 if options.smoke else None]
    worlds = range(2 if options.smoke else options.worlds)
    print(
        f"{known.runs} runs of {known.networks} networks; left-out networks: rank correlation "
        f"{known.rank_correlation:.2f}, missed by {100 * known.network_sd:.2f} points (a seed: "
        f"{100 * known.seed_sd:.2f}); what a search begins with costs {cost:.0f} CPU s",
        flush=True,
    )
    with ProcessPoolExecutor() as pool:
        found = np.array(list(pool.map(in_world, worlds, repeat(options.rugged), repeat(names), repeat(budgets))))
    header = ["method", *(f"accuracy after {budget:.0f} CPU s" for budget in budgets), "trials"]
    print(table(header, rows(names, found)))
    if options.smoke:
        print(json.dumps(found.mean(axis=0).tolist()))


if __name__ == "__main__":
    main()
