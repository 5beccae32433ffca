"""What a study is begun with. Going on with anything else is refused, with what differs setting by setting."""

from dataclasses import asdict
from typing import Any

from results.metrics.objectives import ACCURACY
from search_spaces import OwnSpace, Recipe, SearchSpace, ranges_of, space_fingerprint
from search_spaces.registry import FunctionSpace
from study.config import FINALS_ONCE, SearchPart, StudyConfig
from study.corpus.prepared.splits import Split
from study.driver.ledger import Ledger
from study.environment import numeric_versions
from study.errors import InputError, Refused

# A fingerprint decides; what it is made of says in words what changed. Older studies kept the fingerprint alone.
_MADE_OF = {"split_fingerprint": ("split",), "space_fingerprint": ("space", "recipe", "ranges")}
_UNDECIDED = ("forked_from", "corpus_name", "corpus_texts")


def study_terms(config: StudyConfig, space: SearchSpace) -> dict[str, Any]:
    """What decides a study's numbers beside corpus and split."""
    judged = config.finals.model_dump(mode="json", exclude={"best", "baselines", "average"})
    return {
        **({"finals": judged} if config.finals.seeds else {}),  # a search alone leaves them open
        **({"space_source": space.source} if isinstance(space, FunctionSpace) and space.source else {}),
        "space": space.name,
        **({"file": space.sha256} if isinstance(space, OwnSpace) else {}),
        "space_fingerprint": space_fingerprint(space),
        "seed": config.seed,
        "profile": config.profile,
        "objectives": ", ".join(config.objectives),
        "search": config.search.model_dump(mode="json"),
        "versions": numeric_versions(),
        "recipe": space.recipe.model_dump(mode="json"),
        "ranges": ranges_of(space),
    }


def hold_to_terms(name: str, split: Split, terms: dict[str, Any], ledger: Ledger, way_out: str) -> None:
    """Begins the study of that name where there is none.

    Raises Refused, with what differs and the `way_out`, where it was begun with other terms.
    """
    begun = ledger.terms(name)
    if begun is None:
        ledger.begin_study(name, split, terms)
        return
    changed = differences(begun, _now(split, terms, ledger))
    if changed and begun["corpus"] != ledger.card.fingerprint:
        what = "The file has changed since" if begun["corpus_name"] == ledger.card.name else "It is another corpus"
        raise Refused(
            f"study {name} was begun on other texts: {'; '.join(changed)}. {what}, and no score on the old texts "
            "holds for the new ones: begin a study of its own on these with --name NEW_NAME, or give the old "
            "texts to go on"
        )
    if changed:
        raise Refused(
            f"study {name} was begun with other terms: {'; '.join(changed)}. "
            f"Go on with the old ones, or begin another study with the new ones: {way_out}"
        )


def begin_fork(origin: str, name: str, split: Split, terms: dict[str, Any], ledger: Ledger) -> None:
    """Begins `name` as a study beside `origin` with terms of its own, or goes on with it.

    Raises InputError where there is nothing to fork, Refused where `name` is there and no fork of `origin`.
    """
    if name == origin:
        raise InputError(f"--fork {name}: expected the name of a new study, got that of the one to be forked")
    parent = ledger.terms(origin)
    if parent is None:
        raise InputError(
            f"--fork {name}: expected a study to fork, but this database has none called {origin}; "
            "say which with --name"
        )
    there = ledger.terms(name)
    if there is not None and (there.get("forked_from") or {}).get("study") != origin:
        raise Refused(
            f"study {name} is there already and is no fork of {origin}; go on with it by --name {name}, or fork "
            "under another name"
        )
    changed = differences(parent, _now(split, terms, ledger))
    forked = terms | {"forked_from": {"study": origin, "changed": changed}}
    hold_to_terms(name, split, forked, ledger, "--fork NEW_NAME")


def differences(begun: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Every setting that differs, as `setting: then -> now`. A part that `begun` never kept is not compared."""
    if "objectives" in now:  # accuracy was the only objective before there was a choice
        begun = {"objectives": ACCURACY.name} | begun
    skipped = {*_UNDECIDED, *(part for part in now if part not in begun)}
    if "finals" not in now:
        skipped.add("finals")
    elif isinstance(begun.get("finals"), dict):
        once = {key: FINALS_ONCE[key] for key in ("leaders", "first_seed") if key in now["finals"]}
        begun = begun | {"finals": once | begun["finals"]}
        if "extra_seeds" not in begun["finals"]:  # once no term
            now = now | {"finals": {key: kept for key, kept in now["finals"].items() if key != "extra_seeds"}}
    for fingerprint, parts in _MADE_OF.items():
        if fingerprint not in begun or fingerprint not in now:
            continue
        if begun[fingerprint] == now[fingerprint]:
            skipped |= set(parts)
        elif _changes(begun, now, {*skipped, *(part for part in begun if part not in parts)}):
            skipped.add(fingerprint)
    if begun.get("space") != now.get("space"):
        skipped.add("ranges")  # another space has other parameters altogether
    return [_said(*change, begun, now) for change in _changes(begun, now, skipped)]


def _changes(begun: dict[str, Any], now: dict[str, Any], skipped: set[str]) -> list[tuple[str, Any, Any]]:
    then, today = (_flat(_filled(terms), skipped) for terms in (begun, now))
    keys = dict.fromkeys([*then, *today])
    return [(key, then.get(key), today.get(key)) for key in keys if then.get(key) != today.get(key)]


def _filled(terms: dict[str, Any]) -> dict[str, Any]:
    """With the defaults of settings that there were not yet when the study was begun."""
    defaults = {
        "search": SearchPart().model_dump(mode="json"),
        "recipe": Recipe().model_dump(mode="json"),
        "split": {"by_text": False},
    }
    filled = {part: values | terms[part] for part, values in defaults.items() if isinstance(terms.get(part), dict)}
    return terms | filled


def _flat(terms: dict[str, Any], skipped: set[str]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for part, value in terms.items():
        if part not in skipped:
            flat |= (
                {f"{part}.{key}": kept for key, kept in value.items()}
                if isinstance(value, dict)
                else {part: value}
            )
    return flat


def _said(key: str, then: Any, today: Any, begun: dict[str, Any], now: dict[str, Any]) -> str:
    part, _, setting = key.partition(".")
    change = f"{'none' if then is None else then} -> {'none' if today is None else today}"
    if part == "file":
        change = " -> ".join("none" if sha is None else f"{sha[:12]}..." for sha in (then, today))
        return f"the file of the network: SHA-256 {change}"
    if part == "versions":
        return f"{setting} {change}"
    if part == "space_source":
        return f"source of the space's function: {change}"
    if part == "ranges":
        return f"range of {setting}: {change}"
    if part == "corpus":
        return f"corpus: {' -> '.join(_corpus_of(terms) for terms in (begun, now))}"
    if part in _MADE_OF:
        return f"{' or '.join(_MADE_OF[part][:2])}: fingerprint {change} (an older version kept no more of it)"
    return f"{key}: {change}"


def _corpus_of(terms: dict[str, Any]) -> str:
    texts = f", {terms['corpus_texts']:,} texts" if "corpus_texts" in terms else ""
    return f"{terms.get('corpus_name')} ({terms['corpus'][:8]}{texts})"


def _now(split: Split, terms: dict[str, Any], ledger: Ledger) -> dict[str, Any]:
    """The present terms, in the form of `Ledger.terms`."""
    return {
        "corpus": ledger.card.fingerprint,
        "corpus_name": ledger.card.name,
        "corpus_texts": ledger.card.training_texts + ledger.card.test_texts,
        "split_fingerprint": split.fingerprint,
        "split": asdict(split),
        **terms,
    }
