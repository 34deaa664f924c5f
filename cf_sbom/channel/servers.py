"""The packages of a channel on a web server, as its lists have them.

Fetches the lists, and no package.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from cf_sbom.channel.items import Entry, Item, Listed, Remark, Wanted
from cf_sbom.channel.listed import join, listed
from cf_sbom.channel.repodata import FILES, base_url
from cf_sbom.errors import AbsentError, TargetError, UnreachableError
from cf_sbom.identity.purl import SUBDIR
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.remote import Remote, is_url

# Those that conda knows; a server cannot be asked what folders it has.
_SUBDIRS = (
    *("emscripten-wasm32", "freebsd-64", "linux-32", "linux-64", "linux-aarch64", "linux-armv6l", "linux-armv7l"),
    *("linux-ppc64le", "linux-riscv64", "linux-s390x", "noarch", "osx-64", "osx-arm64", "wasi-wasm32", "win-32"),
    *("win-64", "win-arm64"),
)


class Server:
    """A channel, or one subdir of it, on a web server."""

    def __init__(self, url: str, wanted: Wanted, limits: Limits, folder: Path | None = None) -> None:
        self._url = urlunsplit(urlsplit(url)._replace(fragment="", query="")).rstrip("/")
        self._wanted = wanted
        self._limits = limits
        self._folder = folder
        last = self._url.rpartition("/")[2]
        self._alone = last if SUBDIR.fullmatch(last) and last in (*_SUBDIRS, *wanted.subdirs) else ""

    def entries(self) -> Iterator[Entry]:
        base, named, subdirs = self._url, self._wanted.subdirs, self._wanted.subdirs or _SUBDIRS
        if self._alone:
            base = self._url.rpartition("/")[0]
            named = subdirs = (self._alone,) if self._wanted.folder(self._alone) else ()
        remote = Remote(self._limits, self._folder)
        found = False
        try:
            for subdir in sorted(subdirs):
                try:
                    with _fetched(remote, f"{base}/{quote(subdir)}") as path:
                        found = True
                        yield from self._items(path, f"{base}/{quote(subdir)}", subdir)
                        yield Listed(path=subdir)
                except AbsentError:
                    if subdir in named:
                        reason = "the server has no repodata.json of this subdir"
                        yield Remark(path=subdir, reason=reason, listing=True)
                except UnreachableError as error:
                    raise TargetError(f"{urlsplit(base).hostname}: {error}; run again to go on") from None
                except TargetError as error:
                    found = True
                    yield Remark(path=f"{subdir}/repodata.json", reason=str(error), listing=True)
        finally:
            remote.close()
        if not found and not named:
            reason = "the server has no repodata.json of any subdir; is it the URL of a channel?"
            yield Remark(path=".", reason=reason, listing=True)

    def _items(self, path: Path, url: str, subdir: str) -> Iterator[Entry]:
        url = _packages_url(path, url, self._limits)
        for entry in listed(path, subdir, self._wanted, self._limits):
            if isinstance(entry, Remark):
                yield entry
            elif entry.time is None or self._wanted.recent(entry.time):
                yield Item(
                    path=join(subdir, entry.name),
                    location=f"{url}/{quote(entry.name)}",
                    digests=entry.digests,
                    stated_size=entry.size,
                    size=entry.size or 0,
                    changed=int((entry.time or 0) * 1_000_000_000),
                )


def _packages_url(file: Path, url: str, limits: Limits) -> str:
    """Where the packages of a subdir are, if its list is at url. Raises TargetError where nothing can be fetched."""
    try:
        found = urljoin(f"{url}/", base_url(file, limits))
    except (ParseError, ValueError):  # what is wrong with the list is said when it is read
        found = url
    if not is_url(found):
        raise TargetError("its base_url is no http(s) URL")
    return found.rstrip("/")


@contextmanager
def _fetched(remote: Remote, url: str) -> Iterator[Path]:
    """The list of a subdir as a local file, compressed if the server has it so. Raises AbsentError, TargetError."""
    with ExitStack() as stack:
        try:
            path = stack.enter_context(remote.package(f"{url}/{FILES[1]}"))
        except AbsentError:
            path = stack.enter_context(remote.package(f"{url}/{FILES[0]}"))
        yield path
