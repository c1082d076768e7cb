import { DockerError } from '../../../../src/docker';
import { Access } from '../../../../src/docker/access';
import {
	describeEvent,
	isoInstant,
	nanoseconds,
	parseEvent,
	type DockerEvent,
	type RawEvent,
} from '../../../../src/docker/events/event';
import { EventGate, fitsFilter, type EventFilter } from '../../../../src/docker/events/filter';

const id = 'a'.repeat(64);

function line(
	action: string,
	attributes: Record<string, string> = {},
	{ type = 'container', subject = id, timeNano = '1763778832123456789' } = {},
): string {
	const actor = JSON.stringify({ ID: subject, Attributes: attributes });
	return `{"Type":"${type}","Action":${JSON.stringify(action)},"Actor":${actor},"scope":"local","time":1763778832,"timeNano":${timeNano}}`;
}

function raw(...args: Parameters<typeof line>): RawEvent {
	const event = parseEvent(line(...args));
	if (event === undefined) throw new Error('no event');
	return event;
}

function described(...args: Parameters<typeof line>): DockerEvent {
	const event = describeEvent(raw(...args));
	if (event === undefined) throw new Error('not described');
	return event;
}

test('an event has its time to the nanosecond, its exit code, and labels apart from what the engine adds', () => {
	const attributes = {
		'com.docker.compose.project': 'shop',
		'com.docker.compose.service': 'web',
		exitCode: '137',
		execDuration: '3',
		image: 'shop:1',
		name: 'shop-web-1',
	};
	expect(described('die', attributes)).toEqual({
		eventId: expect.stringMatching(/^1763778832123456789-[0-9a-f]{10}$/),
		at: '2025-11-22T02:33:52.123456789Z',
		type: 'container',
		action: 'die',
		name: 'shop-web-1',
		image: 'shop:1',
		exitCode: 137,
		signal: null,
		health: null,
		formerName: null,
		project: 'shop',
		service: 'web',
		labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
		id,
	});
});

test('the outcome of a health check, the number of a signal and a former name are fields of their own', () => {
	const name = 'site';
	expect(described('health_status: unhealthy', { name })).toMatchObject({
		action: 'health_status',
		health: 'unhealthy',
	});
	expect(described('health_status', { name, HealthStatus: 'healthy' })).toMatchObject({ health: 'healthy' });
	expect(described('kill', { name, signal: '15' })).toMatchObject({ signal: 15 });
	expect(described('rename', { name, oldName: '/shop' })).toMatchObject({ name: 'site', formerName: 'shop' });
});

test('DK-28: the command that is run in a container is not told, because it may hold a password', () => {
	const event = described('exec_start: psql --password=hunter2', { name: 'db', execID: '1' });
	expect(event.action).toBe('exec_start');
	expect(JSON.stringify(event)).not.toContain('hunter2');
});

test('a label that looks like the time of the engine does not change it', () => {
	const event = raw('start', { name: 'x', '"timeNano":1': '"timeNano":1', timeNano: '1' });
	expect(event.timeNano).toBe(1763778832123456789n);
});

test.each(['', 'null', '[]', '{', '{"Type":"container"}', '{"status":"pulling"}', '"text"', '12'])(
	'%s is no event',
	(text) => expect(parseEvent(text)).toBeUndefined(),
);

test('what an engine tells of itself is no event of a container, image, network or volume', () => {
	expect(describeEvent(raw('reload', { name: 'host' }, { type: 'daemon' }))).toBeUndefined();
});

test('instants keep their nanoseconds there and back', () => {
	expect(nanoseconds('2025-11-22T02:33:52.123456789Z')).toBe(1763778832123456789n);
	expect(nanoseconds('2025-11-22T03:33:52.1+01:00')).toBe(1763778832100000000n);
	expect(nanoseconds('2025-11-22T02:33:52Z')).toBe(1763778832000000000n);
	expect(nanoseconds('yesterday')).toBeUndefined();
	expect(isoInstant(1763778832000000001n)).toBe('2025-11-22T02:33:52.000000001Z');
});

describe('filters', () => {
	const labels = { tier: 'web', 'com.docker.compose.project': 'shop', equation: 'a=b' };
	const die = described('die', { name: 'shop-web', exitCode: '0', ...labels });
	const unhealthy = described('health_status: unhealthy', { name: 'shop-web', ...labels });
	const exec = described('exec_create: true', { name: 'shop-web' });
	const pull = described('pull', { name: 'postgres' }, { type: 'image', subject: 'postgres:15' });

	const cases: [string, DockerEvent, EventFilter, boolean][] = [
		['everything fits no filter', die, {}, true],
		['commands in containers fit no filter', exec, {}, false],
		['nor that for all of containers', exec, { events: ['container:*'] }, false],
		['but one that names them', exec, { events: ['container:exec_*'] }, true],
		['the action counts', die, { events: ['container:start', 'container:die'] }, true],
		['another action does not', die, { events: ['container:start'] }, false],
		['the outcome of a check counts', unhealthy, { events: ['container:health_status:unhealthy'] }, true],
		['another outcome does not', unhealthy, { events: ['container:health_status:healthy'] }, false],
		['the type counts', pull, { events: ['image:*'] }, true],
		['another type does not', pull, { events: ['container:*'] }, false],
		['a name fits its pattern', die, { names: ['blog-*', 'shop-*'] }, true],
		['another name does not', die, { names: ['blog-*'] }, false],
		['a label by its key', die, { labels: ['tier'] }, true],
		['a label by its value', die, { labels: ['tier=web', 'equation=a=b'] }, true],
		['another value does not', die, { labels: ['tier=db'] }, false],
		['a label of every object is none', die, { labels: ['toString'] }, false],
		['the project counts', die, { project: 'shop' }, true],
		['another project does not', die, { project: 'blog' }, false],
		['an exit without error is no failure', die, { failuresOnly: true }, false],
		['and does not concern other events', unhealthy, { failuresOnly: true }, true],
	];
	test.each(cases)('%s', (_name, event, filter, fits) => expect(fitsFilter(event, filter)).toBe(fits));
});

describe('rights', () => {
	const rights = {
		accessLevel: 'read' as const,
		allowedContainers: ['site-*'],
		allowedVolumes: ['site_*'],
		allowedNetworks: ['site_*'],
		allowedImages: ['postgres:*'],
		allowedHostPaths: [],
	};
	const access = new Access(rights);
	const gate = new EventGate();
	const admits = (...args: Parameters<typeof line>): boolean =>
		gate.admits(access, raw(...args), described(...args));

	test('DK-6: events of containers that the credential does not cover are not shown, whatever their labels say', () => {
		expect(admits('die', { name: 'site-a' })).toBe(true);
		expect(admits('die', { name: 'other', 'com.docker.compose.project': 'site-a' })).toBe(false);
		expect(admits('rename', { name: 'other', oldName: '/site-a' })).toBe(false);
	});

	test('images, networks and volumes have rights of their own', () => {
		expect(admits('pull', { name: 'postgres' }, { type: 'image', subject: 'postgres:15' })).toBe(true);
		expect(admits('pull', { name: 'redis' }, { type: 'image', subject: 'redis:7' })).toBe(false);
		expect(admits('create', { name: 'site_net' }, { type: 'network' })).toBe(true);
		expect(admits('create', { name: 'bridge' }, { type: 'network' })).toBe(false);
		expect(admits('create', {}, { type: 'volume', subject: 'site_data' })).toBe(true);
		expect(admits('create', {}, { type: 'volume', subject: 'other' })).toBe(false);
	});

	test('what a helper of this package does is not shown', () => {
		expect(admits('mount', { container: id }, { type: 'volume', subject: 'site_data' })).toBe(true);
		expect(admits('create', { name: 'site-helper', 'opsdesk.helper': 'backup' })).toBe(false);
		expect(admits('mount', { container: id }, { type: 'volume', subject: 'site_data' })).toBe(false);
		expect(admits('connect', { container: id, name: 'site_net' }, { type: 'network' })).toBe(false);
	});

	test('reading events is an action that the level must permit', () => {
		expect(() => new Access(rights).requireAction('events')).not.toThrow(DockerError);
	});
});
