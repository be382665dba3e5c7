CREATE TABLE app.never (id bigint);
