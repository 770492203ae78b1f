#include "cm_internal.h"

/// Sets what was given of sort, fields and update.
static bool set_modification(mongoc_find_and_modify_opts_t *opts, const cm_modification *modification, cm_error *error) {
    cm_view view;
    if (modification->update.length > 0) {
        if (!cm_view_init(&view, modification->update, error)) {
            return false;
        }
        mongoc_find_and_modify_opts_set_update(opts, &view.bson);
    }
    if (modification->sort.length > 0) {
        if (!cm_view_init(&view, modification->sort, error)) {
            return false;
        }
        mongoc_find_and_modify_opts_set_sort(opts, &view.bson);
    }
    if (modification->fields.length > 0) {
        if (!cm_view_init(&view, modification->fields, error)) {
            return false;
        }
        mongoc_find_and_modify_opts_set_fields(opts, &view.bson);
    }
    return true;
}

static mongoc_find_and_modify_flags_t modify_flags(uint32_t flags) {
    return (flags & CM_MODIFY_REMOVE ? MONGOC_FIND_AND_MODIFY_REMOVE : 0) | (flags & CM_MODIFY_UPSERT ? MONGOC_FIND_AND_MODIFY_UPSERT : 0) |
           (flags & CM_MODIFY_RETURN_NEW ? MONGOC_FIND_AND_MODIFY_RETURN_NEW : 0);
}

bool cm_find_and_modify(cm_client *client, cm_session *session, const char *database, const char *collection,
                        const cm_modification *modification, cm_buffer *reply, cm_error *error) {
    *reply = (cm_buffer){NULL, 0};
    cm_view filter;
    bson_t extra;
    mongoc_find_and_modify_opts_t *opts = mongoc_find_and_modify_opts_new();
    bool done = cm_options_init(&extra, modification->extra, session, error) && cm_view_init(&filter, modification->filter, error) &&
                set_modification(opts, modification, error);
    if (done) {
        mongoc_find_and_modify_opts_set_flags(opts, modify_flags(modification->flags));
        mongoc_find_and_modify_opts_set_max_time_ms(opts, modification->max_time_ms);
        mongoc_find_and_modify_opts_append(opts, &extra);
        mongoc_collection_t *handle = mongoc_client_get_collection(cm_mongoc(client), database, collection);
        bson_t answer;
        bson_error_t cause;
        done = mongoc_collection_find_and_modify_with_opts(handle, &filter.bson, opts, &answer, &cause);
        if (!done) {
            cm_fail_with(error, &cause);
        }
        *reply = cm_copy(&answer);
        bson_destroy(&answer);
        mongoc_collection_destroy(handle);
    }
    bson_destroy(&extra);
    mongoc_find_and_modify_opts_destroy(opts);
    return done;
}

/// Takes the next document off the packed operations.
static bool next_document(cm_bytes *rest, cm_view *view, cm_error *error) {
    uint32_t length = 0;
    if (rest->length >= 5) {
        const uint8_t *data = rest->data;
        length = (uint32_t) data[0] | (uint32_t) data[1] << 8 | (uint32_t) data[2] << 16 | (uint32_t) data[3] << 24;
    }
    if (length < 5 || length > rest->length) {
        cm_fail(error, CM_ERROR_MALFORMED, 0, "the packed operations end within a document");
        return false;
    }
    if (!cm_view_init(view, (cm_bytes){rest->data, length}, error)) {
        return false;
    }
    rest->data += length;
    rest->length -= length;
    return true;
}

static bool add_operation(mongoc_bulk_operation_t *bulk, cm_bytes *rest, cm_error *error) {
    uint8_t kind = rest->data[0];
    rest->data += 1;
    rest->length -= 1;
    cm_view first, second, options;
    bool has_two = kind == CM_WRITE_UPDATE_ONE || kind == CM_WRITE_UPDATE_MANY || kind == CM_WRITE_REPLACE_ONE;
    if (!next_document(rest, &first, error) || (has_two && !next_document(rest, &second, error)) || !next_document(rest, &options, error)) {
        return false;
    }
    bson_error_t cause = {0};
    bool added = false;
    switch (kind) {
        case CM_WRITE_INSERT:
            added = mongoc_bulk_operation_insert_with_opts(bulk, &first.bson, &options.bson, &cause);
            break;
        case CM_WRITE_UPDATE_ONE:
            added = mongoc_bulk_operation_update_one_with_opts(bulk, &first.bson, &second.bson, &options.bson, &cause);
            break;
        case CM_WRITE_UPDATE_MANY:
            added = mongoc_bulk_operation_update_many_with_opts(bulk, &first.bson, &second.bson, &options.bson, &cause);
            break;
        case CM_WRITE_REPLACE_ONE:
            added = mongoc_bulk_operation_replace_one_with_opts(bulk, &first.bson, &second.bson, &options.bson, &cause);
            break;
        case CM_WRITE_DELETE_ONE:
            added = mongoc_bulk_operation_remove_one_with_opts(bulk, &first.bson, &options.bson, &cause);
            break;
        case CM_WRITE_DELETE_MANY:
            added = mongoc_bulk_operation_remove_many_with_opts(bulk, &first.bson, &options.bson, &cause);
            break;
        default:
            cm_fail(error, CM_ERROR_MALFORMED, 0, "unknown kind of operation in a bulk");
            return false;
    }
    if (!added) {
        cm_fail(error, CM_ERROR_ARGUMENT, cause.code, cause.message);
    }
    return added;
}

static bool execute(mongoc_bulk_operation_t *bulk, cm_buffer *reply, cm_error *error) {
    bson_t answer;
    bson_error_t cause;
    bool done = mongoc_bulk_operation_execute(bulk, &answer, &cause) != 0;
    if (!done) {
        cm_fail_with(error, &cause);
    }
    *reply = cm_copy(&answer);
    bson_destroy(&answer);
    return done;
}

bool cm_bulk(cm_client *client, cm_session *session, const char *database, const char *collection, cm_bytes operations, bool ordered,
             cm_buffer *reply, cm_error *error) {
    *reply = (cm_buffer){NULL, 0};
    bson_t options;
    bool done = cm_options_init(&options, (cm_bytes){NULL, 0}, session, error);
    if (done) {
        BSON_APPEND_BOOL(&options, "ordered", ordered);
        mongoc_collection_t *handle = mongoc_client_get_collection(cm_mongoc(client), database, collection);
        mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(handle, &options);
        while (done && operations.length > 0) {
            done = add_operation(bulk, &operations, error);
        }
        done = done && execute(bulk, reply, error);
        mongoc_bulk_operation_destroy(bulk);
        mongoc_collection_destroy(handle);
    }
    bson_destroy(&options);
    return done;
}
