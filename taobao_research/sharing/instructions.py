"""``README.txt`` of a bundle, in the language of the report: how to read and verify it, what stays behind, licences."""

from collections.abc import Iterable

from taobao_research.reports.manifest import NAME as MANIFEST
from taobao_research.sharing.contents import LOCK, NOTEBOOKS, ONE_PAGE, PARAMS, REPORT, Contents
from taobao_research.sharing.licences import AS_PUBLISHED, NO_LICENCE, OTHER_LICENCE
from taobao_research.translating import package_texts, translate
from taobao_research.words import say

README, SUMS, SCRIPT = "README.txt", "SHA256SUMS", "verify.py"


def instructions(found: Contents, crate: str) -> str:
    """The text; ``crate`` is the name of the file for machines."""
    manifest = found.manifest
    labels = str(manifest.parameters["labels"])
    ways = {
        "taobao-research verify FILE.zip": say("the archive, or this folder in its place", labels),
        f"python3 {SCRIPT}": say("in this folder; needs nothing but Python", labels),
        f"sha256sum -c {SUMS}": say("in this folder", labels),
    }
    recorded = f"{REPORT}/{MANIFEST}"
    made_of = say("what they were run on; data/README.md explains every column", labels)
    results = say("executed notebooks, pages, tables, figures, claims; {name}: made from what, as hashes", labels,
                  name=MANIFEST)  # fmt: skip
    lines = [
        say("Taobao villages {year}: the report recomputed", labels, year=manifest.year),
        "",
        say(
            "Read: open {page} in a browser. No network is needed, and nothing runs.",
            labels,
            page=f"{REPORT}/index.html",
        ),
        say("The whole report in one file, to be passed on by itself: {page}", labels, page=f"{REPORT}/{ONE_PAGE}"),
        "",
        say("Verify, any of these:", labels),
        *(f"  {command:<35} {where}" for command, where in ways.items()),
        say("They show that no file changed since its hash was written. They do not show who wrote it.", labels),
        say("A page or PDF by itself cannot be verified; the archive can, and holds the page.", labels),
        say("Two bundles of equal reports differ in the times of {name}; compare its hashes.", labels, name=recorded),
        "",
        say("What is here:", labels),
        f"  {REPORT + '/':<11} {results}",
        f"  {NOTEBOOKS + '/':<11} {say('the notebooks before they ran', labels)}",
        f"  {', '.join(['data/', f'{PARAMS}/', *([LOCK] if LOCK in found.files else [])])}  {made_of}",
        f"  {crate}  {say('the same for machines (RO-Crate 1.1)', labels)}",
        "",
        *_left_out(manifest.not_shared, recorded, labels),
        "",
        *_licences(found, labels),
    ]
    return "\n".join(lines) + "\n"


def _left_out(not_shared: dict[str, str], recorded: str, labels: str) -> Iterable[str]:
    if not not_shared:
        yield say("Every data file that was used is here.", labels)
        return
    yield say("Not here, but named with their hashes in {name}:", labels, name=recorded)
    for path, reason in not_shared.items():
        yield f"  {path}: {_reason(reason, labels)}"
    yield say("Notebooks and tables hold what was computed from them, which may be names in them.", labels)


def _reason(reason: str, labels: str) -> str:
    return translate(reason, package_texts(), (AS_PUBLISHED, NO_LICENCE, OTHER_LICENCE)) if labels == "zh" else reason


def _licences(found: Contents, labels: str) -> Iterable[str]:
    data = sorted({f'"{source["licence"]}"' for path, source in found.sources.items() if path in found.files})
    yield say(
        "Licences: software, notebooks and computed results {licence} (LICENSE). Data: {data},",
        labels,
        licence=found.citation["license"],
        data=", ".join(data),
    )
    yield say('file by file in data/SOURCES.csv; what "not stated" covers says data/README.md.', labels)
    yield say("Cite by {file}.", labels, file="CITATION.cff")
