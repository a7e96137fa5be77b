"""Nothing runs backwards along the way of the data; importing does nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import PACKAGE

TOP = {
    "errors",
    "paths",
    "strict_yaml",
    "params",
    "headings",
    "words",
    "translating",
    "reading",
    "stems",
    "stopping",
    "files",
    "installed",
    "vectors",
}
MAY_IMPORT = {
    "errors": set(),
    "paths": {"errors"},
    "translating": {"errors"},
    "headings": set(),
    "words": {"headings", "translating"},
    "reading": {"words"},
    "stems": set(),
    "stopping": set(),
    "files": set(),
    "installed": set(),
    "new_project": {"errors", "files", "paths"},
    "vectors": set(),
    "strict_yaml": {"errors", "paths"},
    "params": {"errors", "paths", "strict_yaml"},
    "tables": TOP | {"tables"},
    "measures": {"measures", "stems"},
    "claims": TOP | {"tables", "measures", "claims"},
    "charts": {"words", "charts"},
    "notebook": TOP | {"tables", "measures", "claims", "charts"},
    "reports": TOP | {"tables", "measures", "claims", "reports"},
    "sharing": {"errors", "files", "params", "paths", "translating", "words", "tables", "reports", "sharing"},
    "identify": {"errors", "files", "params", "paths", "stopping", "identify"},
    "cli": {"errors", "paths", "commands", "reports"},
    "commands": TOP | {"claims", "reports", "sharing", "tables", "console", "commands_data", "commands_identify"},
    "commands_data": {"console", "errors", "new_project", "paths", "reports", "tables"},
    "commands_identify": {"paths", "params", "identify", "console"},
    "console": {"paths", "reports"},
    "__main__": {"cli"},
    "__init__": set(),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_a_module_imports_only_what_its_layer_may() -> None:
    offenders = {}
    for path in MODULES:
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("taobao_research.")}
        warm = path.name == "zygote.py"  # loads what notebooks will ask for
        if strangers := ours - (set(MAY_IMPORT) if warm else MAY_IMPORT[layer(path)]):
            offenders[path.relative_to(PACKAGE).as_posix()] = strangers
    assert offenders == {}


def test_papermill_stays_behind_the_worker() -> None:
    users = {path.name for path in MODULES if any(name.split(".")[0] == "papermill" for name in imports(path))}
    assert users == {"worker.py", "shell.py", "zygote.py"}  # asks it to run, is its engine, loads it early


@pytest.mark.process
def test_the_command_line_starts_without_the_scientific_stack() -> None:
    heavy = [
        "pandas",
        "numpy",
        "matplotlib",
        "papermill",
        "nbconvert",
        "pandera",
        "pydantic",
        "pooch",
        "requests",
        "duckdb",
    ]
    code = f"import sys, taobao_research.commands; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_modules_stay_small() -> None:
    long = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    data_like = {"schema.py", "headings.py"}  # lists of columns and of words
    assert {name: lines for name, lines in long.items() if lines > 300 and name not in data_like} == {}


@pytest.mark.process
def test_nothing_to_do_is_found_out_with_the_standard_library_alone() -> None:
    code = "import sys, taobao_research.cli as c; c._nothing_to_do(['report', '2015']); print('typer' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False"
