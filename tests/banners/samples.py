"""What was seen: short excerpts of the data of real binaries, and the file that each is of. See test_banners.py."""

from __future__ import annotations

SAMPLES: tuple[tuple[str, str, str, tuple[bytes, ...]], ...] = (
    (
        "zlib",
        "1.2.11",
        "libnode.so.108 of Debian",
        ((b"\xde\x05\x06\xf1 deflate 1.2.11 Copyright 1995-2017 Jean-loup Gailly and Mark Adler \x00\x00\x00\x00"),),
    ),
    (
        "zlib",
        "1.3.2",
        "compress.so of apsw, Linux",
        ((b"\x8d\xef\x02- deflate 1.3.2 Copyright 1995-2026 Jean-loup Gailly and Mark Adler \x00\x00\x00\x00"),),
    ),
    (
        "zlib",
        "1.2.11",
        "libnode.so.108 of Debian",
        (b"\x00\x00\x00\x00 inflate 1.2.11 Copyright 1995-2017 Mark Adler \x00\x00\x00\x00",),
    ),
    (
        "zlib",
        "1.3.2",
        "compress.so of apsw, Linux",
        (b"\x00\t\xff\x00 inflate 1.3.2 Copyright 1995-2026 Mark Adler \x00\x00\x00\x00",),
    ),
    ("zlib-ng", "2.3.3", "libblosc2.a of blosc2, Linux", (b"n\x00\x00\x00 zlib-ng 2.3.3\x00\x00\x00\x00\x00",)),
    ("zlib-ng", "", "_imaging.cpython-312-x86_64-linux-gnu.so of pillow, Linux", (b"eld\x001.3.1.zlib-ng\x00writ",)),
    ("bzip2", "1.0.8", "libbz2.so.1.0.4 of Debian", (b"w\x00r\x001.0.8, 13-Jul-2019\x00OK\x00S",)),
    ("bzip2", "1.0.6", "libbz2.so.1.0.6 of netcdf4, Linux", (b"w\x00r\x001.0.6, 6-Sept-2010\x00OK\x00S",)),
    (
        "xz",
        "5.4.1",
        "liblzma.a of Debian",
        (
            (b"\x00\x00\x00\x00Unexpected NULL pointer argument(s) to lzma_str_to_filters()\x00\x00\x00\x00"),
            b"5.4.1\x00\x00\x00",
        ),
    ),
    (
        "xz",
        "5.8.4",
        "liblzma.so.5.8.4 of imagecodecs, Linux",
        (
            (b"\x00\x00\x00\x00Unexpected NULL pointer argument(s) to lzma_str_to_filters()\x00\x00\x00\x00"),
            b"5.8.4\x00=\x00",
        ),
    ),
    (
        "zstd",
        "1.5.4",
        "libzstd.a of Debian",
        (
            b"e\x00\x00\x00Frame requires too much memory for decoding\x00\x00\x00\x00\x00",
            b"\xeb\x85\x00\x001.5.4\x00\x00\x00",
        ),
    ),
    (
        "zstd",
        "1.5.6",
        "blosc_extension.cpython-312-x86_64-linux-gnu.so of blosc, Linux",
        (
            b"\x00\x00\x00\x00Frame requires too much memory for decoding\x00\x00\x00\x00\x00",
            b"ion\x001.5.6\x00 \x00",
        ),
    ),
    (
        "lz4",
        "1.9.4",
        "liblz4.so.1.9.4 of Debian",
        (
            b"all\x00ERROR_frameHeader_incomplete\x00ERRO",
            b"1.9.4\x00\x00\x00",
        ),
    ),
    (
        "lz4",
        "1.10.0",
        "libblosc2.a of blosc2, Linux",
        (
            b"all\x00ERROR_frameHeader_incomplete\x00ERRO",
            b"\x00\x00\x00\x001.10.0\x00\x00\x00",
        ),
    ),
    ("c-blosc", "1.21.3", "libblosc.so.1.21.3 of Debian", (b"ry!\x00`start` out of bounds\x001.21.3\x00Blo",)),
    (
        "c-blosc",
        "1.21.6",
        "libblosc.so.1.21.6 of imagecodecs, Linux",
        (b"ry!\x00`start` out of bounds\x001.21.6\x00Zli",),
    ),
    ("c-blosc2", "3.3.5", "libblosc2.a of blosc2, Linux", (b"r\x003\x00libblosc2_%s.so\x00,%s\x003.3.5\x00Zlib",)),
    ("libarchive", "3.6.2", "libarchive.so.13.6.2 of Debian", (b"def\x00libarchive 3.6.2\x00/tmp",)),
    ("libarchive", "3.8.6", "cmake of cmake, Linux", (b"%u)\x00libarchive 3.8.6\x00 lib",)),
    (
        "openssl",
        "3.0.22",
        "libcrypto.a of Debian",
        (
            b"\x00\x00\x00\x00OpenSSL 3.0.22 25 Aug 2026\x003.0.",
            b'OPENSSLDIR: "',
        ),
    ),
    (
        "openssl",
        "3.5.9",
        "cmake of cmake, Linux",
        (
            b"192\x00OpenSSL 3.5.9 29 Sep 2026\x00cryp",
            b'OPENSSLDIR: "',
        ),
    ),
    ("mbedtls", "3.6.3", "_nng.abi3.so of pynng, Linux", (b"bed\x00Mbed TLS 3.6.3\x00set_",)),
    ("mbedtls", "2.28.3", "libmbedcrypto.so.2.28.3 of Debian", (b"d)\x00\x00mbed TLS 2.28.3\x00MBED",)),
    (
        "gnutls",
        "3.7.9",
        "libgnutls.so.30.34.3 of Debian",
        (b"\x00\x00\x00\x00Enabled GnuTLS 3.7.9 logging...\n\x00\x00\x00\x00",),
    ),
    (
        "gnutls",
        "3.8.13",
        "libgnutls.so.30.42.0 of av, Linux",
        (b"\x00\x00\x00\x00Enabled GnuTLS 3.8.13 logging...\n\x00\x00\x00\x00",),
    ),
    (
        "libgcrypt",
        "1.10.1",
        "libgcrypt.so.20.4.1 of Debian",
        (b"\x00\x00\n\nThis is Libgcrypt 1.10.1 - The GNU Crypto Library\nCopy",),
    ),
    (
        "libgpg-error",
        "1.46",
        "libgpg-error.so.0.33.1 of Debian",
        (b"\x00\x00\n\nThis is Libgpg-error 1.46 - A runtime library\nCopy",),
    ),
    (
        "libassuan",
        "2.5.5",
        "libassuan.so.0.8.5 of Debian",
        (b"\x00\x00\n\nThis is Libassuan 2.5.5 - The GnuPG IPC Library\nCopy",),
    ),
    ("wolfssl", "5.5.4", "libwolfssl.a of Debian", (b"hed\x00wolfSSL 5.5.4\x00NULL",)),
    ("botan", "2.19.3", "libbotan-2.so.19.19.3 of Debian", (b" (\x00\x00Botan 2.19.3 (unreleased, revi",)),
    ("nss", "3.87.1", "libfreeblpriv3.so of Debian", (b"Version: NSS 3.87.1 Basic ECC\x00/etc",)),
    (
        "libsodium",
        "1.0.18",
        "libsodium.so.23.3.0 of Debian",
        (
            b"\x00\x00\x00\x00_sodium_malloc\x001.0.",
            b"loc\x001.0.18\x00\x00\x00",
        ),
    ),
    (
        "libsodium",
        "1.0.22",
        "libsodium.so.26.4.0 of pyzmq, Linux",
        (
            b"\x00\x00\x00\x00_sodium_malloc\x00\x00\x00\x00\x00",
            b"s.c\x001.0.22\x00$7",
        ),
    ),
    ("libssh2", "1.10.0", "libssh2.so.1.0.1 of Debian", (b"gth\x00SSH-2.0-libssh2_1.10.0\x00Time",)),
    (
        "libssh2",
        "1.11.1_DEV",
        "libssh2.so.1.0.1 of pycurl, Linux",
        (b"->e\x00SSH-2.0-libssh2_1.11.1_DEV\x00A\x00B\x00",),
    ),
    ("libssh", "0.10.6", "libssh.so.4.9.6 of Debian", (b" %s\x00SSH-2.0-libssh_0.10.6\x00SSH-",)),
    (
        "libssh",
        "0.11.1",
        "libssh.4.10.1.dylib of opencv-python-headless, macOS",
        (b"ver\x00SSH-2.0-libssh_0.11.1\x00\r\n\x00S",),
    ),
    ("krb5", "1.20.1", "libkrb5.so.3.3 of Debian", (b"\x00\x00\x00\x00KRB5_BRAND: krb5-1.20.1-final 1.20",)),
    (
        "krb5",
        "1.22.2",
        "libkrb5.so.3.3 of psycopg-binary, Linux",
        (b"\x00\x00\x00\x00KRB5_BRAND: krb5-1.22.2-final 1.22",),
    ),
    ("cyrus-sasl", "2.1.28", "libsasl2.so.2.0.25 of Debian", (b"ATH\x00Cyrus SASL\x002.1.28\x00succ",)),
    ("cyrus-sasl", "2.1.26", "libsasl2.so.3.0.0 of psycopg-binary, Linux", (b"ATH\x00Cyrus SASL\x002.1.26\x00succ",)),
    ("libsrtp", "2.5.0", "libsrtp2.so.1 of Debian", (b"s\n\n\x00libsrtp2 2.5.0\x00%u.%",)),
    ("curl", "7.88.1", "libcurl-gnutls.so.4.8.0 of Debian", (b"\x00\x00\x00\x00CLIENT libcurl 7.88.1\r\nMATC",)),
    ("curl", "8.8.0", "libcurl-fiona.so.4.8.0 of fiona, Linux", (b"ict\x00CLIENT libcurl 8.8.0\r\nMATC",)),
    ("curl", "7.88.1", "libcurl-gnutls.so.4.8.0 of Debian", (b"\x00\x00/\x00libcurl/7.88.1\x00zlib",)),
    ("curl", "8.20.0", "cmake of cmake, Linux", (b"ait\x00libcurl/8.20.0\x00auth",)),
    ("libgit2", "1.5.1", "libgit2.so.1.5.1 of Debian", (b"ECT\x00libgit2 1.5.1\x00Send",)),
    ("libgit2", "1.9.7", "libgit2.so.1.9.7 of pygit2, Linux", (b"2.0\x00libgit2 1.9.7\x00inva",)),
    (
        "nghttp2",
        "1.52.0",
        "libnghttp2.so.14.24.1 of Debian",
        (
            b"ck\x00\x00Invalid HTTP header field was received: fr",
            b"\xfc\xff\xff\xff1.52.0\x00\x00\x00",
        ),
    ),
    (
        "nghttp2",
        "1.46.0",
        "libnghttp2-fiona.so.14.21.1 of fiona, Linux",
        (
            b"\x00\x00\x00\x00Invalid HTTP header field was received: fr",
            b"\x00\x01\x00\x001.46.0\x00h2",
        ),
    ),
    (
        "c-ares",
        "1.18.1",
        "libcares.a of Debian",
        (
            b"\x00\x00\x00\x00c-ares library initialization not yet performed\x00Coul",
            b"n\x00\x00\x001.18.1\x00\x00\x00",
        ),
    ),
    (
        "c-ares",
        "1.34.5",
        "cares.cpython-312-x86_64-linux-gnu.so of gevent, Linux",
        (
            b"\x00\x00\x00\x00c-ares library initialization not yet performed\x00Coul",
            b"\x00%d\x001.34.5\x00/e",
        ),
    ),
    ("libevent", "2.1.12", "libevent-2.1.so.7.0.1 of Debian", (b"ing\x002.1.12-stable\x00EV_T",)),
    (
        "libuv",
        "1.44.2",
        "libuv.so.1.0.0 of Debian",
        ((b"\xb4\x95\xfe\xff1.44.2\x00./src/unix/async.c\x00w == &loop->async_io_watcher\x00\x00\x01\x00\x00"),),
    ),
    ("libuv", "1.52.1", "node of playwright, Linux", (b"\x00I-\x001.52.1\x00w == &loop->async_io_watcher\x00../d",)),
    (
        "libuv",
        "1.44.2",
        "libuv.so.1.0.0 of Debian",
        (
            b"c.c\x00w == &loop->async_io_watcher\x00\x00\x01\x00\x00",
            b"\xb4\x95\xfe\xff1.44.2\x00./",
        ),
    ),
    (
        "libuv",
        "1.51.0",
        "_corecffi.abi3.so of gevent, Linux",
        (
            b"c.c\x00w == &loop->async_io_watcher\x00deps",
            b"dom\x001.51.0\x00\x00\x00",
        ),
    ),
    (
        "libmicrohttpd",
        "0.9.75",
        "libmicrohttpd.so.12.60.0 of Debian",
        (b"x.\n\x00MHD-worker\x000.9.75\x00\x00\x00\x00",),
    ),
    ("libpcap", "1.10.3", "libpcap.so.1.10.3 of Debian", (b"\x00\x00\x00\x00libpcap version 1.10.3 (wit",)),
    ("dbus", "1.14.10", "libdbus-1.so.3.32.4 of Debian", (b"NAL\x00libdbus 1.14.10\x00OK \x00",)),
    ("thrift", "0.17.0", "libthrift-0.17.0.so of Debian", (b"ift\x00User-Agent: Thrift/\x000.17.0\x00 (C+",)),
    (
        "rabbitmq-c",
        "0.11.0",
        "librabbitmq.so.4.5.0 of Debian",
        (b"\x00\x00\x00\x000.11.0\x00./librabbitmq/amqp_mem.c\x00pool",),
    ),
    (
        "libmemcached",
        "1.1.4",
        "libmemcached.so.11.0.0 of Debian",
        (b"u\r\n\x001.1.4\x00version\r\n\x00\x00\x00./src/libmemcached/version.cc:40\x00\x00",),
    ),
    (
        "libbson",
        "1.23.1",
        "libbson-1.0.so.0.0.0 of Debian",
        (b"opy\x001.23.1\x00\x00./src/libbson/src/bson/bson-writer.c\x00writ",),
    ),
    (
        "abseil-cpp",
        "20250512",
        "_re2.cpython-312-x86_64-linux-gnu.so of google-re2, Linux",
        (b"\x00\x00N4absl12lts_2025051212log_i",),
    ),
    (
        "sqlite",
        "3.40.1",
        "libsqlite3.so.0.8.6 of Debian",
        (
            (
                b"\x00\x00\x00\x00\x002022-12-28 14:03:47 df5c253c0b3dd24916e4ec7cf77d3db5294cc9fd45ae7b9c5"
                b"e82ad8197f3alt1\x00\x00\x00\x00u"
            ),
            b"\x08\x00\x00\x003.40.1\x00\x00\x01",
        ),
    ),
    (
        "sqlite",
        "3.54.1",
        "__init__.cpython-312-x86_64-linux-gnu.so of apsw, Linux",
        (
            (
                b"\x00\x00\x00\x00\x002026-10-16 14:45:20 555e07ef33f69a0957d24d8e555b702464a131d6f1607f4c3"
                b"c1e4551e8e6ca76\x00\x00\x00\x00\x00"
            ),
            b"\x01\x00\x00\x013.54.1\x00\x00\x00",
        ),
    ),
    (
        "berkeley-db",
        "5.3.28",
        "libdb-5.3.so of Debian",
        (b"\x00\x00\x00\x00Berkeley DB 5.3.28: (September  9, 2013)\x00\x00\x00\x00\x00",),
    ),
    ("lmdb", "0.9.24", "liblmdb.so.0.0.0 of Debian", (b"= 0\x00LMDB 0.9.24: (July 24, 2019)\x00Succ",)),
    ("gdbm", "1.23", "libgdbm.so.6.0.0 of Debian", (b"\x00\x00\x00\x00GDBM version 1.23. 04/02/2022\x00\x00\x00f",)),
    ("unixodbc", "2.3.11", "libodbc.so.2.0.0 of Debian", (b" %p\x00SQLGetEnvAttr.c\x002.3.11\x00\x00\n\t",)),
    (
        "hdf5",
        "1.10.8",
        "libhdf5_serial.so.103.3.1 of Debian",
        (b"..\n\x00HDF5 library version: 1.10.8\x00\x00\x00\x00H",),
    ),
    ("hdf5", "2.0.0", "libhdf5.so.320.0.0 of h5py, Linux", (b"..\n\x00HDF5 library version: 2.0.0\x00/tmp",)),
    (
        "hdf5",
        "1.10.8",
        "libhdf5_serial.so.103.3.1 of Debian",
        (
            (
                b"    SUMMARY OF THE HDF5 CONFIGURATION\n\t    =================================\n\nGeneral"
                b" Information:\n-------------------\n                   HDF5 Version: 1.10.8\n    "
            ),
        ),
    ),
    (
        "hdf5",
        "2.0.0",
        "libhdf5.so.320.0.0 of h5py, Linux",
        (
            (
                b"    SUMMARY OF THE HDF5 CONFIGURATION\n       =================================\n\nGenera"
                b"l Information:\n-------------------\n                   HDF5 Version: 2.0.0\n    "
            ),
        ),
    ),
    ("netcdf-c", "4.9.0", "libnetcdf.so.19 of Debian", (b"\x00\x00\x00\x004.9.0 of Aug  7 2022 23:41:41 $\x00floa",)),
    (
        "netcdf-c",
        "4.10.1",
        "libnetcdf.so.22 of netcdf4, Linux",
        (b"\x00\x00\x00\x004.10.1 of Oct 22 2026 23:17:00 $\x00\x00\x00\x00\x00",),
    ),
    (
        "apache-arrow-cpp",
        "26.0.1",
        "libparquet.so.2600 of pyarrow, Linux",
        (b"\x00\x00\x00\x00parquet-cpp-arrow version 26.0.1\x00\x00\x00\x00\x9b",),
    ),
    (
        "libmaxminddb",
        "1.7.1",
        "libmaxminddb.so.0.0.7 of Debian",
        (b"ion\x00build_epoch\x00description\x001.7.1\x00Suc",),
    ),
    (
        "eccodes",
        "2.28.0",
        "libeccodes.so.0 of Debian",
        ((b"\x00\x00\x00\x00grib_handle_new: cannot create handle, no definitions found\x002.28.0\x00MET"),),
    ),
    ("gdal", "3.6.2", "libgdal.so.32.3.6.2 of Debian", (b"\x99yV\xc0GDAL 3.6.2\x00OPEN",)),
    ("gdal", "3.9.2", "libgdal-fiona.so.35.3.9.2 of fiona, Linux", (b"\x99yV\xc0GDAL 3.9.2\x00OPEN",)),
    (
        "proj",
        "9.4.1",
        "libproj-fiona.so.25.9.4.1 of fiona, Linux",
        (b"\x00\x00\x00\x00Rel. 9.4.1, June 1st, 2024\x00\x00\x00\x00\x00",),
    ),
    (
        "proj",
        "9.8.1",
        "proj_9.dll of pyproj, Windows",
        (b"\x00\x00\x00\x00Rel. 9.8.1, April 10th, 2026\x00\x00\x00\x00%",),
    ),
    (
        "geos",
        "3.11.2",
        "libgeos_c-fiona.so.1.17.2 of fiona, Linux",
        (b"\x00\x00\x00\x003.11.2-CAPI-1.17\x00\x00\x00\x00\x00",),
    ),
    ("geos", "3.14.1", "geos_c.dll of rasterio, Windows", (b"\x00\x00\x00\x003.14.1-CAPI-1.20.5\x00\x001.1",)),
    ("libpng", "1.6.39", "libpng16.a of Debian", (b"\x00\x00\x00\nlibpng version 1.6.39\nCopy",)),
    (
        "libpng",
        "1.6.35",
        "libpng16-fiona.so.16.35.0 of fiona, Linux",
        (b"\x00\x00\x00\nlibpng version 1.6.35 - July 15, 2018\nCopy",),
    ),
    (
        "libpng",
        "1.6.57",
        "cv2.abi3.so of opencv-python-headless, macOS",
        (b")\n    PNG:                         build (ver 1.6.57)\n   ",),
    ),
    (
        "libjpeg-turbo",
        "2.1.5",
        "libjpeg.so.62.3.0 of Debian",
        (b"\xff\xff\x00\x00libjpeg-turbo version 2.1.5 (build 20230203)\x00\x00\x00\x00\x13",),
    ),
    (
        "libjpeg-turbo",
        "3.2.0",
        "libjpeg.so.8.3.2 of imagecodecs, Linux",
        (b"\x00\x00\x00\x00libjpeg-turbo version 3.2.0 (build 20261009)\x00\x00\x00\x00A",),
    ),
    (
        "libjpeg-turbo",
        "3.1.2",
        "cv2.abi3.so of opencv-python-headless, Linux",
        (b"    build-libjpeg-turbo (ver 3.1.2-70)\n   ",),
    ),
    (
        "libjpeg",
        "9f",
        "libjpeg-fiona.so.9.6.0 of fiona, Linux",
        (b"2024, Thomas G. Lane, Guido Vollbeding\x009f  14-Jan-2024\x00\x00\x00\x00C",),
    ),
    (
        "libjpeg",
        "10",
        "libmupdf.dylib of pymupdf, macOS",
        (b"2026, Thomas G. Lane, Guido Vollbeding\x0010  25-Jan-2026\x00Caut",),
    ),
    ("libtiff", "4.5.0", "libgdal.so.32.3.6.2 of Debian", (b"\x00\x00\x00\x00LIBTIFF, Version 4.5.0\nCopyright (c) ",)),
    (
        "libtiff",
        "4.3.0",
        "libgdal-fiona.so.35.3.9.2 of fiona, Linux",
        (b"\x00\x00\x00\x00LIBTIFF, Version 4.3.0\nCopyright (c) ",),
    ),
    (
        "libtiff",
        "4.7.1",
        "cv2.abi3.so of opencv-python-headless, Linux",
        (b"P\n    TIFF:                        build (ver 42 - 4.7.1)\n   ",),
    ),
    (
        "openjpeg",
        "2.5.0",
        "libopenjp2.so.2.5.0 of Debian",
        (
            (
                b"\x00\x80\x00\x002.5.0\x00rb\x00wb\x00\x00\x00\x00\x00Codec provided to the opj_setup_deco"
                b"der function is not a decompressor handler.\n\x00\x00"
            ),
        ),
    ),
    (
        "openjpeg",
        "2.5.3",
        "libopenjp2.2.5.3.dylib of opencv-python-headless, macOS",
        ((b"ox\n\x002.5.3\x00Codec provided to the opj_setup_decoder function is not a decompressor handler.\n\x00C"),),
    ),
    (
        "openjpeg",
        "2.5.0",
        "libopenjp2.so.2.5.0 of Debian",
        (
            (
                b"\x00\x00\x00\x00Codec provided to the opj_setup_decoder function is not a decompressor ha"
                b"ndler.\n\x00\x00"
            ),
            b"\x00\x80\x00\x002.5.0\x00rb",
        ),
    ),
    (
        "openjpeg",
        "2.5.4",
        "libopenjp2.so.2.5.4 of imagecodecs, Linux",
        (
            (
                b"\x00\x00\x00\x00Codec provided to the opj_setup_decoder function is not a decompressor ha"
                b"ndler.\n\x00\x00"
            ),
            b" {\n\x002.5.4\x00PL",
        ),
    ),
    ("libheif", "1.15.1", "libheif.so.1.15.1 of Debian", (b"ess\x001.15.1\x00heix\x00hevc\x00hevx\x00heim\x00heis",)),
    (
        "libheif",
        "1.23.6",
        "libheif.so.1.23.6 of pillow-heif, Linux",
        (
            b"ins\x00Region item does not exist\x00Unsu",
            b"ask\x001.23.6\x00Un",
        ),
    ),
    (
        "libde265",
        "1.0.11",
        "libde265.so.0.1.4 of Debian",
        (
            (
                b"~\x00\x00\x001.0.11\x00no error\x00unknown error\x00image checksum mismatch\x00CTB outsid"
                b"e of image area\x00out "
            ),
        ),
    ),
    (
        "libavif",
        "0.11.1",
        "libavif.so.15.0.1 of Debian",
        (
            b"64. See MIAF (ISO/IEC 23000-22:2019), Section 7.3.11.4.2\x00\x00\x00\x00\x00",
            b"4.2\x000.11.1\x00YU",
        ),
    ),
    (
        "libavif",
        "1.4.2",
        "libavif.so.16.4.2 of imagecodecs, Linux",
        (
            b"64. See MIAF (ISO/IEC 23000-22:2019), Section 7.3.11.4.2\x00\x00\x00\x00\x00",
            b"AMD\x001.4.2\x00YU",
        ),
    ),
    (
        "libaom",
        "3.6.0",
        "libaom.so.3.6.0 of Debian",
        (b"\x00\x00\x00\x00AOMedia Project AV1 Decoder Inspector v3.6.0\x00\x00\x00\x00A",),
    ),
    (
        "libaom",
        "3.15.1",
        "libaom.so.3.15.1 of imagecodecs, Linux",
        (b"\x00\x00\x00\x00AOMedia Project AV1 Decoder 3.15.1\x00\x00\x00\x00\x00",),
    ),
    ("libraw", "0.20.2", "libraw.so.20.0.0 of Debian", (b"ror\x000.20.2-Release\x00Star",)),
    ("libraw", "0.22.2", "libraw_r.so of rawpy, Linux", (b"ror\x000.22.2-Release\x00Star",)),
    (
        "imagemagick",
        "6.9.11-60",
        "libMagickCore-6.Q16.so.6.0.0 of Debian",
        (b"\x00\x00\x00\x00ImageMagick 6.9.11-60 Q16 x8",),
    ),
    ("libgd", "2.3.3", "libgd.so.3.0.11 of Debian", (b"\x01\x00\x01\x002.3.3\x00Could not create WBMP\n\x00Coul",)),
    ("jbigkit", "2.1", "libjbig.so.0 of Debian", (b"\xff\xff\xff\xffJBIG-KIT 2.1 -- (c) 1995",)),
    (
        "harfbuzz",
        "6.0.0",
        "libharfbuzz.so.0.60000.0 of Debian",
        (b"ONS\x00uniscribe-bug-compatible\x00invalid\x006.0.0\x00C\x00%",),
    ),
    (
        "harfbuzz",
        "8.3.0",
        "libfreetype.so of freetype-py, Linux",
        (b"ONS\x00uniscribe-bug-compatible\x00invalid\x008.3.0\x00%g\x00",),
    ),
    (
        "harfbuzz",
        "14.5.0",
        "libharfbuzz.so.0.61450.0 of pillow, Linux",
        (
            b"\x00\x00\x00\x00buffer verify error: text was: %s.\x00\x00\x00\x00",
            b"lid\x0014.5.0\x00C\x00",
        ),
    ),
    (
        "harfbuzz",
        "11.2.1",
        "libharfbuzz.0.dylib of opencv-python-headless, macOS",
        (
            b"ode\x00buffer verify error: text was: %s.\x00\x00bu",
            b"d\x00C\x0011.2.1\x00hb",
        ),
    ),
    ("fribidi", "1.0.8", "libfribidi.so.0.4.0 of Debian", (b"(GNU FriBidi) 1.0.8\ninte",)),
    (
        "fribidi",
        "1.0.16",
        "libfribidi.0.dylib of opencv-python-headless, macOS",
        (b"0.0\x00(GNU FriBidi) 1.0.16\ninte",),
    ),
    ("cairo", "1.16.0", "libcairo.so.2.11600.0 of Debian", (b"\x00\x00P?1.16.0\x00../../../../src/cairo.c\x00stat",)),
    (
        "pango",
        "1.50.12",
        "libpango-1.0.so.0.5000.12 of Debian",
        (b"new\x001.50.12\x00/etc/pango\x00PANGO_SYSCONFDIR\x00PANG",),
    ),
    (
        "gdk-pixbuf",
        "2.42.10",
        "libgdk_pixbuf-2.0.so.0.4200.10 of Debian",
        (b"ULL\x00GDK_IS_PIXBUF (dest_pixbuf)\x002.42.10\x00\x00\x00\x00",),
    ),
    ("qt", "5.15.8", "libQt5Core.so.5.15.8 of Debian", (b"xdg\x00Qt 5.15.8 (x86_64-little_endian-lp64 shar",)),
    (
        "qt",
        "6.12.0",
        "libQt6Core.so.6 of pyside6-essentials, Linux",
        (b"lor\x00Qt 6.12.0 (x86_64-little_endian-lp64 shar",),
    ),
    (
        "libass",
        "0.17.1",
        "libass.so.9.2.1 of Debian",
        (
            b"x%X\x00tarball: 0.17.1\x00liba",
            b"libass API version: ",
        ),
    ),
    (
        "libass",
        "0.17.4",
        "libass.9.dylib of opencv-python-headless, macOS",
        (
            b" %s\x00tarball: 0.17.4\x00%s f",
            b"libass API version: ",
        ),
    ),
    (
        "vtk",
        "9.1.0",
        "libvtkCommonCore-9.1.so.9.1.0 of Debian",
        (
            b"ory\x00vtk version 9.1.0\x00\nRun",
            b"13vtkObjectBase\x00",
        ),
    ),
    (
        "opencv",
        "4.6.0",
        "libopencv_core.so.4.6.0 of Debian",
        (b"\x00\x00\x00\nGeneral configuration for OpenCV 4.6.0 =========",),
    ),
    (
        "opencv",
        "5.0.0",
        "cv2.abi3.so of opencv-python-headless, Linux",
        (b"\x00\x00\x00\nGeneral configuration for OpenCV 5.0.0 =========",),
    ),
    ("tesseract", "5.3.0", "libtesseract.so.5.0.3 of Debian", (b"em' content='tesseract 5.3.0' />\n  <",)),
    (
        "tesseract",
        "5.0.0-alpha",
        "libmupdf.so.28.5 of pymupdf, Linux",
        (b"em' content='tesseract 5.0.0-alpha' />\n  <",),
    ),
    ("libvips", "8.18.7", "libvips.so.42 of pyvips-binary, Linux", (b"ain\x008.18.7\x00libvips %s\n\x00flag",)),
    (
        "mupdf",
        "1.21.1",
        "libmupdf.a of Debian",
        (
            (
                b"\x00\x00\x00\x001.21.1\x00\x00\x00cannot create context: incompatible header (%s) and lib"
                b"rary (%s) versions\n\x00\x00"
            ),
        ),
    ),
    (
        "mupdf",
        "1.28.5",
        "libmupdf.dylib of pymupdf, macOS",
        ((b"ON!\x001.28.5\x00cannot create context: incompatible header (%s) and library (%s) versions\n\x00c"),),
    ),
    (
        "ffmpeg",
        "5.1.9",
        "libavcodec.so.59.37.100 of Debian",
        (b"\x00\x00\x00\x00FFmpeg version 5.1.9-0+deb12u1\x00\x00\xff\xff\xff",),
    ),
    (
        "ffmpeg",
        "9.0.2",
        "libavcodec.so.63.1.102 of av, Linux",
        (b"\x00\x00\x00\x00FFmpeg version 9.0.2\x00\x00\x00\x00\x00",),
    ),
    (
        "x265",
        "3.5",
        "libx265.so.199 of Debian",
        (b".2.0][64 bit] 8bit+10bit+12bit\x003.5+1-f0c1022b6\x00\x00\x00\x00\x08",),
    ),
    (
        "x265",
        "4.3",
        "libx265.217.dylib of av, macOS",
        (b"8MM\x004.3+1-e9b8812\x00[Mac OS X][clang 15.0.0][64 bit] 8bi",),
    ),
    (
        "libvpx",
        "1.12.0",
        "libvpx.so.7.1.0 of Debian",
        (b"\x00\x00\x00\x00WebM Project VP8 Encoder v1.12.0\x00\x00\x00\x00\x00",),
    ),
    (
        "libvpx",
        "1.17.0",
        "libvpx.so.12.1.0 of av, Linux",
        (b"\x00\x00\x00\x00WebM Project VP8 Encoder v1.17.0\x00\x00\x00\x00\x00",),
    ),
    ("dav1d", "1.5.4", "libdav1d.7.dylib of av, macOS", (b"ng\n\x001.5.4\x00Error parsing sequence header\n\x00Fram",)),
    ("svt-av1", "1.4.1", "libSvtAv1Enc.so.1.4.1 of Debian", (b"512\x00v1.4.1\x00GCC 12.2.0\t\x00SVT [build]  :\t",)),
    ("svt-av1", "4.2.0", "libSvtAv1Enc.so.4.2.0 of av, Linux", (b"s \n\x00v4.2.0\x00SVT [build]  :\t",)),
    ("flac", "1.4.2", "libFLAC.so.12.0.0 of Debian", (b"BER\x00reference libFLAC 1.4.2 20221022\x00Othe",)),
    (
        "flac",
        "1.4.3",
        "libsndfile_x86_64.so of soundfile, Linux",
        (b"BER\x00reference libFLAC 1.4.3 20230623\x00\x00\x00\x00\x00",),
    ),
    ("libvorbis", "1.3.7", "libvorbis.so.0.4.9 of Debian", (b"bis\x00Xiph.Org libVorbis 1.3.7\x00Xiph",)),
    ("opus", "1.3.1", "libopus.so.0.8.0 of Debian", (b"ror\x00libopus 1.3.1\x00succ",)),
    ("opus", "1.6.1", "libopus.so.0.11.1 of av, Linux", (b"ror\x00libopus 1.6.1\x00succ",)),
    (
        "speex",
        "1.2.1",
        "libspeex.so.1.5.2 of Debian",
        (b"t: \x00Unknown wb_mode_query request: \x00warning: %s %d\n\x001.2.1\x00\x00\x00\xd8",),
    ),
    (
        "lame",
        "3.100",
        "libmp3lame.so.0.0.0 of Debian",
        (b"\x00\x10\x00\x003.100\x00LAME3.100 \x001.0\x00http://lame.sf.net\x0064bi",),
    ),
    (
        "lame",
        "3.101",
        "libavcodec.so.63.1.102 of av, Linux",
        (b"sed\x003.101\x00LAME3.101 \x00http://lame.sf.net\x0064bi",),
    ),
    ("libsndfile", "1.2.0", "libsndfile.so.1.0.35 of Debian", (b"or.\x00libsndfile-1.2.0\x00*** ",)),
    ("libsndfile", "1.2.2", "libsndfile_x86_64.so of soundfile, Linux", (b"\x00%s\x00libsndfile-1.2.2\x00*** ",)),
    ("libsamplerate", "0.2.2", "libsamplerate.so.0.2.2 of Debian", (b"\x00\x00\x00\x00libsamplerate-0.2.2 (c) 2002",)),
    ("soxr", "0.1.3", "libsoxr.so.0.1.2 of Debian", (b"ter\x00libsoxr-0.1.3\x002\x19d\x00",)),
    (
        "portaudio",
        "19.6.0",
        "libportaudio.so.2.0.0 of Debian",
        (b"\x00\x00\x00\x00PortAudio V19.6.0-devel, revision 396f",),
    ),
    ("libbluray", "1.3.4", "libbluray.so.2.4.3 of Debian", (b"am\n\x00libbluray version 1.3.4\n\x00Can",)),
    ("sdl2", "2.26.5", "libSDL2-2.0.so.0.2600.5 of Debian", (b"on?\x00SDL-release-2.26.5-0-gac13ca9ab (De",)),
    (
        "sdl2",
        "2.32.8",
        "libSDL2-2.0.0.dylib of opencv-python-headless, macOS",
        (b"ION\x00SDL-release-2.32.8-0-g98d1f3a45\x00Mac",),
    ),
    ("glfw", "3.3.8", "libglfw.so.3.3 of Debian", (b"ION\x003.3.8 X11 GLX EGL ",)),
    ("expat", "2.5.0", "libexpat.so.1.8.10 of Debian", (b"ted\x00expat_2.5.0\x00\\0\x00\\",)),
    ("expat", "2.7.3", "cmake of cmake, Linux", (b"ted\x00expat_2.7.3\x00nosc",)),
    (
        "libxml2",
        "2.9.14",
        "libxml2.so.2.9.14 of Debian",
        (
            b" !\n\x00xmlTextWriterVSprintf : out of memory!\n\x00xmlN",
            b"\xf6\xff::20914\x00\x00\x00",
        ),
    ),
    (
        "libxml2",
        "2.14.6",
        "etree.cpython-311-x86_64-linux-gnu.so of lxml, Linux",
        (
            b"\x00\x00Warning: program compiled against libxml %d using older %d\n\x00\x00\x00",
            b"s__\x0021406\x006.",
        ),
    ),
    (
        "libxml2",
        "2.9.7",
        "libxml2.so.2.9.7 of igraph, Linux",
        (
            b"\x00\x00\x00\x00xmlTextWriterVSprintf : out of memory!\n\x00xmlT",
            b"%s\n\x0020907\x00\x00\x00",
        ),
    ),
    (
        "libxslt",
        "1.1.35",
        "libxslt.so.1.1.35 of Debian",
        (
            b"\x00\x00\x00\x00libxslt (SAXON 6.2 compatible)\x00\x00ele",
            b"xsl\x0010135\x00\x00\x00",
        ),
    ),
    (
        "libxslt",
        "1.1.43",
        "etree.cpython-312-x86_64-linux-gnu.so of lxml, Linux",
        (
            b"\x00\x00\x00\x00libxslt (SAXON 6.2 compatible)\x00\x00ele",
            b"824\x0010143\x00\x00\x00",
        ),
    ),
    (
        "pcre2",
        "10.42",
        "libpcre2-8.so.0.11.2 of Debian",
        (
            b"ode\x00PCRE2 does not support \\F, \\L, \\l, \\N{na",
            b"\x00\x03y\x0010.42 2022-12-11\x00\x00",
        ),
    ),
    (
        "pcre2",
        "10.44",
        "libpcre2-8-fiona.so.0.13.0 of fiona, Linux",
        (
            b"ode\x00PCRE2 does not support \\F, \\L, \\l, \\N{na",
            b"DE)\x0010.44 2024-06-07\x00\x00",
        ),
    ),
    (
        "pcre",
        "8.39",
        "libpcre.so.3.13.3 of Debian",
        (
            b"ion\x00PCRE does not support \\L, \\l, \\N{nam",
            b"\x9c\x7f\xfe\xff8.39 2016-06-14\x00\xbc",
        ),
    ),
    (
        "pcre",
        "8.42",
        "libpcre.so.1.2.10 of pygit2, Linux",
        (
            b"ion\x00PCRE does not support \\L, \\l, \\N{nam",
            b"\xc4p\xfe\xff8.42 2018-03-20\x00\xd4",
        ),
    ),
    (
        "libyaml",
        "0.2.5",
        "libyaml-0.so.2.0.9 of Debian",
        (b"0.2.5\x00api.c\x00parser\x00!parser->read_handler\x00inp",),
    ),
    (
        "libyaml",
        "0.2.6",
        "_yaml.cpython-312-x86_64-linux-gnu.so of pyyaml, Linux",
        (b"ter\x000.2.6\x00api.c\x00parser\x00!parser->read_handler\x00inp",),
    ),
    (
        "utf8proc",
        "2.1.0",
        "libnetcdf.so.19 of Debian",
        ((b"\x01\x00\x01\x002.1.0\x00Invalid UTF-8 string\x00\x00Memory for processing UTF-8 data could not be all"),),
    ),
    (
        "utf8proc",
        "2.9.0",
        "libnetcdf.22.dylib of netcdf4, macOS",
        (b"2hd\x002.9.0\x0015.1.0\x00Memory for processing UTF-8 data could not be all",),
    ),
    (
        "icu",
        "72.1",
        "libicuuc.so.72.1 of Debian",
        (
            b"\x10Z\xf1\xfficudt72l-brki",
            b"rsk\x0072.1\x00CH",
        ),
    ),
    (
        "icu",
        "78.3",
        "node of playwright, Linux",
        (
            b"\x00kf\x00icudt78l-coll",
            b".23\x0078.3\x0017",
        ),
    ),
    (
        "cmark",
        "0.30.2",
        "libcmark.so.0.30.2 of Debian",
        (b"ng\n\x00[cmark] realloc returned null pointer, aborting\n\x000.30.2\x000\x85\xfd",),
    ),
    (
        "json-c",
        "0.16",
        "libjson-c.so.5.2.0 of Debian",
        (b"0.16\x00%ld\x00%lu\x00json-c aborts with error: %s\n\x00tru",),
    ),
    (
        "json-c",
        "0.18",
        "libjson-c.so.5.4.0 of rasterio, Linux",
        ((b"0.18\x00\x1b[0;35m\x00true\x00false\x00\x1b[0m\x00%ld\x00%lu\x00json-c aborts with error: %s\n\x00%.1"),),
    ),
    ("qpdf", "11.3.0", "libqpdf.so.29.3.0 of Debian", (b"ref\x00error reading xref: \x0011.3.0\x00emp",)),
    ("exiv2", "0.27.6", "libexiv2.so.0.27.6 of Debian", (b"02d\x000.27.6\x00/proc/%d/path/a.out\x00/pro",)),
    ("file", "5.44", "libmagic.so.1.0.0 of Debian", (b" %d\x00bad magic in `%s'\x005.44\x00%.*",)),
    ("xalan-c", "1.12.0", "libxalan-c.so.112.0 of Debian", (b"xsl\x00Using Xalan version \x001.12.0\x00Usin",)),
    ("raqm", "0.7.0", "libraqm.so.0.700.0 of Debian", (b"\x1b0\x00\x00raqm.c\x00run\x000.7.0\x00\x00\x00\x00",)),
    ("libidn2", "2.3.8", "libidn2.0.dylib of opencv-python-headless, macOS", (b"xn--\x002.3.8\x00succ",)),
    ("openblas", "0.3.21", "libopenblasp-r0.3.21.so of Debian", (b"\x00\x00\x00\x00OpenBLAS 0.3.21 NO_L",)),
    ("openblas", "0.3.15", "libopenblaso-r0.3.15.so of faiss-cpu, Linux", (b"%d\x00\x00OpenBLAS 0.3.15 DYNA",)),
    ("fftw", "3.3.10", "libfftw3.so.3.6.10 of Debian", (b"\n\x00\x00\x00(fftw-3.3.10 fftw_wisdom #x%M",)),
    (
        "gmp",
        "6.2.1",
        "libgmp.a of Debian",
        (
            b"\n\x00\x00\x00GNU MP: Cannot allocate memory (size=%lu)\n\x00\x00\x00\x00\x00",
            b"U\xff\x00\x006.2.1\x00\x00\x00",
        ),
    ),
    (
        "gmp",
        "6.3.0",
        "libgmp.so.10.5.0 of av, Linux",
        (
            b"x.c\x00GNU MP: Cannot allocate memory (size=%lu)\n\x00\x00\x00\x00\x00",
            b"%s\n\x006.3.0\x00-0",
        ),
    ),
    (
        "mpfr",
        "4.2.0",
        "libmpfr.a of Debian",
        (
            b"\x00\x80\x00\x00MPFR: Maximal precision overflow\n\x00\x00\x00(l",
            b"\xe0?\x00\x004.2.0\x00\x00\x00",
        ),
    ),
    (
        "mpfr",
        "4.2.2",
        "libmpfr.so.6.2.2 of gmpy2, Linux",
        (
            b")\x00\x00\x00MPFR: Maximal precision overflow\n\x00\x00\x00\x00\x00",
            b"f.c\x004.2.2\x00mp",
        ),
    ),
    ("mpc", "1.3.1", "libmpc.so.3.3.1 of Debian", (b"\x00\x00\x08@1.3.1\x00ugly != NULL\x00get_",)),
    ("mpc", "1.4.1", "libmpc.so.3.4.1 of gmpy2, Linux", (b"ULL\x001.4.1\x00ugly != NULL\x00get_",)),
    ("isl", "0.25", "libisl.so.23.2.0 of Debian", (b"nds\x00isl-0.25-GMP\n\x00isl",)),
    ("gsl", "2.7.1", "libgsl.so.27.0.0 of Debian", (b"2.7.1\x00init_source.c\x00\x00\x00\x00\x00",)),
    ("glpk", "5.0", "libglpk.so.40.3.1 of Debian", (b"ed\n\x00Invalid GLPK environment\n\x005.0\x00lib",)),
    ("coin-or-cbc", "2.10.8", "libCbcSolver.so.3.10.8 of Debian", (b"t()\x002.10.8\x00Cbc_C_Interface.cpp\x00resu",)),
    (
        "hwloc",
        "2.9.0",
        "libhwloc.so.15.6.1 of Debian",
        (b" \x00%s (P#%u cpuset %s%s%s)\x00%s (cpuset %s%s%s)\x002.9.0\x00*\n\x00",),
    ),
    ("openmpi", "4.1.4", "libmpi.so.40.30.4 of Debian", (b"t()\x00%s:version:full\x00v4.1.4\x00Open MPI\x00%s:v",)),
    ("onetbb", "2021.8", "libtbb.so.12.8 of Debian", (b"\noneTBB: VERSION\t\t2021.8\noneT",)),
    ("llvm", "14.0.6", "libLLVM-14.so.1 of Debian", (b"ors\x00LLVM version 14.0.6\x00lto-",)),
    ("llvm", "23.1.1", "libomptarget.so of intel-openmp, Linux", (b"X\x00\x00\x00LLVM version 23.1.1 (bcc2",)),
    (
        "python",
        "3.11.2",
        "libpython3.11.so.1.0 of Debian",
        (
            b"l: \x00Fatal Python error: \x00<me",
            b"%s'\x003.11.2\x00%.",
        ),
    ),
    (
        "lua",
        "5.3.6",
        "liblua5.3-c++.so.0.0.0 of Debian",
        (b"\x00\x00\x00\x00$LuaVersion: Lua 5.3.6  Copyright (C) 1994",),
    ),
    (
        "lua",
        "5.2.4",
        "lua52.cpython-312-x86_64-linux-gnu.so of lupa, Linux",
        (b"\x04\x00\x00\x00$LuaVersion: Lua 5.2.4  Copyright (C) 1994",),
    ),
    ("lua", "5.1.5", "liblua5.1.so.0.0.0 of Debian", (b"\x08O\xfe\xff$Lua: Lua 5.1.5 Copyright (C) 1994",)),
    ("luajit", "2.1.0-beta3", "libluajit-5.1.so.2.1.0 of Debian", (b"ear\x00LuaJIT 2.1.0-beta3\x00jit\x00",)),
    (
        "luajit",
        "2.0.1774896119",
        "luajit20.cpython-312-x86_64-linux-gnu.so of lupa, Linux",
        (b"ddr\x00LuaJIT 2.0.1774896119\x00jit.",),
    ),
    ("tcl", "8.6.13", "libtcl8.6.so of Debian", (b"ize\x008.6.13\x00tcl_patchLevel\x00tcl_",)),
    ("tk", "8.6.13", "libtk8.6.so of Debian", (b"nfo\x008.6.13\x00tk_patchLevel\x00tk_v",)),
    ("perl", "5.36.0", "libperl.so.5.36.0 of Debian", (b" \n-\x00PERL_INTERNAL_RAND_SEED\x00v5.36.0\x00pani",)),
    ("ruby", "3.1.2", "libruby-3.1.so.3.1.2 of Debian", (b"\x00\x00\x00\x00ruby 3.1.2p20 (2022-04-12 revi",)),
    (
        "node",
        "18.20.4",
        "libnode.so.108 of Debian",
        (b"gen\x00https://nodejs.org/download/release/v18.20.4/node-v18.2",),
    ),
    (
        "node",
        "26.13.1",
        "node of playwright, Linux",
        (b"ium\x00https://nodejs.org/download/release/v26.13.1/node-v26.1",),
    ),
    (
        "jemalloc",
        "5.3.0",
        "libjemalloc.so.2 of Debian",
        (
            b"<jemalloc>: Abor",
            b"\x00\x00\x00\x005.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c\x00c",
        ),
    ),
    ("gperftools", "2.10", "libtcmalloc_minimal.so.4.5.10 of Debian", (b".cc\x00gperftools 2.10\x00MALL",)),
    ("ncurses", "6.4", "libtinfo.so.6.4 of Debian", (b'\\^"\x00ncurses 6.4.20221231\x00\x00\x00\x9b\x95',)),
    ("readline", "8.2", "libreadline.so.8.2 of Debian", (b"00~\x008.2\x00_*\\AaIiCcDdPpYyRrSsXx~\x00 hl^",)),
    ("glib", "2.74.6", "libgio-2.0.so.0.7400.6 of Debian", (b'd">\n<!-- GDBus 2.74.6 -->\n<nod',)),
    ("glib", "2.90.0", "libvips.so.42 of pyvips-binary, Linux", (b'd">\n<!-- GDBus 2.90.0 -->\n<nod',)),
    ("apr", "1.7.2", "libapr-1.so.0.7.2 of Debian", (b"%c\n\x00apr_initialize\x001.7.2\x00\x00\x00\x00",)),
    ("libcap", "2.66", "libcap.so.2.66 of Debian", (b"\x00%s is the shared library version: libcap-2.66.\nSee ",)),
    ("elfutils", "0.188", "libdw-0.188.so of Debian", (b"ent\x00Not an ET_CORE ELF file\x000.188\x00d =",)),
    ("libfuse", "3.14.0", "libfuse3.so.3.14.0 of Debian", (b"bs)\x00list_empty(&f->full_slabs)\x003.14.0\x00mod",)),
    (
        "log4cplus",
        "2.0.8",
        "liblog4cplus-2.0.so.3.4.7 of Debian",
        (
            (
                b"EE\x00\x00from_struct_tm(): mktime() failed\x00Error in strftime(): \x00.000\x00.00\x00.0"
                b"\x002.0.8\x00\x00\x00\x88"
            ),
        ),
    ),
    (
        "aws-lc",
        "5.12.0",
        "_awscrt.abi3.so of awscrt, Linux",
        (
            b"ble\x00AWS-LC 5.12.0\x00buil",
            b"n/a\x00OPENSSLDIR: n/a\x00comp",
        ),
    ),
    (
        "boringssl",
        "",
        "cygrpc.cpython-311-x86_64-linux-gnu.so of grpcio, Linux",
        (
            b"n/a\x00OPENSSLDIR: n/a\x00comp",
            b"2cap\x00BoringSSL\x00buil",
        ),
    ),
    (
        "boringssl",
        "",
        "_wrapper.abi3.so of curl-cffi, Linux",
        (
            b"cbc\x00OPENSSLDIR: n/a\x00sha1",
            b"ALL\x00BoringSSL SSL_connect: %s",
        ),
    ),
    (
        "freetype",
        "",
        "libfreetype.so.6.18.3 of Debian",
        (
            b"obe\x00no-stem-darkening\x00rand",
            b"y\x00\x00\x00%!PS-Adobe-3.0 Resource-CIDFont\x00\xbe\xbf\xfa\xff",
        ),
    ),
    (
        "freetype",
        "",
        "ft2font.cpython-311-x86_64-linux-gnu.so of matplotlib, Linux",
        (
            b"ine\x00no-stem-darkening\x00inte",
            b"ray\x00%!PS-Adobe-3.0 Resource-CIDFont\x00\x00\x00\x00\x00",
        ),
    ),
    (
        "libwebp",
        "",
        "libwebp.so.7.1.5 of Debian",
        (b"d.\x00\x00null VP8Io passed to VP8GetHeaders()\x00\x00\x00\x00I",),
    ),
    (
        "lcms2",
        "",
        "liblcms2-88eaba2f.so.2.0.19 of pillow, Linux",
        (b"\x00\x00\x00\x00plugin needs Little CMS %d, current version is %d\x00\x00\x00\x00\x00",),
    ),
    ("grpc", "", "libarrow_flight.so.2600 of pyarrow, Linux", (b"sts\x00grpc-c/%s (%s; %s)\x00GetF",)),
    (
        "protobuf",
        "",
        "libonnxruntime.so.1.32.0 of onnxruntime, Linux",
        (b"src/google/protobuf/io/coded_stream.cc\x00\x00\x00\x00A",),
    ),
    ("mkl", "", "libmkl_rt.so.3 of mkl, Linux", (b"ANG\x00Intel oneMKL FATAL ERROR: Cannot load %s.\x00Inte",)),
    (
        "mimalloc",
        "",
        "libarrow.so.2600 of pyarrow, Linux",
        (b"\n\x00\x00\x00environment option mimalloc_%s has an invalid value.\n\x00\x00\x00v%",),
    ),
    ("libffi", "", "_cffi_backend.cpython-311-x86_64-linux-gnu.so of cffi, Linux", (b"xec\x00LIBFFI_TMPDIR\x00TMPD",)),
    ("re2", "", "libonnxruntime.so.1.32.0 of onnxruntime, Linux", (b"ean/re2/dfa.cc\x00\x00\x00\x00\x00",)),
    ("snappy", "", "libsnappy.so.1.1.9 of Debian", (b"\x00\x00\x00\x00N6snappy22UncheckedByteArraySinkE\x00basi",)),
)
