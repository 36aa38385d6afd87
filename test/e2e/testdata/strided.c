/* Every rank writes every n-th of a million integers with collective and with
   independent MPI-IO, by the component that --mca io names; all are read back. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
enum { COUNT = 50000 };

static long wrong(MPI_File f, int ranks, int together) {
  long bad = 0;
  int *all = malloc(sizeof(int) * COUNT * ranks);
  MPI_File_set_view(f, 0, MPI_INT, MPI_INT, "native", MPI_INFO_NULL);
  if (together) MPI_File_read_at_all(f, 0, all, COUNT * ranks, MPI_INT, MPI_STATUS_IGNORE);
  else MPI_File_read_at(f, 0, all, COUNT * ranks, MPI_INT, MPI_STATUS_IGNORE);
  for (int i = 0; i < COUNT * ranks; i++) bad += all[i] != i + 1;
  free(all);
  return bad;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  int *mine = malloc(sizeof(int) * COUNT);
  for (int i = 0; i < COUNT; i++) mine[i] = i * ranks + rank + 1;
  MPI_Datatype strided;
  MPI_Type_vector(COUNT, 1, ranks, MPI_INT, &strided);
  MPI_Type_commit(&strided);
  for (int together = 0; together < 2; together++) {
    MPI_File f;
    if (!rank) MPI_File_delete(argv[1], MPI_INFO_NULL);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_File_open(MPI_COMM_WORLD, argv[1], MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &f);
    MPI_File_set_view(f, rank * sizeof(int), MPI_INT, strided, "native", MPI_INFO_NULL);
    if (together) MPI_File_write_all(f, mine, COUNT, MPI_INT, MPI_STATUS_IGNORE);
    else MPI_File_write(f, mine, COUNT, MPI_INT, MPI_STATUS_IGNORE);
    MPI_File_sync(f);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_File_sync(f);
    long bad = wrong(f, ranks, together), all = 0;
    MPI_Reduce(&bad, &all, 1, MPI_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
    if (!rank) printf("%s: %ld wrong\n", together ? "collective" : "independent", all);
    MPI_File_close(&f);
  }
  MPI_Finalize();
  return 0;
}
