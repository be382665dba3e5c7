-- With SET a file is not sent in flights. What was validated, before it and in it, has another name then.
SET search_path = public;
UPDATE orders SET amount = amount * 2 + 1;
ALTER TABLE orders RENAME TO purchases;
ALTER TABLE purchases ADD CONSTRAINT owner_known CHECK (owner IS NOT NULL) NOT VALID;
ALTER TABLE ASYNC purchases VALIDATE CONSTRAINT owner_known;
ALTER TABLE purchases RENAME CONSTRAINT owner_known TO has_owner;
UPDATE purchases SET amount = amount + 1;
