"""What goes into a bundle: the year's report as recorded, and what it was made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from taobao_research.errors import InputError
from taobao_research.files import sha256
from taobao_research.params import read_params
from taobao_research.paths import PROJECT
from taobao_research.reports.cache import YEAR_RECORD, Run, damaged, key_of, reasons
from taobao_research.reports.manifest import NAME, VERSION, Manifest, bare_notebook, read_manifest
from taobao_research.reports.one_file import one_file
from taobao_research.reports.sections import Notebook, all_notebooks
from taobao_research.sharing.licences import data_licences, why_not_shared

REPORT, NOTEBOOKS, PARAMS = "report", "notebooks", "params"  # folders of a bundle
LOCK = "requirements.lock"
PLAIN_FILES = (LOCK, "environment.yml", "LICENSE", "CITATION.cff", "data/README.md", "data/SOURCES.csv")
ONE_PAGE = "report.html"  # the report in one file


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
    notebooks = all_notebooks()
    _refuse_unfinished(run, notebooks)
    records = {name: run.record(name) for name in (YEAR_RECORD, *(each.name for each in notebooks))}
    if not all(records.values()):  # another run has begun meanwhile
        raise InputError(f"share {run.year}: the report changed while it was read. {_again(run.year)}")
    outputs = {path: digest for record in records.values() for path, digest in record["files"].items()}
    files = {f"{REPORT}/{path}": _read(run.folder / path, digest, run.year) for path, digest in outputs.items()}
    manifest = read_manifest(files[f"{REPORT}/{NAME}"])
    if manifest.version != VERSION:
        raise InputError(f"share {run.year}: the report is of an older version. {_again(run.year)}")
    inputs = {path: digest for each in manifest.sections.values() for path, digest in each.inputs.items()}
    licences = data_licences()
    reasons_to_stay = {}
    for path, digest in inputs.items():
        licence = str(licences.loc[path, "licence"]) if path in licences.index else ""
        if reason := why_not_shared(path, digest, licence):
            reasons_to_stay[path] = reason
        else:
            files[path] = _read(PROJECT / path, digest, run.year)
    for notebook in notebooks:
        files[f"{NOTEBOOKS}/{notebook.name}.ipynb"] = bare_notebook(notebook)
    files[f"{PARAMS}/{run.year}.yaml"] = run.params_file.read_bytes()
    page = one_file(run, read_params(run.params_file), notebooks, records, manifest).encode("utf-8")
    files[f"{REPORT}/{ONE_PAGE}"] = page
    made = {**manifest.outputs, ONE_PAGE: sha256(page)}
    manifest = manifest.model_copy(update={"outputs": made, "not_shared": dict(sorted(reasons_to_stay.items()))})
    for name in PLAIN_FILES:
        files[name] = _there(PROJECT / name)
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
        raise InputError(f"share {run.year}: there is no finished report of {run.year}. {_again(run.year)}")
    why = [f"{each.number}: {', '.join(new)}" for each in notebooks if (new := reasons(run, each, key_of(run, each)))]
    why += damaged(run, year_record)
    if why:
        more = f"; and {len(why) - 3} more" if len(why) > 3 else ""
        raise InputError(
            f"share {run.year}: the report is not complete and up to date ({'; '.join(why[:3])}{more}). "
            f"{_again(run.year)}"
        )


def _again(year: int) -> str:
    return f"Run: taobao-research report {year} (or report --params FILE, and share {year} --params FILE)"


def _read(path: Path, digest: str, year: int) -> bytes:
    content = _there(path)
    if sha256(content) != digest:
        raise InputError(f"share {year}: {path.name} changed while it was read. {_again(year)}")
    return content


def _there(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise InputError(f"share: {path.name} is missing, or a link. Restore it (git checkout).")
    return path.read_bytes()
