import { migrations, type Migration } from '../../server/log/postgres/migrate.ts';
import { version } from '../../server/process/version.ts';

const present = migrations.at(-1)?.version ?? 0;

/** A migration as a later version may have: it only adds. */
const additive: Migration = {
  version: present + 1,
  oldestReader: 1,
  sql: `ALTER TABLE runs ADD COLUMN rank integer NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN flavour text;
    ALTER TABLE removed ADD COLUMN reason text;
    ALTER TABLE nodes ADD COLUMN zone text NOT NULL DEFAULT 'here';
    ALTER TABLE commands ADD COLUMN priority integer NOT NULL DEFAULT 0;
    ALTER TABLE meta ADD COLUMN note text;
    CREATE TABLE later (id bigint PRIMARY KEY);
    CREATE INDEX runs_by_rank ON runs (rank);
    CREATE FUNCTION last_place_99() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT last_place_1() $$`,
};

const [major = 0, minor = 0] = version.split('.').map(Number);

/** The version after this one, which adds to the schema. Nodes of both share a database. */
export const nextBuild = { version: `${major}.${minor + 1}.0`, migrations: [...migrations, additive] };

/** A version that this one cannot share a database with. */
export const incompatibleBuild = {
  version: `${major + 1}.0.0`,
  migrations: [...nextBuild.migrations, { version: present + 2, oldestReader: present + 1, sql: 'SELECT 1' }],
};
