"""What is private on this machine: home, user, host, values of the environment; and how each is looked for."""

import base64
import getpass
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from taobao_research.paths import PACKAGE, Project

SHORT_NAME, SHORT_VALUE, SHORT_BASE64 = 5, 9, 8  # characters
USUAL_NAMES = frozenset({
    "admin", "administrator", "build", "builder", "centos", "circleci", "debian", "docker", "ec2-user", "guest",
    "gitlab-runner", "jenkins", "jovyan", "localhost", "nobody", "public", "runner", "runneradmin", "student",
    "teacher", "ubuntu", "username", "vagrant", "vscode", "workspace",
})  # fmt: skip
PASSING = frozenset({"_", "LS_COLORS", "PYTEST_CURRENT_TEST", "SOURCE_DATE_EPOCH", "TERM", "LANG"})
PUBLIC_FILES = (
    "requirements.lock", "pyproject.toml", "environment.yml", "LICENSE", "CITATION.cff", "README.md", "CHANGELOG.md",
    "data/README.md",
)  # fmt: skip
USER_SAID = (
    r"(?:/home/|/users/|\\users\\{1,2}|(?<!\w)~|(?<![A-Za-z])(?:user|user_?name|login|log_?name)[\"']?\s*[:=]\s*[\"']?)"
)
HOST_SAID = r"(?:[\w.-]@|//|(?<![A-Za-z])(?:host|host_?name|node|computer_?name)[\"']?\s*[:=]\s*[\"']?)"


@dataclass(frozen=True)
class Literal:
    """One private word: what it is, and the pattern that finds it."""

    kind: str
    text: str
    pattern: re.Pattern[str]
    everywhere: bool  # also without any context, so also as a part of something encoded

    @cached_property
    def encoded(self) -> list[str]:
        """The word in hexadecimal digits, and in base64 at each of the three places in a group of bytes."""
        if not self.everywhere:
            return []
        plain, wide = self.text.encode("utf-8"), self.text.encode("utf-16-le")[:-1]  # without the end: both orders
        return [plain.hex(), plain.hex().upper(), *_in_base64(plain), *_in_base64(wide)]


def private(environment: Mapping[str, str], user: str, home: str, hosts: Iterable[str], public: str) -> list[Literal]:
    """The private words of a machine.

    A name that is short, usual, or a word of ``public`` (text of the project itself) is looked for only where it
    can be nothing else: in a path, before an ``@``, after ``user=``. A value of the environment that ``public``
    holds is no secret.
    """
    words = set(re.findall(r"[\w-]+", public.casefold()))
    found = []
    if len(home) > 1:
        found.append(
            Literal(
                "home folder", home, re.compile(rf"(?<![A-Za-z0-9_.]){re.escape(home)}(?![A-Za-z0-9_-])"), len(home) > 7
            )
        )
    for kind, name in [("user name", user), *(("host name", host) for host in hosts)]:
        if name:
            found.append(_name(kind, name, words))
    for variable, value in environment.items():
        for line in value.splitlines():
            line = line.strip()
            passing = variable in PASSING or variable.startswith("LC_")
            if not passing and len(line) >= SHORT_VALUE and not line.isdigit() and line not in public:
                kind = f"value of the environment variable {variable}"
                found.append(Literal(kind, line, re.compile(re.escape(line)), True))
    return found


def private_here(project: Project) -> list[Literal]:
    """The private words of this machine and user."""
    host = socket.gethostname()
    hosts = dict.fromkeys((host, host.split(".")[0]))
    try:
        home = Path.home()
    except RuntimeError:  # nobody's
        home = Path("/")
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        user = home.name
    return private(os.environ, user, str(home), hosts, public_text(project))


def public_text(project: Project) -> str:
    """What everybody can read: the package, its documents and the record of its packages, the names of places."""
    package = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".html"))
    tables = sorted(project.reference.glob("*.csv"))
    files = [*package, *tables, *(project.root / name for name in PUBLIC_FILES)]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.is_file())


def _name(kind: str, name: str, words: set[str]) -> Literal:
    plain = re.escape(name.casefold())  # boundaries are those of plain letters: Chinese has no spaces
    if len(name) >= SHORT_NAME and name.casefold() not in words | USUAL_NAMES:
        return Literal(kind, name, re.compile(rf"(?<![a-z0-9]){plain}(?![a-z0-9])", re.IGNORECASE), True)
    if kind == "user name":
        pattern = rf"{USER_SAID}{plain}(?![\w-])|(?<![\w-]){plain}@[\w-]"
    else:
        pattern = rf"{HOST_SAID}{plain}(?![\w-])"
    return Literal(kind, name, re.compile(pattern, re.IGNORECASE), False)


def _in_base64(content: bytes) -> list[str]:
    """
    >>> _in_base64(b"private word")
    ['cHJpdmF0ZSB3b3Jk', 'ByaXZhdGUgd29yZ', 'wcml2YXRlIHdvcm']
    """
    forms = []
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + content).decode()
        form = whole[(0, 2, 3)[before] : (before + len(content)) * 8 // 6]
        if len(form) >= SHORT_BASE64:
            forms.append(form)
    return forms
