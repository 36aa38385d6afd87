-- A stack that changes has two plans: the one its nodes were made by, and the one that
-- is wanted ('' when that is the same). What a first start has formed is known for each
-- service, as one may come later than another.
ALTER TABLE stacks ADD COLUMN formed TEXT NOT NULL DEFAULT '[]';
UPDATE stacks SET formed = (
	SELECT json_group_array(json_extract(value, '$.id')) FROM plans, json_each(iif(json_valid(plan), plan, '{}'), '$.services') WHERE plans.stack = stacks.id
) WHERE started = 1;
ALTER TABLE stacks DROP COLUMN started;
ALTER TABLE plans ADD COLUMN next TEXT NOT NULL DEFAULT '';
