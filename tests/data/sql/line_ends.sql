SELECT 1;
-- c; d
SELECT
 2;SELECT 3; -- old; MacSELECT 4;
