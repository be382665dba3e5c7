CREATE SCHEMA app;
SET search_path TO app;
CREATE TABLE people (first text, last text);
ALTER TABLE people ADD CONSTRAINT named CHECK (last <> '') NOT VALID;
ALTER TABLE people VALIDATE CONSTRAINT named;
CREATE INDEX people_first ON people (first);
CREATE INDEX ON people (first);
