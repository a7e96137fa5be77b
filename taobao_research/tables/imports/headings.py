"""Which column a heading means, in Chinese or English and however it is written."""

import re
import unicodedata

from taobao_research.errors import InputError

PLACES = ("province", "city", "county", "town", "village")
PATTERNS: dict[str, str] = {
    "province": r"(所在|所属)?(省|省份|省级|省名|省市|省区|省市区|省区市|省级行政区|省直辖市自治区|省自治区直辖市)|"
    r"provinces?(name|level|municipality|ormunicipality)?",
    "city": r"(所在|所属)?(市|城市|地市|地级市|市州|州市|地区|市地州|地市州|市州盟|市地区|地级市州|市级|市名)|"
    r"city(name)?|cities|prefectures?(level|levelcity|city)?|cityprefecture|municipality",
    "county": r"(所在|所属)?(?=.*[县区])[县市区旗]{1,5}(级|名|名称)?|(县|区|市)*县级市(区|县)*|区县级市|"
    r"county(name|level|district|ordistrict|levelunit)?|counties|district(county)?|countydistrictcity",
    "town": r"(所在|所属)?(乡|镇|街道办事处|街道办|街道|街|办事处|办|苏木|园区)+(级|名|名称)?|"
    r"towns?(name|ship|shiptown|subdistrict|orsubdistrict|townshipsubdistrict)?|townships?|townshiptown|subdistricts?|"
    r"towntownshipsubdistrict|streets?",
    "village": r"(所在|所属|淘宝|行政)?(村|村庄|村社区|社区村|村居|村级)(名|名称|委会)?|"
    r"(taobao)?villages?name|village|taobaovillage|villagecommunity",
    "villages": r"(其中)?(淘宝村|村)(数|数量|个数|总数)|(number|count)ofvillages|numberoftaobaovillages|villages|"
    r"taobaovillages|villagecount",
    "main_products": r"(主要|主营|特色)(产品|商品|类目|行业|产业)(名称)?|产品|主营|(main)?products?(category)?|"
    r"mainproductcategory|mainbusiness",
    "active_shops": r"(活跃)?(网店|店铺|网商)(数|数量|个数)?|"
    r"(numberof)?(active)?(online)?(shops?|stores?)(number|count)?",
    "turnover_cny": r"(年|网络|网上|电子商务|电商|网店)*(销售额|交易额|成交额|营业额|销售金额)|"
    r"(annual)?(online)?(turnover|sales|gmv|salesvolume)(cny|rmb|yuan)?",
    "households": r"(总|家庭|农户)?(户数|户|农户数)(量)?|(numberof)?households?(number|count)?",
    "locally_reported": r"(地方|本地|当地)(上报|申报|报送)|locallyreported|localreport|星号",
    "serial": r"序号|编号|no|nr|number|serial|id",
}
UNITS: dict[str, int] = {"亿": 100_000_000, "万": 10_000, "元": 1}
DECLARED = (
    ("亿", r"亿|100millionyuan|100mcny"),
    ("万", r"万|10kyuan|10000yuan|tenthousandyuan|wanyuan"),
    ("元", r"元|yuan|cny|rmb"),
)
ENOUGH = 3  # columns that make a line a heading


def plain(heading: str) -> str:
    """A heading without what varies: width, case, brackets and what they hold, signs, years.

    >>> plain("省(市、区)"), plain("镇/乡/街道"), plain("2016年销售额（万元）"), plain("Main product")
    ('省', '镇乡街道', '销售额', 'mainproduct')
    """
    text = unicodedata.normalize("NFKC", heading).lower()
    text = re.sub(r"[(\[【<][^)\]】>]*[)\]】>]?", "", text)
    text = re.sub(r"(19|20)\d\d年?", "", text)
    return re.sub(r"[\s\W_]+", "", text)


def column_of(heading: str) -> str:
    """The column that a heading means, or nothing.

    >>> column_of("县（市、区）"), column_of("市（州）"), column_of("乡镇(街道)"), column_of("Remarks")
    ('county', 'city', 'town', '')
    """
    if heading.strip().lower() in PATTERNS:  # our own names, as in villages.csv
        return heading.strip().lower()
    text = plain(heading)
    without_unit = re.sub(r"(亿元|万元|亿|万|元|个|家|户)$", "", text)
    for column, pattern in PATTERNS.items():
        if text and (re.fullmatch(pattern, text) or (without_unit and re.fullmatch(pattern, without_unit))):
            return column
    return ""


def columns_of(cells: list[str]) -> dict[str, int]:
    """Where a line names which column; no columns where it is no line of headings."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        column = column_of(cell) if len(cell) < 60 else ""
        if column and column not in found:
            found[column] = position
    good = len(found) >= ENOUGH and {"province", "county"} <= set(found) and {"village", "villages"} & set(found)
    return found if good else {}


def repeated(cells: list[str], where: str) -> None:
    """Refuse a line in which two headings mean the same column."""
    seen: dict[str, str] = {}
    for cell in cells:
        column = column_of(cell)
        if column and column in seen:
            raise InputError(
                f"{where}: the headings {seen[column]!r} and {cell!r} both mean {column}. Rename or remove one of them."
            )
        seen[column] = cell


def unit_of(heading: str) -> str:
    """The unit that a heading of turnover declares: 元, 万, 亿 or nothing.

    >>> unit_of("销售额（万元）"), unit_of("turnover_cny"), unit_of("Turnover (100 million yuan)"), unit_of("销售额")
    ('万', '元', '亿', '')
    """
    text = re.sub(r"[\s\W_]+", "", unicodedata.normalize("NFKC", heading).lower())
    return next((unit for unit, pattern in DECLARED if re.search(pattern, text)), "")
