"""``python -m ncviz``: the command line."""

import sys

from ncviz.cli import main

sys.exit(main())
