#include <stdlib.h>

#include "cm_internal.h"

cm_url *cm_url_new(const char *text, cm_error *error) {
    bson_error_t cause;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &cause);
    if (uri == NULL) {
        cm_fail(error, CM_ERROR_ARGUMENT, cause.code, cause.message);
        return NULL;
    }
    cm_url *url = bson_malloc0(sizeof *url);
    url->uri = uri;
    return url;
}

void cm_url_destroy(cm_url *url) {
    mongoc_uri_destroy(url->uri);
    bson_free(url);
}

bool cm_url_has(const cm_url *url, const char *option) { return mongoc_uri_has_option(url->uri, option); }

int32_t cm_url_int32(const cm_url *url, const char *option, int32_t otherwise) {
    return mongoc_uri_get_option_as_int32(url->uri, option, otherwise);
}

bool cm_url_set_int32(cm_url *url, const char *option, int32_t value) { return mongoc_uri_set_option_as_int32(url->uri, option, value); }

bool cm_url_set_bool(cm_url *url, const char *option, bool value) { return mongoc_uri_set_option_as_bool(url->uri, option, value); }

bool cm_url_set_text(cm_url *url, const char *option, const char *value) {
    return mongoc_uri_set_option_as_utf8(url->uri, option, value);
}

const char *cm_url_database(const cm_url *url) { return mongoc_uri_get_database(url->uri); }

bool cm_url_bool(const cm_url *url, const char *option, bool otherwise) {
    return mongoc_uri_get_option_as_bool(url->uri, option, otherwise);
}

bool cm_url_has_majority(const cm_url *url) {
    const mongoc_write_concern_t *concern = mongoc_uri_get_write_concern(url->uri);
    return !mongoc_uri_has_option(url->uri, MONGOC_URI_W) || (concern != NULL && mongoc_write_concern_get_wmajority(concern));
}

const char *cm_url_read_concern(const cm_url *url) {
    const mongoc_read_concern_t *concern = mongoc_uri_get_read_concern(url->uri);
    return concern == NULL ? NULL : mongoc_read_concern_get_level(concern);
}

void cm_url_require_durability(cm_url *url, int32_t write_timeout_ms) {
    mongoc_write_concern_t *write = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(write, write_timeout_ms);
    mongoc_write_concern_set_journal(write, true);
    mongoc_uri_set_write_concern(url->uri, write);
    mongoc_write_concern_destroy(write);

    mongoc_read_concern_t *read = mongoc_read_concern_new();
    mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_read_concern(url->uri, read);
    mongoc_read_concern_destroy(read);

    mongoc_read_prefs_t *preference = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(url->uri, preference);
    mongoc_read_prefs_destroy(preference);
}

void cm_url_lower_durability(cm_url *url) {
    mongoc_write_concern_t *write = mongoc_write_concern_new();
    mongoc_write_concern_set_w(write, 1);
    mongoc_write_concern_set_journal(write, true);
    mongoc_uri_set_write_concern(url->uri, write);
    mongoc_write_concern_destroy(write);
}

cm_pool *cm_pool_new(const cm_url *url, uint32_t max_clients, cm_error *error) {
    bson_error_t cause;
    mongoc_client_pool_t *pool = mongoc_client_pool_new_with_error(url->uri, &cause);
    if (pool == NULL) {
        cm_fail(error, CM_ERROR_ARGUMENT, cause.code, cause.message);
        return NULL;
    }
    // Both only once and before the first pop. Without version 2 the codes of the server and of libmongoc are mixed up.
    mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_pool_max_size(pool, max_clients);
    return (cm_pool *) pool;
}

cm_client *cm_pool_pop(cm_pool *pool) { return (cm_client *) mongoc_client_pool_pop((mongoc_client_pool_t *) pool); }

void cm_pool_push(cm_pool *pool, cm_client *client) { mongoc_client_pool_push((mongoc_client_pool_t *) pool, cm_mongoc(client)); }

void cm_pool_destroy(cm_pool *pool) { mongoc_client_pool_destroy((mongoc_client_pool_t *) pool); }
