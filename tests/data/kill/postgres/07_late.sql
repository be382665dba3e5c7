ALTER TABLE shop.receipts ADD COLUMN late boolean NOT NULL DEFAULT false;
INSERT INTO shop.log SELECT 'receipts ' || count(*) || ' ' || sum(total) FROM shop.receipts;
UPDATE shop.counter SET n = n * 2 + 1;
