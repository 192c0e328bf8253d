"""Packages that only this folder needs, and what to say where one of them is missing."""

from importlib import import_module
from typing import Any

EXTRA = "pip install 'ncviz[bert]'"


def need(module: str) -> Any:
    """A module of the extra `bert`.

    Raises
    ------
    ImportError
        If it is not installed; the message holds the line that installs it.

    Examples
    --------
    >>> from ncviz.bert.networks.needs import need
    >>> need("no_such_package")
    Traceback (most recent call last):
    ...
    ImportError: real models need the package no_such_package: pip install 'ncviz[bert]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        package = module.split(".")[0]
        raise ImportError(f"real models need the package {package}: {EXTRA}") from None
