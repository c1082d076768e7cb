import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

import { TarChecker } from '../../src/backup/tar/check';

/** The archive as the tar program makes it, whose entries begin with `./` as those of an engine do. */
export function systemArchive(root: string, ...flags: string[]): Buffer {
	return execFileSync('tar', ['-C', root, '--sort=name', ...flags, '-cf', '-', '.'], { maxBuffer: 1e9 });
}

/** Every entry in one line: path, type, owner, mode, time, link target and hash of the content. */
export function describeArchive(archive: Buffer): string[] {
	const entries: { line: string; hash: ReturnType<typeof createHash> }[] = [];
	const plain = (name: Buffer) => name.toString('latin1').replace(/^\.\//, '').replace(/\/$/, '');
	const checker = new TarChecker({
		entry: ({ path, type, mode, uid, gid, sizeBytes, mtimeSeconds, linkTarget }) => {
			const target = type === '1' ? plain(linkTarget) : linkTarget.toString('latin1');
			const facts = [plain(path), type, mode & 0o7777, uid, gid, sizeBytes, Math.floor(mtimeSeconds), target];
			entries.push({ line: facts.join('|'), hash: createHash('sha256') });
		},
		content: (piece) => entries.at(-1)?.hash.update(piece),
	});
	checker.push(archive);
	checker.end();
	return entries.map(({ line, hash }) => `${line}|${hash.digest('hex')}`).sort();
}

/** Fills a folder with everything that a site may hold; hard links stay within their folder. */
export function fillLikeSite(root: string): void {
	for (const path of ['www/cache/deep', 'www/media/2020', 'logs', 'node_modules/x', `${'d'.repeat(150)}/e`]) {
		mkdirSync(`${root}/${path}`, { recursive: true });
		writeFileSync(`${root}/${path}/page.html`, `page of ${path}`);
		writeFileSync(`${root}/${path}/large.bin`, Buffer.alloc(70_000, path));
		writeFileSync(`${root}/${path}/empty.log`, '');
		symlinkSync('/etc/passwd', `${root}/${path}/soft`);
		execFileSync('ln', [`${root}/${path}/large.bin`, `${root}/${path}/other.bin`]);
	}
	symlinkSync('www/cache', `${root}/cache`);
	writeFileSync(`${root}/new\nline.log`, 'newline');
	writeFileSync(`${root}/${'n'.repeat(255)}`, 'long');
	writeFileSync(`${root}/--checkpoint-action=exec=sh`, 'dash');
	writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x0a, 0xfe])]), 'bytes');
	execFileSync('sh', ['-ec', 'mkfifo pipe logs/pipe; chown 1234:4321 www; chmod 4751 www/media'], {
		cwd: root,
	});
}
