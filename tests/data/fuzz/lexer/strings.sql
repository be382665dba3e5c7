INSERT INTO t VALUES ('a;b');
SELECT 'it''s; x', E'it\'s; x', U&'d\0061;t', b'01', N'x';
SELECT E'a'
-- note
'b\'; c';
