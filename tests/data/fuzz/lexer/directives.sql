-- migrate:transaction none

-- migrate:batch
DELETE FROM a WHERE id IN (SELECT id FROM a LIMIT 10);
-- migrate:batch
-- old rows
UPDATE a SET b = 1 WHERE b = 0; -- migrate:batch
/* migrate:batch */ INSERT INTO a SELECT 1 -- migrate:batch
LIMIT 3;
-- migrate: batch
WITH x AS (SELECT 1) DELETE FROM a USING x;
