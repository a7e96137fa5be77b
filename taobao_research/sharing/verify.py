"""The command ``verify``: every file of a bundle against its checksums, its manifest and its crate."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from taobao_research.errors import InputError
from taobao_research.files import differs_by_line_ends, sha256
from taobao_research.reports.manifest import NAME as MANIFEST
from taobao_research.reports.manifest import Manifest, read_manifest
from taobao_research.sharing.contents import LOCK, NOTEBOOKS, PARAMS, REPORT
from taobao_research.sharing.crate import NAME as CRATE
from taobao_research.sharing.instructions import SUMS
from taobao_research.sharing.opening import open_bundle

LINE = re.compile(r"([0-9a-f]{64})  (.+)")
RECORDS = (SUMS, f"{REPORT}/{MANIFEST}", CRATE)


def verify(path: Path) -> tuple[str, list[str]]:
    """What the bundle says it was computed from, and what is not as recorded; nothing where all is.

    Raises InputError for what is no bundle, and for an archive that is not safe to read.
    """
    files, broken = open_bundle(path)
    present = {*files, *broken}
    if not present & set(RECORDS):
        raise InputError(f"verify {path.name}: not a bundle; it has none of {', '.join(RECORDS)}.")
    hashes = {name: sha256(content) for name, content in files.items()}
    wrong = [f"{name}: cannot be unpacked" for name in broken]
    wrong += [f"{name}: missing" for name in RECORDS if name not in present]
    if SUMS in files:
        wrong += _against_sums(files, hashes, set(broken))
    said = ""
    if RECORDS[1] in files:
        try:
            manifest = read_manifest(files[RECORDS[1]])
            wrong += _against_manifest(manifest, hashes)
            said = _made_from(manifest, len(files))
        except InputError as error:
            wrong.append(f"{REPORT}/{error}")
    if CRATE in files:
        wrong += _against_crate(files[CRATE], hashes)
    return said, list(dict.fromkeys(wrong))


def _against_sums(files: dict[str, bytes], hashes: dict[str, str], broken: set[str]) -> list[str]:
    stated, wrong = {}, []
    for line in files[SUMS].decode("utf-8", errors="replace").splitlines():
        match = LINE.fullmatch(line)
        if match is None or match[2] in stated:
            wrong.append(f"{SUMS}: changed; not one checksum and name a line, each once")
        else:
            stated[match[2]] = match[1]
    for name, digest in stated.items():
        if name not in hashes:
            wrong += [] if name in broken else [f"{name}: missing"]
        elif differs_by_line_ends(files[name], digest):
            wrong.append(f"{name}: changed, by line ends alone (LF and CRLF), as the checksum in {SUMS} shows")
        elif hashes[name] != digest:
            wrong.append(f"{name}: changed; {SUMS} has another checksum")
    extra = sorted(set(hashes) - set(stated) - {SUMS})
    return wrong + [f"{name}: added; {SUMS} does not name it" for name in extra]


def _against_manifest(manifest: Manifest, hashes: dict[str, str]) -> list[str]:
    recorded = [(f"{REPORT}/{name}", digest) for name, digest in manifest.outputs.items()]
    wrong = [f"{name}: did not succeed" for name, section in manifest.sections.items() if section.status != "ok"]
    for name, section in manifest.sections.items():
        recorded += [(f"{REPORT}/{path}", digest) for path, digest in section.outputs.items()]
        recorded += [(path, digest) for path, digest in section.inputs.items() if path not in manifest.not_shared]
        recorded.append((f"{NOTEBOOKS}/{name}.ipynb", section.notebook or "absent"))
        recorded.append((f"{PARAMS}/{manifest.year}.yaml", section.params))
        recorded += [(LOCK, section.lock)] if section.lock != "absent" else []
    for name, digest in dict.fromkeys(recorded):
        if name not in hashes:
            wrong.append(f"{name}: missing; {MANIFEST} names it")
        elif hashes[name] != digest:
            wrong.append(f"{name}: not the file of which {MANIFEST} has the hash")
    known = {name for name, _ in recorded}
    results = [name for name in hashes if name.startswith(f"{REPORT}/") and name != f"{REPORT}/{MANIFEST}"]
    wrong += [f"{name}: {MANIFEST} does not name it" for name in results if name not in known]
    kept = [path for path in manifest.not_shared if path in hashes]
    return wrong + [f"{path}: is here, though {MANIFEST} says it is not shared" for path in kept]


def _against_crate(content: bytes, hashes: dict[str, str]) -> list[str]:
    try:
        graph = {each["@id"]: each for each in json.loads(content)["@graph"]}
        parts = {unquote(part["@id"]) for part in graph["./"]["hasPart"]}
        stated = {unquote(key): each["sha256"] for key, each in graph.items() if _is_file(each) and "sha256" in each}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [f"{CRATE}: changed; not the metadata of a crate"]
    there = set(hashes) - {CRATE}
    wrong = [f"{name}: missing; {CRATE} names it" for name in sorted(parts - there)]
    wrong += [f"{name}: {CRATE} does not name it" for name in sorted(there - parts)]
    differ = [name for name, digest in stated.items() if name in hashes and hashes[name] != digest]
    return wrong + [f"{name}: not the file of which {CRATE} has the hash" for name in sorted(differ)]


def _is_file(entity: dict[str, Any]) -> bool:
    return "File" in entity.get("@type", ())


def _made_from(manifest: Manifest, number: int) -> str:
    inputs = {path for section in manifest.sections.values() for path in section.inputs}
    left_out = f" ({len(manifest.not_shared)} not in the bundle)" if manifest.not_shared else ""
    parts = [f"{len(inputs)} data files{left_out}", f"{len(manifest.sections)} notebooks of {manifest.year}"]
    if manifest.project:
        parts.append(f"{manifest.project.name} {manifest.project.version}")
    if manifest.environment:
        about = manifest.environment
        parts += [f"Python {about.python}", f"{about.system} {about.machine}"]
        parts += [f"lock {about.lock[:12]}"] if about.lock != "absent" else []
    return f"{number} files, all as recorded; computed from: {', '.join(parts)}"
