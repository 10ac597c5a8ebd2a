/* digest_html.h: text from outside as HTML: nothing of it is markup but the links to http and https that it shows. Pure. */
#pragma once
#include "publish/digest_words.h"

/* Escaped for text and for attribute values in double quotes; DIGEST_KEY_MARK stays. Yours. */
char *digest_html_value(const char *text);

/* Escaped, its addresses of the web made links by the template. */
void digest_html_linked(GString *out, const DigestWords *words, const char *text);

/* Breaks lines beyond 900 octets, where that changes nothing of what is shown: at blanks, else by <wbr>. */
void digest_html_break(GString *out, const char *html);
