-- Written for PostgreSQL: DSQL takes the first statement, and neither of the other two.
CREATE TABLE shop.invoices (
    id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id uuid NOT NULL
);

ALTER TABLE shop.orders ADD COLUMN number serial;
CREATE INDEX invoices_order ON shop.invoices USING gin (order_id);
