import { writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { decideStored } from '../../../src/decide';
import { openDecidingDesk, type DecidingDesk } from '../decide/store/desk';
import { openStand, type Stand } from '../store/stand';

let stand: Stand;
let desk: DecidingDesk;
let address: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
	stand = await openStand('cli-decide');
	desk = await openDecidingDesk(stand, 'postgres');
	const url = new URL(stand.supabase.ownerUrl);
	env = { OPSDESK_PG_PASSWORD: decodeURIComponent(url.password) };
	url.password = '';
	address = url.href;
	for (const text of ['Thanks!', 'Where is my invoice?'])
		await decideStored(desk.store, { messageId: await desk.receive({ text }) });
});
afterAll(() => stand?.close());

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['decide', 'replay', '--tenant', desk.tenant, ...args], {
		out: (text) => void (printed.out += text),
		err: (text) => void (printed.err += text),
		env,
	});
	return { exitCode, ...printed };
}

function file(name: string, content: string): string {
	const path = stand.scope.path(name);
	writeFileSync(path, content);
	return path;
}

test('ED-32: replay tells what the rules of a file would change, and changes nothing', async () => {
	const rules = file('rules.yaml', 'rules:\n  - { id: all, outcome: ignore }\n');
	const { exitCode, out } = await run('--rules', rules, '--database', address);
	expect(exitCode).toBe(0);
	expect(out).toMatch(/^2 decisions made again: 1 would be different\. Nothing was sent\.$/m);
	expect(out).toMatch(/^escalate +ignore +1$/m);
	expect(out).toMatch(/^\d+ +\d{4}-.* +escalate \(to_accountants\) +ignore \(all\) +Rule "all" holds\.$/m);
	const json = await run('--rules', rules, '--database', address, '--json', '--examples', '0');
	expect(JSON.parse(json.out)).toMatchObject({ replayed: 2, different: 1, examples: [] });
	expect(await desk.count('decisions')).toBe(2);
	const later = await run('--rules', rules, '--database', address, '--from', '2099-01-01');
	expect(later.out).toContain('0 decisions made again');
});

test('by its own version each decision comes out the same', async () => {
	const same = await run('--version-of-rules', 'stored', '--database', address, '--json');
	expect([same.exitCode, JSON.parse(same.out)]).toMatchObject([0, { replayed: 2, different: 0 }]);
});

test('what is wrong with the usage ends with 2, what is wrong with the store with 1', async () => {
	const rules = file('bad.yaml', 'rules: [{ id: all, outcome: approve }]');
	const wrong = await run('--rules', rules, '--database', address);
	expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('rules.0.outcome')]);
	expect((await run('--database', address)).exitCode).toBe(2);
	expect((await run('--rules', '/nowhere.yaml', '--database', address)).exitCode).toBe(2);
	expect((await run('--version-of-rules', 'stored', '--most', 'x', '--database', address)).exitCode).toBe(2);
	expect((await run('--version-of-rules', 'stored')).exitCode).toBe(2);
	expect((await run('--version-of-rules', 'f'.repeat(64), '--database', address)).exitCode).toBe(1);
});
