DROP VIEW app.latest;
CREATE VIEW app.latest AS SELECT ${n} AS n;
INSERT INTO app.runs SELECT count(*), -${n} FROM app.runs;
