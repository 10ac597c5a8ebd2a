#include "digest_scene.h"

/* Digests of whole messages, and what Python's parser makes of them. */

static const char raw_windows[] = "Return-Path: <x@y.gr>\r\nReceived: from a by b\r\nFrom: \xcc\xe1\xf1\xdf\xe1 <maria@dimos.example.gr>\r\nSubject: \xca\xdc\xe4\xef\xe9\r\n\r\n"
                                  "\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1\r\n--b0undar\r\n--d-b0unda\r\n\r\n-- \r\nM\r\n";
static const char raw_multipart[] = "From: x@y.gr\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"in\"\n\n--in\n\nα\n--in\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--in--\nno line end";

static char *with_raw(GBytes *raw) {
    static const Scene scenes[] = {{0, 1, 1, 0, "Κάδοι", "α"}, {0, 1, 2, 1, "Re: Κάδοι", "β"}};
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, 2, entries);
    return body_of(&digest_writer_mime, frame_in(false), entries, 2, raw);
}

/* Each part that Python's parser finds, as type and bytes in hexadecimal, depth first. */
static char *parsed(const char *body) {
    static const char script[] =
        "import sys, email\n"
        "def show(part):\n"
        "    print(part.get_content_type(), len(part.defects), end=' ')\n"
        "    if part.get_content_type() == 'message/rfc822': print(part.get_payload(0).as_bytes().hex())\n"
        "    elif part.is_multipart():\n"
        "        print()\n"
        "        for inner in part.get_payload(): show(inner)\n"
        "    elif part.get_content_type() == 'text/plain': print('text')\n"
        "    else: print(part.get_payload(decode=True).hex())\n"
        "show(email.message_from_binary_file(sys.stdin.buffer))\n";
    g_autofree char *type = digest_type(FORMAT_MIME, "b0undary"), *mail = g_strconcat("MIME-Version: 1.0\n", type, "\n", body, NULL);
    g_autofree char *folder = g_dir_make_tmp("diktyo-mime-XXXXXX", NULL), *path = g_build_filename(folder, "mail", NULL);
    const char *arguments[] = {"sh", "-c", "python3 -c \"$0\" < \"$1/mail\"; rm -r \"$1\"", script, folder, NULL};
    char *out = NULL;
    int status;
    assert_true(g_file_set_contents(path, mail, -1, NULL));
    assert_true(g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, NULL));
    assert_int_equal(status, 0);
    return out;
}

static char *hexadecimal(const char *bytes) {
    GString *out = g_string_new(NULL);
    for (; *bytes != '\0'; bytes++) g_string_append_printf(out, "%02x", (unsigned)(unsigned char)*bytes);
    return g_string_free(out, FALSE);
}

static void messages_come_out_whole(void **state) {
    (void)state;
    const char *const raws[] = {raw_windows, raw_multipart};
    for (size_t i = 0; i < G_N_ELEMENTS(raws); i++) {
        g_autoptr(GBytes) raw = g_bytes_new_static(raws[i], strlen(raws[i]));
        g_autofree char *body = with_raw(raw), *found = parsed(body);
        g_autofree char *lines = g_strdup(raws[i]);
        GString *plain = g_string_new(g_str_has_prefix(lines, "Return-Path") ? strstr(lines, "From:") : lines);
        g_string_replace(plain, "\r", "", 0);
        g_autofree char *message = g_string_free(plain, FALSE), *hex = hexadecimal(message);
        g_autofree char *expected = g_strdup_printf("multipart/mixed 0 \ntext/plain 0 text\nmultipart/digest 0 \nmessage/rfc822 0 %s\nmessage/rfc822 0 %s\ntext/plain 0 text\n", hex, hex);
        assert_string_equal(found, expected);
        assert_has(body, "--d-b0undary\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n");
    }
}

static void what_no_mail_may_hold_goes_as_a_file(void **state) {
    (void)state;
    g_autofree char *wide = g_strnfill(999, 'x'), *too_wide = g_strconcat("Subject: x\n\n", wide, "\n", NULL);
    const struct {
        const char *bytes;
        size_t length;
    } cases[] = {{"Subject: x\n\na\0b\n", 16}, {"Subject: x\n\na\rb\n", 16}, {too_wide, strlen(too_wide)}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) raw = g_bytes_new_static(cases[i].bytes, cases[i].length);
        g_autofree char *body = with_raw(raw), *found = parsed(body);
        g_autoptr(GString) hex = g_string_new("\napplication/octet-stream 0 ");
        for (size_t j = 0; j < cases[i].length; j++) g_string_append_printf(hex, "%02x", (unsigned)(unsigned char)cases[i].bytes[j]);
        assert_has(found, hex->str);
        assert_short_lines(body, 900);
    }
}

static void the_text_parts_say_how_they_are_written(void **state) {
    (void)state;
    g_autoptr(GBytes) raw = g_bytes_new_static(raw_windows, strlen(raw_windows));
    g_autofree char *body = with_raw(raw);
    assert_true(g_str_has_prefix(body, "--b0undary\nContent-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n\nΣύνοψη Τρίτης 24 Νοεμβρίου"));
    assert_true(g_str_has_suffix(body, "\n--b0undary--\n"));
    assert_has(body, "\n--d-b0undary--\n\n--b0undary\nContent-Type: text/plain; charset=utf-8; format=flowed\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_whole),
        cmocka_unit_test(what_no_mail_may_hold_goes_as_a_file),
        cmocka_unit_test(the_text_parts_say_how_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, clear_scene);
}
