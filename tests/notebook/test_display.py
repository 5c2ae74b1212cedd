"""The display: what a notebook is given, and what is imported for that."""

from __future__ import annotations

import gc

from importing.fresh import fresh
from notebook.test_plain_html import read

import pausable
from pausable import ThreadPoolExecutor
from pausable.notebook.display import bundle, html_of


def test_nothing_is_imported_until_it_is_shown():
    """A pool does not bring what shows it; a table brings no widgets, where there is no kernel."""
    said = fresh("""
        from pausable import ThreadPoolExecutor
        with ThreadPoolExecutor(1) as pool:
            print([name for name in ours() if name.startswith("pausable.notebook")])
            pool._repr_html_()
            print(sorted(name for name in ours() if name.startswith("pausable.notebook")))
            print(pool._repr_mimebundle_())
            print([name for name in ("anywidget", "IPython", "traitlets") if name in sys.modules])
    """)
    assert said[0] == "[]"
    assert "pausable.notebook.plain_html" in said[1]
    assert "pausable.notebook.live" not in said[1]
    assert said[2:] == ["{}", "[]"]


def test_a_snapshot_brings_the_table_alone():
    """To show a status takes plain data and the table, and no pool."""
    said = fresh("""
        from pausable import ProcessStatus
        print(len(ProcessStatus("process", False, True, (), ())._repr_html_()) > 100)
        print(sorted(ours()))
    """)
    assert said[0] == "True"
    assert not [
        name for name in said[1].split("'") if name.startswith(("pausable.threads", "pausable._"))
    ]


def test_formats_that_are_not_wanted(pool):
    """Who asks for other formats, or excludes the live one, gets none of it."""
    live = "application/vnd.jupyter.widget-view+json"
    assert bundle(pool, ["text/html"], None) == {}
    assert bundle(pool, None, [live]) == {}
    assert bundle(pool, None, None) == {}  # there is no kernel here


def test_a_pool_that_is_gone():
    """A handle of a pool of which nothing is left says so, in words."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="gone-soon")
    (handle,) = [each for each in pausable.pools() if each.name == "gone-soon"]
    pool.submit(int).result()
    pool.shutdown()
    del pool
    gc.collect()
    found = read(html_of(handle))
    assert {"gone-soon", "gone", "Nothing of it is left."} <= set(found.texts)
    assert bundle(handle, None, None) == {}
