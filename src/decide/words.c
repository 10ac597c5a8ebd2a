#include "decide/words.h"
#include "decide/greeklish.h"

/* Two tables: the commands, and the words that may stand around one in a sentence that people write to people. The second
 * is a list of what is
 * understood, never of what is not: a sentence with one word outside of it is answered with help. Words are folded. Latin
 * ones are looked up as
 * they are first, as English, then by their sound, as greeklish of a Greek one. */

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

const MailCommand commands_by_mail[] = {
    {VERB_HELP, TAKES_NOTHING, WORDS("help", "βοηθεια", "οδηγιεσ", "commands", "εντολεσ"), "ΒΟΗΘΕΙΑ", "help", false, false},
    {VERB_GROUPS, TAKES_NOTHING, WORDS("groups", "ομαδεσ", "lists", "λιστεσ"), "ΟΜΑΔΕΣ", "groups", false, false},
    {VERB_INFO, TAKES_GROUP, WORDS("info", "πληροφοριεσ", "information"), "ΠΛΗΡΟΦΟΡΙΕΣ ομάδα", "info group", false, false},
    {VERB_MY, TAKES_NOTHING, WORDS("my", "στοιχεια", "στοιχεια μου", "τα στοιχεια μου", "my groups", "οι ομαδεσ μου"),
                                   "ΣΤΟΙΧΕΙΑ", "my", false, false},
    {VERB_WHO, TAKES_GROUP, WORDS("who", "μελη"), "ΜΕΛΗ ομάδα", "who group", false, false},
    {VERB_INDEX, TAKES_GROUP, WORDS("index", "αρχειο", "archive"), "ΑΡΧΕΙΟ ομάδα", "index group", false, false},
    {VERB_GET, TAKES_GROUP_AND_NUMBER, WORDS("get", "μηνυμα"), "ΜΗΝΥΜΑ [ομάδα] αριθμός", "get [group] number", false, false},
    {VERB_EXPORT, TAKES_NOTHING, WORDS("export", "εξαγωγη", "export my data", "εξαγωγη στοιχειων",
                                       "εξαγωγη των στοιχειων μου"), "ΕΞΑΓΩΓΗ", "export", false, false},
    /* Not «αποστολησ» alone: so signs who is called Αποστόλης. */
    {VERB_TRACE, TAKES_MESSAGE_MAYBE,
     WORDS("trace", "αποστολη", "η αποστολη", "αποστολη μου", "η αποστολη μου", "πορεια", "η πορεια", "πορεια αποστολησ", "πορεια τησ αποστολησ",
           "πορεια μηνυματοσ", "πορεια του μηνυματοσ", "κατασταση αποστολησ", "κατασταση τησ αποστολησ", "κατασταση μηνυματοσ",
           "κατασταση του μηνυματοσ", "παραδοση", "τι εγινε", "τι εγινε με", "τι εγινε το μηνυμα", "τι απεγινε", "τι απεγινε το μηνυμα", "που ειναι το μηνυμα",
           "που βρισκεται το μηνυμα", "εφτασε το μηνυμα", "εφθασε το μηνυμα", "πηγε το μηνυμα", "σταλθηκε το μηνυμα", "εσταλη το μηνυμα", "παραδοθηκε το μηνυμα",
           "εχει παραδοθει το μηνυμα", "εχει φτασει το μηνυμα", "εφτασε", "εφθασε", "παραδοθηκε", "σταλθηκε", "εσταλη", "ελαβαν ολοι το μηνυμα", "πηραν ολοι το μηνυμα", "ποσοι ελαβαν το μηνυμα", "το ελαβαν ολοι", "το πηραν ολοι", "track", "delivery", "delivery status", "message status",
           "what happened to", "what became of", "did my message", "did my mail", "has my message", "has my mail", "was my message", "was my mail", "where is", "fate", "trace message", "track message"),
     "ΑΠΟΣΤΟΛΗ [Message-ID | αριθμός]", "trace [Message-ID | number]", false, false},
    {VERB_JOIN, TAKES_GROUPS_AND_MODE, WORDS("join", "εγγραφη", "subscribe", "εγγραφω", "εγγραφομαι"),
                                             "ΕΓΓΡΑΦΗ ομάδα [ομάδα …] [ΣΥΝΟΨΗ]",
     "join group [group …] [digest]", false, true},
    {VERB_LEAVE, TAKES_GROUPS, WORDS("leave", "αποχωρηση", "unsubscribe", "διαγραφη", "απεγγραφη", "αποχωρω", "διαγραφομαι"),
     "ΑΠΟΧΩΡΗΣΗ ομάδα [ομάδα …] | ΟΛΕΣ", "leave group [group …] | all", false, true},
    {VERB_SET, TAKES_MODE, WORDS("set", "ρυθμιση"), "ΡΥΘΜΙΣΗ ομάδα ΟΛΑ | ΣΥΝΟΨΗ | ΤΙΠΟΤΑ", "set group each | digest | none",
                                 false, true},
    {VERB_PAUSE, TAKES_DAYS, WORDS("pause", "παυση", "vacation"), "ΠΑΥΣΗ ημέρες | ημερομηνία", "pause days | date", false,
                                   true},
    {VERB_RESUME, TAKES_NOTHING, WORDS("resume", "επαναφορα"), "ΕΠΑΝΑΦΟΡΑ", "resume", false, true},
    {VERB_LANGUAGE, TAKES_LANGUAGE, WORDS("language", "γλωσσα"), "ΓΛΩΣΣΑ el | en", "language el | en", false, true},
    {VERB_ADDRESS, TAKES_ADDRESS, WORDS("address", "διευθυνση", "νεα διευθυνση", "new address"), "ΔΙΕΥΘΥΝΣΗ νέα@διεύθυνση",
                                        "address new@address", false, true},
    {VERB_ERASE, TAKES_NOTHING,
     WORDS("erase", "ληθη", "delete my data", "erase my data", "forget me", "erase me", "διαγραφη στοιχειων",
           "διαγραφη των στοιχειων",
           "διαγραφη των στοιχειων μου", "διαγραφη στοιχειων μου", "διαγραφη δεδομενων", "διαγραφη των δεδομενων μου",
           "διαγραφη λογαριασμου"),
     "ΛΗΘΗ", "erase", false, true},
    {VERB_DIGEST, TAKES_PREFERENCE, WORDS("digest", "συνοψη", "η συνοψη", "συνοψη μου", "η συνοψη μου", "the digest", "my digest"),
     "ΣΥΝΟΨΗ HTML | ΚΕΙΜΕΝΟ | MIME | RFC1153 | ΚΑΘΕ ΜΕΡΑ | ΔΥΟ ΦΟΡΕΣ | ΚΑΘΕ ΔΕΥΤΕΡΑ | ΣΤΙΣ ώρα | ΜΙΑ | ΑΝΑ ΟΜΑΔΑ | ΜΕΓΕΘΟΣ kB | ΕΠΕΙΓΟΝΤΑ ΝΑΙ/ΟΧΙ",
     "digest html | text | mime | rfc1153 | daily | twice | weekly monday | at hour | combined | separate | size kB | urgent yes/no", false, true},
    {VERB_DIGEST_NOW, TAKES_NOTHING, WORDS("digest now", "συνοψη τωρα", "τωρα συνοψη", "συνοψη αμεσωσ", "η συνοψη τωρα", "send digest now", "στειλτε συνοψη"), "ΣΥΝΟΨΗ ΤΩΡΑ",
                                           "digest now", false, false},
    {VERB_DIGEST_AGAIN, TAKES_DATE_MAYBE, WORDS("digest again", "συνοψη ξανα", "ξανα συνοψη", "συνοψη παλι", "ξανα η συνοψη", "resend digest"), "ΣΥΝΟΨΗ ΞΑΝΑ [ημερομηνία]",
                                                "digest again [date]", false, false},
    {VERB_MUTE, TAKES_NUMBER, WORDS("mute", "σιγαση", "σιγη"), "ΣΙΓΑΣΗ αριθμός", "mute number", false, true},
    {VERB_UNMUTE, TAKES_NUMBER, WORDS("unmute", "αρση σιγασησ", "τελοσ σιγασησ"), "ΑΡΣΗ ΣΙΓΑΣΗΣ αριθμός", "unmute number", false, true},
    {VERB_HELD, TAKES_GROUP_MAYBE, WORDS("held", "σε αναμονη", "αναμονη", "εκκρεμη"), "ΣΕ ΑΝΑΜΟΝΗ [ομάδα]", "held [group]",
                                         true, false},
    {VERB_MEMBERS, TAKES_GROUP, WORDS("members", "μητρωο"), "ΜΗΤΡΩΟ ομάδα", "members group", true, false},
    {VERB_SETTINGS, TAKES_GROUP, WORDS("settings", "ρυθμισεισ"), "ΡΥΘΜΙΣΕΙΣ ομάδα", "settings group", true, false},
    {VERB_ACCEPT, TAKES_NUMBER, WORDS("accept", "εγκριση", "αποδοχη"), "ΕΓΚΡΙΣΗ αριθμός", "accept number", true, true},
    {VERB_REJECT, TAKES_NUMBER_AND_REASON, WORDS("reject", "απορριψη"), "ΑΠΟΡΡΙΨΗ αριθμός [λόγος]",
                                                 "reject number [reason]", true, true},
    {VERB_DISCARD, TAKES_NUMBER, WORDS("discard", "αγνοηση"), "ΑΓΝΟΗΣΗ αριθμός", "discard number", true, true},
    {VERB_INVITE, TAKES_GROUP_AND_ADDRESS, WORDS("invite", "προσκληση", "add", "προσθηκη"), "ΠΡΟΣΚΛΗΣΗ ομάδα διεύθυνση",
                                                 "invite group address", true, true},
    {VERB_REMOVE, TAKES_GROUP_AND_ADDRESS, WORDS("remove", "αφαιρεση"), "ΑΦΑΙΡΕΣΗ ομάδα διεύθυνση", "remove group address",
                                                 true, true},
    {VERB_ALLOW, TAKES_GROUP_AND_ADDRESS, WORDS("allow", "επιτρεπεται"), "ΕΠΙΤΡΕΠΕΤΑΙ ομάδα διεύθυνση",
                                                "allow group address", true, true},
    {VERB_URGENT, TAKES_NUMBER, WORDS("urgent", "επειγον", "επειγουσα"), "ΕΠΕΙΓΟΝ αριθμός", "urgent number", true, true},
    {VERB_CONFIRM, TAKES_NOTHING, WORDS("confirm", "επιβεβαιωση"), "ΕΠΙΒΕΒΑΙΩΣΗ", "confirm", false, false},
    {VERB_END, TAKES_NOTHING, WORDS("end", "τελοσ"), "ΤΕΛΟΣ", "end", false, false},
    {0},
};

static const struct {
    WordClass class;
    const char *const *words;
} sentence_words[] = {
    {WORD_WANT, WORDS("θελω", "θελουμε", "ηθελα", "επιθυμω", "επιθυμουμε", "παρακαλω", "παρακαλουμε", "παρακαλεισθε",
                      "please", "kindly", "pls", "want", "wish",
                      "like", "αιτουμαι", "ζητω", "plz")},
    {WORD_FILL, WORDS("να", "θα", "μου", "σασ", "i", "would", "i'd", "πολυ", "μονο", "εδω", "up", "also", "επισησ", "be",
                      "hereby", "myself", "mailing",
                      "λιγο", "now", "τωρα", "κυριοι", "κυριε", "κυρια", "συναδελφοι", "συναδελφε", "κανω", "γινω", "μελοσ",
                      "become", "member", "a", "my")},
    {WORD_ME, WORDS("με", "me", "εμενα")},
    {WORD_ARTICLE, WORDS("το", "thn", "ths", "τα", "την", "τη", "τον", "τισ", "τουσ", "των", "τησ", "του", "the", "to",
                         "for", "για", "of")},
    {WORD_IN, WORDS("sthn", "sth", "στην", "στη", "στον", "στο", "στισ", "στα", "σε", "in", "into")},
    {WORD_FROM, WORDS("απο", "from", "απ'", "εκ")},
    {WORD_GROUP, WORDS("ομαδα", "ομαδεσ", "ομαδασ", "ομαδων", "λιστα", "λιστασ", "λιστεσ", "group", "groups", "list",
                       "lists")},
    {WORD_AND, WORDS("και", "κι", "and", "&")},
    {WORD_ALL, WORDS("ολεσ", "all", "ολων", "παντου", "everything")},
    {WORD_DATA, WORDS("στοιχεια", "στοιχειων", "δεδομενα", "δεδομενων", "λογαριασμο", "λογαριασμου", "data", "account",
                      "προσωπικων", "προσωπικα", "personal")},
    {WORD_DIGEST, WORDS("digest", "συνοψη", "συνοψησ", "συνοψεισ", "περιληψη")},
    {WORD_EACH, WORDS("each", "ολα", "every")},
    {WORD_NOTHING, WORDS("none", "τιποτα", "nothing")},
    {WORD_RECEIVE, WORDS("λαμβανω", "παιρνω", "λαβω", "receive", "get")},
    {WORD_JOIN, WORDS("join", "subscribe", "εγγραφω", "εγγραφομαι", "εγγραφουμε", "γραφτω", "register", "enroll")},
    {WORD_JOIN_NOUN, WORDS("εγγραφη", "subscription", "registration")},
    {WORD_JOIN_ME, WORDS("εγγραψτε", "εγγραψετε", "γραψτε", "γραψετε", "προσθεστε", "προσθεσετε", "βαλτε", "βαλετε",
                         "γραψε", "εγγραψε", "προσθεσε", "add",
                         "εντασσετε", "ενταξτε", "εγγραφετε")},
    {WORD_LEAVE, WORDS("leave", "unsubscribe", "αποχωρησω", "αποχωρω", "διαγραφω", "διαγραφομαι", "απεγγραφω", "φυγω",
                       "βγω", "ξεγραφτω")},
    {WORD_LEAVE_NOUN, WORDS("αποχωρηση", "διαγραφη", "απεγγραφη")},
    {WORD_LEAVE_ME, WORDS("διαγραψτε", "διαγραψετε", "διαγραψε", "βγαλτε", "βγαλετε", "βγαλε", "αφαιρεστε", "αφαιρεσετε",
                          "αφαιρεσε", "ξεγραψτε",
                          "ξεγραψετε", "απεγγραψτε", "remove", "delete", "σβηστε", "σβησετε", "erase")},
    {WORD_DOUBT, WORDS("δεν", "δε", "μη", "μην", "οχι", "not", "don't", "dont", "didn't", "no", "never", "ποτε", "αλλα",
                       "ομωσ", "but", "however", "αν", "εαν",
                       "μηπωσ", "if", "πωσ", "how", "γιατι", "why", "whether", "unless", "cancel", "ακυρωση", "ακυρωστε",
                       "ακυρωσετε", "doesn't", "won't",
                       "can't", "cannot", "without", "χωρισ", "ουτε", "instead", "αντι", "λαθοσ", "mistake", "wrong",
                       "ακυρο", "μητε", "οταν", "when")},
    {WORD_GREETING, WORDS("καλημερα", "καλησπερα", "καλη", "γεια", "γειασ", "χαιρετε", "αγαπητοι", "αγαπητε", "αγαπητη",
                          "αξιοτιμοι", "αξιοτιμε", "hello", "hi",
                          "dear", "good", "καλο", "προσ", "χαιρετισμουσ", "greetings")},
    {WORD_THANKS, WORDS("ευχαριστω", "ευχαριστουμε", "thanks", "thank", "thx", "ευχαριστιεσ", "you", "advance", "προτερων",
                        "ευχαριστωντασ")},
    {WORD_CLOSING, WORDS("εκτιμηση", "φιλικα", "φιλικουσ", "τιμη", "εκτιμησεωσ", "regards", "sincerely", "yours", "best",
                         "cheers", "kind", "warm")},
    {WORD_INTRODUCTION, WORDS("ειμαι", "ονομαζομαι", "λεγομαι", "am", "i'm", "name")},
    {WORD_OTHER, NULL},
};

static const struct {
    WordClass class;
    const char *const *words;
} answer_words[] = {
    {WORD_YES, WORDS("ναι", "οκ", "ok", "okay", "yes", "yep", "ενταξει", "συμφωνοι", "συμφωνοσ", "συμφωνη", "συμφωνω",
                     "επιβεβαιωνω", "επιβεβαιωνεται",
                     "επιβεβαιωση", "confirm", "confirmed", "δεχομαι", "αποδεχομαι", "εγκρινω", "εγκρινεται", "accept",
                     "accepted", "approve", "approved",
                     "βεβαιωσ", "μαλιστα", "φυσικα", "agree", "agreed", "εγκριση", "δεκτο", "επιβεβαιωνουμε", "εγκρινουμε",
                     "👍")},
    {WORD_NO, WORDS("οχι", "no", "nope", "ακυρωση", "ακυρο", "ακυρωστε", "cancel", "απορριπτω", "απορριπτεται", "απορριψη",
                    "reject", "rejected", "decline")},
    {WORD_DISCARD, WORDS("διαγραφη", "διαγραψτε", "discard", "spam", "αγνοησε", "αγνοηστε", "αγνοηση", "ανεπιθυμητο",
                         "ignore", "delete", "σβηστε", "αγνοησετε", "διαγραψε")},
    {WORD_OTHER, NULL},
};

/* Beginnings, as sounds, of words that speak of joining or leaving in any form. */
static const char *const telling[] = {"egrav", "egraps", "diagrav", "diagraps", "diegraps", "diegrav", "apoxor", "apegrav",
                                      "apegraps", NULL};

/* A WordClass from 1, or a row of commands_by_mail from 1, by word and by sound; the word as it is holds first. */
typedef struct {
    GHashTable *words, *sounds;
} Lookup;

static void lookup_add(Lookup *lookup, const char *const *words, size_t value) {
    for (; *words != NULL; words++) {
        g_hash_table_insert(lookup->words, (char *)(uintptr_t)*words, GSIZE_TO_POINTER(value));
        if ((unsigned char)**words < 0x80) continue;
        g_hash_table_insert(lookup->sounds, greeklish_key(*words), GSIZE_TO_POINTER(value));
    }
}

typedef struct {
    Lookup commands, sentence, answer;
} Lookups;

static Lookup lookup_new(void) {
    return (Lookup){g_hash_table_new(g_str_hash, g_str_equal), g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

static void *lookups_make(void *unused G_GNUC_UNUSED) {
    Lookups *made = g_new0(Lookups, 1);
    *made = (Lookups){lookup_new(), lookup_new(), lookup_new()};
    for (size_t i = 0; commands_by_mail[i].words != NULL; i++) lookup_add(&made->commands, commands_by_mail[i].words, i + 1);
    for (size_t i = 0; sentence_words[i].words != NULL; i++) lookup_add(&made->sentence, sentence_words[i].words,
        sentence_words[i].class);
    for (size_t i = 0; answer_words[i].words != NULL; i++) lookup_add(&made->answer, answer_words[i].words,
        answer_words[i].class);
    return made;
}

static const Lookups *lookups(void) {
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, lookups_make, NULL);
}

static size_t look_up(const Lookup *lookup, const char *word, const char *key) {
    size_t found = GPOINTER_TO_SIZE(g_hash_table_lookup(lookup->words, word));
    return found != 0 || key == NULL ? found : GPOINTER_TO_SIZE(g_hash_table_lookup(lookup->sounds, key));
}

WordClass word_class(const SentenceWord *token) { return (WordClass)look_up(&lookups()->sentence, token->word, token->key); }

WordClass word_answer_class(const SentenceWord *token) { return (WordClass)look_up(&lookups()->answer, token->word, token->key); }

bool word_is_telling(const SentenceWord *token) {
    static const char *const english[] = {"subscri", "unsubscri", "join", "leav", "remov", "delet", "regist", NULL};
    WordClass class = word_class(token);
    if ((class >= WORD_JOIN && class <= WORD_DOUBT) || class == WORD_RECEIVE) return true;
    for (int i = 0; english[i] != NULL; i++)
        if (g_str_has_prefix(token->word, english[i])) return true;
    g_autofree char *sound = greeklish_key(token->word);
    for (int i = 0; telling[i] != NULL; i++)
        if (g_str_has_prefix(sound, telling[i])) return true;
    return false;
}

bool word_begins_prose(const MailCommand *command) { return command->verb == VERB_DIGEST || command->verb == VERB_URGENT; }

const MailCommand *word_command(const Sentence *sentence, size_t from, size_t *words) {
    enum { WORDS_LONGEST = 4 };
    const MailCommand *found = NULL;
    g_autoptr(GString) word = g_string_new(NULL), key = g_string_new(NULL);
    bool latin = true;
    for (size_t i = from; i < sentence->tokens->len && i < from + WORDS_LONGEST; i++) {
        const SentenceWord *token = sentence_token(sentence, i);
        g_string_append_printf(word, "%s%s", i > from ? " " : "", token->word);
        g_string_append_printf(key, "%s%s", i > from ? " " : "", token->key != NULL ? token->key : "");
        latin = latin && token->key != NULL;
        size_t row = look_up(&lookups()->commands, word->str, latin ? key->str : NULL);
        if (row == 0) continue;
        found = &commands_by_mail[row - 1];
        *words = i + 1 - from;
    }
    return found;
}
