#include "store/pieces.h"
#include "base/token.h"

bool pieces_put(Database *database, GBytes *content, int64_t *id, GError **error) {
    gsize length;
    const void *bytes = g_bytes_get_data(content, &length);
    g_autofree char *hash = token_hash(bytes, length);
    g_autoptr(Query) find = query_new(database, STATEMENT_PIECE_FIND);
    query_text(find, 1, hash);
    int step = query_step(find, error);
    if (step == 1) *id = query_column_integer(find, 0);
    if (step != 0) return step == 1;
    g_autoptr(Query) add = query_new(database, STATEMENT_PIECE_ADD);
    query_text(add, 1, hash);
    query_bytes(add, 2, bytes, length);
    if (!query_run(add, error)) return false;
    *id = database_last_id(database);
    return true;
}

void pieces_fill(GByteArray *body, GBytes *content, const char *key) {
    gsize length;
    const guint8 *from = g_bytes_get_data(content, &length), *end = from + length;
    for (const guint8 *mark; key != NULL && (mark = memchr(from, PIECE_KEY_MARK, (size_t)(end - from))) != NULL; from = mark + 1) {
        g_byte_array_append(body, from, (guint)(mark - from));
        g_byte_array_append(body, (const guint8 *)key, (guint)strlen(key));
    }
    g_byte_array_append(body, from, (guint)(end - from));
}

char *pieces_key(Database *database, int64_t person) { return token_key(database_secret(database), token_reader_purpose, person); }

static bool join_one(Database *database, GByteArray *body, const char *number, const char *key, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_PIECE_GET);
    bool keyed = *number == 'k';
    query_integer(query, 1, g_ascii_strtoll(number + keyed, NULL, 10));
    int step = query_step(query, error);
    if (step == 0) return fault_set(error, FAULT_INTERNAL, "the piece %s of a digest is missing", number);
    if (step != 1) return false;
    g_autoptr(GBytes) content = query_column_bytes(query, 0);
    pieces_fill(body, content, keyed ? key : NULL);
    return true;
}

GBytes *pieces_join(Database *database, const char *recipe, int64_t person, GError **error) {
    g_autofree char *key = pieces_key(database, person);
    g_auto(GStrv) numbers = g_strsplit(recipe, " ", -1);
    g_autoptr(GByteArray) body = g_byte_array_new();
    for (char **number = numbers; *number != NULL; number++)
        if (!join_one(database, body, *number, key, error)) return NULL;
    return g_byte_array_free_to_bytes(g_steal_pointer(&body));
}
