CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $a$ SELECT $$x;y$$; $a$;
PREPARE p AS SELECT $1::int;
SELECT $tag$ $Tag$ $tag$;