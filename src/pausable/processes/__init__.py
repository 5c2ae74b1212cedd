"""Pools of processes: the pool's threads are those of `threads`; for each call one has a process.

What a thread does with a task is to send the call to a process, and to wait for the outcome. The
worker asks, the parent decides: where a task is to rest or to stop its process asks, and the thread
rests, or is stopped, on behalf of the task. So all rules are those of the core, and none is here.

In the parent: `process_pool`, `process_crew`, `stable`, `process_watch`, `worker_process`,
`process_seat`, `remote_call`. In the worker: `remote_main`, `remote_seat`. Between the two:
`board`, `parlance`, `channel`.
"""
