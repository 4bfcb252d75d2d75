/** What imports have added to the counters of the days, so that importing a log again adds only what is new. */
export const importedUsageMigration = String.raw`CREATE TABLE imported_usage (
  -- The log that was imported.
  log text COLLATE "C" NOT NULL,
  day text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  tokens bigint NOT NULL,
  cost numeric NOT NULL,
  PRIMARY KEY (log, day, owner, currency)
);
`;
