"""Drop-in: the test suites of real projects, with the stdlib's pool and with ours."""
