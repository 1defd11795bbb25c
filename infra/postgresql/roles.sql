-- Two roles for the portal's database, so that the portal itself can't rewrite its audit record:
--   genkan_owner  owns the tables; `manage.py migrate` uses it, and nothing else does
--   genkan        the web, worker and beat processes: it may add to the audit record and read it, and no more
-- Run it in the portal's database as its administrator, before the first migration and after every one:
--   psql --set ON_ERROR_STOP=1 --dbname genkan --file infra/postgresql/roles.sql
-- It changes nothing that is right already. docs/deploy.md says how the roles get their passwords.

BEGIN;

DO $roles$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'genkan_owner') THEN
        CREATE ROLE genkan_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'genkan') THEN
        CREATE ROLE genkan LOGIN;
    END IF;
    -- An administrator who is no superuser, as at cloud providers, must be in a role to give things to it.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT genkan, genkan_owner TO %I', current_user);
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'genkan' AND (rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls)) THEN
        ALTER ROLE genkan NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
    IF pg_has_role('genkan', 'genkan_owner', 'MEMBER') THEN
        REVOKE genkan_owner FROM genkan;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO genkan_owner', current_database());
END
$roles$;

-- Migrations also change what the portal's role owns.
GRANT genkan TO genkan_owner;

ALTER SCHEMA public OWNER TO genkan_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- CREATE is for the connection log: the worker makes a table for each month.
GRANT USAGE, CREATE ON SCHEMA public TO genkan;

DO $owners$
DECLARE
    thing record;
    wanted text;
BEGIN
    -- Sequences of a table and its indexes go with it.
    FOR thing IN
        SELECT c.oid::regclass AS name, pg_get_userbyid(c.relowner) AS owner, c.relkind = 'p' OR c.relispartition AS of_log
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    LOOP
        -- Tables of the months are made, attached and dropped by the portal: it must own them, and what they hang on.
        wanted := CASE WHEN thing.of_log THEN 'genkan' ELSE 'genkan_owner' END;
        IF thing.owner <> wanted THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %I', thing.name, wanted);
        END IF;
    END LOOP;
    FOR thing IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) <> 'genkan_owner'
          -- What an extension brought stays the extension's.
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO genkan_owner', thing.name);
    END LOOP;
END
$owners$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO genkan;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO genkan;
-- For what later migrations make.
ALTER DEFAULT PRIVILEGES FOR ROLE genkan_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO genkan;
ALTER DEFAULT PRIVILEGES FOR ROLE genkan_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO genkan;

DO $audit$
BEGIN
    IF to_regclass('public.audit_auditevent') IS NOT NULL THEN
        REVOKE ALL ON public.audit_auditevent FROM PUBLIC, genkan;
        GRANT SELECT, INSERT ON public.audit_auditevent TO genkan;
    END IF;
    -- Nor may it pretend that a migration has or hasn't run.
    IF to_regclass('public.django_migrations') IS NOT NULL THEN
        REVOKE ALL ON public.django_migrations FROM genkan;
        GRANT SELECT ON public.django_migrations TO genkan;
    END IF;
END
$audit$;

COMMIT;
