"""What is taken from an executed notebook: its tables, figures and claims, and the notebook itself, normalised."""

import base64
import re
from typing import Any
from xml.etree import ElementTree

from taobao_research.translating import Texts, translate_markdown

TAG = "taobao_research"
MACHINE = "machine"  # in a committed notebook's metadata under TAG: where it was executed (``machine.fingerprint``)
PLAIN_PATH = re.compile(r"(figures|tables)/[A-Za-z0-9][A-Za-z0-9_.-]{0,80}\.(png|svg|csv)")
INJECTED = "injected-parameters"
TIMES_AND_PATHS = ("papermill", "execution")
SVG = "image/svg+xml"
DRAWN = {"svg", "g", "defs", "path", "use", "clipPath", "rect", "style", "image", "text", "tspan", "title", "desc"}
DECLARED = re.compile(r"<!(?!--)|<\?(?!xml )")
# In a style; a backslash can spell the others.
LOADING = re.compile(r"\\|@|image-set|src\(|url\((?!['\"]?#)", re.IGNORECASE)
ABOUT = {"metadata", "RDF", "Work", "type", "format", "creator", "Agent", "date", "title"}


def normalise(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook without what differs between two equal runs: times, paths, machine, the injected cell's random id.

    Changes and returns ``notebook``. The parameters stay under ``metadata.papermill.parameters``.
    """
    papermill = notebook["metadata"].pop("papermill", {})
    if papermill.get("parameters"):
        notebook["metadata"]["papermill"] = {"parameters": papermill["parameters"]}
    notebook["metadata"]["language_info"] = {"name": "python"}
    notebook["metadata"].get(TAG, {}).pop(MACHINE, None)
    for cell in notebook["cells"]:
        for key in TIMES_AND_PATHS:
            cell["metadata"].pop(key, None)
        if INJECTED in cell["metadata"].get("tags", []):
            cell["id"] = INJECTED
        if not cell["metadata"].get("tags"):
            cell["metadata"].pop("tags", None)
    return notebook


def translated(notebook: dict[str, Any], texts: Texts) -> dict[str, Any]:
    """The notebook with its markdown cells in Chinese, as far as ``texts`` has their headings and paragraphs.

    Changes and returns ``notebook``. Code, and what cells have shown in the language of their run, stays.
    """
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = translate_markdown("".join(cell["source"]), texts).splitlines(keepends=True)
    return notebook


def unrun_cells(notebook: dict[str, Any]) -> list[int]:
    """Positions of code cells that were not executed, in order, to the end without an error."""
    counts = [
        (position, cell.get("execution_count"))
        for position, cell in enumerate(notebook["cells"], start=1)
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    ]
    wrong = [position for number, (position, count) in enumerate(counts, start=1) if count != number]
    errors = [
        position
        for position, cell in enumerate(notebook["cells"], start=1)
        if any(output["output_type"] == "error" for output in cell.get("outputs", []))
    ]
    return sorted({*wrong, *errors})


def collect(notebook: dict[str, Any]) -> dict[str, bytes]:
    """The files that the outputs hold, by their path under ``reports/<year>``.

    Raises ValueError where two outputs of the notebook claim one name.
    """
    files: dict[str, bytes] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get(TAG, {})
            for path, content in _files_of(about, output.get("data", {})):
                if not PLAIN_PATH.fullmatch(path):
                    raise ValueError(f"the name of an output must be a plain word, not {path!r}")
                if path in files:
                    raise ValueError(f"two outputs are named {path}")
                files[path] = content
    return files


def take_vectors(notebook: dict[str, Any]) -> dict[str, bytes]:
    """Take the figures drawn as vectors out of the notebook, which keeps them as pictures; by path.

    Raises ValueError where one holds more than a drawing: a browser that opens it would run a script.
    """
    files = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            drawing = output.get("data", {}).pop(SVG, None)
            if drawing is None or "figure" not in (about := output.get("metadata", {}).get(TAG, {})):
                continue
            path, text = f"figures/{about['figure']}.svg", "".join(drawing)
            if strange := _strange(text):
                raise ValueError(f"{path} holds more than a drawing: {strange}")
            files[path] = text.encode("utf-8")
    return files


def _strange(drawing: str) -> str:
    """What in a drawing is no shape, text or picture of its own; nothing where all is well."""
    if DECLARED.search(drawing):
        return "a document type, an entity or an instruction"
    try:
        tree = ElementTree.fromstring(drawing)
    except ElementTree.ParseError:
        return "no SVG"
    for element in tree.iter():
        name = str(element.tag).rsplit("}", 1)[-1]
        if name not in DRAWN | ABOUT:
            return f"<{name}>"
        for key, value in element.attrib.items():
            attribute = key.rsplit("}", 1)[-1]
            elsewhere = attribute == "href" and not value.startswith(("#", "data:image/png"))
            if attribute.startswith("on") or attribute == "base" or elsewhere or LOADING.search(value):
                return f"<{name} {attribute}>"
        if name == "style" and LOADING.search(element.text or ""):
            return "a style from elsewhere"
    return ""


def _files_of(about: dict[str, str], data: dict[str, Any]) -> list[tuple[str, bytes]]:
    if "figure" in about:
        return [(f"figures/{about['figure']}.png", base64.b64decode("".join(data["image/png"])))]
    if "table" in about:
        return [] if about["table"] == "parameters" else [(f"tables/{about['table']}.csv", _text(data))]
    if "claims" in about:
        return [(f"tables/claims_{about['claims']}.csv", _text(data))]
    return []


def _text(data: dict[str, Any]) -> bytes:
    return "".join(data["text/csv"]).encode("utf-8")
