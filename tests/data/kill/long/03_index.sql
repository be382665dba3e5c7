-- Asynchronous jobs: with a name, without one, of a constraint; and what needs them.
CREATE INDEX ASYNC orders_weight ON app.orders (weight) WHERE weight > 0;
CREATE TABLE app.lines (id bigint PRIMARY KEY, order_id bigint, sku text, amount bigint);
INSERT INTO app.lines SELECT id * 10, id, 'sku ' || id, 1 FROM app.orders;
CREATE INDEX ASYNC ON app.lines (order_id, sku);
CREATE INDEX ASYNC IF NOT EXISTS lines_amount ON app.lines (amount);
UPDATE app.counter SET n = n * 2 + 1;
CREATE UNIQUE INDEX ASYNC lines_sku ON app.lines (sku);
ALTER TABLE app.lines ADD CONSTRAINT lines_sku_key UNIQUE USING INDEX lines_sku;
ALTER TABLE app.lines ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
ALTER TABLE ASYNC app.lines VALIDATE CONSTRAINT amount_positive;
UPDATE app.lines SET amount = amount + 1;
ALTER TABLE ASYNC app.orders VALIDATE CONSTRAINT orders_counter;
ALTER INDEX app.lines_amount RENAME TO lines_by_amount;
CREATE INDEX ASYNC lines_expression ON app.lines (lower(sku)) INCLUDE (amount);
