"""Eight scenes in about 20 seconds: work that is paused, held, looked at, resumed and stopped.

The work is real: files of the standard library are packed, fetched and compared, by tasks of a
pool. Each scene checks what it says. It ends with a comparison of a pool with a sequential run of
the same work. Ctrl-C ends it at any moment. To be reached from another terminal it needs the extra
`control`.
"""

import os
import signal
import sys

# While it is loaded, nothing has begun that would have to be ended.
signal.signal(signal.SIGINT, lambda *_: os._exit(130))

from play import main  # noqa: E402 - see above

if __name__ == "__main__":
    sys.exit(main())
