"""joblib with threads: they are those of a `multiprocessing.pool.ThreadPool`."""

import sys
import urllib.request

from joblib import Parallel, delayed


def load(number):
    with urllib.request.urlopen(f"{sys.argv[1]}/page/{number}", timeout=60) as page:
        return len(page.read())


print(Parallel(n_jobs=4, prefer="threads")(delayed(load)(number) for number in range(60)))
