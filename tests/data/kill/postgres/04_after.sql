CREATE TABLE app.orders (id integer PRIMARY KEY);
INSERT INTO app.orders SELECT count(*) FROM app.log;
CREATE INDEX CONCURRENTLY purchases_remark ON app.purchases (remark);
DROP TRIGGER orders_count ON app.purchases;
DROP FUNCTION app.count_up();
UPDATE app.counter SET n = n + (SELECT count(*) FROM app.log);
ALTER SCHEMA app RENAME TO shop;
INSERT INTO shop.log SELECT 'left ' || count(*) || ' ' || sum(price) FROM shop.purchases;
