/* Without libFuzzer a target is a plain program that runs its committed corpus: a regression test under ctest. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    static uint8_t data[1 << 20];
    int runs = 0;
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
            char path[2048];
            struct stat info;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (stat(path, &info) || !S_ISREG(info.st_mode))
                continue;
            FILE *file = fopen(path, "rb");
            size_t size = file ? fread(data, 1, sizeof data, file) : 0;
            if (file)
                fclose(file);
            LLVMFuzzerTestOneInput(data, size);
            runs++;
        }
        if (dir)
            closedir(dir);
    }
    printf("%d inputs\n", runs);
    return runs ? 0 : 1;
}
