"""``python -m ncviz``: the command line."""

import sys

from ncviz.cli.main import main

sys.exit(main())
