import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from cf_sbom.identity import licenses
from cf_sbom.identity.licenses import Normalized, is_single, license_ref, license_refs, normalize
from cf_sbom.identity.urls import withheld

LICENSE_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
any_text = st.text(st.characters()) | st.text(st.sampled_from("a/ \ud800\udcff"))  # lone surrogates too
license_like = st.lists(
    st.sampled_from(
        [
            *"()+ -.,/|&",
            " AND ",
            " OR ",
            " WITH ",
            " and ",
            "MIT",
            "mit",
            "GPL-2.0",
            "GPL-3.0+",
            "LGPL",
            "zlib",
            "None",
            "LicenseRef-Xy",
            "licenseref-x",
            "LicenseRef-scancode-standin-1",
            "Classpath-exception-2.0",
            "BSD 3-Clause",
        ]
    ),
    max_size=9,
).map("".join)


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("BSD 2-Clause", "BSD-2-Clause"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("BSD-3", "BSD-3-Clause"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License 2.0", "Apache-2.0"),
        ("Apache-2", "Apache-2.0"),
        ("zlib", "Zlib"),
        ("ZLIB", "Zlib"),
        ("bsd  3-clause ", "BSD-3-Clause"),
    ],
)
def test_known_spelling_is_its_one_spdx_id(written, expression):
    assert normalize(written) == Normalized(expression)


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-3.0+", "GPL-3.0-or-later"),
        ("AGPL-3.0", "AGPL-3.0-only"),
        ("LGPL-2.1 and GPL-2.0", "LGPL-2.1-only AND GPL-2.0-only"),
        ("GPL-2.0+ WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("GPL-2.0-only", "GPL-2.0-only"),
        ("GPL-2.0-or-later", "GPL-2.0-or-later"),
    ],
)
def test_gnu_id_of_old_is_the_one_that_spdx_put_in_its_place(written, expression):
    assert normalize(written) == Normalized(expression)


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("(MIT)", "MIT"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("MIT\n AND\tISC", "MIT AND ISC"),
        ("MIT AND MIT", "MIT AND MIT"),
        ("ISC OR MIT AND Zlib", "ISC OR (MIT AND Zlib)"),
        ("(MIT OR Apache-2.0) AND BSD-3-Clause", "(MIT OR Apache-2.0) AND BSD-3-Clause"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1"),
        ("LicenseRef-X", "LicenseRef-X"),
        ("LicenseRef-X AND MIT", "LicenseRef-X AND MIT"),
        ("MIT AND (LicenseRef-Foo.1 OR LicenseRef-fOO.1)", "MIT AND (LicenseRef-Foo.1 OR LicenseRef-fOO.1)"),
        ("LicenseRef-GPL and GPL-2.0", "LicenseRef-GPL AND GPL-2.0-only"),
        ("LicenseRef-scancode-standin-1 OR LicenseRef-A", "LicenseRef-scancode-standin-1 OR LicenseRef-A"),
    ],
)
def test_expression_is_kept(written, expression):
    assert normalize(written) == Normalized(expression)


def test_every_id_that_the_library_has_is_kept():
    symbols = get_spdx_licensing().known_symbols
    exceptions = [k for k, s in symbols.items() if s.is_exception and not k.startswith("LicenseRef-")]
    expressions = [k for k, s in symbols.items() if not s.is_exception] + [f"MIT WITH {k}" for k in exceptions]
    assert min(len(exceptions), len(expressions)) > 50
    assert {e: n for e in expressions if (n := normalize(e)) != Normalized(e)} == {}


@pytest.mark.parametrize("written", ["", " ", "\n", "None", " None "])
def test_none_and_nothing_are_no_licence(written):
    assert normalize(written) == Normalized("")


@pytest.mark.parametrize(
    "written",
    [
        "LGPLv2.1",
        "GPL",
        "BSD",
        "Public Domain",
        "contract in blood",
        "MIT/X11",
        "MIT, BSD",
        "MIT AND",
        "(MIT",
        "OR",
        "MIT AND Foo",
        "MIT WITH MIT",
        "LLVM-exception",
        "licenseref-x",
        "LicenseRef-",
        "LicenseRef-a_b",
        "\u00a9 me",
        "-",
        "none",
        "NOASSERTION",
        "x" * 100,
        "MIT AND " * 400 + "MIT",
    ],
)
def test_anything_else_is_a_license_ref_with_the_text_found_and_a_reason(written):
    expression, found, reason = normalize(written)
    assert LICENSE_REF.fullmatch(expression)
    assert found == written
    assert "LicenseRef" in reason


@pytest.mark.parametrize(
    "written",
    [
        "GPL",
        "GPL-2",
        "GPL-3",
        "GPL 2",
        "GPL 2.0",
        "GPL 2.0+",
        "GPLv2",
        "GPLv3+",
        "GPL (>= 2)",
        "GPL-2 | GPL-3",
        "LGPL",
        "LGPL-2",
        "LGPL 2.1",
        "LGPLv3",
        "AGPL",
        "GPL-2.0 or later",
        "GPL version 2",
    ],
)
def test_nothing_is_guessed_between_only_and_or_later(written):
    assert LICENSE_REF.fullmatch(normalize(written).expression)


@pytest.mark.parametrize(
    "written", ["()", "(())", "() MIT", "MIT AND ()", "( AND +", "\ud800", "MIT \udcff", "(" * 1900]
)
def test_odd_text_is_a_license_ref_and_never_raises(written):
    assert LICENSE_REF.fullmatch(normalize(written).expression)


def test_expression_that_grows_beyond_what_is_read_stays_what_it_is():
    expression = normalize(" AND ".join(["GPL-2.0"] * 150)).expression
    assert normalize(expression).expression == expression


@given(any_text | license_like)
@example("MIT")
@example("contract in blood")
def test_any_text_is_no_licence_an_expression_or_a_license_ref_that_stays_what_it_is(text):
    expression, found, reason = normalize(text)
    assert normalize(expression) == Normalized(expression)
    assert bool(found) == bool(reason)
    if found:
        assert found == withheld(" ".join(text.split()))
        assert LICENSE_REF.fullmatch(expression)


@given(st.lists(st.from_regex(r"LicenseRef-[A-Za-z0-9.-]{1,12}", fullmatch=True), min_size=1, max_size=4))
def test_license_refs_of_others_are_kept_as_written(refs):
    expression = " AND ".join([*refs, "MIT"])
    assert normalize(expression) == Normalized(expression)
    assert license_refs(expression) == tuple(dict.fromkeys(refs))


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("Public Domain", "LicenseRef-Public-Domain"),
        ("LGPLv2.1", "LicenseRef-LGPLv2.1"),
        ("a-b c", "LicenseRef-a-b-c"),
    ],
)
def test_license_ref_is_readable(text, ref):
    assert license_ref(text) == ref


@given(st.text(min_size=1), st.text(min_size=1))
@example("MIT/X11", "MIT X11")
@example("MIT+", "MIT")
@example("x" * 60, "x" * 61)
def test_license_ref_is_the_same_only_for_texts_that_differ_in_spaces_and_hyphens(one, other):
    if one.replace(" ", "-") != other.replace(" ", "-"):
        assert license_ref(one) != license_ref(other)


@pytest.mark.parametrize(
    ("expression", "refs"),
    [
        ("", ()),
        ("MIT", ()),
        ("LicenseRef-X", ("LicenseRef-X",)),
        ("LicenseRef-B AND (LicenseRef-A OR LicenseRef-B)", ("LicenseRef-B", "LicenseRef-A")),
        ("DocumentRef-d:LicenseRef-X", ()),
    ],
)
def test_license_refs_are_given_in_order_each_once(expression, refs):
    assert license_refs(expression) == refs


@pytest.mark.parametrize(
    ("expression", "single"),
    [("MIT", True), ("LicenseRef-X", True), ("", False), ("MIT OR ISC", False), ("(MIT)", False)],
)
def test_is_single(expression, single):
    assert is_single(expression) == single


@pytest.mark.parametrize("expression", sorted(licenses.COMMON))
def test_the_short_way_for_common_ids_ends_where_the_long_one_does(expression):
    assert licenses._expression(expression) == expression
