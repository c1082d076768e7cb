import { backUpSite } from '../../../../src/backup';
import { obedient, stubborn, useQuietStand } from '../quiet-stand';

const stand = useQuietStand('quiet-backup');

const compose = (service: string, dependsOn = ''): Record<string, string> => ({
	'com.docker.compose.project': 'shop',
	'com.docker.compose.service': service,
	'com.docker.compose.depends_on': dependsOn,
});

test('BK-35: containers are stopped while files are read, in order of dependency, and started in reverse', async () => {
	await stand.run('shop-db', { Labels: compose('db') });
	await stand.run('shop-web', { Labels: compose('web', 'app:service_started:true') });
	await stand.run('shop-app', { Labels: compose('app', 'db:service_started:false') });
	const names = ['shop-db', 'shop-app', 'shop-web'];
	const seen: Record<string, string>[] = [];
	const site = stand.site({ containers: { project: 'shop' }, consistency: 'stop' });
	const report = await backUpSite(
		site,
		stand.context({ progress: () => void seen.push(stand.statesAtOnce(...names)) }),
	);
	expect(report).toMatchObject({
		status: 'ok',
		message: expect.stringMatching(/Down for .* \(stopped: shop-db, shop-app, shop-web\)\./),
		consistency: {
			containers: names.map((name) => ({ name, action: 'stopped', now: 'running', warnings: [] })),
			warnings: [],
			problems: [],
		},
	});
	expect(report.consistency?.downtimeMs).toBeGreaterThan(0);
	expect(seen.at(-1)).toEqual({ 'shop-db': 'exited', 'shop-app': 'exited', 'shop-web': 'exited' });
	expect(await stand.states(...names)).toEqual({
		'shop-db': 'running',
		'shop-app': 'running',
		'shop-web': 'running',
	});
	expect(await stand.actions()).toEqual([
		'stop shop-web',
		'stop shop-app',
		'stop shop-db',
		'start shop-db',
		'start shop-app',
		'start shop-web',
	]);
});

test('BK-35: only what ran is started again: stopped ones stay stopped, paused ones stay paused', async () => {
	await stand.run('shop-web');
	await (await stand.run('shop-job')).stop();
	await (await stand.run('shop-cold')).pause();
	const site = stand.site({ containers: ['shop-web', 'shop-job', 'shop-cold'], consistency: 'pause' });
	const report = await backUpSite(site, stand.context());
	expect(report.consistency?.containers).toMatchObject([
		{ name: 'shop-web', action: 'paused', now: 'running' },
		{ name: 'shop-job', action: 'left', now: 'as it was' },
		{ name: 'shop-cold', action: 'left', now: 'as it was' },
	]);
	expect(await stand.states('shop-web', 'shop-job', 'shop-cold')).toEqual({
		'shop-web': 'running',
		'shop-job': 'exited',
		'shop-cold': 'paused',
	});
	expect(await stand.actions()).toEqual(['pause shop-web', 'unpause shop-web']);
});

test('BK-35: a container that does not stop in time is killed, which is a warning', async () => {
	await stand.run('shop-web', { Cmd: stubborn });
	const site = stand.site({
		containers: ['shop-web'],
		consistency: { mode: 'stop', stopTimeoutSeconds: 1 },
	});
	const report = await backUpSite(site, stand.context());
	expect(report).toMatchObject({
		status: 'warning',
		message: expect.stringContaining(
			'shop-web: it did not stop within 1 second and was killed (exit code 137)',
		),
		consistency: { containers: [{ name: 'shop-web', now: 'running' }] },
	});
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

describe('BK-35: what waits for a healthy one', () => {
	/** Healthy two seconds after each start, or never. */
	const runDatabase = (ready: '/ready' | '/never') =>
		stand.run('shop-db', {
			Labels: compose('db'),
			Cmd: ['sh', '-c', 'rm -f /ready; sleep 2; touch /ready; exec sleep 100000'],
			...obedient,
			Healthcheck: { Test: ['CMD', 'test', '-f', ready], Interval: 200_000_000, Retries: 1000 },
		});
	const runWeb = () => stand.run('shop-web', { Labels: compose('web', 'db:service_healthy:false') });
	const site = () => stand.site({ containers: { project: 'shop' }, consistency: 'stop' });
	const order = ['stop shop-web', 'stop shop-db', 'start shop-db', 'start shop-web'];

	test('is started once that is healthy', async () => {
		const containers = [await runDatabase('/ready'), await runWeb()];
		expect(await backUpSite(site(), stand.context())).toMatchObject({
			status: 'ok',
			consistency: { containers: [{ name: 'shop-db', now: 'running', warnings: [] }, { name: 'shop-web' }] },
		});
		expect(await stand.actions()).toEqual(order);
		const [database = 0, web = 0] = await Promise.all(
			containers.map(async (container) => Date.parse((await container.inspect()).State.StartedAt)),
		);
		expect(web - database).toBeGreaterThanOrEqual(2000);
	});

	test('is started all the same when that does not become healthy in time, which is told', async () => {
		await runDatabase('/never');
		await runWeb();
		expect(await backUpSite(site(), stand.context(), { healthTimeoutMs: 1000 })).toMatchObject({
			status: 'warning',
			consistency: {
				containers: [
					{
						name: 'shop-db',
						now: 'running',
						warnings: [
							expect.stringMatching(/^it is starting, 1 seconds after its start; what depends on it/),
						],
					},
					{ name: 'shop-web', now: 'running' },
				],
			},
		});
		expect(await stand.actions()).toEqual(order);
	});
});
