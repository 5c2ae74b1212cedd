"""Pools of processes: the pool's threads are those of `threads`; for each call one has a process.

How a task runs elsewhere, and rests there, is in `remote`. Here is what is about processes: in the
parent `process_pool`, `process_crew`, `process_seat`, `exchange`, `stable`, `process_watch`,
`worker_process`, `novices`, `death`, `frost`; in the worker `remote_main`; between the two
`channel` and `parcel`.
"""
