-- Each DROP; what was in the table is in the log before.
INSERT INTO app.log SELECT 'line ' || sku || ' ' || amount FROM store.lines;
DROP INDEX app.orders_weight;
DROP VIEW app.open_purchases;
ALTER TABLE app.purchases DROP COLUMN width;
ALTER TABLE app.purchases DROP COLUMN height, DROP CONSTRAINT orders_remark, ALTER COLUMN weight DROP DEFAULT;
DROP FUNCTION store.doubled(bigint);
DROP SEQUENCE store.figures;
DELETE FROM store.lines WHERE id = (SELECT min(id) FROM store.lines);
DROP TABLE store.lines;
DROP SCHEMA store;
REVOKE SELECT ON app.purchases FROM matrix_reader;
CREATE DOMAIN app.passing AS text;
DROP DOMAIN app.passing;
DROP ROLE matrix_keeper;
CREATE TABLE app.lines (id bigint PRIMARY KEY, again boolean);
INSERT INTO app.lines SELECT count(*), true FROM app.log;
UPDATE app.counter SET n = n + 1;
