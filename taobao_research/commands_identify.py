"""The command ``identify``; like the others it imports what is heavy only when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from taobao_research.console import err, out, stoppable
from taobao_research.paths import shown


def identify_villages(
    context: typer.Context,
    shops: Annotated[list[str], typer.Argument(help="Shop records: .csv or .parquet files, folders or patterns.")],
    households: Annotated[
        list[str] | None, typer.Option(help="Households by village, .csv or .parquet; may be given again.")
    ] = None,
    adjacency: Annotated[list[str] | None, typer.Option(help="Pairs of villages that touch.")] = None,
    engine: Annotated[str, typer.Option(help="duckdb or spark.")] = "duckdb",
    to: Annotated[Path, typer.Option("--out", help="The folder of the tables.")] = Path("identified"),
    params: Annotated[Path | None, typer.Option(help="A parameter file with other thresholds.")] = None,
    cluster_turnover: Annotated[int, typer.Option(min=0, max=10**12, help="Joint turnover of a cluster.")] = 10**8,
    max_rejected_share: Annotated[float, typer.Option(min=0, max=1, help="Rejected rows to put up with.")] = 0.01,
    memory_mb: Annotated[int, typer.Option(min=64, max=1_000_000, help="Memory that duckdb may hold.")] = 320,
    threads: Annotated[int, typer.Option(min=0, max=1024, help="Threads; 0: as many as cores.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of the folder.")] = False,
) -> None:
    """Find Taobao villages, towns and clusters in shop records, by the report's criteria.

    Shops: shop_id, province, city, county, town, village, annual_turnover_cny, active; with a village_code it is
    faster. Households: the five names (or the code) and households. data/README.md says what each may hold.
    """
    with stoppable("nothing was written"):
        from taobao_research.identify.run import Job, identify, summary
        from taobao_research.params import Params, read_params
        from taobao_research.paths import found_or_shipped

        chosen = read_params(params) if params else Params()
        job = Job(
            shops, chosen, tuple(households or ()), tuple(adjacency or ()), engine, max_rejected_share,
            cluster_turnover, memory_mb, threads, context.obj or found_or_shipped(),
        )  # fmt: skip
        with err.status("looking at the files") as status:  # seen in a terminal only
            result = identify(job, to, replace, status.update)
    for line in summary(result, chosen.year):
        out.print(line, markup=False, soft_wrap=True)
    out.print(f"wrote the tables to {shown(to)}", markup=False, soft_wrap=True)
