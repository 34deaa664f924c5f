"""The names of all properties that documents carry, with their meaning: the source of docs/reference/properties.md.

Knows only names. `conda:package:*` are written as conda-sboms writes them, so that documents of both tools join.
A name that ends in `:` is a prefix; what follows it comes from the package.
"""

from __future__ import annotations

from typing import Final

BUILD: Final = "conda:package:build"
BUILD_NUMBER: Final = "conda:package:build-number"
SUBDIR: Final = "conda:package:subdir"
CHANNEL: Final = "conda:package:channel"
EMBEDDED: Final = "cf_sbom:embedded"
FILENAME: Final = "conda:package:filename"
SIZE: Final = "conda:package:size"
NOARCH: Final = "conda:package:noarch"
CONSTRAINS: Final = "conda:package:constrains"
VIRTUAL_DEPENDS: Final = "conda:package:virtual-depends"
VIRTUAL_CONSTRAINS: Final = "conda:package:virtual-constrains"
RUN_EXPORTS: Final = "conda:package:run-exports:"
ENTRY_POINT: Final = "conda:package:entry-point"
TRACK_FEATURES: Final = "conda:package:track-features"
DIGESTS_STATED: Final = "conda:package:digests-stated"
DEPENDS: Final = "conda:package:depends"
ENVIRONMENT_FACT: Final = "conda:environment:"
PLATFORM: Final = "conda:environment:platform"
VIRTUAL_PACKAGE: Final = "conda:environment:virtual-package"
ENVIRONMENT: Final = "cf_sbom:environment"
REF: Final = "cf_sbom:ref"
HELD_BY: Final = "cf_sbom:held-by"
SPEC: Final = "conda:dependency:spec"
REQUESTED: Final = "conda:build:requested"
LINKED: Final = "cf_sbom:linked"
LINKED_UNKNOWN: Final = "cf_sbom:linked-unknown"
LINKED_IN: Final = "cf_sbom:linked-in"
ROLE: Final = "conda:build:role"
VARIANT: Final = "conda:build:variant:"
BUILD_CHANNEL: Final = "conda:build:channel"
BUILD_PLATFORM: Final = "conda:build:platform"
FLOW_RUN: Final = "conda:build:flow-run-id"
RECIPE_COMMIT: Final = "conda:recipe:commit"
RECIPE_PARENT: Final = "conda:recipe:parent"
SOURCE_LOCAL: Final = "cf_sbom:source:local"
SOURCE_FOLDER: Final = "cf_sbom:source:folder"
SOURCE_REVISION: Final = "cf_sbom:source:revision"
LICENSE_FOUND: Final = "cf_sbom:license:found"
ALIAS: Final = "cf_sbom:alias"
SCOPE: Final = "cf_sbom:scope"
PACKAGE_SOURCE: Final = "cf_sbom:package:source"
GO_SUM: Final = "cf_sbom:go:sum"
GO_REPLACES: Final = "cf_sbom:go:replaces"
NUGET_CONTENT_HASH: Final = "cf_sbom:nuget:content-hash"
COVERAGE: Final = "cf_sbom:coverage:"
UNEXPLAINED: Final = "cf_sbom:coverage:unexplained-percent"
CONFIDENCE: Final = "cf_sbom:confidence"
COMPLETENESS: Final = "cf_sbom:completeness:"
UNLISTED: Final = "cf_sbom:unlisted"
PROBLEM: Final = "cf_sbom:problem:"
FILE_LINK: Final = "cf_sbom:file:link-target"
FILE_MODE: Final = "cf_sbom:file:mode"
FILE_SIZE: Final = "cf_sbom:file:size"
FILE_ROLE: Final = "cf_sbom:file:role"
FILE_OWNER: Final = "cf_sbom:file:owner"
FILE_KIND: Final = "cf_sbom:file:kind"
FILE_MACHINE: Final = "cf_sbom:file:machine"
FILE_BUILD_ID: Final = "cf_sbom:file:build-id"
FILE_TOOLCHAIN: Final = "cf_sbom:file:toolchain"
FILE_NEEDS_VERSIONS: Final = "cf_sbom:file:needs-versions"
FILE_HAS_VERSIONS: Final = "cf_sbom:file:has-versions"
FILE_OBJECTS: Final = "cf_sbom:file:objects"
FILE_IMPORTS: Final = "cf_sbom:file:imports"
GLIBC: Final = "cf_sbom:glibc"
BSI_FILENAME: Final = "bsi:component:filename"
BSI_EXECUTABLE: Final = "bsi:component:executable"
BSI_ARCHIVE: Final = "bsi:component:archive"
BSI_STRUCTURED: Final = "bsi:component:structured"

MEANING: Final[dict[str, str]] = {
    BUILD: "build string",
    BUILD_NUMBER: "build number",
    SUBDIR: "platform folder of the channel, such as linux-64 or noarch",
    CHANNEL: "channel, as the user or the record of an extracted package states it",
    EMBEDDED: "true: made to lie inside the artifact, so it cannot state the artifact's size and digests",
    FILENAME: "canonical file name: name, version and build of info/index.json",
    SIZE: "size of the artifact in bytes",
    NOARCH: "kind of noarch package: generic or python",
    CONSTRAINS: "a match spec that restricts another package without requiring it",
    VIRTUAL_DEPENDS: "a required virtual package (system property); it has no artifact and so no purl",
    VIRTUAL_CONSTRAINS: "a constraint on a virtual package",
    RUN_EXPORTS: "weak, strong, noarch, weak_constrains or strong_constrains: a match spec given on to dependents",
    ENTRY_POINT: "a command that installers create, from info/link.json",
    TRACK_FEATURES: "features that the package tracks",
    DIGESTS_STATED: "true: size and digests are those of info/repodata_record.json, not computed from the artifact",
    DEPENDS: "of one of several packages: a match spec of what it needs, as its record or document has it",
    ENVIRONMENT_FACT: "what conda-sboms tells of an environment, such as scope or root-dependency-source",
    PLATFORM: "platform that an environment is for",
    VIRTUAL_PACKAGE: "a virtual package that a lock file was solved for; it has no artifact and so no purl",
    ENVIRONMENT: "environment, lock or collection: that the document is of several packages, and how these were found",
    REF: "in SPDX of several packages: what a component that has no purl goes by in the other formats",
    HELD_BY: "in CycloneDX of several packages: the bom-ref of one more component that holds this one",
    SPEC: "a match spec as declared; repeated when one name has several",
    REQUESTED: "true: the recipe itself asks for this host package; the others came with such",
    LINKED: "a library of the component that files of the package ask the loader for, such as libz.so.1",
    LINKED_UNKNOWN: "a library that files of the package ask the loader for, and whose provider is not known",
    LINKED_IN: "true: binaries of the package hold the component's code, linked in statically",
    ROLE: "build (runs on the build platform) or host (installed for the package to build against)",
    VARIANT: "one key of the variant that was used, and its value",
    BUILD_CHANNEL: "a channel that the build environments were solved from",
    BUILD_PLATFORM: "platform on which the build ran",
    FLOW_RUN: "run of the CI service that built the package (CEP 31)",
    RECIPE_COMMIT: "commit of the recipe repository (CEP 31)",
    RECIPE_PARENT: "name and version of the recipe of which this package is one output",
    SOURCE_LOCAL: "true: the source was a local folder of the builder",
    SOURCE_FOLDER: "folder of the build into which the source was unpacked",
    SOURCE_REVISION: "revision of the source as the recipe wrote it, where the resolved commit is not recorded",
    LICENSE_FOUND: "the licence text as found, where it is no SPDX expression",
    ALIAS: "another purl of the same component",
    SCOPE: "build: needed by the build alone (else by tests); candidate: may be there; external: needed, not there",
    PACKAGE_SOURCE: "where the build had a carried package from, as the payload states it: a registry, git, a folder",
    GO_SUM: "h1 sum of a Go module, the hash of its files that go.sum holds",
    GO_REPLACES: "the Go module in whose place this one was built in, and its version",
    NUGET_CONTENT_HASH: "SHA-512 of a NuGet package without its signature, by .NET; a signed file has another",
    CONFIDENCE: "how sure the identity is, and of a candidate that it is there, 0 to 1, where it is below 1",
    COVERAGE: "component, own, documentation, data or unexplained: bytes of the payload that are attributed to it",
    UNEXPLAINED: "share of the payload's bytes that nothing explains, in percent, rounded up to one decimal",
    COMPLETENESS: "contents or dependencies: what the stated completeness rests on",
    UNLISTED: "what the document leaves out as it was asked to: build packages",
    PROBLEM: "gap, conflict or damage: what was missing, contradictory or broken",
    FILE_LINK: "target of a symbolic link; of a place on a machine the first digits of the target's SHA-256",
    FILE_MODE: "permissions of a packaged file without what a umask decides, as chmod has them: 0755 or 0644; 4755 is "
    "setuid, 2755 setgid",
    FILE_SIZE: "size of a packaged file in bytes",
    FILE_ROLE: "to what a packaged file is attributed: component, own, documentation, data or unexplained",
    FILE_OWNER: "the component that a packaged file belongs to: its purl, else what it goes by in CycloneDX",
    FILE_KIND: "of a binary: program, library, static library, import library or other",
    FILE_MACHINE: "of a binary: the machine it is for; where a file has several, each value below begins with its own",
    FILE_BUILD_ID: "of a binary: build id of ELF, UUID of Mach-O, GUID of PE's debug data",
    FILE_TOOLCHAIN: "of a binary: a text of `.comment`, such as GCC: (GNU) 13.2.0",
    FILE_NEEDS_VERSIONS: "of a binary: a library and the versions of symbols that are asked of it",
    FILE_HAS_VERSIONS: "of a binary: the versions of symbols that it defines",
    FILE_OBJECTS: "of a static library: how many object files it holds",
    FILE_IMPORTS: "of an import library: a library that it leads to",
    GLIBC: "the oldest glibc that has all versions of symbols that binaries of the package ask for",
    BSI_FILENAME: "BSI TR-03183-2: file name of the component",
    BSI_EXECUTABLE: "BSI TR-03183-2: executable or non-executable",
    BSI_ARCHIVE: "BSI TR-03183-2: archive or no archive",
    BSI_STRUCTURED: "BSI TR-03183-2: structured or unstructured",
}
