import { useEffect, useState } from 'react';
import { defaultRoles, type Role } from '@stagewire/client';
import { useStagewire } from '@stagewire/client/react';

/** The roles of the server, in the order of the pipeline. */
export function useRoles(): readonly Role[] {
  const { info } = useStagewire();
  const [roles, setRoles] = useState<readonly Role[]>(defaultRoles);
  useEffect(() => {
    // Without an answer, the page offers the usual roles.
    info().then(
      (server) => setRoles(server.roles.map(({ role }) => role)),
      () => {},
    );
  }, [info]);
  return roles;
}
