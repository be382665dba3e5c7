-- None of these may run twice: it would fail, or count twice.
CREATE SCHEMA app;
CREATE TABLE app.counter (id bigint PRIMARY KEY, n bigint NOT NULL);
INSERT INTO app.counter VALUES (1, 0), (2, 100);
CREATE TABLE app.log (what text NOT NULL);
CREATE TABLE app.scratch (id bigint PRIMARY KEY);
CREATE DOMAIN app.amount AS numeric(12, 2) CONSTRAINT amount_check CHECK (VALUE >= 0);
CREATE SEQUENCE app.gaps_tickets CACHE 1 START 10;
CREATE FUNCTION app.twice(a bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT a * 2 $$;
CREATE TABLE app.orders (
    id         bigint PRIMARY KEY,
    counter_id bigint,
    price      app.amount,
    note       text,
    label      text DEFAULT 'none',
    total      bigint GENERATED ALWAYS AS (id * 10) STORED,
    place      bigint NOT NULL
);
INSERT INTO app.orders (id, counter_id, price, note, place) VALUES (1, 1, 9.50, 'a', 7), (2, 2, 3, 'b', 8), (3, 1, 0, 'c', 9);
UPDATE app.counter SET n = n + 1;
CREATE VIEW app.open_orders AS SELECT id, price FROM app.orders WHERE price > 0;
INSERT INTO app.log SELECT 'ticket ' || (nextval('app.gaps_tickets') > 0) || sum(n) FROM app.counter;
