import type { ManifestAnomaly, ManifestArtefact, ManifestContent, ManifestFailure } from './manifest';
import { lossesOf, recipeFor } from './recipe';
import type { Problem } from './reports';

/** What is the same in the manifests of all destinations. */
export type ManifestFrame = Pick<
	ManifestContent,
	'id' | 'site' | 'definition' | 'startedAt' | 'finishedAt' | 'writtenBy'
>;

/** What a restore point holds in one destination, as far as the run has come. */
export class RunContents {
	readonly artefacts: ManifestArtefact[] = [];
	readonly warnings: string[] = [];
	suspicious: ManifestAnomaly[] = [];
	private readonly failures: ManifestFailure[] = [];
	private readonly leftOut: ManifestFailure[] = [];

	/** An artefact is missing, so the restore point is not whole. */
	miss(artefact: string, { message, remedy }: Problem): void {
		this.failures.push({ name: artefact, message, remedy });
	}

	/** An artefact is missing that the restore point is good without; it is a warning. */
	leaveOut(artefact: string, { message, remedy }: Problem): void {
		this.leftOut.push({ name: artefact, message, remedy });
		this.warnings.push(`${artefact} is left out: ${message}`);
	}

	status(): ManifestContent['status'] {
		if (this.failures.length > 0) return 'partial';
		const isWarning = this.warnings.length > 0 || this.artefacts.some(({ warnings }) => warnings.length > 0);
		return isWarning ? 'warning' : 'ok';
	}

	manifest(frame: ManifestFrame): ManifestContent {
		return {
			format: 'opsdesk-backup',
			version: 1,
			...frame,
			status: this.status(),
			artefacts: this.artefacts,
			failures: this.failures,
			...(this.leftOut.length > 0 && { leftOut: this.leftOut }),
			...(this.suspicious.length > 0 && { suspicious: this.suspicious }),
			notKept: lossesOf(this.artefacts),
			recipe: recipeFor(this.artefacts),
		};
	}
}
