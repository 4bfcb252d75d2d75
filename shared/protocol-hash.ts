/** Names the contract to the byte. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'eccaa5e8183a281d693d198cb952c635a61da3ff530cb0ebb6ab29277d3be0ee';
