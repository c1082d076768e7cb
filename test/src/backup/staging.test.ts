import { spawn, spawnSync } from 'node:child_process';

import { endStaging, isAbandoned, newStagingToken } from '../../../src/backup/restore/staging';

const day = 24 * 60 * 60_000;

/** A token with other parts: time, machine, process number, start of the process. */
function changed(changes: { machine?: string; pid?: number; start?: string }): string {
	const [seconds, machine, pid, start] = newStagingToken().split('_');
	const parts = [
		seconds,
		changes.machine ?? machine,
		changes.pid?.toString(36) ?? pid,
		changes.start ?? start,
	];
	return `.www.opsdesk-restore-20260101T000000Z-000000-${parts.join('_')}_00000000`;
}

/** The number of a process that has ended. */
const ended = (): number => spawnSync('true').pid;

test('BK-26: what this process fills is never left behind, however long it takes', () => {
	const token = newStagingToken(Date.now() - 30 * day);
	expect(isAbandoned(`shop_restore_8d90_${token}`)).toBe(false);
	endStaging(token);
	expect(isAbandoned(`shop_restore_8d90_${token}`)).toBe(true);
});

test('BK-26: what this process could not remove is left behind, at once', () => {
	const token = newStagingToken();
	endStaging(token);
	expect(isAbandoned(token)).toBe(true);
});

test('BK-26: a process number says something on the machine of the process alone', () => {
	const pid = ended();
	expect(isAbandoned(changed({ pid }))).toBe(true);
	expect(isAbandoned(changed({ pid, machine: '000000' }))).toBe(false);
});

test('BK-26: a process that runs is at work, unless it has begun after the one that made the place', () => {
	const child = spawn('sleep', ['600']);
	try {
		const { pid = 0 } = child;
		expect(isAbandoned(changed({ pid, start: '' }))).toBe(false);
		expect(isAbandoned(changed({ pid, start: '1' }))).toBe(true);
	} finally {
		child.kill();
	}
});

test('BK-26: a place of another machine counts as left behind after a week, not before', () => {
	const name = changed({ machine: '000000' });
	expect(isAbandoned(name, Date.now() + 6.9 * day)).toBe(false);
	expect(isAbandoned(name, Date.now() + 7.1 * day)).toBe(true);
});

test.each([
	'www',
	'www.before-20260101T000000Z-000000',
	'.opsdesk-restore-',
	'.www.opsdesk-restore-1_2_3_4_5',
])('"%s" is no staging place and is never taken for one', (name) => {
	expect(isAbandoned(name, Date.now() + 1000 * day)).toBe(false);
});
