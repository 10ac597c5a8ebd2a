#include "publish/archive.h"
#include <errno.h>
#include "publish/mboxrd.h"
#include "store/posts.h"

/* One post in memory at a time: a group's archive may be larger than the machine. Posts are never changed or taken away, so
 * no transaction has to hold the picture still. */

static bool flush(FILE *to, GError **error) {
    if (fflush(to) == 0 && ferror(to) == 0) return true;
    return fault_set(error, FAULT_TEMPORARY, "cannot write the archive: %s", g_strerror(errno));
}

static GBytes *read_raw(Database *database, int64_t post, GError **error) {
    GError *reason = NULL;
    GBytes *raw = posts_raw(database, post, &reason);
    if (reason != NULL)
        g_propagate_error(error, reason);
    else if (raw == NULL)
        fault_set(error, FAULT_PERMANENT, "there is no post %" G_GINT64_FORMAT, post);
    return raw;
}

static bool write_entry(Database *database, int64_t post, FILE *to, GError **error) {
    g_autoptr(GBytes) raw = read_raw(database, post, error);
    if (raw == NULL) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_ARCHIVE_ENVELOPE);
    query_integer(query, 1, post);
    if (query_step(query, error) != 1) return false;
    return mboxrd_write(to, query_column_text(query, 0), query_column_integer(query, 1), raw, error);
}

bool archive_export_mbox(Database *database, int64_t group, FILE *to, GError **error) {
    g_autoptr(GArray) posts = posts_numbers(database, group, error);
    if (posts == NULL) return false;
    for (guint i = 0; i < posts->len; i++)
        if (!write_entry(database, g_array_index(posts, int64_t, i), to, error)) return false;
    return flush(to, error);
}

bool archive_export_raw(Database *database, int64_t post, FILE *to, GError **error) {
    g_autoptr(GBytes) raw = read_raw(database, post, error);
    if (raw == NULL) return false;
    gsize length;
    const void *bytes = g_bytes_get_data(raw, &length);
    if (length > 0) fwrite(bytes, 1, length, to);
    return flush(to, error);
}
