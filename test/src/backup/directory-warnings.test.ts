import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';

import { backUpSite } from '../../../src/backup';
import { TarChecker } from '../../../src/backup/tar/check';
import { Scope } from '../../support/scope';
import { siteOf } from './stand';
import { walkHere } from './walk-stand';

let scope: Scope;
let trees = 0;

beforeAll(async () => {
	scope = await Scope.open('warnings');
});
afterAll(() => scope.close());

function tree(): string {
	trees += 1;
	const root = scope.path(`tree-${trees}`);
	mkdirSync(root);
	return root;
}

/** The descriptor under which this process has a file open. */
function descriptorOf(path: string): number {
	const found = readdirSync('/proc/self/fd').find((name) => {
		try {
			return readlinkSync(`/proc/self/fd/${name}`) === path;
		} catch {
			// That of the folder that is being listed.
			return false;
		}
	});
	if (found === undefined) throw new Error(`${path} is not open.`);
	return Number(found);
}

test('BK-6 a file that can be read only in part leaves a whole archive and is named', () => {
	const root = tree();
	writeFileSync(`${root}/broken`, Buffer.alloc(2_000_000, 1));
	writeFileSync(`${root}/next`, 'after it');
	const { content, notices } = walkHere(root, {
		onBlock: (blocks) => {
			if (blocks !== 8) return;
			// Another file takes its descriptor, one that cannot be read: as if the disk had failed from here on.
			const descriptor = descriptorOf(`${root}/broken`);
			closeSync(descriptor);
			expect(openSync(root, 'r')).toBe(descriptor);
		},
	});
	const checker = new TarChecker();
	checker.push(content);
	expect(checker.end()).toEqual({ entries: 3, contentBytes: 2_000_008 });
	expect(content.includes('after it')).toBe(true);
	expect(notices).toEqual([
		{
			path: 'broken',
			kind: 'unreadable',
			message: expect.stringMatching(
				/^could be read only up to byte 52\d{4} of 2000000, the rest is zeros: /,
			) as string,
		},
	]);
});

test('more than 1,000 warnings of a source are counted and not listed', async () => {
	const root = tree();
	execFileSync('perl', ['-MPOSIX=mkfifo', '-e', 'mkfifo("$ARGV[0]/pipe-$_", 0600) for 1..1100', root]);
	const source = { name: 'pipes', path: root, include: ['pipe-*', '*.typo'] };
	const site = siteOf({ pipes: root }, { local: tree() });
	const report = await backUpSite(
		{ ...site, backup: { ...site.backup, directories: [{ ...source, via: 'n8n', exclude: [] }] } },
		{},
	);
	expect(report.status).toBe('warning');
	const warnings = report.artefacts[0]?.warnings ?? [];
	expect(warnings.slice(0, 2)).toEqual([
		expect.stringMatching(/^nothing but the root folder itself was stored: /),
		'*.typo: this pattern to include matches nothing',
	]);
	expect(warnings[2]).toBe('pipe-1: a FIFO is not backed up');
	expect(warnings).toHaveLength(1002);
	expect(warnings.at(-1)).toBe('and 101 more warnings');
});

test('a source with nothing in it is a warning: its disk may not be mounted', async () => {
	const [empty, filled] = [tree(), tree()];
	writeFileSync(`${filled}/file`, '');
	const report = await backUpSite(siteOf({ empty, filled }, { local: tree() }), {});
	expect(report).toMatchObject({
		status: 'warning',
		artefacts: [
			{ status: 'warning', warnings: [expect.stringMatching(/see whether its disk is mounted/)] },
			{ status: 'ok', warnings: [] },
		],
	});
});
