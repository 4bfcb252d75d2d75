// Follows a run in a process that lacks what React Native's engine and older browsers lack. Arguments: url, run id.
const { WebSocket: PlatformSocket, fetch: platformFetch } = globalThis;
// Loaded now, while its own classes have all they need.
void PlatformSocket.name;
await platformFetch('data:,');

// Node's own socket makes its events with `Event`, so that one stays.
Object.assign(globalThis, { EventTarget: undefined, CustomEvent: undefined });
for (const name of ['withResolvers', 'try'] as const) Reflect.deleteProperty(Promise, name);
Reflect.deleteProperty(Array, 'fromAsync');

const { connect } = await import('../../client/index.ts');
const [url = '', runId = ''] = process.argv.slice(2);
const client = connect({ url });
const types: string[] = [];
for await (const event of client.run(runId).events()) types.push(event.type);
console.log(types.at(0), types.at(-1));
await client.close();
