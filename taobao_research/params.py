"""What a run computes with: the definitions that a researcher may want to move.

Never paths, never facts about files. This model is the only definition; the ``parameters`` cell of every
notebook, the files in ``params/`` and ``taobao-research params`` are all checked against it.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from taobao_research.errors import InputError
from taobao_research.paths import Project, current_project, shown
from taobao_research.strict_yaml import read_mapping

REPORT_YEAR = 2015  # of the report that is recomputed


class Params(BaseModel, strict=True, extra="forbid", frozen=True, allow_inf_nan=False):
    """One run's parameters. Source: the report's definitions, appendix to section 1 and section 3.1."""

    year: int = Field(REPORT_YEAR, ge=2009, le=2100, description="year of the list", json_schema_extra={"unit": "year"})
    region_scheme: Literal["four-region", "three-belt"] = Field(
        "four-region",
        description="East, Central, West and Northeast, or three belts in which Jilin is Central, Liaoning East",
        json_schema_extra={
            "unit": "name",
            "comment": "three-belt: Jilin and Heilongjiang are Central, Liaoning is East",
        },
    )
    town_min_villages: int = Field(
        3,
        ge=1,
        le=100,
        description="villages that make a Taobao town (1.A)",
        json_schema_extra={"unit": "villages", "comment": "appendix to section 1"},
    )
    cluster_min_villages: int = Field(
        10,
        ge=2,
        le=1000,
        description="villages that make a cluster (3.1)",
        json_schema_extra={"unit": "villages", "comment": "section 3.1"},
    )
    large_cluster_min_villages: int = Field(
        30,
        ge=2,
        le=1000,
        description="villages that make a large cluster (3.1)",
        json_schema_extra={"unit": "villages", "comment": "section 3.1"},
    )
    min_turnover_cny: int = Field(
        10_000_000,
        ge=0,
        le=10**12,
        description="annual turnover that a Taobao village reaches (1.A)",
        json_schema_extra={"unit": "yuan", "comment": "appendix to section 1"},
    )
    min_active_shops: int = Field(
        100,
        ge=0,
        le=10**6,
        description="active shops that a Taobao village reaches (1.A)",
        json_schema_extra={"unit": "shops", "comment": "appendix to section 1"},
    )
    min_household_share: float = Field(
        0.10,
        ge=0,
        le=1,
        description="or active shops per household that it reaches (1.A)",
        json_schema_extra={"unit": "fraction", "comment": "appendix to section 1"},
    )
    top: int = Field(10, ge=1, le=1000, description="length of the rankings", json_schema_extra={"unit": "places"})
    resamples: int = Field(
        9999, ge=99, le=1_000_000, description="bootstrap resamples", json_schema_extra={"unit": "draws"}
    )
    seed: int = Field(
        2015,
        ge=0,
        le=2**32 - 1,
        description="seed of every random draw",
        json_schema_extra={"unit": "number"},
    )
    labels: Literal["en", "zh"] = Field(
        "en",
        description="language of the report",
        json_schema_extra={"unit": "language", "comment": "zh: the report in Chinese"},
    )

    @model_validator(mode="after")
    def _large_clusters_are_clusters(self) -> "Params":
        if self.large_cluster_min_villages < self.cluster_min_villages:
            raise ValueError(
                f"large_cluster_min_villages: {self.large_cluster_min_villages} is below cluster_min_villages "
                f"({self.cluster_min_villages}); a large cluster is a cluster"
            )
        return self


def check_params(values: dict[str, Any], where: str = "parameters") -> Params:
    """The parameters, or an InputError that lists every problem at once.

    >>> check_params({"year": 2016}).cluster_min_villages
    10
    >>> check_params({"yaer": 2016})
    Traceback (most recent call last):
    taobao_research.errors.InputError: parameters: 1 problem
      yaer: no such parameter; did you mean year?
    """
    try:
        return Params(**values)
    except ValidationError as error:
        problems = [_problem(each) for each in error.errors()]
        head = f"{where}: {len(problems)} problem{'s' * (len(problems) > 1)}"
        raise InputError("\n".join([head, *(f"  {problem}" for problem in problems)])) from None
    except TypeError as error:  # a name that no keyword can have
        raise InputError(f"{where}: {error}") from None


def read_params(path: Path) -> Params:
    """The parameters of a YAML file. ``year`` must be given: a file for no year runs the wrong one."""
    values = read_mapping(path)
    if "year" not in values:
        raise InputError(f"{shown(path)}: 1 problem\n  year: missing; add a line such as `year: 2016`")
    return check_params(values, shown(path))


def params_text(year: int) -> str:
    """A parameter file of a year under the report's own definitions, in the form of the shipped ones.

    Source: the defaults and comments of ``Params``. Raises InputError for a year out of its bounds.

    >>> print(params_text(2017).splitlines()[1])
    region_scheme: four-region         # three-belt: Jilin and Heilongjiang are Central, Liaoning is East
    """
    values = check_params({"year": year}, f"year {year}").model_dump()
    fields = Params.model_json_schema()["properties"]
    lines = [(f"{name}: {_yaml(value)}", fields[name].get("comment", "")) for name, value in values.items()]
    return "".join(f"{line:<35}# {comment}\n" if comment else f"{line}\n" for line, comment in lines)


def _yaml(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:_}" if isinstance(value, int) and value >= 10_000 else str(value)


def params_of(year: int, project: Project | None = None) -> Params:
    """The parameters of a year, from the project's ``params/<year>.yaml``."""
    project = project or current_project()
    path = project.params_of(year)
    if not path.is_file():
        years = ", ".join(sorted(each.stem for each in project.params.glob("*.yaml")))
        raise InputError(
            f"{year}: no file params/{year}.yaml. Years with one: {years}. Begin one: taobao-research new-year YEAR"
        )
    params = read_params(path)
    if params.year != year:
        raise InputError(f"{shown(path)}: says year {params.year}; the file's name says {year}.")
    return params


def _problem(error: Any) -> str:
    name = ".".join(map(str, error["loc"]))
    if not name:  # a rule between parameters, which names them itself
        return str(error["ctx"]["error"])
    if error["type"] == "extra_forbidden":
        close = get_close_matches(name, Params.model_fields, n=1)
        return f"{name}: no such parameter" + (f"; did you mean {close[0]}?" if close else "")
    return f"{name}: {error['msg']}, got {error['input']!r}"


def describe() -> list[tuple[str, str, str, str, str]]:
    """Name, default, unit, allowed values and meaning of every parameter, from the model itself."""
    rows = []
    for name, field in Params.model_json_schema()["properties"].items():
        low, high = field.get("minimum"), field.get("maximum")
        allowed = " | ".join(map(str, field["enum"])) if "enum" in field else f"{low:,} to {high:,}"
        allowed = allowed.replace(",", "") if name == "year" else allowed
        rows.append((name, str(field["default"]), field["unit"], allowed, field["description"]))
    return rows
