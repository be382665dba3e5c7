CREATE TABLE shop.products (
    sku         varchar(32) PRIMARY KEY,
    title       text NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents >= 0),
    details     jsonb
);

CREATE INDEX products_title ON shop.products USING btree (title);
