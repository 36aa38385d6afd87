-- Every operation may be repeated, so nobody asks which of them were done; events
-- tell people.
DROP TABLE ops;
