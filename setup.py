"""Build the package with the project that ``taobao-research init`` copies: notebooks, parameters and data."""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from taobao_research.new_project import project_files  # noqa: E402 (found by the line above; needs no other package)


class BuildPackage(build_py):
    """The package and, in ``template/``, the project; an editable install has the checkout in its place."""

    def run(self) -> None:
        if self.editable_mode:
            super().run()
            return
        package = Path(self.build_lib) / "taobao_research"
        shutil.rmtree(package, ignore_errors=True)  # what an earlier build left would be packed too
        super().run()
        for name in project_files(ROOT):
            target = package / "template" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)

    def get_source_files(self) -> list[str]:
        """With these a source archive is complete."""
        return [*super().get_source_files(), *project_files(ROOT)]


setup(cmdclass={"build_py": BuildPackage})
