CREATE TABLE "a""; b" (id int);
SELECT U&"d\0061;t", 1 AS "it's", a$b$ FROM t; SELECT c$b$ FROM t;
