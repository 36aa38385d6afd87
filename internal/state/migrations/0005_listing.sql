-- What a listing shows of a plan is stored with it, so that a listing decodes no plan;
-- '' is filled in from the plan when the file is opened. What is wrong with a stack is
-- seen when somebody looks, never stored. An intent has words of its own.
ALTER TABLE stacks ADD COLUMN listing TEXT NOT NULL DEFAULT '';
ALTER TABLE stacks DROP COLUMN problems;
UPDATE stacks SET intent = 'removed' WHERE intent = 'removing';
