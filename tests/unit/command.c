#include "decide/command.h"
#include "decide/words.h"
#include "decide/greeklish.h"
#include "message/parse.h"
#include "message/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* The mails stand in tests/mail/commands: table.txt for those of plain text, *.eml for those whose form matters. */

enum { LINES_MOST = 100100 };

static const Calling groups[] = {
    {"it", (const char *const[]){"πληροφορικη", NULL}},
    {"social", (const char *const[]){"κοινωνικη πολιτικη", "koinoniki-politiki", NULL}},
    {"health", (const char *const[]){"υγεια", NULL}},
    {"education", (const char *const[]){"παιδεια", NULL}},
    {"environment", (const char *const[]){"περιβαλλον", "perivallon", NULL}},
    {"tourism", (const char *const[]){"τουρισμοσ", NULL}},
};

/* A text's lines, folded as the caller of command_read folds them. */
typedef struct {
    CommandLine *lines;
    size_t count;
    char *text;
    GPtrArray *folded;
} Mail;

static Mail mail_of(const char *text) {
    Mail mail = {.text = g_strdup(text), .folded = g_ptr_array_new_with_free_func(g_free), .lines = g_new0(CommandLine, LINES_MOST)};
    for (char *from = mail.text; from != NULL && mail.count < LINES_MOST;) {
        char *end = strchr(from, '\n');
        if (end != NULL) *end++ = '\0';
        char *folded = text_fold(from);
        g_ptr_array_add(mail.folded, folded);
        mail.lines[mail.count++] = (CommandLine){from, folded};
        from = end;
    }
    return mail;
}

static void mail_clear(Mail *mail) {
    g_free(mail->lines);
    g_free(mail->text);
    g_ptr_array_unref(mail->folded);
}

static Reading *read_mail(const char *subject, const char *text, const Route *route) {
    g_autofree char *folded = subject != NULL ? text_fold(subject) : NULL;
    CommandLine first = {subject, folded};
    Mail mail = mail_of(text);
    Reading *reading = command_read(subject != NULL ? &first : NULL, mail.lines, mail.count, groups, G_N_ELEMENTS(groups), route);
    mail_clear(&mail);
    return reading;
}

/* `join health digest; leave *`; "help" for none. */
static char *orders_of(const Reading *reading) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < reading->orders->len; i++) {
        const Order *order = reading->orders->pdata[i];
        const char *parts[] = {order->group, order->argument, order->reason};
        g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", verb_words[order->verb]);
        for (size_t p = 0; p < G_N_ELEMENTS(parts); p++)
            if (*parts[p] != '\0') g_string_append_printf(text, " %s", parts[p]);
    }
    if (text->len == 0) g_string_append(text, "help needed");
    return g_string_free(text, FALSE);
}

static void expect(const char *subject, const char *text, const Route *route, const char *expected) {
    g_autoptr(Reading) reading = read_mail(subject, text, route);
    g_autofree char *found = orders_of(reading);
    if (strcmp(found, expected) != 0) fail_msg("%s / %s: %s, not %s", subject != NULL ? subject : "", text, found, expected);
}

/* --- the mails --- */

typedef struct {
    int mails, wrong, helped; /* read, acted upon wrongly, answered with help where that was acceptable */
} Count;

/* "join health or help": the first is wanted, help is borne. */
static void judge(Count *count, const char *title, const char *expected, const char *subject, const char *text, const Route *route) {
    g_autoptr(Reading) reading = read_mail(subject, text, route);
    g_autofree char *found = orders_of(reading), *wanted = g_strdup(expected);
    bool help_is_fine = g_str_has_suffix(wanted, " or help");
    if (help_is_fine) wanted[strlen(wanted) - strlen(" or help")] = '\0';
    bool help = strcmp(found, "help needed") == 0, as_wanted = strcmp(found, wanted) == 0 || (help && strcmp(wanted, "help") == 0);
    count->mails++;
    if (as_wanted) return;
    if (help && help_is_fine) {
        count->helped++;
        return;
    }
    count->wrong++;
    print_error("%s: read as %s, not %s\n", title, found, expected);
}

static Route route_of(const char *field) {
    static const struct {
        const char *word;
        RouteKind kind;
    } kinds[] = {{"join ", ROUTE_JOIN}, {"leave ", ROUTE_LEAVE}, {"request ", ROUTE_REQUEST}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(field, kinds[i].word)) return (Route){kinds[i].kind, (char *)(uintptr_t)(field + strlen(kinds[i].word)), (char *)(uintptr_t)""};
    return (Route){ROUTE_SITE, (char *)(uintptr_t)"", (char *)(uintptr_t)""};
}

static void judge_entry(Count *count, const char *entry) {
    g_auto(GStrv) lines = g_strsplit(entry, "\n", -1);
    const char *expected = NULL, *to = "", *subject = NULL;
    size_t i = 1;
    for (; lines[i] != NULL && *lines[i] != '\0'; i++) {
        if (g_str_has_prefix(lines[i], "expect: ")) expected = lines[i] + strlen("expect: ");
        else if (g_str_has_prefix(lines[i], "to: ")) to = lines[i] + strlen("to: ");
        else if (g_str_has_prefix(lines[i], "subject: ")) subject = lines[i] + strlen("subject: ");
        else fail_msg("%s: what is %s?", lines[0], lines[i]);
    }
    assert_non_null(expected);
    g_autofree char *body = g_strjoinv("\n", lines + (lines[i] != NULL ? i + 1 : i));
    Route route = route_of(to);
    judge(count, lines[0], expected, subject, body, &route);
}

static void judge_file(Count *count, const char *path) {
    g_autofree char *raw = NULL, *expected = NULL, *to = NULL;
    gsize length;
    assert_true(g_file_get_contents(path, &raw, &length, NULL));
    const char *expect_field = strstr(raw, "X-Expected: "), *to_field = strstr(raw, "X-Route: ");
    assert_non_null(expect_field);
    expect_field += strlen("X-Expected: ");
    expected = g_strndup(expect_field, strcspn(expect_field, "\r\n"));
    if (to_field != NULL) to = g_strndup(to_field + strlen("X-Route: "), strcspn(to_field + strlen("X-Route: "), "\r\n"));
    g_autoptr(GBytes) bytes = g_bytes_new(raw, length);
    g_autoptr(Letter) letter = letter_parse(bytes, "X-Loop-Mark");
    Route route = route_of(to != NULL ? to : "");
    judge(count, path, expected, letter->subject, letter->text, &route);
}

static void no_mail_is_acted_upon_wrongly(void **state G_GNUC_UNUSED) {
    static const char folder[] = "tests/mail/commands";
    g_autofree char *table = NULL;
    Count count = {0};
    assert_true(g_file_get_contents("tests/mail/commands/table.txt", &table, NULL, NULL));
    g_auto(GStrv) entries = g_strsplit(table, "\n=== ", -1);
    for (char **entry = entries + 1; *entry != NULL; entry++) judge_entry(&count, g_strchomp(*entry));
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(directory)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".eml")) judge_file(&count, path);
    }
    print_message("# %d mails, %d answered with help where that is acceptable, %d wrong\n", count.mails, count.helped, count.wrong);
    assert_true(count.mails >= 150);
    assert_int_equal(count.wrong, 0);
    assert_true(count.helped * 10 < count.mails);
}

/* --- the table --- */

static void every_word_belongs_to_one_command(void **state G_GNUC_UNUSED) {
    g_autoptr(GHashTable) words = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) sounds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool verbs[VERBS] = {false};
    for (size_t i = 0; commands_by_mail[i].words != NULL; i++) {
        const MailCommand *row = &commands_by_mail[i];
        assert_false(verbs[row->verb]);
        verbs[row->verb] = true;
        assert_string_equal(row->words[0], verb_words[row->verb]);
        assert_true((unsigned char)row->words[1][0] >= 0x80);
        assert_true(g_str_has_prefix(row->usage_en, row->words[0]));
        g_autofree char *usage = text_fold(row->usage_el);
        assert_true(g_str_has_prefix(usage, row->words[1]));
        for (const char *const *word = row->words; *word != NULL; word++) {
            g_autofree char *folded = text_fold(*word);
            assert_string_equal(folded, *word);
            if (!g_hash_table_insert(words, (char *)(uintptr_t)*word, NULL)) fail_msg("%s stands twice", *word);
            if ((unsigned char)**word < 0x80) continue;
            g_autofree char *sound = greeklish_key(*word);
            const MailCommand *other = g_hash_table_lookup(sounds, sound);
            if (other != NULL && other != row) fail_msg("%s sounds like a word of %s", *word, other->words[0]);
            g_hash_table_insert(sounds, g_steal_pointer(&sound), (void *)(uintptr_t)row);
        }
    }
    for (int i = 0; i < VERBS; i++) assert_true(verbs[i]);
}

static void each_command_is_met_in_english_greek_and_greeklish(void **state G_GNUC_UNUSED) {
    static const char *const table[][2] = {
        {"help", "help"}, {"ΒΟΗΘΕΙΑ", "help"}, {"Βοήθεια", "help"}, {"voithia", "help"}, {"voi8eia", "help"}, {"ΟΜΑΔΕΣ", "groups"}, {"omades", "groups"},
        {"info health", "info health"}, {"ΠΛΗΡΟΦΟΡΙΕΣ Υγεία", "info health"}, {"plhrofories ygeia", "info health"}, {"ΣΤΟΙΧΕΙΑ", "my"}, {"my", "my"}, {"stoixeia", "my"},
        {"ΜΕΛΗ Υγεία", "who health"}, {"ΑΡΧΕΙΟ Παιδεία", "index education"}, {"arxeio paideia", "index education"}, {"ΜΗΝΥΜΑ 12", "get 12"}, {"get health 12", "get health 12"},
        {"ΕΞΑΓΩΓΗ", "export"}, {"eksagogi", "export"}, {"ΕΓΓΡΑΦΗ Υγεία", "join health"}, {"engrafi ygeia", "join health"}, {"eggrafh ugeia", "join health"},
        {"Εγγράφομαι Υγεία", "join health"}, {"ΑΠΟΧΩΡΗΣΗ Υγεία", "leave health"}, {"apoxorisi igeia", "leave health"}, {"apohorisi Υγεία", "leave health"},
        {"diagrafi ygeia", "leave health"}, {"leave all", "leave *"}, {"ΔΙΑΓΡΑΦΗ ΟΛΕΣ", "leave *"}, {"Διαγραφή από όλες τις ομάδες", "leave *"},
        {"ΡΥΘΜΙΣΗ Υγεία ΣΥΝΟΨΗ", "set health digest"}, {"set health each", "set health each"}, {"rithmisi ygeia tipota", "set health none"}, {"ΡΥΘΜΙΣΗ Υγεία ΟΛΑ", "set health each"},
        {"ΠΑΥΣΗ 14", "pause 14"}, {"pause 14 days", "pause 14"}, {"ΠΑΥΣΗ 14 ημέρες", "pause 14"}, {"ΠΑΥΣΗ 20/12/2026", "pause 2026-12-20"}, {"pafsi 20.12.2026", "pause 2026-12-20"},
        {"pause until 2026-12-20", "pause 2026-12-20"}, {"ΠΑΥΣΗ 31/2/2026", "help needed"}, {"ΠΑΥΣΗ", "help needed"}, {"pause 0", "help needed"}, {"pause 5000", "help needed"},
        {"ΕΠΑΝΑΦΟΡΑ", "resume"}, {"ΓΛΩΣΣΑ αγγλικά", "language en"}, {"language el", "language el"}, {"ΓΛΩΣΣΑ γαλλικά", "help needed"},
        {"ΔΙΕΥΘΥΝΣΗ m.pappa@dimos.gr", "address m.pappa@dimos.gr"}, {"address <New@Dimos.GR>", "address New@Dimos.GR"}, {"address a@b@c", "help needed"},
        {"ΛΗΘΗ", "erase"}, {"Διαγραφή στοιχείων", "erase"}, {"διαγραφή των στοιχείων μου", "erase"}, {"delete my data", "erase"}, {"diagrafi ton stoixeion mou", "erase"},
        {"ΣΕ ΑΝΑΜΟΝΗ", "held"}, {"held health", "held health"}, {"ΕΓΚΡΙΣΗ 7", "accept 7"}, {"egkrisi 7", "accept 7"}, {"ΑΠΟΡΡΙΨΗ 7 Εκτός θέματος; Ναι.", "reject 7 Εκτός θέματος; Ναι."},
        {"ΑΓΝΟΗΣΗ #7", "discard 7"}, {"invite health m@x.gr", "invite health m@x.gr"}, {"ΠΡΟΣΘΗΚΗ Υγεία m@x.gr", "invite health m@x.gr"}, {"add m@x.gr health", "invite health m@x.gr"},
        {"ΑΦΑΙΡΕΣΗ Υγεία m@x.gr", "remove health m@x.gr"}, {"ΕΠΙΤΡΕΠΕΤΑΙ Υγεία m@x.gr", "allow health m@x.gr"}, {"members health", "members health"}, {"ΜΗΤΡΩΟ Υγεία", "members health"},
        {"ΡΥΘΜΙΣΕΙΣ Υγεία", "settings health"}, {"confirm", "help needed"}, {"leave it", "leave it"}, {"accept 99999999999999999999", "help needed"},
        {"join Κοινωνική πολιτική", "join social"}, {"join koinwnikh politikh", "join social"}, {"join kinoniki-politiki", "join social"}, {"join social@groups.dimos.gr", "join social"},
        {"join KOINONIKI-POLITIKI", "join social"}, {"ΕΓΓΡΑΦΗ ΥΓΕΙΑ, ΠΑΙΔΕΙΑ και Τουρισμός", "join health; join education; join tourism"},
        {"join health and education digest", "join health digest; join education digest"}, {"join health,education/tourism", "join health; join education; join tourism"},
        {"join health sports", "help needed"}, {"join", "help needed"}, {"leave health digest", "help needed"}, {"join all", "help needed"}, {"leave all health", "help needed"},
        {"help me now", "help needed"}, {"ΕΓΓPAΦH YΓEIA", "join health"}, {"end\njoin health", "help needed"}, {"join health\nΤΕΛΟΣ\njoin education", "join health"},
        {"join health\njoin health", "join health"}, {"ΕΓΓΡΑΦΗ \xe2\x80\x8bΥγεία\xc2\xa0 .", "join health"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) expect(NULL, table[i][0], NULL, table[i][1]);
}

static void a_calling_that_means_two_groups_means_none(void **state G_GNUC_UNUSED) {
    const Calling twins[] = {{"a", (const char *const[]){"υγεια", NULL}}, {"b", (const char *const[]){"υγεια", NULL}}, {"c", (const char *const[]){"υγεια παιδιων", NULL}}};
    static const CommandLine one = {"join Υγεία", "join υγεια"}, three = {"join Υγεία παιδιών", "join υγεια παιδιων"};
    g_autoptr(Reading) none = command_read(NULL, &one, 1, twins, 3, NULL), longest = command_read(NULL, &three, 1, twins, 3, NULL);
    assert_int_equal(none->orders->len, 0);
    assert_string_equal(((Order *)longest->orders->pdata[0])->group, "c");
}

static void the_eleventh_order_is_one_too_many(void **state G_GNUC_UNUSED) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 1; i <= 11; i++) g_string_append_printf(text, "get %d\n", i);
    g_autoptr(Reading) reading = read_mail(NULL, text->str, NULL);
    assert_int_equal(reading->orders->len, ORDERS_MOST);
    assert_true(reading->too_many);
}

static void what_is_not_understood_is_quoted_within_bounds(void **state G_GNUC_UNUSED) {
    g_autofree char *line = g_strnfill(1 << 20, 'x');
    g_autofree char *text = g_strdup_printf("join health\nfoo\xe2\x80\xae\x01 bar\n\n%s\n\nthree\n\nfour\n", line);
    g_autoptr(Reading) reading = read_mail(NULL, text, NULL);
    assert_int_equal(reading->orders->len, 1);
    assert_int_equal(reading->unknown->len, 3);
    assert_string_equal(reading->unknown->pdata[0], "foo bar");
    assert_int_equal(g_utf8_strlen(reading->unknown->pdata[1], -1), ORDER_QUOTE_MOST);
}

/* Nothing is timed: were it quadratic, it would not end. */
static void a_huge_mail_takes_no_time(void **state G_GNUC_UNUSED) {
    static const char *const lines[] = {"join health\n", "....", "> x\ny\n", "@", "-", "; ", "From: x\n\n\n", "X wrote:\n", "Θα ήθελα να\n", "health ", "α,β/", "\xcc\x81 "};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (int k = 0; k < 50000; k++) g_string_append(text, lines[i]);
        g_autoptr(Reading) reading = read_mail(NULL, text->str, NULL);
        assert_true(reading->orders->len <= ORDERS_MOST);
    }
}

/* --- answers --- */

static void an_answer_is_believed_only_when_it_is_clear(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *text;
        AnswerWord answer;
        const char *beside;
    } table[] = {
        {"", ANSWER_YES, NULL}, {"\n\n> Ναι;\n", ANSWER_YES, NULL}, {"Ναι", ANSWER_YES, NULL}, {"ΝΑΙ.", ANSWER_YES, NULL}, {"nai", ANSWER_YES, NULL}, {"Οκ!", ANSWER_YES, NULL},
        {"ok", ANSWER_YES, NULL}, {"entaksei", ANSWER_YES, NULL}, {"Εντάξει, ευχαριστώ πολύ", ANSWER_YES, NULL}, {"Καλημέρα σας,\n\nΝαι\n\nΜε εκτίμηση\nΜαρία Παππά", ANSWER_YES, NULL},
        {"Ναι\n\nΜαρία Παππά\nΤηλ. 2752012345", ANSWER_YES, NULL}, {"Σύμφωνοι", ANSWER_YES, NULL}, {"Επιβεβαιώνω.", ANSWER_YES, NULL}, {"Yes please", ANSWER_YES, NULL},
        {"I confirm", ANSWER_YES, NULL}, {"Εγκρίνεται", ANSWER_YES, NULL}, {"👍", ANSWER_YES, NULL}, {"\n\nΜε εκτίμηση,\nΜαρία", ANSWER_YES, NULL}, {"Στάλθηκε από το iPhone μου", ANSWER_YES, NULL},
        {"Όχι", ANSWER_NO, ""}, {"oxi", ANSWER_NO, ""}, {"ohi", ANSWER_NO, ""}, {"ΟΧΙ, δεν το ζήτησα εγώ", ANSWER_NO, "δεν το ζήτησα εγώ"}, {"δεν το ζήτησα", ANSWER_NO, "δεν το ζήτησα"},
        {"No", ANSWER_NO, ""}, {"cancel", ANSWER_NO, ""}, {"Ακύρωση", ANSWER_NO, ""}, {"Όχι, είναι εκτός θέματος.\nΝα σταλεί στον Τουρισμό.", ANSWER_NO, "είναι εκτός θέματος. Να σταλεί στον Τουρισμό."},
        {"Απορρίπτω", ANSWER_NO, ""}, {"Δεν εγκρίνω", ANSWER_NO, "Δεν εγκρίνω"}, {"I did not request this", ANSWER_NO, "I did not request this"},
        {"Διαγραφή", ANSWER_DISCARD, NULL}, {"spam", ANSWER_DISCARD, NULL}, {"Αγνόησέ το", ANSWER_DISCARD, NULL}, {"discard please", ANSWER_DISCARD, NULL},
        {"Ναι, αλλά όχι πριν τη Δευτέρα", ANSWER_DOUBT, NULL}, {"Ναι αλλά αργότερα", ANSWER_DOUBT, NULL}, {"Ναι;", ANSWER_DOUBT, NULL}, {";", ANSWER_DOUBT, NULL}, {"ναι όχι", ANSWER_DOUBT, NULL},
        {"Όχι ναι", ANSWER_DOUBT, NULL}, {"Τι είναι αυτό;", ANSWER_DOUBT, NULL}, {"No problem, go ahead", ANSWER_DOUBT, NULL}, {"Περιμένετε", ANSWER_DOUBT, NULL}, {"Ναι\n\nΠεριμένετε", ANSWER_DOUBT, NULL},
        {"Θα εγκρίνω αύριο", ANSWER_DOUBT, NULL}, {"Ευχαριστώ", ANSWER_DOUBT, NULL}, {"Καλημέρα", ANSWER_DOUBT, NULL}, {"👎", ANSWER_DOUBT, NULL}, {"Δεν ξέρω", ANSWER_DOUBT, NULL},
        {"ναι διαγραφή", ANSWER_DOUBT, NULL}, {"Δεν έχω αντίρρηση", ANSWER_DOUBT, NULL}, {"not ok", ANSWER_NO, "not ok"}, {"Στάλθηκε από λάθος", ANSWER_DOUBT, NULL}, {"> Ναι ή όχι;\nΌχι\n> Το Δίκτυο", ANSWER_DOUBT, NULL},
        {"Όχι. Ο κ. Παππάς έγραψε:", ANSWER_NO, NULL}, {"Καλημέρα,\n\nΤο μήνυμα αυτό στάλθηκε κατά λάθος", ANSWER_DOUBT, NULL}, {"ΝΑΙ\n\n-- \nΌχι", ANSWER_YES, NULL},
        {"Στις 23/11/2026 10:00, diktyo έγραψε:\n> Απαντήστε ΝΑΙ\n\nΌχι", ANSWER_NO, ""}, {"> Απαντήστε\nΌχι", ANSWER_NO, ""},
        {"Όχι\n\nΑπό: diktyo\nΣτάλθηκε: Δευτέρα\nΝαι", ANSWER_NO, ""}, {"Ναι\n\nΑυτό το μήνυμα είναι εμπιστευτικό. Αν δεν είστε ο αποδέκτης, διαγράψτε το.", ANSWER_YES, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *beside = NULL;
        Mail mail = mail_of(table[i].text);
        AnswerWord answer = command_answer(mail.lines, mail.count, &beside);
        mail_clear(&mail);
        if (answer != table[i].answer) fail_msg("%s: %d, not %d", table[i].text, answer, table[i].answer);
        if (table[i].beside != NULL) assert_string_equal(beside, table[i].beside);
    }
}

/* --- orders as text --- */

static void orders_come_back_from_their_text_exactly(void **state G_GNUC_UNUSED) {
    g_autoptr(GPtrArray) orders = g_ptr_array_new();
    Order rows[] = {{VERB_REJECT, (char *)"", (char *)"7", (char *)"'\"\\\n\t[(,)] όχι \xff\xfe"}, {VERB_JOIN, (char *)"health", (char *)"digest", (char *)""}};
    g_autofree char *none = command_orders_text(orders);
    g_autoptr(GPtrArray) nothing = command_orders_parse(none);
    assert_int_equal(nothing->len, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) g_ptr_array_add(orders, &rows[i]);
    g_autofree char *text = command_orders_text(orders);
    assert_null(strchr(text, '\n'));
    g_autoptr(GPtrArray) back = command_orders_parse(text);
    assert_int_equal(back->len, 2);
    for (guint i = 0; i < back->len; i++) {
        const Order *order = back->pdata[i];
        assert_int_equal(order->verb, rows[i].verb);
        assert_string_equal(order->group, rows[i].group);
        assert_string_equal(order->argument, rows[i].argument);
        assert_string_equal(order->reason, rows[i].reason);
    }
    static const char *const garbage[] = {"", "x", "[", "[('join', b'', b'')]", "[('fly', b'', b'', b'')]", "[(1, b'', b'', b'')]", "[('join', [byte 1], b'', b'')]", "[('join', @ay [], b'', b'')]", NULL};
    for (int i = 0; garbage[i] != NULL; i++) assert_null(command_orders_parse(garbage[i]));
    assert_null(command_orders_parse(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_belongs_to_one_command),
        cmocka_unit_test(each_command_is_met_in_english_greek_and_greeklish),
        cmocka_unit_test(a_calling_that_means_two_groups_means_none),
        cmocka_unit_test(the_eleventh_order_is_one_too_many),
        cmocka_unit_test(what_is_not_understood_is_quoted_within_bounds),
        cmocka_unit_test(a_huge_mail_takes_no_time),
        cmocka_unit_test(an_answer_is_believed_only_when_it_is_clear),
        cmocka_unit_test(orders_come_back_from_their_text_exactly),
        cmocka_unit_test(no_mail_is_acted_upon_wrongly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
