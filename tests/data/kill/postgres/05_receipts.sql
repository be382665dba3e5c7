-- These go out in one flight: a transaction with its ledger row each.
CREATE TABLE shop.receipts (id integer PRIMARY KEY, total numeric(14, 3));
INSERT INTO shop.receipts SELECT count(*), sum(price) FROM shop.purchases;
