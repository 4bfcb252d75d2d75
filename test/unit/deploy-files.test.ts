import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../server/process/config.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';

// No systemd and no cluster runs these files here: what they name must at least be there, and be large enough.

interface HttpProbe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: HttpProbe;
  readonly livenessProbe: HttpProbe;
  readonly readinessProbe: HttpProbe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
}

/** An object of docs/deploy/kubernetes.yaml by its kind; the schema of Kubernetes is checked elsewhere. */
function objectOf<Content>(kind: string): Content {
  const found = parseAllDocuments(textOf('docs/deploy/kubernetes.yaml')).map(
    (document) => document.toJS() as Readonly<Record<string, unknown>>,
  );
  const [one, ...others] = found.filter((object) => object['kind'] === kind);
  expect(one, kind).toBeDefined();
  expect(others).toEqual([]);
  return one as Content;
}

describe('docs/deploy/kubernetes.yaml', () => {
  const { data } = objectOf<{ data: Readonly<Record<string, string>> }>('ConfigMap');
  const { stringData } = objectOf<{ stringData: Readonly<Record<string, string>> }>('Secret');
  const { template } = objectOf<{
    spec: {
      template: {
        spec: {
          readonly enableServiceLinks: boolean;
          readonly terminationGracePeriodSeconds: number;
          readonly containers: readonly [Container];
        };
      };
    };
  }>('Deployment').spec;
  const [container] = template.spec.containers;

  test('sets variables that a server accepts, and secrets by files of the Secret', () => {
    const mount = container.volumeMounts.find(({ name }) => name === 'secrets')?.mountPath ?? '';
    const env = Object.fromEntries(
      Object.entries(data).map(([name, value]) => {
        if (!name.endsWith('_FILE')) return [name, value];
        const secret = stringData[value.replace(`${mount}/`, '')];
        expect(secret, value).toBeDefined();
        return [name.replace(/_FILE$/, ''), secret ?? ''];
      }),
    );
    expect(container.env.map(({ name }) => name)).toEqual(['STAGEWIRE_NODE_NAME']);
    const config = readConfig({
      ...env,
      STAGEWIRE_NODE_NAME: 'stagewire-7d9f8b6c5-x2x4z',
      STAGEWIRE_HOST: '0.0.0.0',
    });
    expect(config).toMatchObject({ auth: ['keys'], log: 'postgres' });
    expect(Object.keys(env)).toEqual(expect.arrayContaining(['STAGEWIRE_DATABASE_URL', 'ANTHROPIC_API_KEY']));
  });

  test('ends a node later than its drain, and starts it not before it can have a database', () => {
    const { drainMs } = readConfig({
      STAGEWIRE_DATABASE_URL: 'postgres://a@b/c',
      STAGEWIRE_DRAIN_MS: data['STAGEWIRE_DRAIN_MS'] ?? '',
    });
    const [program, seconds] = container.lifecycle.preStop.exec.command;
    expect(program).toBe('sleep');
    expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(
      drainMs + Number(seconds) * 1000 + 5000,
    );
    const { periodSeconds, failureThreshold } = container.startupProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThan(30);
  });

  test('has no variables of its Service, which the server would take for settings', () => {
    expect(template.spec.enableServiceLinks).toBe(false);
    expect(() => readConfig({ STAGEWIRE_PORT: 'tcp://10.0.0.1:80' })).toThrow(/STAGEWIRE_PORT/);
    expect(() => readConfig({ STAGEWIRE_SERVICE_HOST: '10.0.0.1' })).toThrow(/STAGEWIRE_SERVICE_HOST/);
  });

  test('leads from the Ingress to the port of the image', () => {
    const [port] = container.ports;
    expect(port?.containerPort).toBe(Number(/^EXPOSE (\d+)$/m.exec(textOf('Dockerfile'))?.[1]));
    const { spec } = objectOf<{ spec: { ports: readonly { name: string; targetPort: string }[] } }>(
      'Service',
    );
    expect(spec.ports.map(({ targetPort }) => targetPort)).toEqual([port?.name]);
    const ingress = textOf('docs/deploy/kubernetes.yaml').split('kind: Ingress')[1];
    expect(ingress).toContain(`service: { name: stagewire, port: { name: ${spec.ports[0]?.name} } }`);
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect(probe.httpGet.port).toBe(port?.name);
    }
    expect(container.livenessProbe.httpGet.path).toBe('/healthz');
    expect(container.readinessProbe.httpGet.path).toBe('/readyz');
  });
});

describe('docs/deploy/stagewire.service', () => {
  const unit = textOf('docs/deploy/stagewire.service');

  test('starts the server of the clone, with the settings of stagewire.env', () => {
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    const [, ...words] = command.split(' ');
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: { start: string } };
    expect(`node ${words.join(' ').replace('/opt/stagewire/', '')}`).toBe(scripts.start);
    for (const [, path = ''] of unit.matchAll(/\/opt\/stagewire\/((?:server|docs)\/\S+)/g)) {
      expect(existsSync(`${projectRoot}${path}`), path).toBe(true);
    }
    const env = Object.fromEntries(
      [...textOf('docs/deploy/stagewire.env').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    ) as Record<string, string>;
    expect(readConfig(env)).toMatchObject({ auth: ['keys'], host: '127.0.0.1' });
  });

  test('is ended later than its drain, also with PostgreSQL', () => {
    const { drainMs } = readConfig({ STAGEWIRE_DATABASE_URL: 'postgres://a@b/c' });
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThanOrEqual(drainMs + 5000);
  });
});
