"""NumPy arrays through MPI: a sum over all ranks, and a window that each writes into."""

import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, size = world.rank, world.size

total = np.empty(4)
world.Allreduce(np.full(4, float(rank)), total)
assert (total == size * (size - 1) / 2).all(), total

window = MPI.Win.Allocate(np.dtype("i").itemsize, comm=world)
mine = np.frombuffer(window, dtype="i")
window.Fence()
window.Put(np.array([rank], dtype="i"), (rank + 1) % size)
window.Fence()
assert mine[0] == (rank - 1) % size, mine
window.Free()

if rank == 0:
    print(f"{size} ranks of Python agree")
