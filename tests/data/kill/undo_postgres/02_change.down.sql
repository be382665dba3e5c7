UPDATE app.counter SET n = n + 1;
DROP VIEW app.dear;
ALTER TABLE app.purchases RENAME TO orders;
INSERT INTO app.log SELECT 'back ' || sum(price) FROM app.orders;
CREATE INDEX CONCURRENTLY orders_note ON app.orders (note);
UPDATE app.orders SET price = price + 1;
