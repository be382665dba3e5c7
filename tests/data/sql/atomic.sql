CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;
create or replace function f(a int) returns int language sql begin atomic
  select case when a > 1 then case when a > 2 then 2 else 1 end else (case a when 1 then 3 end) end;
  select a;
end;
CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); DELETE FROM t; END;
CREATE FUNCTION e() RETURNS int BEGIN ATOMIC END;
CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT CASE WHEN true THEN 1 END;
BEGIN;
UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END;
END;
