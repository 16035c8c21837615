"""Where the archive's files are: a folder of this machine, or a store that obstore knows."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from everlearn.core.errors import Invalid
from everlearn.modules.operations.errors import ArchiveUnavailable
from everlearn.modules.operations.types import ArchiveStrategy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everlearn.core.settings import Settings

_CHUNK = 1 << 20


class Store(Protocol):
    """A place for files."""

    def put(self, file: Path, name: str) -> str:
        """Take a finished file over, in place of one of that name, and give its URL."""
        ...

    def local(self, name: str) -> Any:
        """Give a context whose value is a path that the file can be read from."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def has(self, url: str) -> bool:
        """Say whether a file of this URL is in this place."""
        ...


class Folder:
    """A folder of this machine, closed to other users."""

    def __init__(self, path: Path) -> None:
        """Use this folder; it is made when the first file comes."""
        self._path = path

    def put(self, file: Path, name: str) -> str:
        """Move the file in: it is there whole, or not."""
        target = self._path / name
        half = target.with_name(f"{target.name}.part")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with file.open("rb") as source, half.open("wb") as sink:
                while chunk := source.read(_CHUNK):
                    sink.write(chunk)
                sink.flush()
                os.fsync(sink.fileno())
            half.chmod(0o600)
            half.replace(target)
        except OSError as error:  # the disk is full, or the folder may not be written
            half.unlink(missing_ok=True)
            raise ArchiveUnavailable(
                f"{target} cannot be written: {error.strerror}",
                hint="nothing was dropped; make room, and the next run goes on",
            ) from error
        return target.resolve().as_uri()

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give the file itself."""
        path = self._path / name
        if not path.is_file():
            raise ArchiveUnavailable(f"the archive has no file {path}")
        yield path

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self._path / name).unlink(missing_ok=True)

    def has(self, url: str) -> bool:
        """Say whether a file of this URL is in this place."""
        return url.startswith(f"{self._path.resolve().as_uri()}/")


class Remote:
    """A store behind a URL: S3, Google Cloud Storage, Azure, HTTP or memory."""

    def __init__(self, url: str, store: Any) -> None:
        """Use a store of obstore; `url` is shown to people."""
        self._url, self._store = url.rstrip("/"), store

    def put(self, file: Path, name: str) -> str:
        """Send the file; it appears whole, or not."""
        import obstore

        with _reachable(self._url):
            obstore.put(self._store, name, file)
        return f"{self._url}/{name}"

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Fetch the file for as long as the context lasts."""
        import obstore

        with TemporaryDirectory(prefix="everlearn-") as folder:
            path = Path(folder) / "fetched"
            with _reachable(self._url), path.open("wb") as sink:
                for chunk in obstore.get(self._store, name).stream(min_chunk_size=_CHUNK):
                    sink.write(chunk)
            yield path

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        import obstore

        with _reachable(self._url):
            obstore.delete(self._store, name)

    def has(self, url: str) -> bool:
        """Say whether a file of this URL is in this place."""
        return url.startswith(f"{self._url}/")


@contextmanager
def _reachable(url: str) -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        raise ArchiveUnavailable(
            f"the archive {url} does not answer: {error}",
            hint="check EVERLEARN_ARCHIVE_URL and the store's keys in the environment",
        ) from error


def open_store(settings: Settings, strategy: ArchiveStrategy) -> Store:
    """Give the store of a strategy; `compress` always stays on this machine."""
    url = settings.archive_url
    if url is None or strategy == ArchiveStrategy.COMPRESS:
        return Folder(settings.data_dir.expanduser() / "archive")
    if urlsplit(url).scheme == "file":
        return Folder(Path(unquote(urlsplit(url).path)))
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise needs_extra("obstore") from None
    try:
        return Remote(url, from_url(url))
    except (BaseError, ValueError) as error:
        raise Invalid(f"no archive is behind {url}: {error}", field="archive_url") from error


def store_of(settings: Settings, url: str) -> Store:
    """Give the store that a file of this URL is in: where it was written, whatever is set now.

    Raises:
        ArchiveUnavailable: the file is in a store that is not set any more.
    """
    here = Folder(settings.data_dir.expanduser() / "archive")
    if here.has(url):
        return here
    chosen = open_store(settings, ArchiveStrategy.ARCHIVE_TO_S3)
    if not chosen.has(url):
        raise ArchiveUnavailable(
            f"{url} is in no archive that is set",
            hint="set EVERLEARN_ARCHIVE_URL to where the files are",
        )
    return chosen


def needs_extra(package: str, *, extra: str = "arrow") -> ArchiveUnavailable:
    """Give the error that says how to install what is missing."""
    return ArchiveUnavailable(
        f"archiving needs the package {package}, which is not installed",
        hint=f"pip install 'everlearn[{extra}]'",
    )


def sha256_of(path: Path) -> str:
    """Hash a file without holding it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
