"""What a report was made from, as a reader of its page alone finds it: versions, hashes, how to check and to cite."""

from typing import Any

import yaml
from markupsafe import Markup

from taobao_research.paths import Project
from taobao_research.reports.manifest import Manifest
from taobao_research.reports.pages import render
from taobao_research.words import say

CITATION = "CITATION.cff"


def about(made: Manifest, project: Project, labels: str, single: bool) -> Markup:
    """The part of a page that says so. ``single``: the page is passed on alone, and also says when it was made."""
    sections = made.sections.values()
    code = {
        "code of the package": {section.package for section in sections},
        "requirements.lock": {section.lock for section in sections},
        "parameter file": {section.params for section in sections},
    }
    inputs = {path: digest for section in sections for path, digest in section.inputs.items()}
    text = render(
        "about.html.j2",
        labels,
        made=made,
        python=sorted({section.python for section in sections}),
        code=[(say(what, labels), sorted(hashes)) for what, hashes in code.items()],
        notebooks=[(name, [section.notebook]) for name, section in made.sections.items() if section.notebook],
        inputs=[(path, [digest]) for path, digest in sorted(inputs.items())],
        times=times(made) if single else None,
        cite=_cite(project),
        single=single,
    )
    return Markup(text)


def times(made: Manifest) -> tuple[str, str] | None:
    """When the first section began and the last one, UTC."""
    known = sorted(section.start for section in made.sections.values() if section.start)
    return (known[0], known[-1]) if known else None


def name_of(author: dict[str, str]) -> str:
    """What an author of ``CITATION.cff`` is called.

    >>> name_of({"given-names": "Zora Neale", "family-names": "Hurston"})
    'Zora Neale Hurston'
    """
    return author.get("name") or f"{author.get('given-names', '')} {author.get('family-names', '')}".strip()


def _cite(project: Project) -> str:
    """The software and the report as a reference list names them; nothing where their file cannot be read."""
    try:
        about: dict[str, Any] = yaml.safe_load((project.root / CITATION).read_text(encoding="utf-8"))
        authors = ", ".join(map(name_of, about["authors"]))
        year = str(about["date-released"])[:4]
        software = f"{authors} ({year}). {about['title']} (version {about['version']}) [software]. {about['license']}."
        cited = [_reference(each) for each in about.get("references", [])]
        return " ".join([software, *cited])
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        return ""


def _reference(work: dict[str, Any]) -> str:
    return (
        f"{', '.join(map(name_of, work['authors']))} ({work['year']}). {work['title']}. {work.get('url', '')}".strip()
    )
