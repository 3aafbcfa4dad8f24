// Before any test, the process gets a home of its own: see environment.c. There is nothing to call.
