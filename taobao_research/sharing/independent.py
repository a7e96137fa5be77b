"""Compare every file of this folder with SHA256SUMS and report/manifest.json. Needs Python 3.8, nothing else."""

import hashlib
import json
import sys
from pathlib import Path


def main(here: Path) -> int:
    paths = [path for path in here.rglob("*") if path.is_file()]
    found = {p.relative_to(here).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    lines = (here / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    said = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    manifest = json.loads((here / "report" / "manifest.json").read_text(encoding="utf-8"))
    made = {"report/" + name: digest for name, digest in manifest["outputs"].items()}
    for section, about in manifest["sections"].items():
        made.update({"report/" + name: digest for name, digest in about["outputs"].items()})
        made.update({name: digest for name, digest in about["inputs"].items() if name not in manifest["not_shared"]})
        made.update({f"notebooks/{section}.ipynb": about["notebook"], "requirements.lock": about["lock"]})
        made[f"params/{manifest['year']}.yaml"] = about["params"]
    differ = {}
    for name, digest in [*said.items(), *made.items()]:
        if found.get(name) != digest:
            differ.setdefault(name, set()).add(digest)
    wrong = {name: how(here / name, recorded) if name in found else "missing" for name, recorded in differ.items()}
    wrong.update(dict.fromkeys(found.keys() - said.keys() - {"SHA256SUMS"}, "not listed"))
    sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal that lacks a character of a name
    lines = [f"{what}: {name}" for name, what in sorted(wrong.items())]
    print("\n".join(lines) or f"{len(found)} files, all as recorded")
    return 1 if wrong else 0


def how(path: Path, recorded: set) -> str:
    plain = path.read_bytes().replace(b"\r\n", b"\n")
    forms = {hashlib.sha256(plain.replace(b"\n", end)).hexdigest() for end in (b"\n", b"\r\n")}
    return "changed by line ends alone" if recorded <= forms else "changed"


if __name__ == "__main__":
    try:
        sys.exit(main(Path(__file__).resolve().parent))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f"SHA256SUMS or report/manifest.json is changed or missing: {error}")
