/** The URL `ws://…/trpc` of a server. */
export function socketUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.replace(/\/(?:trpc\/?)?$/, '');
  return `${/^(?:https|wss):$/.test(protocol) ? 'wss' : 'ws'}://${host}${path}/trpc`;
}
