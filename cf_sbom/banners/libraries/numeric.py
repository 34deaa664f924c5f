"""Banners of libraries that reckon."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, named, text

LIBRARIES = (
    Library(
        "openblas",
        "",
        (text(b"OpenBLAS 0.", rb"(?<![ -~])OpenBLAS (?P<version>0\.\d{1,2}\.\d{1,2}(?:\.\w{1,5}){0,2}) "),),
    ),
    # It makes the text of its version out of numbers.
    Library("mkl", "", (named(b"Intel oneMKL FATAL ERROR: Cannot load %s.\0"),)),
    Library("fftw", "", (text(b"fftw-", rb"\(fftw-<number> fftw[flq]?_wisdom "),)),
    Library("gmp", "gmplib:gmp", (apart(b"GNU MP: Cannot allocate memory (size=%lu)\n\0", rb"[56]\.\d\.\d{1,2}"),)),
    Library("mpfr", "", (apart(b"MPFR: Maximal precision overflow\n\0", rb"[34]\.\d\.\d{1,2}(?:-p\d{1,2})?"),)),
    Library("mpc", "", (beside(b"ugly != NULL\0", rb"1\.\d\.\d"),)),
    Library("isl", "", (text(b"isl-0.", rb"(?<![ -~])isl-<number>(?:-GMP|-imath(?:-32)?)?\n"),)),
    Library("gsl", "", (beside(b"init_source.c\0", rb"[12]\.\d(?:\.\d)?"),)),
    Library("glpk", "", (beside(b"Invalid GLPK environment\n\0", rb"[45]\.\d{1,2}"),)),
    Library("coin-or-cbc", "", (beside(b"Cbc_C_Interface.cpp\0", rb"2\.\d{1,2}\.\d{1,2}"),)),
    Library("hwloc", "", (beside(b" (P#%u cpuset %s%s%s)\0", rb"[12]\.\d{1,2}\.\d"),)),
    Library("openmpi", "", (text(b"%s:version:full\0", rb"\0v<number>\0Open MPI\0", 0.9),)),
    Library("onetbb", "", (text(b"TBB: VERSION", rb"TBB: VERSION\t{1,3}<number>\n"),)),
    Library("llvm", "", (text(b"LLVM version ", rb"LLVM version <number>(?:\0| \()"),)),
)
