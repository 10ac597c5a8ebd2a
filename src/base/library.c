#include "base/library.h"
#include <dlfcn.h>
#include <string.h>

static bool refuse(const Library *library, GError **error) {
    const char *why = dlerror();
    return fault_set(error, FAULT_CONFIG, "cannot open the library %s: %s; is its package installed?", library->file, why != NULL ? why : "no reason is given");
}

bool library_open(Library *library, GError **error) {
    if (library->is_open) return true;
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return refuse(library, error);
    for (size_t i = 0; library->names[i] != NULL; i++) {
        void *function = dlsym(handle, library->names[i]);
        if (function == NULL) return refuse(library, error);
        memcpy((char *)library->functions + i * sizeof function, &function, sizeof function);
    }
    library->is_open = true;
    return true;
}
