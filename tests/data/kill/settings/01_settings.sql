CREATE SCHEMA shop;
-- As pg_dump writes it. A connection that has lost it makes the next table in public.
SELECT pg_catalog.set_config('search_path', 'shop', false);
CREATE TABLE orders (id bigint PRIMARY KEY, amount bigint);
INSERT INTO orders VALUES (1, 10);
UPDATE orders SET amount = amount * 2 + 1;
CREATE TABLE lines (id bigint PRIMARY KEY);
