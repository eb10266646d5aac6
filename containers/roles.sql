-- The two users of the database; the superuser is for this alone. psql runs it when the volume is new. Run again, it
-- sets the passwords to what the files say:
--   docker compose exec --user postgres postgres psql --file=/docker-entrypoint-initdb.d/roles.sql
\set ON_ERROR_STOP on
\set owner `cat /run/secrets/database_password`
\set dashboard `cat /run/secrets/dashboard_password`

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['uptake', 'uptake_dashboard']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE uptake PASSWORD :'owner';
ALTER ROLE uptake_dashboard PASSWORD :'dashboard';

-- The owner makes and changes the tables. What the dashboard may do to them, `uptake migrate --dashboard-user` says.
ALTER DATABASE uptake OWNER TO uptake;
REVOKE ALL ON DATABASE uptake, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE uptake TO uptake_dashboard;
