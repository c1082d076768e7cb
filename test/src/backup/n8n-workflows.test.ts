import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { backUpSite, listSite, restoreSite, verifySite } from '../../../src/backup';
import type { Manifest } from '../../../src/backup/manifest';
import { defaultReadLimits, type N8nReadLimits } from '../../../src/backup/n8n-api/reader';
import { fileName, openWorkflows } from '../../../src/backup/sources/workflows';
import { parseSites, type Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { makeDatabase } from './sqlite-stand';
import { errorOf, listTree } from './stand';

// What a healthy n8n does not do; a real one is asked in test/e2e/n8n-source.test.ts.

const apiKey = 'a-key-nobody-may-see';
let scope: Scope;
const servers: Server[] = [];

beforeAll(async () => {
	scope = await Scope.open('n8n-workflows');
});
afterAll(() => scope.close());
afterEach(async () => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
});

async function answering(listener: RequestListener): Promise<{ url: string; apiKey: string }> {
	const started = createServer(listener);
	servers.push(started);
	await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
	return { url: `http://127.0.0.1:${(started.address() as AddressInfo).port}/api/v1`, apiKey };
}

/** Answers each list with these pages; the cursor is the number of the next one. */
const pages =
	(lists: Record<string, object[][]>): RequestListener =>
	(request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '', 'http://n8n');
		const found = lists[pathname.replace('/api/v1/', '')] ?? [[]];
		const index = Number(searchParams.get('cursor') ?? 0);
		const nextCursor = index + 1 < found.length ? String(index + 1) : null;
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ data: found[index], nextCursor }));
	};

const workflow = (id: string, name = `Workflow ${id}`) => ({ id, name, nodes: [], connections: {} });

/** The whole archive. */
async function contentOf(
	access: { url: string; apiKey: string } | undefined,
	limits: Partial<N8nReadLimits> = {},
	signal?: AbortSignal,
): Promise<{ archive: Buffer; warnings: string[] }> {
	const context = { secrets: { n8nApi: access }, signal };
	const opened = openWorkflows(context, { ...defaultReadLimits, pauseMs: 5, ...limits });
	const parts: Buffer[] = [];
	for await (const block of opened.blocks) {
		parts.push(Buffer.from(block));
		opened.release?.(block);
	}
	return { archive: Buffer.concat(parts), warnings: (await opened.finish()).warnings };
}

function unpacked(archive: Buffer): string {
	const folder = scope.emptyFolder();
	execFileSync('tar', ['-xpf', '-', '-C', folder], { input: archive });
	return folder;
}

function n8nSite(n8n: object = {}): { site: Site; backups: string } {
	const [folder, backups] = [join(scope.emptyFolder(), '.n8n'), scope.emptyFolder()];
	mkdirSync(folder);
	makeDatabase(join(folder, 'database.sqlite'), 3, 'wal');
	const [site] = parseSites({
		name: 'n8n',
		backup: { n8n: { folder, files: false, workflows: true, ...n8n } },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	if (!site) throw new Error('The site was not read.');
	return { site, backups };
}

test('an API that refuses the key is a warning; the database is stored, and the key stands nowhere', async () => {
	const n8nApi = await answering((request, response) => {
		response.writeHead(401, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ message: `no\n${String(request.headers['x-n8n-api-key'])}` }));
	});
	const { site, backups } = n8nSite();
	const context = { stateFolder: scope.emptyFolder(), secrets: { n8nApi } };
	const report = await backUpSite(site, context);
	expect(report).toMatchObject({
		status: 'warning',
		message: expect.stringMatching(
			/1 artefact .* the first: local: n8n-workflows is left out: n8n at \S+ does not accept the API key \(no \*\*\*\)\./,
		),
		artefacts: [
			{ name: 'n8n-database', status: 'ok' },
			{
				name: 'n8n-workflows',
				kind: 'workflows',
				status: 'failed',
				problem: { code: 'n8n_refused', remedy: expect.stringContaining('Settings → n8n API') },
			},
		],
		destinations: [{ status: 'warning', problems: [] }],
	});
	const listed = await listSite(site, context);
	expect(listed.restorePoints).toMatchObject([{ state: 'warning', missing: ['n8n-workflows'] }]);
	const folder = join(backups, 'n8n', report.id);
	const stored = readFileSync(join(folder, 'manifest.json'), 'utf8');
	expect((JSON.parse(stored) as Manifest).leftOut).toMatchObject([{ name: 'n8n-workflows' }]);
	expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'n8n-database.sqlite.zst']);
	expect(JSON.stringify([report, listed]) + stored).not.toContain(apiKey);
	expect(await verifySite(site, context, { restorePoint: 'latest' })).toMatchObject({ ok: true });
	const wanted = { restorePoint: 'latest', artefacts: ['n8n-workflows'], to: { 'n8n-workflows': folder } };
	expect(await errorOf(restoreSite(site, context, wanted))).toMatchObject({
		code: 'artefact_unknown',
		message: expect.stringContaining('does not accept the API key'),
	});
});

test('without access the backup says what to select, and one of nothing but workflows has failed', async () => {
	const { site } = n8nSite({ database: 'none' });
	expect(await backUpSite(site, {})).toMatchObject({
		status: 'failed',
		message: expect.stringContaining('there is no access to its public API'),
		artefacts: [{ problem: { remedy: expect.stringContaining('Select a credential "n8n API"') } }],
	});
	for (const access of [
		{ url: 'http://user:secret@n8n.example.com', apiKey },
		{ url: 'n8n.example.com', apiKey },
		{ url: 'https://n8n.example.com', apiKey: `${apiKey}\n` },
	]) {
		const failure = await errorOf(contentOf(access));
		expect(failure).toMatchObject({ code: 'n8n_key_missing' });
		expect(String(failure)).not.toMatch(/secret|nobody/);
	}
});

test('workflows become files that are named for people, once each, and restored to a folder', async () => {
	const first = workflow('a1', '../Send  "alert" 🙂 — été/*');
	// The owners are those of that n8n alone, and the version that is published would be looked for there.
	const told = {
		...first,
		shared: [{ projectId: 'p' }],
		activeVersionId: 'v',
		activeVersion: { versionId: 'v' },
	};
	const n8nApi = await answering(
		pages({
			workflows: [
				[told, workflow('a2', '--help')],
				[{ ...first, name: 'moved' }, workflow('a3', '')],
			],
			tags: [[{ id: 't', name: 'ops' }]],
		}),
	);
	const { site } = n8nSite();
	const context = { stateFolder: scope.emptyFolder(), secrets: { n8nApi } };
	expect(await backUpSite(site, context)).toMatchObject({
		status: 'ok',
		artefacts: [{ name: 'n8n-database' }, { name: 'n8n-workflows', entries: 8, warnings: [] }],
	});
	// It has no place of its own, so a restore of everything leaves it out.
	expect(await restoreSite(site, context, { restorePoint: 'latest', overwrite: true })).toMatchObject({
		leftOut: ['n8n-workflows'],
	});
	const folder = join(scope.emptyFolder(), 'restored');
	await restoreSite(site, context, {
		restorePoint: 'latest',
		to: { 'n8n-workflows': folder },
		artefacts: ['n8n-workflows'],
	});
	expect(listTree(folder)).toEqual([
		'published/',
		'published/Send-alert-été-a1.json',
		'tags.json',
		'workflows/',
		'workflows/Send-alert-été-a1.json',
		'workflows/help-a2.json',
		'workflows/workflow-a3.json',
	]);
	expect(JSON.parse(readFileSync(join(folder, 'workflows/Send-alert-été-a1.json'), 'utf8'))).toEqual(first);
});

test('names that are long, empty or no names at all stay names of files', () => {
	const long = fileName({ id: 'x'.repeat(64), name: '語'.repeat(500) });
	expect(Buffer.byteLength(long)).toBeLessThanOrEqual(255);
	expect(fileName({ id: '../../etc/passwd', name: '..' })).toMatch(/^workflow-id-[0-9a-f]+\.json$/);
});

test('BK-40: the same workflows give the same bytes', async () => {
	const changed = { ...workflow('a1'), updatedAt: '2026-11-20T02:00:00.123Z' };
	const access = await answering(pages({ workflows: [[changed]], tags: [[]] }));
	const [one, other] = [await contentOf(access), await contentOf(access)];
	expect(one.archive.equals(other.archive)).toBe(true);
	const listed = execFileSync('tar', ['-tvf', '-', '--full-time', '--utc'], {
		input: one.archive,
		encoding: 'utf8',
	});
	expect(listed).toMatch(/^-rw------- \S+ +\d+ 2026-11-20 02:00:00\.123 workflows\/Workflow-a1-a1\.json$/m);
});

test('an n8n that is busy for a moment is asked again, one that stays so is not asked for ever', async () => {
	let requests = 0;
	const good = pages({ workflows: [[workflow('a1')]], tags: [[]] });
	const busy =
		(until: number): RequestListener =>
		(request, response) => {
			requests += 1;
			if (requests > until) return good(request, response);
			if (requests === 1) return response.destroy();
			response.writeHead(requests === 2 ? 503 : 429, { 'retry-after': '0' });
			response.end('busy');
		};
	const { archive, warnings } = await contentOf(await answering(busy(3)));
	expect(listTree(unpacked(archive))).toContain('workflows/Workflow-a1-a1.json');
	expect([requests, warnings]).toEqual([5, []]);
	requests = 0;
	expect(await errorOf(contentOf(await answering(busy(Infinity))))).toMatchObject({
		code: 'n8n_refused',
		message: expect.stringContaining('status 429'),
	});
	expect(requests).toBe(defaultReadLimits.attempts);
});

test('a key that may not list tags loses the list of tags alone, and an n8n without workflows is told', async () => {
	const none = pages({ workflows: [[]] });
	const access = await answering((request, response) => {
		if (!request.url?.includes('/tags')) return none(request, response);
		response.writeHead(403, { 'content-type': 'application/json' });
		response.end('{"message":"Forbidden"}');
	});
	const { archive, warnings } = await contentOf(access);
	expect(listTree(unpacked(archive))).toEqual(['published/', 'workflows/']);
	expect(warnings).toEqual([
		expect.stringContaining('no workflow that the owner of this API key may see'),
		expect.stringMatching(/the list of tags is not kept: .*Forbidden\)$/),
	]);
});

test.each<[string, RequestListener, Partial<N8nReadLimits>, string, string]>([
	[
		'never ends',
		(_request, response) => response.end('{"data":[],"nextCursor":"again"}'),
		{},
		'n8n_refused',
		'does not answer as',
	],
	['is no n8n', (_request, response) => response.end('<html>'), {}, 'n8n_refused', 'does not answer as'],
	[
		'is too large',
		pages({ workflows: [[workflow('a', 'x'.repeat(5000))]] }),
		{ answerBytes: 4000 },
		'n8n_refused',
		'more than 4000 bytes for 25 workflows',
	],
	[
		'is too large in all',
		pages({ workflows: [[workflow('a', 'x'.repeat(5000))], [workflow('b', 'x'.repeat(5000))]] }),
		{ totalBytes: 8000 },
		'n8n_refused',
		'more than 8000 bytes',
	],
	[
		'stops half way',
		(_request, response) => void response.write('{"data":['),
		{ answerMs: 50, attempts: 2 },
		'n8n_unreachable',
		'did not answer within',
	],
	[
		'leads elsewhere',
		(_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
		{ attempts: 1 },
		'n8n_unreachable',
		'cannot be reached',
	],
])('an answer that %s is an error and no backup', async (_, listener, limits, code, message) => {
	expect(await errorOf(contentOf(await answering(listener), limits))).toMatchObject({
		code,
		message: expect.stringContaining(message),
	});
});

test('BK-41: a run that is cancelled while n8n is asked ends at once', async () => {
	const controller = new AbortController();
	const access = await answering(() => controller.abort());
	expect(await errorOf(contentOf(access, {}, controller.signal))).toMatchObject({ code: 'cancelled' });
});
