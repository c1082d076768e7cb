import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, restoreSite } from '../../../src/backup';
import { imageTag } from '../../support/images/images';
import { site, useBackupStand } from './engine-stand';
import { describeTree } from './stand';

const stand = useBackupStand('config-engine', ['tools']);

const configSite = (config: object, backups: string) =>
	site({
		containers: ['shop-web'],
		backup: { configs: [{ name: 'stack', secrets: 'plain', ...config }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});

async function restored(of: ReturnType<typeof configSite>): Promise<string> {
	const to = join(stand.folder(), 'restored');
	await restoreSite(of, stand.context(), { restorePoint: 'latest', to: { 'config-stack': to } });
	return to;
}

test('files that only the host has are the same as read by n8n itself', async () => {
	const stack = stand.folder();
	mkdirSync(`${stack}/conf`);
	writeFileSync(`${stack}/.env`, 'SECRET=1\n', { mode: 0o640 });
	writeFileSync(`${stack}/conf/a name with 'quotes'`, Buffer.from([0, 255, 10]));
	writeFileSync(`${stack}/conf/empty`, '');
	symlinkSync('conf/empty', `${stack}/link`);
	execFileSync('touch', [
		'-h',
		'-d',
		'@1700000000',
		...['.env', 'link', 'conf', "conf/a name with 'quotes'", 'conf/empty'].map((name) => join(stack, name)),
	]);
	const paths = ['.env', 'conf', 'link', 'none'].map((name) => join(stack, name));
	const trees: string[] = [];
	const warnings: unknown[] = [];
	for (const via of ['n8n', 'engine'] as const) {
		const of = configSite({ paths, via }, stand.folder());
		const { artefacts } = await backUpSite(of, stand.context());
		warnings.push(artefacts[0]?.warnings);
		trees.push(describeTree(`${await restored(of)}/files`));
	}
	expect(trees[1]).toBe(trees[0]);
	expect(warnings[0]).toEqual([`${stack}/conf/empty: is empty`, `${stack}/none: does not exist`]);
	expect(warnings[1]).toEqual(warnings[0]);
	const outside = configSite({ paths: ['/etc/hostname'], via: 'engine' }, stand.folder());
	const { artefacts } = await backUpSite(outside, stand.context());
	expect(artefacts[0]?.problem?.message).toContain('does not cover the host path "/etc"');
	await stand.noHelperIsLeft();
});

test('definitions of containers, networks and volumes are kept, the same while nothing changes, secrets masked', async () => {
	const { docker } = stand.engine;
	await stand.volume('shop_media');
	await docker.createNetwork({ Name: 'shop_net', Labels: { purpose: 'shop' } });
	const container = await docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'sleep 600'],
		Env: ['PASSWORD=hunter2'],
		HostConfig: { Binds: ['shop_media:/media'], NetworkMode: 'shop_net', RestartPolicy: { Name: 'always' } },
	});
	await container.start();
	const of = configSite({ inspect: true }, stand.folder());
	const first = await backUpSite(of, stand.context());
	expect(first).toMatchObject({ status: 'ok', artefacts: [{ warnings: [] }] });
	const to = await restored(of);
	const read = (name: string): Record<string, Record<string, unknown>> =>
		JSON.parse(readFileSync(join(to, 'inspect', name), 'utf8')) as Record<string, Record<string, unknown>>;
	expect(read('shop-web.json')).toMatchObject({
		Name: 'shop-web',
		Config: { Env: expect.arrayContaining(['PASSWORD=***']) },
		HostConfig: { RestartPolicy: { Name: 'always' } },
		Networks: { shop_net: {} },
	});
	expect(read('shop-web.json')['State']).toBeUndefined();
	expect(read('networks/shop_net.json')).toMatchObject({ Name: 'shop_net', Labels: { purpose: 'shop' } });
	expect(read('volumes/shop_media.json')).toMatchObject({ name: 'shop_media', driver: 'local' });
	await container.restart({ t: 0 });
	const second = await backUpSite(of, stand.context());
	expect(second.artefacts[0]?.sha256).toBe(first.artefacts[0]?.sha256);

	const none = configSite({ inspect: ['shop-none'] }, stand.folder());
	const { artefacts } = await backUpSite(none, stand.context());
	expect(artefacts[0]?.problem).toMatchObject({
		code: 'source_missing',
		message: expect.stringContaining('"shop-none"'),
	});
	const withoutEngine = await backUpSite(of, {});
	expect(withoutEngine.artefacts[0]?.problem?.code).toBe('engine_missing');
});
