CREATE TABLE people (first text, last text);
CREATE INDEX ON people (lower(first));
CREATE INDEX ON people (lower(last));
