import { globSync, writeFileSync } from 'node:fs';

import { exposition } from '../../../../src/check';
import { healMetrics } from '../../../../src/docker';
import { newRecord, type HealRecord } from '../../../../src/docker/healing/record';
import { HealStore } from '../../../../src/docker/healing/store';
import { FileStateStore } from '../../../../src/shared';
import { askPromtool } from '../../../support/promtool';
import { Scope } from '../../../support/scope';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('heal-metrics');
});
afterAll(() => scope.close());

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const record = (name: string, more: Partial<HealRecord> = {}): HealRecord => ({
	...newRecord({ id: name, name, imageId: 'image', startedAt: null, restartCount: 0 }),
	...more,
});

async function remember(folder: string, engine: string, records: HealRecord[]): Promise<void> {
	await HealStore.open(folder, engine).change(() => ({ records, result: undefined }));
}

const metricsIn = async (folder: string): Promise<string> =>
	await exposition(await healMetrics(new FileStateStore(folder)));

test('what healing has done is told, and what it has left to people; of what it had nothing to do with nothing', async () => {
	const folder = scope.emptyFolder();
	await remember(folder, 'one', [
		record('web', { attempts: [at - 60_000, at], open: false }),
		record('db', { attempts: [at], quarantinedAt: at + 1000, open: true }),
		record('quiet', { failures: 1 }),
	]);
	const text = await metricsIn(folder);
	expect(text).toMatch(/^opsdesk_heal_memory_readable\{engine="[0-9a-f]{16}"\} 1$/m);
	expect(text).toMatch(/^opsdesk_heal_quarantined_containers\{[^}]*\} 1$/m);
	expect(text).toMatch(/^opsdesk_heal_troubled_containers\{[^}]*\} 1$/m);
	expect(text).toMatch(/^opsdesk_heal_quarantined\{[^}]*container="db"\} 1$/m);
	expect(text).toMatch(/^opsdesk_heal_quarantined\{[^}]*container="web"\} 0$/m);
	expect(text).toMatch(
		/^opsdesk_heal_quarantined_since_timestamp_seconds\{[^}]*container="db"\} 1767323046$/m,
	);
	expect(text).toMatch(/^opsdesk_heal_recent_attempts\{[^}]*container="web"\} 2$/m);
	expect(text).toMatch(/^opsdesk_heal_last_attempt_timestamp_seconds\{[^}]*container="web"\} 1767323045$/m);
	expect(text).not.toMatch(/since_timestamp_seconds\{[^}]*web/);
	expect(text).not.toContain('quiet');
	expect(await askPromtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
});

test('a memory that cannot be read is told as such, and hides no other', async () => {
	const folder = scope.emptyFolder();
	await remember(folder, 'one', [record('web', { attempts: [at] })]);
	const [file] = globSync(`${folder}/healing/engine-*.json`);
	writeFileSync(file ?? '', '{"format":');
	await remember(folder, 'two', [record('web', { attempts: [at] })]);
	const text = await metricsIn(folder);
	expect(
		text
			.match(/^opsdesk_heal_memory_readable\{[^}]*\} [01]$/gm)
			?.map((line) => line.at(-1))
			.sort(),
	).toEqual(['0', '1']);
	expect(text.match(/^opsdesk_heal_recent_attempts/gm)).toHaveLength(1);
});

test('however many containers were healed, those in trouble are told, and the others up to a limit', async () => {
	const folder = scope.emptyFolder();
	const many = Array.from({ length: 600 }, (_, index) => record(`job-${index}`, { attempts: [at] }));
	await remember(folder, 'one', [...many, record('last', { quarantinedAt: at, open: true })]);
	const text = await metricsIn(folder);
	expect(text.match(/^opsdesk_heal_recent_attempts\{/gm)).toHaveLength(500);
	expect(text).toMatch(/^opsdesk_heal_quarantined\{[^}]*container="last"\} 1$/m);
});

test('where nothing was ever healed there is nothing to tell', async () => {
	expect((await metricsIn(scope.emptyFolder())).trim()).toBe('');
});
