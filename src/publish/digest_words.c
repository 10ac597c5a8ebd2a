#include "publish/digest_words.h"
#include "message/template.h"
#include "message/text.h"
#include <stdarg.h>

/* Everything that a digest says of its own stands in templates, and is read once a run: what is written for ten thousand readers must not open a file. */

enum { SUBJECT_MOST = 200, VALUES_MOST = 10 };

struct DigestWords {
    char *templates, *language;
    GHashTable *sections[DIGEST_FILES];
    GHashTable *words; /* those of words.txt that were asked for */
    GHashTable *zones; /* only held: GLib reads the file of a zone anew whenever nobody has it */
};

DigestWords *digest_words_read(const char *templates, const char *language, GError **error) {
    static const char *const files[DIGEST_FILES] = {[DIGEST_TXT] = "digest.txt", [DIGEST_HTML] = "digest.html"};
    g_autoptr(DigestWords) words = g_new0(DigestWords, 1);
    words->templates = g_strdup(templates);
    words->language = g_strdup(g_strcmp0(language, "en") == 0 ? "en" : "el");
    words->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    words->zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_time_zone_unref);
    for (int i = 0; i < DIGEST_FILES; i++)
        if ((words->sections[i] = template_read_sections(templates, words->language, files[i], error)) == NULL) return NULL;
    return g_steal_pointer(&words);
}

void digest_words_free(DigestWords *words) {
    if (words == NULL) return;
    for (int i = 0; i < DIGEST_FILES; i++) g_clear_pointer(&words->sections[i], g_hash_table_unref);
    g_clear_pointer(&words->words, g_hash_table_unref);
    g_clear_pointer(&words->zones, g_hash_table_unref);
    g_free(words->templates);
    g_free(words->language);
    g_free(words);
}

const char *digest_language(const DigestWords *words) { return words->language; }

static const char *word_of(const DigestWords *words, const char *section, const char *name) {
    g_autofree char *key = g_strdup_printf("%s %s", section, name);
    const char *known = g_hash_table_lookup(words->words, key);
    if (known != NULL) return known;
    char *word = template_word(words->templates, words->language, section, name);
    g_hash_table_insert(words->words, g_steal_pointer(&key), word);
    return word;
}

const char *digest_word(const DigestWords *words, const char *name) { return word_of(words, "digest", name); }

char *digest_fill(const DigestWords *words, DigestFile file, const char *section, ...) {
    const char *values[2 * VALUES_MOST + 1] = {NULL};
    va_list list;
    va_start(list, section);
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(values) && (values[i] = va_arg(list, const char *)) != NULL; i++) {}
    va_end(list);
    const char *text = g_hash_table_lookup(words->sections[file], section);
    return template_fill_section(text != NULL ? text : "", values);
}

char *digest_counted(const DigestWords *words, size_t number, const char *name) {
    g_autofree char *form = g_strconcat(name, number == 1 ? "-one" : "-many", NULL);
    return g_strdup_printf("%zu %s", number, digest_word(words, form));
}

char *digest_size(const DigestWords *words, int64_t size) {
    static const char *const units[] = {"B", "kB", "MB", "GB"};
    double value = (double)MAX(size, 0);
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < G_N_ELEMENTS(units)) value /= 1000, unit++;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(number, sizeof number, unit > 0 && value < 9.95 ? "%.1f" : "%.0f", value);
    g_strdelimit(number, ".", *digest_word(words, "decimal"));
    return g_strdup_printf("%s %s", number, units[unit]);
}

static GTimeZone *zone_of(const DigestWords *words, const char *name) {
    GTimeZone *zone = g_hash_table_lookup(words->zones, name);
    if (zone != NULL) return zone;
    zone = g_time_zone_new_identifier(name);
    if (zone == NULL) zone = g_time_zone_new_utc();
    g_hash_table_insert(words->zones, g_strdup(name), zone);
    return zone;
}

char *digest_date(const DigestWords *words, const char *zone, int64_t at, DigestDate how) {
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone_of(words, zone != NULL ? zone : "")) : NULL;
    if (local == NULL) return g_strdup("");
    g_autofree char *weekday = g_strdup_printf("%d", g_date_time_get_day_of_week(local));
    g_autofree char *month = g_strdup_printf("%d", g_date_time_get_month(local));
    g_autofree char *day = g_strdup_printf("%d %s", g_date_time_get_day_of_month(local), word_of(words, "months", month));
    if (how == DIGEST_DAY) return g_steal_pointer(&day);
    if (how == DIGEST_HOUR) return g_date_time_format(local, "%H:%M");
    if (how == DIGEST_DAY_OF) return g_strdup_printf("%s %s", word_of(words, "weekdays-of", weekday), day);
    g_autofree char *hour = g_date_time_format(local, "%H:%M");
    return g_strdup_printf("%s %s, %s", word_of(words, "weekdays", weekday), day, hour);
}

char *digest_subject_of(const DigestWords *words, const Post *post) {
    g_autofree char *subject = text_one_line(post->subject != NULL ? post->subject : "", SUBJECT_MOST);
    return *subject != '\0' ? g_steal_pointer(&subject) : g_strdup(digest_word(words, "no-subject"));
}
