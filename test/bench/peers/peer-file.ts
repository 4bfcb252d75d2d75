/** The folder with the code and the packages of the other systems: installed by the bench itself, and by nothing else. */
export const peersFolder = new URL('../../peers/', import.meta.url);

export function peerFile(name: string): URL {
  return new URL(name, peersFolder);
}
