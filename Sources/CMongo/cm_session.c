#include "cm_internal.h"

cm_session *cm_session_new(cm_client *client, cm_error *error) {
    bson_error_t cause;
    mongoc_client_session_t *session = mongoc_client_start_session(cm_mongoc(client), NULL, &cause);
    if (session == NULL) {
        cm_fail_with(error, &cause);
    }
    return (cm_session *) session;
}

void cm_session_destroy(cm_session *session) { mongoc_client_session_destroy(cm_mongoc_session(session)); }

bool cm_transaction_start(cm_session *session, uint32_t max_commit_time_ms, cm_error *error) {
    mongoc_transaction_opt_t *opts = mongoc_transaction_opts_new();
    mongoc_transaction_opts_set_max_commit_time_ms(opts, (int64_t) max_commit_time_ms);
    mongoc_read_concern_t *read = mongoc_read_concern_new();
    mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_transaction_opts_set_read_concern(opts, read);
    mongoc_read_concern_destroy(read);

    bson_error_t cause;
    bool done = mongoc_client_session_start_transaction(cm_mongoc_session(session), opts, &cause);
    if (!done) {
        cm_fail_with(error, &cause);
    }
    mongoc_transaction_opts_destroy(opts);
    return done;
}

bool cm_transaction_commit(cm_session *session, cm_buffer *reply, cm_error *error) {
    bson_t answer;
    bson_error_t cause;
    bool done = mongoc_client_session_commit_transaction(cm_mongoc_session(session), &answer, &cause);
    if (!done) {
        cm_fail_with(error, &cause);
    }
    *reply = cm_copy(&answer);
    bson_destroy(&answer);
    return done;
}

bool cm_transaction_abort(cm_session *session, cm_error *error) {
    bson_error_t cause;
    bool done = mongoc_client_session_abort_transaction(cm_mongoc_session(session), &cause);
    if (!done) {
        cm_fail_with(error, &cause);
    }
    return done;
}
