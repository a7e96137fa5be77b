"""What goes into a bundle: the year's report as recorded, and what it was made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from taobao_research.errors import InputError
from taobao_research.files import sha256
from taobao_research.params import read_params
from taobao_research.paths import shown
from taobao_research.reports.cache import YEAR_RECORD, Run, damaged, key_of, reasons
from taobao_research.reports.index import years
from taobao_research.reports.manifest import NAME, VERSION, Manifest, bare_notebook, read_manifest
from taobao_research.reports.one_file import one_file
from taobao_research.reports.sections import Notebook, all_notebooks
from taobao_research.sharing.licences import data_licences, why_not_shared

REPORT, NOTEBOOKS, PARAMS = "report", "notebooks", "params"  # folders of a bundle
LOCK = "requirements.lock"
PLAIN_FILES = ("LICENSE", "CITATION.cff", "data/README.md", "data/SOURCES.csv")
OF_A_CHECKOUT = (LOCK, "environment.yml")  # a project made by ``init`` has neither
ONE_PAGE = "report.html"  # the report in one file
FIRST_PAGE = "index.html"  # where the pages of a year lead to all years


@dataclass(frozen=True)
class Contents:
    """The files of a bundle by their path in it, the manifest, and the origin of each data file."""

    files: dict[str, bytes]
    manifest: Manifest
    sources: dict[str, dict[str, Any]]
    citation: dict[str, Any]


def contents(run: Run) -> Contents:
    """Everything of a year's report that may leave.

    Raises InputError where the report is not there, not complete, not up to date, or not as recorded.
    """
    notebooks, project = all_notebooks(run.project), run.project
    _refuse_unfinished(run, notebooks)
    records = {name: run.record(name) for name in (YEAR_RECORD, *(each.name for each in notebooks))}
    if not all(records.values()):  # another run has begun meanwhile
        raise InputError(f"share {run.year}: the report changed while it was read. {_again(run)}")
    outputs = {path: digest for record in records.values() for path, digest in record["files"].items()}
    files = {f"{REPORT}/{path}": _read(run.folder / path, digest, run) for path, digest in outputs.items()}
    manifest = read_manifest(files[f"{REPORT}/{NAME}"])
    if manifest.version != VERSION:
        raise InputError(f"share {run.year}: the report is of an older version. {_again(run)}")
    inputs = {path: digest for each in manifest.sections.values() for path, digest in each.inputs.items()}
    licences = data_licences(project)
    reasons_to_stay = {}
    for path, digest in inputs.items():
        licence = str(licences.loc[path, "licence"]) if path in licences.index else ""
        if reason := why_not_shared(path, digest, licence):
            reasons_to_stay[path] = reason
        else:
            files[path] = _read(project.root / path, digest, run)
    for notebook in notebooks:
        files[f"{NOTEBOOKS}/{notebook.name}.ipynb"] = bare_notebook(notebook)
    files[f"{PARAMS}/{run.year}.yaml"] = run.params_file.read_bytes()
    page = one_file(run, read_params(run.params_file), notebooks, records, manifest).encode("utf-8")
    files[f"{REPORT}/{ONE_PAGE}"] = page
    files[FIRST_PAGE] = years([run.folder], REPORT).encode("utf-8")
    made = {**manifest.outputs, ONE_PAGE: sha256(page)}
    manifest = manifest.model_copy(update={"outputs": made, "not_shared": dict(sorted(reasons_to_stay.items()))})
    for name in (*PLAIN_FILES, *(each for each in OF_A_CHECKOUT if (project.root / each).is_file())):
        files[name] = _there(project.root / name)
    known = licences.loc[licences.index.intersection(list(inputs))]
    citation = _citation(files["CITATION.cff"])
    return Contents(files, manifest, known.to_dict(orient="index"), citation)


def _citation(content: bytes) -> dict[str, Any]:
    try:
        citation = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError):
        citation = None
    needed = ("title", "abstract", "version", "license", "authors", "date-released")
    if not isinstance(citation, dict) or not all(citation.get(key) for key in needed):
        raise InputError(f"CITATION.cff: not readable, or without {', '.join(needed)}. Restore it (git checkout).")
    return citation


def _refuse_unfinished(run: Run, notebooks: list[Notebook]) -> None:
    year_record = run.record(YEAR_RECORD)
    if not year_record:
        raise InputError(f"share {run.year}: there is no finished report of {run.year}. {_again(run)}")
    changed = [(each, new) for each in notebooks if (new := reasons(run, each, key_of(run, each)))]
    broken = damaged(run, year_record)
    if len(changed) == len(notebooks) and all(new == ["parameters"] for _, new in changed) and not broken:
        raise InputError(_other_parameters(run, notebooks))
    why = [f"{each.number}: {', '.join(new)}" for each, new in changed] + broken
    if why:
        more = f"; and {len(why) - 3} more" if len(why) > 3 else ""
        own = any("parameters" in new for _, new in changed)
        raise InputError(
            f"share {run.year}: the report is not complete and up to date ({'; '.join(why[:3])}{more}). "
            f"{_again(run, own)}"
        )


def _other_parameters(run: Run, notebooks: list[Notebook]) -> str:
    """What to do where a finished report was made with another parameter file: share it with that one."""
    asked, made = read_params(run.params_file).model_dump(), run.record(notebooks[0].name).get("parameters", {})
    differ = [f"{name}: {made[name]}" for name, value in asked.items() if made.get(name, value) != value]
    values = f" ({', '.join(differ)})" if differ else ""
    return (
        f"share {run.year}: the report was made with another parameter file than {shown(run.params_file)}{values}. "
        f"Run: taobao-research share {run.year} --params FILE, with the file that it was made with; "
        f"or taobao-research report {run.year}, which replaces it."
    )


def _again(run: Run, own: bool = False) -> str:
    """The command that makes the report anew; not one that takes the place of a report with parameters of one's own."""
    if run.params_file.resolve() != run.project.params_of(run.year):
        file = shown(run.params_file)
        return f"Run: taobao-research report --params {file}, and share {run.year} --params {file}"
    with_file = f"report --params FILE, and share {run.year} --params FILE"
    if own:
        return f"Run: taobao-research {with_file} (or report {run.year}, which replaces what other parameters gave)"
    return f"Run: taobao-research report {run.year} (or {with_file})"


def _read(path: Path, digest: str, run: Run) -> bytes:
    content = _there(path)
    if sha256(content) != digest:
        raise InputError(f"share {run.year}: {path.name} changed while it was read. {_again(run)}")
    return content


def _there(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise InputError(f"share: {path.name} is missing, or a link. Restore it (git checkout).")
    return path.read_bytes()
