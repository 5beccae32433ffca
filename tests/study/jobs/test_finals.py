"""Which finals get further seeds: by the verdicts' own rule."""

import numpy as np
import pandas as pd

from results.statistics import rounds
from results.statistics.verdicts import BETTER, against_best
from search_spaces import BOOK
from study.config import FinalsPart
from study.corpus import Split
from study.jobs.finals import Final
from study.jobs.plan import further_round
from study.training.run import Run

NETWORKS = [reference.configuration for reference in BOOK[:3]]
BEST, CLOSE, FAR = (each.fingerprint for each in NETWORKS)
FIRST = [Final(Run(each, seed, Split(0.0, 0))) for seed in range(5, 8) for each in NETWORKS]
DRAWN = np.random.default_rng(1).normal(size=(3, 40))


def scored(finals, seconds=(1, 1, 1)):
    """Close differs from the best by a point and a half of noise, far by thirty."""
    rows = []
    for final in finals:
        place = [BEST, CLOSE, FAR].index(final.run.configuration.fingerprint)
        accuracy = (0.88, 0.872, 0.58)[place] + 0.01 * DRAWN[place, final.run.seed]
        rows.append(
            {
                "configuration": final.run.configuration.fingerprint,
                "seed": final.run.seed,
                "test_accuracy": accuracy,
                "test_texts": 2000,
                "reference": "",
                "train_cpu_seconds": seconds[place],
            }
        )
    return pd.DataFrame(rows)


def further(done, extra, seconds=(1, 1, 1)):
    return further_round(FIRST, scored(done, seconds), {}, BEST, FinalsPart(extra_seeds=extra))


def seeds(finals, name):
    return sorted(final.run.seed for final in finals if final.run.configuration.fingerprint == name)


def test_the_undecided_and_the_best_get_new_seeds_until_all_are_spent():
    found = further(FIRST, 4)
    assert (seeds(found, BEST), seeds(found, CLOSE), seeds(found, FAR)) == ([8, 9], [8, 9], [])
    assert further([*FIRST, *found], 4) == []
    assert further(FIRST, 0) == []


def test_nothing_more_once_all_is_decided():
    apart = [final for final in FIRST if final.run.configuration.fingerprint != CLOSE]
    assert further_round(apart, scored(apart), {}, BEST, FinalsPart(extra_seeds=8)) == []


def test_a_round_cut_short_is_planned_again_whatever_was_scored_of_it():
    found = further(FIRST, 4)
    for done in range(1, 4):
        assert further([*FIRST, *found[:done]], 4) == found[done:]


def test_dearer_networks_get_fewer():
    found = further(FIRST, 10, seconds=(1, 4, 1))
    assert len(found) == 10
    assert len(seeds(found, BEST)) > len(seeds(found, CLOSE)) > 0
    assert found == further(FIRST, 10, seconds=(1.2, 3.5, 1))  # noise of a machine


def test_every_further_seed_enters_the_comparison():
    found = further(FIRST, 4)
    row = against_best(scored([*FIRST, *found]), {}, BEST, level=rounds.level(4, 4)).set_index("second").loc[CLOSE]
    assert (row["n"], row["n_second"], row["verdict"]) == (5, 5, BETTER)
