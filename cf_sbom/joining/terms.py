"""Licences of one document -> licences among those of others: a LicenseRef is what it is called and what its text says.

Knows the model and licence expressions. SPDX 2.3 (10.1) has a LicenseRef for one document alone; two that are called
`LicenseRef-0` have nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from cf_sbom.facts import NO_TEXT
from cf_sbom.identity.licenses import Normalized, is_single, license_ref, license_refs, normalize, with_refs
from cf_sbom.identity.urls import withheld
from cf_sbom.joining.gate import short
from cf_sbom.model import License, Sbom, Text
from cf_sbom.reading import Reading

_HEADED = re.compile(r"\Ainfo/\S+:\n(?!.*\n\ninfo/\S+:\n)", re.DOTALL)  # one text under its path, as SPDX has it


class Terms:
    """The licences of one document. at: where a text of it stands in the whole. texts: those of LicenseRefs."""

    def __init__(self, sbom: Sbom, reading: Reading | None, at: Callable[[str], str]) -> None:
        self.texts: dict[str, Text] = {}
        self._stated = {text.path: text for text in sbom.texts}
        self._clean = reading is not None
        self._names = reading.license_names if reading else {}
        self._bodies = reading.license_texts if reading else {}
        self._at = at

    def told(self, license_: License) -> License | None:
        """The licence as it is called in the whole; None where nothing is declared. A name stands before what the
        LicenseRef was, and a hash of its text behind it: so another text is another licence."""
        made = normalize(license_.expression) if self._clean else Normalized(license_.expression)
        if not made.expression:
            return None
        found = withheld(license_.found) or made.found
        if not license_refs(made.expression):
            return replace(
                license_, expression=made.expression, found=found, texts=tuple(map(self._at, license_.texts))
            )
        texts: set[str] = set()

        def ours(stated: str) -> str:
            name = self._names.get(stated, "") or (found if is_single(made.expression) else "")
            called = license_ref(withheld(name)) if name not in ("", stated) else stated
            body = self._body(license_, stated, {name, stated, called, found})
            if body is not None:
                end = f"-{short(body.data.decode('utf-8', 'replace'))}"
                called = called if called.endswith(end) else f"{called}{end}"
                texts.add(self.texts.setdefault(called, replace(body, path=called)).path)
            return called

        expression = with_refs(made.expression, ours)
        return replace(license_, expression=expression, found=found, texts=tuple(sorted(texts)))

    def _body(self, license_: License, stated: str, names: set[str]) -> Text | None:
        """The text of a LicenseRef; what says no more than a name is none. A text that bears its name is its own, else
        all that stand with it are."""
        said = self._bodies.get(stated, "")
        if said:
            said = _HEADED.sub("", said)
            if said in names or said.endswith(NO_TEXT):
                return None
            return Text(path=stated, media_type="text/plain", data=said.encode("utf-8", "replace"))
        texts = [self._stated[path] for path in license_.texts if path in self._stated]
        texts = [text for text in texts if text.path.rpartition("/")[2] == stated][:1] or texts
        if not texts:
            return None
        data = b"\n\n".join(b"%b:\n%b" % (t.path.encode("utf-8", "replace"), t.data) for t in texts)
        data = texts[0].data if len(texts) == 1 else data
        return Text(path=stated, media_type="text/plain", data=data, truncated=any(t.truncated for t in texts))
