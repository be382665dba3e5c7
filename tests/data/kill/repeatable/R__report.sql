-- Twice, or half, each of these would fail or be seen.
DROP TABLE app.report;
CREATE TABLE app.report (n bigint, run bigint);
INSERT INTO app.runs SELECT count(*), ${n} FROM app.runs;
INSERT INTO app.report SELECT n, id FROM app.runs;
CREATE INDEX report_n ON app.report (n, run);
UPDATE app.report SET n = n * 10 + run;
