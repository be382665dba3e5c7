CREATE TABLE "a;b" (id int, "x""y;" text, "it's" text);
CREATE TABLE "a"";b" (id int);
SELECT U&"d\0061;t" FROM "größe";
SELECT a$b$ FROM t; SELECT c$b$ FROM t;
SELECT 1 AS "--", 2 AS "/*", 3 AS "$$";
CREATE TABLE größe_日本 (begin int, "end" int, atomic text);
