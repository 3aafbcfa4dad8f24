// Cairo, which draws, and Pango, which sets text, opened at run time: a program needs them only when it draws.
//
// The functions have the libraries' names and are described in their headers (CPango). They work after
// `cdrawing_open` has returned true. Other libraries in the process call the originals.

#ifndef CDRAWING_H
#define CDRAWING_H

#include <stdbool.h>

/// The size of the text of a failure.
#define CDRAWING_REASON_CAPACITY 512

/// Opens the libraries, once for the process. They stay open until the process ends. If they cannot be used, returns
/// false and writes why. Any thread may call it.
bool cdrawing_open(char reason[CDRAWING_REASON_CAPACITY]);

/// The file that is opened. It brings the others.
const char *cdrawing_file(void);

#endif
