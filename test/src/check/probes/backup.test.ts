import type { BackupState, Finding } from '../../../../src/check/probes/probe';
import { probeBackup } from '../../../../src/check/probes/services';
import { look } from './look';

const hour = 3600_000;

function state(destination: string, level: BackupState['level'], ageHours: number | null): BackupState {
	return {
		...{ destination, level, reason: level === 'ok' ? 'ok' : 'missed', message: `This is ${destination}.` },
		newestAt: ageHours === null ? null : Date.now() - ageHours * hour,
		sizeBytes: ageHours === null ? null : 12_300_000,
	};
}

const ask = (states: BackupState[] | Error): Promise<Finding> =>
	look<'backup'>(
		probeBackup,
		{ type: 'backup', site: 'shop' },
		{ backups: () => (states instanceof Error ? Promise.reject(states) : Promise.resolve(states)) },
	);

test('all destinations with young backups are well', async () => {
	const finding = await ask([state('local', 'ok', 5), state('offsite', 'ok', 6)]);
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok', latencyMs: null });
	expect(finding.details['destinations']).toHaveLength(2);
});

test('the worst destination is told, with the age of its newest backup', async () => {
	const finding = await ask([
		state('local', 'ok', 5),
		state('offsite', 'critical', 50),
		state('tape', 'warning', 30),
	]);
	expect(finding).toMatchObject({ level: 'critical', reason: 'missed' });
	expect(finding.message).toBe(
		'Backups of "shop" at "offsite": the newest good one is 50 h 0 min old (12.3 MB). This is offsite. Nor are all well at: tape.',
	);
});

test('a destination that nobody could look at is worse than one that is well, and better than a known fault', async () => {
	const unknown = { ...state('offsite', 'unknown', null), reason: 'unreachable' };
	expect(await ask([state('local', 'ok', 5), unknown])).toMatchObject({
		level: 'unknown',
		reason: 'unreachable',
	});
	expect(await ask([unknown, state('local', 'warning', 30)])).toMatchObject({
		level: 'warning',
		reason: 'missed',
	});
});

test('a site that has never been backed up is told as such', async () => {
	expect((await ask([state('local', 'critical', null)])).message).toContain('there is no good one');
});

test('a clock that was set back makes no negative ages', async () => {
	expect((await ask([state('local', 'warning', -5)])).message).toContain('is 0 ms old');
});

test('what cannot be found out is unknown', async () => {
	expect(await ask([])).toMatchObject({ level: 'unknown', reason: 'no_backups' });
	const failed = await ask(new Error('The folder is gone, password=abc'));
	expect(failed).toMatchObject({ level: 'unknown', reason: 'internal' });
	expect(failed.message).not.toContain('abc');
	expect(await look<'backup'>(probeBackup, { type: 'backup', site: 'shop' })).toMatchObject({
		level: 'unknown',
		reason: 'config',
	});
	expect(await look<'backup'>(probeBackup, { type: 'backup' })).toMatchObject({ reason: 'config' });
	const stranger = await look<'backup'>(
		probeBackup,
		{ type: 'backup', site: 'shop' },
		{ backups: () => Promise.resolve(undefined) },
	);
	expect(stranger).toMatchObject({ level: 'unknown', reason: 'config' });
	const unread = await ask([{ ...state('local', 'unknown', null), reason: 'destination_unreachable' }]);
	expect(unread.message).toContain('nobody knows how old they are');
	expect(unread.message).not.toContain('no good one');
});

test('HC-30 destinations that never answer are a finding in time', async () => {
	const finding = await look<'backup'>(
		probeBackup,
		{ type: 'backup', site: 'shop', timeoutSeconds: 0.2 },
		{ backups: () => new Promise(() => undefined) },
	);
	expect(finding).toMatchObject({ level: 'unknown', reason: 'timeout' });
});
