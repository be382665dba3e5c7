UPDATE app.counter SET n = n * 2 + (SELECT sum(price) FROM app.orders);
ALTER TABLE app.counter RENAME TO kept;
DROP INDEX app.orders_note;
DROP TABLE app.orders;
INSERT INTO app.log SELECT 'left ' || n FROM app.kept;
