import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { BackingUp, type BackupRun } from './backing-up';
import { FolderSite } from './folder-site';

/** The backup workflows in the n8n that the tests share, and a scope; there while the tests of one file run. */
export interface InstalledBackingUp {
	readonly scope: Scope;
	readonly backingUp: BackingUp;
	/** A site of real folders; `more` are fields of its definition. */
	site(label: string, fault?: ConstructorParameters<typeof FolderSite>[2], more?: object): FolderSite;
	/** Types these sites, and no other, into read-settings. */
	define(...sites: FolderSite[]): Promise<void>;
}

/** @param prepare what else the tests of the file need before they begin, in the same scope */
export function useBackingUp(
	label: string,
	prepare: (scope: Scope) => Promise<void> = () => Promise.resolve(),
): InstalledBackingUp {
	let scope: Scope | undefined;
	let backingUp: BackingUp | undefined;
	const there = <T>(part: T | undefined): T => {
		if (part === undefined) throw new Error('The workflows are there only while tests run.');
		return part;
	};
	beforeAll(async () => {
		scope = await Scope.open(label);
		await prepare(scope);
		backingUp = await BackingUp.install(sharedN8n());
	});
	afterAll(async () => {
		await backingUp?.remove();
		await scope?.close();
	});
	return {
		get scope() {
			return there(scope);
		},
		get backingUp() {
			return there(backingUp);
		},
		site: (name, fault, more) => new FolderSite(there(scope), name, fault, more),
		define: (...sites) => there(backingUp).defineSites(sites.map(({ definition }) => definition)),
	};
}

/** What became of each site of a run. */
export const outcomesOf = ({ sites }: BackupRun): string[] => sites.map(({ outcome }) => outcome);

/** Of the alerts of a run what tells one from another. */
export const briefOf = ({ alerts }: BackupRun): string[][] =>
	alerts.map(({ severity, status, dedupeKey }) => [severity, status, dedupeKey]);
