"""A linear baseline of a study fitted again from the settings it was scored with, and what is known of it."""

from typing import Any

from results.evidence.evidence import Evidence
from results.presentation.table import records
from results.statistics.intervals import wilson_interval
from study.bundle.linear import LinearWeights
from study.corpus.prepared.prepared import Corpus
from study.corpus.prepared.splits import Split
from study.training.linear.baselines import fit_again, validated


def fitted_again(
    kind: str, settings: dict[str, float], corpus: Corpus, split: Split
) -> tuple[LinearWeights, float]:
    """The model that was scored, and the validation accuracy of its settings here and now."""
    model, keys = fit_again(kind, corpus.training, split, settings, split.seed)
    return LinearWeights(model, keys), validated(kind, corpus.training, split, settings, split.seed)


def described(evidence: Evidence, kind: str, weights: LinearWeights, split: Split, now: float) -> dict[str, Any]:
    """What the model card asks for, of a linear model alone; `now`: its validation accuracy of `fitted_again`."""
    row = evidence.baselines[evidence.baselines["kind"] == kind].iloc[0]
    low, high = wilson_interval(float(row["test_accuracy"]), int(row["test_texts"]))
    settings = ", ".join(f"{name} {value:g}" for name, value in row["settings"].items())
    networks = [
        {"title": evidence.titles[each.configuration], "mean": float(each.mean), "seeds": int(each.n)}
        for each in records(evidence.summary.sort_values("mean", ascending=False, kind="stable"))
    ]
    return {
        "trial": None,
        "title": row["title"],
        "words": f"{row['title']} on words and pairs of neighbouring words ({settings})",
        "fingerprint": None,
        "kind_of_model": kind,
        "settings": row["settings"],
        "parameters": int(weights.model.weights.size + weights.model.biases.size),
        "seed": split.seed,
        "epochs": None,
        "trained_on": _all_of(split),
        "trained_again": now == float(row["validation_accuracy"]),
        "test": {
            "own": float(row["test_accuracy"]),
            "own_low": low,
            "own_high": high,
            "texts": int(row["test_texts"]),
        },
        "validation": {"accuracy": float(row["validation_accuracy"]), "configurations": 1},
        "baselines": [],
        "networks": networks,
    }


def _all_of(split: Split) -> str:
    """Settings were chosen on the validation part; the last fit saw it too."""
    return Split(0.0, split.seed, split.training_texts).words()
