"""`study archive`, as the command line has it."""

from synthetic import STUDY, filled

from results.store.database import open_store
from study.driver.lease import lease


def test_a_study_is_archived_once_nobody_drives_it(command, tmp_path) -> None:
    database, archive = tmp_path / "study.db", tmp_path / "docs" / "archive.db"
    filled(database, trials=5, seeds=(1, 2)).close()
    with open_store(database) as store, lease(store, STUDY):
        status, _, said = command("archive", "--database", database, "-o", archive)
        assert (status, said) == (
            2,
            f"error: study {STUDY} is being driven now; wait for its end, or name studies without it\n",
        )
    assert not archive.parent.exists()
    status, out, _ = command("archive", STUDY, "--database", database, "-o", archive)
    assert status == 0
    assert f"Archive: {archive}, " in out
    assert "no texts, states of networks, paths, hosts or addresses" in out
    for asked in (["best"], ["list"], ["show", "1"], ["report", "--markdown"]):
        (status, ours, _), (_, theirs, _) = (command(*asked, "--database", path) for path in (database, archive))
        assert status == 0
        assert ours.replace(str(database), "") == theirs.replace(str(archive), "").replace("worker 1", "here")
    status, _, said = command("archive", "--database", database, "-o", archive)
    assert status == 2
    assert said.endswith("expected a new file, but it is there; delete it, or name another\n")
