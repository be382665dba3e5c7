SET search_path = app, public;
ALTER TABLE orders RENAME COLUMN note TO remark;
ALTER TABLE orders RENAME CONSTRAINT weight_known TO weight_there;
ALTER TABLE orders RENAME TO purchases;
INSERT INTO log SELECT 'prices ' || sum(price) FROM purchases;
ALTER INDEX orders_weight RENAME TO purchases_weight;
ALTER DOMAIN amount RENAME TO money_amount;
ALTER SEQUENCE gaps_tickets INCREMENT BY 5;
