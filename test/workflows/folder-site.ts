import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Scope } from '../support/scope';

/** A site of real folders, with what is wrong with it. */
export class FolderSite {
	readonly name: string;
	readonly source: string;
	readonly backups: string;

	constructor(
		scope: Scope,
		label: string,
		private readonly fault: 'none' | 'missing' | 'half' | 'pipe' = 'none',
		/** Fields of the definition besides. */
		private readonly more: object = {},
	) {
		// Alerts are remembered by the name of the site in the n8n that the tests share.
		this.name = `${label}-${randomBytes(3).toString('hex')}`;
		this.source = scope.path(join(this.name, 'www'));
		this.backups = scope.path(join(this.name, 'backups'));
		mkdirSync(this.backups, { recursive: true });
		if (fault !== 'missing') this.create();
		if (fault === 'pipe') execFileSync('mkfifo', [join(this.source, 'pipe')]);
	}

	/** Puts the folder in place that is backed up. */
	create(): void {
		mkdirSync(join(this.source, 'pictures'), { recursive: true });
		writeFileSync(join(this.source, 'index.html'), `<h1>${this.name}</h1>`);
	}

	get definition(): object {
		const directories = [{ name: 'www', path: this.source }];
		if (this.fault === 'half')
			directories.push({ name: 'uploads', path: join(dirname(this.source), 'uploads') });
		return {
			name: this.name,
			owner: `owner of ${this.name}`,
			backup: { directories },
			destinations: [{ name: 'local', type: 'directory', path: this.backups }],
			...this.more,
		};
	}

	/** Ids of its restore points on disk, oldest first. */
	get restorePoints(): string[] {
		return restorePointsIn(this.backups, this.name);
	}
}

/** Ids of the finished restore points of a site in a folder, oldest first. */
export function restorePointsIn(backups: string, site: string): string[] {
	const folder = join(backups, site);
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((name) => existsSync(join(folder, name, 'manifest.json')))
		.sort();
}
