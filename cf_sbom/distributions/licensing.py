"""Which licence a distribution declares: License-Expression, else License, else the classifiers.

Knows PEP 639 and the trove classifiers. A classifier that leaves a version or a variant open (`BSD License`, `Apache
Software License`) is not turned into an id, and whether several mean AND or OR is not guessed.
"""

from __future__ import annotations

import re
from hashlib import sha256

from cf_sbom.carried import Found
from cf_sbom.distributions.core_metadata import CoreMetadata
from cf_sbom.identity.licenses import license_ref, license_refs, normalize
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import Limits
from cf_sbom.model import License, Text

CLASSIFIERS = {
    "Attribution Assurance License": "AAL",
    "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)": "CECILL-2.1",
    "CMU License (MIT-CMU)": "MIT-CMU",
    "CeCILL-B Free Software License Agreement (CECILL-B)": "CECILL-B",
    "CeCILL-C Free Software License Agreement (CECILL-C)": "CECILL-C",
    "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "Educational Community License, Version 2.0 (ECL-2.0)": "ECL-2.0",
    "European Union Public Licence 1.0 (EUPL 1.0)": "EUPL-1.0",
    "European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "MirOS License (MirOS)": "MirOS",
    "Mozilla Public License 1.0 (MPL)": "MPL-1.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mulan Permissive Software License v2 (MulanPSL-2.0)": "MulanPSL-2.0",
    "NASA Open Source Agreement v1.3 (NASA-1.3)": "NASA-1.3",
    "Open Software License 3.0 (OSL-3.0)": "OSL-3.0",
    "PostgreSQL License": "PostgreSQL",
    "Python License (CNRI Python License)": "CNRI-Python",
    "Python Software Foundation License": "PSF-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "University of Illinois/NCSA Open Source License": "NCSA",
    "Vovida Software License 1.0": "VSL-1.0",
}
"""Classifiers, without `License :: OSI Approved :: `, that mean exactly one SPDX id."""

_SHORT = 300  # a name or an expression; what is longer is the text of a licence


def declared(
    found: Found, metadata: CoreMetadata, limits: Limits, where: str, files: tuple[str, ...] = ()
) -> tuple[tuple[License, ...], Text | None]:
    """The declared licence, and its text where the field License holds one.

    where: path for that text. files: paths of the texts that lie beside the metadata.
    """
    ids = {CLASSIFIERS.get(classifier, "") for classifier in metadata.classifiers}
    only = ids.pop() if len(ids) == 1 else ""
    field = metadata.license
    is_text = "\n" in field or len(field) > _SHORT
    if metadata.license_expression:
        return found.license(metadata.license_expression, files), None
    if field and not is_text and (not only or _is_expression(field)):
        licenses = found.license(field, files)
        if only and not any(only in lic.expression for lic in licenses):
            found.problem(f"License says {field!r}, the classifier {only}; the field is taken", "conflict")
        return licenses, None
    text = found.text(field.encode(), limits, place=where) if is_text else None
    if only or text is None:
        return found.license(only or ", ".join(metadata.classifiers), _and(files, text)), text
    found.problem("the licence is given as a text, not as an expression; kept as a LicenseRef", "gap")
    words = re.sub(r"[^A-Za-z0-9.]+", " ", withheld(field.lstrip().partition("\n")[0][:200]))[:36].strip(" .")
    name = license_ref(f"{words} {sha256(text.data).hexdigest()[:8]}".lstrip())
    return (License(expression=name, texts=_and(files, text)),), text


def _is_expression(text: str) -> bool:
    stated = normalize(text)
    return bool(stated.expression) and not stated.found and not license_refs(stated.expression)


def _and(files: tuple[str, ...], text: Text | None) -> tuple[str, ...]:
    return (*files, text.path) if text else files
