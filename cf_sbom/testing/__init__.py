"""The conformance kit: what an author of a plugin runs on it, from any test framework.

Each check raises AssertionError with one line that says what is wrong and where; none needs a network. `check` does all
of them:

    import my_plugin
    from cf_sbom.testing import check, check_match, describe_members

    def test_my_plugin():
        check(my_plugin, {"share/app/pubspec.lock": b"packages: {}"})

A plugin that passes keeps the promises that cf_sbom makes for it: the same bytes give the same document, nothing is
written, fetched or executed, and damaged input ends in findings or Problems, never in an exception.
"""

from cf_sbom.testing.damaged import garbage
from cf_sbom.testing.emitters import check_emitter
from cf_sbom.testing.extractors import check_extractor, check_match
from cf_sbom.testing.kit import check, check_records
from cf_sbom.testing.others import check_attacher, check_enricher, check_source
from cf_sbom.testing.packages import describe_members, make_conda
from cf_sbom.testing.sandbox import Loud, quiet

__all__ = [
    "Loud",
    "check",
    "check_attacher",
    "check_emitter",
    "check_enricher",
    "check_extractor",
    "check_match",
    "check_records",
    "check_source",
    "describe_members",
    "garbage",
    "make_conda",
    "quiet",
]
