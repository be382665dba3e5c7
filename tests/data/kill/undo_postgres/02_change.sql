ALTER TABLE app.orders RENAME TO purchases;
DROP INDEX app.orders_note;
CREATE VIEW app.dear AS SELECT id FROM app.purchases WHERE price > 5;
