import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { healContainers, type HealReport } from '../../../../src/docker';
import { inState, quick, useHealingStand } from './stand';

const stand = useHealingStand('heal-state', ['tools']);
const { run, heal, attempts } = stand;

const failing = { Cmd: ['sh', '-c', 'exit 7'] };
const settled = { ...quick, settleMs: 0, initialBackoffMs: 60_000 };

function stateFile(): string {
	const [file] = globSync(`${stand.stateFolder}/healing/engine-*.json`);
	if (file === undefined) throw new Error('Nothing is remembered.');
	return file;
}

async function report(): Promise<HealReport> {
	return await healContainers(stand.connection(), { stateFolder: stand.stateFolder, policy: settled });
}

/** What stands in the file, changed. */
function rewrite(change: (record: Record<string, unknown>) => void): void {
	const document = JSON.parse(readFileSync(stateFile(), 'utf8')) as {
		value: { version: number; records: Record<string, unknown>[] };
	};
	for (const record of document.value.records) change(record);
	writeFileSync(stateFile(), JSON.stringify(document));
}

async function failedOnce(): Promise<void> {
	await inState(await run('job', failing), 'exited');
	await heal({ policy: settled });
	await inState(stand.engine.docker.getContainer('job'), 'exited');
}

test('what was restarted when is remembered in a file that only its owner may read', async () => {
	await failedOnce();
	expect(statSync(stateFile()).mode & 0o777).toBe(0o600);
	expect((await heal({ policy: settled }))['job']).toMatchObject({ reason: 'back_off', attempt: 1 });
});

test.each([
	['damaged', () => writeFileSync(stateFile(), '{"format":"opsd')],
	[
		'of a newer version',
		() => writeFileSync(stateFile(), readFileSync(stateFile(), 'utf8').replace('"version":1', '"version":2')),
	],
	['of another shape', () => rewrite((record) => delete record['attempts'])],
	[
		'unwritable',
		() => {
			rmSync(stand.stateFolder, { recursive: true });
			writeFileSync(stand.stateFolder, 'no folder');
		},
	],
])('DK-20 with a memory that is %s nothing is restarted, and it is told once', async (_, spoil) => {
	await failedOnce();
	const before = attempts().length;
	spoil();
	const first = await report();
	expect(first.results).toEqual([
		expect.objectContaining({ name: 'job', decision: 'leave', reason: 'state_unusable', changed: false }),
	]);
	expect(first.problem).toMatchObject({
		alert: true,
		message: expect.stringContaining('Nothing was healed.'),
	});
	expect((await report()).problem).toMatchObject({ alert: false });
	expect(attempts()).toHaveLength(before);
});

test('DK-20 when the memory is spoilt in the middle of a run, what was healed before that is told', async () => {
	await inState(await run('job', failing), 'exited');
	stand.proxy.before = ({ url }) => {
		if (attempts().length > 0 && url?.includes('/containers/json'))
			writeFileSync(stateFile(), '{"format":"o');
		return Promise.resolve(undefined);
	};
	const { results, problem } = await report();
	expect(results).toMatchObject([{ name: 'job', changed: true }]);
	expect(problem).toMatchObject({ reason: 'state_unusable', alert: true });
	expect(problem?.message).toMatch(/ Nothing more was healed after that\.$/);
});

test('DK-20 when only that it was told cannot be remembered, nobody is told that nothing was healed', async () => {
	await inState(await run('guarded', { ...failing, Labels: { 'opsdesk.protected': 'true' } }), 'exited');
	const { stateFolder } = stand;
	const now = (): number => {
		const [file] = globSync(`${stateFolder}/healing/engine-*.json`);
		// It stands there what is to be told.
		if (file !== undefined) writeFileSync(file, '{"format":"o');
		return Date.now();
	};
	const options = { stateFolder, policy: settled, protection: { env: {} }, now };
	const { results, problem } = await healContainers(stand.connection(), options);
	expect(results).toMatchObject([{ name: 'guarded', reason: 'protected', alert: true }]);
	expect(problem).toMatchObject({ reason: 'state_unusable', alert: true });
	expect(problem?.message).toMatch(
		/ What stands in these items stays so; a later run may tell it once more\.$/,
	);
});

test('DK-20, DK-21 with times from the future nothing is restarted in a storm, and nothing waits for years', async () => {
	await failedOnce();
	const nextYear = Date.now() + 365 * 24 * 3_600_000;
	rewrite((record) => Object.assign(record, { nextAttemptAt: nextYear, attempts: [nextYear, nextYear] }));
	const { job } = await heal({ policy: settled });
	expect(job).toMatchObject({ decision: 'wait', reason: 'back_off', attempt: 2 });
	expect(Date.parse(job?.nextAttemptAt ?? '') - Date.now()).toBeLessThanOrEqual(15 * 60_000);
	expect(attempts()).toHaveLength(1);
});

test('DK-19 after a run that was killed in the middle of an attempt the next one goes on, and counts it', async () => {
	await failedOnce();
	rewrite((record) =>
		Object.assign(record, { pending: { run: 'killed', until: Date.now() + 60_000 }, nextAttemptAt: 0 }),
	);
	expect((await heal({ policy: settled }))['job']).toMatchObject({ reason: 'another_run', changed: false });
	const now = (): number => Date.now() + 61_000;
	expect((await heal({ policy: settled, now }))['job']).toMatchObject({ decision: 'start', attempt: 2 });
});

test('a container that is gone is forgotten, and its trouble told as ended', async () => {
	const job = await run('job', failing);
	await inState(job, 'exited');
	expect((await heal({ policy: { ...settled, maxRestarts: 0 } }))['job']?.alert).toBe(true);
	await job.remove();
	await run('other');
	expect((await heal())['job']).toMatchObject({ reason: 'gone', resolved: true, alert: false });
	expect((await heal())['job']).toBeUndefined();
});

test('DK-28 what is remembered holds no secret of a container', async () => {
	await inState(await run('job', { ...failing, Env: ['PASSWORD=geheim'] }), 'exited');
	await heal({ policy: settled });
	expect(readFileSync(stateFile(), 'utf8')).not.toContain('geheim');
});
