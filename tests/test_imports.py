"""A published list becomes the villages it names, or a message: headings, rows, amounts, places, repairs."""

import csv
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taobao_research.errors import InputError
from taobao_research.tables.imports.amounts import NotANumberError, amount
from taobao_research.tables.imports.headings import column_of
from taobao_research.tables.imports.reading import PublishedList, read_list
from taobao_research.tables.imports.units import unit_of
from tests.studies import known

HEADER = ["省", "市", "县", "镇", "村"]
ROW = ["浙江省", "金华市", "义乌市", "江东街道", "甲村"]

# One heading a word (Chinese) or between bars (English); which column each means was decided by reading it.
HEADINGS = {
    "province": (
        "省 省份 省名 省份名称 所在省份 所在省 所属省份 省(市、区) 省（区、市） 省/直辖市 省、自治区、直辖市 "
        "省（自治区、直辖市） 省级 省级行政区 省市 省市区 省区市 所在省(区、市) 省級 2017省份|省 份|"
        "省\n（市、区）|Province|PROVINCE|Provinces|Province name|Name of province|Province/Municipality|"
        "Provincial-level|Province (municipality)|Province or municipality|province_name|Province / "
        "Autonomous Region"
    ),
    "city": (
        "市 城市 地市 地级市 市（州） 市/州 地级市（州、盟） 所在市 所在城市 所属地市 市级 市名 城市名称 "
        "地级市名称 地区 地区（市） 市州盟 地州市 市（地、州、盟） 设区市 设区的市 州市 盟市 市(地区) 市、州 "
        "地级行政区 地市级|City|city name|Prefecture|Prefecture-level city|City/Prefecture|Prefecture (city)|"
        "Prefecture-level unit|Name of city"
    ),
    "county": (
        "县 区县 县区 县(区) 县（市、区） 县(市、区、旗) 区（县） 区/县 县/区/市 县市区 区县市 县市 县级市 "
        "旗县 县（旗） 所在县 所在区县 所属县（市、区） 县级 县名 县区名称 市辖区 县级行政区 "
        "县（区、市）名称 区 縣（市、區） 县级单位|County|County/District|County (district)|County or "
        "district|District|District/County|County name|Counties|County-level unit|County-level city|County / "
        "City / District"
    ),
    "town": (
        "镇 乡镇 乡（镇） 乡镇（街道） 镇（街道） 街镇 镇街 乡（镇、街道） 街道 镇/街道 乡镇街道 所在乡镇 "
        "所属乡镇 乡镇名称 镇名 乡镇级 乡镇（街道办） 街道办事处 镇/乡/街道 乡镇（苏木） 鄉鎮|Town|Township|"
        "Town/Township|Town/Sub-district|Town (subdistrict)|Town name|Township/Subdistrict|Town or township|"
        "Street|Taobao town|Towns|Sub-district"
    ),
    "village": (
        "村 村名 村名称 村庄 村庄名称 淘宝村 淘宝村名称 行政村 行政村名称 村（社区） 村（居） 村/社区 "
        "村、社区 村居 村社区 村委会 所在村 村级 村（社区）名称 行政村（社区） 自然村 嘎查村 村居名称 "
        "村莊名稱|Village|Village name|Taobao Village|Name of village|Taobao village name|Village/Community|"
        "Village (community)|Administrative village"
    ),
    "villages": (
        "淘宝村数 淘宝村数量 淘宝村个数 淘宝村（个） 淘宝村数（个） 村数 村庄数 淘宝村总数|Number of "
        "villages|Taobao villages|Villages|Number of Taobao villages|Village count|No. of villages|Count of "
        "Taobao villages"
    ),
    "main_products": (
        "主营产品 主要产品 主营类目 主营商品 特色产品 主营行业 主导产业 主要产品名称 经营品类 主打产品 主营 "
        "產品|Main product|Main products|Product|Products|Main product category|Main business|Key products"
    ),
    "active_shops": (
        "活跃网店数 活跃网店数（个） 活跃网店 网店数 网店数量（家） 活跃店铺数 网商数 淘宝店铺数 网店数/家|"
        "Active shops|Active online shops|Number of shops|Number of active online shops|Online stores|No. of "
        "active shops"
    ),
    "turnover_cny": (
        "年交易额 年交易额（亿元） 销售额 年销售额（万元） 电商销售额/万元 电商交易额 电子商务交易额（万元） "
        "网络零售额 2016年销售额（元） 成交额 全年销售总额 年度销售额 銷售額（萬元）|Turnover|Turnover (CNY)|"
        "Annual turnover|Sales|Online sales (10,000 yuan)|GMV|Sales (RMB million)|Annual online sales in "
        "yuan|turnover_cny"
    ),
    "households": (
        "户数 总户数 2017年户数 农户数 家庭户数 全村户数 村户数 常住户数 总户数（户） 戶數|Households|Number "
        "of households|Household count|No. of households|Total households"
    ),
    "serial": ("序号 编号 序 顺序 序列 序號|No.|No|Nr.|Serial No.|Serial number|S/N|ID|序 号|Index"),
    "": (
        "备注 村支书 村主任 村民人数 人口 户籍人口 镇长 县长 省长 市场 增长率 销售额增长 销售额占比 "
        "户均销售额 网商户数 电商户数 注册网店数 行政区划代码 省代码 邮编 联系人 电话 地址 所在地 店铺名称 "
        "面积 区域 名称 县域经济 乡镇企业 市值 年份 省级示范村 社区服务站 浙江省 义乌市 市南区 2017|Remarks|"
        "Population|Growth|Sales growth|Village head|Year|Name|Province code|County seat|Town hall|Citywide|"
        "Area|Region|Average sales|Household income|Shopkeeper|Zhejiang"
    ),
}


def read(folder: Path, rows: list[list[str]], header: list[str] = HEADER, **options: object) -> PublishedList:
    """The list that these rows are, saved as CSV and read again."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path = folder / "list.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return read_list(path, known(), **options)


def names(found: PublishedList) -> list[str]:
    return found.villages["village"].tolist()


def why(found: PublishedList, row: int) -> str:
    return "; ".join(found.remarks.loc[found.remarks["row"] == row, "why"])


@pytest.mark.parametrize("column", HEADINGS)
def test_each_heading_means_its_column_and_no_other(column: str) -> None:
    chinese, *english = HEADINGS[column].split("|")
    headings = [*chinese.split(), *english]
    assert {heading: column_of(heading) for heading in headings} == dict.fromkeys(headings, column)


@pytest.mark.parametrize(
    ("heading", "unit"),
    [("销售额（万元）", "万"), ("销售额（亿元）", "亿"), ("交易额(元)", "元"), ("销售额（百万元）", "百万"),
     ("交易额（千元）", "千"), ("销售额（千万元）", "千万"), ("Sales (RMB million)", "百万"),
     ("Sales, 100 million yuan", "亿"), ("GMV (billion)", "十亿"),
     ("Turnover (10,000 yuan)", "万"), ("turnover_cny", "元"), ("销售额", ""), ("Sales", ""), ("銷售額（萬元）", "万")],
)  # fmt: skip
def test_the_unit_of_a_heading(heading: str, unit: str) -> None:
    assert unit_of(heading) == unit


@pytest.mark.parametrize("heading", ["销售额（万美元）", "Sales (USD)", "Sales ($)", "销售额（万元/亿元）"])
def test_a_foreign_or_double_unit_is_refused(heading: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 1: the heading"):
        read(tmp_path, [[*ROW, "12"]], [*HEADER, heading])


@pytest.mark.parametrize(
    ("text", "unit", "yuan"),
    [("1200", "万", 12_000_000), ("1,200", "万", 12_000_000), ("1200万", "元", 12_000_000),
     ("1.2亿", "万", 120_000_000),
     ("1200万元", "", 12_000_000), ("1.5", "亿", 150_000_000), ("0", "元", 0), ("12.5", "百万", 12_500_000),
     ("1 200", "元", 1_200), ("1200.50000000001", "万", 12_005_000)],
)  # fmt: skip
def test_amounts_by_hand(text: str, unit: str, yuan: int) -> None:
    assert amount(text, unit, money=True)[0] == yuan


@pytest.mark.parametrize(
    "text",
    ["约1200万", ">1000万", "-5", "1e7", "1,2", "1.200,50", "12,34", "N.A", "一千", "1200户", "1200-1300", "NaN", ""],
)
def test_what_is_no_plain_amount(text: str) -> None:
    with pytest.raises(NotANumberError):
        amount(text, "元", money=True)


def test_a_cell_in_yuan_under_a_heading_in_another_unit_is_a_conflict(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2, turnover_cny: '1200元': the cell says 元, the column says 万"):
        read(tmp_path, [[*ROW, "1200元"]], [*HEADER, "销售额（万元）"])


def test_turnover_needs_a_unit_from_somewhere(tmp_path: Path) -> None:
    header = [*HEADER, "销售额"]
    with pytest.raises(InputError, match="unit not declared"):
        read(tmp_path, [[*ROW, "1200"]], header)
    assert read(tmp_path, [[*ROW, "1200"]], header, turnover_unit="万元").villages["turnover_cny"].tolist() == [
        12_000_000
    ]
    rows = [[*ROW[:4], f"{name}村", "1200"] for name in "甲乙丙"]
    for options in ({}, {"leave_out_refused": True}):
        with pytest.raises(InputError, match="'销售额', nor in 3 cells under it, such as row 2: '1200'") as said:
            read(tmp_path, rows, header, **options)
        assert "\n" not in str(said.value) and "--turnover-unit" in str(said.value)
    own = [[*ROW, "1200万"], ["合计", "", "", "", "", "1200"]]  # each cell has its own, and a total is no village
    assert read(tmp_path, own, header).villages["turnover_cny"].tolist() == [12_000_000]
    with pytest.raises(InputError, match="no such unit"):
        read(tmp_path, [[*ROW, "1200"]], header, turnover_unit="dollars")
    with pytest.raises(InputError, match="says 亿, --turnover-unit 万"):
        read(tmp_path, [[*ROW, "1"]], [*HEADER, "销售额（亿元）"], turnover_unit="万")
    with pytest.raises(InputError, match="no column of turnover"):
        read(tmp_path, [ROW], turnover_unit="万")


def test_optional_columns(tmp_path: Path) -> None:
    header = [*HEADER, "主营产品", "网店数（万家）", "销售额（亿元）", "户数", "备注"]
    found = read(tmp_path, [[*ROW, "袜子", "1.2", "2.5", "0", "x"], [*ROW[:4], "乙村", "-", "", "", "无", ""]], header)
    first, second = found.villages.to_dict("records")
    assert (first["main_products"], first["active_shops"], first["turnover_cny"], first["households"]) == (
        "袜子", 12_000, 250_000_000, 0,
    )  # fmt: skip
    assert pd.isna(second["active_shops"]) and pd.isna(second["households"]) and second["main_products"] == ""
    assert found.unread == ("column 备注",)
    columns = ["province", "city", "county", "town", "village", "main_products", "active_shops", "turnover_cny"]
    assert found.read == dict(zip([*columns, "households"], header[:-1], strict=True))
    with pytest.raises(InputError, match="a count is a whole number"):
        read(tmp_path, [[*ROW, "12.5"]], [*HEADER, "户数"])


def test_headings_in_any_order_behind_titles_and_empty_columns(tmp_path: Path) -> None:
    rows = [["", "2017年中国淘宝村名单"], [], ["", "（按省份排列）"], ["单位：个"], [],
            ["", "No.", "Village", "Town", "County/District", "City", "Province"],
            ["", "1", "甲村", "江东街道", "义乌市", "金华市", "浙江省"]]  # fmt: skip
    found = read(tmp_path, rows[1:], rows[0])
    assert found.villages.iloc[0].tolist() == [*ROW, 1, 0]
    assert set(found.remarks["kind"]) == set()


def test_headings_over_two_lines(tmp_path: Path) -> None:
    above = ["地区", "", "", "", "村名", "经营情况", ""]
    below = ["省", "市", "县", "镇", "", "网店数", "销售额（万元）"]
    found = read(tmp_path, [below, [*ROW, "120", "1,500"], below], above)
    assert (names(found), found.villages["turnover_cny"].tolist()) == (["甲村"], [15_000_000])
    assert why(found, 4) == "the headings again (page break)"
    units = read(tmp_path, [["", "", "", "", "", "（万元）"], [*ROW, "1500"]], [*HEADER, "销售额"])
    assert units.villages["turnover_cny"].tolist() == [15_000_000]
    english = ["Province", "City", "County", "Town", "Village"]
    assert names(read(tmp_path, [english, ROW])) == ["甲村"]


@pytest.mark.parametrize(
    "header", [[*HEADER, "村名"], [*HEADER, "Village"], [*HEADER, "备注", "备注"], ["省份", *HEADER]]
)
def test_two_headings_for_one_column_are_refused(header: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="both mean"):
        read(tmp_path, [[*ROW, "x", "y"]], header)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (HEADER, "the headings again (page break)"),
        (["广东省"], "a province alone (page break, or heading of a group)"),
        (["续表"], "a line that says the table goes on"),
        (["2017年淘宝村名单（续）"], "a line that says the table goes on"),
        (["— 12 —"], "a page number"),
        (["", "", "第 3 页"], "a page number"),
        (["12"], "a page number"),
        (["第3页 共12页"], "a page number"),
        (["合计", "", "", "", "1,311"], "a total, not a place"),
        (["总计 1,311"], "a total, not a place"),
        (["浙江省", "小计", "", "", "506"], "a total, not a place"),
        (["Total", "", "", "", "1311"], "a total, not a place"),
        (["注：*为地方上报数据。"], "a note under the table"),
        (["* 表示由地方政府上报"], "a note under the table"),
        (["Source: AliResearch"], "a note under the table"),
    ],
)
def test_lines_that_are_no_villages_are_left_out_and_listed(line: list[str], said: str, tmp_path: Path) -> None:
    found = read(tmp_path, [ROW, line, [*ROW[:4], "乙村"]])
    assert (names(found), why(found, 3)) == (["甲村", "乙村"], said)
    assert found.remarks["kind"].tolist() == ["left out"]


def test_a_serial_number_without_names_is_a_lost_village_not_a_page_number(tmp_path: Path) -> None:
    header = ["序号", *HEADER]
    with pytest.raises(InputError, match="row 3: '2': the next serial number, without names"):
        read(tmp_path, [["1", *ROW], ["2"], ["3", *ROW[:4], "乙村"]], header)
    found = read(tmp_path, [["1", *ROW], ["12"], ["2", *ROW[:4], "乙村"]], header)
    assert why(found, 3) == "a page number"


def test_a_filled_column_without_heading_is_named(tmp_path: Path) -> None:
    header = ["", *HEADER[:2], "", *HEADER[2:]]
    found = read(tmp_path, [["x", *ROW[:2], "", *ROW[2:]]], header)
    assert (names(found), found.unread) == (["甲村"], ("column 1 (no heading)",))


def test_the_lists_own_total_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, [ROW, ["合计", "", "", "", "1,311"]]).total == 1311
    assert read(tmp_path, [ROW]).total is None


def test_blank_cells_are_as_above_but_a_group_heading_is_not_carried_over(tmp_path: Path) -> None:
    rows = [
        ROW,
        ["", "", "", "", "乙村"],
        ["", "", "", "佛堂镇", "丙村"],
        ["广东省"],
        ["", "揭阳市", "普宁市", "池尾街道", "丁村"],
    ]
    found = read(tmp_path, rows)
    assert found.villages["town"].tolist() == ["江东街道", "江东街道", "佛堂镇", "池尾街道"]
    assert found.villages["province"].tolist() == ["浙江省"] * 3 + ["广东省"]
    assert why(found, 3) == "; ".join(["blank, so as in the row above"] * 4)


def test_blank_cells_below_a_refused_row_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, [ROW, ["浙江sheng", "金华市", "义乌市", "佛堂镇", "乙村"], ["", "", "", "", "丙村"]])
    assert "row 3, province: '浙江sheng': no province of China; nearest: 浙江省" in str(refused.value)
    assert "row 4" in str(refused.value)


def test_merged_cells_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in [HEADER, ROW, ["浙江省", None, None, None, "乙村"], [None, None, "诸暨市", "店口镇", "丙村"]]:
        book.active.append(line)
    for span in ("B2:B3", "C2:C3", "D2:D3", "A3:A4"):
        book.active.merge_cells(span)
    book.active["B4"] = "绍兴市"
    book.save(tmp_path / "list.xlsx")
    found = read_list(tmp_path / "list.xlsx", known())
    assert found.villages["city"].tolist() == ["金华市", "金华市", "绍兴市"]
    assert found.villages["province"].tolist() == ["浙江省"] * 3
    assert "merged with the row above" in why(found, 4)


@pytest.mark.parametrize("mark", ["*", "＊", "※", "﹡", " *", "＊＊", "★"])
def test_marks_are_locally_reported(mark: str, tmp_path: Path) -> None:
    found = read(tmp_path, [[*ROW[:4], f"甲村{mark}"], [*ROW[:4], f"{mark.strip()}乙村"], [*ROW[:4], "丙村"]])
    assert (names(found), found.villages["locally_reported"].tolist()) == (["甲村", "乙村", "丙村"], [1, 1, 0])
    assert "asterisk read as locally_reported" in why(found, 2)


def test_a_mark_elsewhere_is_refused_not_lost(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2, town: '江东街道\\*'"):
        read(tmp_path, [[*ROW[:3], "江东街道*", "甲村"]])
    with pytest.raises(InputError, match="an asterisk in a column that is not read"):
        read(tmp_path, [[*ROW, "*"]], [*HEADER, "备注"])
    assert read(tmp_path, [[*ROW, "是"]], [*HEADER, "地方上报"]).villages["locally_reported"].tolist() == [1]


@pytest.mark.parametrize(
    ("place", "full"),
    [
        (("北京", "北京", "房山区"), ("北京市", "北京市", "房山区")),
        (("北京市", "", "房山区"), ("北京市", "北京市", "房山区")),
        (("天津市", "市辖区", "武清区"), ("天津市", "天津市", "武清区")),
        (("重庆", "县", "城口县"), ("重庆市", "重庆市", "城口县")),
        (("上海市", "-", "崇明县"), ("上海市", "上海市", "崇明县")),
        (("北京市", "房山区", "房山区"), ("北京市", "北京市", "房山区")),
        (("湖北", "", "仙桃市"), ("湖北省", "省直辖县级行政区划", "仙桃市")),
        (("湖北省", "省直辖", "仙桃市"), ("湖北省", "省直辖县级行政区划", "仙桃市")),
        (("湖北省", "仙桃市", "仙桃市"), ("湖北省", "省直辖县级行政区划", "仙桃市")),
        (("内蒙古", "锡林郭勒", "阿巴嘎旗"), ("内蒙古自治区", "锡林郭勒盟", "阿巴嘎旗")),
        (("新疆", "阿克苏", "库车县"), ("新疆维吾尔自治区", "阿克苏地区", "库车县")),
        (("云南", "大理", "鹤庆县"), ("云南省", "大理白族自治州", "鹤庆县")),
        (("黑龙江", "哈尔滨", "五常市"), ("黑龙江省", "哈尔滨市", "五常市")),
        (("Zhejiang Province", "金华", "义乌市"), ("浙江省", "金华市", "义乌市")),
        (("Inner Mongolia", "呼伦贝尔市", "满洲里市"), ("内蒙古自治区", "呼伦贝尔市", "满洲里市")),
        (("广西省", "南宁", "宾阳县"), ("广西壮族自治区", "南宁市", "宾阳县")),
        (("浙江", "", "义乌市"), ("浙江省", "金华市", "义乌市")),
        (("河北", "保定市", "白沟新城"), ("河北省", "保定市", "白沟新城")),
        (("义 乌省", "", ""), None),
        (("廣東省", "揭陽市", "普寧市"), None),
        (("吉林市", "吉林市", "永吉县"), None),
        (("浙江省", "徐州市", "睢宁县"), None),
        (("北京市", "石家庄市", "房山区"), None),
        (("浙江省", "杭州市", "市辖区"), None),
        (("浙江省", "杭州市", ""), None),
        (("", "杭州市", "临安市"), None),
    ],
)
def test_places_in_all_forms(place: tuple[str, ...], full: tuple[str, ...] | None, tmp_path: Path) -> None:
    if full:
        found = read(tmp_path, [[*place, "某镇", "甲村"]])
        assert tuple(found.villages.iloc[0][:3]) == full
        assert (len(found.remarks) > 0) == (place != full)
    else:
        with pytest.raises(InputError, match=r"1 row refused.*\n  row 2"):
            read(tmp_path, [[*place, "某镇", "甲村"]])


@pytest.mark.parametrize(
    "name",
    ["2017", "2017-05-01", "2017-05-01T00:00:00", "#REF!", "#N/A", "=1+1", "＝cmd|'/c calc'!A1", "+1", "@x", "-2+3",
     "东村、西村", "[red]甲村[/]", "甲村[1]", "东村/西村", "东村\n西村", "东村 西村", "东村①", "东\ufffd村",
     "东\ue5e5村", "<script>", "TRUE", "nan", "村" * 61, ""],
)  # fmt: skip
@pytest.mark.parametrize("level", range(5))
def test_what_is_no_name_is_refused_in_every_column(name: str, level: int, tmp_path: Path) -> None:
    if not name and level in (0, 1, 3):
        return  # the city is known from the county, a town may be missing, and the first row's province is tested above
    if level != 4 and any(each in name for each in "\n ") and name.split()[0].endswith("村"):
        return  # two lines are two names only in the column of villages
    with pytest.raises(InputError, match=r"\n  row 2"):
        read(tmp_path, [[*ROW[:level], name, *ROW[level + 1 :]]])


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("２０１７村", "2017村"),
        ("　甲 村\u3000", "甲村"),
        ("甲\u200b村", "甲村"),
        ("\x1b甲村", "甲村"),
        ("甲\u202e村", "甲村"),
        ("甲村\x9b", "甲村"),
        ("⼀村", "一村"),
        ("甲\n村", "甲村"),
        ("甲村（东）", "甲村(东)"),
    ],
)
def test_characters_are_made_plain(raw: str, name: str, tmp_path: Path) -> None:
    found = read(tmp_path, [[*ROW[:4], raw]])
    assert names(found) == [name]
    assert found.remarks[["row", "kind", "column", "became"]].values.tolist() == [[2, "repaired", "village", name]]


def test_repeats_are_refused_and_equal_names_elsewhere_are_not(tmp_path: Path) -> None:
    assert len(read(tmp_path, [ROW, [*ROW[:3], "佛堂镇", "甲村"]]).villages) == 2
    with pytest.raises(InputError, match=r"row 3: .*names the same place as row 2"):
        read(tmp_path, [ROW, ["浙江", "金华", "义乌市", "江东街道", "甲村*"]])


def test_rows_longer_and_shorter_than_the_headings(tmp_path: Path) -> None:
    assert names(read(tmp_path, [[*ROW, "", ""]], [*HEADER, "", ""])) == ["甲村"]
    with pytest.raises(InputError, match="more cells than the 5 headings"):
        read(tmp_path, [[*ROW, "6"]])
    with pytest.raises(InputError, match="row 2, village: '': village missing"):
        read(tmp_path, [ROW[:4]])


def test_counts_by_town(tmp_path: Path) -> None:
    found = read(tmp_path, [[*ROW[:4], "3"], [*ROW[:3], "佛堂镇", "2个"]], [*HEADER[:4], "淘宝村（个）"])
    assert (found.villages["villages"].tolist(), found.villages["village"].tolist()) == ([3, 2], ["", ""])
    for bad in ("0", "-1", "1.5", "三", ""):
        with pytest.raises(InputError, match="row 2, villages"):
            read(tmp_path, [[*ROW[:4], bad]], [*HEADER[:4], "淘宝村数"])


def test_refused_rows_can_be_left_out_and_stay_listed(tmp_path: Path) -> None:
    found = read(tmp_path, [ROW, ["某省", "", "某县", "", "乙村"]], leave_out_refused=True)
    assert names(found) == ["甲村"]
    assert found.remarks[["row", "kind", "found"]].values.tolist() == [[3, "refused", "某省"]]


PLACES = [("浙江省", "金华市", "义乌市"), ("广东省", "揭阳市", "普宁市"), ("新疆维吾尔自治区", "喀什地区", "莎车县"),
          ("北京市", "北京市", "房山区")]  # fmt: skip
NAME = st.text("东西南北上下大小李王张刘陈水山田石桥", min_size=1, max_size=4).map(lambda stem: f"{stem}村")
VILLAGE = st.tuples(st.sampled_from(PLACES), st.sampled_from(["城关镇", "河西乡", ""]), NAME)
LISTS = st.lists(VILLAGE, min_size=1, max_size=12, unique=True).map(sorted)
SHORT = {"浙江省": "浙江", "新疆维吾尔自治区": "新疆", "北京市": "北京", "金华市": "金华", "广东省": "Guangdong"}
BLANKS = st.sampled_from(["{}", " {}", "{}　", "\u3000{} "])
TRIALS = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def written(villages: list[tuple], draw: st.DrawFn, path: Path) -> list[list[str]]:
    """A list of these villages as somebody may write it, saved as CSV or workbook; its rows."""
    order = draw(st.permutations(range(5)))
    fill, short = draw(st.booleans()), draw(st.booleans())
    rows, last = [], ["", "", "", "", ""]
    for place, town, village in villages:
        row = [*place, town, village]
        first = next(level for level in range(5) if level == 4 or row[level] != last[level] or not row[level])
        cells = ["" if fill and level < first else cell for level, cell in enumerate(row)]
        cells = [SHORT.get(cell, cell) if short else cell for cell in cells]
        rows.append([draw(BLANKS).format(cells[at]) if cells[at] else "" for at in order])
        last = row
    table = [*([["2017年淘宝村名单"]] * draw(st.integers(0, 5))), [HEADER[at] for at in order], *rows]
    if path.suffix == ".csv":
        text = io.StringIO()
        csv.writer(text).writerows(table)
        path.write_bytes(text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))))
    else:
        book = openpyxl.Workbook()
        for row in table:
            book.active.append([cell or None for cell in row])
        book.save(path)
    return table


def as_tuples(found: PublishedList) -> list[tuple]:
    table = found.villages
    return [((row.province, row.city, row.county), row.town, row.village) for row in table.itertuples()]


@pytest.mark.slow
@TRIALS
@given(villages=LISTS, data=st.data(), kind=st.sampled_from(["csv", "csv", "csv", "xlsx"]))
def test_any_list_in_the_format_gives_exactly_its_villages(
    villages: list[tuple], data: st.DataObject, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"list.{kind}"
    written(villages, data.draw, path)
    assert as_tuples(read_list(path, known())) == villages


@TRIALS
@given(villages=LISTS, data=st.data())
def test_a_broken_cell_is_never_passed_over(villages: list[tuple], data: st.DataObject, tmp_path: Path) -> None:
    at = data.draw(st.integers(0, len(villages) - 1))
    level = data.draw(st.integers(0, 4))
    bad = data.draw(
        st.sampled_from(["", "7", "#REF!", "=A1", "2017-01-02", "x、y", "合计", "\ufffd", "某省", "浙江省", "*", "-"])
    )
    rows = [[*place, town, village] for place, town, village in villages]
    truth, rows[at][level] = rows[at][level], bad
    try:
        found = read(tmp_path, rows)
    except InputError as refused:
        assert f"row {at + 2}" in str(refused) or "no row under the headings is a village" in str(refused)
    else:
        named = {at + 2} & set(found.remarks["row"])
        wrote = as_tuples(found)[at] if len(found.villages) == len(rows) else None
        assert named or truth == bad or wrote == ((*rows[at][:3],), *rows[at][3:])  # another name that may well be one
