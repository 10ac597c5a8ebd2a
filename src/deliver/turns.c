#include "deliver/turns.h"

/* A group of ten that gets a thousand posts has ten deliveries that may begin and ten thousand that may not: nothing here looks at those. */

/* Of an address to which a mail is under way, or next. */
typedef struct {
    const Delivery *next; /* NULL: one is under way */
    GQueue behind;        /* Spot *, in the order in which they came */
} Line;

typedef struct {
    Load *load;
    size_t index;
} Spot;

struct Turns {
    GQueue all, open;   /* Load *, oldest first */
    GHashTable *of;     /* RelayJob * → Load *, which it owns */
    GHashTable *lines;  /* address → Line * */
    GPtrArray *answered; /* Load * of which nothing is unanswered */
    size_t open_count, bytes;
    uint64_t number;
};

static void load_free(gpointer data) {
    Load *load = data;
    mta_content_free(load->content);
    g_free(load->turns);
    g_free(load);
}

static void line_free(gpointer data) {
    Line *line = data;
    g_queue_clear_full(&line->behind, g_free);
    g_free(line);
}

Turns *turns_new(void) {
    Turns *turns = g_new0(Turns, 1);
    turns->of = g_hash_table_new_full(NULL, NULL, NULL, load_free);
    turns->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, line_free);
    turns->answered = g_ptr_array_new();
    return turns;
}

void turns_free(Turns *turns) {
    if (turns == NULL) return;
    g_queue_clear(&turns->all);
    g_queue_clear(&turns->open);
    g_hash_table_unref(turns->lines);
    g_hash_table_unref(turns->of);
    g_ptr_array_unref(turns->answered);
    g_free(turns);
}

/* --- the loads -------------------------------------------------------------------------------------------------------------- */

/* Among the open ones it has the place of its age, which is near the front: it is the oldest to its address. */
static void join_open(Turns *turns, Load *load) {
    GList *at = turns->open.head;
    if (turns->open.tail != NULL && ((const Load *)turns->open.tail->data)->number < load->number) at = NULL;
    while (at != NULL && ((const Load *)at->data)->number < load->number) at = at->next;
    g_queue_insert_before(&turns->open, at, load);
    load->among_open = at != NULL ? at->prev : turns->open.tail;
}

static void open_turn(Turns *turns, Load *load, size_t index) {
    if (load->turns[index] == TURN_OPEN) return;
    load->turns[index] = TURN_OPEN;
    load->first = MIN(load->first, index);
    turns->open_count++;
    if (load->open++ == 0) join_open(turns, load);
}

static void close_turn(Turns *turns, Load *load, size_t index, Turn turn) {
    bool was_open = load->turns[index] == TURN_OPEN;
    load->turns[index] = turn;
    if (!was_open) return;
    turns->open_count--;
    if (--load->open > 0) return;
    g_queue_delete_link(&turns->open, load->among_open);
    load->among_open = NULL;
}

void turns_add(Turns *turns, RelayJob *job) {
    Load *load = g_new0(Load, 1);
    *load = (Load){.job = job, .content = mta_content_new(job), .turns = g_new0(Turn, job->count), .open = job->count, .unanswered = job->count,
                   .bytes = g_bytes_get_size(job->head) + g_bytes_get_size(job->body), .number = ++turns->number};
    turns->bytes += load->bytes;
    turns->open_count += load->open;
    g_hash_table_insert(turns->of, job, load);
    g_queue_push_tail(&turns->all, load);
    load->among_all = turns->all.tail;
    if (load->open > 0) join_open(turns, load);
}

size_t turns_open(const Turns *turns) { return turns->open_count; }
size_t turns_bytes(const Turns *turns) { return turns->bytes; }
Load *turns_of(const Turns *turns, const RelayJob *job) { return g_hash_table_lookup(turns->of, job); }

static Load *of_link(const GList *link) { return link != NULL ? link->data : NULL; }

Load *turns_first(const Turns *turns) { return of_link(turns->all.head); }
Load *turns_next(const Load *load) { return of_link(load->among_all->next); }
Load *turns_first_open(const Turns *turns) { return of_link(turns->open.head); }

/* The load itself may be open no more. */
Load *turns_next_open(const Turns *turns, const Load *load) {
    if (load->among_open != NULL) return of_link(load->among_open->next);
    const GList *at = turns->open.head;
    while (at != NULL && ((const Load *)at->data)->number < load->number) at = at->next;
    return of_link(at);
}

size_t turns_first_of(Load *load) {
    while (load->first < load->job->count && load->turns[load->first] != TURN_OPEN) load->first++;
    return load->first;
}

void turns_answered(Turns *turns, Load *load) {
    if (--load->unanswered == 0) g_ptr_array_add(turns->answered, load);
}

void turns_drop_answered(Turns *turns) {
    for (guint i = 0; i < turns->answered->len; i++) {
        const Load *load = turns->answered->pdata[i];
        turns->bytes -= load->bytes;
        g_queue_delete_link(&turns->all, load->among_all);
        g_hash_table_remove(turns->of, load->job);
    }
    g_ptr_array_set_size(turns->answered, 0);
}

/* --- the lines -------------------------------------------------------------------------------------------------------------- */

bool turns_are_its(Turns *turns, Load *load, size_t index) {
    const Delivery *delivery = load->job->deliveries[index];
    Line *line = g_hash_table_lookup(turns->lines, delivery->email);
    if (line == NULL || line->next == delivery) return true;
    Spot *spot = g_new0(Spot, 1);
    *spot = (Spot){load, index};
    g_queue_push_tail(&line->behind, spot);
    close_turn(turns, load, index, TURN_WAITING);
    return false;
}

void turns_begin(Turns *turns, Load *load, size_t index) {
    const Delivery *delivery = load->job->deliveries[index];
    Line *line = g_hash_table_lookup(turns->lines, delivery->email);
    close_turn(turns, load, index, TURN_BEGUN);
    if (line == NULL) g_hash_table_insert(turns->lines, g_strdup(delivery->email), g_new0(Line, 1));
    else line->next = NULL;
}

void turns_pass(Turns *turns, const char *email) {
    Line *line = g_hash_table_lookup(turns->lines, email);
    g_autofree Spot *spot = g_queue_pop_head(&line->behind);
    if (spot == NULL) {
        g_hash_table_remove(turns->lines, email);
        return;
    }
    line->next = spot->load->job->deliveries[spot->index];
    open_turn(turns, spot->load, spot->index);
}

void turns_give_back(Turns *turns, Load *load, const Delivery *delivery) {
    ((Line *)g_hash_table_lookup(turns->lines, delivery->email))->next = delivery;
    for (size_t i = 0; i < load->job->count; i++)
        if (load->job->deliveries[i] == delivery) open_turn(turns, load, i);
}

void turns_leave(Turns *turns, Load *load, size_t index) {
    const Delivery *delivery = load->job->deliveries[index];
    Line *line = g_hash_table_lookup(turns->lines, delivery->email);
    close_turn(turns, load, index, TURN_BEGUN);
    if (line == NULL) return;
    if (line->next == delivery) {
        turns_pass(turns, delivery->email);
        return;
    }
    for (GList *link = line->behind.head; link != NULL; link = link->next) {
        const Spot *spot = link->data;
        if (spot->load != load || spot->index != index) continue;
        g_free(link->data);
        g_queue_delete_link(&line->behind, link);
        return;
    }
}
