import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { backUpSite, generateKey } from '../../src/backup';
import { parseSites } from '../../src/shared';
import { s3Bucket, s3Keys, startS3, type S3Stand } from '../support/s3';
import { Scope } from '../support/scope';
import { commandLine, describeTree, fillWithHardNames } from '../src/backup/stand';

const run = promisify(execFile);
const guide = readFileSync(resolve(__dirname, '../../docs/restore.md'), 'utf8');

/** The commands of a section, as they are printed. */
function commandsUnder(heading: string): string[] {
	const section = guide.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
	const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
	if (blocks.length === 0) throw new Error(`docs/restore.md has no commands under "${heading}".`);
	return blocks;
}

let scope: Scope;
let s3: S3Stand;
/** The site of the guide, of which nothing but the bucket, a copy of the restore point and the key is left. */
let lost: { www: string; before: string; folder: string };

beforeAll(async () => {
	scope = await Scope.open('restore-guide');
	s3 = await startS3(scope);
});
afterAll(async () => {
	await s3?.close();
	await scope.close();
});

beforeEach(async () => {
	s3.empty();
	const [parent, backups, folder] = [scope.emptyFolder(), scope.emptyFolder(), scope.emptyFolder()];
	const www = join(parent, 'www');
	mkdirSync(www);
	fillWithHardNames(www);
	const { recipient, file } = await generateKey(new Date());
	const [site] = parseSites({
		name: 'shop',
		encryption: { recipients: [recipient] },
		backup: { directories: [{ name: 'www', path: www }] },
		destinations: [
			{ name: 'local', type: 'directory', path: backups },
			{ name: 'off-site', type: 's3', bucket: s3Bucket, prefix: 'web-1', endpoint: s3.url },
		],
	});
	if (!site) throw new Error('The site was not read.');
	const { status, id } = await backUpSite(site, { secrets: { s3: { '*': s3Keys } } });
	if (status !== 'ok') throw new Error(`The backup ended with status ${status}.`);
	const before = describeTree(www);
	rmSync(www, { recursive: true });
	writeFileSync(join(folder, 'key.txt'), file);
	renameSync(join(backups, 'shop', id), join(folder, '20261120T020000Z-1a2b3c'));
	lost = { www, before, folder };
});

/** What a person types who has this guide and nothing else; the command is that of this package. */
async function type(commands: string): Promise<void> {
	const keys = { id: s3Keys.accessKeyId, secret: s3Keys.secretAccessKey };
	const typed = commands
		.replaceAll('npx n8n-nodes-opsdesk', 'opsdesk')
		.replaceAll('https://s3.example.com', s3.url)
		.replaceAll('your-key-id', keys.id)
		.replaceAll('your-secret-key', keys.secret);
	const command = `opsdesk() { "${process.execPath}" "${commandLine}" "$@" --state "${scope.path('state')}"; }`;
	await run('bash', ['-euc', `${command}\n${typed}`], {
		cwd: lost.folder,
		env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HOME: lost.folder },
	});
}

test('BK-29: a stranger with the guide, the bucket and the key restores the site into an empty folder, then to its place', async () => {
	const [see] = commandsUnder('1. See');
	const [prove] = commandsUnder('2. Prove');
	const [look] = commandsUnder('3. Look');
	const [elsewhere, everything] = commandsUnder('4. Restore');
	await type([see, prove, look].join('\n'));
	expect(existsSync(lost.www)).toBe(false);
	await type([see, elsewhere].join('\n'));
	expect(describeTree(join(lost.folder, 'restored/www'))).toBe(lost.before);
	expect(existsSync(lost.www)).toBe(false);
	await type([see, everything].join('\n'));
	expect(describeTree(lost.www)).toBe(lost.before);
});

test('BK-29: without this package the commands of the manifest restore the site', async () => {
	await type(commandsUnder('Without this package').join('\n'));
	expect(describeTree(lost.www)).toBe(lost.before);
});
