"""Kernels that run what is installed, not what lies in the folder of the notebook."""

import sys
from typing import Any, ClassVar

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

# How the Python that runs this is called in a kernel specification.
OURS = {sys.executable, *(f"python{v}" for v in ("", "3", f"3.{sys.version_info.minor}"))}


class InstalledOnly(KernelSpecManager):
    """Start kernels of this very Python without the current folder among its modules.

    `python -m ipykernel_launcher` would otherwise run a `pathlib.py` that lies in the folder, and
    IPython puts the folder before what is installed.
    """

    more: ClassVar[list[str]] = []  # further arguments of the kernel

    def _get_kernel_spec_by_name(self, *name: Any, **more: Any) -> KernelSpec:
        spec = super()._get_kernel_spec_by_name(*name, **more)
        python, *rest = spec.argv
        if python in OURS and "ipykernel_launcher" in rest:
            flag = "--InteractiveShellApp.ignore_cwd=True"
            spec.argv = [python, "-P", *rest, flag, *self.more]
        return spec


class InstalledFirst(InstalledOnly):
    """As `InstalledOnly`, with the folder behind what is installed: for work with own modules."""

    more: ClassVar[list[str]] = ["--InteractiveShellApp.exec_lines=import sys; sys.path.append('')"]
