"""``manifest.json``: what a year's report was made from and what came out, as hashes. No path of a machine, no name."""

import json
import platform
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taobao_research import installed
from taobao_research.errors import InputError
from taobao_research.files import as_json, sha256
from taobao_research.reports.cache import Run
from taobao_research.reports.sections import TAG, Notebook

VERSION = 2
NAME = "manifest.json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
INGREDIENTS = {"params": "parameters", "package": "package", "lock": "requirements.lock", "python": "python"}
Record = dict[str, Any]
Hash = Annotated[str, Field(pattern="^([0-9a-f]{64}|absent)$", description="SHA-256; absent: there was no such file")]
STEP = r"[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*"  # of a path: no root, no way up, no hidden file
Place = Annotated[str, Field(pattern=f"^{STEP}(/{STEP})*$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Parameters = dict[str, int | float | str | bool]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Section(_Strict):
    """One section: what it was made from and what came out."""

    status: str
    title: str
    parameters: Parameters
    start: Time | None = Field(description="UTC; null where it is not known")
    seconds: float | None
    notebook: Hash | None = Field(description="of the notebook without outputs, as a bundle holds it")
    params: Hash = Field(description="of the parameter file")
    package: Hash = Field(description="of the names and contents of the package's files")
    lock: Hash
    python: str
    inputs: dict[Place, Hash] = Field(description="data files by their path under the project")
    outputs: dict[Place, Hash] = Field(description="by their path beside the manifest")


class Project(_Strict):
    """The software."""

    name: str
    version: str


class Environment(_Strict):
    """Where the report was finished."""

    python: str
    system: str
    machine: str
    lock: Hash
    packages: dict[str, str] = Field(description="direct dependencies, as installed")


class Manifest(_Strict):
    """The whole file."""

    version: int = Field(alias="schema", ge=1, le=VERSION)
    year: int
    project: Project | None
    environment: Environment | None
    parameters: Parameters
    sections: dict[str, Section]
    outputs: dict[Place, Hash] = Field(description="the year's own files: claims, index")
    not_shared: dict[Place, str] = Field(default={}, description="inputs that a bundle leaves out, and why")


def manifest(run: Run, parameters: Parameters, records: dict[str, Record]) -> Manifest:
    """The manifest of a year's records, still without the year's own files."""
    return Manifest(
        schema=VERSION,
        year=run.year,
        project=Project(name=installed.NAME, version=installed.version()),
        environment=environment(run),
        parameters=parameters,
        sections={name: _section(record) for name, record in records.items()},
        outputs={},
    )


def read_manifest(content: bytes | str) -> Manifest:
    """The manifest that a file holds, also one of an older version.

    Raises InputError where it is none, naming every field that is wrong.
    """
    try:
        value = json.loads(content)
        if isinstance(value, dict) and value.get("schema") == 1:
            value = _from_version_1(value)
        return Manifest.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
        raise InputError(f"{NAME}: not a manifest ({problems}). Make the report again.") from None
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise InputError(f"{NAME}: not a manifest. Make the report again.") from None


def bare_notebook(notebook: Notebook) -> bytes:
    """The notebook as it was before it ran: cells, tags and declared inputs, without outputs, counts and ids."""
    cells = [
        {
            "cell_type": cell["cell_type"],
            "id": f"cell-{number}",
            "metadata": {"tags": tags} if (tags := cell["metadata"].get("tags")) else {},
            "source": "".join(cell["source"]),
            **({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}),
        }
        for number, cell in enumerate(notebook.cells, start=1)
    ]
    declared = {"inputs": notebook.content["metadata"].get(TAG, {}).get("inputs", [])}
    about = {"kernelspec": KERNEL, "language_info": {"name": "python"}, TAG: declared}
    whole = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return as_json(whole).encode("utf-8")


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def environment(run: Run) -> Environment:
    """Python, system, and the direct dependencies as installed; no host, user or folder."""
    lock = run.project.lock
    return Environment(
        python=platform.python_version(),
        system=platform.system(),
        machine=platform.machine(),
        lock=sha256(lock.read_bytes()) if lock.is_file() else "absent",
        packages=installed.packages(),
    )


def _section(record: Record) -> Section:
    """A section of its record; the message stays in the record, since it may quote a path."""
    key = record["key"]
    return Section(
        status=record["status"],
        title=record["title"],
        parameters=record["parameters"],
        start=record.get("start"),
        seconds=record["seconds"],
        notebook=record.get("source"),
        **{field: key[name] for field, name in INGREDIENTS.items()},
        inputs={path: digest for path, digest in key.items() if path.startswith("data/")},
        outputs=record["files"],
    )


def _from_version_1(value: dict[str, Any]) -> dict[str, Any]:
    """Version 1 held the records as they are, and knew neither times, environment nor the year's own files."""
    sections = {name: _section(record).model_dump() for name, record in value["sections"].items()}
    absent = {"project": None, "environment": None, "outputs": {}}
    return {"schema": 1, "year": value["year"], "parameters": value["parameters"], "sections": sections, **absent}
