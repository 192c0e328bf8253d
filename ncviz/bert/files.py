"""A table of one's own as a pool: a CSV or Parquet file with texts and labels."""

from hashlib import sha256
from pathlib import Path

import numpy as np

from ncviz.bert.needs import need
from ncviz.bert.pools import Pool, pool

ENDINGS = (".csv", ".parquet")
TEXT = "text"


def table(path: str) -> Pool:
    """Texts from the column "text"; every other column of two different values is a label.

    The smaller value becomes 0 and the larger one 1; a missing value means that a text has no
    such label.

    Parameters
    ----------
    path : str
        Ends with .csv (UTF-8) or .parquet.

    Raises
    ------
    ValueError
        If the file is not there or cannot be read, or has no column "text" or no label.
    """
    pandas, file = need("pandas"), Path(path)
    if not file.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        read = pandas.read_csv if file.suffix == ".csv" else pandas.read_parquet
        frame = read(file)
    except Exception as error:
        raise ValueError(f"{path} cannot be read as a table: {error}") from None
    if TEXT not in frame.columns:
        raise ValueError(f"{path} has no column {TEXT!r}; it has {', '.join(map(str, frame))}")
    frame = frame.dropna(subset=[TEXT])
    labels, meaning = {}, {}
    for name in frame.columns.drop(TEXT):
        values = sorted(frame[name].dropna().unique().tolist(), key=lambda v: (str(type(v)), v))
        if len(values) == 2:
            column = frame[name]
            labels[str(name)] = np.where(column.isna(), -1, column == values[1])
            meaning[str(name)] = f"{values[1]} | {values[0]}"
    if not labels:
        raise ValueError(
            f"{path} has no label: no column beside {TEXT!r} has exactly two different values"
        )
    digest = sha256(file.read_bytes()).hexdigest()[:12]
    return pool(f"{path} (sha256 {digest}…)", "", frame[TEXT].astype(str).tolist(), labels, meaning)
