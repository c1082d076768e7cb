import { writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { Scope } from '../../support/scope';

let scope: Scope;
let file: string;

beforeAll(async () => {
	scope = await Scope.open('sla-command');
	file = schedule('office.yaml', [
		'timezone: Europe/Moscow',
		'weekly:',
		...['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => `  ${day}: [[09:00, 18:00]]`),
		'holidays:',
		'  - 2026-11-25',
		'  - { date: 2026-11-24, name: Founding day }',
		'breaks:',
		'  2026-11-23: [[12:00, 13:00]]',
	]);
});

afterAll(() => scope?.close());

function schedule(name: string, lines: string[]): string {
	const path = scope.path(name);
	writeFileSync(path, lines.join('\n'));
	return path;
}

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['sla', ...args], {
		out: (text: string) => void (printed.out += text),
		err: (text: string) => void (printed.err += text),
		env: {},
	});
	return { exitCode, ...printed };
}

test('a deadline is a line, in the time zone of the schedule', async () => {
	expect(await run('deadline', '2026-11-20T17:55', '10', '--schedule', file)).toEqual({
		...{ exitCode: 0, out: '2026-11-23T09:05:00.000+03:00\n', err: '' },
	});
	expect((await run('deadline', '2026-11-20T14:55Z', '1h 30m', '--schedule', file)).out).toBe(
		'2026-11-23T10:25:00.000+03:00\n',
	);
});

test('--json gives the deadline as a document, also from a schedule in JSON', async () => {
	const json = schedule('office.json', ['{"timezone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}}']);
	const { out } = await run('deadline', '2026-11-23T09:00', 'PT8H', '--schedule', json, '--json');
	expect(JSON.parse(out)).toEqual({
		...{
			start: '2026-11-23T09:00:00.000Z',
			workingMs: 28_800_000,
			deadline: '2026-11-23T17:00:00.000Z',
			timezone: 'UTC',
		},
	});
});

test('the working time between two times; the wrong way round it is nothing, with a warning', async () => {
	expect(await run('elapsed', '2026-11-20T17:55', '2026-11-23T09:05', '--schedule', file)).toMatchObject({
		...{ exitCode: 0, out: '10 min 0 s\n' },
	});
	const wrong = await run('elapsed', '2026-11-23T09:05', '2026-11-20T17:55', '--schedule', file, '--json');
	expect([wrong.exitCode, JSON.parse(wrong.out)]).toEqual([
		3,
		expect.objectContaining({ workingMs: 0, warnings: [expect.stringContaining('before the start')] }),
	]);
});

test('SL-41: an explanation lists what counts and why the rest does not, and adds up', async () => {
	const args = ['explain', '2026-11-23T11:00', '2026-11-26T09:30', '--schedule', file];
	expect((await run(...args)).out.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
		'FROM TO LENGTH COUNTED',
		'2026-11-23 11:00:00+03:00 2026-11-23 12:00:00+03:00 1 h 0 min yes',
		'2026-11-23 12:00:00+03:00 2026-11-23 13:00:00+03:00 1 h 0 min no: break',
		'2026-11-23 13:00:00+03:00 2026-11-23 18:00:00+03:00 5 h 0 min yes',
		'2026-11-23 18:00:00+03:00 2026-11-24 00:00:00+03:00 6 h 0 min no: closed',
		'2026-11-24 00:00:00+03:00 2026-11-25 00:00:00+03:00 24 h 0 min no: holiday of 2026-11-24 (Founding day)',
		'2026-11-25 00:00:00+03:00 2026-11-26 00:00:00+03:00 24 h 0 min no: holiday of 2026-11-25',
		'2026-11-26 00:00:00+03:00 2026-11-26 09:00:00+03:00 9 h 0 min no: closed',
		'2026-11-26 09:00:00+03:00 2026-11-26 09:30:00+03:00 30 min 0 s yes',
		'',
		'6 h 30 min of working time in 70 h 30 min',
		'',
	]);
	const document = JSON.parse((await run(...args, '--json')).out) as {
		workingMs: number;
		pieces: { counted: boolean; durationMs: number }[];
	};
	const counted = document.pieces.filter((piece) => piece.counted);
	expect(counted.reduce((sum, piece) => sum + piece.durationMs, 0)).toBe(document.workingMs);
});

test('an explanation the wrong way round is empty, with a warning', async () => {
	const args = ['explain', '2026-11-23T09:05', '2026-11-20T17:55', '--schedule', file];
	const { exitCode, out } = await run(...args, '--json');
	expect([exitCode, JSON.parse(out)]).toEqual([
		3,
		expect.objectContaining({
			...{ start: '2026-11-23T09:05:00.000+03:00', end: '2026-11-20T17:55:00.000+03:00' },
			...{ workingMs: 0, pieces: [], warnings: [expect.stringContaining('before the start')] },
		}),
	]);
	expect((await run(...args)).out).toContain('warning: The end is before the start');
});

test('a deadline is explained by --duration', async () => {
	const { out, exitCode } = await run(
		'explain',
		'2026-11-20T17:30',
		'--duration',
		'45',
		'--schedule',
		file,
		'--json',
	);
	expect([exitCode, JSON.parse(out)]).toEqual([
		0,
		expect.objectContaining({ end: '2026-11-23T09:15:00.000+03:00', workingMs: 45 * 60_000 }),
	]);
});

test('what is never open ends with 1, and says so', async () => {
	const closed = schedule('closed.yaml', ['timezone: UTC', 'weekly: {}']);
	const { exitCode, err } = await run('deadline', '2026-11-20T17:55', '10', '--schedule', closed);
	expect([exitCode, err]).toEqual([1, expect.stringContaining('closed for two years')]);
	const { out } = await run('deadline', '2026-11-20T17:55', '10', '--schedule', closed, '--json');
	expect(JSON.parse(out)).toMatchObject({ error: { code: 'no-working-time' } });
});

test.each([
	[['deadline', 'yesterday', '10'], '"start" is no date and time: "yesterday"'],
	[['deadline', '17:55', '10'], '"start" is no date and time'],
	[['deadline', '2026-02-30T17:55', '10'], '"start" is no date and time'],
	[['deadline', '2026-11-20T17:55', '1one'], '"1one"'],
	[['deadline', '2026-11-20T17:55', '1000000000000'], '1000000000000'],
	[['deadline', '1969-12-31T10:00', '60'], '1970 to 2102'],
	[['elapsed', '0026-11-20T10:00', '2026-11-20T10:00'], '1970 to 2102'],
	[['explain', '1969-12-31T10:00', '--duration', '60'], '1970 to 2102'],
	[['explain', '2026-11-20T10:00', '9026-11-20T10:00'], '1970 to 2102'],
	[['elapsed', '2026-11-20T17:55'], 'missing required argument'],
	[['explain', '2026-11-20T17:55'], 'not clear'],
	[['explain', '2026-11-20T17:55', '2026-11-20T17:56', '--duration', '5'], 'not clear'],
])('wrong usage ends with 2: %j', async (args, said) => {
	const { exitCode, err } = await run(...args, '--schedule', file);
	expect([exitCode, err]).toEqual([2, expect.stringContaining(said)]);
});

test('a schedule that cannot be read, or is none, is wrong usage that names every fault', async () => {
	expect(await run('deadline', '2026-11-20', '1', '--schedule', '/nowhere.yaml')).toMatchObject({
		...{ exitCode: 2, err: expect.stringContaining('/nowhere.yaml') },
	});
	const faulty = schedule('faulty.yaml', ['timezone: Mars/Phobos', 'weekly: { mon: [[25:00, 26:00]] }']);
	const { exitCode, err } = await run('deadline', '2026-11-20', '1', '--schedule', faulty);
	expect(exitCode).toBe(2);
	for (const part of ['Mars/Phobos', 'weekly.mon.0.0', '25:00', '26:00']) expect(err).toContain(part);
	expect((await run('deadline', '2026-11-20', '1', '--schedule', schedule('bad.yaml', ['{']))).exitCode).toBe(
		2,
	);
	expect((await run('deadline', '2026-11-20', '1')).exitCode).toBe(2);
});
