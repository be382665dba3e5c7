-- atlas:delimiter \n\n
CREATE TABLE a (

  id int)

CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;

SELECT 2; END

SELECT '

' // 2
