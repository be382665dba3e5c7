-- don't drop; keep
/* a /* b; */ c; */ SELECT 1 -- a; b
;
/*/ x **/ SELECT 2 +-- y
3;