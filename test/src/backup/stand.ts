import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite } from '../../../src/backup';
import { parseSites, type Site, type SiteInput } from '../../../src/shared';
import { Scope } from '../../support/scope';

/** The compiled package, which other processes load. */
export const compiledBackup = join(__dirname, '../../../dist/src/backup/index.js');
export const commandLine = join(__dirname, '../../../dist/src/cli/main.js');

/** A site named `shop` with these folders as sources and destinations, each by its name, and more fields if given. */
export function siteOf(
	sources: Record<string, string>,
	destinations: Record<string, string>,
	more: Partial<SiteInput> = {},
): Site {
	const input: SiteInput = {
		name: 'shop',
		domain: 'shop.example.com',
		backup: { directories: Object.entries(sources).map(([name, path]) => ({ name, path })) },
		destinations: Object.entries(destinations).map(([name, path]) => ({ name, type: 'directory', path })),
		...more,
	};
	const [site] = parseSites(input);
	if (!site) throw new Error('The site was not read.');
	return site;
}

/** A site of one directory with one file in it, and a good backup of it; another one for each test. */
export interface BackedUpDirectory {
	scope: Scope;
	/** Holds the source alone. */
	parent: string;
	www: string;
	backups: string;
	site: Site;
	/** Of the only restore point. */
	id: string;
}

export function useBackedUpDirectory(label: string): BackedUpDirectory {
	const stand = {} as BackedUpDirectory;
	beforeAll(async () => {
		stand.scope = await Scope.open(label);
	});
	afterAll(() => stand.scope.close());
	beforeEach(async () => {
		const [parent, backups] = [stand.scope.emptyFolder(), stand.scope.emptyFolder()];
		const www = `${parent}/www`;
		mkdirSync(www);
		writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
		const site = siteOf({ www }, { backups });
		const { id, status } = await backUpSite(site, {});
		if (status !== 'ok') throw new Error(`The backup ended with status ${status}.`);
		Object.assign(stand, { parent, www, backups, site, id });
	});
	return stand;
}

/** Fills a folder with what is hard to keep: names, modes, owners, times and links of every kind. */
export function fillWithHardNames(root: string): void {
	mkdirSync(`${root}/sub/deeper`, { recursive: true });
	writeFileSync(`${root}/sub/a`, 'alpha');
	writeFileSync(`${root}/sub/deeper/large`, Buffer.alloc(3_000_000, 'pattern'));
	writeFileSync(`${root}/empty`, '');
	writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x20, 0x0a])]), 'bytes');
	const names = [
		'--checkpoint-action=exec=sh',
		'*',
		"it's",
		'"',
		'\\',
		'$(id)',
		'tab\there',
		'\u00e9',
		'e\u0301',
		'🙂 ',
	];
	for (const name of [...names, 'n'.repeat(255)]) writeFileSync(`${root}/${name}`, name);
	chmodSync(`${root}/sub/a`, 0o4711);
	chmodSync(`${root}/sub/deeper`, 0o2750);
	utimesSync(`${root}/sub/a`, -86_400.25, -86_400.25);
	linkSync(`${root}/sub/a`, `${root}/hard`);
	symlinkSync('sub/deeper', `${root}/soft`);
	symlinkSync('/nowhere', `${root}/dangling`);
	execFileSync('chown', ['-h', '1234:4321', `${root}/empty`, `${root}/dangling`, `${root}/sub`]);
	utimesSync(`${root}/sub`, 1_000_000, 1_000_000);
}

/** Name, type, mode, owner, time to the millisecond, links, link target, size and hash of a folder and everything below it. */
export function describeTree(root: string): string {
	const script =
		// The size of a folder is a matter of the file system.
		'find . -type d -printf "%P %y %m %U:%G %T@ %n\\n" -o -printf "%P %y %m %U:%G %T@ %n %l %s " \\( -type f -exec sha256sum {} \\; -o -printf "\\n" \\) | sed -E "s/( -?[0-9]+\\.[0-9]{3})[0-9]+ /\\1 /" | LC_ALL=C sort';
	return execFileSync('sh', ['-c', script], { cwd: root, encoding: 'latin1' });
}

/** Everything that stands below a folder, folders with a slash at the end. */
export function listTree(root: string): string[] {
	const found = execFileSync(
		'find',
		['.', '-mindepth', '1', '(', '-type', 'd', '-printf', '%P/\n', '-o', '-printf', '%P\n', ')'],
		{ cwd: root, encoding: 'utf8' },
	);
	return found.split('\n').filter(Boolean).sort();
}

/** What a promise was rejected with. */
export async function errorOf(attempt: Promise<unknown>): Promise<unknown> {
	return await attempt.then(
		() => {
			throw new Error('It was accepted.');
		},
		(thrown: unknown) => thrown,
	);
}
