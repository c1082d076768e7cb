import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { Checking } from './checking';
import { press, setUpToPress } from './pressing';

const key = 'check-host-resources';
let scope: Scope;
let checking: Checking;
let disk: string;

beforeAll(async () => {
	scope = await Scope.open('host-resources');
	checking = await Checking.install(sharedN8n());
	disk = scope.emptyFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,nr_inodes=200', 'tmpfs', disk]);
});

afterAll(async () => {
	if (disk) execFileSync('umount', ['-l', disk]);
	await checking?.remove();
	await scope?.close();
});

/** Nothing but the disk of this test has thresholds, which must have been passed for no time. */
const quiet = {
	...{ cpuPercent: 0, memoryAvailablePercent: 0, loadPercent: 0, inodesFreePercent: 0, diskFreePercent: 0 },
	...{ cpuMinutes: 0, memoryMinutes: 0, loadMinutes: 0, diskMinutes: 0 },
};
const setUp = (settings: Record<string, unknown>): Promise<void> =>
	setUpToPress(checking, key, {
		trigger: 'Every minute',
		settings: { ...quiet, set: `host-${randomUUID()}`, diskPaths: disk, ...settings },
	});
const look = async (): Promise<string[]> => {
	const { alerts, error } = await press(checking, key, 'Check now');
	expect(error).toBe('');
	return alerts.map(({ title, severity, status }) => `${title}: ${severity}, ${status}`);
};

test('HC-2 HC-4: a disk with less than 15 % free is told once as critical, and once when there is room again', async () => {
	await setUp({ diskFreePercent: 15 });
	expect(await look()).toEqual([]);
	writeFileSync(join(disk, 'filler'), Buffer.alloc(3.6 * 1024 * 1024));
	const told = [...(await look()), ...(await look()), ...(await look())];
	expect(told).toEqual([`Disk ${disk} fails: critical, firing`]);
	rmSync(join(disk, 'filler'));
	const ended = [...(await look()), ...(await look()), ...(await look())];
	expect(ended).toEqual([`Disk ${disk} is well again: critical, resolved`]);
});

test('HC-32: what is taken for less than its minutes is not told, and thresholds and severities are those of the settings', async () => {
	await setUp({ diskFreePercent: 15, diskMinutes: 5 });
	writeFileSync(join(disk, 'filler'), Buffer.alloc(3.6 * 1024 * 1024));
	expect([...(await look()), ...(await look())]).toEqual([]);
	// All of them are passed by any machine.
	const low = { cpuPercent: 0.001, memoryAvailablePercent: 99.999, loadPercent: 0.001 };
	await setUp({ ...low, inodesFreePercent: 99.9, diskSeverity: 'warning', cpuSeverity: 'critical' });
	const told = await look();
	expect(told).toContain('Memory needs attention: warning, firing');
	expect(told).toContain(`Inodes ${disk} needs attention: warning, firing`);
	rmSync(join(disk, 'filler'));
});

test('a threshold that is none is an error that names it', async () => {
	await setUp({ diskFreePercent: 150 });
	const { error, alerts } = await press(checking, key, 'Check now');
	expect(error).toMatch(/critical/);
	expect(alerts).toEqual([]);
});
