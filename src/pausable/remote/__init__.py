"""Tasks that run elsewhere: the worker asks, the parent decides.

What is common to the pools whose tasks run where the pool is not, in other processes or other
interpreters. Each thread of such a pool has a worker there. What it does with a task is to send the
call, and to wait for the outcome; where the task is to rest or to stop its worker asks, and the
thread rests, or is stopped, on behalf of the task. So all rules are those of the core, and none is
here.

Where the pool is: `proxy_crew`, `proxy_seat`, `remote_call`, `conversation`. Where the task runs:
`remote_seat`, `remote_task`. Between the two: `board`, `parlance`.
"""
