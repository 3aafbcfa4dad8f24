// SQLite: the projects of the studio.
#include <sqlite3.h>
