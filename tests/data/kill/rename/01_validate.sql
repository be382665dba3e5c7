CREATE TABLE orders (id bigint PRIMARY KEY, owner bigint, amount bigint);
INSERT INTO orders VALUES (1, 1, 10);
ALTER TABLE orders ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
ALTER TABLE ASYNC orders VALIDATE CONSTRAINT amount_positive;
