import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { getReport } from '../../../../src/check';
import { alertsOfLoss } from '../../../../src/check/sweep/loss';
import { runChecks } from '../../../../src/check/sweep/run';
import { parseChecks, targetsOfChecks } from '../../../../src/check/sweep/targets';
import { FileStateStore, StateError } from '../../../../src/shared';
import { Scope } from '../../../support/scope';

const names = Array.from({ length: 8 }, (_, index) => `page-${index}`);
let scope: Scope;
let made = 0;
beforeAll(async () => {
	scope = await Scope.open('check-loss');
});
afterAll(() => scope.close());

/** One run in which these fail. @returns titles and keys of what is told */
async function run(folder: string, failing: readonly string[]): Promise<string[]> {
	const checks = names.map((name) => ({ type: 'tcp', name, host: 'shop.example.com', port: 443 }));
	const { alerts } = await runChecks({
		...{ store: new FileStateStore(folder), set: 'shop', targets: targetsOfChecks(parseChecks(checks)) },
		...{ timeZone: 'UTC', context: { secrets: {} }, countAsTold: true },
		lookAt: ({ name }) => {
			const isDown = failing.includes(name);
			const [level, reason, message] = isDown
				? (['critical', 'refused', 'Nothing listens.'] as const)
				: (['ok', 'ok', 'It answers.'] as const);
			return Promise.resolve({ level, reason, message, latencyMs: 1, details: {} });
		},
	});
	return alerts.map(({ title }) => title);
}

const runs = async (folder: string, failing: readonly string[], count: number): Promise<string[][]> => {
	const told: string[][] = [];
	for (let done = 0; done < count; done += 1) told.push(await run(folder, failing));
	return told;
};

const newFolder = (): string => scope.path(`state-${(made += 1)}`);

test('HC-20: when the memory is deleted, what fails is told within the failures that are wanted, once, and no end of what was told before', async () => {
	const folder = newFolder();
	expect((await runs(folder, names, 4)).flat()).toEqual(['8 checks fail']);
	rmSync(join(folder, 'checks'), { recursive: true });
	// Three in a row are wanted. All at once is one message again, and the ends of others are not known.
	expect(await runs(folder, names.slice(0, 7), 5)).toEqual([[], [], ['7 checks fail'], [], []]);
	expect((await runs(folder, [], 3)).flat()).toEqual(['7 checks are well again']);
});

test('HC-20: while the disk is full what fails is told with the reason, and afterwards nothing is told twice', async () => {
	const folder = newFolder();
	mkdirSync(folder, { recursive: true });
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
	try {
		expect((await runs(folder, names.slice(0, 1), 4)).flat()).toEqual(['page-0 fails']);
		const before = readdirSync(join(folder, 'checks', 'shop'));
		expect(() => writeFileSync(join(folder, 'filler'), Buffer.alloc(1024 * 1024))).toThrow('ENOSPC');
		expect(await run(folder, names.slice(0, 2))).toEqual(['Checks cannot remember what they have found']);
		rmSync(join(folder, 'filler'));
		expect(readdirSync(join(folder, 'checks', 'shop')).length).toBeGreaterThanOrEqual(before.length);
		expect((await runs(folder, names.slice(0, 2), 4)).flat()).toEqual([
			'Checks remember what they find again',
			'page-1 fails',
		]);
		expect((await runs(folder, [], 3)).flat()).toEqual(['page-0 is well again', 'page-1 is well again']);
	} finally {
		execFileSync('umount', ['-l', folder]);
	}
});

test('HC-20: while the memory is damaged troubles are told by their thresholds, once, and that it is damaged not in each run', async () => {
	const folder = newFolder();
	const path = join(folder, 'checks', 'shop', 'memory.1.json');
	mkdirSync(join(folder, 'checks', 'shop'), { recursive: true });
	writeFileSync(path, '{"format":');
	expect(await runs(folder, names.slice(0, 1), 6)).toEqual([
		['Checks cannot remember what they have found'],
		...[[], ['page-0 fails'], [], [], []],
	]);
	rmSync(path);
	expect(await runs(folder, [], 4)).toEqual([
		['Checks remember what they find again'],
		...[['page-0 is well again'], [], []],
	]);
});

test('a damaged history is no lost memory: troubles are told as always, and the report shows time without data', async () => {
	const folder = newFolder();
	await runs(folder, [], 2);
	for (const unit of ['hour', 'day']) {
		const below = join(folder, 'checks', 'shop', unit);
		for (const name of readdirSync(below)) writeFileSync(join(below, name), '{"format":');
	}
	expect((await runs(folder, names.slice(0, 1), 4)).flat()).toEqual(['page-0 fails']);
	const { checks } = await getReport(new FileStateStore(folder), 'shop');
	expect(checks[0]).toMatchObject({ key: 'page-0', period: { checks: 4, failures: 4 } });
});

test('that the history cannot be written is told once an hour, beside the troubles, and so is its end', async () => {
	const folder = newFolder();
	await runs(folder, [], 1);
	for (const unit of ['hour', 'day']) {
		rmSync(join(folder, 'checks', 'shop', unit), { recursive: true });
		writeFileSync(join(folder, 'checks', 'shop', unit), '');
	}
	const told = await runs(folder, names.slice(0, 1), 4);
	expect(told).toEqual([['The history of the checks cannot be kept'], [], ['page-0 fails'], []]);
	for (const unit of ['hour', 'day']) rmSync(join(folder, 'checks', 'shop', unit));
	expect((await runs(folder, names.slice(0, 1), 2)).flat()).toEqual([
		'The history of the checks is kept again',
	]);
	const options = { store: new FileStateStore(newFolder()), set: 'shop', what: 'history' } as const;
	const fault = new StateError('state_unavailable', 'The disk is full.', 'Make room.');
	const minutes = Array.from({ length: 121 }, (_, minute) => minute);
	const tellsAt = minutes.filter(
		(minute) => alertsOfLoss({ ...options, now: minute * 60_000 }, fault).length > 0,
	);
	expect(tellsAt).toEqual([0, 60, 120]);
});
