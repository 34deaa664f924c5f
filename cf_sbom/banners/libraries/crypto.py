"""Banners of libraries for cryptography and for secured connections."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, named, text

LIBRARIES = (
    # Programs that use OpenSSL, and libssl, carry the same text out of the headers that they were compiled with.
    Library(
        "openssl",
        "openssl:openssl",
        (
            text(
                b"OpenSSL ",
                rb"(?<![ -~])OpenSSL (?P<version>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2}(?:-(?:alpha|beta|pre|dev)\d{0,2})?)"
                rb"(?:-fips|\+quic)?(?:  FIPS)? {1,2}\d{1,2} [A-Z][a-z]{2} \d{4}\0",
                needs=b'OPENSSLDIR: "',
            ),
        ),
    ),
    # Both are made from OpenSSL and keep this text of it, which says that nothing is told. BoringSSL has no releases.
    Library("aws-lc", "", (text(b"AWS-LC ", rb"(?<![ -~])AWS-LC <number>\0", needs=b"OPENSSLDIR: n/a\0"),)),
    Library("boringssl", "", (named(b"OPENSSLDIR: n/a\0", needs=b"BoringSSL", unless="aws-lc"),)),
    Library(
        "mbedtls",
        "arm:mbed_tls",
        (
            text(b"Mbed TLS ", rb"(?<![ -~])Mbed TLS <number>\0"),
            text(b"mbed TLS ", rb"(?<![ -~])mbed TLS <number>\0"),
        ),
    ),
    Library("gnutls", "gnu:gnutls", (text(b"Enabled GnuTLS ", rb"Enabled GnuTLS <number> logging\.\.\.\n"),)),
    Library(
        "libgcrypt",
        "gnupg:libgcrypt",
        (text(b"This is Libgcrypt ", rb"This is Libgcrypt <number> - The GNU Crypto Library\n"),),
    ),
    Library(
        "libgpg-error", "", (text(b"This is Libgpg-error ", rb"This is Libgpg-error <number> - A runtime library\n"),)
    ),
    Library("libassuan", "", (text(b"This is Libassuan ", rb"This is Libassuan <number> - The GnuPG IPC Library\n"),)),
    Library("wolfssl", "wolfssl:wolfssl", (text(b"wolfSSL ", rb"(?<![ -~])wolfSSL <number>\0"),)),
    Library("botan", "botan_project:botan", (text(b"Botan ", rb"(?<![ -~])Botan <number> \((?:un)?released, "),)),
    Library(
        "nss",
        "mozilla:network_security_services",
        (text(b"Version: NSS ", rb"Version: NSS <number>(?: (?:Basic|Extended) ECC)?[ \0]"),),
    ),
    Library("libsodium", "", (apart(b"_sodium_malloc\0", rb"1\.0\.\d{1,2}"),)),
    Library(
        "libssh2",
        "libssh2:libssh2",
        (text(b"SSH-2.0-libssh2_", rb"SSH-2\.0-libssh2_(?P<version>\d{1,2}\.\d{1,2}\.\d{1,2}(?:_DEV)?)(?:\r\n)?\0"),),
    ),
    Library("libssh", "libssh:libssh", (text(b"SSH-2.0-libssh_", rb"SSH-2\.0-libssh_<number>\0"),)),
    Library("krb5", "mit:kerberos_5", (text(b"KRB5_BRAND: krb5-", rb"KRB5_BRAND: krb5-<number>-final "),)),
    Library("cyrus-sasl", "", (text(b"Cyrus SASL\0", rb"Cyrus SASL\0{1,8}<number>\0", 0.9),)),
    Library("libsrtp", "cisco:libsrtp", (text(b"libsrtp2 ", rb"(?<![ -~])libsrtp2 <number>\0"),)),
)
