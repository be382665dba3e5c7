-- Every kind of string, with semicolons, quotes and comment signs inside.
INSERT INTO t VALUES ('a;b');
SELECT 'it''s; x', 'c:\', E'it\'s; x', e'\\', E'\'', '--', '/*';
INSERT INTO t VALUES ('a;
b');
INSERT INTO d VALUES ('l1
-- keep
l3');
SELECT U&'d\0061;t', U&'d!0061;t' UESCAPE '!', B'01', X'1F', '{}'::jsonb #>> '{a;b}';
SELECT E'one'
  'two\'; three';
SELECT 'one'
'two\';
SELECT ')(';
SELECT '', '''', ''';''', E'''';
