INSERT INTO app.log VALUES ('more');
