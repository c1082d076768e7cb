import { writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { Authority } from '../../support/pki/certificates';
import { TlsServers } from '../../support/pki/servers';
import { Scope } from '../../support/scope';

const day = 86_400_000;
const servers = new TlsServers();
const authority = new Authority('Test');
let scope: Scope;
let ca: string;

beforeAll(async () => {
	scope = await Scope.open('cert');
	ca = scope.path('ca.pem');
	writeFileSync(ca, authority.root.pem);
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const surroundings = {
		out: (text: string) => void (printed.out += text),
		err: (text: string) => void (printed.err += text),
		env: {},
	};
	const exitCode = await runCommandLine(['cert', 'check', ...args], surroundings);
	return { exitCode, ...printed };
}

const serve = (daysLeft: number): Promise<number> =>
	servers.tls([
		authority.leaf({ notAfter: Date.now() + daysLeft * day, notBefore: Date.now() - (365 - daysLeft) * day }),
		authority.intermediate,
	]);

test('a healthy certificate is a line of a table and ends with 0', async () => {
	const port = await serve(60.5);
	const { exitCode, out } = await run(`localhost:${port}`, '--ca', ca);
	expect(out).toMatch(
		new RegExp(
			`^HOST +STATUS +DAYS +UNTIL +ISSUER\\nlocalhost:${port} +ok +60 +\\d{4}-\\d\\d-\\d\\d +CN=Test intermediate`,
		),
	);
	expect(exitCode).toBe(0);
});

test('warnings end with 3, what is critical or cannot be read with 1, and wrong usage with 2', async () => {
	const [soon, late] = [await serve(20), await serve(-1)];
	const warned = await run(`localhost:${soon}`, '--ca', ca);
	expect([warned.exitCode, warned.out]).toEqual([
		3,
		expect.stringContaining(`localhost:${soon}: warning: The certificate expires in 19 days`),
	]);
	expect((await run(`localhost:${late}`, '--ca', ca)).exitCode).toBe(1);
	expect((await run('127.0.0.1:1')).exitCode).toBe(1);
	for (const args of [
		[],
		['*.example.com'],
		['http://example.com'],
		['localhost', '--starttls', 'ftp'],
		['localhost', '--timeout', 'long'],
		['localhost', '--ca', '/nowhere.pem'],
		['localhost', '--bogus'],
	])
		expect((await run(...args)).exitCode).toBe(2);
});

test('--json prints the report of one host, and a list for several', async () => {
	const [good, soon] = [await serve(60), await serve(20)];
	const one = await run(`localhost:${good}`, '--ca', ca, '--json');
	expect(JSON.parse(one.out)).toMatchObject({ status: 'ok', host: 'localhost', port: good, findings: [] });
	const two = await run(`localhost:${good}`, `https://localhost:${soon}/x`, '--ca', ca, '--json');
	expect(JSON.parse(two.out)).toMatchObject([
		{ status: 'ok' },
		{ status: 'warning', findings: [{ code: 'expiring' }] },
	]);
	expect(two.exitCode).toBe(3);
	const wrong = await run('a b', '--json');
	expect(JSON.parse(wrong.out)).toMatchObject({
		error: { code: 'usage', message: expect.stringContaining('that is no host') },
	});
});
