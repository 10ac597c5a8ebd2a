/* The floor of acceptance: reads a mail from stdin, writes it to a file, brings it to the disk, and gives it its name. floor FOLDER NAME */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **words) {
    static char buffer[1 << 16];
    char from[4096], to[4096];
    if (count != 3) return 64;
    snprintf(from, sizeof from, "%s/tmp.%s", words[1], words[2]);
    snprintf(to, sizeof to, "%s/%s", words[1], words[2]);
    int file = open(from, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file < 0) return 75;
    for (ssize_t got; (got = read(0, buffer, sizeof buffer)) > 0;)
        if (write(file, buffer, (size_t)got) != got) return 75;
    return fsync(file) == 0 && close(file) == 0 && rename(from, to) == 0 ? 0 : 75;
}
