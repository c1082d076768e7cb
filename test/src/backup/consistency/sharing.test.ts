import { execFileSync } from 'node:child_process';

import { backUpSite, holdContainers } from '../../../../src/backup';
import type { Site } from '../../../../src/shared';
import { failureOf, site as siteFrom, until } from '../engine-stand';
import { useQuietStand } from '../quiet-stand';

const stand = useQuietStand('sharing');

/** A site of the given name that stops the container both share, and takes a while to read. */
function sharing(name: string, size: string): Site {
	const { backup, destinations } = stand.site();
	execFileSync('truncate', ['-s', size, `${backup.directories[0]?.path}/zeros`]);
	return siteFrom({ name, backup, destinations, containers: ['shop-db'], consistency: 'stop' });
}

const stopped = () =>
	until('a stopped container', async () => (await stand.states('shop-db'))['shop-db'] === 'exited');

afterEach(() => {
	stand.proxy.before = () => Promise.resolve(undefined);
});

test('of two sites that share a container the second waits, and never starts what the first needs quiet', async () => {
	await stand.run('shop-db');
	const first = backUpSite(sharing('shop', '1500M'), stand.context());
	await stopped();
	const second = backUpSite(sharing('blog', '1M'), stand.context(), { waitForContainersMs: 60_000 });
	const [shop, blog] = await Promise.all([first, second]);
	expect([shop.status, blog.status]).toEqual(['ok', 'ok']);
	expect(Date.parse(blog.finishedAt)).toBeGreaterThan(Date.parse(shop.finishedAt) - 1);
	expect(await stand.actions()).toEqual(['stop shop-db', 'start shop-db', 'stop shop-db', 'start shop-db']);
	expect(await stand.states('shop-db')).toEqual({ 'shop-db': 'running' });
});

test('one that does not want to wait says who has the container, and stores nothing of its files', async () => {
	await stand.run('shop-db');
	let release = (): void => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	// The first has the container until the second has looked.
	stand.proxy.before = async ({ url = '' }) => {
		if (/\/start\b/.test(url)) await released;
		return undefined;
	};
	const first = backUpSite(sharing('shop', '1M'), stand.context());
	await stopped();
	const blog = sharing('blog', '1M');
	const second = await backUpSite(blog, stand.context(), { waitForContainersMs: 0 }).finally(release);
	expect(second).toMatchObject({
		status: 'failed',
		artefacts: [
			{
				problem: {
					code: 'container_busy',
					message: expect.stringMatching(
						/^Another run, of "shop" by process \d+ on \S+ since .*: shop-db\.$/,
					),
				},
			},
		],
	});
	expect(await first).toMatchObject({ status: 'ok' });
	expect(await stand.states('shop-db')).toEqual({ 'shop-db': 'running' });
});

test('other work can hold containers with the same care, and lets go of them', async () => {
	await stand.run('shop-db');
	await stand.run('shop-web', { HostConfig: { Links: ['shop-db:db'] } });
	const held = await holdContainers(stand.site(), ['shop-web', 'shop-db'], 'restore-1', stand.context());
	expect(await stand.states('shop-db', 'shop-web')).toEqual({ 'shop-db': 'exited', 'shop-web': 'exited' });
	expect(await held.disturbances()).toEqual([]);
	const report = await held.release();
	expect(report.containers.map(({ name, now }) => `${name} ${now}`)).toEqual([
		'shop-db running',
		'shop-web running',
	]);
	expect(await stand.actions()).toEqual(['stop shop-web', 'stop shop-db', 'start shop-db', 'start shop-web']);
	const site = { ...stand.site(), protected: ['shop-db'] };
	const refused = holdContainers(site, ['shop-db'], 'restore-2', stand.context());
	expect(await failureOf(refused)).toMatchObject({ code: 'container_protected' });
});
