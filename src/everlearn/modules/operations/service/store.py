"""Where the archive's files are: a folder of this machine, or a store that obstore knows."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from everlearn.core.errors import Invalid
from everlearn.modules.operations.errors import ArchiveUnavailable
from everlearn.modules.operations.types import ArchiveStrategy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import RetryConfig

    from everlearn.core.settings import Settings

_CHUNK = 1 << 20
#: Larger files are sent in parts of so many bytes; S3 takes 10,000 parts of at least 5 MiB.
PART_BYTES = 16 << 20
#: A store that does not answer is given up after this: the next run tries again.
RETRIES = 7
_RETRIES_END = timedelta(seconds=60)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SECRET_NAMES = re.compile("KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL|SIGNATURE")


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
            obstore.put(self._store, name, file, chunk_size=PART_BYTES)
        return f"{self._url}/{name}"

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Fetch the file for as long as the context lasts."""
        import obstore

        with scratch() as folder:
            path = folder / "fetched"
            with path.open("wb") as sink:
                with _reachable(self._url):
                    chunks = iter(obstore.get(self._store, name).stream(min_chunk_size=_CHUNK))
                while True:
                    with _reachable(self._url):
                        chunk = next(chunks, None)
                    if chunk is None:
                        break
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
        # Not `from` it: what a store answers names the key, and its text would be logged.
        raise ArchiveUnavailable(
            f"the archive {url} does not answer: {_told(error)}",
            hint="check EVERLEARN_ARCHIVE_URL and the store's keys in the environment",
        ) from None


def _told(error: Exception) -> str:
    """Give what went wrong in one line, without what the environment keeps secret."""
    text = str(error)
    line = text.partition("\n")[0].partition("<")[0].strip(" :")
    if code := re.search("<Code>([A-Za-z]+)</Code>", text):
        line = f"{line}: {code[1]}"
    return without_secrets(line)


def without_secrets(text: str) -> str:
    """Give a text in which no key or token of the environment is left."""
    for name, value in os.environ.items():
        if len(value) > 3 and _SECRET_NAMES.search(name):  # shorter ones are parts of words
            text = text.replace(value, "***")
    return text


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a temporary folder, for as long as the context lasts.

    Raises:
        ArchiveUnavailable: its disk is full.
    """
    with TemporaryDirectory(prefix="everlearn-") as folder:
        try:
            yield Path(folder)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise ArchiveUnavailable(
                f"{Path(folder).parent} is full: {os.strerror(error.errno or 0)}",
                hint="make room there, or set TMPDIR to a folder that has some; then try again",
            ) from error


def open_store(settings: Settings, strategy: ArchiveStrategy) -> Store:
    """Give the store of a strategy; `compress` always stays on this machine."""
    url = settings.archive_url
    if url is None or strategy == ArchiveStrategy.COMPRESS:
        return Folder(settings.data_dir.expanduser() / "archive")
    parts = urlsplit(url)
    if "@" in url or parts.query:  # it would be in every manifest
        raise Invalid(
            "the archive's address holds a key or a query",
            field="archive_url",
            hint="keys come from the environment, such as AWS_SECRET_ACCESS_KEY",
        )
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise needs_extra("obstore") from None
    try:
        if parts.scheme == "memory":
            return Remote(url, from_url(url))
        patience: RetryConfig = {"max_retries": RETRIES, "retry_timeout": _RETRIES_END}
        return Remote(url, from_url(url, retry_config=patience))
    except (BaseError, ValueError) as error:
        msg = f"no archive is behind {url}: {_told(error)}"
        raise Invalid(msg, field="archive_url") from None


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
