/* template.h: the texts of our notices and the words we use for people: templates/el and templates/en, built into the program,
 * replaceable file by file from a folder that the configuration names (NULL or "": none). A notice is a Subject line, an empty
 * line, and text with {{words}}; words.txt holds single words in [sections]. A language that we do not have is read as Greek. */
#pragma once
#include "base/config.h"

/* Every notice and the words it may use. Ended by name NULL. */
typedef struct {
    const char *name;
    const char *words[12]; /* ended by NULL */
} Template;
extern const Template template_table[];

/* Checks the files of the operator's folder, at each start; NULL: all that are built in, which only a change of the program can spoil. Missing file,
 * unknown {{word}}, a word of the table never used, no Subject, no empty line, not UTF-8: FAULT_CONFIG naming file and line. */
bool template_check(const char *folder, GError **error);

/* Fills a notice. `words` are name, value, …, NULL; a value is inserted as it is, once, and never read as a template.
 * *subject and *text are yours. */
bool template_fill(const char *folder, const char *name, const char *language, const char *const *words, char **subject,
                   char **text, GError **error);

/* A text in sections, `[name]` on a line of its own above each; the empty line before the next is not part of one. What each may use, and must. Ended by
 * file NULL. */
typedef struct {
    const char *file, *section;
    const char *words[9]; /* ended by NULL */
} TemplateSection;
extern const TemplateSection template_sections[];

/* The sections of such a file by name, checked: GHashTable of char *, yours. NULL on failure. */
GHashTable *template_read_sections(const char *folder, const char *language, const char *file, GError **error);

/* Fills a section so read. A line that holds nothing but a word goes when the word's value is empty. Yours. */
char *template_fill_section(const char *section, const char *const *words);

/* What words.txt says for a word, such as `stranger` in `reasons`; the word itself when it says nothing. Yours.
 * words.txt is read once in the life of the process. */
char *template_word(const char *folder, const char *language, const char *section, const char *word);

/* The same with `{group}` and `{argument}` replaced in one pass: what a value holds is never looked at. NULL is an empty one, and no
 * blanks are left at the end. For [requests], [replies] and [headings]. Yours. */
char *template_line(const char *folder, const char *language, const char *section, const char *word, const char *group,
                    const char *argument);

/* The day of `at` in a zone (an unknown one: UTC), as people write it: Τρίτη 24 Νοεμβρίου 2026, Tuesday 24 November 2026. Yours. */
char *template_date(const char *language, const char *zone, int64_t at);
