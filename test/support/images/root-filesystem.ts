import { execFileSync } from 'node:child_process';
import {
	chmodSync,
	copyFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	realpathSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { programPath } from '../system-packages.cjs';

/**
 * The file system of an image, put together from programs of this machine: the static busybox with a link for
 * each of its applets, and whatever is added with the libraries it needs.
 */
export class RootFilesystem {
	private readonly owned: { path: string; id: number }[] = [];

	constructor(readonly folder: string) {
		for (const path of ['bin', 'etc', 'tmp', 'run', 'var', 'root', 'usr/bin', 'proc', 'sys', 'dev']) {
			mkdirSync(join(folder, path), { recursive: true });
		}
		chmodSync(join(folder, 'tmp'), 0o1777);
		const busybox = programPath('busybox');
		copyFileSync(realpathSync(busybox), join(folder, 'bin/busybox'));
		for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' })
			.split('\n')
			.filter(Boolean)) {
			if (applet !== 'busybox') symlinkSync('busybox', join(folder, 'bin', applet));
		}
		this.write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
		this.write('etc/group', 'root:x:0:\n');
	}

	write(path: string, content: string, mode = 0o644): this {
		mkdirSync(join(this.folder, dirname(path)), { recursive: true });
		writeFileSync(join(this.folder, path), content, { mode });
		return this;
	}

	user(name: string, id: number, home: string): this {
		this.own(home, id);
		this.write(
			'etc/passwd',
			`root:x:0:0:root:/root:/bin/sh\n${name}:x:${id}:${id}:${name}:${home}:/bin/sh\n`,
		);
		return this.write('etc/group', `root:x:0:\n${name}:x:${id}:\n`);
	}

	/** An empty folder that belongs to a user, as volumes mounted there then do. */
	own(path: string, id: number): this {
		mkdirSync(join(this.folder, path), { recursive: true });
		this.owned.push({ path, id });
		return this;
	}

	/** Copies a program and every library the loader would need, to the same paths. */
	addProgram(path: string, target = path): this {
		this.copy(path, target);
		this.addLibrariesOf(path);
		return this;
	}

	addLibrariesOf(path: string): this {
		const listing = execFileSync('ldd', [path], { encoding: 'utf8' });
		for (const [, library] of listing.matchAll(/(\/\S+) \(0x/g)) if (library) this.copy(library, library);
		return this;
	}

	/** Copies a folder to the same path, but for what is not wanted. */
	addFolder(path: string, { except }: { except?: RegExp } = {}): this {
		mkdirSync(join(this.folder, dirname(path)), { recursive: true });
		const filter = (source: string): boolean => !except?.test(source);
		cpSync(path, join(this.folder, path), { recursive: true, dereference: true, filter });
		return this;
	}

	/** The whole as a tar archive, for `docker import`, which takes no path twice. */
	pack(archive: string): void {
		const paths = this.owned.map(({ path, id }) => ({ path: `./${path.replace(/^\//, '')}`, id }));
		const others = paths.map(({ path }) => `--exclude=${path}`);
		execFileSync('tar', [
			'-C',
			this.folder,
			'-cf',
			archive,
			'--owner=0',
			'--group=0',
			'--anchored',
			...others,
			'.',
		]);
		for (const { path, id } of paths) {
			const owner = ['--no-recursion', `--owner=${id}`, `--group=${id}`];
			execFileSync('tar', ['-C', this.folder, '-rf', archive, ...owner, path]);
		}
	}

	private copy(path: string, target: string): void {
		const destination = join(this.folder, target);
		if (existsSync(destination)) return;
		mkdirSync(dirname(destination), { recursive: true });
		copyFileSync(realpathSync(path), destination);
		chmodSync(destination, 0o755);
	}
}
