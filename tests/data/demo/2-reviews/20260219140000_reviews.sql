-- What customers say. A new column comes bare on DSQL: its default and rule follow.
CREATE TABLE shop.reviews (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    sku         varchar(32) NOT NULL,
    customer_id uuid NOT NULL,
    stars       smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    said        text,
    written_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX CONCURRENTLY reviews_sku ON shop.reviews (sku, stars);

ALTER TABLE shop.products ADD COLUMN discontinued boolean;
ALTER TABLE shop.products ALTER COLUMN discontinued SET DEFAULT false;
UPDATE shop.products SET discontinued = false WHERE discontinued IS NULL;
ALTER TABLE shop.products ADD CONSTRAINT discontinued_known CHECK (discontinued IS NOT NULL) NOT VALID;
ALTER TABLE shop.products VALIDATE CONSTRAINT discontinued_known;
