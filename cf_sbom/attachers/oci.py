"""Documents in an OCI registry, as referrers of the manifest that holds the package.

Knows the distribution specification 1.1; oras carries the requests and answers the registry's challenges. Credentials
come from the docker configuration and are never said: no message and no traceback holds what oras or requests say of
a failure, since that may repeat a header. A registry is not trusted: answers are bounded in size and time, bytes are
held against their digests, and nothing goes to a host or over a channel that the user did not name.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from inspect import unwrap
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from cf_sbom.errors import AttachError, SbomError, TargetError
from cf_sbom.hookspecs import Attacher, Options, hookimpl
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import Document
from cf_sbom.oci import (
    DOCKER_MANIFEST,
    INDEX,
    MANIFEST,
    MANIFEST_SIZE,
    TITLE,
    Descriptor,
    Image,
    Manifest,
    describe,
    digest_of,
    fallback_tag,
    is_digest,
    parse_image,
    parse_manifest,
)
from cf_sbom.oci.layouts import Attached, referrers
from cf_sbom.oci.manifests import Push, Pushed, Referrer, listed, referrer, supersedes
from cf_sbom.oci.transport import Answer, Session, docker_config, is_loopback
from cf_sbom.parsing import ParseError

_PAGES = 50  # of a list of referrers
_ATTEMPTS = 5  # at a list that others write, too
_ACCEPT = ", ".join((MANIFEST, DOCKER_MANIFEST, INDEX))
_NO_LIST = (400, 404, 405, 501)  # how registries without the referrers API answer it
_NO_ENTRY = "does not let us do that: log in with `docker login` or `oras login`, or ask for more rights"


@hookimpl
def cf_sbom_attachers() -> Iterable[Attacher]:
    yield Attacher(name="oci", attach=attach, network=True, doc="referrers of the package's manifest in a registry")


def attach(target: Path, document: Document, options: Options) -> Path:
    """Push one document to options.image. Raises AttachError."""
    return Path(push_documents(target, (document,), options).pushed[0].place)


def push_documents(target: Path, documents: Iterable[Document], options: Options) -> Push:
    """Attach documents to the manifest options.image, which must hold the very file at target.

    Pushing the same again changes nothing. A list that is kept under a tag names only the last document of ours of each
    format; where the registry keeps the list, nothing is deleted, and what else it lists is remarked. Raises
    AttachError, TargetError for the file, SettingsError for an image that is none.
    """
    image = parse_image(options.image)
    package = digest_of_file(target)
    with _opened(image, options) as repository:
        subject, title = repository.package(package)
        made = [referrer(document, f"{title or target.name}{document.suffix}", subject) for document in documents]
        there = [repository.has(f"manifests/{one.descriptor.digest}") for one in made]
        kept_by_registry = [repository.put(one) for one in made]
        descriptors = [one.descriptor for one in made]
        if all(kept_by_registry):
            remarks = _older(descriptors, repository.referrers(subject) or ())
        else:
            remarks = repository.list_by_tag(subject, descriptors)
    pushed = (
        Pushed(place=f"{image.registry}/{image.repository}@{d.digest}", artifact_type=d.artifact_type, new=not known)
        for d, known in zip(descriptors, there, strict=True)
    )
    return Push(pushed=tuple(pushed), remarks=remarks)


def attached(options: Options) -> tuple[Attached, ...]:
    """The documents that refer to the manifest options.image, checked as those of a layout. Raises AttachError and
    DocumentError."""
    with _opened(parse_image(options.image), options) as repository:
        subject, _ = repository.subject()
        found = repository.referrers(subject)
        if found is None:
            found = repository.tagged(subject).layers
        documents = referrers(found, repository.fetch, options.limits)
        return tuple(one for one in documents if one.subject.digest == subject.digest)


def digest_of_file(path: Path) -> str:
    """The sha256 of a file as `sha256:<hex>`. Raises TargetError."""
    found = hashlib.sha256()
    try:
        if not path.is_file():
            raise TargetError(
                "not a file; what is pushed is a .conda or .tar.bz2 file" if path.exists() else "no such file"
            )
        with path.open("rb") as file:
            while chunk := file.read(MIB):
                found.update(chunk)
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror}") from None
    return f"sha256:{found.hexdigest()}"


def _older(new: Iterable[Descriptor], known: Iterable[Descriptor]) -> tuple[str, ...]:
    known = tuple(known)
    older = sorted({old.digest for one in new for old in known if supersedes(one, old.tree)})
    return tuple(f"the registry still lists {digest}, an earlier document of cf-sbom" for digest in older)


@contextmanager
def _opened(image: Image, options: Options) -> Iterator[_Repository]:
    plain = is_loopback(image.registry) if options.plain_http is None else options.plain_http
    session = Session(image.registry, plain=plain)
    try:
        yield _Repository(image, session, options.limits)
    finally:
        session.close()


class _Repository:
    """One repository of a registry."""

    def __init__(self, image: Image, session: Session, limits: Limits) -> None:
        self._image = image
        self._limits = limits
        self._session = session
        self._base = f"{session.origin}/v2/{image.repository}/"
        self._headers: dict[str, str] = {}
        self._client = self._client_for(session.request("GET", f"{session.origin}/v2/"))

    def subject(self) -> tuple[Descriptor, Manifest]:
        """The manifest that the image names. Raises AttachError where there is none, or it is an index."""
        found = self._manifest(self._image.reference)
        if found is None:
            raise self._error(f"has no {self._image.repository}:{self._image.reference}; push the package there first")
        descriptor, data, _ = found
        manifest = self._parsed(data, descriptor.media_type, self._image.reference)
        if manifest.media_type == INDEX:
            raise self._error("names an index there, not the manifest of a package")
        return descriptor.plain, manifest

    def package(self, digest: str) -> tuple[Descriptor, str]:
        """The manifest that holds a package, and the name it has there."""
        subject, manifest = self.subject()
        for layer in manifest.layers:
            if layer.digest == digest:
                return subject, layer.annotation(TITLE)
        raise self._error(f"holds another package: no layer of the manifest is {digest}")

    def has(self, path: str) -> bool:
        """Whether there is a blob or manifest."""
        return self._send("HEAD", path, (200, 404), headers={"Accept": _ACCEPT}).status_code == 200

    def put(self, made: Referrer) -> bool:
        """Store a referrer; whether the registry lists it by itself."""
        for blob, data in made.blobs:
            if not self.has(f"blobs/{blob.digest}"):
                self._upload(blob, data)
        answer = self._put_manifest(made.descriptor.digest, made.data, MANIFEST)
        if answer.headers.get("OCI-Subject"):
            return True
        subject = parse_manifest(made.data, self._limits).subject
        known = self.referrers(subject) if subject else None
        return made.descriptor.digest in {d.digest for d in known or ()}

    def referrers(self, subject: Descriptor) -> tuple[Descriptor, ...] | None:
        """What the registry itself lists; None where it has no such list."""
        found: list[Descriptor] = []
        path = f"referrers/{subject.digest}"
        for _ in range(_PAGES):
            answer = self._send("GET", path, (200, *_NO_LIST), headers={"Accept": INDEX})
            if answer.status_code != 200 or answer.media_type != INDEX:
                return None
            found += self._parsed(answer.content, INDEX, "the list of referrers").layers
            link = re.match(r'\s*<([^>]*)>\s*;\s*rel="?next"?', answer.headers.get("Link", ""))
            if link is None:
                return tuple(found)
            path = self._here(link[1])
        raise self._error(f"lists referrers on more than {_PAGES} pages")

    def tagged(self, subject: Descriptor) -> Manifest:
        """The list of referrers that is kept under a tag; empty where there is none."""
        found = self._manifest(fallback_tag(subject.digest))
        if found is None:
            return Manifest(media_type=INDEX, layers=())
        return self._parsed(found[1], INDEX, fallback_tag(subject.digest))

    def list_by_tag(self, subject: Descriptor, added: list[Descriptor]) -> tuple[str, ...]:
        """Add to the list under the tag, and say what went from it. Another writer may put its own list over ours in
        between, as no registry must refuse that: so it is read again, and added again."""
        tag, gone = fallback_tag(subject.digest), set[str]()
        for _ in range(_ATTEMPTS):
            found = self._manifest(tag)
            before, etag = (found[1], found[2]) if found else (b"", "")
            try:
                data, replaced = listed(before, added, self._limits)
            except ParseError as error:
                raise self._error(f"has under the tag {tag} what is no list of referrers: {error}") from None
            gone |= set(replaced)
            if data == before:
                break
            self._put_manifest(tag, data, INDEX, {"If-Match": etag} if etag else None)
        else:
            raise self._error(f"has a list under the tag {tag} that others keep changing; push again")
        return tuple(f"{digest}, an earlier document of cf-sbom, is no longer listed" for digest in sorted(gone))

    def fetch(self, wanted: Descriptor) -> bytes:
        """The bytes of a manifest or blob; not checked."""
        kind = "manifests" if wanted.media_type in (MANIFEST, DOCKER_MANIFEST, INDEX) else "blobs"
        path = f"{kind}/{wanted.digest}"
        return self._send("GET", path, (200,), headers={"Accept": _ACCEPT}, allowed=wanted.size).content

    def _manifest(self, reference: str) -> tuple[Descriptor, bytes, str] | None:
        """A manifest with its descriptor and entity tag. Raises AttachError where it is not the one that is named."""
        answer = self._send("GET", f"manifests/{reference}", (200, 404), headers={"Accept": _ACCEPT})
        if answer.status_code == 404:
            return None
        digest = digest_of(answer.content)
        stated = answer.headers.get("Docker-Content-Digest", digest)
        if (is_digest(stated) and stated != digest) or (is_digest(reference) and reference != digest):
            raise self._error("sends other bytes than the digest of the manifest says")
        return describe(answer.content, answer.media_type), answer.content, answer.headers.get("ETag", "")

    def _put_manifest(
        self, reference: str, data: bytes, media_type: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        fields = {"Content-Type": media_type, **(headers or {})}
        return self._send("PUT", f"manifests/{reference}", (200, 201, 202, 412), headers=fields, data=data)

    def _upload(self, blob: Descriptor, data: bytes) -> None:
        """Store a blob in one piece (distribution specification, "POST then PUT")."""
        answer = self._send("POST", "blobs/uploads/", (202,))
        place = self._here(answer.headers.get("Location", ""))
        place += f"{'&' if '?' in place else '?'}digest={blob.digest}"
        self._send("PUT", place, (201,), headers={"Content-Type": "application/octet-stream"}, data=data)

    def _here(self, place: str) -> str:
        """An address that the registry gives. Raises AttachError where it is on another host: what follows holds a
        credential."""
        url = urljoin(self._base, place)
        if not url.startswith(f"{self._session.origin}/v2/"):
            raise self._error("sends us to another host, or from https to http")
        return url

    def _send(
        self,
        method: str,
        path: str,
        expected: tuple[int, ...],
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        allowed: int = MANIFEST_SIZE,
    ) -> Answer:
        url = urljoin(self._base, path)
        self._session.allowed = allowed
        answer = self._try(method, url, {**self._headers, **(headers or {})}, data)
        if answer.status_code in (401, 403) and getattr(self._client.auth, "token", None):
            self._client.auth.token = None  # it was given for less than this; ask for another
            answer = self._try(method, url, dict(headers or {}), data)
        if answer.status_code in (401, 403):
            raise self._error(_NO_ENTRY)
        if answer.status_code not in expected:
            raise self._error(f"answers {method} with status {answer.status_code}{answer.code}")
        return answer

    def _try(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
        try:
            answer: Answer = self._ask(self._client, url, method, data=data, headers=headers)
        except SbomError:
            raise
        except Exception as error:  # of oras: a challenge that it cannot answer, or an answer that is no token
            raise self._error(f"{_NO_ENTRY} ({type(error).__name__})") from None
        return answer

    def _client_for(self, answer: Answer) -> Any:
        """oras's client with the credentials that the docker configuration has for this registry."""
        try:
            from oras.container import Container
            from oras.provider import Registry
        except ImportError:
            raise AttachError("pushing needs the library oras: pip install 'cf_sbom[oci]'") from None
        logging.getLogger("oras.logger").setLevel(logging.CRITICAL + 1)  # it repeats what credential helpers say
        challenge = answer.headers.get("WWW-Authenticate", "").partition(" ")[0].lower()
        backend = "basic" if challenge == "basic" else "token"
        client = Registry(hostname=self._image.registry, insecure=self._session.plain, auth_backend=backend)
        client.session = client.auth.session = self._session
        # As it stands it tries what fails six times in two minutes, and says nothing; here one try is enough.
        self._ask = unwrap(Registry.do_request)
        # oras itself reads ~/.docker/config.json and knows nothing of DOCKER_CONFIG.
        client.auth._auth_config = docker_config()
        try:
            client.auth.load_configs(Container(f"{self._image.registry}/{self._image.repository}"))
            if challenge == "basic":
                self._headers = client.auth.get_auth_header()
        except Exception as error:
            raise self._error(f"{_NO_ENTRY} ({type(error).__name__})") from None
        return client

    def _parsed(self, data: bytes, media_type: str, what: str) -> Manifest:
        try:
            return parse_manifest(data, self._limits, media_type)
        except ParseError as error:
            raise self._error(f"sends as {what}: {error}") from None

    def _error(self, reason: str) -> AttachError:
        return AttachError(f"{self._image.registry} {reason}")
