/* route.h: what an envelope recipient asks for (DESIGN.md, 8). */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum {
    ROUTE_UNKNOWN, /* no such address: refused with 5.1.1 */
    ROUTE_POST,    /* argument: the number of the post that it answers; "": none is named */
    ROUTE_OWNER,
    ROUTE_REQUEST,
    ROUTE_JOIN,
    ROUTE_LEAVE,
    ROUTE_CONFIRM,
    ROUTE_MODERATE,
    ROUTE_HELP,
    ROUTE_BOUNCES,
    ROUTE_MUTE, /* these three are the site's, by a reader's key (base/token.h): THREAD-KEY, THREAD-KEY, KEY */
    ROUTE_UNMUTE,
    ROUTE_NODIGEST,
    ROUTE_SITE, /* the site robot: diktyo@ */
    ROUTES
} RouteKind;

/* One way to read a local part; several are possible (`koinoniki-leave` may be a group's own name) and the first whose
 * group exists holds. */
typedef struct {
    RouteKind kind;
    char *group;    /* name of the group, "" for ROUTE_SITE */
    char *argument; /* a token or a bounce key, or "" */
} Route;
