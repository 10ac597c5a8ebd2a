/* library.h: a shared library that only some runs need (TLS, HTML). Linked, all that it asks of others would be bound at each start of the program, which takes longer than
 * all the rest of it; so it is opened when the first of its functions is wanted, and stays open. */
#pragma once
#include "base/fault.h"

typedef struct {
    const char *file;         /* as the linker names it (libraries.h, which the Makefile makes) */
    const char *const *names; /* of the functions that we call, NULL at the end */
    void *functions;          /* a struct of pointers to them, in that order */
    bool is_open;
} Library;

/* The struct and the names, from a list `#define FUNCTIONS(of) of(one) of(other)`: the headers of the library give the types. */
#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name) #name,

/* FAULT_CONFIG when it is not there. Call it before each use: it does nothing when the library is open. */
bool library_open(Library *library, GError **error);
