"""The table of libraries and their banners, a module for each field.

Each banner was seen in a binary that holds the library; tests/banners/ has the excerpt. Where a text also stands in
programs that only use the library, `needs` names a text that does not.
"""

from __future__ import annotations

from cf_sbom.banners import Library
from cf_sbom.banners.libraries import (
    compression,
    crypto,
    databases,
    documents,
    images,
    languages,
    media,
    network,
    numeric,
    systems,
)

LIBRARIES: tuple[Library, ...] = (
    *compression.LIBRARIES,
    *crypto.LIBRARIES,
    *network.LIBRARIES,
    *databases.LIBRARIES,
    *images.LIBRARIES,
    *media.LIBRARIES,
    *documents.LIBRARIES,
    *numeric.LIBRARIES,
    *languages.LIBRARIES,
    *systems.LIBRARIES,
)
