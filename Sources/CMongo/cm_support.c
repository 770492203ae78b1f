#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cm_internal.h"

const char *cm_error_message(const cm_error *error) { return error->message; }

void cm_buffer_free(cm_buffer buffer) { free(buffer.data); }

void cm_fail(cm_error *error, uint32_t kind, uint32_t code, const char *message) {
    error->kind = kind;
    error->code = code;
    bson_strncpy(error->message, message, sizeof error->message);
}

static uint32_t kind_of(const bson_error_t *cause) {
    switch (cause->domain) {
        case MONGOC_ERROR_SERVER:
            return CM_ERROR_SERVER;
        case MONGOC_ERROR_WRITE_CONCERN:
            return CM_ERROR_WRITE_CONCERN;
        case MONGOC_ERROR_STREAM:
            return CM_ERROR_NETWORK;
        case MONGOC_ERROR_SERVER_SELECTION:
            return CM_ERROR_SERVER_SELECTION;
        case MONGOC_ERROR_SASL:
        case MONGOC_ERROR_SCRAM:
            return CM_ERROR_AUTHENTICATION;
        case MONGOC_ERROR_CLIENT:
            if (cause->code == MONGOC_ERROR_CLIENT_AUTHENTICATE || cause->code == MONGOC_ERROR_CLIENT_GETNONCE) {
                return CM_ERROR_AUTHENTICATION;
            }
            return cause->code == MONGOC_ERROR_CLIENT_NOT_READY ? CM_ERROR_NETWORK : CM_ERROR_ARGUMENT;
        case MONGOC_ERROR_POOL:
            return CM_ERROR_POOL;
        case MONGOC_ERROR_PROTOCOL:
            return CM_ERROR_PROTOCOL;
        case MONGOC_ERROR_BSON:
            return CM_ERROR_MALFORMED;
        default:
            return CM_ERROR_ARGUMENT;
    }
}

void cm_fail_with(cm_error *error, const bson_error_t *cause) { cm_fail(error, kind_of(cause), cause->code, cause->message); }

bool cm_view_init(cm_view *view, cm_bytes bytes, cm_error *error) {
    static const uint8_t empty[5] = {5, 0, 0, 0, 0};
    const uint8_t *data = bytes.length == 0 ? empty : bytes.data;
    size_t length = bytes.length == 0 ? sizeof empty : bytes.length;
    if (data != NULL && bson_init_static(&view->bson, data, length)) {
        return true;
    }
    cm_fail(error, CM_ERROR_MALFORMED, 0, "the bytes given are not a BSON document");
    return false;
}

cm_buffer cm_copy(const bson_t *document) {
    cm_buffer buffer = {malloc(document->len), document->len};
    if (buffer.data == NULL) {
        buffer.length = 0;
    } else {
        memcpy(buffer.data, bson_get_data(document), document->len);
    }
    return buffer;
}

bool cm_options_init(bson_t *options, cm_bytes bytes, cm_session *session, cm_error *error) {
    cm_view view;
    bson_init(options);
    if (!cm_view_init(&view, bytes, error)) {
        return false;
    }
    bson_concat(options, &view.bson);
    bson_error_t cause;
    if (session != NULL && !mongoc_client_session_append(cm_mongoc_session(session), options, &cause)) {
        cm_fail_with(error, &cause);
        return false;
    }
    return true;
}

// Fixed for the life of the process, since libmongoc can be initialised only once.
static struct {
    cm_log_sink sink;
    void *context;
} logging;

static void forward_log(mongoc_log_level_t level, const char *domain, const char *message, void *unused) {
    (void) unused;
    if (logging.sink != NULL) {
        logging.sink((uint32_t) level, domain, message, logging.context);
    }
}

static void initialize_once(void) {
    mongoc_log_set_handler(forward_log, NULL);
    mongoc_init();
}

void cm_initialize(cm_log_sink sink, void *context) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool is_initialized = false;
    pthread_mutex_lock(&lock);
    if (!is_initialized) {
        logging.sink = sink;
        logging.context = context;
        initialize_once();
        is_initialized = true;
    }
    pthread_mutex_unlock(&lock);
}
