import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { rawRequest } from '../support/raw-request.ts';

// An <img> or a <script> of any page sends no Origin: it could not read what it asked for, but it could ask, and
// hold open as many event streams as its browser allows. Browsers say of such a request where it comes from.
test.each([
  { what: 'an image of a foreign page', mode: 'no-cors', dest: 'image', status: 403 },
  { what: 'a frame in a foreign page', mode: 'navigate', dest: 'iframe', status: 403 },
  { what: 'a link from a foreign page', mode: 'navigate', dest: 'document', status: 200 },
])('$what is answered with $status', async ({ mode, dest, status }) => {
  await using api = await startApiServer();
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode, 'sec-fetch-dest': dest };
  const answer = await rawRequest(api.port, { path: '/trpc/server.info', headers });
  expect(answer.status).toBe(status);
});
