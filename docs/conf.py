"""How Sphinx makes the documentation, from the folder that tools/documentation.py lays out."""

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator

import ncviz

project = "ncviz"
author = "ncviz contributors"
copyright = author
release = version = ncviz.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
]

# Pages

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# Lessons wait for a student's answers; what a notebook has stored is shown, nothing is run.
nb_execution_mode = "off"
# Widgets would be fetched from another host; their pictures are in the notebook.
nb_ipywidgets_js = {}
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
smartquotes_action = "D"  # dashes; quotes stay as they are typed

# Docstrings

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
# Every docstring has the types that matter in words.
autodoc_typehints = "none"
autodoc_preserve_defaults = True
# The members are listed by autodoc.
numpydoc_show_class_members = False
python_maximum_signature_line_length = 72
add_module_names = False
toc_object_entries_show_parents = "hide"

# Look

html_theme = "furo"
html_title = "ncviz"
html_static_path = ["static"]
html_css_files = ["ncviz.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_math_renderer = "mathml"


def _inline_math(page: SphinxTranslator, node: nodes.math) -> None:
    page.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _block_of_math(page: SphinxTranslator, node: nodes.math_block) -> None:
    page.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def _keep_bars(_app: Sphinx, *about: Any) -> None:
    """Leave |x| an absolute value, which reStructuredText would replace."""
    lines: list[str] = about[-1]
    lines[:] = [
        line if "``" in line or ">>>" in line else line.replace("|", r"\|") for line in lines
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Write formulas as MathML, which browsers draw without a script."""
    app.connect("autodoc-process-docstring", _keep_bars)
    app.add_html_math_renderer("mathml", (_inline_math, None), (_block_of_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
