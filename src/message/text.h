/* text.h: bytes in some office's charset to valid UTF-8, and Greek folded for comparing. */
#pragma once
#include <glib.h>
#include <stdint.h>

/* Decodes by label, else as UTF-8, else as windows-1253, else as iso-8859-7, the rest replaced by U+FFFD. A label iso-8859-7 is read as
 * windows-1253 when that decodes (Ά is 0xA2 there), us-ascii and unknown labels count as none. The result is valid UTF-8 without NUL;
 * CR LF and CR become LF; other controls but tab go. `label` may be NULL. Yours. */
char *text_decode(const uint8_t *bytes, size_t length, const char *label);

/* For comparing words: lower case, without accents and dialytika (tonos, oxia, perispomeni, …; Latin ones too), final
 * sigma as sigma, runs of blanks as one. Yours. */
char *text_fold(const char *utf8);

/* The first `characters` of a text on one line, blanks collapsed, bidi controls and other controls out, … put at a cut. Yours. */
char *text_one_line(const char *utf8, size_t characters);

/* The same of many lines: nothing is cut, LF stays, a tab becomes blanks, and lines have no blanks at their ends (but the mark `-- `). Yours. */
char *text_many_lines(const char *utf8);

/* Opens the parser of HTML when a message may need it, for a process that may soon open no file any more. Looks at the bytes and believes nothing. */
void text_load_for(const uint8_t *message, size_t length);

/* The readable text of HTML (libxml2's parser): paragraphs, lists, links as `text <address>`; style, script and
 * hidden parts left out. Never fails: bad HTML gives what can be read; without its parser, all of it as it is. Yours. */
char *text_from_html(const char *utf8);
