// The one door between Swift and libmongoc: bytes in, bytes out.
//
// Swift never holds a bson_t: libbson promises the compiler an alignment of 128 bytes that Swift does not know of, and a bson_t may
// point into itself. So every function takes BSON as a pointer and a length, checks it, and gives BSON back as one malloc'ed buffer.
//
// Threads: cm_pool may be used by any thread. A client, and a session or tail made from it, by one thread at a time.
// Every bool says whether the call succeeded; only when it is false is *error filled. A cm_buffer out-parameter is always set
// (perhaps to nothing) and belongs to the caller, who frees it with cm_buffer_free.

#ifndef CMONGO_H
#define CMONGO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cm_url cm_url;
typedef struct cm_pool cm_pool;
typedef struct cm_client cm_client;
typedef struct cm_session cm_session;
typedef struct cm_tail cm_tail;

/// BSON (or packed BSON) that the caller keeps until the call returns.
typedef struct {
    const uint8_t *_Nullable data;
    size_t length;
} cm_bytes;

/// Bytes that the caller owns.
typedef struct {
    uint8_t *_Nullable data;
    size_t length;
} cm_buffer;

/// What sort of failure it was; libmongoc's domains and codes, sorted by what a caller can do about them.
enum {
    /// The server answered with an error; code is the server's.
    CM_ERROR_SERVER = 1,
    /// The write is done, but not as durable as asked for; code is the server's.
    CM_ERROR_WRITE_CONCERN,
    /// The connection failed while a request was under way.
    CM_ERROR_NETWORK,
    /// No suitable server within the time for server selection.
    CM_ERROR_SERVER_SELECTION,
    /// The server does not accept the credentials, or there are none.
    CM_ERROR_AUTHENTICATION,
    /// No client was free in time.
    CM_ERROR_POOL,
    /// libmongoc refused the arguments before sending anything.
    CM_ERROR_ARGUMENT,
    /// The bytes that came from Swift or from the server are no BSON.
    CM_ERROR_MALFORMED,
    /// The result is larger than the caller allowed.
    CM_ERROR_TOO_LARGE,
    /// The answer was not what the protocol foresees.
    CM_ERROR_PROTOCOL,
};

typedef struct {
    uint32_t kind;
    /// The server's code, or libmongoc's.
    uint32_t code;
    char message[512];
} cm_error;

/// Level as in libmongoc (0 error, 1 critical, 2 warning, 3 message, 4 info, 5 debug). Called on any thread, perhaps under a lock of
/// libmongoc: it must not call back into this header.
typedef void (*cm_log_sink)(uint32_t level, const char *_Nonnull domain, const char *_Nonnull message, void *_Nullable context);

/// The error's message, zero-terminated.
const char *_Nonnull cm_error_message(const cm_error *_Nonnull error);
void cm_buffer_free(cm_buffer buffer);

/// Initialises libmongoc the first time it is called, with the sink for its log; later calls do nothing.
void cm_initialize(cm_log_sink _Nullable sink, void *_Nullable context);

// ---- URL ----

cm_url *_Nullable cm_url_new(const char *_Nonnull text, cm_error *_Nonnull error);
void cm_url_destroy(cm_url *_Nonnull url);
bool cm_url_has(const cm_url *_Nonnull url, const char *_Nonnull option);
int32_t cm_url_int32(const cm_url *_Nonnull url, const char *_Nonnull option, int32_t otherwise);
bool cm_url_set_int32(cm_url *_Nonnull url, const char *_Nonnull option, int32_t value);
bool cm_url_set_bool(cm_url *_Nonnull url, const char *_Nonnull option, bool value);
bool cm_url_set_text(cm_url *_Nonnull url, const char *_Nonnull option, const char *_Nonnull value);
/// The part after the slash, or null. Lives as long as the URL.
const char *_Nullable cm_url_database(const cm_url *_Nonnull url);
bool cm_url_bool(const cm_url *_Nonnull url, const char *_Nonnull option, bool otherwise);
/// Whether the write concern that the URL asks for is majority, or none is.
bool cm_url_has_majority(const cm_url *_Nonnull url);
/// The read concern that the URL asks for; NULL if it asks for none. libmongoc keeps it apart from the other options.
const char *_Nullable cm_url_read_concern(const cm_url *_Nonnull url);
/// Sets write concern majority with journal and this time limit, read preference primary, read concern majority.
void cm_url_require_durability(cm_url *_Nonnull url, int32_t write_timeout_ms);
/// After that: sets write concern 1 with journal. For a test only.
void cm_url_lower_durability(cm_url *_Nonnull url);

// ---- Pool ----

/// A pool of at most max_clients clients; it connects when the first is taken.
cm_pool *_Nullable cm_pool_new(const cm_url *_Nonnull url, uint32_t max_clients, cm_error *_Nonnull error);
/// Null when none is free within waitQueueTimeoutMS.
cm_client *_Nullable cm_pool_pop(cm_pool *_Nonnull pool);
void cm_pool_push(cm_pool *_Nonnull pool, cm_client *_Nonnull client);
/// Talks to the server (endSessions) and may block for the time of server selection. All clients must be back.
void cm_pool_destroy(cm_pool *_Nonnull pool);

// ---- Operations. The reply holds errorLabels also when the call fails. session may be null. ----

/// Runs a command. With `retryable` it is sent as a read, which libmongoc repeats once when the connection fails.
bool cm_command(cm_client *_Nonnull client, cm_session *_Nullable session, const char *_Nonnull database, cm_bytes command, bool retryable,
                cm_buffer *_Nonnull reply, cm_error *_Nonnull error);

/// All documents of a find, one behind the other; options as in the find command. More than max_bytes of them is an error.
bool cm_find(cm_client *_Nonnull client, cm_session *_Nullable session, const char *_Nonnull database, const char *_Nonnull collection,
             cm_bytes filter, cm_bytes options, size_t max_bytes, cm_buffer *_Nonnull documents, cm_buffer *_Nonnull reply,
             cm_error *_Nonnull error);

/// The same for an aggregation; pipeline is an array.
bool cm_aggregate(cm_client *_Nonnull client, cm_session *_Nullable session, const char *_Nonnull database, const char *_Nonnull collection,
                  cm_bytes pipeline, cm_bytes options, size_t max_bytes, cm_buffer *_Nonnull documents, cm_buffer *_Nonnull reply,
                  cm_error *_Nonnull error);

enum { CM_MODIFY_REMOVE = 1, CM_MODIFY_UPSERT = 2, CM_MODIFY_RETURN_NEW = 4 };

/// update, sort, fields and extra may be empty (length 0).
typedef struct {
    cm_bytes filter;
    cm_bytes update;
    cm_bytes sort;
    cm_bytes fields;
    cm_bytes extra;
    uint32_t flags;
    uint32_t max_time_ms;
} cm_modification;

bool cm_find_and_modify(cm_client *_Nonnull client, cm_session *_Nullable session, const char *_Nonnull database,
                        const char *_Nonnull collection, const cm_modification *_Nonnull modification, cm_buffer *_Nonnull reply,
                        cm_error *_Nonnull error);

enum {
    CM_WRITE_INSERT = 1,
    CM_WRITE_UPDATE_ONE,
    CM_WRITE_UPDATE_MANY,
    CM_WRITE_REPLACE_ONE,
    CM_WRITE_DELETE_ONE,
    CM_WRITE_DELETE_MANY,
};

/// Many writes. `operations` is packed: for each a kind byte and its BSON documents (insert: document, options; update and replace: filter,
/// update, options; delete: filter, options).
bool cm_bulk(cm_client *_Nonnull client, cm_session *_Nullable session, const char *_Nonnull database, const char *_Nonnull collection,
             cm_bytes operations, bool ordered, cm_buffer *_Nonnull reply, cm_error *_Nonnull error);

// ---- Sessions and transactions ----

cm_session *_Nullable cm_session_new(cm_client *_Nonnull client, cm_error *_Nonnull error);
/// Aborts a transaction that is still open.
void cm_session_destroy(cm_session *_Nonnull session);
bool cm_transaction_start(cm_session *_Nonnull session, uint32_t max_commit_time_ms, cm_error *_Nonnull error);
bool cm_transaction_commit(cm_session *_Nonnull session, cm_buffer *_Nonnull reply, cm_error *_Nonnull error);
bool cm_transaction_abort(cm_session *_Nonnull session, cm_error *_Nonnull error);

// ---- Tailing a capped collection ----

cm_tail *_Nullable cm_tail_open(cm_client *_Nonnull client, const char *_Nonnull database, const char *_Nonnull collection, cm_bytes filter,
                                uint32_t max_await_ms, cm_error *_Nonnull error);
/// The next document, or none when nothing came within max_await_ms. False: the cursor is dead, close it.
bool cm_tail_next(cm_tail *_Nonnull tail, cm_buffer *_Nonnull document, cm_error *_Nonnull error);
void cm_tail_close(cm_tail *_Nonnull tail);

#endif
