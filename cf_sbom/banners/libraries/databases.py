"""Banners of databases, of their clients, and of formats of data."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, text

LIBRARIES = (
    # The source id; the version is an array, often far from it. From 2020 on it was 3.31 or more.
    Library(
        "sqlite",
        "sqlite:sqlite",
        (
            apart(
                b"\x00202",
                rb"3\.(?:3[1-9]|[4-9]\d)\.\d{1,2}",
                pattern=rb"\x00202\d-\d\d-\d\d \d\d:\d\d:\d\d [0-9a-f]{60}(?:[0-9a-f]{4}|alt\d)\0",
                reach=128,
            ),
        ),
    ),
    Library(
        "berkeley-db",
        "oracle:berkeley_db",
        (text(b"Berkeley DB ", rb"Berkeley DB <number>: \([A-Z][a-z]{2,8} {1,2}\d{1,2}, \d{4}\)\0"),),
    ),
    Library("lmdb", "", (text(b"LMDB ", rb"(?<![ -~])LMDB <number>: \([A-Z][a-z]{2,8} \d{1,2}, \d{4}\)\0"),)),
    Library("gdbm", "", (text(b"GDBM version ", rb"GDBM version <number>\. \d\d/\d\d/\d{4}"),)),
    Library("unixodbc", "", (beside(b"SQLGetEnvAttr.c\0", rb"2\.\d\.\d{1,2}"),)),
    # Users ask for `HDF5 library version 1.10 or later`.
    Library(
        "hdf5",
        "hdfgroup:hdf5",
        (
            text(
                b"HDF5 library version: ", rb"HDF5 library version: (?P<version>[12]\.\d{1,2}\.\d{1,2}(?:-\d{1,2})?)\0"
            ),
            text(
                b"SUMMARY OF THE HDF5 CONFIGURATION",
                rb"HDF5 Version: {1,20}(?P<version>[12]\.\d{1,2}\.\d{1,2}(?:-\d{1,2})?)\s",
                reach=512,
            ),
        ),
    ),
    Library(
        "netcdf-c",
        "",
        (
            text(
                b" $\0",
                rb"(?P<version>4\.\d{1,2}\.\d{1,2}) of [A-Z][a-z]{2} [ \d]\d 20\d\d \d\d:\d\d:\d\d \$\0",
                0.9,
            ),
        ),
    ),
    Library(
        "apache-arrow-cpp",
        "",
        (text(b"parquet-cpp-arrow version ", rb"parquet-cpp-arrow version <number>\0"),),
    ),
    Library("libmaxminddb", "", (beside(b"build_epoch\0", rb"1\.\d{1,2}\.\d{1,2}"),)),
    Library(
        "eccodes",
        "",
        (beside(b"grib_handle_new: cannot create handle, no definitions found\0", rb"2\.\d{1,2}\.\d{1,2}"),),
    ),
    # Its documentation speaks of `GDAL 1.9dev` and `GDAL 3.6.0)`.
    Library("gdal", "osgeo:gdal", (text(b"GDAL 3.", rb"(?<![ -~])GDAL (?P<version>3\.\d{1,2}\.\d{1,2})\0"),)),
    Library("proj", "", (text(b"Rel. ", rb"(?<![ -~])Rel\. <number>, [A-Z][a-z]{2,8} \d{1,2}[a-z]{2}, \d{4}\0"),)),
    Library("geos", "", (text(b"-CAPI-1.", rb"(?<![\w.])<number>-CAPI-1\.\d{1,2}(?:\.\d{1,2})?[ \0]"),)),
)
