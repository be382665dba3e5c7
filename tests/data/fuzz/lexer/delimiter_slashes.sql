-- atlas:delimiter //
-- atlas:txmode none

SELECT 1 //
SELECT (2 // 3), $$//$$ // SELECT 4; SELECT 5