import type { z } from 'zod';

/** STAGEWIRE_ORIGINS: the origins, each once. */
export function readOrigins(text: string, context: z.core.$RefinementCtx<string>): readonly string[] {
  const origins = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong !== undefined) {
    context.issues.push({
      code: 'custom',
      message: 'must be a comma-separated list of origins, such as https://example.org,http://localhost:5173',
      params: { wrong },
      input: text,
    });
  }
  return [...new Set(origins.map((origin) => URL.parse(origin)?.origin ?? origin))];
}

/** STAGEWIRE_HOSTS: the hosts in lower case, each once. */
export function readHosts(text: string, context: z.core.$RefinementCtx<string>): readonly string[] {
  const hosts = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim().toLowerCase()]));
  const wrong = hosts.find((host) => !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/.test(host));
  if (wrong !== undefined) {
    context.issues.push({
      code: 'custom',
      message: 'must be a comma-separated list of hosts, such as stagewire.example.org,10.0.0.5:8080',
      params: { wrong },
      input: text,
    });
  }
  return [...new Set(hosts)];
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && !text.endsWith('/')
  );
}
