"""Tasks that run elsewhere: the worker asks, the parent decides.

What is common to the pools whose tasks run where the pool is not, in other processes or other
interpreters. A thread of such a pool that has a task has a worker there. It sends that the call,
and waits for the outcome; where the task is to rest or to stop its worker asks, and the thread
rests, or is stopped, on behalf of the task. So all rules are those of the core, and none is here.

Where the pool is: `proxy_crew`, `proxy_seat`, `remote_call`, `conversation`. Where the task runs:
`remote_seat`. Between the two: `board`, `parlance`.
"""
