CREATE TABLE notes (n bigint);
INSERT INTO notes VALUES (1);
