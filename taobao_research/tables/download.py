"""One file over http or https, within limits of size, time and redirects; pooch keeps it only with its checksum."""

import hashlib
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from taobao_research.errors import InputError
from taobao_research.tables.load import MAX_BYTES

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 10, 30, 600
MAX_REDIRECTS = 5
PIECE = 65_536  # bytes


def download(url: str, sha256: str, target: Path) -> Path:
    """The file at ``url``, written to ``target`` if its SHA-256 is the one expected.

    Proxies are those of the environment, as requests reads them. Raises InputError with what went wrong, without the
    address; then no part of the file is left.
    """
    import pooch  # late: only a download needs it
    import requests
    from urllib3.exceptions import HTTPError

    pooch.get_logger().setLevel("WARNING")
    received = hashlib.sha256()
    try:
        pooch.retrieve(
            url,
            f"sha256:{sha256}",
            fname=target.name,
            path=target.parent,
            downloader=partial(_write, received=received),
        )
    except InputError:
        raise
    except (requests.RequestException, HTTPError) as error:
        raise InputError(f"{_reason(error)} Nothing was kept.") from None
    except ValueError:  # pooch: not the checksum
        raise InputError(
            f"not the file expected, so it was not kept. SHA-256 expected {sha256}, found {received.hexdigest()}."
        ) from None
    return target


def shown_url(url: str) -> str:
    """An address without user name, password and query, as messages print it.

    >>> shown_url("https://me:secret@example.org:8080/a.xlsx?token=1")
    'https://example.org:8080/a.xlsx'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _write(url: str, output_file: str, _: Any, received: Any) -> None:
    """What pooch calls to download: follow redirects, then copy the body piece by piece as it arrives."""
    from requests import Session

    end = time.monotonic() + ALL_SECONDS
    with Session() as session, _answer(session, url) as response, Path(output_file).open("wb") as file:
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > MAX_BYTES:
            raise InputError(f"the server declares {int(declared):,} bytes; a list has at most {MAX_BYTES:,}.")
        while piece := response.raw.read1(PIECE, decode_content=True):
            received.update(piece)
            file.write(piece)
            if file.tell() > MAX_BYTES:
                raise InputError(f"more than {MAX_BYTES:,} bytes, which no list has; not kept.")
            if time.monotonic() > end:
                raise InputError(f"not complete after {ALL_SECONDS} seconds; not kept.")


def _answer(session: "Session", url: str) -> "Response":
    """The answer at the end of the redirects, body unread; only http and https, and never from https to http."""
    for _ in range(MAX_REDIRECTS + 1):
        response = session.get(
            url,
            stream=True,
            allow_redirects=False,  # requests would read each redirect's body whole
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            headers={"Accept-Encoding": "identity"},
        )
        if not response.is_redirect:
            break
        response.close()
        before, url = url, urljoin(url, response.headers["location"])
        if urlsplit(url).scheme not in ("https", urlsplit(before).scheme):
            raise InputError(f"leads to {shown_url(url)}, which is not followed: only https, or http from http.")
    else:
        raise InputError(f"more than {MAX_REDIRECTS} redirects.")
    if response.status_code != 200:
        response.close()
        raise InputError(f"the server answers {response.status_code} {response.reason}.")
    return response


def _reason(error: Exception) -> str:
    import requests
    from urllib3 import exceptions

    for kinds, words in (
        (
            (requests.Timeout, exceptions.TimeoutError),
            f"no answer in time ({CONNECT_SECONDS} seconds to connect, {READ_SECONDS} to go on).",
        ),
        (requests.exceptions.ProxyError, "the proxy of the environment does not let it through."),
        ((requests.exceptions.SSLError, exceptions.SSLError), "the server's certificate is not trusted here."),
        (requests.ConnectionError, "no connection to the server."),
        (exceptions.DecodeError, "the server has packed the file in a way that is not understood here."),
        (exceptions.HTTPError, "the connection broke off before the file was complete."),
    ):
        if isinstance(error, kinds):
            return words
    return f"the address cannot be used ({type(error).__name__})."
