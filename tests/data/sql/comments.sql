-- don't drop; keep
CREATE TABLE t (id int);
/* a; b */ SELECT 1;
SELECT 1 -- a; b
;
/* a /* b; */ c; */ SELECT 1;
/*/ x **/ SELECT /***/ 2 /* ; /**/ */;
SELECT 1 +-- minus; plus
2 */* times; */3;
-- the last line has no end; and no statement