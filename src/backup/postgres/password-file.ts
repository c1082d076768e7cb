import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { endStaging, isAbandoned, newStagingToken } from '../restore/staging';

const prefix = 'opsdesk-pg-';

/** The line of a password file that answers every question; see "The Password File" in the manual of libpq. */
export function passwordLine(password: string): string {
	return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/** A folder only we can enter, for what programs are to read and nobody is to see in their arguments or environment. */
export class PrivateFolder {
	private constructor(
		private readonly path: string,
		private readonly token: string,
	) {}

	/** Makes one, and removes those that killed processes have left. */
	static async make(): Promise<PrivateFolder> {
		const parent = tmpdir();
		const left = (await readdir(parent)).filter((name) => name.startsWith(prefix) && isAbandoned(name));
		for (const name of left) {
			await rm(join(parent, name), { recursive: true, force: true }).catch(() => {
				// It is another user's, who removes it.
			});
		}
		const token = newStagingToken();
		const path = join(parent, `${prefix}${token}`);
		// It fails when there is something of that name, which nobody could have guessed.
		await mkdir(path, { mode: 0o700 });
		return new PrivateFolder(path, token);
	}

	/** Writes a file that only we can read, and returns its path. */
	async write(name: string, content: string): Promise<string> {
		const path = join(this.path, name);
		await writeFile(path, content, { mode: 0o600, flag: 'wx' });
		return path;
	}

	async remove(): Promise<void> {
		await rm(this.path, { recursive: true, force: true });
		endStaging(this.token);
	}
}
