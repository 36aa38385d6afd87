/* One-sided communication: every rank opens a window on its memory; the others
 * put, get, add and count in it without its help. */
#include <mpi.h>
#include <stdio.h>

enum { GIFT, SUM, COUNTER, TICKET, FIELDS, ROUNDS = 25 };

static int rank, size, wrong;

static void check(int got, int want, const char *what)
{
    if (got != want) {
        fprintf(stderr, "rank %d: %s is %d, not %d\n", rank, what, got, want);
        wrong = 1;
    }
}

/* Between fences everybody may write into everybody's window. */
static void fences(MPI_Win window, const int *mine)
{
    int right = (rank + 1) % size, left = (rank + size - 1) % size, one = 1, seen = -1, i;

    MPI_Win_fence(0, window);
    MPI_Put(&rank, 1, MPI_INT, right, GIFT, 1, MPI_INT, window);
    for (i = 0; i < ROUNDS; i++) {
        MPI_Accumulate(&one, 1, MPI_INT, 0, SUM, 1, MPI_INT, MPI_SUM, window);
    }
    MPI_Win_fence(0, window);
    MPI_Get(&seen, 1, MPI_INT, right, GIFT, 1, MPI_INT, window);
    MPI_Win_fence(0, window);
    check(mine[GIFT], left, "what the left one put");
    check(seen, rank, "what was read from the right one");
    if (rank == 0) {
        check(mine[SUM], ROUNDS * size, "the sum");
    }
}

/* Rank 0 holds a counter behind a lock, and one that adds in one step. */
static void locks(MPI_Win window)
{
    int one = 1, value, last[FIELDS], i;

    for (i = 0; i < ROUNDS; i++) {
        MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, window);
        MPI_Get(&value, 1, MPI_INT, 0, COUNTER, 1, MPI_INT, window);
        MPI_Win_flush(0, window);
        value++;
        MPI_Put(&value, 1, MPI_INT, 0, COUNTER, 1, MPI_INT, window);
        MPI_Win_unlock(0, window);
        MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, window);
        MPI_Fetch_and_op(&one, &value, MPI_INT, 0, TICKET, MPI_SUM, window);
        MPI_Win_unlock(0, window);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, window);
    MPI_Get(last, FIELDS, MPI_INT, 0, 0, FIELDS, MPI_INT, window);
    MPI_Win_unlock(0, window);
    check(last[COUNTER], ROUNDS * size, "the locked counter");
    check(last[TICKET], ROUNDS * size, "the number of tickets");
}

int main(int argc, char **argv)
{
    int *mine, i, all;
    MPI_Win window;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Win_allocate(FIELDS * sizeof(int), sizeof(int), MPI_INFO_NULL, MPI_COMM_WORLD, &mine, &window);
    for (i = 0; i < FIELDS; i++) {
        mine[i] = 0;
    }
    fences(window, mine);
    locks(window);
    MPI_Win_free(&window);
    MPI_Allreduce(&wrong, &all, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (rank == 0 && !all) {
        printf("%d ranks put, got, added and locked in each other's windows\n", size);
    }
    MPI_Finalize();
    return all;
}
