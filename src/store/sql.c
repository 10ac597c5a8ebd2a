#include "store/sql.h"
#include <stddef.h>

const char *const sql_statements[STATEMENTS] = {
#define STATEMENT(name, text) [STATEMENT_##name] = (text),
#include "store/sql.def"
#undef STATEMENT
};

/* Every state is held by a CHECK, every table is STRICT. A letter's bytes stand once; the trace fields that differ per
 * delivery stand with the post or held entry. `one_copy` is the promise that a person gets a letter once. */
static const char first_schema[] =
    "CREATE TABLE instance(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"

    "CREATE TABLE groups(id INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,"
    " theme TEXT NOT NULL, language TEXT NOT NULL CHECK(language IN ('el','en')), zone TEXT NOT NULL, subject_tag TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK(kind IN ('discussion','announcement','closed')),"
    " posting TEXT NOT NULL CHECK(posting IN ('members','moderated','anyone','owners')),"
    " digest_hour INTEGER NOT NULL CHECK(digest_hour BETWEEN 0 AND 23), message_bytes INTEGER NOT NULL CHECK(message_bytes >= 0),"
    " created_at INTEGER NOT NULL, removed_at INTEGER) STRICT;"
    "CREATE UNIQUE INDEX group_names ON groups(name) WHERE removed_at IS NULL;"

    "CREATE TABLE persons(id INTEGER PRIMARY KEY, name TEXT NOT NULL, organisation TEXT NOT NULL, language TEXT NOT NULL,"
    " created_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE addresses(email TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES persons(id),"
    " is_primary INTEGER NOT NULL CHECK(is_primary IN (0,1))) STRICT;"
    "CREATE INDEX addresses_person ON addresses(person, is_primary);"
    "CREATE TABLE memberships(id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES groups(id),"
    " person INTEGER NOT NULL REFERENCES persons(id), role TEXT NOT NULL CHECK(role IN ('member','moderator','owner')),"
    " delivery TEXT NOT NULL CHECK(delivery IN ('each','digest','none')), since INTEGER NOT NULL, UNIQUE(group_id, person)) STRICT;"
    "CREATE INDEX memberships_person ON memberships(person);"
    "CREATE INDEX memberships_staff ON memberships(group_id) WHERE role IN ('moderator','owner');"

    "CREATE TABLE letters(id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT;"
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES groups(id),"
    " letter INTEGER NOT NULL REFERENCES letters(id), message_id TEXT NOT NULL, thread INTEGER, parent INTEGER REFERENCES posts(id),"
    " parent_position INTEGER NOT NULL, accepted_at INTEGER NOT NULL, date INTEGER NOT NULL, size INTEGER NOT NULL,"
    " author INTEGER REFERENCES persons(id), author_name TEXT NOT NULL, author_address TEXT NOT NULL, sender TEXT NOT NULL,"
    " subject TEXT NOT NULL, attachments TEXT NOT NULL, trace BLOB NOT NULL, text TEXT NOT NULL, UNIQUE(group_id, letter)) STRICT;"
    "CREATE INDEX posts_message_id ON posts(message_id);"
    "CREATE INDEX posts_thread ON posts(thread);"
    "CREATE INDEX posts_author ON posts(author, group_id);"
    "CREATE TABLE post_references(post INTEGER NOT NULL REFERENCES posts(id), group_id INTEGER NOT NULL, position INTEGER NOT NULL,"
    " message_id TEXT NOT NULL, PRIMARY KEY(post, position)) STRICT;"
    "CREATE INDEX post_references_to ON post_references(message_id, group_id);"

    "CREATE TABLE held(id INTEGER PRIMARY KEY, group_id INTEGER REFERENCES groups(id), letter INTEGER NOT NULL REFERENCES letters(id),"
    " recipient TEXT NOT NULL, sender TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, message_id TEXT NOT NULL,"
    " subject TEXT NOT NULL, author_name TEXT NOT NULL, author_address TEXT NOT NULL, size INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('held','accepted','rejected','discarded','expired')), held_at INTEGER NOT NULL,"
    " decided_at INTEGER, decided_by TEXT, decision TEXT, parsed BLOB, trace BLOB NOT NULL, text TEXT NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX held_once ON held(recipient, letter, coalesce(group_id, 0));"
    "CREATE INDEX held_waiting ON held(group_id, held_at) WHERE state = 'held';"

    "CREATE TABLE outgoing(id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK(kind IN ('post','digest','notice','forward')),"
    " group_id INTEGER REFERENCES groups(id), post INTEGER REFERENCES posts(id), letter INTEGER REFERENCES letters(id),"
    " message_id TEXT NOT NULL, created_at INTEGER NOT NULL, head BLOB NOT NULL, body BLOB) STRICT;"
    "CREATE UNIQUE INDEX one_forward ON outgoing(group_id, letter) WHERE kind = 'forward';"
    "CREATE INDEX outgoing_post ON outgoing(post) WHERE post IS NOT NULL;"
    "CREATE TABLE deliveries(id INTEGER PRIMARY KEY, outgoing INTEGER NOT NULL REFERENCES outgoing(id),"
    " letter INTEGER, post INTEGER, group_id INTEGER,"
    " person INTEGER REFERENCES persons(id), email TEXT NOT NULL, envelope TEXT NOT NULL CHECK(envelope = 'verp' OR envelope = 'null'),"
    " state TEXT NOT NULL CHECK(state = 'waiting' OR state = 'sent' OR state = 'gathering' OR state IN"
    "  ('sending','failed','gathered','covered','cancelled')),"
    " attempts INTEGER NOT NULL, next_try INTEGER NOT NULL, lease INTEGER NOT NULL, reply TEXT NOT NULL,"
    " digest INTEGER REFERENCES outgoing(id), created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX one_copy ON deliveries(letter, person) WHERE letter IS NOT NULL AND state NOT IN ('covered','cancelled');"
    "CREATE INDEX deliveries_due ON deliveries(next_try) WHERE state IN ('waiting','sending');"
    "CREATE INDEX deliveries_outgoing ON deliveries(outgoing);"
    "CREATE INDEX gathering_of_person ON deliveries(person, group_id) WHERE state = 'gathering';"
    "CREATE INDEX gathering_of_group ON deliveries(group_id, post, person) WHERE state = 'gathering';"

    "CREATE TABLE bounces(id INTEGER PRIMARY KEY, delivery INTEGER REFERENCES deliveries(id), recipient TEXT NOT NULL,"
    " sender TEXT NOT NULL, letter INTEGER NOT NULL REFERENCES letters(id), at INTEGER NOT NULL, trace BLOB NOT NULL,"
    " UNIQUE(recipient, letter)) STRICT;"
    "CREATE INDEX bounces_delivery ON bounces(delivery);"
    "CREATE TABLE events(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, actor TEXT NOT NULL, group_id INTEGER,"
    " person INTEGER, post INTEGER, detail TEXT NOT NULL) STRICT;"
    "CREATE INDEX events_person ON events(person);";

/* Joining, leaving and moderating by mail. A token's plain text is never kept. `topic` says what an answer was about, so that the same
 * question brings one mail an hour. */
static const char orders_by_mail[] =
    "ALTER TABLE groups ADD COLUMN joining TEXT NOT NULL DEFAULT 'confirm' CHECK(joining IN ('confirm','approve','invited'));"
    "ALTER TABLE groups ADD COLUMN members_visible TEXT NOT NULL DEFAULT 'members' CHECK(members_visible IN ('owners','members','anyone'));"
    "ALTER TABLE groups ADD COLUMN archive_visible TEXT NOT NULL DEFAULT 'members' CHECK(archive_visible IN ('owners','members','anyone'));"
    "ALTER TABLE groups ADD COLUMN attachment_types TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE groups ADD COLUMN confirm_posts INTEGER NOT NULL DEFAULT 0 CHECK(confirm_posts IN (0,1));"
    "CREATE TABLE aliases(name TEXT PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES groups(id)) STRICT;"
    "CREATE INDEX aliases_group ON aliases(group_id);"
    "ALTER TABLE persons ADD COLUMN role TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE memberships ADD COLUMN paused_until INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE tokens(id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK(kind IN ('orders','address','invitation','approval','held','post')), email TEXT NOT NULL,"
    " group_id INTEGER REFERENCES groups(id), letter INTEGER REFERENCES letters(id), orders TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('waiting','done','refused','replaced','expired')), asked INTEGER NOT NULL,"
    " created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, settled_at INTEGER) STRICT;"
    "CREATE INDEX tokens_email ON tokens(email, kind) WHERE state = 'waiting';"
    "CREATE INDEX tokens_done ON tokens(email, settled_at) WHERE state = 'done';"
    "CREATE INDEX tokens_expiry ON tokens(expires_at) WHERE state = 'waiting';"
    "CREATE INDEX tokens_letter ON tokens(letter) WHERE letter IS NOT NULL;"
    "CREATE TABLE erased(hash TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE allowed(group_id INTEGER NOT NULL REFERENCES groups(id), email TEXT NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY(group_id, email)) STRICT;"
    "ALTER TABLE posts ADD COLUMN own_words TEXT NOT NULL DEFAULT '';" /* a hash of what the author wrote himself */
    "CREATE INDEX posts_own_words ON posts(author, group_id, own_words, accepted_at);"
    "ALTER TABLE held ADD COLUMN reminded_at INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX held_letter ON held(letter);"
    "ALTER TABLE outgoing ADD COLUMN topic TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX outgoing_topic ON outgoing(topic, created_at) WHERE topic <> '';"
    "CREATE INDEX deliveries_answers ON deliveries(email, created_at) WHERE envelope = 'null';"
    "CREATE INDEX deliveries_answers_all ON deliveries(created_at) WHERE envelope = 'null';";

/* Fan-out, and reports that are judged. SQLite cannot change a CHECK, so two tables are made anew (with foreign keys off: database.c).
 * `waited` counts the seconds that a delivery has been put off, try by try, so that a clock that jumps gives nothing up. A report
 * has one row for each recipient it names; an own refusal by the relay has no letter. */
static const char fan_out[] =
    "ALTER TABLE groups ADD COLUMN copies TEXT NOT NULL DEFAULT 'personal' CHECK(copies IN ('personal','bulk'));"
    "ALTER TABLE groups ADD COLUMN probed_at INTEGER NOT NULL DEFAULT 0;" /* when a post last went out in personal copies */
    "ALTER TABLE groups ADD COLUMN returns_told_at INTEGER NOT NULL DEFAULT 0;" /* when its owners last had a line about what came back */
    "ALTER TABLE outgoing ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;" /* where in the head each recipient's own field goes; 0: none */
    "ALTER TABLE outgoing ADD COLUMN failures_told_at INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX outgoing_group ON outgoing(group_id, created_at);"

    "CREATE TABLE deliveries_new(id INTEGER PRIMARY KEY, outgoing INTEGER NOT NULL REFERENCES outgoing(id),"
    " letter INTEGER, post INTEGER, group_id INTEGER,"
    " person INTEGER REFERENCES persons(id), email TEXT NOT NULL,"
    " envelope TEXT NOT NULL CHECK(envelope = 'verp' OR envelope = 'null' OR envelope = 'bulk'),"
    " state TEXT NOT NULL CHECK(state = 'waiting' OR state = 'sent' OR state = 'gathering' OR state IN"
    "  ('sending','failed','gathered','covered','cancelled','withheld')),"
    " attempts INTEGER NOT NULL, next_try INTEGER NOT NULL, lease INTEGER NOT NULL, reply TEXT NOT NULL,"
    " digest INTEGER REFERENCES outgoing(id), created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
    " waited INTEGER NOT NULL DEFAULT 0, domain TEXT GENERATED ALWAYS AS (substr(email, instr(email, '@') + 1)) VIRTUAL) STRICT;"
    "INSERT INTO deliveries_new(id, outgoing, letter, post, group_id, person, email, envelope, state, attempts, next_try, lease, reply, digest,"
    " created_at, changed_at) SELECT id, outgoing, letter, post, group_id, person, email, envelope, state, attempts, next_try, lease, reply,"
    " digest, created_at, changed_at FROM deliveries ORDER BY id;"
    "DROP TABLE deliveries;"
    "ALTER TABLE deliveries_new RENAME TO deliveries;"
    "CREATE UNIQUE INDEX one_copy ON deliveries(letter, person) WHERE letter IS NOT NULL AND state NOT IN ('covered','cancelled');"
    "CREATE INDEX deliveries_due ON deliveries(next_try) WHERE state IN ('waiting','sending');"
    "CREATE INDEX deliveries_outgoing ON deliveries(outgoing);"
    "CREATE INDEX gathering_of_person ON deliveries(person, group_id) WHERE state = 'gathering';"
    "CREATE INDEX gathering_of_group ON deliveries(group_id, post, person) WHERE state = 'gathering';"
    "CREATE INDEX deliveries_answers ON deliveries(email, created_at) WHERE envelope = 'null';"
    "CREATE INDEX deliveries_answers_all ON deliveries(created_at) WHERE envelope = 'null';"
    "CREATE INDEX deliveries_failed ON deliveries(outgoing) WHERE state = 'failed';"
    "CREATE INDEX withheld_of_person ON deliveries(person) WHERE state = 'withheld';"

    "CREATE TABLE bounces_new(id INTEGER PRIMARY KEY, delivery INTEGER REFERENCES deliveries(id), outgoing INTEGER REFERENCES outgoing(id),"
    " recipient TEXT NOT NULL, sender TEXT NOT NULL, letter INTEGER REFERENCES letters(id), at INTEGER NOT NULL, trace BLOB,"
    " kind TEXT NOT NULL DEFAULT 'none' CHECK(kind IN ('none','delivery','auto-reply','feedback','refusal')),"
    " class TEXT NOT NULL DEFAULT 'unknown' CHECK(class IN ('dead','full','temporary','policy','delayed','delivered','unknown')),"
    " address TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',"
    " verdict TEXT NOT NULL DEFAULT 'ignored' CHECK(verdict IN ('waiting','counted','message','destination','ignored')),"
    " judged_at INTEGER NOT NULL DEFAULT 0, email TEXT NOT NULL DEFAULT ''," /* to whom our copy went */
    " domain TEXT GENERATED ALWAYS AS (substr(email, instr(email, '@') + 1)) VIRTUAL, UNIQUE(recipient, letter, address)) STRICT;"
    "INSERT INTO bounces_new(id, delivery, recipient, sender, letter, at, trace, email) SELECT id, delivery, recipient, sender, letter, at, trace,"
    " coalesce((SELECT d.email FROM deliveries d WHERE d.id = bounces.delivery), '') FROM bounces;"
    "DROP TABLE bounces;"
    "ALTER TABLE bounces_new RENAME TO bounces;"
    "CREATE INDEX bounces_delivery ON bounces(delivery);"
    "CREATE INDEX bounces_outgoing ON bounces(outgoing);"
    "CREATE INDEX bounces_waiting ON bounces(at) WHERE verdict = 'waiting';"
    "CREATE INDEX bounces_at ON bounces(at);"
    "CREATE INDEX bounces_email ON bounces(email, at);"
    "CREATE INDEX bounces_domain ON bounces(domain, at);"

    /* Whether mail to an address comes back: one score a day, whatever came back on it. */
    "ALTER TABLE addresses ADD COLUMN health TEXT NOT NULL DEFAULT 'good' CHECK(health IN ('good','probed','suspended'));"
    "ALTER TABLE addresses ADD COLUMN health_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE addresses ADD COLUMN score INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE addresses ADD COLUMN scored_day INTEGER NOT NULL DEFAULT 0;" /* days since 1970 */
    "CREATE INDEX addresses_ailing ON addresses(health, health_at) WHERE health <> 'good';"
    "ALTER TABLE addresses ADD COLUMN domain TEXT GENERATED ALWAYS AS (substr(email, instr(email, '@') + 1)) VIRTUAL;"
    "CREATE INDEX addresses_domain ON addresses(domain);"

    /* Destinations that put everything off: nothing more is tried there before `until`. */
    "CREATE TABLE destinations(domain TEXT PRIMARY KEY, deferrals INTEGER NOT NULL, until INTEGER NOT NULL, reply TEXT NOT NULL,"
    " changed_at INTEGER NOT NULL) STRICT;";

/* Digests as people want them. A digest's body is a recipe of pieces: what is the same for all readers stands once, and is put together when it is
 * sent. */
static const char digests[] =
    "ALTER TABLE persons ADD COLUMN digest_format TEXT NOT NULL DEFAULT 'html' CHECK(digest_format IN ('html','text','mime','rfc1153'));"
    "ALTER TABLE persons ADD COLUMN digest_cadence TEXT NOT NULL DEFAULT 'daily' CHECK(digest_cadence IN ('daily','twice','weekly'));"
    "ALTER TABLE persons ADD COLUMN digest_weekday INTEGER NOT NULL DEFAULT 1 CHECK(digest_weekday BETWEEN 1 AND 7);"
    "ALTER TABLE persons ADD COLUMN digest_hour INTEGER NOT NULL DEFAULT -1 CHECK(digest_hour BETWEEN -1 AND 23);"
    "ALTER TABLE persons ADD COLUMN digest_zone TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE persons ADD COLUMN digest_separate INTEGER NOT NULL DEFAULT 0 CHECK(digest_separate IN (0,1));"
    "ALTER TABLE persons ADD COLUMN digest_bytes INTEGER NOT NULL DEFAULT 0 CHECK(digest_bytes >= 0);"
    "ALTER TABLE persons ADD COLUMN digest_urgent INTEGER NOT NULL DEFAULT 1 CHECK(digest_urgent IN (0,1));"
    "ALTER TABLE persons ADD COLUMN digest_at INTEGER NOT NULL DEFAULT 0;" /* the time of his last digest */
    "ALTER TABLE persons ADD COLUMN digest_asked INTEGER NOT NULL DEFAULT 0;" /* when he asked for one at once; 0: he did not */
    "CREATE TABLE mutes(person INTEGER NOT NULL REFERENCES persons(id), thread INTEGER NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY(person, thread)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX mutes_thread ON mutes(thread);"
    "CREATE INDEX deliveries_to_reader ON deliveries(person) WHERE letter IS NULL AND envelope = 'verp';" /* the digests that he was sent */
    "CREATE TABLE pieces(id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT;"
    "ALTER TABLE outgoing ADD COLUMN recipe TEXT NOT NULL DEFAULT '';" /* numbers of pieces, separated by blanks; "": there is a body */
    "ALTER TABLE posts ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;";

/* Schema 5: a claimed delivery is one that waits and has a lease. */
static const char leases[] =
    "UPDATE deliveries SET state = 'waiting' WHERE state = 'sending';"
    "DROP INDEX deliveries_due;"
    "CREATE INDEX deliveries_due ON deliveries(next_try) WHERE state = 'waiting';";

/* Schema 6: a lease is a row of its own, for a row of deliveries that are claimed at once, so that a claim writes none of them; and what says that there is
 * nothing to send for a delivery (another copy covers it, or it was cancelled) stands beside its state: each index that is kept by state is written whenever
 * a state changes. The domain of an address is no column any more: each change of a delivery made it anew. */
static const char leases_apart[] =
    "CREATE TABLE leases(outgoing INTEGER NOT NULL, token INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL," /* first to last: deliveries */
    " at INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(outgoing, token)) STRICT, WITHOUT ROWID;"
    "INSERT INTO leases(outgoing, token, first, last, at, until) SELECT outgoing, lease, min(id), max(id), max(next_try), max(next_try) FROM deliveries"
    " WHERE state = 'waiting' AND lease <> 0 GROUP BY outgoing, lease;"
    "CREATE TABLE deliveries_new(id INTEGER PRIMARY KEY, outgoing INTEGER NOT NULL REFERENCES outgoing(id),"
    " letter INTEGER, post INTEGER, group_id INTEGER,"
    " person INTEGER REFERENCES persons(id), email TEXT NOT NULL,"
    " envelope TEXT NOT NULL CHECK(envelope = 'verp' OR envelope = 'null' OR envelope = 'bulk'),"
    " state TEXT NOT NULL CHECK(state = 'waiting' OR state = 'sent' OR state = 'gathering' OR state IN"
    "  ('sending','failed','gathered','covered','cancelled','withheld')),"
    " void INTEGER NOT NULL DEFAULT 0 CHECK(void = (state = 'covered' OR state = 'cancelled')),"
    " attempts INTEGER NOT NULL, next_try INTEGER NOT NULL, reply TEXT NOT NULL,"
    " digest INTEGER REFERENCES outgoing(id), created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
    " waited INTEGER NOT NULL DEFAULT 0) STRICT;"
    "INSERT INTO deliveries_new(id, outgoing, letter, post, group_id, person, email, envelope, state, void, attempts, next_try, reply, digest,"
    " created_at, changed_at, waited) SELECT id, outgoing, letter, post, group_id, person, email, envelope, state, state IN ('covered','cancelled'), attempts,"
    " next_try, reply, digest, created_at, changed_at, waited FROM deliveries ORDER BY id;"
    "DROP TABLE deliveries;"
    "ALTER TABLE deliveries_new RENAME TO deliveries;"
    "CREATE UNIQUE INDEX one_copy ON deliveries(letter, person) WHERE letter IS NOT NULL AND void = 0;"
    "CREATE INDEX deliveries_due ON deliveries(next_try, outgoing) WHERE state = 'waiting';"
    "CREATE INDEX deliveries_outgoing ON deliveries(outgoing);"
    "CREATE INDEX gathering_of_person ON deliveries(person, group_id) WHERE state = 'gathering';"
    "CREATE INDEX gathering_of_group ON deliveries(group_id, post, person) WHERE state = 'gathering';"
    "CREATE INDEX deliveries_answers ON deliveries(email, created_at) WHERE envelope = 'null';"
    "CREATE INDEX deliveries_answers_all ON deliveries(created_at) WHERE envelope = 'null';"
    "CREATE INDEX deliveries_failed ON deliveries(outgoing) WHERE state = 'failed';"
    "CREATE INDEX withheld_of_person ON deliveries(person) WHERE state = 'withheld';"
    "CREATE INDEX deliveries_to_reader ON deliveries(person) WHERE letter IS NULL AND envelope = 'verp';"; /* the digests that he was sent */

const char *const sql_migrations[] = {first_schema, orders_by_mail, fan_out, digests, leases, leases_apart, NULL};
