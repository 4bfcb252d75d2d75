import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { packAll, type Tarballs } from '../../tools/packaging/pack.ts';

/** Both packages as users get them: packed, and installed from npm's registry into folders of their own. */
export interface InstalledPackages extends AsyncDisposable {
  readonly tarballs: Tarballs;
  /** An empty folder, into which the tarball was copied and in which it was installed. */
  install(tarball: keyof Tarballs): Promise<InstalledFolder>;
  /** A new, empty folder. */
  emptyFolder(): Promise<string>;
  /** For programs that call npm: a cache of these tests' own. */
  readonly env: Readonly<Record<string, string>>;
}

export interface InstalledFolder {
  readonly path: string;
}

export async function packForInstallation(): Promise<InstalledPackages> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'stagewire-install-')));
  const tarballs = await packAll(join(root, 'dist'));
  const env = { npm_config_cache: join(root, 'npm-cache'), npm_config_update_notifier: 'false' };
  let count = 0;
  const emptyFolder = async () => {
    const path = join(root, `folder-${(count += 1)}`);
    await mkdir(path);
    return path;
  };
  return {
    tarballs,
    env,
    emptyFolder,
    async install(tarball) {
      const path = await emptyFolder();
      await writeFile(join(path, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      const file = basename(tarballs[tarball]);
      await cp(tarballs[tarball], join(path, file));
      await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', `./${file}`], {
        cwd: path,
        env: { ...process.env, ...env },
      });
      return { path };
    },
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true });
    },
  };
}
