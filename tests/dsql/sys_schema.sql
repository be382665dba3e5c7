-- What the double adds to its PostgreSQL. Run as superuser, again at every start.
SET allow_system_table_mods = on;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'admin') THEN
    CREATE ROLE admin LOGIN CREATEROLE;
  END IF;
END $$;
ALTER SCHEMA public OWNER TO admin;
GRANT CREATE ON DATABASE postgres TO admin;
ALTER DATABASE postgres SET default_transaction_isolation = 'repeatable read';
ALTER DATABASE postgres SET dsql.server_version = '16.15';
ALTER DATABASE postgres SET dsql.server_version_num = '160015';

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text
  LANGUAGE sql STABLE AS $$ SELECT 'PostgreSQL 16' $$;

CREATE SCHEMA IF NOT EXISTS sys;
GRANT USAGE ON SCHEMA sys TO PUBLIC;

CREATE OR REPLACE FUNCTION sys.dsql_major_version() RETURNS integer
  LANGUAGE sql STABLE AS $$ SELECT 1 $$;

-- Jobs -------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS sys.job_store (
  job_id text PRIMARY KEY,
  status text NOT NULL DEFAULT 'submitted',
  details text,
  job_type text NOT NULL,
  class_id oid NOT NULL DEFAULT 1259,
  object_id oid NOT NULL,
  start_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz,
  table_id oid NOT NULL,
  table_name text NOT NULL,
  constraint_name text
);

CREATE OR REPLACE VIEW sys.jobs AS
  SELECT j.job_id, j.status, j.details, j.job_type, j.class_id, j.object_id,
         (SELECT n.nspname || '.' || c.relname FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = j.object_id) AS object_name,
         j.start_time, j.update_time
    FROM sys.job_store j;
GRANT SELECT ON sys.jobs TO PUBLIC;

-- 16 random bytes as lower-case base32 without padding: 26 characters.
CREATE OR REPLACE FUNCTION sys.make_job_id() RETURNS text LANGUAGE sql AS $$
  WITH random AS (
    SELECT ('x' || replace(gen_random_uuid()::text, '-', ''))::bit(128)::text || '00' AS bits
  )
  SELECT string_agg(
           substr('abcdefghijklmnopqrstuvwxyz234567', 1 + substr(bits, at, 5)::bit(5)::int, 1),
           '' ORDER BY at)
    FROM random, generate_series(1, 126, 5) AS at
$$;

CREATE OR REPLACE FUNCTION sys.add_job(kind text, object oid, on_table oid, con text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  id text := sys.make_job_id();
BEGIN
  INSERT INTO sys.job_store (job_id, job_type, object_id, table_id, table_name, constraint_name)
    SELECT id, kind, object, on_table, n.nspname || '.' || c.relname, con
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = on_table;
  PERFORM pg_notify('sys_jobs', id);
  RETURN id;
END $$;

-- Makes a finished, ordinary index look as one still being built.
CREATE OR REPLACE FUNCTION sys.hide_index(made oid, is_unique boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  shown text;
  most int := coalesce(current_setting('dsql.indexes', true), '24')::int;
BEGIN
  SELECT format_type(a.atttypid, NULL) INTO shown
    FROM pg_attribute a JOIN pg_index i ON i.indexrelid = a.attrelid
   WHERE a.attrelid = made AND a.attnum <= i.indnkeyatts
     AND a.atttypid IN ('bytea'::regtype, 'timetz'::regtype, 'interval'::regtype,
                        'jsonb'::regtype, 'json'::regtype);
  IF shown IS NOT NULL THEN
    RAISE EXCEPTION 'datatype % is not supported in a key', shown USING ERRCODE = '0A000';
  END IF;
  IF (SELECT count(*) FROM pg_index i WHERE i.indrelid =
        (SELECT indrelid FROM pg_index WHERE indexrelid = made)) > most THEN
    RAISE EXCEPTION 'more than % indexes per table are not allowed', most USING ERRCODE = '54000';
  END IF;
  UPDATE pg_index SET indisvalid = false, indisunique = is_unique WHERE indexrelid = made;
END $$;

-- Zero rows when IF NOT EXISTS found one: no source shows what a cluster returns then.
CREATE OR REPLACE FUNCTION sys.start_index_build(command text, on_table text, is_unique boolean)
RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  target oid := to_regclass(on_table);
  known oid[] := ARRAY(SELECT indexrelid FROM pg_index WHERE indrelid = target);
  made oid;
BEGIN
  BEGIN
    EXECUTE command;
  EXCEPTION WHEN undefined_object THEN
    IF SQLERRM LIKE 'data type json has no default operator class%' THEN
      RAISE EXCEPTION 'datatype json is not supported in a key' USING ERRCODE = '0A000';
    END IF;
    RAISE;
  END;
  SELECT indexrelid INTO made FROM pg_index
   WHERE indrelid = target AND indexrelid <> ALL (known);
  IF made IS NOT NULL THEN
    PERFORM sys.hide_index(made, is_unique);
    RETURN QUERY SELECT sys.add_job('INDEX_BUILD', made, target, NULL);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION sys.start_validation(on_table text, con text, missing_ok boolean)
RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  target oid := to_regclass(on_table);
  bare text := (parse_ident(on_table))[array_upper(parse_ident(on_table), 1)];
BEGIN
  IF target IS NULL AND missing_ok THEN
    RAISE NOTICE 'relation "%" does not exist, skipping', bare;
    RETURN;
  ELSIF target IS NULL THEN
    RAISE EXCEPTION 'relation "%" does not exist', bare USING ERRCODE = '42P01';
  ELSIF NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = target), 'USAGE') THEN
    RAISE EXCEPTION 'must be owner of table %', bare USING ERRCODE = '42501';
  ELSIF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = target AND conname = con) THEN
    RAISE EXCEPTION 'constraint "%" of relation "%" does not exist', con, bare
      USING ERRCODE = '42704';
  ELSIF (SELECT contype NOT IN ('c', 'f') FROM pg_constraint
          WHERE conrelid = target AND conname = con) THEN
    RAISE EXCEPTION 'constraint "%" of relation "%" is not a foreign key or check constraint',
      con, bare USING ERRCODE = '42809';
  END IF;
  RETURN QUERY SELECT sys.add_job('VALIDATE_CONSTRAINT', target, target, con);
END $$;

CREATE OR REPLACE FUNCTION sys.job_status(id text) RETURNS text
  LANGUAGE sql VOLATILE SECURITY DEFINER AS $$ SELECT status FROM sys.job_store WHERE job_id = id $$;

-- False also for a job that is not there: no source says what a cluster answers.
CREATE OR REPLACE PROCEDURE sys.wait_for_job(id text, INOUT succeeded boolean DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
  until timestamptz := clock_timestamp()
    + coalesce(current_setting('dsql.wait_for_job_timeout', true), '60')::float8 * interval '1 s';
  state text;
BEGIN
  IF id !~ '^[a-z2-7]{26}$' THEN
    RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
  END IF;
  LOOP
    state := sys.job_status(id);
    succeeded := coalesce(state = 'completed', false);
    EXIT WHEN state IS NULL OR state IN ('completed', 'failed') OR clock_timestamp() > until;
    COMMIT;
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;

-- Roles ------------------------------------------------------------------------

CREATE SEQUENCE IF NOT EXISTS sys.iam_oids START 20000;
CREATE TABLE IF NOT EXISTS sys.iam_pg_role_mappings (
  iam_oid oid NOT NULL DEFAULT nextval('sys.iam_oids'),
  arn text NOT NULL,
  pg_role_oid oid NOT NULL,
  pg_role_name name NOT NULL,
  grantor_pg_role_oid oid NOT NULL,
  grantor_pg_role_name name NOT NULL,
  UNIQUE (arn, pg_role_oid)
);
GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

CREATE OR REPLACE FUNCTION sys.check_iam_role(role_name text)
RETURNS oid LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  target pg_roles%ROWTYPE;
BEGIN
  SELECT * INTO target FROM pg_roles WHERE rolname = role_name;
  IF target.oid IS NULL THEN
    RAISE EXCEPTION 'role "%" does not exist', role_name USING ERRCODE = '42704';
  ELSIF session_user <> 'admin' THEN
    RAISE EXCEPTION 'permission denied to grant IAM trust with role' USING ERRCODE = '42501';
  ELSIF NOT target.rolcanlogin THEN
    RAISE EXCEPTION 'role % must have the LOGIN attribute', role_name USING ERRCODE = '0A000';
  END IF;
  RETURN target.oid;
END $$;

CREATE OR REPLACE FUNCTION sys.iam_grant(role_name text, to_arn text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  target oid := sys.check_iam_role(role_name);
BEGIN
  INSERT INTO sys.iam_pg_role_mappings
    (arn, pg_role_oid, pg_role_name, grantor_pg_role_oid, grantor_pg_role_name)
  VALUES (to_arn, target, role_name, session_user::regrole, session_user)
  ON CONFLICT DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION sys.iam_revoke(role_name text, from_arn text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  target oid := sys.check_iam_role(role_name);
BEGIN
  DELETE FROM sys.iam_pg_role_mappings WHERE pg_role_oid = target AND arn = from_arn;
END $$;

