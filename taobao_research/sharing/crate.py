"""``ro-crate-metadata.json``: RO-Crate 1.1, one CreateAction a section (profile Process Run Crate 0.5)."""

import mimetypes
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from taobao_research.files import sha256
from taobao_research.reports.about import name_of
from taobao_research.reports.manifest import Section
from taobao_research.sharing.contents import LOCK, NOTEBOOKS, PARAMS, REPORT, Contents

NAME = "ro-crate-metadata.json"
VERSION = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CONTEXT = [f"{VERSION}/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]
SPDX = "https://spdx.org/licenses/"
SOFTWARE = "#taobao-research"
NO_DATE = "1980-01-01"
TYPES = {
    ".ipynb": "application/x-ipynb+json", ".csv": "text/csv", ".md": "text/markdown", ".yaml": "application/yaml",
    ".yml": "application/yaml", ".cff": "application/yaml", ".lock": "text/plain", "": "text/plain",
    ".py": "text/x-python", ".json": "application/json", ".html": "text/html", ".png": "image/png",
}  # fmt: skip
Entity = dict[str, Any]


def crate(contents: Contents, names: list[str]) -> dict[str, Any]:
    """The metadata of a bundle; ``names`` are the paths of all its files but this one."""
    manifest, files = contents.manifest, contents.files
    actions = {f"#run/{name}": _action(name, section, contents) for name, section in manifest.sections.items()}
    licences = {licence: _licence(licence) for licence in sorted({*_licences(contents), _software_licence(contents)})}
    authors = [_author(each) for each in contents.citation["authors"]]
    not_shared = [_not_shared(path, contents) for path in manifest.not_shared]
    starts = [section.start for section in manifest.sections.values() if section.start]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Taobao villages {manifest.year}: the report recomputed",
        "description": f"Executed notebooks, pages, tables and figures of the year {manifest.year}, the data and "
        f"notebooks they were made from, and hashes of all. {contents.citation['abstract'].strip()}",
        "datePublished": max(starts, default=NO_DATE),
        "license": _ref(_id_of(_software_licence(contents))),
        "author": _refs(each["@id"] for each in authors),
        "conformsTo": _ref(PROFILE),
        "hasPart": _refs(map(quote, names)),
        "mentions": _refs([*actions, *(each["@id"] for each in not_shared)]),
    }
    descriptor = {"@id": NAME, "@type": "CreativeWork", "about": _ref("./"), "conformsTo": _ref(VERSION)}
    profile = {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    parts = [_file(name, files.get(name), contents) for name in names]
    found = [descriptor, root, profile, _software(contents), *authors, *licences.values(), *parts, *not_shared]
    return {"@context": CONTEXT, "@graph": [*found, *actions.values()]}


def _ref(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _refs(identifiers: Iterable[str]) -> Any:
    """Several references as a list, a single one by itself, as RO-Crate wants them."""
    found = [_ref(each) for each in identifiers]
    return found[0] if len(found) == 1 else found


def _software_licence(contents: Contents) -> str:
    return str(contents.citation["license"])


def _software(contents: Contents) -> Entity:
    project, environment = contents.manifest.project, contents.manifest.environment
    about = {
        "@id": SOFTWARE,
        "@type": "SoftwareApplication",
        "name": project.name if project else "taobao-research",
        "softwareVersion": project.version if project else "unknown",
        "license": _ref(_id_of(_software_licence(contents))),
    }
    if LOCK in contents.files:
        about["softwareRequirements"] = _ref(LOCK)
    if environment:
        about["operatingSystem"] = f"{environment.system} {environment.machine}"
        about["runtimePlatform"] = f"Python {environment.python}"
    return about


def _author(author: dict[str, str]) -> Entity:
    name = name_of(author)
    identifier = author.get("orcid") or f"#author/{quote(name)}"
    return {"@id": identifier, "@type": "Organization" if "name" in author else "Person", "name": name}


def _licences(contents: Contents) -> set[str]:
    return {str(source["licence"]) for source in contents.sources.values()}


def _id_of(licence: str) -> str:
    return f"{SPDX}{licence}" if licence == "MIT" else f"#licence/{quote(licence, safe='')}"


def _licence(licence: str) -> Entity:
    said = "stated in data/SOURCES.csv of this bundle" if licence != "MIT" else "The MIT License"
    return {"@id": _id_of(licence), "@type": "CreativeWork", "name": licence, "description": said}


def _file(name: str, content: bytes | None, contents: Contents) -> Entity:
    path = PurePosixPath(name)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    about: Entity = {"@id": quote(name), "@type": "File", "name": path.name, "encodingFormat": kind}
    if content is not None:
        about |= {"contentSize": str(len(content)), "sha256": sha256(content)}
    if path.parts[0] == NOTEBOOKS:
        about["@type"] = ["File", "SoftwareSourceCode"]
        about |= {"name": contents.manifest.sections[path.stem].title, "programmingLanguage": "Python"}
    return about | _origin(name, contents)


def _origin(name: str, contents: Contents) -> Entity:
    """What ``data/SOURCES.csv`` says of a data file."""
    source = contents.sources.get(name)
    if source is None:
        return {}
    about = {"license": _ref(_id_of(str(source["licence"]))), "description": f"{source['title']}. {source['producer']}"}
    return about | ({"isBasedOn": source["url"]} if source["url"] else {})


def _not_shared(path: str, contents: Contents) -> Entity:
    """A data file that stays behind: no part of the crate, but named with its hash."""
    digest = next(section.inputs[path] for section in contents.manifest.sections.values() if path in section.inputs)
    about = {"@id": f"#not-shared/{quote(path)}", "@type": "CreativeWork", "name": path, "sha256": digest}
    why = f"Not in this bundle: {contents.manifest.not_shared[path]}."
    return {**about, **_origin(path, contents), "description": why}


def _action(name: str, section: Section, contents: Contents) -> Entity:
    left_out, year = contents.manifest.not_shared, contents.manifest.year
    used = [f"#not-shared/{quote(path)}" if path in left_out else quote(path) for path in section.inputs]
    about = {
        "@id": f"#run/{name}",
        "@type": "CreateAction",
        "name": f"Execution of {section.title}",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": _refs([SOFTWARE, quote(f"{NOTEBOOKS}/{name}.ipynb")]),
        "object": _refs([*used, f"{PARAMS}/{year}.yaml", *([LOCK] if LOCK in contents.files else [])]),
        "result": _refs(quote(f"{REPORT}/{path}") for path in section.outputs),
    }
    if section.start and section.seconds is not None:
        begun = datetime.fromisoformat(section.start)
        ended = begun.astimezone(UTC) + timedelta(seconds=round(section.seconds))
        about |= {"startTime": section.start, "endTime": ended.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return about
