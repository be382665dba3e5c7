-- One transaction with its ledger row.
CREATE SCHEMA app;
CREATE TABLE app.counter (id integer PRIMARY KEY, n bigint NOT NULL);
INSERT INTO app.counter VALUES (1, 0), (2, 100);
CREATE TABLE app.log (what text NOT NULL);
CREATE TYPE app.state AS ENUM ('new', 'paid');
CREATE TABLE app.orders (id integer PRIMARY KEY, state app.state NOT NULL DEFAULT 'new', price numeric(12, 2));
INSERT INTO app.orders VALUES (1, 'new', 9.50), (2, 'paid', 3), (3, 'new', 0);
UPDATE app.counter SET n = n + 1;
CREATE FUNCTION app.count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.counter SET n = n + 1; RETURN NEW; END $$;
CREATE TRIGGER orders_count AFTER INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.count_up();
CREATE VIEW app.open_orders AS SELECT id, price FROM app.orders WHERE state = 'new';
CREATE MATERIALIZED VIEW app.totals AS SELECT state, sum(price) AS total FROM app.orders GROUP BY state;
