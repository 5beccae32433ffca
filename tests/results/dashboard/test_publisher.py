"""What the dashboard is given, read back through optuna-dashboard's and Optuna's own interfaces."""

from types import SimpleNamespace

import optuna
import pytest
from optuna.artifacts import FileSystemArtifactStore, download_artifact, get_all_artifact_meta
from optuna_dashboard import get_note, save_note
from optuna_dashboard._custom_plot_data import get_plotly_graph_objects
from synthetic import STUDY, add_trials, begin, filled

from results.dashboard.notes import LINE
from results.dashboard.publisher import Publisher, artifacts_beside, plots
from results.evidence import frames
from results.evidence.evidence import gather
from results.store.database import open_store
from results.store.tables import StudyTermsRow

HOSTILE = "<script>alert(1)</script> | [a](javascript:b) *bold*"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    store = filled(tmp_path_factory.mktemp("published") / "study.db", trials=20)
    assert Publisher(store, STUDY, artifacts_beside(store)).publish() == 20
    yield store
    store.close()


def study_of(store) -> optuna.Study:
    return optuna.load_study(study_name=STUDY, storage=store.optuna_storage())


def trial_note_of(study: optuna.Study, number: int) -> str:
    trial = study.get_trials(deepcopy=False)[number]
    return get_note(SimpleNamespace(storage=study._storage, study=study, _trial_id=trial._trial_id))


def test_the_study_note_has_the_answer_the_networks_and_the_verdicts(published) -> None:
    note = get_note(study_of(published))
    assert "| Simple LSTM | 86.79 % |" in note
    for title in ("LSTM with dropout layers", "LSTM with dropout in the gates", "CNN and LSTM", "Best found"):
        assert f"| {title}" in note
    assert "The CNN and LSTM has less weights: **does not hold**" in note
    assert f"Scored on the test part: {len(frames.finals(published, STUDY))} runs" in note
    assert LINE in note


def test_each_ended_trial_has_a_note_with_words_curve_and_reason(published) -> None:
    study, trials, epochs = study_of(published), frames.trials(published, STUDY), frames.epochs(published, STUDY)
    for row in trials.itertuples():
        note = trial_note_of(study, row.number)
        assert f"**Trial {row.number}, {'failed' if row.state == 'fail' else row.state}" in note
        assert row.words.partition(" ")[0] in note
        assert (f"Why: {row.reason}" in note) == (row.state in ("pruned", "fail"))
        told = study.get_trials(deepcopy=False)[row.number].intermediate_values
        assert note.count("\n| ") == (len(told) + 2 if told else 0)
        for epoch, accuracy in told.items():
            own = epochs[(epochs["run"] == row.run) & (epochs["epoch"] == epoch)]
            seconds = own["seconds"].iloc[0]
            assert f"| {epoch} | {100 * accuracy:.2f} % |" in note
            assert f"| {seconds:.1f} |" in note


def test_plots_keep_their_ids_and_old_trace_types(published) -> None:
    study = study_of(published)
    kept = get_plotly_graph_objects(study._storage.get_study_system_attrs(study._study_id))
    assert set(kept) == {"test-accuracy", "learning-curves", "trade-off"}
    for figure in plots(gather(published, STUDY)).values():
        assert {trace.type for trace in figure.data} == {"scatter"}


def test_the_title_of_the_curves_says_what_is_drawn(published) -> None:
    figure = plots(gather(published, STUDY))["learning-curves"]
    assert not any(trace.line.dash for trace in figure.data)
    assert figure.layout.title.text == "Learning curves: validation"


def test_files_can_be_fetched(published, tmp_path) -> None:
    study = study_of(published)
    metas = {meta.filename: meta for meta in get_all_artifact_meta(study)}
    assert set(metas) == {"models.txt", "learning-curves.svg"}
    kept = FileSystemArtifactStore(artifacts_beside(published))
    for name, meta in metas.items():
        download_artifact(artifact_store=kept, artifact_id=meta.artifact_id, file_path=str(tmp_path / name))
    assert "213,301" in (tmp_path / "models.txt").read_text(encoding="utf-8")
    assert (tmp_path / "learning-curves.svg").read_text(encoding="utf-8").count("<polyline") == 5
    assert metas["learning-curves.svg"].mimetype == "image/svg+xml"


def test_publishing_again_changes_nothing_and_keeps_what_people_wrote(tmp_path) -> None:
    with filled(tmp_path / "study.db", trials=6) as store:
        Publisher(store, STUDY, tmp_path / "artifacts").publish()
        study = study_of(store)
        before = study._storage.get_study_system_attrs(study._study_id)
        publisher = Publisher(store, STUDY, tmp_path / "artifacts")
        assert publisher.publish() == 0
        assert study._storage.get_study_system_attrs(study._study_id) == before
        assert len(list((tmp_path / "artifacts").iterdir())) == 2
        save_note(study, get_note(study) + "\nLook at trial 3 again.\n")
        own = study.get_trials(deepcopy=False)[2]
        save_note(SimpleNamespace(storage=study._storage, study=study, _trial_id=own._trial_id), "Mine.")
        add_more_trials(store)
        assert publisher.publish() > 0
        assert get_note(study).endswith(f"{LINE}\n\nLook at trial 3 again.\n")
        assert trial_note_of(study, 2) == "Mine."


def add_more_trials(store) -> None:
    study = study_of(store)
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL, user_attrs={"reason": HOSTILE}))


def test_other_peoples_text_is_shown_and_not_done(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        add_more_trials(store)
        assert Publisher(store, STUDY, tmp_path / "artifacts").publish() == 1
        note = trial_note_of(study_of(store), 0)
    assert "<script>" not in note.replace("\\<", "")
    assert "\\<script\\>alert(1)\\</script\\> \\| \\[a\\](javascript:b) \\*bold\\*" in note


def test_at_most_so_many_notes_at_once_the_newest_first(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        add_trials(store, 7, states=["complete"] * 6 + ["running"])
        publisher = Publisher(store, STUDY, tmp_path / "artifacts")
        assert publisher.publish(4) == 4
        study = study_of(store)
        assert [bool(trial_note_of(study, number)) for number in range(7)] == [False] * 2 + [True] * 4 + [False]
        assert [publisher.publish(4), publisher.publish(4)] == [2, 0]


def test_a_study_without_trials_and_one_optuna_does_not_know(tmp_path) -> None:
    with open_store(tmp_path / "study.db", create=True) as store:
        begin(store)
        assert Publisher(store, STUDY, tmp_path / "artifacts").publish() == 0
        assert "There is no answer yet" in get_note(study_of(store))
        with store.session() as session:
            older = session.get(StudyTermsRow, STUDY)
            session.add(StudyTermsRow(name="reproduced", corpus=older.corpus, split=older.split, terms={}))
        assert Publisher(store, "reproduced", tmp_path / "artifacts").publish() == 0
