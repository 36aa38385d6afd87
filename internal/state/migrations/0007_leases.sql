-- For whom a stack is kept, JSON; '' for one that stays until somebody removes it.
ALTER TABLE stacks ADD COLUMN lease TEXT NOT NULL DEFAULT '';
