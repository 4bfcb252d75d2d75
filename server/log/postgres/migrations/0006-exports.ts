/** How far the log was exported, by the name of the export, and which node exports. */
export const exportsMigration = String.raw`CREATE TABLE exports (
  name text COLLATE "C" PRIMARY KEY,
  -- A position in the global order; null before the first one.
  incarnation bigint,
  place bigint,
  node text COLLATE "C",
  lease_until timestamptz NOT NULL
);
`;
