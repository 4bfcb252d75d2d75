/** The audit records of access keys and sessions, beside those of accesses. */
export const auditMigration = String.raw`ALTER TABLE audit
  -- 'access', 'key' or 'session'.
  ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'access',
  ADD COLUMN actor_name text,
  -- The id of the access key.
  ADD COLUMN subject text;
CREATE INDEX audit_of_kind ON audit (kind, number);
`;
