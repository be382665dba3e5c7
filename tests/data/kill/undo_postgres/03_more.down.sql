-- None of the undo files' statements may run twice: it would fail, or count twice.
INSERT INTO app.log SELECT 'less ' || n FROM app.counter;
