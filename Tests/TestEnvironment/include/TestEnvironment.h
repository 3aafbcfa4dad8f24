// Before any test, the process gets a home of its own: see environment.c.

/// Makes the heap return large blocks to the system when they are freed, so that the process's memory is what is in use.
/// Otherwise glibc keeps more and more of them, and their gaps count too.
void returnLargeBlocks(void);
