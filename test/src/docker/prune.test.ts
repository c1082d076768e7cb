import { parseConnection, prune, type PruneReport, type PruneRules } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useImageStand } from './image-stand';

const { use, build, tag } = useImageStand('prune');
const now = { olderThanHours: 0 };
const volumeAt = (Source: string) => ({ Mounts: [{ Type: 'volume' as const, Source, Target: '/data' }] });

afterEach(async () => {
	const { docker } = use.engine;
	await docker.pruneNetworks();
	const { Volumes } = await docker.listVolumes();
	await Promise.all(Volumes.map(({ Name }) => docker.getVolume(Name).remove()));
});

async function pruned(
	rules: Partial<PruneRules> = now,
	{ dryRun = false, rights = {} }: { dryRun?: boolean; rights?: object } = {},
): Promise<PruneReport> {
	const { host, port } = use.proxy;
	const usual = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };
	const connection = parseConnection({ ...usual, ...rights, connectionType: 'tcp', host, port });
	return await prune(connection, rules, { dryRun });
}

const names = (things: { kind: string; name: string | null }[]) =>
	things.map(({ kind, name }) => `${kind} ${name}`).sort();

async function stopped(name: string, options: object = {}): Promise<string> {
	const container = await use.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'head -c 100000 /dev/zero > /f'],
		...options,
	});
	await container.start();
	await container.wait();
	return container.id;
}

/** A bit of everything: half of it in use. */
async function furnish(): Promise<void> {
	const { docker } = use.engine;
	for (const Name of ['shop_media', 'shop_old']) await docker.createVolume({ Name });
	for (const Name of ['shop_default', 'shop_left']) await docker.createNetwork({ Name });
	await stopped('shop-job', { HostConfig: { NetworkMode: 'shop_left', ...volumeAt('shop_old') } });
	const site = await docker.createContainer({
		name: 'shop-web',
		Image: imageTag('web'),
		HostConfig: { NetworkMode: 'shop_default', ...volumeAt('shop_media') },
	});
	await site.start();
	await build('shop/app:1', 'old');
	await build('shop/app:1', 'new');
}

test('DK-25: volumes stay whatever an expression gives for them that is none of the choices', async () => {
	const { docker } = use.engine;
	await docker.createVolume({ Name: 'shop_old' });
	for (const volumes of [undefined, null, '']) {
		const { removed } = await pruned({ ...now, volumes } as Partial<PruneRules>);
		expect(names(removed).filter((name) => name.startsWith('volume'))).toEqual([]);
	}
	for (const faulty of [{ volumes: 'None' }, { volumes: false }, { services: 'false' }]) {
		await expect(pruned({ ...now, ...faulty } as unknown as Partial<PruneRules>)).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining(Object.keys(faulty)[0] ?? ''),
		});
	}
	expect((await docker.listVolumes()).Volumes.map(({ Name }) => Name)).toEqual(['shop_old']);
});

test('DK-25: the dry run lists exactly what the real run removes, with sizes; volumes stay', async () => {
	await furnish();
	const dry = await pruned(now, { dryRun: true });
	expect(use.actionsSent()).toEqual([]);
	const { dryRun, ...expected } = dry;
	expect(dryRun).toBe(true);
	expect(names(dry.removed)).toEqual(['container shop-job', 'image null', 'network shop_left']);
	expect(dry.removed.find(({ kind }) => kind === 'container')?.sizeBytes).toBeGreaterThanOrEqual(100_000);
	expect(await pruned()).toEqual(expected);
	expect(use.actionsSent().filter((line) => /prune/.test(line))).toEqual([]);
	const { docker } = use.engine;
	expect((await docker.listContainers({ all: true })).map(({ Names }) => Names[0])).toEqual(['/shop-web']);
	expect((await docker.listVolumes()).Volumes.map(({ Name }) => Name).sort()).toEqual([
		'shop_media',
		'shop_old',
	]);
	expect(await pruned()).toMatchObject({ changed: false, removed: [], freedBytes: 0 });
});

test('DK-25: volumes go only by their own option, those with a name only when that is asked for', async () => {
	await furnish();
	await stopped('anonymous', { Volumes: { '/data': {} } });
	const volumes = (things: PruneReport['removed']) => names(things).filter((one) => one.startsWith('volume'));
	expect(volumes((await pruned({ ...now, volumes: 'anonymous' }, { dryRun: true })).removed)).toEqual([
		expect.stringMatching(/^volume [0-9a-f]{64}$/),
	]);
	const all = await pruned({ ...now, volumes: 'all' });
	expect(volumes(all.removed)).toEqual([expect.any(String), 'volume shop_old']);
	expect((await use.engine.docker.listVolumes()).Volumes.map(({ Name }) => Name)).toEqual(['shop_media']);
});

test('all unused images go when asked for, also of several names, those that are built on them first', async () => {
	const base = await build('shop/base:1', 'base');
	await tag(base, 'shop/alias', '2');
	const { docker } = use.engine;
	const container = await docker.createContainer({ name: 'maker', Image: 'shop/base:1' });
	await use.engine.cli('commit', 'maker', 'shop/derived:1');
	await container.remove();
	await docker.createContainer({ name: 'uses-tools', Image: imageTag('tools') });
	const rules = { ...now, images: 'unused', containers: false, keep: ['opsdesk-test/web:*'] } as const;
	const dry = await pruned(rules, { dryRun: true });
	expect(names(dry.removed)).toEqual(['image shop/alias:2', 'image shop/derived:1']);
	expect(dry.kept).toEqual([
		expect.objectContaining({ name: imageTag('web'), reason: 'its name fits "opsdesk-test/web:*"' }),
	]);
	const real = await pruned(rules);
	expect({ ...real, dryRun: true }).toEqual(dry);
	const left = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
	expect(left.sort()).toEqual([imageTag('tools'), imageTag('web')]);
});

test('what a rule keeps is told with the reason: label, age, restart policy, protection', async () => {
	const labelled = (label: object) => ({ Labels: label });
	await stopped('marked', labelled({ 'opsdesk.keep': 'true' }));
	const service = await use.engine.docker.createContainer({
		name: 'service',
		Image: imageTag('tools'),
		Cmd: ['sleep', '60'],
		HostConfig: { RestartPolicy: { Name: 'unless-stopped' } },
	});
	await service.start();
	await service.stop({ t: 0 });
	await stopped('guarded', labelled({ 'opsdesk.protected': 'true' }));
	await stopped('helper', labelled({ 'opsdesk.helper': 'files' }));
	await stopped('job');
	const rules = { networks: false, images: 'none', buildCache: false } as const;
	const first = await pruned({ ...rules, olderThanHours: 1 });
	expect(first).toMatchObject({ changed: false, removed: [] });
	expect(first.kept.find(({ name }) => name === 'job')?.reason).toMatch(/^it is .* old, less than 1 hours$/);
	const [{ Id: job } = { Id: '' }] = await use.engine.docker.listContainers({
		all: true,
		filters: { name: ['^/job$'] },
	});
	for (const container of [job, '*']) {
		const holds = [{ container, reason: 'a backup of shop has stopped it' }];
		const held = await pruned({ ...rules, ...now, holds });
		expect(held.removed).toEqual([]);
		expect(held.kept).toContainEqual(
			expect.objectContaining({ name: 'job', reason: 'a backup of shop has stopped it' }),
		);
	}
	const second = await pruned({ ...rules, ...now });
	expect(names(second.removed)).toEqual(['container job']);
	expect(Object.fromEntries(second.kept.map(({ name, reason }) => [name, reason]))).toEqual({
		marked: 'it carries the label opsdesk.keep',
		service: 'it has the restart policy "unless-stopped": somebody has stopped it, and may want it again',
		guarded: 'it is protected: it carries the label opsdesk.protected=true',
	});
	expect(names((await pruned({ ...rules, ...now, services: true })).removed)).toEqual(['container service']);
});

test('containers that were updated once go as all others; what an update still needs stays', async () => {
	const marked = (of: string) => ({ Labels: { 'opsdesk.update.replaces': of, 'opsdesk.update.plan': '{}' } });
	await stopped('shop-job', marked('f'.repeat(64)));
	const aside = await stopped('shop-web-opsdesk-old');
	await stopped('shop-web', marked(aside));
	await stopped('shop-db-opsdesk-new', marked('e'.repeat(64)));
	expect(names((await pruned()).removed)).toEqual(['container shop-job']);
	const left = await use.engine.docker.listContainers({ all: true });
	expect(left.map(({ Names }) => Names[0]).sort()).toEqual([
		'/shop-db-opsdesk-new',
		'/shop-web',
		'/shop-web-opsdesk-old',
	]);
});

test('what the credential does not cover is neither removed nor told', async () => {
	await furnish();
	await stopped('blog-job');
	const rights = {
		allowedContainers: 'blog-*',
		allowedNetworks: 'blog_*',
		allowedVolumes: 'blog_*',
		allowedImages: 'blog/*',
	};
	const report = await pruned({ ...now, volumes: 'all', images: 'unused' }, { rights });
	expect(names(report.removed)).toEqual(['container blog-job']);
	expect(JSON.stringify(report)).not.toContain('shop');
	await expect(pruned(now, { rights: { accessLevel: 'control' } })).rejects.toMatchObject({
		code: 'not_permitted',
	});
});

test('DK-25: what comes into use in between stays and is told, and the others go', async () => {
	await furnish();
	const { docker } = use.engine;
	const dangling = await build('shop/late:1', 'late');
	await build('shop/late:1', 'later');
	let done = false;
	use.proxy.before = async ({ method, url }) => {
		if (method !== 'DELETE' || done) return undefined;
		done = true;
		await docker.getNetwork('shop_left').connect({ Container: 'shop-web' });
		await docker.createContainer({ name: 'late', Image: dangling });
		const [held = ''] = /containers\/([0-9a-f]{64})/.exec(url ?? '')?.slice(1) ?? [];
		await docker.getContainer(held).update({ RestartPolicy: { Name: 'no' } });
		return undefined;
	};
	const report = await pruned();
	expect(names(report.removed)).toEqual(['container shop-job', 'image null']);
	expect(names(report.skipped)).toEqual(['image null', 'network shop_left']);
	for (const { reason } of report.skipped) expect(reason).toMatch(/^it is in use by now/);
	expect(report.failed).toEqual([]);
});

test('DK-25: an image that a pull gives a name in between stays', async () => {
	const dangling = await build('shop/app:1', 'one');
	await build('shop/app:1', 'two');
	let looked = 0;
	use.proxy.before = async ({ method, url }) => {
		if (method === 'GET' && url?.includes(encodeURIComponent(dangling)) && ++looked === 2) {
			await tag(dangling, 'shop/app', 'stable');
		}
		return undefined;
	};
	const report = await pruned();
	expect(report.removed).toEqual([]);
	expect(report.skipped).toEqual([
		expect.objectContaining({ id: dangling, reason: 'it has got another name by now' }),
	]);
});
