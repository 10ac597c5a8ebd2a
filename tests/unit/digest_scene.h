/* digest_scene.h: groups and posts for the tests of digests: plain values, for one use at a time. */
#pragma once
#include "publish/digest_writer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* A post of the thread; only what a test is about is set by it. */
typedef struct {
    int rank;
    int64_t thread, id, parent;
    const char *subject, *text;
} Scene;

enum { SCENE_MOST = 16 };
static Group scene_groups[2];
static Post scene_posts[SCENE_MOST];
static Config scene_config;
static DigestWords *scene_words[2];
static DigestFrame scene_frames[2];

G_GNUC_UNUSED static char *writable(const char *text) {
    static GStringChunk *chunk;
    if (chunk == NULL) chunk = g_string_chunk_new(1024);
    return g_string_chunk_insert(chunk, text != NULL ? text : "");
}

G_GNUC_UNUSED static size_t set_scene(const Scene *scenes, size_t count, DigestEntry *entries) {
    scene_groups[0] = (Group){.id = 1, .name = writable("environment"), .title = writable("Περιβάλλον"), .zone = writable("Europe/Athens"), .subject_tag = writable("")};
    scene_groups[1] = (Group){.id = 2, .name = writable("ygeia"), .title = writable("Υγεία"), .zone = writable("Europe/Athens"), .subject_tag = writable("")};
    for (size_t i = 0; i < count; i++) {
        scene_posts[i] = (Post){.id = scenes[i].id, .thread = scenes[i].thread, .parent = scenes[i].parent, .subject = writable(scenes[i].subject),
                                .author_name = writable("Μαρία Παππά"), .author_address = writable("maria@dimos.example.gr"),
                                .message_id = writable("k1@dimos.example.gr"), .text = writable(scenes[i].text), .accepted_at = 1795442700};
        entries[i] = (DigestEntry){.group = &scene_groups[scenes[i].rank], .rank = scenes[i].rank, .post = &scene_posts[i]};
    }
    digest_order(entries, count);
    return count;
}

G_GNUC_UNUSED static const DigestFrame *frame_in(bool english) {
    scene_config = (Config){.domain = writable("groups.example.gr"), .name = writable("Δίκτυο Δήμων")};
    if (scene_words[english] == NULL) scene_words[english] = digest_words_read(NULL, english ? "en" : "el", NULL);
    assert_non_null(scene_words[english]);
    scene_frames[english] = (DigestFrame){&scene_config, scene_words[english], "b0undary"};
    return &scene_frames[english];
}

/* A whole mail's body by one writer, in one part. */
G_GNUC_UNUSED static char *body_of(const DigestWriter *writer, const DigestFrame *frame, const DigestEntry *entries, size_t count, GBytes *raw) {
    const DigestMail mail = {.frame = frame, .zone = "Europe/Athens", .cut = 1795496400, .entries = entries, .count = count, .to = count, .part = 1, .parts = 1};
    GString *all = g_string_new(NULL);
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(made, writer->opening(&mail));
    for (size_t i = 0, thread = 0; i < count; i++) {
        if (writer->group != NULL && (i == 0 || entries[i].group != entries[i - 1].group)) g_ptr_array_add(made, writer->group(frame, entries[i].group));
        if (i == thread) {
            if (writer->thread != NULL) g_ptr_array_add(made, writer->thread(frame, &entries[i]));
            thread += digest_thread_run(&entries[i], count - i);
        }
        g_autoptr(GPtrArray) pieces = writer->post(frame, &entries[i], raw);
        for (guint j = 0; j < pieces->len; j++) g_ptr_array_add(made, g_strdup(pieces->pdata[j]));
        if (i + 1 == thread && writer->foot != NULL) g_ptr_array_add(made, writer->foot(frame, &entries[i]));
    }
    g_ptr_array_add(made, writer->closing(&mail));
    for (guint i = 0; i < made->len; i++) {
        assert_true(g_str_has_suffix(made->pdata[i], "\n"));
        g_string_append(all, made->pdata[i]);
    }
    return g_string_free(all, FALSE);
}

/* Every line of a text is at most so many octets. */
G_GNUC_UNUSED static void assert_short_lines(const char *text, size_t most) {
    for (const char *line = text; *line != '\0'; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        if (length > most) fail_msg("%zu octets: %.80s", length, line);
        line += length;
    }
}

G_GNUC_UNUSED static void assert_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL) fail_msg("“%s” is not in:\n%s", part, text);
}

G_GNUC_UNUSED static void assert_lacks(const char *text, const char *part) {
    if (strstr(text, part) != NULL) fail_msg("“%s” is in:\n%s", part, text);
}

/* Ended in each program by this: what the frames hold. */
G_GNUC_UNUSED static int clear_scene(void **state G_GNUC_UNUSED) {
    for (int i = 0; i < 2; i++) g_clear_pointer(&scene_words[i], digest_words_free);
    return 0;
}
