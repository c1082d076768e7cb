import { OpsdeskError } from '../errors';
import type { Fault } from '../validation';

export type SiteErrorCode =
	'site_file_unreadable' | 'site_too_large' | 'site_syntax' | 'site_invalid' | 'site_none';

/** A fault of a site definition; `line` counts from 1 and is known when the definition came as text. */
export interface SiteFault extends Fault {
	line?: number;
}

/** A site definition that cannot be used. `faults` holds every one that was found. */
export class SiteError extends OpsdeskError<SiteErrorCode> {
	override readonly name = 'SiteError';

	constructor(
		code: SiteErrorCode,
		message: string,
		remedy: string,
		readonly faults: readonly SiteFault[] = [],
		options: { cause?: unknown } = {},
	) {
		super(code, message, remedy, options);
	}
}
