// What the files of CMongo share. Not public: these are libmongoc's types.

#ifndef CM_INTERNAL_H
#define CM_INTERNAL_H

#include <mongoc/mongoc.h>

#include "cmongo.h"

struct cm_url {
    mongoc_uri_t *uri;
};

/// A read-only view of bytes as BSON, aligned as libbson wants it. Never copied, never destroyed.
typedef struct {
    bson_t bson;
} cm_view;

void cm_fail(cm_error *error, uint32_t kind, uint32_t code, const char *message);
/// Translates libmongoc's error.
void cm_fail_with(cm_error *error, const bson_error_t *cause);

/// False, with the error filled, unless the bytes are one BSON document as far as their length and end go. Empty bytes count as an empty
/// document.
bool cm_view_init(cm_view *view, cm_bytes bytes, cm_error *error);

/// Copies a document into a new buffer; when memory is short the buffer is empty.
cm_buffer cm_copy(const bson_t *document);

/// Copies options and adds the session's id. The caller destroys *options, whatever the result.
bool cm_options_init(bson_t *options, cm_bytes bytes, cm_session *session, cm_error *error);

static inline mongoc_client_t *cm_mongoc(cm_client *client) { return (mongoc_client_t *) client; }
static inline mongoc_client_session_t *cm_mongoc_session(cm_session *session) { return (mongoc_client_session_t *) session; }

#endif
