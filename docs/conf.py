"""How Sphinx makes the site of the documents: `make docs`.

The source folder is the checkout, so that the README and others are pages, too, and each link means
on the site what it means in the checkout. The site has the paths of the checkout.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_site"))

project = "pausable"
version = release = version_of(project)
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
source_suffix = {".md": "markdown"}
exclude_patterns = [".*", "build", "dist", "**/_*"]
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "api",
    "api_types",
    "checkout",
    "lexers",
    "light_and_dark",
    "navigation",
]
nitpicky = True
# Names in signatures that have no entry of their own.
nitpick_ignore = [
    ("py:class", "P"),  # a variable: the parameters of a function
    ("py:class", "Kinds"),  # what isinstance() takes, which is defined by itself
    ("py:class", "pausable.dask.cluster.Cluster"),  # of the constructors that nobody calls
    ("py:class", "pausable.dask.cluster_terms.HoldTerms"),
    ("py:class", "pausable.notebook.live.Panel"),  # for notebooks, which draw it
    ("py:class", "pausable.scopes.arrivals.DoneAndNotDone"),  # the stdlib's, to checkers
    ("py:class", "pausable.scopes.options.Options"),  # has submit() and map()
    ("py:class", "pausable.scopes.progress.Progress"),  # for `with`
    ("py:class", "pausable.scopes.scope.Scope"),  # pools and groups
    ("py:class", "pausable.scopes.terms.ScopeGuard"),  # Guard and Window
]
nitpick_ignore_regex = [
    # The frames of the protocol, whose page has them in prose.
    ("py:class", r"pausable\.control\.(reply_)?shapes\.\w+"),
]
smartquotes_action = "D"  # only dashes: quotes are meant as they are written
suppress_warnings = [
    "myst.header",  # a page about one thing has no second level, and functions are on the third
]

myst_heading_anchors = 6  # as code hosts have them
myst_links_external_new_tab = False

api_modules = [
    "pausable",
    "pausable.aio",
    "pausable.aio.anyio_group",
    "pausable.control.client",
    "pausable.control.programs",
    "pausable.dask",
    "pausable.futures",
    "pausable.guards",
    "pausable.guards.probes",
    "pausable.joblib",
    "pausable.lowlevel",
    "pausable.metrics",
    "pausable.notebook",
    "pausable.pool",
    "pausable.spans",
    "pausable.terminal",
    "pausable.tracing",
]
autoclass_content = "both"
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
default_role = "py:obj"
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"{project} {version}"
templates_path = ["_site/templates"]
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_permalinks_icon = "#"

# What stands in the margin, in this order; what a pattern finds comes after what is named.
navigation = {
    "docs/index": {
        "Tutorial": ["tutorial"],
        "How to": [
            "how-to/let-the-user-pause",
            "how-to/pause-from-the-keyboard",
            "how-to/stand-back-while-a-resource-is-down",
            "how-to/hold-after-a-fault",
            "how-to/make-tasks-pausable",
            "how-to/do-something-while-nothing-runs",
            "how-to/pause-a-part",
            "how-to/pause-a-thread",
            "how-to/pause-scikit-learn",
            "how-to/pause-everything",
            "how-to/pause-code-that-you-cannot-change",
            "how-to/pause-a-program-that-runs",
            "how-to/pause-a-script-that-you-did-not-write",
            "how-to/stop-tasks",
            "how-to/limit-the-time",
            "how-to/shut-down",
            "how-to/*",
            "troubleshooting",
            "cheat-sheet",
        ],
        "Reference": [
            "reference/index",
            "reference/pools",
            "reference/process",
            "reference/tasks",
            "reference/holds",
            "reference/guards",
            "reference/events",
            "reference/errors",
            "reference/*",
            "reference/api/index",
        ],
        "Explanation": ["explanation/design", "explanation/*"],
        "Decisions": ["All of them <decisions/README>"],
        "The project": ["/README", "/[A-Z]*"],
    },
    "docs/reference/api/index": {
        "API": [
            "pools",
            "process",
            "tasks",
            "coroutines",
            "holds",
            "guards",
            "events",
            "errors",
            "control",
            "*",
        ]
    },
    "docs/decisions/README": {"": ["[0-9]*"]},
}
