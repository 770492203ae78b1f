// The system's libmongoc, found by pkg-config (Debian: libmongoc-dev). Only CMongo may use it.
#include <mongoc/mongoc.h>
