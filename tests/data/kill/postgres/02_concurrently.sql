-- Statements that forbid a transaction: the file goes statement by statement.
CREATE INDEX CONCURRENTLY orders_price ON app.orders (price);
INSERT INTO app.orders VALUES (4, 'paid', 20);
ALTER TYPE app.state ADD VALUE 'sent';
UPDATE app.orders SET price = price * 2 WHERE id = 4;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS log_what ON app.log (what);
ALTER TABLE app.orders ADD COLUMN note text NOT NULL DEFAULT 'x';
INSERT INTO app.log SELECT 'orders ' || count(*) || ' ' || sum(price) FROM app.orders;
CREATE INDEX CONCURRENTLY ON app.orders (note, id DESC);
REFRESH MATERIALIZED VIEW app.totals;
DROP INDEX CONCURRENTLY app.orders_price;
UPDATE app.counter SET n = n * 2 + 1;
VACUUM app.orders;
