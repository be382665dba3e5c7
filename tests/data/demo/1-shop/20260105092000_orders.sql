CREATE TABLE shop.orders (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id uuid NOT NULL,
    state       text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid', 'sent', 'returned')),
    placed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shop.order_lines (
    order_id    uuid NOT NULL,
    line        integer NOT NULL,
    sku         varchar(32) NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    price_cents bigint NOT NULL,
    PRIMARY KEY (order_id, line)
);

CREATE INDEX CONCURRENTLY orders_customer ON shop.orders (customer_id, placed_at);
CREATE INDEX CONCURRENTLY order_lines_sku ON shop.order_lines (sku);

CREATE VIEW shop.order_totals AS
SELECT o.id, o.customer_id, o.state, sum(l.quantity * l.price_cents) AS total_cents
FROM shop.orders AS o
JOIN shop.order_lines AS l ON l.order_id = o.id
GROUP BY o.id, o.customer_id, o.state;
