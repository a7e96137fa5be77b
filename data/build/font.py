# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools==4.68.0"]
# ///
"""Cut the chart font out of Noto Sans CJK SC Regular.

Run it in the repository with `uv run data/build/font.py path/to/NotoSansCJK-Regular.ttc`. The font collection
is the one of the Debian package fonts-noto-cjk 1:20220127+repack1-1; its licence is the SIL Open Font License
1.1, kept beside the result in OFL.txt. Noto is not a reserved font name of that licence, so the subset keeps
its family name, "Noto Sans CJK SC", and all its name records.

Kept are the characters of GB 2312, which include CJK punctuation and full-width forms, ASCII, every character
of the CSV files in data, and the few characters below.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "taobao_research" / "charts" / "fonts" / "NotoSansSC-Subset.otf"
FACE = "Noto Sans CJK SC"

# Outside GB 2312: characters of Chinese place names, traditional forms of words in the sources, signs.
EXTRA = "垟墘洺滘漖邠價會樓為級縣貧達巿饒麼–—•−²³¥€"


def gb2312() -> set[str]:
    rows = range(0xA1, 0xF8)
    cells = range(0xA1, 0xFF)
    return {bytes((r, c)).decode("gb2312", errors="ignore") for r in rows for c in cells} - {""}


def wanted(tables: Iterable[Path]) -> set[str]:
    characters = gb2312() | set(EXTRA) | {chr(c) for c in range(0x20, 0x7F)}
    characters |= {chr(c) for c in range(0x3000, 0x3040)} | {chr(c) for c in range(0xFF01, 0xFFEF)}
    for table in tables:
        characters |= set(table.read_text(encoding="utf-8"))
    return characters


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the chart font out of Noto Sans CJK SC Regular.")
    parser.add_argument("collection", type=Path, help="path of NotoSansCJK-Regular.ttc")
    collection = TTCollection(parser.parse_args().collection)
    font = next(face for face in collection.fonts if face["name"].getDebugName(1) == FACE)
    font.recalcTimestamp = False

    options = Options()
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    options.name_legacy = True
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted(sorted((ROOT / "data").rglob("*.csv"))))))
    subsetter.subset(font)

    TARGET.parent.mkdir(parents=True, exist_ok=True)
    font.save(TARGET)
    size, characters = TARGET.stat().st_size, len(font.getBestCmap())
    print(f"{TARGET.relative_to(ROOT)}: {size:,} bytes, {characters:,} characters")


if __name__ == "__main__":
    main()
