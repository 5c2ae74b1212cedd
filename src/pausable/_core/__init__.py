"""The core: gates, holds, tasks and time. It decides; it never touches a pool or a socket."""
