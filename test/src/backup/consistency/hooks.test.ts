import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';

import { backUpSite } from '../../../../src/backup';
import { DirectoryDestination } from '../../../../src/backup/destinations/directory';
import { programPath } from '../../../support/system-packages.cjs';
import { filesIn } from '../engine-stand';
import { useQuietStand } from '../quiet-stand';

const stand = useQuietStand('hooks');

const inside = (...command: string[]): Promise<string> => stand.engine.cli('exec', 'shop-web', ...command);
const note = (text: string): string[] => ['sh', '-c', `echo ${text} >> /notes`];
const folderOf = (site: ReturnType<typeof stand.site>): string =>
	site.destinations.map((destination) => ('path' in destination ? destination.path : ''))[0] ?? '';

test('programs run before and after, as the user that is asked for, those of the site before those of labels', async () => {
	await stand.run('shop-web', {
		Labels: {
			'opsdesk.backup.exec-pre': "sh -c 'echo label >> /notes'",
			'opsdesk.backup.exec-post': '["sh", "-c", "echo label after >> /notes"]',
		},
	});
	await inside('sh', '-c', 'touch /notes; chmod 666 /notes');
	const site = stand.site({
		containers: ['shop-web'],
		consistency: {
			mode: 'stop',
			hooks: [
				{
					container: 'shop-web',
					user: '1234',
					before: ['sh', '-c', 'id -u >> /notes; echo "$0 $1" >> /notes', '$HOME', '; * |'],
					after: note('after'),
				},
			],
		},
	});
	const report = await backUpSite(site, stand.context());
	expect(report).toMatchObject({
		status: 'ok',
		consistency: {
			hooks: [
				{ container: 'shop-web', when: 'before', ok: true },
				{ container: 'shop-web', when: 'before', ok: true },
				{ container: 'shop-web', when: 'after', ok: true },
				{ container: 'shop-web', when: 'after', ok: true },
			],
		},
	});
	expect((await inside('cat', '/notes')).split('\n')).toEqual([
		'1234',
		'$HOME ; * |',
		'label',
		'after',
		'label after',
	]);
});

test('a program before that fails keeps everything from being stored and stopped; the one after runs all the same', async () => {
	await stand.run('shop-web');
	const site = stand.site({
		containers: ['shop-web'],
		consistency: {
			mode: 'stop',
			hooks: [
				{
					container: 'shop-web',
					before: [
						'sh',
						'-c',
						'echo "cannot log in as shop, password=s3cret" >&2; exit 3',
						'argument-of-mine',
					],
					after: note('after'),
				},
			],
		},
	});
	const report = await backUpSite(site, stand.context());
	expect(report).toMatchObject({
		status: 'failed',
		artefacts: [
			{
				status: 'failed',
				problem: {
					code: 'hook_failed',
					message:
						'The program "sh" in the container "shop-web" ended with exit code 3: cannot log in as shop, password=***.',
				},
			},
		],
		consistency: {
			containers: [],
			hooks: [
				{ when: 'before', ok: false },
				{ when: 'after', ok: true },
			],
		},
	});
	expect(JSON.stringify(report)).not.toMatch(/s3cret|argument-of-mine/);
	expect(await inside('cat', '/notes')).toBe('after');
	expect(await stand.actions()).toEqual([]);
	expect(filesIn(folderOf(site)).filter((name) => name.includes('manifest'))).toEqual([]);
});

test('where that is wanted, it is stored with a warning', async () => {
	await stand.run('shop-web');
	const hooks = [{ container: 'shop-web', before: ['false'] }];
	const site = stand.site({ consistency: { hooks, failure: 'warn' } });
	const report = await backUpSite(site, stand.context());
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [
			{
				warnings: [
					'not prepared as asked for: The program "false" in the container "shop-web" ended with exit code 1 and said nothing',
				],
			},
		],
	});
});

test('a program that takes too long is ended inside the container, also one that ignores being asked', async () => {
	await stand.run('shop-web');
	const before = ['sh', '-c', 'trap "" TERM; echo $$ > /pid; while :; do sleep 1; done'];
	const site = stand.site({ consistency: { hooks: [{ container: 'shop-web', before, timeoutSeconds: 1 }] } });
	const report = await backUpSite(site, stand.context());
	expect(report).toMatchObject({
		status: 'failed',
		artefacts: [{ problem: { message: expect.stringContaining('took more than 1 second and was ended') } }],
	});
	expect(await inside('sh', '-c', 'kill -0 $(cat /pid) 2>/dev/null && echo runs || echo ended')).toBe(
		'ended',
	);
});

test('a program after that fails makes the run partial, because the site may still be closed', async () => {
	await stand.run('shop-web');
	const hooks = [{ container: 'shop-web', after: ['no-such-program'] }];
	const report = await backUpSite(stand.site({ consistency: { hooks } }), stand.context());
	expect(report).toMatchObject({
		status: 'partial',
		message: expect.stringMatching(
			/but the site is not as it was before\. The program "no-such-program" .*exit code 127/,
		),
		artefacts: [{ status: 'ok' }],
	});
});

test('programs for a container that does not run are refused before anything is done', async () => {
	await (await stand.run('shop-web')).stop();
	const hooks = [{ container: 'shop-web', before: ['true'] }];
	const creating = jest.spyOn(DirectoryDestination.prototype, 'createNew');
	try {
		await expect(backUpSite(stand.site({ consistency: { hooks } }), stand.context())).rejects.toMatchObject({
			code: 'hook_failed',
			message: expect.stringContaining('does not run'),
		});
		expect(creating).not.toHaveBeenCalled();
	} finally {
		creating.mockRestore();
	}
});

test('BK-41: cancelled during a program before, the one after still runs', async () => {
	await stand.run('shop-web');
	const controller = new AbortController();
	stand.proxy.before = (request) => {
		if (/\/exec\/[0-9a-f]+\/start/.test(request.url ?? '')) setTimeout(() => controller.abort(), 300);
		return Promise.resolve(undefined);
	};
	const hooks = [{ container: 'shop-web', before: ['sleep', '30'], after: note('after') }];
	const attempt = backUpSite(
		stand.site({ consistency: { hooks } }),
		stand.context({ signal: controller.signal }),
	);
	await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
	stand.proxy.before = () => Promise.resolve(undefined);
	expect(await inside('cat', '/notes')).toBe('after');
});

describe('in an image without a shell', () => {
	/** Nothing but a few programs, each of which is the whole of busybox under another name. */
	async function runShellLess(): Promise<void> {
		const root = stand.folder();
		for (const name of ['sleep', 'touch', 'false']) copyFileSync(programPath('busybox'), `${root}/${name}`);
		const archive = `${stand.folder()}/image.tar`;
		execFileSync('tar', ['-C', root, '-cf', archive, '.']);
		await stand.engine.cli('import', archive, 'opsdesk-test/shell-less:1');
		await stand.run('shop-web', { Image: 'opsdesk-test/shell-less:1', Cmd: ['/sleep', '1000'] });
	}

	const run = (hook: { before?: string[]; after?: string[]; timeoutSeconds?: number }) => {
		const hooks = [{ container: 'shop-web', ...hook }];
		return backUpSite(stand.site({ consistency: { hooks } }), stand.context());
	};

	test('programs run before and after, and one that fails or cannot be ended is told as that', async () => {
		await runShellLess();
		expect(await run({ before: ['/touch', '/before'], after: ['/touch', '/after'] })).toMatchObject({
			status: 'ok',
			consistency: { hooks: [{ ok: true }, { ok: true }] },
		});
		const changed = (await stand.engine.cli('diff', 'shop-web')).split('\n');
		expect(changed).toEqual(expect.arrayContaining(['A /before', 'A /after']));
		expect(await run({ before: ['/false'] })).toMatchObject({
			status: 'failed',
			artefacts: [{ problem: { message: expect.stringMatching(/"\/false" .* ended with exit code 1/) } }],
		});
		expect(await run({ before: ['/sleep', '60'], timeoutSeconds: 1 })).toMatchObject({
			status: 'failed',
			artefacts: [
				{
					problem: {
						message: expect.stringMatching(/took more than 1 second and goes on: .* without a shell/),
					},
				},
			],
		});
	});
});
