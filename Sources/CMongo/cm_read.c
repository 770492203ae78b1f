#include <stdlib.h>
#include <string.h>

#include "cm_internal.h"

bool cm_command(cm_client *client, cm_session *session, const char *database, cm_bytes command, bool retryable, cm_buffer *reply,
                cm_error *error) {
    *reply = (cm_buffer){NULL, 0};
    cm_view view;
    bson_t options;
    bool done = cm_options_init(&options, (cm_bytes){NULL, 0}, session, error) && cm_view_init(&view, command, error);
    if (done) {
        bson_t answer;
        bson_error_t cause;
        if (retryable) {
            // Without it libmongoc adds the pool's read concern (majority), which hello, explain and others refuse.
            bson_t concern;
            BSON_APPEND_DOCUMENT_BEGIN(&options, "readConcern", &concern);
            BSON_APPEND_UTF8(&concern, "level", "local");
            bson_append_document_end(&options, &concern);
        }
        done = retryable ? mongoc_client_read_command_with_opts(cm_mongoc(client), database, &view.bson, NULL, &options, &answer, &cause)
                         : mongoc_client_command_with_opts(cm_mongoc(client), database, &view.bson, NULL, &options, &answer, &cause);
        if (!done) {
            cm_fail_with(error, &cause);
        }
        *reply = cm_copy(&answer);
        bson_destroy(&answer);
    }
    bson_destroy(&options);
    return done;
}

/// Makes room for `more` bytes; false when the result would pass max_bytes or memory is short.
static bool reserve(cm_buffer *buffer, size_t *capacity, size_t more, size_t max_bytes, cm_error *error) {
    if (more > max_bytes || buffer->length > max_bytes - more) {
        cm_fail(error, CM_ERROR_TOO_LARGE, 0, "the result is larger than allowed: ask for fewer documents at a time");
        return false;
    }
    size_t needed = buffer->length + more;
    if (needed <= *capacity) {
        return true;
    }
    size_t grown = *capacity * 2 > needed ? *capacity * 2 : needed;
    uint8_t *data = realloc(buffer->data, grown);
    if (data == NULL) {
        cm_fail(error, CM_ERROR_TOO_LARGE, 0, "not enough memory for the result");
        return false;
    }
    buffer->data = data;
    *capacity = grown;
    return true;
}

/// Copies all documents of a cursor behind each other and destroys the cursor.
static bool drain(mongoc_cursor_t *cursor, size_t max_bytes, cm_buffer *documents, cm_buffer *reply, cm_error *error) {
    size_t capacity = 0;
    bool fits = true;
    const bson_t *document;
    while (fits && mongoc_cursor_next(cursor, &document)) {
        fits = reserve(documents, &capacity, document->len, max_bytes, error);
        if (fits) {
            memcpy(documents->data + documents->length, bson_get_data(document), document->len);
            documents->length += document->len;
        }
    }
    bson_error_t cause;
    const bson_t *answer = NULL;
    bool failed = fits && mongoc_cursor_error_document(cursor, &cause, &answer);
    if (failed) {
        cm_fail_with(error, &cause);
        if (answer != NULL) {
            *reply = cm_copy(answer);
        }
    }
    mongoc_cursor_destroy(cursor);
    return fits && !failed;
}

bool cm_find(cm_client *client, cm_session *session, const char *database, const char *collection, cm_bytes filter, cm_bytes options,
             size_t max_bytes, cm_buffer *documents, cm_buffer *reply, cm_error *error) {
    *documents = *reply = (cm_buffer){NULL, 0};
    cm_view view;
    bson_t opts;
    bool done = cm_options_init(&opts, options, session, error) && cm_view_init(&view, filter, error);
    if (done) {
        mongoc_collection_t *handle = mongoc_client_get_collection(cm_mongoc(client), database, collection);
        mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(handle, &view.bson, &opts, NULL);
        done = drain(cursor, max_bytes, documents, reply, error);
        mongoc_collection_destroy(handle);
    }
    bson_destroy(&opts);
    return done;
}

bool cm_aggregate(cm_client *client, cm_session *session, const char *database, const char *collection, cm_bytes pipeline, cm_bytes options,
                  size_t max_bytes, cm_buffer *documents, cm_buffer *reply, cm_error *error) {
    *documents = *reply = (cm_buffer){NULL, 0};
    cm_view view;
    bson_t opts;
    bool done = cm_options_init(&opts, options, session, error) && cm_view_init(&view, pipeline, error);
    if (done) {
        mongoc_collection_t *handle = mongoc_client_get_collection(cm_mongoc(client), database, collection);
        mongoc_cursor_t *cursor = mongoc_collection_aggregate(handle, MONGOC_QUERY_NONE, &view.bson, &opts, NULL);
        done = drain(cursor, max_bytes, documents, reply, error);
        mongoc_collection_destroy(handle);
    }
    bson_destroy(&opts);
    return done;
}

struct cm_tail {
    mongoc_collection_t *collection;
    mongoc_cursor_t *cursor;
};

cm_tail *cm_tail_open(cm_client *client, const char *database, const char *collection, cm_bytes filter, uint32_t max_await_ms,
                      cm_error *error) {
    cm_view view;
    if (!cm_view_init(&view, filter, error)) {
        return NULL;
    }
    bson_t options;
    bson_init(&options);
    BSON_APPEND_BOOL(&options, "tailable", true);
    BSON_APPEND_BOOL(&options, "awaitData", true);
    BSON_APPEND_INT64(&options, "maxAwaitTimeMS", (int64_t) max_await_ms);
    // A hint that a fail-over takes back costs nothing; waiting for the majority would delay every hint.
    bson_t concern;
    BSON_APPEND_DOCUMENT_BEGIN(&options, "readConcern", &concern);
    BSON_APPEND_UTF8(&concern, "level", "local");
    bson_append_document_end(&options, &concern);
    cm_tail *tail = bson_malloc0(sizeof *tail);
    tail->collection = mongoc_client_get_collection(cm_mongoc(client), database, collection);
    tail->cursor = mongoc_collection_find_with_opts(tail->collection, &view.bson, &options, NULL);
    bson_destroy(&options);
    return tail;
}

bool cm_tail_next(cm_tail *tail, cm_buffer *document, cm_error *error) {
    *document = (cm_buffer){NULL, 0};
    const bson_t *next;
    if (mongoc_cursor_next(tail->cursor, &next)) {
        *document = cm_copy(next);
        return true;
    }
    bson_error_t cause;
    if (mongoc_cursor_error(tail->cursor, &cause)) {
        cm_fail_with(error, &cause);
        return false;
    }
    if (!mongoc_cursor_more(tail->cursor)) {
        cm_fail(error, CM_ERROR_SERVER, 0, "the server closed the tailable cursor");
        return false;
    }
    return true;
}

void cm_tail_close(cm_tail *tail) {
    mongoc_cursor_destroy(tail->cursor);
    mongoc_collection_destroy(tail->collection);
    bson_free(tail);
}
