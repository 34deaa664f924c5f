"""Banners of libraries for networks, events and messages."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, named, text

LIBRARIES = (
    # Users name the least version that they want in prose: `Requires libcurl 7.80.0 or later`.
    Library(
        "curl",
        "haxx:curl",
        (
            text(b"CLIENT libcurl ", rb"CLIENT libcurl <number>\r\n"),
            text(b"libcurl/", rb"(?<![ -~])libcurl/<number>\0"),
        ),
    ),
    Library("libgit2", "libgit2:libgit2", (text(b"libgit2 ", rb"(?<![ -~])libgit2 <number>\0"),)),
    # Node.js gives the versions of all that it holds as texts, so that two are there.
    Library(
        "nghttp2",
        "nghttp2:nghttp2",
        (apart(b"Invalid HTTP header field was received", rb"1\.[3-9]\d\.\d{1,2}"),),
    ),
    Library(
        "c-ares",
        "c-ares:c-ares",
        (apart(b"c-ares library initialization not yet performed\0", rb"1\.[123]\d\.\d{1,2}"),),
    ),
    Library(
        "libevent",
        "libevent_project:libevent",
        (text(b"-stable\0", rb"(?<![\w.])(?P<version>2\.\d\.\d{1,2})-stable\0", 0.8),),
    ),
    Library(
        "libuv",
        "libuv:libuv",
        (
            beside(b"w == &loop->async_io_watcher\0", rb"1\.\d{1,2}\.\d{1,2}", 96),
            apart(b"w == &loop->async_io_watcher\0", rb"1\.[3-9]\d\.\d{1,2}"),
        ),
    ),
    Library("libmicrohttpd", "gnu:libmicrohttpd", (beside(b"MHD-worker\0", rb"[01]\.\d{1,2}\.\d{1,2}"),)),
    Library("libpcap", "tcpdump:libpcap", (text(b"libpcap version ", rb"libpcap version <number>[ \0]"),)),
    Library("dbus", "freedesktop:dbus", (text(b"libdbus ", rb"(?<![ -~])libdbus <number>\0"),)),
    Library("thrift", "apache:thrift", (text(b"User-Agent: Thrift/\0", rb"User-Agent: Thrift/\0<number>\0", 0.9),)),
    Library("rabbitmq-c", "", (beside(b"amqp_mem.c\0", rb"0\.\d{1,2}\.\d{1,2}", 48),)),
    Library("libmemcached", "", (beside(b"libmemcached/version.cc:", rb"1\.\d{1,2}\.\d{1,2}", 48),)),
    Library("libbson", "", (beside(b"bson-writer.c\0", rb"[12]\.\d{1,2}\.\d{1,2}"),)),
    # The bare version beside it is that of its core, which counts in another way.
    Library("grpc", "grpc:grpc", (named(b"grpc-c/%s (%s; %s)\0"),)),
    # Paths of its sources in checks; what is compiled from a schema carries the names of headers only.
    Library("protobuf", "", (named(b"google/protobuf/io/coded_stream.cc\0"),)),
    # The namespace of a release; programs that only use its headers have it too.
    Library("abseil-cpp", "", (text(b"absl12lts_", rb"absl12lts_(?P<version>20\d{6})\d{1,3}\w", 0.5, kind="path"),)),
)
