"""The project in which these tests lie."""

from pathlib import Path

from taobao_research.paths import Project

CHECKOUT = Project(Path(__file__).resolve().parent.parent)
PROJECT, DATA, PARAMS, NOTEBOOKS = CHECKOUT.root, CHECKOUT.data, CHECKOUT.params, CHECKOUT.notebooks
PACKAGE = PROJECT / "taobao_research"
