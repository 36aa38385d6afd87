-- Whose work a removal takes back; '' when the whole stack is to go.
ALTER TABLE stacks ADD COLUMN undo TEXT NOT NULL DEFAULT '';
