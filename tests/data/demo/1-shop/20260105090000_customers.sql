-- Customers of the shop. Plain PostgreSQL takes this file as it is.
CREATE SCHEMA shop;

CREATE TABLE shop.customers (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email      varchar(320) NOT NULL,
    name       text NOT NULL,
    country    char(2) NOT NULL CHECK (country = upper(country)),
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE shop.customers IS 'People who ordered; "email" is what they sign in with; kept 7 years';

-- Becomes CREATE UNIQUE INDEX ASYNC on DSQL, and its build is waited for.
CREATE UNIQUE INDEX CONCURRENTLY customers_email ON shop.customers (email);
