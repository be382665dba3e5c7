CREATE SCHEMA app;
CREATE TABLE app.counter (id bigint PRIMARY KEY, n bigint NOT NULL);
INSERT INTO app.counter VALUES (1, 0);
CREATE TABLE app.log (what text NOT NULL);
CREATE TABLE app.orders (id bigint PRIMARY KEY, price bigint, note text);
INSERT INTO app.orders VALUES (1, 9, 'a'), (2, 3, 'b');
CREATE INDEX orders_note ON app.orders (note);
