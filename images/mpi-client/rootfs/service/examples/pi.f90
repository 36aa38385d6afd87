! Every rank adds up its part of an integral that is pi.
program pi
  use mpi
  implicit none
  integer, parameter :: steps = 1000000
  integer :: error, rank, ranks, i
  double precision :: x, mine, all

  call MPI_Init(error)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, error)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks, error)
  mine = 0
  do i = rank, steps - 1, ranks
    x = (i + 0.5d0) / steps
    mine = mine + 4 / (1 + x * x) / steps
  end do
  call MPI_Reduce(mine, all, 1, MPI_DOUBLE_PRECISION, MPI_SUM, 0, MPI_COMM_WORLD, error)
  if (rank == 0) print '(A, F0.9, A, I0, A)', 'pi is ', all, ' say ', ranks, ' ranks'
  call MPI_Finalize(error)
end program pi
