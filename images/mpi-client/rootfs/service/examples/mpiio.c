/*
 * mpiio FILE: all ranks write their own blocks of one file on the shared volume
 * through MPI-IO; then each reads its neighbour's blocks back and compares.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK (1 << 20)
#define BLOCKS 4

static unsigned char value(int rank, int block, int i)
{
    return (unsigned char)(rank * 31 + block * 7 + i);
}

int main(int argc, char **argv)
{
    int rank, size, bad = 0, all_bad = 0;
    unsigned char *buffer = malloc(BLOCK);
    MPI_File file;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc != 2 || buffer == NULL) {
        fprintf(stderr, "usage: mpiio FILE\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    if (MPI_File_open(MPI_COMM_WORLD, argv[1], MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &file)) {
        fprintf(stderr, "mpiio: cannot open %s\n", argv[1]);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    for (int b = 0; b < BLOCKS; b++) {
        for (int i = 0; i < BLOCK; i++)
            buffer[i] = value(rank, b, i);
        MPI_File_write_at_all(file, ((MPI_Offset)b * size + rank) * BLOCK, buffer, BLOCK, MPI_BYTE, MPI_STATUS_IGNORE);
    }
    MPI_File_sync(file);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_File_sync(file);
    int other = (rank + 1) % size;
    for (int b = 0; b < BLOCKS; b++) {
        MPI_File_read_at_all(file, ((MPI_Offset)b * size + other) * BLOCK, buffer, BLOCK, MPI_BYTE, MPI_STATUS_IGNORE);
        for (int i = 0; i < BLOCK; i++)
            bad += buffer[i] != value(other, b, i);
    }
    MPI_File_close(&file);
    MPI_Reduce(&bad, &all_bad, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
    if (rank == 0)
        printf("%d MiB written and read back by %d ranks, %d bytes differ\n", size * BLOCKS, size, all_bad);
    MPI_Finalize();
    free(buffer);
    return rank == 0 && all_bad != 0;
}
