"""Which code page names were written in, where nothing says so: names in a zip, tables as spreadsheets save them.

UTF-8 first, which foreign text hardly ever is by chance; then every code page in which the bytes can be read at all, by
how much the outcome looks like writing: letters that its languages use, no capital inside a word, no symbol inside one,
one script a word, Chinese and Japanese characters of the everyday half of their standards. All names of one source are
judged together, because one machine wrote them. Packages that guess were tried on file names of six to ten letters, 24
of them: charset-normalizer 3.5 read 5 rightly, chardet 7.7 read 16; they are made for texts.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence

_WESTERN = {**dict.fromkeys("äöüéßàçñáíóúêåøâîôûæ", 1.0), **dict.fromkeys("èëïãõ", 0.99), **dict.fromkeys("ìòù", 0.6)}
_CENTRAL = {**dict.fromkeys("ąćęłńóśźżěščřžýáíéúůťďňőűäöüß", 0.97), **dict.fromkeys("ăâîşţđľĺŕô", 0.7)}
_TURKISH = dict.fromkeys("çğıöşüâ", 0.98)
_CYRILLIC = {
    **dict.fromkeys("оеаинтсрлк", 1.0),
    **dict.fromkeys("вмдпуяыьгзбчй", 0.8),
    **dict.fromkeys("хжшюцщэфъёіїє", 0.6),
}
_GREEK = {**dict.fromkeys("αειοτνσςυρπκμλόάίέήύώη", 1.0), **dict.fromkeys("βγδζθξφχψω", 0.8)}
_HEBREW = dict.fromkeys("אבגדהוזחטיכלמנסעפצקרשתךםןףץ", 0.85)
_ARABIC = {**dict.fromkeys("ابتنيملرهوسقدكةعف", 0.95), **dict.fromkeys("ثجحخذزشصضطظغىئؤءأإآپچژگ", 0.5)}
_THAI = dict.fromkeys(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4D))), 0.7)
_LATIN = (_WESTERN, _CENTRAL, _TURKISH)
_LETTERS = {  # code page -> small letter -> how usual it is in its languages
    **dict.fromkeys(("cp1252", "mac_roman", "cp850", "cp437"), _WESTERN),
    **dict.fromkeys(("cp1250", "mac_latin2", "cp852"), _CENTRAL),
    **dict.fromkeys(("cp1254", "cp857"), _TURKISH),
    **dict.fromkeys(("cp1251", "mac_cyrillic", "cp866", "koi8_r"), _CYRILLIC),
    **dict.fromkeys(("cp1253", "cp737"), _GREEK),
    **dict.fromkeys(("cp1255", "cp862"), _HEBREW),
    **dict.fromkeys(("cp1256",), _ARABIC),
    **dict.fromkeys(("cp874",), _THAI),
}
_FINAL_FORMS = "ךםןףץς"  # stand at the end of a word only
_ACCENTED_CAPITALS = "ΆΈΉΊΌΎΏ"  # at the start of a word only
_LEADING_VOWELS = "เแโใไ"
_SIMPLE_FINALS = {0, 1, 4, 8, 16, 17, 19, 20, 21}  # of a Korean syllable: none, ㄱ ㄴ ㄹ ㅁ ㅂ ㅅ ㅆ ㅇ
_USUAL_VOWELS = {0, 1, 4, 5, 6, 8, 9, 12, 13, 17, 18, 20}


def _hanzi(sign: str) -> float:
    """Of GB 2312, whose first half is the everyday one."""
    try:
        lead = sign.encode("gb2312")[0]
    except UnicodeEncodeError:
        return -0.2
    return 0.8 if 0xB0 <= lead <= 0xD7 else 0.15 if lead > 0xD7 else 0.3


def _traditional(sign: str) -> float:
    code = int.from_bytes(sign.encode("cp950"), "big")
    return 0.79 if 0xA440 <= code <= 0xC67E else 0.15 if code > 0xC67E else 0.3


def _japanese(sign: str) -> float:
    if "\uff61" <= sign <= "\uff9f":
        return 0.0  # half-width katakana: what other code pages turn into here
    if "\u3041" <= sign <= "\u30ff":
        return 1.0
    code = int.from_bytes(sign.encode("cp932"), "big")
    return 0.75 if 0x889F <= code <= 0x9872 else 0.15 if code > 0x9872 else 0.4


def _korean(sign: str) -> float:
    place = ord(sign) - 0xAC00
    if not 0 <= place < 11_172 or not 0xB0 <= sign.encode("cp949")[0] <= 0xC8 or sign.encode("cp949")[1] < 0xA1:
        return 0.1
    simple = place % 28 in _SIMPLE_FINALS and place // 28 % 21 in _USUAL_VOWELS
    return 0.82 if simple else 0.4


_EAST_ASIAN: dict[str, Callable[[str], float]] = {
    "gb18030": _hanzi,
    "cp932": _japanese,
    "cp950": _traditional,
    "cp949": _korean,
    "euc_jp": _japanese,
}
# Of equals the earlier counts: spreadsheets save CSV in Windows' page or the Mac's, zips have names in DOS'.
_DOS = ("cp437", "cp850", "cp852", "cp866", "cp737", "cp857", "cp862")
TABLE_PAGES = tuple(sorted(_LETTERS, key=_DOS.__contains__)) + tuple(_EAST_ASIAN)
ZIP_PAGES = _DOS + tuple(page for page in TABLE_PAGES if page not in _DOS)


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are UTF-8; plain ASCII is."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def likely_pages(texts: Sequence[bytes], pages: Sequence[str]) -> list[str]:
    """Those of `pages` in which every text can be read, the likeliest first; Latin-1 with no such page."""
    scores: dict[str, float] = {}
    for rank, page in enumerate(pages):
        try:
            read = [text.decode(page) for text in texts]
        except UnicodeDecodeError:
            continue
        if not any(_impossible(sign) for sign in "".join(read)):
            scores[page] = _likeness(read, page) - rank * 1e-4
    return sorted(scores, key=scores.__getitem__, reverse=True) or ["latin-1"]


def decode_names(raw: Sequence[bytes], pages: Sequence[str] = ZIP_PAGES) -> list[str]:
    """Names of one source as text: those in UTF-8 as that, all others in the one page that suits them together."""
    foreign = [name for name in raw if not is_utf8(name)]
    page = likely_pages(foreign, pages)[0] if foreign else "utf-8"
    return [name.decode("utf-8" if is_utf8(name) else page) for name in raw]


def _impossible(sign: str) -> bool:
    """A control sign, or what no standard gives a meaning."""
    return sign not in "\t\r\n" and unicodedata.category(sign) in {"Cc", "Cn", "Co", "Cs"}


def _likeness(texts: Iterable[str], page: str) -> float:
    """How much the signs beyond ASCII look like writing in the page's languages, on average; 1 is all of it."""
    score, count = 0.0, 0
    for text in texts:
        framed = "\n\n" + text + "\n"
        for at, sign in enumerate(text, start=2):
            if sign > "\x7f":
                if page not in _EAST_ASIAN:
                    score += _worth(framed, at, page)
                else:  # between two Latin letters it is an accent, read wrongly
                    between = (framed[at - 1] + framed[at + 1]).isascii() and (
                        framed[at - 1] + framed[at + 1]
                    ).isalpha()
                    score += _EAST_ASIAN[page](sign) - between
                count += 1
    return score / max(count, 1)


def _worth(text: str, at: int, page: str) -> float:
    """How much the sign at a place looks like a letter of the page's languages; 1 at the most."""
    before, sign, after = text[at - 1], text[at], text[at + 1]
    worth = _LETTERS[page].get(sign.lower())
    if worth is None and not sign.isalpha():
        return -1.0 if before.isalpha() and after.isalpha() else -0.3
    misplaced = _misplaced(text[at - 2], before, sign, after)
    if _LETTERS[page] in _LATIN:  # letters with an accent stand between letters without
        misplaced += sum(one > "\x7f" and one.isalpha() for one in (before, after) if "ß" not in {one, sign}) / 2
    return (0.2 if worth is None else worth) - 0.05 * sign.isupper() - 0.8 * misplaced


def _misplaced(two_before: str, before: str, sign: str, after: str) -> float:
    """How many reasons there are why a letter cannot stand where it does in a word."""
    reasons = sum(one.isalpha() and _alphabet(one) != _alphabet(sign) for one in (before, after))
    reasons += sign.isupper() and before.islower()
    reasons += sign.islower() and (after.isupper() or (before.isupper() and two_before.isupper()))
    reasons += sign in _FINAL_FORMS and after.isalpha()
    reasons += sign in _ACCENTED_CAPITALS and before.isalpha()
    reasons += sign in _LEADING_VOWELS and not "ก" <= after <= "ฮ"
    reasons += _alphabet(sign) == "THAI" and unicodedata.category(sign) == "Mn" and not "ก" <= before <= "\u0e4e"
    return reasons


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "?").split(" ")[0]
