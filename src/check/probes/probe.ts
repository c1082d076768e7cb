import type { EngineConnection } from '../../docker';
import type { CheckOf, CheckType } from '../../shared';
import type { FoundLevel } from '../alert';
import type { KnownCertificate } from '../tls';

/** What one look at a target has found. */
export interface Finding {
	level: FoundLevel;
	/** A stable code, such as `refused` or `slow`; `ok` when all is well. */
	reason: string;
	/** A sentence for a person, without secrets. */
	message: string;
	/** How long the target took to answer, by a clock that is never set; null when it gave no answer. */
	latencyMs: number | null;
	/** Of a trouble that goes on in stages, how far it has come; people are told of each stage once. */
	stage?: number | undefined;
	/** Codes of all that is wrong, where that can be several things; people are told of each. */
	aspects?: readonly string[] | undefined;
	/** The certificate that was read, for checks of certificates. */
	certificate?:
		| {
				leaf: KnownCertificate;
				isOutOfTime: boolean;
				/** When the path of clients ends to be valid, in milliseconds since 1970; null where there is none. */
				expiresAt: number | null;
		  }
		| undefined;
	/** Measured figures and parts of the answer. Plain JSON, small. */
	details: Record<string, unknown>;
}

/** Passwords and keys, each with the one host it may be sent to. */
export interface CheckSecrets {
	/** A header for checks that say `authenticated`. */
	header?:
		| {
				name: string;
				value: string;
				/** Whether its credential lets it be sent to this address; to any unless given. */
				mayGoTo?: ((url: string) => boolean) | undefined;
		  }
		| undefined;
	postgres?:
		| {
				host: string;
				port: number;
				user: string;
				password: string;
				/** The least TLS that the password may be sent over. */
				tls?: 'require' | 'verify-full' | undefined;
		  }
		| undefined;
	redis?:
		| {
				host: string;
				port: number;
				user?: string | undefined;
				password: string;
				/** The least TLS that the password may be sent over. */
				tls?: 'require' | 'verify-full' | undefined;
		  }
		| undefined;
	supabase?: { url: string; key: string } | undefined;
	n8n?: { url: string; apiKey: string } | undefined;
}

export type CredentialKind = 'docker' | 'header' | 'n8n' | 'postgres' | 'redis' | 'supabase';

/** What checks work with. */
export interface ProbeContext {
	/**
	 * Ends when the check has taken as long as it may, with a TimeoutError as of `AbortSignal.timeout`, or when the run
	 * is cancelled, with an AbortError as of `abort()`.
	 */
	signal: AbortSignal;
	secrets: CheckSecrets;
	/** Why a credential that was selected cannot be used, in sentences: the checks that need it say so. */
	unusable?: Partial<Record<CredentialKind, string>> | undefined;
	/** Web addresses and ports are looked at only where they are public, whatever the check says. */
	isPublicOnly?: boolean | undefined;
	/** Of the container engine; undefined where none was given. */
	engine?: EngineConnection | undefined;
	/** Of the target, by earlier looks, the newest first; what has changed since is told. */
	certificates?: readonly KnownCertificate[] | undefined;
	/** So much the clocks of servers are ahead of the one here, where that one is known to be wrong. In milliseconds. */
	clockAheadMs?: number | undefined;
	/** How old the backups of a site are, undefined for one that is not known; this area knows nothing of backups. */
	backups?: ((site: string, signal: AbortSignal) => Promise<readonly BackupState[] | undefined>) | undefined;
}

/** Which servers tell whether the clock of this machine is right. */
export interface ClockQuestion {
	/** Their certificates seem to be out of their time. */
	outOfTime: readonly CheckOf<'certificate'>[];
	inTime: readonly CheckOf<'certificate'>[];
	/** At how many addresses servers must agree; 2 unless given. */
	fewestAddresses?: number | undefined;
}

/** Of one destination of a site. */
export interface BackupState {
	destination: string;
	level: FoundLevel;
	/** Such as `missed`; `ok` when all is well. */
	reason: string;
	/** Sentences; may be empty when all is well. */
	message: string;
	/** Of the newest good backup, in milliseconds since 1970. */
	newestAt: number | null;
	sizeBytes: number | null;
}

/**
 * Looks at a target once. Whatever is wrong with the target is a finding, never an error; a finding is made even when
 * the signal ends it.
 */
export type Probe<Type extends CheckType> = (check: CheckOf<Type>, context: ProbeContext) => Promise<Finding>;
