"""On ``PYTHONPATH`` this swaps the thread pool of a Python process, before all other imports.

``DROP_IN_MODE`` says for which: "stdlib" leaves all as it is, "ours" puts ours in its place, with
"preemptive" it also is preemptive by default and paused at random moments. In the processes that a
test starts it does the same.
"""

import os

if os.environ.get("DROP_IN_MODE", "stdlib") != "stdlib":
    import concurrent.futures
    import concurrent.futures.thread

    import drop_in_pools

    import pausable.futures

    concurrent.futures.ThreadPoolExecutor = pausable.futures.ThreadPoolExecutor
    concurrent.futures.thread.ThreadPoolExecutor = pausable.futures.ThreadPoolExecutor
    concurrent.futures.as_completed = pausable.futures.as_completed
    concurrent.futures.wait = pausable.futures.wait
    drop_in_pools.watch(preemptive=os.environ["DROP_IN_MODE"] == "preemptive")
