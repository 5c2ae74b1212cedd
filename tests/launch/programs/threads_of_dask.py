"""dask's threaded scheduler, with a pool of its own class."""

import sys
import urllib.request

import dask


@dask.delayed
def load(number):
    with urllib.request.urlopen(f"{sys.argv[1]}/page/{number}", timeout=60) as page:
        return len(page.read())


loaded = [load(number) for number in range(60)]
print(dask.compute(*loaded, dask.delayed(sum)(loaded), scheduler="threads", num_workers=4))
