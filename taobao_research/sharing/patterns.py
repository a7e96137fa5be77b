"""What never leaves, by its form: paths of a machine, keys and passwords, addresses of people and inner networks."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address

URL = re.compile(r"\b(?:https?|ftp)://[^\s\"'<>]+", re.IGNORECASE)
ROOTS = (
    "home|Users|root|tmp|var|private|Volumes|mnt|media|opt|srv|usr|etc|proc|sys|dev|run|workspaces?|builds|github|"
    "__w|app|nix|snap|lib|bin|work|content|kaggle|scratch|cluster|nfs"
)
LONE_ROOTS = (  # by themselves; words such as "run" or "private" are also words of a sentence
    "home|Users|root|tmp|var|Volumes|mnt|media|opt|srv|usr|etc|proc|sys|dev|workspaces?|app|nix|bin|lib|work|content|"
    "kaggle|scratch|data|datasets?|repo|src"
)
LEADING_TO_A_PATH = (
    "in", "at", "to", "of", "on", "by", "cd", "ls", "is", "as", "from", "into", "under", "below", "see", "read", "path",
    "folder", "directory", "mounted", "and", "or",
)  # fmt: skip
AFTER_WORDS = "|".join(rf"(?<=\b{word} /)" for word in LEADING_TO_A_PATH)
BEGINS = rf"/(?<![\w./<>\\*~}})\]%-]/)(?:(?<![A-Za-z0-9)] /)|{AFTER_WORDS})"  # not a slash between words: map /data
BLANK_BEFORE = re.compile(r"/<\w+>$")  # data/<year>/figures is no path of a machine
SECRET_NAME = (
    r"(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|"
    r"signature|密码|口令|密钥|令牌)"
)
ASSIGNED = re.compile(
    rf"{SECRET_NAME}(?![a-z])[\w-]*[\"']?\s*(?P<sign>:=|=>|[:=：])\s*"
    r"(?P<value>\"[^\"\n]{4,}\"|'[^'\n]{4,}'|(?>[^\s\"'<>,;(){}\[\]]{6,})(?![(\[{]))",
    re.IGNORECASE,
)
PATHS = {
    "absolute path": re.compile(
        r"/(?<![A-Za-z0-9_]/)(?:home|Users)/[^\s\"'<>|:;,)`\\]+"
        rf"|/(?:(?<![A-Za-z0-9_.]/)|(?<=-[A-Z]/))(?:{ROOTS})/[^\s\"'<>|:;,)`\\]+"
        r"|/(?<![A-Za-z0-9_.]/)(?:root|tmp)(?=$|[\s\"'/:;,)`])"
        r"|/(?<![A-Za-z0-9_./<\\*~-]/)(?<!&gt;/)[A-Za-z_][\w.@+-]*/[\w.@+-]+[^\s\"'<>|:;,)`\\]*"
        r"|/(?<![\w./<\\*~-]/)(?<!&gt;/)[\w.@+-]+/[\w.@+-]+[^\s\"'<>|:;,)`\\]*",
        re.MULTILINE,
    ),
    "folder at the root of a machine": re.compile(
        rf"{BEGINS}(?:{LONE_ROOTS})/?(?=$|[\s\"'<>|,;:)`\]}}]|\.(?:\s|$))", re.MULTILINE
    ),
    "path with spaces": re.compile(rf"{BEGINS}[A-Za-z_][\w.@+-]*(?: [\w.@+-]+){{1,3}}/[\w.@+-]+"),
    "path below a home folder": re.compile(r"(?<![A-Za-z0-9_~/.])~(?!\d)[\w.-]*/[\w.][\w./-]*"),
}
FORMS = {
    "Windows path": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:(?:\\{1,2}|/(?!/))[\w.$%~-]{2,}[^\s\"'<>|]*"),
    "network path": re.compile(r"(?<![\\A-Za-z0-9_])(?:\\\\){1,2}[A-Za-z?.][\w.-]*\\{1,2}[\w.$-]+"),
    "file address": re.compile(r"(?<![A-Za-z0-9])file:/+[^\s\"'<>]*", re.IGNORECASE),
    "AWS key": re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Z])"),
    "GitHub token": re.compile(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})"),
    "GitLab token": re.compile(r"(?<![A-Za-z0-9])glpat-[\w-]{20,}"),
    "Slack token": re.compile(r"(?<![A-Za-z0-9])xox[a-z]-[\w-]{10,}|hooks\.slack\.com/services/\w+/\w+/\w+"),
    "Google key": re.compile(r"(?<![A-Za-z0-9])AIza[\w-]{35}"),
    "key of a service": re.compile(
        r"(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{20,}|[sr]k_live_\w{16,}|hf_[A-Za-z0-9]{30,}|npm_\w{36})"
    ),
    "JSON web token": re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
    "private key": re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),
    "bearer token": re.compile(r"(?<![A-Za-z])bearer\s+[\w.~+/-]{16,}=*", re.IGNORECASE),
    "name and password in base64": re.compile(
        r"(?<![A-Za-z])authorization:\s*basic\s+[A-Za-z0-9+/]{6,}=*", re.IGNORECASE
    ),
    "cookie": re.compile(r"(?<![A-Za-z])(?:set-)?cookie:\s*[\w.-]+=[^\s;\"'<>]+", re.IGNORECASE),
    "key of a storage account": re.compile(r"(?<![A-Za-z])AccountKey=[A-Za-z0-9+/]{16,}=*"),
    "password in an address": re.compile(r"://[^\s/:@\"'<>]+:[^\s/@\"'<>]+@[\w.-]+"),
    "address of a private network": re.compile(
        r"1(?<![\d.]1)(?:0(?:\.\d{1,3}){3}|92\.168(?:\.\d{1,3}){2}|72\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}"
        r"|69\.254(?:\.\d{1,3}){2})(?![\d.]*\d)"
    ),
    "address of a private network (IPv6)": re.compile(
        r"f(?<![A-Za-z0-9_:]f)(?:[cd][0-9a-f]{2}|e80)(?=[0-9a-f:]*(?:::|(?::[0-9a-f]+){3}))(?::{1,2}[0-9a-f]{1,4}){1,7}(?![\w:])",
        re.IGNORECASE,
    ),
    "address of a network card": re.compile(
        r"(?<![A-Za-z0-9:.-])(?:[\da-f]{2}(?::[\da-f]{2}){5}|(?=[\d-]*[a-f])[\da-f]{2}(?:-[\da-f]{2}){5})(?![A-Za-z0-9]|[:.-]\w)",
        re.IGNORECASE,
    ),
    "public key of SSH": re.compile(
        r"(?<![A-Za-z0-9_-])(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+)\s+AAAA[A-Za-z0-9+/]{16,}=*"
        r"(?:[ \t]+[^\s\"'<>]+@[\w.-]+)?"
    ),
    "traceback": re.compile(r"Traceback \(most recent call last\)"),
}
IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)")
ADDRESSED = re.compile(  # what says that four numbers are no version
    r"(?:://(?:[^\s/@\"'<>]+@)?|@|(?<![A-Za-z])(?:host(?:_?name)?|ip(?:v4)?(?:[ _-]?addr(?:ess)?)?|inet|addr(?:ess)?"
    r"|主机|地址)[\"']?\s*[:=：]?\s*[\"']?)$",
    re.IGNORECASE,
)
PORT = re.compile(r":\d{2,5}(?![\d:]|\.\d)")
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}(?![\w-])")
NO_PERSON = ("git",)  # git@host is how a repository is written


def by_form(text: str, addresses: frozenset[str]) -> Iterator[tuple[str, int, str]]:
    """Kind, place and wording of everything that has a private form; e-mail ``addresses`` are public.

    >>> [kind for kind, _, _ in by_form("see /srv/data/x and https://example.org/home/x", frozenset())]
    ['absolute path']
    >>> list(by_form("km/h, 1/2, text/html, </td>, a/b/c, root mean square, token: str", frozenset()))
    []
    """
    addresses_of_web = [match.span() for match in URL.finditer(text)] if "://" in text else []
    for kind, pattern in PATHS.items():
        for match in pattern.finditer(text):
            in_address = any(start <= match.start() < end for start, end in addresses_of_web)
            if not in_address and not BLANK_BEFORE.search(text, max(match.start() - 40, 0), match.start()):
                yield kind, match.start(), match.group()
    for kind, pattern in FORMS.items():
        for match in pattern.finditer(text):
            yield kind, match.start(), match.group()
    for match in IPV4.finditer(text):
        said = ADDRESSED.search(text, max(match.start() - 80, 0), match.start()) or PORT.match(text, match.end())
        if said and _is_public(match.group()):
            yield "public IPv4 address", match.start(), match.group()
    for match in ASSIGNED.finditer(text):
        if _is_value(match["value"], match["sign"]):
            yield "password or token", match.start(), match["value"].strip("\"'")
    for match in EMAIL.finditer(text) if "@" in text else ():
        name = match.group().split("@")[0].casefold()
        if match.group().casefold() not in addresses and name not in NO_PERSON:
            yield "e-mail address", match.start(), match.group()


def _is_value(value: str, sign: str) -> bool:
    """A quoted text or a word with a digit is a value; a bare word after a colon is a type or a sentence."""
    if value[0] in "\"'":
        return True
    if value in ("None", "True", "False") or re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", value):
        return False
    return sign == "=" or any(character.isdigit() for character in value)


def _is_public(numbers: str) -> bool:
    """Whether four numbers address a computer of the internet; those of a private network have a form of their own."""
    try:
        address = IPv4Address(numbers)
    except ValueError:
        return False
    no_computer = address.is_loopback or address.is_multicast or numbers.startswith(("0.", "255."))
    return not no_computer and not FORMS["address of a private network"].match(numbers)
