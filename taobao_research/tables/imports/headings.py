"""Which column a heading means, in Chinese or English and however it is written."""

import re
import unicodedata
from functools import lru_cache

from taobao_research.errors import InputError
from taobao_research.tables.imports.units import DECLARED
from taobao_research.tables.places import LEVELS

PLACES = (*LEVELS, "village")
COLUMNS = (
    *PLACES,
    "villages",
    "main_products",
    "active_shops",
    "turnover_cny",
    "households",
    "locally_reported",
    "lon",
    "lat",
    "serial",
)
OF = r"(所在地?|所属|隶属|归属|所处)?的?"
NAME = r"(级|级别)?(行政区划|行政区|单位)?的?(全称|名称|名)?"
SYSTEM = r"(gps|wgs84?|cgcs2000|gcj02|bd09|火星|高德|百度|腾讯|amap|baidu)?"  # most are refused (``coordinates``)
SHOPS = r"(网店|店铺|网商|网络店铺|淘宝店|淘宝网店|淘宝店铺)"
PATTERNS: tuple[tuple[str, str], ...] = (  # the first that fits; several for a column stand one below the other
    ("villages", r"(其中)?(淘宝|行政)?村(庄)?(总)?(数|数量|个数|总数|计数)"),
    ("villages", r"(taobao)?villages|village(count|total|number)|totalvillages"),
    ("villages", r"(number|no|count|total)(of)?(taobao)?villages"),
    ("province", OF + r"(省|省份|省市|省区|省市区|省区市|(省|直辖市|自治区|市){2,3})" + NAME),
    ("province", r"(?=.*provinc)(provincial|province|provinces|municipality|autonomous|region|or|and)+"),
    ("county", OF + r"(?=.*[县区旗])(?!.*社区|地区|市地区|省)"
               r"(县级市|自治县|市辖区|自治旗|特区|林区|开发区|新区|[县市区旗或及和])+" + NAME),
    ("county", OF + r"县级市(名|名称)?"),
    ("county", r"(?=.*(county|counties|district|banner))(?!.*subdistrict)"
               r"(county|counties|district|districts|banner|city|or|and)+"),
    ("city", OF + r"(?!地$)(设区的?|地级)?(自治州|地区|[市州盟地或及和])+" + NAME),
    ("city", OF + r"(城市|地级)" + NAME),
    ("city", r"(city|cities|prefecture|prefectures|municipality|league|or|and)+"),
    ("town", OF + r"(民族乡|街道办事处|街道办|街道|办事处|苏木|园区|[乡镇街办或及和])+" + NAME),
    ("town", r"(taobao)?(?=.*(town|subdistrict|street))"
             r"(towns|town|townships|township|subdistricts|subdistrict|streets|street|office|or|and)+"),
    ("village", OF + r"(淘宝|行政|自然)?(村|村庄|社区|居委会|居民委员会|村委会|村民委员会|嘎查|[居屯或及和])+" + NAME),
    ("village", r"(taobao|administrative)?(?=.*village)(village|community|residential|committee|or|and)+"),
    ("main_products", r"(主要|主营|主打|主导|特色|销售|经营)*(产品|商品|类目|品类|行业|产业|业务)(类别|类型|名称)?"),
    ("main_products", r"主营|(main|major|key|core|principal|leading)?(products?|goods|business|industry|industries)"),
    ("main_products", r"(main|major|key)?(products?)?(category|categories)|products?sold"),
    ("active_shops", r"(活跃的?)?" + SHOPS + r"(总)?(数|数量|个数|数目)?"),
    ("active_shops", r"(number|no|count)?(of)?(active|taobao)*(online)?(shops?|stores?|sellers)(number|count)?"),
    ("turnover_cny", r"(年度?|全年|网络|网上|线上|电子商务|电商|网店|淘宝|总)*"
                     r"((销售|交易|成交|营业|零售)额|(销售|交易)(金额|总额))"),
    ("turnover_cny", r"(annual|yearly|total|online|ecommerce)*(turnover|sales(volume|revenue)?|gmv|transactionvolume)"),
    ("households", r"(全村|村|总|家庭|农户|常住|本村)?(户数|总户数|户|农户数|家庭数)(量)?"),
    ("households", r"(number|no|count|total)?(of)?households?(number|count)?"),
    ("locally_reported", r"(是否)?(地方|本地|当地)(政府)?(上报|申报|报送|数据)|星号|星标"),
    ("locally_reported", r"locallyreported|localreport|reportedlocally"),
    ("lon", SYSTEM + r"(村|村庄)?(地理)?(坐标)?(东经|经度)(坐标|值)?" + SYSTEM),
    ("lon", SYSTEM + r"(longitude|lon|lng)(deg|degrees?)?(east)?" + SYSTEM),
    ("lat", SYSTEM + r"(村|村庄)?(地理)?(坐标)?(北纬|纬度)(坐标|值)?" + SYSTEM),
    ("lat", SYSTEM + r"(latitude|lat)(deg|degrees?)?(north)?" + SYSTEM),
    ("serial", r"序号|编号|序列|顺序|序|no|nr|number|serial|serialnumber|serialno|sn|id|index"),
)  # fmt: skip
TRADITIONAL = str.maketrans("縣區鄉鎮莊號戶數網額銷萬億營產類業屬稱單位檔蘇村級總電務經緯標",
                            "县区乡镇庄号户数网额销万亿营产类业属称单位档苏村级总电务经纬标")  # fmt: skip
COUNTED = re.compile(r"[((（\[【/]\s*(单位[:：]?)?\s*个\s*[)）\]】]?\s*$")
ENOUGH = 3  # columns that make a line a heading
LONGEST = 60  # characters of a heading


def plain(heading: str) -> str:
    """A heading without what varies: width, case, brackets and what they hold, signs, years, words such as `level`.

    >>> plain("省(市、区)"), plain("镇/乡/街道"), plain("2016年销售额（万元）"), plain("Main product")
    ('省', '镇乡街道', '销售额', 'mainproduct')
    """
    text = unicodedata.normalize("NFKC", heading).lower().translate(TRADITIONAL)
    text = re.sub(r"[(\[【<][^)\]】>]*[)\]】>]?", "", text)
    text = re.sub(r"(19|20)\d\d(年度?)?", "", text).replace("_", " ")
    text = re.sub(
        r"\b(names?( of)?|name of( the)?|levels?|the|administrative|division|unit|cny|rmb|yuan|in)\b", "", text
    )
    return re.sub(r"[\s\W_]+", "", text)


@lru_cache(2048)
def column_of(heading: str) -> str:
    """The column that a heading means, or nothing.

    >>> column_of("县（市、区）"), column_of("市（州）"), column_of("乡镇(街道)"), column_of("Remarks")
    ('county', 'city', 'town', '')
    """
    if len(heading) >= LONGEST:
        return ""
    if heading.strip().lower() in COLUMNS:  # our own names, as in villages.csv
        return heading.strip().lower()
    text = plain(heading)
    without_unit = re.sub(rf"((单位)?({DECLARED})|个|家|户)$", "", text)
    for column, pattern in PATTERNS:
        if text and (re.fullmatch(pattern, text) or (without_unit and re.fullmatch(pattern, without_unit))):
            return "villages" if column == "village" and COUNTED.search(heading) else column
    return ""


def columns_of(cells: list[str]) -> dict[str, int]:
    """Where a line names which column; no columns where it is no line of headings."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        column = column_of(cell)
        if column and column not in found:
            found[column] = position
    good = len(found) >= ENOUGH and {"province", "county"} <= set(found) and {"village", "villages"} & set(found)
    return found if good else {}


def joined(above: list[str], below: list[str]) -> list[str] | None:
    """Two lines as one line of headings; None where the lower one goes on with something else.

    >>> joined(["省", "县", "村", "销售额"], ["", "", "", "（万元）"])
    ['省', '县', '村', '销售额（万元）']
    >>> joined(["省", "县", "村"], ["浙江省", "义乌市", "青岩刘村"])
    """
    width = max(len(above), len(below))
    above, below = ([*line, *[""] * (width - len(line))] for line in (above, below))
    lower = [cell for cell in below if cell.strip()]
    if not lower or not all(column_of(cell) or re.match(r"\s*[(（\[【]", cell) for cell in lower):
        return None
    pairs = zip(above, below, strict=True)
    return [low if column_of(low) else high + low for high, low in pairs]


def refuse_repeated(cells: list[str], where: str) -> None:
    """Refuse a line in which two headings are the same or mean the same column."""
    seen: dict[str, str] = {}
    for cell in cells:
        column = column_of(cell) or cell.strip()
        if column and column in seen:
            raise InputError(
                f"{where}: the headings {seen[column]!r} and {cell!r} both mean {column}. Rename or remove one of them."
            )
        seen[column] = cell
