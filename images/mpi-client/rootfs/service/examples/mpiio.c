/* All ranks write their part of one file, then each reads and checks the part of
 * the next. Usage: mpiio FILE [NUMBERS PER RANK] */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int code, const char *what)
{
    char text[MPI_MAX_ERROR_STRING];
    int length;

    if (code == MPI_SUCCESS) {
        return;
    }
    MPI_Error_string(code, text, &length);
    fprintf(stderr, "%s: %s\n", what, text);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

int main(int argc, char **argv)
{
    int rank, size, next, n, i, wrong = 0, all;
    long *numbers;
    MPI_File file;
    MPI_Offset part;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    n = argc > 2 ? atoi(argv[2]) : 1 << 17;
    part = (MPI_Offset)n * (MPI_Offset)sizeof(long);
    numbers = malloc((size_t)part);
    if (argc < 2 || numbers == NULL) {
        fprintf(stderr, "mpiio FILE [NUMBERS PER RANK]\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }

    for (i = 0; i < n; i++) {
        numbers[i] = (long)rank * n + i;
    }
    check(MPI_File_open(MPI_COMM_WORLD, argv[1], MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &file), "open");
    check(MPI_File_write_at_all(file, rank * part, numbers, n, MPI_LONG, MPI_STATUS_IGNORE), "write");
    check(MPI_File_sync(file), "sync");
    MPI_Barrier(MPI_COMM_WORLD);
    check(MPI_File_sync(file), "sync");

    next = (rank + 1) % size;
    check(MPI_File_read_at_all(file, next * part, numbers, n, MPI_LONG, MPI_STATUS_IGNORE), "read");
    for (i = 0; i < n; i++) {
        wrong += numbers[i] != (long)next * n + i;
    }
    check(MPI_File_close(&file), "close");
    MPI_Allreduce(&wrong, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0) {
        printf("%d ranks wrote and read %lld bytes, %d numbers wrong\n", size, (long long)(size * part), all);
    }
    free(numbers);
    MPI_Finalize();
    return all == 0 ? 0 : 1;
}
