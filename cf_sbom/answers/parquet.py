"""An index -> Parquet files, one for each table, for a warehouse.

Knows the tables and pyarrow, which is an extra. Rows come in the order of their keys, so the same index gives the same
files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cf_sbom.about import NAME, VERSION
from cf_sbom.errors import AttachError, SettingsError
from cf_sbom.index.reading import reading
from cf_sbom.index.tables import TABLES, Table
from cf_sbom.writing import building, ours_or_absent

_ROWS = 65_536  # of one row group
_LEFT_OUT = ("documents",)


def export(file: Path, folder: Path) -> Iterator[Path]:
    """Write every table but the documents themselves as `folder/TABLE.parquet`; gives each path when it is there.

    Raises SettingsError without pyarrow, IndexFileError, and AttachError where a file cannot be written or is not ours.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise SettingsError("Parquet files need pyarrow: pip install 'cf_sbom[parquet]'") from None
    types = {"TEXT": pyarrow.string(), "INTEGER": pyarrow.int64(), "REAL": pyarrow.float64(), "BLOB": pyarrow.binary()}
    with reading(file) as connection:
        for table in TABLES:
            if table.name in _LEFT_OUT:
                continue
            path = folder / f"{table.name}.parquet"
            if not ours_or_absent(path):
                raise AttachError(f"{path} exists and was not made by cf-sbom")
            fields = [pyarrow.field(column.name, types[column.type]) for column in table.columns]
            schema = pyarrow.schema(fields, metadata={"made_by": f'"{NAME}" {VERSION}'})
            rows = connection.execute(_select(table))
            with building(path) as place, parquet.ParquetWriter(place, schema, compression="zstd") as writer:
                while batch := rows.fetchmany(_ROWS):
                    columns: list[Any] = [
                        pyarrow.array(values, field.type)
                        for values, field in zip(zip(*batch, strict=True), fields, strict=True)
                    ]
                    writer.write_batch(pyarrow.record_batch(columns, schema=schema))
            yield path


def _select(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    return " ".join(("SELECT", names, "FROM", table.name, "ORDER BY", ", ".join(table.key)))
