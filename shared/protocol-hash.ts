/** Names the contract to the byte. Written by `npm run generate`. */
export const PROTOCOL_HASH = '3b412ae3b0ff9325e11ac16d1634e18b6c4fa71160f26a5333cccc29dff9c365';
