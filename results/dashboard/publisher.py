"""What we add to a study in Optuna's dashboard: notes, plots, files. All through its own and Optuna's interfaces.

Publishing again changes only what differs, so it may be done often, and by anybody who is alone at writing.
"""

import io
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import plotly.graph_objects as go
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact
from optuna.exceptions import ExperimentalWarning
from optuna_dashboard import get_note, save_note, save_plotly_graph_object
from optuna_dashboard._note import note_ver_key, split_body  # save_note reads every note for each it writes
from sqlalchemy import select

from results.dashboard.notes import study_note, trial_note
from results.evidence.evidence import Evidence, gather
from results.presentation.table import records
from results.report.scores.comparison import ComparisonInfo, comparison_figure, comparison_info
from results.report.scores.curves import curves_figure, curves_info, curves_svg, scored_in_curves
from results.report.search.fronts import pareto_figure, pareto_info
from results.store.database import Store
from results.store.tables import ConfigurationRow
from search_spaces import Configuration
from search_spaces.description import model_summary

METRIC = "validation accuracy"
ENDED = ("complete", "pruned", "fail")
NOTES_AT_ONCE = 200
CARD_HEIGHT = 450  # pixels, that of the dashboard's cards


class Publisher:
    """Publishes one study again and again. `artifacts` is the folder of the files."""

    def __init__(self, store: Store, study: str, artifacts: Path) -> None:
        self._store = store
        self._name = study
        self._artifacts = artifacts
        self._storage = store.optuna_storage()
        self._plots: dict[str, str] = {}

    def publish(self, most_notes: int | None = None) -> int:
        """Brings the dashboard's content to what the store says. Returns how many trials got their note.

        At most `most_notes` trials get one, the newest first. A study that Optuna does not know, as a
        reproduction, has no page and is left alone.
        """
        try:
            study = optuna.load_study(study_name=self._name, storage=self._storage)
        except KeyError:
            return 0
        evidence = gather(self._store, self._name)
        if study.metric_names is None:
            with warnings.catch_warnings(action="ignore", category=ExperimentalWarning):
                study.set_metric_names([METRIC])
        written = self._write_trial_notes(study, evidence, most_notes)
        self._write_study_note(study, evidence)
        for name, figure in plots(evidence).items():
            if evidence.card["stand_in"]:
                figure.update_layout(title={"text": f"{figure.layout.title.text} (generated texts)"})
            self._write_plot(study, name, figure)
        for name, text in files(self._store, evidence).items():
            self._write_file(study, name, text)
        self._storage.remove_session()
        return written

    def _write_study_note(self, study: optuna.Study, evidence: Evidence) -> None:
        now = get_note(study)
        wanted = study_note(evidence, now)
        if wanted != now:
            save_note(study, wanted)

    def _write_trial_notes(self, study: optuna.Study, evidence: Evidence, most: int | None) -> int:
        """A trial that has a note keeps it: it may be somebody's own."""
        number, attributes = study._study_id, self._storage.get_study_system_attrs(study._study_id)
        ids = {trial.number: trial._trial_id for trial in study.get_trials(deepcopy=False)}
        ended = evidence.trials[evidence.trials["state"].isin(ENDED) & evidence.trials["number"].isin(list(ids))]
        bare = [row for row in records(ended[::-1]) if note_ver_key(ids[row.number]) not in attributes][:most]
        by_run = dict(list(evidence.epochs.groupby("run"))) if bare else {}
        reported = dict(zip(evidence.reported["number"], evidence.reported["epoch"], strict=True))
        for row in bare:
            own = by_run.get(row.run, evidence.epochs[:0])
            text = trial_note(row, own, reported.get(row.number))
            for key, part in split_body(text, ids[row.number]).items():
                self._storage.set_study_system_attr(number, key, part)
            self._storage.set_study_system_attr(number, note_ver_key(ids[row.number]), 1)  # last: now it counts
        return len(bare)

    def _write_plot(self, study: optuna.Study, name: str, figure: go.Figure) -> None:
        drawing = str(figure.to_json())
        if self._plots.get(name) != drawing:
            save_plotly_graph_object(study, figure, graph_object_id=name)
            self._plots[name] = drawing

    def _write_file(self, study: optuna.Study, name: str, text: str) -> None:
        self._artifacts.mkdir(parents=True, exist_ok=True)
        kept = FileSystemArtifactStore(self._artifacts)
        known = [meta for meta in get_all_artifact_meta(study) if meta.filename == name]
        if known:
            kept.write(known[0].artifact_id, io.BytesIO(text.encode()))
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            upload_artifact(artifact_store=kept, file_path=str(path), study_or_trial=study)


def artifacts_beside(store: Store) -> Path:
    """The folder of a database's files: `artifacts` beside it, or in `runs` for one on a server."""
    file = store.file
    return (file.parent if file else Path("runs")) / "artifacts"


def plots(evidence: Evidence) -> dict[str, go.Figure]:
    """Our plots by the id they keep; those with nothing to draw are left out."""
    found: dict[str, go.Figure] = {}
    comparison = comparison_info(
        evidence.finals, evidence.titles, evidence.baselines, beside_published=evidence.beside_published
    )
    if len(comparison.seeds) or len(comparison.baselines):
        found["test-accuracy"] = _titled(comparison_figure(_scored(comparison)), "Test accuracy: seeds and means")
    curves = curves_info(evidence.trials, evidence.epochs, scored_in_curves(evidence))
    if len(curves.curves):
        found["learning-curves"] = _titled(curves_figure(curves), "Learning curves: validation")
    trade_off = pareto_info(evidence, "seconds")
    if len(trade_off.points):
        drawn = pareto_figure(trade_off, "seconds to train (in the search)")
        found["trade-off"] = _titled(drawn, "Accuracy against the time")
    return found


def files(store: Store, evidence: Evidence) -> dict[str, str]:
    """The study's text files by name: the networks layer by layer, and the learning curves as a drawing."""
    chosen = dict.fromkeys([*evidence.finals["configuration"], *([evidence.best] if evidence.best else [])])
    statement = select(ConfigurationRow).where(ConfigurationRow.fingerprint.in_(chosen))
    with store.session() as session:
        kept = {row.fingerprint: row.configuration for row in session.scalars(statement)}
    found = {}
    if chosen:
        ordered = [name for name in evidence.titles if name in chosen]
        found["models.txt"] = "\n".join(_described(evidence, name, kept[name]) for name in ordered)
    curves = curves_info(evidence.trials, evidence.epochs, scored_in_curves(evidence))
    if curves.curves["validation_mean"].notna().any():
        found["learning-curves.svg"] = curves_svg(curves)
    return found


def _described(evidence: Evidence, fingerprint: str, kept: dict[str, Any]) -> str:
    card, title = evidence.card, evidence.titles[fingerprint]
    text = model_summary(Configuration.model_validate(kept), card["vocabulary_size"], len(card["classes"]))
    return f"{title}\n{'=' * len(title)}\n{text}"


def _scored(info: ComparisonInfo) -> ComparisonInfo:
    """Without the rows of what others published and this study did not train: the card has little room."""
    rows = [*info.configurations["title"], *info.baselines["title"]]
    published = info.published[info.published["title"].isin(rows)]
    return replace(info, published=published, rows=list(dict.fromkeys(rows)))


def _titled(figure: go.Figure, title: str) -> go.Figure:
    """The figure for a card of the dashboard: with its title, the legend below, and no higher than a card."""
    figure.update_layout(
        title={"text": title, "x": 0.02, "y": 0.97, "yanchor": "top", "font": {"size": 15}},
        legend={"y": -0.22, "yanchor": "top"},
        height=CARD_HEIGHT,
        margin={"t": 48, "b": 110, "r": 24},
    )
    return figure
