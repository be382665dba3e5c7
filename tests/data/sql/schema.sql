-- A schema as teams write it for DSQL.
CREATE SCHEMA IF NOT EXISTS shop;

CREATE TABLE shop.customers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now() -- UTC; always
);
COMMENT ON TABLE shop.customers IS 'who buys; who''s who';
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_email ON shop.customers USING btree (lower(email) ASC);
CREATE INDEX orders_open ON shop.orders (customer_id, created_at) INCLUDE (total) WHERE state = 'open;';
ALTER TABLE shop.orders ADD CONSTRAINT total_positive CHECK (total >= 0) NOT VALID;
ALTER TABLE shop.orders VALIDATE CONSTRAINT total_positive;
CREATE VIEW shop.sales (day, total) AS
  SELECT date_trunc('day', created_at), sum(total) FROM shop.orders GROUP BY 1;
WITH old AS (SELECT id FROM shop.orders WHERE created_at < now() - interval '1 year' LIMIT 3000)
DELETE FROM shop.orders USING old WHERE orders.id = old.id;
INSERT INTO shop.customers (email, name) VALUES ('a@example.com', 'Ann;'), ('b@example.com', E'B\'ob')
ON CONFLICT DO NOTHING;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO app
